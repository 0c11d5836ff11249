"""What a plan says of a whole town is what a start then does."""

from pathlib import Path

import pytest

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"


@pytest.fixture(scope="module")
def onboarded(system: Wayside, short_folder: Path) -> str:
    """The appDId of hello-edge, on-boarded."""
    package = short_folder / "hello.csar"
    system.run("app", "build", str(EXAMPLE), "--output", str(package))
    system.run("app", "sign", str(package))
    return str(system.json("app", "onboard", str(package))["appDId"])


def test_as_many_are_planned_as_there_is_room_for_and_none_is_started(
    system: Wayside, onboarded: str
) -> None:
    plan = system.json("app", "plan", f"{onboarded}:200")
    placed = [place for place in plan["places"] if "hostId" in place]
    assert 0 < len(placed) == plan["placed"] == plan["placedAtMost"] < 200
    assert plan["proven"]
    left_out = next(place for place in plan["places"] if "hostId" not in place)
    assert "thousandths of a core asked for" in left_out["explanation"]
    assert not system.json("app", "list")["instances"]


def test_who_is_started_goes_where_the_plan_said(system: Wayside, onboarded: str) -> None:
    before = system.json("app", "plan", f"{onboarded}:200")
    said = before["places"][0]["oneByOneHostId"]
    started = system.json("app", "start", onboarded)
    assert started["waysidePlacement"]["hostId"] == said
    after = system.json("app", "plan", f"{onboarded}:200")
    assert after["placed"] == before["placed"] - 1


def test_people_see_why_in_a_table(system: Wayside, onboarded: str) -> None:
    shown = system.run("app", "plan", f"{onboarded}:2", "--apart", onboarded).stdout
    assert shown.startswith("APPLICATION")
    assert "one way from its nearest cell" in shown
