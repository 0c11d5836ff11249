"""Which host serves a cell, and where the devices of services are now.

Never looks at a device that no service is for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from wayside.refpoints.net.facts import (
    Associated,
    Attached,
    Enrolled,
    Facts,
    HandedOver,
    Stage,
)
from wayside.refpoints.net.network import Network
from wayside.refpoints.net.picture import AccessNetwork, Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NEAREST_FIRST, NOBODY

from .news import News


class Place(NamedTuple):
    """The host whose area a cell is in, and the cell that the host is known to serve there."""

    host_id: str
    cell: str


Areas = Mapping[str, Sequence[str]]
"""The cells that each host serves, by host."""


def place_of(network: Network, cell: int, areas: Areas) -> Place | None:
    """Return the host that serves a cell itself, or another cell of its zone; None: nobody does.

    Ours: operators say of some cells which host serves them; the others of a zone go with them.
    """
    wanted = network.cells[cell]
    for host_id, cells in areas.items():
        if wanted.id in cells:
            return Place(host_id, wanted.id)
    zones = {each.id: each.zone for each in network.cells}
    for host_id, cells in areas.items():
        for each in cells:
            if zones.get(each) == wanted.zone:
                return Place(host_id, each)
    return None


class Sighting(NamedTuple):
    """A device was seen at a host, or is about to be there."""

    address: str
    place: Place
    arrived: bool
    origin: str


Seen = Callable[[Sighting], None]


class Whereabouts:
    """Follows the devices of services; whoever waits for one is woken at each change."""

    def __init__(
        self,
        network: AccessNetwork,
        areas: Areas,
        devices: Callable[[], frozenset[str]],
        news: News,
    ) -> None:
        self._network = network
        self._news = news
        self._areas = areas
        self._devices = devices
        self._rows: dict[int, str] = {}
        self._known: tuple[Network | None, frozenset[str]] = (None, frozenset())
        self._expected: dict[str, str] = {}
        self.seen: Seen = lambda sighting: None
        """Told of each device that is seen at a host, or will be soon."""

    def host_of(self, address: str) -> str | None:
        """Return the host that serves the device now; None: nobody, or none that is known."""
        picture = self._network.picture
        row = picture.network.row_of_address(address)
        cell = NOBODY if row is None else _serving(picture, row)
        if cell == NOBODY:
            return None
        place = place_of(picture.network, cell, self._areas)
        return None if place is None else place.host_id

    def expected_at(self, address: str) -> str | None:
        """Return the host that the device is about to be handed over to; None: it is not."""
        return self._expected.get(address)

    async def follow(self) -> None:
        """Follow the access network until it ends."""
        async for told in self._network.join():
            if isinstance(told, Snapshot):
                self.look()
            else:
                self._take(told)

    def look(self) -> None:
        """Look where all devices of services are now."""
        for row, address in self._watched().items():
            if (cell := _serving(self._network.picture, row)) != NOBODY:
                self._see(address, cell, arrived=True)

    def _take(self, facts: Facts) -> None:
        if any(isinstance(event, Enrolled) for event in facts.events):
            self._known = (None, frozenset())
        watched = self._watched()
        if not watched:
            return
        for event in facts.events:
            if isinstance(event, HandedOver) and event.device in watched:
                address = watched[event.device]
                if event.stage in (Stage.PREPARED, Stage.COMPLETED):
                    self._see(address, event.target, arrived=event.stage is Stage.COMPLETED)
                else:
                    self._see(address, event.source, arrived=True)
            elif isinstance(event, Attached | Associated) and event.device in watched:
                self._see(watched[event.device], event.cell, arrived=True)

    def _see(self, address: str, cell: int, *, arrived: bool) -> None:
        picture = self._network.picture
        place = place_of(picture.network, cell, self._areas)
        host_id = None if place is None else place.host_id
        if arrived or host_id is None:
            self._expected.pop(address, None)
        else:
            self._expected[address] = host_id
        self._news.tell()
        if place is not None:
            self.seen(Sighting(address, place, arrived, picture.origin.value))

    def _watched(self) -> Mapping[int, str]:
        network, devices = self._network.picture.network, self._devices()
        if self._known[0] is not network or self._known[1] != devices:
            found = ((network.row_of_address(each), each) for each in devices)
            self._rows = {row: address for row, address in found if row is not None}
            self._known = (network, devices)
        return self._rows


def _serving(picture: Picture, device: int) -> int:
    """Return the cell that says most of where a device is, or NOBODY."""
    for technology in NEAREST_FIRST:
        serving = picture.cells[technology]
        if device < len(serving) and serving[device] != NOBODY:
            return int(serving[device])
    return NOBODY
