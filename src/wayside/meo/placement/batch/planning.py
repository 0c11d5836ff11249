"""Many applications placed at once, and each told why there or why nowhere. Pure.

Never starts, reserves or moves anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
import numpy as np

from wayside.core.errors import Conflict
from wayside.meo.placement.demands import HostOffer, Requirements
from wayside.meo.placement.field import Field, vector
from wayside.meo.placement.judging import RESOURCES, in_ms, judge
from wayside.meo.placement.plan import NoHost, decide
from wayside.meo.site import HostSite
from wayside.model.placement import WaysideCandidate
from wayside.refpoints.mm4 import Amount

from .answer import Answer, arrange
from .bundles import Bundled, Wanted, bundled
from .question import NOWHERE, Integers

TOLD_MAX = 5
"""Hosts that are told of beside the one chosen."""


@dataclass(frozen=True)
class Place:
    """Where one application goes."""

    site: HostSite | None
    """None: it is left out."""
    considered: tuple[WaysideCandidate, ...]
    explanation: str


@dataclass(frozen=True)
class Batch:
    """Where all go, in the order in which they were wanted."""

    answer: Answer
    places: tuple[Place, ...]
    one_by_one: tuple[str | None, ...] | None
    """Where each would go if they were started one after another; None where there are groups."""


def plan_all(wanted: Wanted, offers: Sequence[HostOffer], *, seconds: float) -> Batch:
    """Return the best places that are found; raise Conflict where there is no host at all."""
    if not offers:
        raise Conflict("No MEC host is known; add one to the orchestrator's settings.")
    field = Field(offers)
    task = bundled(wanted, field)
    answer = arrange(task.question, seconds=seconds)
    telling = _Telling(wanted, field, task, answer)
    places = {
        member: telling.of(bundle, member)
        for bundle, those in enumerate(task.members)
        for member in those
    }
    free_of_groups = not wanted.together and not wanted.apart
    return Batch(
        answer,
        tuple(places[member] for member in range(len(wanted.demands))),
        one_by_one(wanted.demands, field) if free_of_groups else None,
    )


def one_by_one(demands: Sequence[Requirements], field: Field) -> tuple[str | None, ...]:
    """Return where each goes if it is decided for alone, after those before it.

    The field is told of it: it holds what is left in the end.
    """
    found: list[str | None] = []
    for each in demands:
        best = field.standing(each).best(1)
        if not len(best):
            found.append(None)
            continue
        offer = field.offers[best[0]]
        field.tell(_with(offer, vector(each.amount)))
        found.append(offer.site.host_id)
    return tuple(found)


class _Telling:
    """Puts into words what was decided: the same judge as for one, once all are placed."""

    def __init__(self, wanted: Wanted, field: Field, task: Bundled, answer: Answer) -> None:
        self._wanted, self._field, self._task, self._answer = wanted, field, task, answer

    @cached_property
    def _planned(self) -> Integers:
        """What the plan takes of each host."""
        planned = np.zeros_like(self._task.question.free)
        (placed,) = np.nonzero(self._answer.host != NOWHERE)
        np.add.at(planned, self._answer.host[placed], self._task.question.asked[placed])
        return planned

    def of(self, bundle: int, member: int) -> Place:
        """Return where a member of the bundle goes, and why."""
        return (
            self._left_out(bundle, member)
            if self._answer.host[bundle] == NOWHERE
            else self._placed(bundle, member)
        )

    def _placed(self, bundle: int, member: int) -> Place:
        question, host = self._task.question, int(self._answer.host[bundle])
        chosen = self._judged(bundle, member, host)
        distance = question.distance[bundle]
        nearer = np.flatnonzero(distance < distance[host])
        nearer = nearer[distance[nearer].argsort(kind="stable")]
        others = [self._judged(bundle, member, int(other)) for other in nearer[:TOLD_MAX]]
        told = [f"{chosen.host_id}: {_figures(chosen)}."]
        told += [
            f"Not {each.host_id}, which is nearer: {' '.join(each.refused)}" for each in others
        ]
        if len(nearer) > TOLD_MAX:
            told.append(f"Nor {len(nearer) - TOLD_MAX} more that are nearer.")
        site = self._field.offers[host].site
        return Place(site, (chosen, *others), " ".join([*told, *self._company(bundle)]))

    def _left_out(self, bundle: int, member: int) -> Place:
        question = self._task.question
        near = np.flatnonzero(question.may[bundle])
        if not len(near):
            return self._fits_nowhere(bundle, member)
        order = near[question.distance[bundle, near].argsort(kind="stable")]
        judged = tuple(self._judged(bundle, member, int(host)) for host in order[:TOLD_MAX])
        none = "no plan places more" if self._most else "no plan was found that places more"
        told = [f"{each.host_id}: {' '.join(each.refused)}" for each in judged]
        sentence = (
            f"Left out: alone it would find room on {_counted(len(near))}, which this plan gives "
            f"to others; {none}."
        )
        return Place(None, judged, " ".join([sentence, *told, *self._company(bundle)]))

    @property
    def _most(self) -> bool:
        return self._answer.placed == self._answer.placed_at_most

    def _fits_nowhere(self, bundle: int, member: int) -> Place:
        try:
            decide(self._asking(bundle, member), self._field)
        except NoHost as none:
            return Place(None, none.considered[:TOLD_MAX], none.detail)
        detail = "Left out: no host meets the demands of all that are to be together."
        return Place(None, (), " ".join([detail, *self._company(bundle)]))

    def _judged(self, bundle: int, member: int, host: int) -> WaysideCandidate:
        """Return a host with figures, once all others of the plan are placed."""
        question, planned = self._task.question, self._planned[host].copy()
        if self._answer.host[bundle] == host:
            planned -= question.asked[bundle]
        offer = _with(self._field.offers[host], planned)
        found = judge(self._asking(bundle, member), offer)
        if not found.refused and self._answer.host[bundle] != host:
            return msgspec.structs.replace(found, refused=(self._why_not(bundle, host),))
        return found

    def _why_not(self, bundle: int, host: int) -> str:
        question, answer = self._task.question, self._answer
        there = {int(each) for each in np.flatnonzero(answer.host == host)}
        if any(bundle in apart and there & set(apart) for apart in question.apart):
            return "It has another of those that are to be apart."
        return "It would take it; the search came to its end before."

    def _asking(self, bundle: int, member: int) -> Requirements:
        """Return the demands of the member, with the room that all of its bundle take."""
        asked = self._task.question.asked[bundle]
        return replace(self._wanted.demands[member], amount=_amount(asked))

    def _company(self, bundle: int) -> list[str]:
        size = len(self._task.members[bundle])
        return [f"It goes together with {size - 1} more, whose room is counted in."] * (size > 1)


def _figures(chosen: WaysideCandidate) -> str:
    figures = []
    if chosen.latency_ns is not None:
        figures.append(f"{in_ms(chosen.latency_ns)} one way from its nearest cell")
    if chosen.cells_within_limit is not None:
        figures.append(f"cells within the limit: {chosen.cells_within_limit}")
    if chosen.wishes_met is not None:
        figures.append(f"optional features and services met: {chosen.wishes_met}")
    left = round(100 * (chosen.headroom or 0.0))
    figures.append(f"{left} % of its scarcest resource stays free once all are placed")
    return ", ".join(figures)


def _counted(hosts: int) -> str:
    return "1 host" if hosts == 1 else f"{hosts} hosts"


def _with(offer: HostOffer, more: Integers) -> HostOffer:
    """Return the host with more promised."""
    return replace(offer, promised=_amount(vector(offer.promised) + more))


def _amount(row: Integers) -> Amount:
    return Amount(**{name: int(row[at]) for at, (name, _, _) in enumerate(RESOURCES)})
