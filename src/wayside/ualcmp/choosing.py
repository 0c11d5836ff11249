"""Who serves a device: an instance that runs, or one to be started, and where. Pure.

The nearest place that can serve decides; among places as near, an instance that runs comes first.
Never asks anybody.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from wayside.refpoints.mm9 import UserAppPlace


@dataclass(frozen=True)
class Running:
    """An instance that runs."""

    app_instance_id: str
    host_id: str
    seats: int
    """Contexts that it serves."""


@dataclass(frozen=True)
class Choice:
    """A way to serve: at a place, by an instance that runs there or one that is started."""

    place: UserAppPlace
    joined: Running | None = None


def choices(
    places: Sequence[UserAppPlace], running: Iterable[Running], *, seats_max: int
) -> Iterator[Choice]:
    """Yield the ways to serve one more context, the best first; ``places`` are the nearest first.

    An instance that serves ``seats_max`` contexts takes no more.
    """
    at: dict[str, list[Running]] = {}
    for each in running:
        if each.seats < seats_max:
            at.setdefault(each.host_id, []).append(each)
    for _, near in groupby(places, key=lambda place: place.latency_ns):
        group = list(near)
        for place in group:
            for each in sorted(at.get(place.host_id, ()), key=_order):
                yield Choice(place, each)
        yield from (Choice(place) for place in group if place.has_room)


def _order(running: Running) -> tuple[int, str]:
    return running.seats, running.app_instance_id
