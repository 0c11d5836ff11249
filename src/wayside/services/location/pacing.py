"""How often one subscriber is told, and how often at all. Pure.

What cannot be told yet waits; what takes back something that waits is never told, nor is that.
"""

from collections.abc import Iterator

from .wishes import Happened, Limits, undoes

EVERYONE = ""


class Pace:
    """What is told of one subscription, and what waits."""

    def __init__(self, limits: Limits, told: dict[str, int] | None = None) -> None:
        self._limits = limits
        self.told = dict(told or {})
        """How many notifications went out: for each device, or for all."""
        self._waiting: dict[object, Happened] = {}
        self._free_at = float("-inf")
        self.ended = False

    @property
    def due(self) -> float | None:
        """When something that waits may be told; None where nothing waits."""
        return self._free_at if self._waiting and not self.ended else None

    def offer(self, happened: Happened, *, wanted: bool) -> None:
        """Have it wait, unless it takes back what waits, or nobody wants it."""
        before = self._waiting.get(happened.subject)
        if before is not None and undoes(before.change, happened.change):
            del self._waiting[happened.subject]
        elif wanted:
            self._waiting.pop(happened.subject, None)
            self._waiting[happened.subject] = happened

    def release(self, now_s: float) -> Iterator[Happened]:
        """Yield what is told now, oldest first."""
        while self._waiting and not self.ended and now_s >= self._free_at:
            happened = self._waiting.pop(next(iter(self._waiting)))
            if self._is_spent(happened):
                continue
            if self._limits.interval_s:
                self._free_at = now_s + self._limits.interval_s
            self._count(happened)
            yield happened

    def are_all_spent(self, addresses: tuple[str, ...]) -> bool:
        """Tell whether each of these devices was told of as often as is wanted."""
        count = self._limits.count
        return bool(count) and all(self.told.get(each, 0) >= count for each in addresses)

    def _key(self, happened: Happened) -> str:
        return (happened.address or EVERYONE) if self._limits.each else EVERYONE

    def _is_spent(self, happened: Happened) -> bool:
        count = self._limits.count
        return bool(count) and self.told.get(self._key(happened), 0) >= count

    def _count(self, happened: Happened) -> None:
        if self._limits.count:
            key = self._key(happened)
            self.told[key] = self.told.get(key, 0) + 1
            self.ended = not self._limits.each and self.told[key] >= self._limits.count
