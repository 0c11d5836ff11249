"""The simulated twin of the whole system: the same demonstration, and it says what it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.exclusive import simulated_town

from .conftest import Wayside, start

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulated(short_folder: Path) -> Iterator[Wayside]:
    """A system without a single namespace."""
    with simulated_town():
        running = start(short_folder / "simulated", "simulated")
        try:
            yield running
        finally:
            running.run("down", check=False)


def test_every_figure_says_simulated(simulated: Wayside) -> None:
    shown = simulated.json("demo", "--requests", "10")
    assert shown["simulated"]
    assert shown["delays"]["simulated"]
    assert "SIMULATED" in Path(shown["picture"]).read_text()
    assert "simulated" in simulated.run("demo", "--requests", "5").stdout
    assert "simulated" in simulated.run("status").stdout


def test_the_rule_decides_who_serves_as_on_a_real_town(simulated: Wayside) -> None:
    edge, cloud = simulated.json("demo", "--requests", "10")["arms"]
    assert (edge["servedBy"], cloud["servedBy"]) == ("edge", "cloud")
    assert edge["p50Ms"] < 24 <= cloud["p50Ms"]
    assert edge["backhaulBytesOfDownload"] == 0 < cloud["backhaulBytesOfDownload"]


def test_down_ends_the_applications_too(simulated: Wayside) -> None:
    instance = simulated.json("app", "list")["instances"][0]["id"]
    simulated.run("down")
    assert not [
        entry
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and instance in _environment(entry)
    ]


def _environment(process: Path) -> str:
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""
