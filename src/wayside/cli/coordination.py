"""``wayside coordination``: which instances may end for another that finds no room.

Never chooses one: the orchestrator suggests, whoever answers selects.
"""

from typing import Annotated

import typer

from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.core.requests import ListQuery
from wayside.model.coordination import (
    LcmCoordResult,
    TerminateApp,
    WaysideCoordination,
    WaysideCoordinationAnswer,
    WaysideCoordinationState,
    WaysideTermOption,
)
from wayside.model.stopping import StopType

from .connection import Face, ask
from .output import output, short
from .room import options_of, print_room, state_of

PENDING = WaysideCoordinationState.PENDING
app = typer.Typer(
    no_args_is_help=True,
    help="Room for an instance that finds none: see who might end for it, and decide.",
)
Target = Annotated[
    str, typer.Argument(help="A coordination or the instance that needs room, or its beginning.")
]


@app.command("list")
def list_coordinations(
    everything: Annotated[
        bool, typer.Option("--all", help="Show those too that wait for no answer any more.")
    ] = False,
) -> None:
    """Show the questions that wait for an answer."""
    found = [each for each in ask(_all) if everything or each.state is PENDING]
    output.table(
        [
            (short(each.id), each.app_instance_id, state_of(each), options_of(each), each.asked)
            for each in found
        ],
        columns=("COORDINATION", "FOR INSTANCE", "STATE", "MAY END", "WHO ANSWERS"),
        value=found,
        empty="No instance waits for room.",
    )


@app.command("show")
def show(target: Target) -> None:
    """Show a question: what is short, who was considered and why, what was selected."""
    asked = ask(lambda face: _one(face, target))
    output.value(asked, text=f"[bold]{asked.id}[/]  for {asked.app_instance_id}, {asked.state}")
    print_room(asked)


@app.command("accept")
def accept(
    target: Target,
    option: Annotated[int, typer.Option(help="Which option, as `show` numbers them.", min=1)] = 1,
    forceful: Annotated[
        bool, typer.Option("--forceful", help="End them at once, without telling them.")
    ] = False,
    grace: Annotated[
        int | None,
        typer.Option(
            help="Seconds that they have to end; the orchestrator's own otherwise.", min=1
        ),
    ] = None,
) -> None:
    """Have the instances of one option end; the waiting instance then goes on by itself."""
    if forceful and grace is not None:
        raise Unprocessable("--grace is not for --forceful; give one of them.", field="grace")
    kind = StopType.FORCEFUL if forceful else StopType.GRACEFUL

    async def work(face: Face) -> WaysideCoordination:
        asked = await _one(face, target)
        apps = tuple(
            TerminateApp(
                app_instance_id=id_, termination_type=kind, graceful_termination_timeout=grace
            )
            for id_ in _chosen(asked, option).app_inst_id_termination_cands
        )
        return await _answer(face, asked, LcmCoordResult.CONTINUE, apps=apps)

    done = ask(work)
    names = ", ".join(short(each.app_instance_id) for each in done.terminate_apps)
    output.value(
        done, text=f"Ending {names} for [bold]{short(done.app_instance_id)}[/], which goes on then."
    )


@app.command("refuse")
def refuse(
    target: Target,
    reason: Annotated[str | None, typer.Option(help="What the operation's error says.")] = None,
) -> None:
    """Have nobody end; the instance that needs room is not instantiated."""

    async def work(face: Face) -> WaysideCoordination:
        asked = await _one(face, target)
        return await _answer(face, asked, LcmCoordResult.ABORT, reason=reason)

    done = ask(work)
    output.value(done, text=f"Nobody ends for [bold]{short(done.app_instance_id)}[/].")


async def _all(face: Face) -> list[WaysideCoordination]:
    page = await face.coordinations.list_coordinations(ListQuery())
    return [entry.value for entry in page.entries]


async def _one(face: Face, target: str) -> WaysideCoordination:
    held = await _all(face)
    found = [
        each
        for each in held
        if len(target) >= 4
        and (each.id.startswith(target) or each.app_instance_id.startswith(target))
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(short(each.id) for each in found or held) or "none"
    if found:
        raise Conflict(f"{target!r} means several coordinations: {known}; name one of them.")
    raise NotFound(f"There is no coordination {target!r}; there are: {known}.")


def _chosen(asked: WaysideCoordination, option: int) -> WaysideTermOption:
    if option > len(asked.termination_options):
        raise Unprocessable(
            f"--option is {option}; the coordination {short(asked.id)} has "
            f"{len(asked.termination_options)}.",
            field="option",
        )
    return asked.termination_options[option - 1]


async def _answer(
    face: Face,
    asked: WaysideCoordination,
    result: LcmCoordResult,
    *,
    apps: tuple[TerminateApp, ...] = (),
    reason: str | None = None,
) -> WaysideCoordination:
    answer = WaysideCoordinationAnswer(
        coordination_result=result, terminate_apps=apps, reason=reason
    )
    return (await face.coordinations.answer_coordination(asked.id, answer)).value
