"""Why an instance is where it is, told with figures. Ours: vendor data beside the standard's.

Never decides: the planner of the MEO does.
"""

import msgspec

from wayside.core.wire import Wire

from .common import TimeStamp


class WaysideCandidate(Wire):
    """A host that was considered: its figures, and why it was refused where it was."""

    host_id: str
    host_name: str | None = None
    latency_ns: int | None = None
    """One way, from the nearest of the cells that it serves."""
    cells_within_limit: int | None = None
    """How many of its cells are near enough; absent where no limit was asked for."""
    wishes_met: int | None = None
    """How many optional features and services are there; absent where none was asked for."""
    headroom: float | None = None
    """The scarcest resource's share that stays free with the instance on it, 0 to 1."""
    refused: tuple[str, ...] = ()
    """A sentence with figures for each demand that it does not meet; none: it would do."""


class WaysidePlacement(Wire):
    """Where an instance is placed, and why there."""

    host_id: str
    explanation: str
    considered: tuple[WaysideCandidate, ...] = ()
    """The hosts, the best first; of very many, the best and the nearest."""
    hosts_considered: int = 0
    """How many there were in all."""
    refusals: dict[str, int] = msgspec.field(default_factory=dict)
    """How many of them did not meet a demand, by its name: CPU, latency, features …"""
    host_silent_since: TimeStamp | None = None
    """Where the host does not answer: since when. All else is as it was known then."""
    addresses: tuple[str, ...] = ()
    """Where the instance is reached; empty until it has an address."""
