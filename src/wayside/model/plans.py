"""Where many applications would go, asked and told. Ours: the standard places one at a time.

Never decides: the planner of the MEO does.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire

from .app_lcm import LocationConstraints
from .placement import WaysideCandidate

COPIES_MAX = 1_000
SECONDS_MAX = 5.0
GROUPS_MAX = 100


class WaysidePlanned(Wire):
    """An on-boarded application, and how many instances of it are thought of."""

    app_d_id: str
    count: Annotated[int, msgspec.Meta(ge=1, le=COPIES_MAX)] = 1
    location_constraints: LocationConstraints | None = None
    """Where each of them has to be."""


class WaysidePlanRule(StrEnum):
    """How instances stand to each other."""

    TOGETHER = "TOGETHER"
    """All on one host, or none placed."""
    APART = "APART"
    """No two of them on one host."""


class WaysidePlanGroup(Wire):
    """Applications all of whose planned instances have to keep a rule among themselves."""

    rule: WaysidePlanRule
    app_d_ids: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class WaysidePlanRequest(Wire):
    """What is to be planned. Nothing is started, reserved or moved."""

    applications: Annotated[
        tuple[WaysidePlanned, ...], msgspec.Meta(min_length=1, max_length=COPIES_MAX)
    ]
    groups: Annotated[tuple[WaysidePlanGroup, ...], msgspec.Meta(max_length=GROUPS_MAX)] = ()
    search_seconds_max: Annotated[float, msgspec.Meta(ge=0, le=SECONDS_MAX)] = 2.0
    """How long the exact search may take, in s; 0: the fast search alone, reproducible."""


class WaysidePlace(Wire):
    """Where one instance would go, or why nowhere."""

    app_d_id: str
    number: int
    """Of the instances of this application, from 1."""
    explanation: str
    host_id: str | None = None
    """Absent: it is left out."""
    latency_ns: int | None = None
    """One way, from the nearest of the host's cells."""
    one_by_one_host_id: str | None = None
    """Where it would go if all were started one after another in this order; absent: nowhere, or
    there are groups, which a single start does not know."""
    considered: tuple[WaysideCandidate, ...] = ()
    """The host chosen, and nearer ones that have no room once all others are placed."""


class WaysidePlan(Wire, omit_defaults=False):
    """Where all of them would go, how good that is, and what no plan can beat."""

    places: tuple[WaysidePlace, ...]
    placed: int
    placed_at_most: int
    """No plan places more."""
    placed_one_by_one: int | None
    """How many find room if they are started one after another; null where there are groups."""
    distance_ns: int
    """The distances of all that is placed, added up: latency one way from the host's nearest cell,
    and a millisecond for each wish that it does not meet and each cell that it has fewer within
    the limit than the best host."""
    distance_ns_at_least: int
    """No plan that places as many has less."""
    gap: float | None
    """By which share ``distanceNs`` may be too much: 0 is proven; null where nothing is known."""
    proven: bool
    """Whether no plan is better: places more, or as many nearer."""
    hosts_considered: int
    explanation: str
