"""Which access point serves which station, when several may still list it. Pure.

A station that has gone to another access point stays in the list of the first until that notices:
who has heard of it last is believed. Never asks.
"""

from collections.abc import Iterator, Mapping, Set

from wayside.refpoints.net.facts import Associated, Cause, Disassociated

Told = Associated | Disassociated


class Associations:
    """Stations and access points by their rows."""

    def __init__(self) -> None:
        self._lists: dict[int, set[int]] = {}
        """Whom each access point lists."""
        self._serving: dict[int, int] = {}

    @property
    def serving(self) -> Mapping[int, int]:
        """The access point of each station that has one."""
        return self._serving

    def stations(self, cell: int) -> list[int]:
        """Return the stations that an access point serves."""
        return sorted(each for each, serving in self._serving.items() if serving == cell)

    def came(self, cell: int, device: int) -> Iterator[Told]:
        """Have a station be at an access point, whatever others say; yield what that changes."""
        self._lists.setdefault(cell, set()).add(device)
        before = self._serving.get(device)
        if before == cell:
            return
        if before is not None:
            yield Disassociated(device=device, cell=before, cause=Cause.COVERAGE)
        self._serving[device] = cell
        yield Associated(device=device, cell=cell)

    def went(self, cell: int, device: int, cause: Cause = Cause.LEFT) -> Iterator[Told]:
        """Have a station be gone from an access point; one that lists it too serves it then."""
        self._lists.setdefault(cell, set()).discard(device)
        if self._serving.get(device) != cell:
            return
        del self._serving[device]
        yield Disassociated(device=device, cell=cell, cause=cause)
        others = (each for each, listed in self._lists.items() if device in listed)
        other = next(others, None)
        if other is not None:
            yield from self.came(other, device)

    def listed(self, cell: int, devices: Set[int]) -> Iterator[Told]:
        """Have an access point list these and no others; yield what that changes."""
        known = self._lists.setdefault(cell, set())
        for device in sorted(known - devices):
            yield from self.went(cell, device)
        for device in sorted(devices - known):
            yield from self.came(cell, device)

    def lost(self, cell: int) -> Iterator[Told]:
        """Have an access point be gone, with all whom it lists."""
        for device in sorted(self._lists.get(cell, set())):
            yield from self.went(cell, device, Cause.CELL)
