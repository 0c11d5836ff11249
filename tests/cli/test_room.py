"""How a question for room is shown: what is short, who may end, who stays and why."""

from collections.abc import Iterator

import pytest

from wayside.cli.output import output
from wayside.cli.room import options_of, print_room
from wayside.model.common import TimeStamp
from wayside.model.coordination import (
    TerminateApp,
    WaysideCoordination,
    WaysideCoordinationState,
    WaysideTermCandidate,
    WaysideTermOption,
)

State = WaysideCoordinationState


@pytest.fixture(autouse=True)
def for_people() -> Iterator[None]:
    """As a person sees it."""
    output.as_json = False
    yield
    output.as_json = False


def question(state: State, **more: object) -> WaysideCoordination:
    """A question with two options and a candidate that is left alone."""
    told = {
        "id": "c-1",
        "app_instance_id": "new-1",
        "app_lcm_op_occ_id": "op-1",
        "state": state,
        "asked": "The OSS at https://oss.example",
        "asked_time": TimeStamp(seconds=0, nano_seconds=0),
        "answer_until": TimeStamp(seconds=300, nano_seconds=0),
        "explanation": "Room is short: mec1 lacks CPU 150 thousandths of a core.",
        "termination_options": (
            WaysideTermOption(host_id="mec1", app_inst_id_termination_cands=("a-1",)),
            WaysideTermOption(host_id="mec1", app_inst_id_termination_cands=("b-2", "c-3")),
        ),
        "considered": (
            WaysideTermCandidate(
                app_instance_id="a-1", host_id="mec1", suggested=True, verdict="It frees enough."
            ),
            WaysideTermCandidate(app_instance_id="d-4", suggested=False, verdict="It is [gone]."),
        ),
    }
    return WaysideCoordination(**(told | more))  # type: ignore[arg-type]


def shown(asked: WaysideCoordination, capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed, its spaces made one."""
    print_room(asked)
    return " ".join(capsys.readouterr().out.split())


def test_a_pending_question_tells_options_candidates_and_until_when(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(question(State.PENDING), capsys)
    assert "mec1 lacks CPU 150" in text
    assert "1 mec1 a-1" in text
    assert "2 mec1 b-2 c-3" in text
    assert "a-1 mec1 suggested It frees enough." in text
    assert "d-4 left alone It is [gone]." in text
    assert "The OSS at https://oss.example has until 1970-01-01 00:05:00Z." in text


def test_an_answered_one_tells_who_was_selected_or_why_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    selected = (TerminateApp(app_instance_id="a-1"),)
    assert "Selected: a-1" in shown(question(State.CONTINUE, terminate_apps=selected), capsys)
    refused = shown(question(State.ABORT, reason="It stays."), capsys)
    assert "Reason: It stays." in refused
    assert "has until" not in refused


def test_where_nothing_would_help_it_is_told_that_nobody_was_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(question(State.FUTILE, termination_options=()), capsys)
    assert "No option: nobody was asked." in text


def test_options_stand_in_a_line() -> None:
    assert options_of(question(State.PENDING)) == "a-1 or b-2 + c-3"
