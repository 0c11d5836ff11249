"""What people see and what programs read: never mixed, and data is never taken for markup."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from wayside.cli.output import Output, pretty
from wayside.cli.placement import print_placement
from wayside.core.errors import NotFound
from wayside.model.placement import WaysidePlacement

PROGRESS = """
import time
from wayside.cli.output import output
with output.progress("counting sheep", total=3) as step:
    for _ in range(3):
        step.advance(); time.sleep(0.1)
    step.say("PROCESSING"); time.sleep(0.2)
"""


def wayside(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wayside.cli", *words],
        env=os.environ | {"WAYSIDE_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_progress_bar_is_shown_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", PROGRESS],
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0
    assert "counting sheep" in shown
    assert "counting sheep: PROCESSING" in shown


def test_no_progress_bar_is_written_into_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRESS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_brackets_in_data_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    people = Output()
    row = ("[bold]my[/] [red]app", None, Text("fine", "green"))
    people.table([row], columns=("NAME", ">SIZE", "STATE"), value=None, empty="")
    people.problem(NotFound("There is no [/nonsense]."))
    print_placement(WaysidePlacement(host_id="mec1", explanation="needs [gpu]"))
    printed = capsys.readouterr()
    assert "[bold]my[/] [red]app" in printed.out
    assert "fine" in printed.out
    assert "[/nonsense]" in printed.err
    assert "needs [gpu]" in printed.out


def test_names_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    people, name = Output(), "app\x1b[2J\x9b\u202egnp\r"
    people.table([(name,)], columns=("NAME",), value=None, empty="")
    people.value({}, text=f"Started {name}.\n\tThere.")
    people.note(name)
    people.problem(NotFound(f"There is no {name}."))
    printed = capsys.readouterr()
    for text in (printed.out, printed.err):
        assert r"app\x1b[2J\x9b\u202egnp\r" in text
        assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(text)


def test_programs_get_one_json_document_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    programs = Output(as_json=True)
    programs.note("for people")
    programs.table([("x",)], columns=("X",), value={"x": 1}, empty="nothing")
    assert json.loads(capsys.readouterr().out) == {"x": 1}
    assert json.loads(pretty({"a": [1, 2]})) == {"a": [1, 2]}


@pytest.mark.parametrize(
    "words", [("nonsense",), ("demo", "--requests", "many"), ("up", "--colour", "red")]
)
def test_wrong_words_are_a_problem_document_for_programs(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    people, programs = wayside(tmp_path, *words), wayside(tmp_path, *words, "--json")
    assert people.returncode == programs.returncode == 2
    assert programs.stdout == ""
    assert json.loads(programs.stderr)["status"] == 400
    assert "Usage" in people.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence_and_no_traceback() -> None:
    done = wayside(Path("/proc/nowhere"), "up", "--mode", "simulated")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "/proc/nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_may_stand_first_or_last(tmp_path: Path) -> None:
    first = wayside(tmp_path, "--json", "api", "list").stdout
    assert json.loads(first) == json.loads(wayside(tmp_path, "api", "list", "--json").stdout)


def test_the_version_is_said(tmp_path: Path) -> None:
    assert wayside(tmp_path, "--version").stdout.startswith("wayside ")
