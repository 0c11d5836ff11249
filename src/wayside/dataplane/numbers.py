"""Small numbers for large things: interned, counted, and given back when the last use is gone.

Never hands out a number that is in use, nor one that was given back before ``let_go`` is told that
no packet on its way through the kernel can still carry it.
"""

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from wayside.core.errors import Unprocessable

T = TypeVar("T", bound=Hashable)


class Numbers(Generic[T]):
    """Numbers from ``first`` to ``last`` for values of one kind; ``what`` names it in plural."""

    def __init__(self, first: int, last: int, *, what: str) -> None:
        self._next = first
        self._last = last
        self._what = what
        self._free: list[int] = []
        self._of: dict[T, int] = {}
        self._values: dict[int, T] = {}
        self._uses: dict[int, int] = {}

    def take(self, value: T) -> tuple[int, bool]:
        """Return the number of ``value``, in use once more, and whether it is new."""
        number = self._of.get(value)
        if number is not None:
            self._uses[number] += 1
            return number, False
        number = self._fresh()
        self._of[value], self._values[number], self._uses[number] = number, value, 1
        return number, True

    def give_back(self, number: int) -> bool:
        """Count one use less; return whether that was the last one."""
        self._uses[number] -= 1
        if self._uses[number]:
            return False
        del self._of[self._values.pop(number)], self._uses[number]
        return True

    def let_go(self, number: int) -> None:
        """Let a number that was given back be used again."""
        heapq.heappush(self._free, number)

    def number(self, value: T) -> int:
        """Return the number of a value that is in use."""
        return self._of[value]

    def get(self, number: int) -> T | None:
        """Return the value that has ``number`` now, if any."""
        return self._values.get(number)

    def items(self) -> Iterator[tuple[int, T]]:
        """Yield all numbers in use with their values, in no particular order."""
        return iter(self._values.items())

    def _fresh(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        if self._next > self._last:
            raise Unprocessable(f"There are too many {self._what} at once. Take some rules away.")
        self._next += 1
        return self._next - 1
