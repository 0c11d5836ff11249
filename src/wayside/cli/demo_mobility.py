"""``wayside demo mobility``: a player is handed over from host to host while it plays."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from wayside.access.lab.figures import PlayReport, PlayRun, TownView
from wayside.core.errors import Conflict, Unavailable, Unprocessable
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import OperationalState

from . import lifecycle
from .apps import onboard_file
from .connection import Face, ask
from .handing_over import PREPARED_S, hand_over
from .moves import LEVELS, LevelSeen, MobilityShown, level_of, move_of
from .output import output
from .packages import build_signed
from .place import place

APP_D_ID = "follow-me-1.0"
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "follow-me"
BEFORE_S, AFTER_S = 1.0, 3.5
"""How long it plays before the handover is prepared, and after it is done."""
ORDER = (2, 3, 1)
COLUMNS = (
    "LEVEL", ">MOVES", ">INTERRUPTION P50 ms", ">P99 ms", ">TICKS LOST", ">REQUESTS LOST",
    ">ASKED AGAIN", "STATE", "SERVED BY",
)  # fmt: skip


def mobility(
    moves: Annotated[
        int, typer.Option("--moves", "-n", help="Moves per level; an even number.", min=2, max=50)
    ] = 4,
    level: Annotated[
        int | None, typer.Option(help="Only this level of mobility: 1, 2 or 3.", min=1, max=3)
    ] = None,
    device: Annotated[str, typer.Option(help="The device that plays and moves.")] = "ue1",
) -> None:
    """Show mobility (MEC 021): what a device sees of it when it moves from host to host.

    It plays examples/follow-me (60 ticks a second over UDP, 20 counts a second over HTTP) while it
    is handed over between two cells. In `wayside up --scenario handover`.
    """
    if moves % 2:
        raise Unprocessable("--moves: give an even number: there and back.", field="moves")
    levels = ORDER if level is None else (level,)
    shown = ask(lambda face: _demonstrate(face, device, levels, moves), timeout_s=60)
    mark = " ([bold yellow]simulated[/])" if shown.simulated else ", real packets"
    output.note(f"\n{device} moves between hosts while it plays{mark}:")
    output.table(
        [_row(each) for each in shown.levels],
        columns=COLUMNS,
        value=shown,
        empty="Nothing was measured.",
    )
    output.note(
        "INTERRUPTION: the longest silence between two answers, beyond the usual 17 ms.\n"
        "ASKED AGAIN: requests whose connection ended at the former instance.\n"
        "STATE intact: each count and each tick follows the one before, whoever answered."
    )


async def _demonstrate(
    face: Face, device: str, levels: tuple[int, ...], moves: int
) -> MobilityShown:
    town = await face.lab.get_town()
    if town.simulated:
        raise Conflict(
            "This town is simulated: no device can move in it. `wayside doctor` says what a town "
            "of namespaces needs here."
        )
    cells = _cells(town, device)
    await _running(face)
    seen = []
    with output.progress("moving", total=moves * len(levels)) as step:
        for level in levels:
            found = []
            for number in range(moves):
                target = cells[(number + 1) % 2]
                found.append(move_of(await _move(face, PlayRun(
                    device=device, address=town.cloud.address, level=level,
                    seconds=BEFORE_S + PREPARED_S + AFTER_S,
                ), target)))  # fmt: skip
                step.advance()
            seen.append(level_of(level, found))
    return MobilityShown(simulated=town.simulated, device=device, levels=tuple(seen))


def _cells(town: TownView, device: str) -> tuple[str, str]:
    """Return the device's cell and one of another host."""
    known = {each.id: each for each in town.devices}
    if device not in known:
        raise Unprocessable(f"There is no device {device!r}; there are: {', '.join(known)}.")
    here = known[device]
    for cell in town.cells:
        if cell.host is not None and cell.host != here.host:
            return here.cell, cell.id
    raise Unprocessable(f"No cell of another host than {here.host} is in this town.")


async def _move(face: Face, run: PlayRun, target: str) -> PlayReport:
    async def move() -> None:
        await asyncio.sleep(BEFORE_S)
        await hand_over(face, run.device, target, PREPARED_S)

    played, _ = await asyncio.gather(face.lab.run_play(run), move())
    if played.failure is not None:
        raise Unavailable(f"{run.device} could not join: {played.failure}")
    return played


async def _running(face: Face) -> None:
    """Have an instance of follow-me run; what is missing on the way is made."""
    instances = [e.value for e in (await face.instances.list_app_instances(ListQuery())).entries]
    if any(
        each.app_d_id == APP_D_ID and each.operational_state is OperationalState.STARTED
        for each in instances
    ):
        return
    packages = [e.value for e in (await face.packages.list_app_packages(ListQuery())).entries]
    if not any(package.app_d_id == APP_D_ID for package in packages):
        output.note("building, signing and on-boarding examples/follow-me")
        await onboard_file(face, build_signed(EXAMPLE, place.state))
    with output.progress("starting follow-me"):
        await lifecycle.run_new(face, APP_D_ID)


def _row(seen: LevelSeen) -> tuple[object, ...]:
    hosts = [" > ".join(each.served_by) for each in seen.moves]
    return (
        f"{seen.level} {LEVELS[seen.level]}",
        len(seen.moves),
        f"{seen.interruption_p50_ms:.1f}",
        f"{seen.interruption_p99_ms:.1f}",
        seen.ticks_lost,
        seen.requests_lost,
        seen.requests_again,
        "intact" if seen.state_intact else "[bold red]broken[/]",
        ", ".join(dict.fromkeys(hosts)),
    )
