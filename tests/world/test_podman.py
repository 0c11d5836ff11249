"""A host whose applications podman runs: the same demonstration, the same steering."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from wayside.linux import podman, probe

from .conftest import Wayside, free_port

pytestmark = [pytest.mark.netns, pytest.mark.slow]

TOWN = Path(__file__).resolve().parents[2] / "scenarios" / "town.toml"


@pytest.fixture(scope="module")
def contained(short_folder: Path) -> Iterator[Wayside]:
    """A town of which one host has podman run its applications."""
    found = probe.mode()
    if found.way is not probe.Way.ROOT:
        pytest.skip(f"no real town can be made by root here: {found.reason}")
    if podman.trial().runtime is None:
        pytest.skip(f"podman cannot be used here: {podman.trial().detail}")
    scenario = short_folder / "town.toml"
    scenario.write_text(
        TOWN.read_text().replace('id = "mec1"\n', 'id = "mec1"\ndriver = "podman"\n')
    )
    system = Wayside(short_folder / "state", free_port(), found.way.value)
    system.run("up", "--port", str(system.port), "--mode", system.way, "--scenario", str(scenario))
    try:
        yield system
    finally:
        system.run("down", check=False)


def test_the_demonstration_is_served_from_a_container(contained: Wayside) -> None:
    shown = contained.json("demo", "--requests", "20")
    edge = next(arm for arm in shown["arms"] if arm["name"] == "edge")
    assert edge["servedBy"] == "edge"
    assert edge["failures"] == 0


def test_the_host_says_that_podman_runs_them(contained: Wayside) -> None:
    capacity = httpx.get(f"{contained.url}/mec1/wayside_vim/v1/capacity").json()
    assert capacity["drivers"] == ["podman"]
