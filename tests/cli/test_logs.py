"""Logs of processes and applications are found by their names, or by how these begin."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

INSTANCE = "3d295eac-0d5d-4f99-9aa1-5dad6a036947"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder in which three processes and an application have written."""
    (tmp_path / "logs").mkdir()
    for name in ("front", "mec1", "mec2"):
        (tmp_path / "logs" / f"{name}.log").write_text(
            "".join(f"{name} {number}\n" for number in range(100))
        )
    workload = tmp_path / "elements" / "mec1" / "vim" / "workloads" / INSTANCE
    workload.mkdir(parents=True)
    (workload / "log").write_text("hello from the edge\n")
    return tmp_path


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "wayside.cli", "logs", *words]


def logs(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        env=os.environ | {"WAYSIDE_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_a_name_all_logs_are_listed(state: Path) -> None:
    listed = {each["name"] for each in json.loads(logs(state, "--json").stdout)}
    assert listed == {"front", "mec1", "mec2", INSTANCE}
    assert INSTANCE in logs(state).stdout


def test_an_application_s_log_is_found_by_the_beginning_of_its_instance(state: Path) -> None:
    assert logs(state, INSTANCE[:6]).stdout == "hello from the edge\n"


def test_the_last_lines_are_shown(state: Path) -> None:
    assert logs(state, "mec1", "-n", "2").stdout == "mec1 98\nmec1 99\n"
    told = json.loads(logs(state, "mec1", "-n", "1", "--json").stdout)
    assert told == {"name": "mec1", "lines": ["mec1 99"]}


def test_a_beginning_of_several_names_is_asked_back_and_an_unknown_name_too(state: Path) -> None:
    both = logs(state, "mec")
    assert both.returncode == 1
    assert "Several logs" in both.stderr
    assert "mec1, mec2" in both.stderr
    unknown = json.loads(logs(state, "nobody", "--json").stderr)
    assert unknown["status"] == 404
    assert INSTANCE in unknown["detail"]


def test_follow_goes_on_as_more_is_written(state: Path) -> None:
    following = subprocess.Popen(
        command("front", "-n", "1", "--follow"),
        env=os.environ | {"WAYSIDE_STATE": str(state), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert following.stdout is not None
        assert following.stdout.readline() == "front 99\n"
        time.sleep(0.05)
        with (state / "logs" / "front.log").open("a") as log:
            log.write("front 100\n")
        assert following.stdout.readline() == "front 100\n"
    finally:
        following.kill()
        following.communicate()


def test_names_are_completed_for_the_shell(state: Path) -> None:
    environment = {
        "WAYSIDE_STATE": str(state),
        "_WAYSIDE_COMPLETE": "complete_bash",
        "COMP_WORDS": "wayside logs me",
        "COMP_CWORD": "2",
    }
    program = "import sys; sys.argv[0] = 'wayside'; from wayside.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["mec1", "mec2"]
