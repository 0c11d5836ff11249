"""Why an instance is where it is, told with figures. Ours: vendor data beside the standard's.

Never decides: the planner of the MEO does.
"""

from wayside.core.wire import Wire


class WaysideCandidate(Wire):
    """A host that was considered: its figures, and why it was refused where it was."""

    host_id: str
    host_name: str | None = None
    latency_ns: int | None = None
    """One way, from the nearest of the cells that it serves."""
    cells_within_limit: int | None = None
    """How many of its cells are near enough; absent where no limit was asked for."""
    headroom: float | None = None
    """The scarcest resource's share that stays free with the instance on it, 0 to 1."""
    refused: tuple[str, ...] = ()
    """A sentence with figures for each demand that it does not meet; none: it would do."""


class WaysidePlacement(Wire):
    """Where an instance is placed, and why there."""

    host_id: str
    explanation: str
    considered: tuple[WaysideCandidate, ...] = ()
    """All hosts, the best first."""
    addresses: tuple[str, ...] = ()
    """Where the instance is reached; empty until it has an address."""
