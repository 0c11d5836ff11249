"""``wayside app plan``: what is typed, and a row for each application and host."""

import json
from collections.abc import Iterator

import pytest
from tests.cli.test_show import PACKAGE

from wayside.cli.output import output
from wayside.cli.planning import grouped, planned, print_plan
from wayside.core.errors import NotFound, Unprocessable
from wayside.model.app_lcm import LocationConstraints
from wayside.model.plans import WaysidePlace, WaysidePlan, WaysidePlanRule

KNOWN = [PACKAGE]
APART = WaysidePlanRule.APART


def place(number: int, host_id: str | None, alone: str | None = None) -> WaysidePlace:
    return WaysidePlace(
        app_d_id="shop-1.0",
        number=number,
        explanation="Left out: no room." if host_id is None else f"{host_id}: 1 ms [one way].",
        host_id=host_id,
        latency_ns=None if host_id is None else 1_000_000,
        one_by_one_host_id=alone,
    )


PLAN = WaysidePlan(
    places=(place(1, None), place(2, "mec1", "mec2"), place(3, "mec1", "mec2"), place(4, "mec2")),
    placed=3,
    placed_at_most=3,
    placed_one_by_one=2,
    distance_ns=3_000_000,
    distance_ns_at_least=2_900_000,
    gap=3 / 2.9 - 1,
    proven=False,
    hosts_considered=2,
    explanation="3 of 4 are placed.",
)


@pytest.fixture
def for_programs() -> Iterator[None]:
    output.as_json = True
    yield
    output.as_json = False


@pytest.mark.parametrize(
    ("given", "count"), [("shop", 1), ("shop-1.0", 1), ("pkg-1:3", 3), ("shop:12", 12)]
)
def test_an_application_may_be_named_in_each_way_with_a_number(given: str, count: int) -> None:
    france = LocationConstraints(country_code="FR")
    found = planned(given, KNOWN, where=france)
    assert (found.app_d_id, found.count) == ("shop-1.0", count)
    assert found.location_constraints == france


@pytest.mark.parametrize("given", ["shop:", "shop:x", "shop:0", "shop:-1", "shop:1.5"])
def test_what_is_no_number_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(Unprocessable, match="write shop:3 for three"):
        planned(given, KNOWN)


def test_who_is_not_on_boarded_is_told_who_is() -> None:
    with pytest.raises(NotFound, match="'shoe' is not on-boarded; on-boarded: shop"):
        planned("shoe:2", KNOWN)
    with pytest.raises(NotFound, match="see `wayside app onboard`"):
        list(grouped({APART: ["shop,shoe"]}, []))


def test_groups_are_named_with_commas() -> None:
    (group,) = grouped({WaysidePlanRule.TOGETHER: (), APART: ["shop, pkg-1"]}, KNOWN)
    assert (group.rule, group.app_d_ids) == (APART, ("shop-1.0", "shop-1.0"))


def test_people_see_a_row_for_each_host_and_who_is_left_out_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_plan(PLAN)
    head, first, second, third, last = capsys.readouterr().out.strip().splitlines()
    assert head.split()[:3] == ["APPLICATION", "INSTANCES", "HOST"]
    assert first.split()[:6] == ["shop-1.0", "2", "mec1", "1.00", "ms", "mec2"]
    assert second.split()[:3] == ["shop-1.0", "1", "mec2"]
    assert third.split()[:4] == ["shop-1.0", "1", "left", "out"]
    assert "mec1: 1 ms [one way]." in first
    assert last == "3 of 4 are placed."


@pytest.mark.usefixtures("for_programs")
def test_programs_get_all_of_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(PLAN)
    told = json.loads(capsys.readouterr().out)
    assert [each.get("hostId") for each in told["places"]] == [None, "mec1", "mec1", "mec2"]
    assert (told["proven"], told["placedAtMost"]) == (False, 3)
