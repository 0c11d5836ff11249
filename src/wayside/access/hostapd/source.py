"""Access points that hostapd runs as a source of facts: who comes and goes, and how they hear.

Each access point is heard at once and looked at every so often. One that cannot be reached is off,
with nobody, until it is back. Stations whom the table does not know are counted and left out: all
who read facts know a device by its address and subscriber, and nobody has told those.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

import numpy as np

from wayside.access.feed import Feed, FeedReader
from wayside.core.clock import Clock, Nanoseconds
from wayside.refpoints.net.facts import CellChanged, Event, Facts
from wayside.refpoints.net.network import Network
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Serving, Snapshot
from wayside.refpoints.net.values import Origin, Technology

from .answers import Radio, Station, ends, event_of, is_failure, radio_of, station_of
from .associations import Associations
from .control import Control, HostapdAway, opened
from .figures import Figure, after, loaded, measured
from .points import Point, described, with_cell

log = logging.getLogger(__name__)

RETRY_S = 2.0
STATIONS_MAX = 4096
"""In one access point's list: a list that never ends is not followed."""
READINGS_MAX = 5
"""Of a list that is broken off."""


class HostapdSource:
    """Port: ``AccessNetwork``. What it tells is MEASURED."""

    origin = Origin.MEASURED

    def __init__(
        self,
        network: Network,
        points: Sequence[Point],
        clock: Clock,
        *,
        epoch: int,
        look_every_s: float = 2.0,
    ) -> None:
        """``network`` has the cells of ``points`` in their order (``network_with``)."""
        self._points = tuple(points)
        self._clock = clock
        self._look_every_s = look_every_s
        self._network = network
        self._associations = Associations()
        self._radios: dict[int, Radio] = {}
        """Of the access points that are heard now."""
        self._figures: dict[int, Figure] = {}
        self._strangers: set[str] = set()
        self._feed = Feed(self._snapshot(epoch))

    @property
    def picture(self) -> Picture:
        """The present, as every reader sees it."""
        return self._feed.picture

    def join(self) -> FeedReader:
        """Return a reader; see ``Source``."""
        return self._feed.join()

    async def run(self) -> None:
        """Hear all access points until cancelled; readers then hear of the end."""
        try:
            async with asyncio.TaskGroup() as group:
                for row, point in enumerate(self._points):
                    group.create_task(self._follow(row, point), name=f"hostapd of {point.cell}")
        finally:
            self._feed.end()

    async def _follow(self, row: int, point: Point) -> None:
        """Hear one access point for as long as it is there, again and again."""
        said = ""
        while True:
            try:
                await self._hear(row, point)
            except* HostapdAway as faults:
                why = str(faults.exceptions[0])
                if why != said or row in self._radios:
                    log.warning("the access point %s is away: %s", point.cell, why)
                said = why
            self._lose(row)
            await self._clock.sleep(RETRY_S)

    async def _hear(self, row: int, point: Point) -> None:
        async with opened(point.control) as control, asyncio.TaskGroup() as group:
            group.create_task(self._look_on(row, point, control), name=f"looks at {point.cell}")
            group.create_task(self._listen(row, point, control), name=f"listens to {point.cell}")

    async def _look_on(self, row: int, point: Point, control: Control) -> None:
        while True:
            radio = radio_of(await control.ask("STATUS"), point.control.name)
            if not radio.enabled:
                raise HostapdAway(f"{point.control}: hostapd has the interface disabled.")
            self._looked(row, radio, await _stations(control))
            await self._clock.sleep(self._look_every_s)

    async def _listen(self, row: int, point: Point, control: Control) -> None:
        while True:
            text = await control.event()
            if ends(text):
                raise HostapdAway(f"{point.control}: hostapd is ending.")
            heard = event_of(text)
            device = None if heard is None else self._known(heard.mac)
            if heard is None or device is None or row not in self._radios:
                continue
            change = self._associations.came if heard.connected else self._associations.went
            events = list(change(row, device))
            if events:
                self._tell(events)

    def _looked(self, row: int, radio: Radio, stations: Sequence[Station] | None) -> None:
        """Tell what a look at an access point has shown."""
        events: list[Event] = [] if row in self._radios else [CellChanged(cell=row, on=True)]
        self._radios[row] = radio
        if stations is not None:
            events += self._listed(row, stations)
        cell = described(self._network.cells[row], radio)
        if cell != self._network.cells[row]:
            self._network = with_cell(self._network, row, cell)
            self._feed.begin_again(self._snapshot(self.picture.epoch + 1))
        else:
            self._tell(events, figures=True)

    def _listed(self, row: int, stations: Sequence[Station]) -> list[Event]:
        """Take the list of an access point for true, and keep the figures in it."""
        now_s = self._clock.monotonic()
        here = {
            device: each
            for each in stations
            if each.authorised and (device := self._known(each.mac)) is not None
        }
        events: list[Event] = list(self._associations.listed(row, here.keys()))
        for device, station in here.items():
            if self._associations.serving.get(device) == row:
                self._figures[device] = after(self._figures.get(device), row, station, now_s)
        return events

    def _lose(self, row: int) -> None:
        """Tell that an access point is gone, where that is news."""
        if self._radios.pop(row, None) is not None:
            events: list[Event] = list(self._associations.lost(row))
            self._tell([*events, CellChanged(cell=row, on=False)], figures=True)

    def _known(self, mac: str) -> int | None:
        """Return the row of a station; None for a stranger, who is noted once."""
        row = self._network.row_of_mac(mac)
        if row is None and mac not in self._strangers:
            self._strangers.add(mac)
            log.info("the table has no subscriber with the station address %s; left out", mac)
        return row

    def _tell(self, events: Iterable[Event], *, figures: bool = False) -> None:
        picture = self.picture
        self._feed.tell(
            Facts(
                epoch=picture.epoch,
                sequence=picture.sequence + 1,
                time_ns=self._time_ns(),
                origin=self.origin,
                events=tuple(events),
                measured=(measured(self._served()),) if figures else (),
                loaded=loaded(self._radios) if figures else None,
            )
        )

    def _snapshot(self, epoch: int) -> Snapshot:
        pairs = sorted(self._associations.serving.items())
        devices, cells = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
        return Snapshot(
            epoch=epoch,
            sequence=0,
            time_ns=self._time_ns(),
            origin=self.origin,
            network=self._network,
            serving=(
                Serving(technology=Technology.WLAN, devices=devices.copy(), cells=cells.copy()),
            ),
            measured=(measured(self._served()),),
            loaded=loaded(self._radios),
            off=tuple(row for row in range(len(self._points)) if row not in self._radios),
        )

    def _served(self) -> dict[int, Figure]:
        """Return the figures that are of the access point which serves the station now."""
        serving = self._associations.serving
        self._figures = {
            device: each
            for device, each in self._figures.items()
            if serving.get(device) == each.cell
        }
        return self._figures

    def _time_ns(self) -> Nanoseconds:
        return self._clock.now()


async def _stations(control: Control) -> list[Station] | None:
    """Return all whom an access point lists; None where they change too fast to be listed.

    A station that goes while the list is read breaks it off: it is read again. Raises HostapdAway.
    """
    for _ in range(READINGS_MAX):
        found: list[Station] = []
        answer = await control.ask("STA-FIRST")
        while (station := station_of(answer)) is not None and len(found) < STATIONS_MAX:
            found.append(station)
            answer = await control.ask(f"STA-NEXT {station.mac}")
        if not is_failure(answer):
            return found
    return None
