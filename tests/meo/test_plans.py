"""Plans on Mm1: where applications would go, without anything being started or reserved."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.meo.tiers import Tiers, ask
from tests.model.descriptors import an_appd

from wayside.chassis.client import connect
from wayside.core.errors import Conflict, Unprocessable
from wayside.core.ids import AppPkgId
from wayside.core.requests import ListQuery
from wayside.meo.wayside_placement.logic import check
from wayside.model.app_pkgm import AppPkgInfoModifications, PackageOperationalState
from wayside.model.appd import LatencyDescriptor
from wayside.model.plans import (
    WaysidePlan,
    WaysidePlanGroup,
    WaysidePlanned,
    WaysidePlanRequest,
    WaysidePlanRule,
)
from wayside.refpoints import mm1

PLANS = "/wayside_placement/v1/plans"
APART = WaysidePlanGroup(rule=WaysidePlanRule.APART, app_d_ids=("app-1.0",))


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path, "mec1", "mec2") as running:
        yield running


async def plan(tiers: Tiers, *planned: WaysidePlanned, **more: Any) -> WaysidePlan:
    plans = connect(mm1.Plans, tiers.url("meo"), tiers.http)
    return await plans.create_plan(WaysidePlanRequest(applications=planned, **more))


async def test_a_plan_says_where_each_would_go_and_starts_nothing(tiers: Tiers) -> None:
    await tiers.onboard(an_appd(app_latency=LatencyDescriptor(max_latency=1_500_000)))
    await tiers.onboard(an_appd(app_d_id="other-1.0"))
    before = tiers.hosts["mec1"].vim.environments.copy()

    found = await plan(
        tiers, WaysidePlanned(app_d_id="app-1.0", count=2), WaysidePlanned(app_d_id="other-1.0")
    )

    assert [(each.app_d_id, each.number, each.host_id) for each in found.places] == [
        ("app-1.0", 1, "mec1"),
        ("app-1.0", 2, "mec1"),
        ("other-1.0", 1, "mec1"),
    ]
    assert (found.placed, found.placed_at_most, found.placed_one_by_one) == (3, 3, 3)
    assert (found.distance_ns, found.gap, found.proven) == (3_000_000, 0.0, True)
    assert found.places[0].latency_ns == 1_000_000
    assert "mec1: 1 ms one way from its nearest cell" in found.places[0].explanation
    assert found.explanation == "3 of 3 are placed. No plan that places as many is nearer."
    assert not (await tiers.lcm.list_app_instances(ListQuery())).entries
    assert tiers.hosts["mec1"].vim.environments == before


async def test_what_runs_already_takes_its_room(tiers: Tiers) -> None:
    await tiers.running()
    vim = tiers.hosts["mec1"].vim
    vim.total = (await vim.get_capacity()).allocated  # nothing else has room there
    found = await plan(tiers, WaysidePlanned(app_d_id="app-1.0"))
    assert found.places[0].host_id == "mec2"


async def test_apart_means_one_on_each_host_and_who_is_over_is_told_why(tiers: Tiers) -> None:
    await tiers.onboard()
    found = await plan(tiers, WaysidePlanned(app_d_id="app-1.0", count=3), groups=(APART,))
    assert sorted(str(each.host_id) for each in found.places) == ["None", "mec1", "mec2"]
    assert (found.placed, found.placed_at_most, found.placed_one_by_one) == (2, 2, None)
    (left_out,) = [each for each in found.places if each.host_id is None]
    assert "It has another of those that are to be apart." in left_out.explanation
    assert found.explanation.startswith("2 of 3 are placed; no plan places more.")


async def test_a_host_that_is_silent_is_told_and_the_others_are_planned_with(tiers: Tiers) -> None:
    await tiers.onboard(an_appd(app_latency=LatencyDescriptor(max_latency=1_500_000)))

    async def silent() -> Any:
        raise Conflict("Not now.")

    tiers.hosts["mec1"].vim.get_capacity = silent  # type: ignore[method-assign]
    found = await plan(tiers, WaysidePlanned(app_d_id="app-1.0"))
    assert found.places[0].host_id is None
    assert "It does not tell its capacity: Not now." in found.places[0].explanation


BOTH = [{"rule": rule, "appDIds": ["app-1.0"]} for rule in ("TOGETHER", "APART")]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"applications": []}, "$.applications", "length >= 1"),
        ({"applications": [{"appDId": "a", "count": 0}]}, "$.applications[0].count", ">= 1"),
        (
            {"applications": [{"appDId": "app-1.0"}, {"appDId": "nobody"}]},
            "$.applications[1].appDId",
            "no package with the descriptor nobody is on-boarded",
        ),
        (
            {"applications": [{"appDId": "app-1.0", "locationConstraints": {}}]},
            "$.applications[0].locationConstraints",
            "needs countryCode",
        ),
        (
            {
                "applications": [{"appDId": "app-1.0"}],
                "groups": [{"rule": "APART", "appDIds": ["b"]}],
            },
            "$.groups[0].appDIds[0]",
            "b is not among the applications",
        ),
        (
            {"applications": [{"appDId": "app-1.0", "count": 2}], "groups": BOTH},
            "$.groups",
            "app-1.0 #1 and app-1.0 #2 are to be together and apart",
        ),
        (
            {"applications": [{"appDId": "app-1.0", "count": 1000}, {"appDId": "app-1.0"}]},
            "$.applications",
            "1001 instances are asked for; among 2 hosts at most 1000",
        ),
    ],
)
async def test_what_cannot_be_planned_is_refused_with_the_field(
    tiers: Tiers, body: object, field: str, said: str
) -> None:
    await tiers.onboard()
    reply = await ask(tiers, "POST", PLANS, body)
    assert (reply.status, reply.json.get("field")) == (422, field)
    assert said in reply.detail


async def test_a_disabled_package_is_not_planned(tiers: Tiers) -> None:
    info = await tiers.onboard()
    disabled = AppPkgInfoModifications(operational_state=PackageOperationalState.DISABLED)
    await tiers.packages.modify_app_package(AppPkgId(info.id), disabled)
    reply = await ask(tiers, "POST", PLANS, {"applications": [{"appDId": "app-1.0"}]})
    assert reply.status == 409
    assert "DISABLED" in reply.detail


def test_among_very_many_hosts_fewer_are_planned_at_once() -> None:
    request = WaysidePlanRequest(applications=(WaysidePlanned(app_d_id="a", count=11),))
    with pytest.raises(Unprocessable, match="among 10000 hosts at most 10 are planned at once"):
        check(request, hosts=10_000)
