"""``wayside network import``: a file of AdvantEDGE becomes one that the other commands take."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.access.advantedge.scenarios import a_scenario
from typer.testing import CliRunner

from wayside.access.advantedge.reading import ForeignFault
from wayside.cli.main import app
from wayside.cli.output import output
from wayside.core.errors import Conflict

runner = CliRunner()


@pytest.fixture(autouse=True)
def for_people_again() -> Iterator[None]:
    yield
    output.as_json = False


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.yaml"
    path.write_text(yaml.safe_dump(a_scenario()))
    return path


def test_what_is_imported_is_checked_and_lives(theirs: Path, tmp_path: Path) -> None:
    ours = tmp_path / "harbour.toml"
    done = runner.invoke(app, ["network", "import", str(theirs), "--out", str(ours)])
    assert done.exit_code == 0, done.output
    assert "a town and its living network: 2 cells, 1 devices, 1 hosts; simulated" in done.output
    assert "latencyVariation" in done.output
    assert "car: view (UE-APP) is not started by a scenario" in done.output
    done = runner.invoke(app, ["network", "check", str(ours)])
    assert "harbour.toml is sound: 2 cells, 1 devices, 1 roads" in done.output
    done = runner.invoke(app, ["network", "run", str(ours), "--seconds", "5"])
    assert done.exit_code == 0, done.output


def test_a_file_that_is_there_is_not_replaced_unasked(theirs: Path, tmp_path: Path) -> None:
    ours = tmp_path / "harbour.toml"
    ours.write_text("mine")
    command = ["network", "import", str(theirs), "--out", str(ours)]
    assert isinstance(runner.invoke(app, command).exception, Conflict)
    assert ours.read_text() == "mine"
    assert runner.invoke(app, [*command, "--force"]).exit_code == 0
    assert ours.read_text().startswith("# Made of the AdvantEDGE scenario harbour.yaml: simulated")


def test_programs_get_the_scenario_and_the_report(theirs: Path) -> None:
    done = runner.invoke(app, ["--json", "network", "import", str(theirs)])
    told = json.loads(done.output)
    assert told["report"]["cells"] == 2
    assert told["scenario"].startswith("# Made of")
    output.as_json = False
    plain = runner.invoke(app, ["network", "import", str(theirs)])
    assert plain.output == told["scenario"]


def test_what_cannot_be_imported_says_why(tmp_path: Path) -> None:
    done = runner.invoke(app, ["network", "import", str(tmp_path / "none.yaml")])
    assert isinstance(done.exception, ForeignFault)
    assert "No such file" in done.exception.detail
