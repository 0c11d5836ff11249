"""How a placement is explained to people. Never decides: the MEO's planner did."""

from collections.abc import Iterator

from rich.markup import escape
from rich.text import Text

from wayside.model.placement import WaysideCandidate, WaysidePlacement

from .output import output

NS_PER_MS = 1_000_000
COLUMNS = ("HOST", "DECISION", ">ONE WAY", ">LEFT", "WHY NOT")


def print_placement(placement: WaysidePlacement) -> None:
    """Print why this host and not another, a row for each host that was considered."""
    output.section(
        [tuple(_row(each, placement.host_id)) for each in placement.considered],
        columns=COLUMNS,
        empty="",
    )
    output.note(f"Why {placement.host_id}: {escape(placement.explanation)}")
    others = placement.hosts_considered - len(placement.considered)
    if others > 0:
        counted = ", ".join(f"{name} {count}" for name, count in placement.refusals.items())
        output.note(f"{others} more hosts are not shown. Not met, of all: {counted or 'nothing'}.")


def _row(candidate: WaysideCandidate, chosen: str) -> Iterator[object]:
    yield candidate.host_id
    if candidate.host_id == chosen:
        yield Text("chosen", "green")
    else:
        yield Text("refused", "yellow") if candidate.refused else "fits"
    latency, left = candidate.latency_ns, candidate.headroom
    yield None if latency is None else f"{latency / NS_PER_MS:.2f} ms"
    yield None if left is None else f"{left:.0%}"
    yield "\n".join(candidate.refused)
