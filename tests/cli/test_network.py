"""``wayside network``: a scenario is checked, lives for a while, and says that it is simulated."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.simulated.networks import STREET
from typer.testing import CliRunner

from wayside.access.simulated.scenario import NetworkFault
from wayside.access.trace.recording import recorded
from wayside.cli.main import app
from wayside.cli.output import output
from wayside.core.errors import NotFound
from wayside.refpoints.net.facts import Facts

runner = CliRunner()


@pytest.fixture(autouse=True)
def for_people_again() -> Iterator[None]:
    yield
    output.as_json = False


@pytest.fixture
def street(tmp_path: Path) -> Path:
    path = tmp_path / "street.toml"
    path.write_text(STREET)
    return path


def test_a_sound_scenario_is_said_to_be_and_what_it_holds(street: Path) -> None:
    done = runner.invoke(app, ["network", "check", str(street)])
    assert done.exit_code == 0
    assert "street.toml is sound: 2 cells, 220 devices, 2 roads, 0 events." in done.output


def test_all_faults_of_a_scenario_are_told(street: Path) -> None:
    street.write_text(STREET.replace('zone = "west"', 'zone = "x"').replace("count = 20\n", ""))
    done = runner.invoke(app, ["network", "check", str(street)])
    assert isinstance(done.exception, NetworkFault)
    assert done.exception.faults == ("network.populations[1].count: missing.",)
    assert isinstance(runner.invoke(app, ["network", "run", "nowhere"]).exception, NotFound)


def test_a_run_shows_each_cell_and_says_simulated(street: Path) -> None:
    done = runner.invoke(app, ["network", "run", str(street), "--seconds", "20"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert [line.split()[:3] for line in lines[1:3]] == [
        ["left", "NR", "west"],
        ["right", "NR", "east"],
    ]
    assert lines[-1].startswith("simulated: 20 s; ")


def test_programs_get_the_same_twice_and_a_trace_of_it(street: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.jsonl"
    command = ["--json", "network", "run", str(street), "--seconds", "10", "--tick", "2"]
    once, again = (
        json.loads(runner.invoke(app, [*command, *more]).output)
        for more in ([], ["--record", str(trace)])
    )
    assert once == again
    assert once["origin"] == "SIMULATED"
    assert once["seconds"] == 10.0
    assert sum(cell["devices"] for cell in once["cells"]) == once["served"]
    assert sum(isinstance(told, Facts) for told in recorded(trace)) == 5
