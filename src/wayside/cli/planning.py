"""``wayside app plan``: where applications would go if they were started together.

Never starts one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text

from wayside.core.errors import NotFound, Unprocessable
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import LocationConstraints
from wayside.model.app_pkgm import AppPkgInfo
from wayside.model.plans import (
    SECONDS_MAX,
    WaysidePlace,
    WaysidePlan,
    WaysidePlanGroup,
    WaysidePlanned,
    WaysidePlanRequest,
    WaysidePlanRule,
)

from .connection import Face, ask
from .output import output
from .placement import NS_PER_MS

COLUMNS = ("APPLICATION", ">INSTANCES", "HOST", ">ONE WAY", "ONE BY ONE", "WHY")


def plan(
    applications: Annotated[
        list[str],
        typer.Argument(
            metavar="APP[:COUNT]…",
            help="On-boarded applications (appDId or name), with how many instances of each.",
        ),
    ],
    together: Annotated[
        list[str] | None,
        typer.Option(metavar="APP[,APP…]", help="All their instances on one host."),
    ] = None,
    apart: Annotated[
        list[str] | None,
        typer.Option(metavar="APP[,APP…]", help="No two of their instances on one host."),
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="Only hosts in this country (ISO 3166-1 alpha-2).")
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            help="How long the exact search may take; 0: the fast search alone, reproducible.",
            min=0.0,
            max=SECONDS_MAX,
        ),
    ] = 2.0,
) -> None:
    """Show where applications would go if they were placed together; nothing is started.

    As many as can be find room, and those as near as can be. ONE BY ONE is where `wayside app
    start` would put them, one after another in this order.
    """

    rules = {WaysidePlanRule.TOGETHER: together or (), WaysidePlanRule.APART: apart or ()}

    async def work(face: Face) -> WaysidePlan:
        packages = await face.packages.list_app_packages(ListQuery())
        known = [entry.value for entry in packages.entries]
        where = LocationConstraints(country_code=country) if country else None
        request = WaysidePlanRequest(
            applications=tuple(planned(each, known, where=where) for each in applications),
            groups=tuple(grouped(rules, known)),
            search_seconds_max=seconds,
        )
        with output.progress("planning"):
            return await face.plans.create_plan(request)

    print_plan(ask(work))


def print_plan(found: WaysidePlan) -> None:
    """Print a row for each application and host, those left out last, and how good the plan is."""
    output.table(
        [tuple(_row(those)) for those in _by_host(found.places)],
        columns=COLUMNS,
        value=found,
        empty="",
    )
    output.note(escape(found.explanation))


def _by_host(places: Iterable[WaysidePlace]) -> Iterator[Sequence[WaysidePlace]]:
    """Yield the places of one application on one host, with one outcome one by one."""

    def key(place: WaysidePlace) -> tuple[bool, str, str, str]:
        outcome = place.host_id or "", place.one_by_one_host_id or ""
        return place.host_id is None, place.app_d_id, *outcome

    for _, those in groupby(sorted(places, key=key), key):
        yield tuple(those)


def _row(those: Sequence[WaysidePlace]) -> Iterator[object]:
    first = those[0]
    yield first.app_d_id
    yield len(those)
    yield Text("left out", "yellow") if first.host_id is None else first.host_id
    yield None if first.latency_ns is None else f"{first.latency_ns / NS_PER_MS:.2f} ms"
    yield first.one_by_one_host_id
    yield first.explanation


def planned(
    given: str, known: Sequence[AppPkgInfo], *, where: LocationConstraints | None = None
) -> WaysidePlanned:
    """Return what ``APP:COUNT`` means; raise NotFound where no package is called so."""
    name, _, count = given.rpartition(":")
    if not name or any(given in _names(package) for package in known):
        name, count = given, "1"
    if not count.isascii() or not count.isdigit() or int(count) < 1:
        raise Unprocessable(
            f"{given!r}: {count!r} is no number of instances; write {name}:3 for three.",
            field="applications",
        )
    return WaysidePlanned(
        app_d_id=_app_d_id(name, known), count=int(count), location_constraints=where
    )


def grouped(
    rules: Mapping[WaysidePlanRule, Sequence[str]], known: Sequence[AppPkgInfo]
) -> Iterator[WaysidePlanGroup]:
    """Yield a group for each ``APP,APP`` of a rule; raise NotFound as ``planned`` does."""
    for rule, given in rules.items():
        for each in given:
            app_d_ids = tuple(_app_d_id(name.strip(), known) for name in each.split(","))
            yield WaysidePlanGroup(rule=rule, app_d_ids=app_d_ids)


def _app_d_id(name: str, known: Sequence[AppPkgInfo]) -> str:
    found = next((each.app_d_id for each in known if name in _names(each)), None)
    if found is None:
        there = ", ".join(each.app_d_id for each in known) or "none; see `wayside app onboard`"
        raise NotFound(f"{name!r} is not on-boarded; on-boarded: {there}.")
    return found


def _names(package: AppPkgInfo) -> tuple[str | None, ...]:
    return package.app_d_id, package.app_name, package.id
