"""What the kernel holds beside the plan: what fell out of use, and rests before it goes. Pure.

A packet that is on its way goes on with the rules that it began on, and may ask for what they
name, or route by what they marked, after others have come into force: at once as a rule, but a
processor may be taken away from it in between. So what fell out of use stays for ``REST_S``; the
first change after that deletes it. Never reads a clock.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from wayside.refpoints.mp2 import Target

from .groups import Outcome
from .idle import Idle

REST_S = 0.25
"""Far longer than even a crowded machine withholds a processor from a packet."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Resting(Generic[K, V]):
    """Things of one kind that fell out of use, by name, each since a moment of its own."""

    def __init__(self) -> None:
        self._since: dict[K, tuple[float, V]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._since

    def __len__(self) -> int:
        return len(self._since)

    def put(self, key: K, value: V, now_s: float) -> None:
        """Note that this fell out of use now."""
        self._since.pop(key, None)
        self._since[key] = now_s, value

    def pop(self, key: K) -> bool:
        """Forget what is used again; tell whether it rested."""
        return self._since.pop(key, None) is not None

    def items(self) -> Iterator[tuple[K, V]]:
        """Yield what rests, longest first."""
        return ((key, value) for key, (_, value) in self._since.items())

    def take_rested(self, now_s: float) -> dict[K, V]:
        """Return what has rested long enough, and forget it."""
        found: dict[K, V] = {}
        for key, (since, value) in self._since.items():
            if now_s - since < REST_S:
                break
            found[key] = value
        for key in found:
            del self._since[key]
        return found


class Rested(NamedTuple):
    """What no packet can ask for any more."""

    maps: dict[str, str]
    outcomes: dict[int, Outcome | None]
    targets: dict[int, Target | None]
    former: dict[str, None]
    routes: dict[tuple[int, int], None]


@dataclass
class Held:
    """What the kernel holds beside the plan.

    ``epoch`` counts the whole plans and is part of every map's name; ``idle`` groups are empty.
    All else fell out of use and rests.
    """

    epoch: int = 0
    idle: Idle = field(default_factory=Idle)
    maps: Resting[str, str] = field(default_factory=Resting)
    """By name, whether it is a ``map`` or a ``set``: of groups, and of tags."""
    outcomes: Resting[int, Outcome | None] = field(default_factory=Resting)
    """By number; None, as in ``targets``: the kernel never heard of it."""
    targets: Resting[int, Target | None] = field(default_factory=Resting)
    former: Resting[str, None] = field(default_factory=Resting)
    """Maps of earlier epochs, as nft names them: ``map inet wayside e3_routes``."""
    routes: Resting[tuple[int, int], None] = field(default_factory=Resting)
    """Number and IP version of routes to targets of earlier epochs."""

    def take_rested(self, now_s: float) -> Rested:
        """Return what is to be deleted now, and forget it."""
        return Rested(
            self.maps.take_rested(now_s),
            self.outcomes.take_rested(now_s),
            self.targets.take_rested(now_s),
            self.former.take_rested(now_s),
            self.routes.take_rested(now_s),
        )
