"""How a placement is explained to people. Never decides: the MEO's planner did."""

from rich.markup import escape

from wayside.model.placement import WaysideCandidate, WaysidePlacement

NS_PER_MS = 1_000_000


def explain(placement: WaysidePlacement) -> str:
    """Return why this host and not another, a line per host that was considered."""
    lines = [f"placed on [bold]{placement.host_id}[/]: {escape(placement.explanation)}"]
    for candidate in placement.considered:
        chosen = candidate.host_id == placement.host_id
        mark = (
            "[green]chosen[/]" if chosen else "[yellow]refused[/]" if candidate.refused else "fits"
        )
        lines.append(f"  {candidate.host_id:<10} {mark}  {_figures(candidate)}")
        lines += [f"             {escape(sentence)}" for sentence in candidate.refused]
    return "\n".join(lines)


def _figures(candidate: WaysideCandidate) -> str:
    parts = []
    if candidate.latency_ns is not None:
        parts.append(f"{candidate.latency_ns / NS_PER_MS:.2f} ms one way")
    if candidate.headroom is not None:
        parts.append(f"{candidate.headroom:.0%} of its scarcest resource left")
    return ", ".join(parts)
