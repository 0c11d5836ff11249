"""What holds in a region: found among ten thousand without looking at each. Pure.

Regions that ask for the same fields share an index of just these fields, so that a field which
nobody asks for never makes candidates. Never compares what rules want.
"""

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from .overlaps import Overlaps
from .regions import WHOLE, Region

Signature = tuple[int, ...]
"""The places of the spans that are not the whole field."""


K = TypeVar("K", bound=Hashable)


class _Sheet(Generic[K]):
    """The regions of one signature, cut down to its fields, and what holds in each."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self._overlaps = Overlaps(len(signature))
        self.owners: dict[Region, dict[K, Region]] = {}

    def cut(self, region: Region) -> Region:
        return tuple(region[place] for place in self._signature)

    def add(self, region: Region, key: K) -> None:
        box = self.cut(region)
        if box not in self.owners:
            self._overlaps.add(box)
        self.owners.setdefault(box, {})[key] = region

    def remove(self, region: Region, key: K) -> None:
        box = self.cut(region)
        del self.owners[box][key]
        if not self.owners[box]:
            del self.owners[box]
            self._overlaps.remove(box)

    def meeting(self, region: Region) -> Iterator[tuple[K, Region]]:
        boxes = self._overlaps.meeting(self.cut(region)) if self._signature else iter(self.owners)
        for box in boxes:
            yield from self.owners[box].items()


class Atlas(Generic[K]):
    """Regions of one family with the keys of what holds in them."""

    def __init__(self, version: int) -> None:
        self._whole = WHOLE[version]
        self._sheets: dict[Signature, _Sheet[K]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing holds anywhere."""
        return not self._sheets

    def add(self, region: Region, key: K) -> None:
        """Note that something holds in a region where it was not noted."""
        signature = self._signature(region)
        if signature not in self._sheets:
            self._sheets[signature] = _Sheet(signature)
        self._sheets[signature].add(region, key)

    def remove(self, region: Region, key: K) -> None:
        """Forget that something holds in a region where it was noted."""
        signature = self._signature(region)
        sheet = self._sheets[signature]
        sheet.remove(region, key)
        if not sheet.owners:
            del self._sheets[signature]

    def meeting(self, region: Region) -> Iterator[tuple[K, Region]]:
        """Yield what holds somewhere in ``region``, and where; change nothing meanwhile."""
        for sheet in self._sheets.values():
            yield from sheet.meeting(region)

    def _signature(self, region: Region) -> Signature:
        return tuple(place for place, span in enumerate(region) if span != self._whole[place])
