"""The decision: the best host, and why not the others. Pure.

Never asks a host and never reserves: ``placing`` does.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from wayside.core.errors import Conflict
from wayside.meo.site import HostSite
from wayside.model.placement import WaysideCandidate, WaysidePlacement

from .demands import HostOffer, Requirements
from .field import Field, ranked
from .judging import Judge, in_ms, wished

TOLD_MAX = 50
"""Hosts whose figures are told one by one; of more hosts, the best and the nearest."""


class NoHost(Conflict):
    """No host will do; ``short_of_room`` are those that would if others made room."""

    def __init__(
        self,
        detail: str,
        *,
        short_of_room: tuple[str, ...],
        considered: tuple[WaysideCandidate, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.short_of_room = short_of_room
        self.considered = considered


@dataclass(frozen=True)
class Decision:
    """The host chosen, and the hosts considered with their figures, the best first."""

    site: HostSite
    considered: tuple[WaysideCandidate, ...]
    explanation: str
    hosts: int = 0
    """How many were considered in all."""
    refusals: Counter[str] | None = None
    """How many did not meet a demand, by its name."""

    @property
    def placement(self) -> WaysidePlacement:
        """The decision as an instance's record shows it."""
        return WaysidePlacement(
            host_id=self.site.host_id,
            explanation=self.explanation,
            considered=self.considered,
            hosts_considered=self.hosts,
            refusals=dict(self.refusals or {}),
        )


def plan(wanted: Requirements, offers: Sequence[HostOffer]) -> Decision:
    """Return the host that meets every demand and leaves most to others, of ``offers``."""
    return decide(wanted, Field(offers))


def decide(
    wanted: Requirements, field: Field, *, refusals: Mapping[str, str] | None = None
) -> Decision:
    """Return the best host of the field; raise NoHost telling why none will do.

    ``refusals`` are what hosts have said that were asked to run this very instance: they are out.
    """
    refused = refusals or {}
    if not field.offers:
        raise Conflict("No MEC host is known; add one to the orchestrator's settings.")
    standing = field.standing(wanted)
    rows = ranked(standing, TOLD_MAX + len(refused)).tolist()
    judge = Judge(wanted)
    judged = [judge.of(field.offers[row], field.kind(row)) for row in rows]
    told = [_as_told(each, refused) for each in judged]
    considered = tuple(sorted(told, key=lambda each: bool(each.refused)))
    best = considered[0]
    if best.refused:
        short = tuple(
            field.offers[row].site.host_id for row in np.flatnonzero(standing.but_for_room)
        )
        raise NoHost(
            _none(considered, standing.refusals, hosts=len(field.offers)),
            short_of_room=tuple(host_id for host_id in short if host_id not in refused),
            considered=considered,
        )
    site = field.offer(best.host_id).site
    explanation = _explain(wanted, considered)
    if len(field.offers) > len(told):
        explanation += f" {_counted(standing.refusals, len(field.offers))}"
    return Decision(site, considered, explanation, len(field.offers), standing.refusals)


def _as_told(candidate: WaysideCandidate, refusals: Mapping[str, str]) -> WaysideCandidate:
    said = refusals.get(candidate.host_id)
    if said is None:
        return candidate
    return msgspec.structs.replace(candidate, refused=(*candidate.refused, said))


def _none(considered: Sequence[WaysideCandidate], refusals: Counter[str], *, hosts: int) -> str:
    told = [f"{each.host_id}: {' '.join(each.refused)}" for each in considered]
    if hosts > len(considered):
        told = [_counted(refusals, hosts), *told[:5]]
    return f"No MEC host can take the instance. {' '.join(told)}"


def _counted(refusals: Counter[str], hosts: int) -> str:
    counts = ", ".join(f"{count} for {demand}" for demand, count in refusals.most_common())
    return f"Of {hosts} hosts were refused: {counts or 'none'}."


def _explain(wanted: Requirements, considered: Sequence[WaysideCandidate]) -> str:
    best, others = considered[0], considered[1:]
    figures = [f"{round((best.headroom or 0) * 100)} % of its scarcest resource stays free"]
    if best.latency_ns is not None:
        figures.append(f"{in_ms(best.latency_ns)} one way from its nearest cell")
    if wanted.latency_ns_max is not None:
        figures.append(f"cells within {in_ms(wanted.latency_ns_max)}: {best.cells_within_limit}")
    if wished(wanted):
        figures.append(f"optional features and services: {best.wishes_met} of {wished(wanted)}")
    told = [f"{best.host_id} meets every demand: {', '.join(figures)}."]
    for other in others:
        why = " ".join(other.refused) or _why_behind(best, other)
        told.append(f"Not {other.host_id}: {why}")
    return " ".join(told)


def _why_behind(best: WaysideCandidate, other: WaysideCandidate) -> str:
    """Return the first figure, in the order of the ranking, in which ``best`` is ahead."""
    if (best.cells_within_limit or 0) > (other.cells_within_limit or 0):
        return f"fewer of its cells ({other.cells_within_limit}) are within the limit."
    if (best.wishes_met or 0) > (other.wishes_met or 0):
        return f"fewer of the optional features and services ({other.wishes_met}) are there."
    if (best.headroom or 0) > (other.headroom or 0):
        return f"less would stay free there ({round((other.headroom or 0) * 100)} %)."
    if best.latency_ns != other.latency_ns:
        far = "unknown" if other.latency_ns is None else f"{in_ms(other.latency_ns)} one way"
        return f"its latency is worse ({far})."
    return "it is equally good and comes later by its identifier."
