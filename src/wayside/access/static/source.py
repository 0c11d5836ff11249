"""An operator's table as a source of facts: a snapshot, another when the table is replaced, and
the handovers that the operator says.

Never changes by itself.
"""

import numpy as np

from wayside.access.feed import Feed, FeedReader
from wayside.core.clock import Clock
from wayside.core.errors import Unprocessable
from wayside.refpoints.net.facts import Facts, HandedOver, Moved, Stage
from wayside.refpoints.net.network import Network
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Serving, Snapshot
from wayside.refpoints.net.values import NOBODY, Origin, Technology

from .table import Table, network_of


class StaticSource:
    """Port: ``Source``. What it tells is STATIC."""

    origin = Origin.STATIC

    def __init__(self, table: Table, clock: Clock, *, epoch: int) -> None:
        self._clock = clock
        self._feed = Feed(self._snapshot(table, epoch))

    @property
    def picture(self) -> Picture:
        """The present, as every reader sees it."""
        return self._feed.picture

    def join(self) -> FeedReader:
        """Return a reader; see ``Source``."""
        return self._feed.join()

    def replace(self, table: Table) -> None:
        """Have this table be true from now on, in an epoch of its own: rows are counted anew."""
        self._feed.begin_again(self._snapshot(table, self.picture.epoch + 1))

    def hand_over(self, device: int, cell: int, stage: Stage) -> None:
        """Tell that a device's handover to a cell has come so far, as the operator says.

        Raises Unprocessable where no cell of the same technology serves the device.
        """
        picture = self.picture
        technology = picture.network.cells[cell].technology
        source = int(picture.cells[technology][device])
        if source in (NOBODY, cell):
            name = picture.network.cells[cell].id
            raise Unprocessable(
                f"$.cell: no other {technology} cell serves the device; it cannot be handed over "
                f"to {name}.",
                field="$.cell",
            )
        self._feed.tell(
            Facts(
                epoch=picture.epoch,
                sequence=picture.sequence + 1,
                time_ns=self._clock.now(),
                origin=self.origin,
                events=(HandedOver(device=device, source=source, target=cell, stage=stage),),
            )
        )

    def end(self) -> None:
        """Tell readers that nothing follows."""
        self._feed.end()

    def _snapshot(self, table: Table, epoch: int) -> Snapshot:
        network = network_of(table)
        return Snapshot(
            epoch=epoch,
            sequence=0,
            time_ns=self._clock.now(),
            origin=self.origin,
            network=network,
            serving=tuple(_serving(table, network, technology) for technology in Technology),
            moved=_placed(table),
        )


def _serving(table: Table, network: Network, technology: Technology) -> Serving:
    pairs = [
        (row, network.cell_rows[line.cell])
        for row, line in enumerate(table.subscribers)
        if line.cell is not None
        and network.cells[network.cell_rows[line.cell]].technology is technology
    ]
    devices, cells = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    return Serving(technology=technology, devices=devices.copy(), cells=cells.copy())


def _placed(table: Table) -> Moved | None:
    known = [
        (row, line.latitude, line.longitude)
        for row, line in enumerate(table.subscribers)
        if line.latitude is not None and line.longitude is not None
    ]
    if not known:
        return None
    rows, latitude, longitude = (np.array(column) for column in zip(*known, strict=True))
    unknown = np.full(len(rows), np.nan, dtype=np.float32)
    still = np.zeros(len(rows), dtype=np.float32)
    return Moved(
        devices=rows.astype(np.int32),
        latitude=latitude,
        longitude=longitude,
        altitude_m=unknown,
        speed_mps=still,
        heading_deg=unknown,
    )
