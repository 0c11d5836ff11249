"""A small access network in the tests' own hands: what it tells is what a test says.

Two cells of NR (``left``, ``right``), one of LTE (``wide``), an access point (``cafe``); zones
``west`` and ``east``; ``car-1`` to ``car-5`` from 10.60.0.1 on, and ``ue1`` at 10.45.0.1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wayside.access.feed import Feed
from wayside.model.place import Position
from wayside.refpoints.net.facts import (
    Associated,
    Attached,
    Event,
    Facts,
    HandedOver,
    Measured,
    Moved,
    Stage,
)
from wayside.refpoints.net.network import Bearer, Cell, Group, Network, Operator, Zone
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NOBODY, Origin, Reals, Technology

T0_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000
UE1 = "10.45.0.1"
CELLS = (
    ("left", Technology.NR, "west", 7.000, 0x123450001),
    ("right", Technology.NR, "east", 7.005, 0x123450002),
    ("wide", Technology.LTE, "west", 7.0025, 0x1234501),
    ("cafe", Technology.WLAN, "east", 7.006, 0x020000000001),
)


def network(cars: int = 5) -> Network:
    """Return what there is."""
    return Network(
        operators=(Operator(id="north", mcc="001", mnc="01"),),
        zones=(Zone(id="west"), Zone(id="east")),
        cells=tuple(
            Cell(
                id=name,
                technology=technology,
                operator="north",
                zone=zone,
                position=Position(latitude=43.6, longitude=longitude),
                height_m=10,
                identity=identity,
                physical_id=row,
                tracking_area=7,
                carrier_hz=5.18e9 if technology is Technology.WLAN else 3.6e9,
                bandwidth_hz=20e6,
                power_dbm=40,
                ssid="Cafe" if technology is Technology.WLAN else None,
            )
            for row, (name, technology, zone, longitude, identity) in enumerate(CELLS)
        ),
        groups=(
            Group(
                id="car",
                first=0,
                count=cars,
                operator="north",
                address="10.60.0.1",
                supi="imsi-001010000000001",
                mac="02:00:00:00:01:01",
                radios=tuple(Technology),
                bearers=(Bearer(id=1, q_ci=9),),
            ),
            Group(
                id="ue1",
                first=cars,
                count=1,
                operator="north",
                address=UE1,
                supi="imsi-001010000100001",
                mac="02:00:00:00:02:01",
                radios=tuple(Technology),
                alone=True,
            ),
        ),
    )


def snapshot(cars: int = 5, *, origin: Origin = Origin.SIMULATED) -> Snapshot:
    """Return the network before anything happened: nobody is served, nobody's place is known."""
    return Snapshot(epoch=1, sequence=0, time_ns=T0_NS, origin=origin, network=network(cars))


@dataclass
class Street:
    """The network, and words for what happens in it. Each call is one ``Facts``, a second later."""

    feed: Feed = field(default_factory=lambda: Feed(snapshot()))

    def row(self, device: str) -> int:
        """Return the row of a device by its name."""
        found = self.feed.picture.network.row_of_id(device)
        assert found is not None, device
        return found

    def cell(self, name: str) -> int:
        """Return the row of a cell by its name."""
        return self.feed.picture.network.cell_rows[name]

    def tell(
        self,
        *events: Event,
        moved: Moved | None = None,
        measured: Sequence[Measured] = (),
        after_s: float = 1.0,
    ) -> Facts:
        """Tell all of one moment."""
        picture = self.feed.picture
        facts = Facts(
            epoch=picture.epoch,
            sequence=picture.sequence + 1,
            time_ns=picture.time_ns + int(after_s * SECOND_NS),
            origin=picture.origin,
            events=events,
            moved=moved,
            measured=tuple(measured),
        )
        self.feed.tell(facts)
        return facts

    def attach(self, device: str, cell: str) -> Facts:
        """Have a cell or an access point serve the device."""
        row = self.cell(cell)
        is_wlan = self.feed.picture.network.cells[row].technology is Technology.WLAN
        kind = Associated if is_wlan else Attached
        return self.tell(kind(device=self.row(device), cell=row))

    def hand_over(
        self, device: str, source: str, target: str, stage: Stage = Stage.COMPLETED
    ) -> Facts:
        """Have a device's handover reach this stage."""
        return self.tell(
            HandedOver(
                device=self.row(device),
                source=self.cell(source),
                target=self.cell(target),
                stage=stage,
            )
        )

    def move(self, places: Mapping[str, tuple[float, float]], *, speed_mps: float = 0.0) -> Facts:
        """Have devices be at these latitudes and longitudes."""
        size = len(places)
        return self.tell(
            moved=Moved(
                devices=np.array([self.row(each) for each in places], dtype=np.int32),
                latitude=np.array([place[0] for place in places.values()]),
                longitude=np.array([place[1] for place in places.values()]),
                altitude_m=np.zeros(size, dtype=np.float32),
                speed_mps=np.full(size, speed_mps, dtype=np.float32),
                heading_deg=np.full(size, 90, dtype=np.float32),
            )
        )


def measured(
    technology: Technology,
    devices: Sequence[int],
    cells: Sequence[int],
    *,
    power_dbm: float | Iterable[float] = -85.0,
    sinr_db: float = 12.0,
    neighbour: int = NOBODY,
    neighbour_power_dbm: float = -110.0,
    downlink_bps: float = 20e6,
) -> Measured:
    """Return how the radio of these devices is, in cells that serve them; all alike but power."""
    size = len(devices)

    def column(value: float | Iterable[float]) -> Reals:
        return np.broadcast_to(
            np.asarray(value if isinstance(value, float) else list(value), dtype=np.float32), size
        ).copy()

    is_wlan = technology is Technology.WLAN
    return Measured(
        technology=technology,
        devices=np.asarray(devices, dtype=np.int32),
        cells=np.asarray(cells, dtype=np.int32),
        power_dbm=column(power_dbm),
        quality_db=column(float("nan") if is_wlan else -10.0),
        sinr_db=column(sinr_db),
        cqi=np.full(size, 9, dtype=np.int8),
        timing_advance_ns=column(float("nan") if is_wlan else 1000.0),
        neighbours=np.full(size, neighbour, dtype=np.int32),
        neighbour_power_dbm=column(neighbour_power_dbm),
        downlink_bps=column(downlink_bps),
        uplink_bps=column(downlink_bps / 4),
        downlink_bps_max=column(downlink_bps * 2),
        uplink_bps_max=column(downlink_bps / 2),
    )
