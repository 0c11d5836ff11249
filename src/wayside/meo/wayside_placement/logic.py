"""A request for a plan made a question for the planner, and its answer told. Pure.

Never decides: ``placement.batch`` does.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from wayside.core.errors import Unprocessable
from wayside.meo.placement.batch.answer import Answer
from wayside.meo.placement.batch.bundles import NS_PER_MS, Wanted, joined
from wayside.meo.placement.batch.planning import Batch, Place
from wayside.meo.placement.demands import Requirements, requirements_of
from wayside.model.app_lcm import InstantiateAppRequest
from wayside.model.appd import AppD
from wayside.model.plans import (
    COPIES_MAX,
    WaysidePlace,
    WaysidePlan,
    WaysidePlanned,
    WaysidePlanRequest,
    WaysidePlanRule,
)

PAIRS_MAX = 100_000
"""Instances times hosts of one plan: what is thought of in some seconds, while a caller waits."""


@dataclass(frozen=True)
class Copy:
    """One of the instances that are planned."""

    app_d_id: str
    number: int


def check(request: WaysidePlanRequest, *, hosts: int) -> None:
    """Return where the request can be planned; raise Unprocessable naming the field."""
    for at, planned in enumerate(request.applications):
        if planned.location_constraints is not None:
            _check_place(planned, f"$.applications[{at}].locationConstraints")
    copies = sum(planned.count for planned in request.applications)
    most = min(COPIES_MAX, PAIRS_MAX // max(hosts, 1))
    if copies > most:
        raise Unprocessable(
            f"applications: {copies} instances are asked for; among {hosts} hosts at most {most} "
            "are planned at once. Ask for them in several plans.",
            field="$.applications",
        )
    _check_groups(request)


def _check_place(planned: WaysidePlanned, field: str) -> None:
    assert planned.location_constraints is not None
    try:
        planned.location_constraints.check()
    except Unprocessable as wrong:
        raise Unprocessable(wrong.detail, field=field) from wrong


def _check_groups(request: WaysidePlanRequest) -> None:
    asked = {planned.app_d_id for planned in request.applications}
    for at, group in enumerate(request.groups):
        for inner, app_d_id in enumerate(group.app_d_ids):
            if app_d_id not in asked:
                raise Unprocessable(
                    f"groups: {app_d_id} is not among the applications that are planned; they are "
                    f"{', '.join(sorted(asked))}.",
                    field=f"$.groups[{at}].appDIds[{inner}]",
                )


def copies_of(request: WaysidePlanRequest) -> list[Copy]:
    """Return the instances in the order of the request, numbered for each application."""
    counted: dict[str, int] = {}
    found = []
    for planned in request.applications:
        for _ in range(planned.count):
            counted[planned.app_d_id] = number = counted.get(planned.app_d_id, 0) + 1
            found.append(Copy(planned.app_d_id, number))
    return found


def wanted_of(request: WaysidePlanRequest, app_d_of: Callable[[int], AppD]) -> Wanted:
    """Return what the planner is asked; ``app_d_of`` is the AppD of an entry of the request.

    Raises Unprocessable where two are to be together and apart.
    """
    demands: list[Requirements] = []
    members: dict[str, list[int]] = {}
    for at, planned in enumerate(request.applications):
        where = InstantiateAppRequest(location_constraints=planned.location_constraints)
        each = requirements_of(app_d_of(at), where)
        first = len(demands)
        demands += [each] * planned.count
        members.setdefault(planned.app_d_id, []).extend(range(first, len(demands)))
    sets: dict[WaysidePlanRule, list[list[int]]] = {rule: [] for rule in WaysidePlanRule}
    for group in request.groups:
        those = [
            member for app_d_id in dict.fromkeys(group.app_d_ids) for member in members[app_d_id]
        ]
        sets[group.rule].append(those)
    together, apart = sets[WaysidePlanRule.TOGETHER], sets[WaysidePlanRule.APART]
    _check_both(copies_of(request), together, apart)
    return Wanted(demands, together, apart)


def _check_both(
    copies: Sequence[Copy], together: Sequence[Sequence[int]], apart: Sequence[Sequence[int]]
) -> None:
    for those in joined(len(copies), together):
        for each in apart:
            both = sorted(set(those) & set(each))
            if len(both) > 1:
                one, two = (f"{copies[at].app_d_id} #{copies[at].number}" for at in both[:2])
                raise Unprocessable(
                    f"groups: {one} and {two} are to be together and apart; leave out one of the "
                    "groups.",
                    field="$.groups",
                )


def told(request: WaysidePlanRequest, batch: Batch, *, hosts: int) -> WaysidePlan:
    """Return the plan as the OSS reads it."""
    copies = copies_of(request)
    alone = batch.one_by_one or (None,) * len(copies)
    answer = batch.answer
    places = tuple(map(_place, copies, batch.places, alone))
    one_by_one = None if batch.one_by_one is None else sum(each is not None for each in alone)
    return WaysidePlan(
        places=places,
        placed=answer.placed,
        placed_at_most=answer.placed_at_most,
        placed_one_by_one=one_by_one,
        distance_ns=round(answer.distance * NS_PER_MS),
        distance_ns_at_least=int(answer.distance_at_least * NS_PER_MS),
        gap=answer.gap if isfinite(answer.gap) else None,
        proven=answer.proven,
        hosts_considered=hosts,
        explanation=" ".join(_sentences(answer, len(copies), one_by_one)),
    )


def _place(copy: Copy, place: Place, alone: str | None) -> WaysidePlace:
    return WaysidePlace(
        app_d_id=copy.app_d_id,
        number=copy.number,
        explanation=place.explanation,
        host_id=None if place.site is None else place.site.host_id,
        latency_ns=None if place.site is None else place.considered[0].latency_ns,
        one_by_one_host_id=alone,
        considered=place.considered,
    )


def _sentences(answer: Answer, asked: int, one_by_one: int | None) -> Iterator[str]:
    if answer.placed == answer.placed_at_most:
        most = "" if answer.placed == asked else "; no plan places more"
        yield f"{answer.placed} of {asked} are placed{most}."
    else:
        yield (
            f"{answer.placed} of {asked} are placed; that more than {answer.placed_at_most} are "
            "is impossible."
        )
    if answer.gap == 0.0:
        yield "No plan that places as many is nearer."
    else:
        yield f"A plan that places as many may be nearer, by {answer.gap:.2%} at most."
    if one_by_one is not None and one_by_one != answer.placed:
        yield f"Started one after another, in this order, {one_by_one} would find room."
