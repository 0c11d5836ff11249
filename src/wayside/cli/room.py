"""How a question for room is laid out for people. Never decides: whoever answers does."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.markup import escape
from rich.text import Text

from wayside.model.coordination import (
    WaysideCoordination,
    WaysideCoordinationState,
    WaysideTermCandidate,
)

from .output import output, short

State = WaysideCoordinationState
COLOURS = {State.PENDING: "yellow", State.CONTINUE: "green"}


def print_room(asked: WaysideCoordination) -> None:
    """Print what was short, the options, a row for each candidate, and what was selected."""
    output.note(escape(asked.explanation))
    output.section(
        [
            (number, each.host_id, "\n".join(each.app_inst_id_termination_cands))
            for number, each in enumerate(asked.termination_options, 1)
        ],
        columns=(">OPTION", "HOST", "ENDS"),
        empty="No option: nobody was asked.",
    )
    output.section(
        [tuple(_row(each)) for each in asked.considered],
        columns=("CANDIDATE", "HOST", "DECISION", "WHY"),
        empty="",
    )
    if asked.state is State.PENDING:
        until = datetime.fromtimestamp(asked.answer_until.seconds, tz=UTC)
        output.note(f"{escape(asked.asked)} has until {until:%Y-%m-%d %H:%M:%S}Z.")
    if asked.terminate_apps:
        output.note("Selected: " + ", ".join(each.app_instance_id for each in asked.terminate_apps))
    if asked.reason is not None:
        output.note(f"Reason: {escape(asked.reason)}")


def state_of(asked: WaysideCoordination) -> Text:
    """Return how far the question is, in its colour."""
    return Text(asked.state, COLOURS.get(asked.state, "red"))


def options_of(asked: WaysideCoordination) -> str:
    """Return the options in a line."""
    return " or ".join(
        " + ".join(short(id_) for id_ in option.app_inst_id_termination_cands)
        for option in asked.termination_options
    )


def _row(candidate: WaysideTermCandidate) -> Iterator[object]:
    yield candidate.app_instance_id
    yield candidate.host_id
    yield Text("suggested", "yellow") if candidate.suggested else "left alone"
    yield candidate.verdict
