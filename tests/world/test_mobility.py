"""A whole system: a device moves between hosts while it plays, and its state goes with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wayside.linux import probe

from .conftest import Wayside, start

pytestmark = [pytest.mark.netns, pytest.mark.slow]


@pytest.fixture(scope="module")
def two_sites(short_folder: Path) -> Iterator[Wayside]:
    """A town of two sites with a way between them."""
    found = probe.mode()
    if found.way is probe.Way.SIMULATED:
        pytest.skip(f"no real town can be made here: {found.reason}")
    if not probe.available("vxlan"):
        pytest.skip(f"no way between hosts: {probe.finding('vxlan').detail}")
    running = start(short_folder / "moves", found.way.value, scenario="handover")
    try:
        yield running
    finally:
        running.run("down", check=False)


def test_with_confirmation_no_request_is_lost_and_the_state_is_intact(two_sites: Wayside) -> None:
    (level,) = two_sites.json("demo", "mobility", "-n", "2", "--level", "2")["levels"]
    assert [each["servedBy"] for each in level["moves"]] == [["mec1", "mec2"], ["mec2", "mec1"]]
    assert (level["requestsLost"], level["stateIntact"]) == (0, True)


def test_an_instance_that_may_not_change_serves_its_device_at_the_other_host(
    two_sites: Wayside,
) -> None:
    (level,) = two_sites.json("demo", "mobility", "-n", "2", "--level", "1")["levels"]
    assert [each["servedBy"] for each in level["moves"]] == [["mec1"], ["mec1"]]
    assert (level["requestsLost"], level["stateIntact"]) == (0, True)
