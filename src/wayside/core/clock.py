"""Time as a port: what is now, and waiting. Never reads the machine's clock itself."""

from typing import NewType, Protocol

Nanoseconds = NewType("Nanoseconds", int)
"""A moment as nanoseconds since 1970-01-01 UTC."""


class Clock(Protocol):
    """Wall time for stamps, monotonic time for intervals, and sleep. Tests pass a virtual one."""

    def now(self) -> Nanoseconds:
        """Return the wall time, ns since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of this clock."""
        ...


class ClockState(Protocol):
    """What is known of the wall time's source."""

    def traceable(self) -> bool:
        """Tell whether the wall time is locked to UTC now; False where nobody can tell."""
        ...
