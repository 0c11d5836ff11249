"""``wayside network check|run``: a scenario's living network, without any system.

Touches nothing that runs. All that it shows is simulated, and says so.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from wayside.access.simulated.model import NetworkPlan
from wayside.access.simulated.scenario import load
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.trace.recording import record
from wayside.adapters.clocks import SystemClock
from wayside.core.wire import Wire
from wayside.refpoints.net.facts import Event, HandedOver, Stage
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import Origin
from wayside.system.scenarios import scenario_path

from .output import output

app = typer.Typer(
    no_args_is_help=True,
    help="The access network: that of what runs, or a scenario's, checked and let live.",
)

Scenario = Annotated[
    str, typer.Argument(help="A scenario's file, or the name of one that comes with Wayside.")
]
COLUMNS = (
    "CELL", "TECHNOLOGY", "ZONE", ">DEVICES", ">DBM", ">SINR DB", ">MBIT/S DOWN", ">UP",
    ">IN USE DOWN", ">UP",
)  # fmt: skip


class CellNow(Wire, omit_defaults=False):
    """A cell as it is now; medians over the devices that it serves."""

    id: str
    technology: str
    zone: str
    on: bool
    devices: int
    power_dbm: float | None
    """RSRP; in a WLAN the RSSI."""
    sinr_db: float | None
    downlink_mbps: float
    """To all its devices."""
    uplink_mbps: float
    downlink_share: float
    uplink_share: float


class NetworkNow(Wire, omit_defaults=False):
    """What a run has come to."""

    origin: Origin
    seconds: float
    """Of the network's time."""
    devices: int
    served: int
    handed_over: int
    facts: dict[str, int]
    """How many events of each kind were told."""
    cells: tuple[CellNow, ...]


@app.command()
def check(scenario: Scenario = "town") -> None:
    """Say every fault of a scenario's living network, with field and remedy; or what it holds."""
    path = scenario_path(scenario)
    plan = load(path)
    devices = sum(each.count for each in plan.populations)
    held = {
        "scenario": str(path),
        "cells": len(plan.cells),
        "devices": devices,
        "roads": len(plan.roads),
        "events": len(plan.events),
    }
    sentence = (
        f"{path.name} is sound: {len(plan.cells)} cells, {devices:,} devices, "
        f"{len(plan.roads)} roads, {len(plan.events)} events."
    )
    output.value(held, text=sentence)


@app.command()
def run(
    scenario: Scenario = "town",
    seconds: Annotated[
        float, typer.Option(help="How long, in the network's own time.", min=0.0, max=86_400.0)
    ] = 60.0,
    tick: Annotated[
        float, typer.Option(help="Seconds from facts to facts.", min=0.01, max=60.0)
    ] = 1.0,
    speed: Annotated[
        float, typer.Option(help="1: real time, 10: ten times faster; 0: at once.", min=0.0)
    ] = 0.0,
    trace: Annotated[
        Path | None,
        typer.Option("--record", help="Write all facts there, as lines of JSON.", dir_okay=False),
    ] = None,
) -> None:
    """Let a scenario's network live for a while, and show its cells at the end.

    The same scenario gives the same, on any machine.
    """
    plan = load(scenario_path(scenario))
    found = asyncio.run(_live(plan, Pace(tick, speed), round(seconds / tick), trace))
    output.table(
        [_row(cell) for cell in found.cells],
        columns=COLUMNS,
        value=found,
        empty="There is no cell.",
    )
    output.note(
        f"[bold]simulated[/]: {found.seconds:g} s; {found.served:,} of {found.devices:,} devices "
        f"are served; {found.handed_over:,} handovers."
    )


async def _live(plan: NetworkPlan, pace: Pace, ticks: int, trace: Path | None) -> NetworkNow:
    network = SimulatedSource(world_of(plan), SystemClock(), epoch=1, pace=pace)
    began = network.picture.time_ns
    counts: Counter[str] = Counter()
    with output.progress("Simulated seconds", total=ticks) as step:

        async def listen() -> None:
            reader = network.join()
            await anext(reader)
            async for told in reader:
                step.advance()
                counts.update(_kinds(getattr(told, "events", ())))

        hearing = [listen()]
        if trace is not None:
            hearing.append(_recorded(network, trace))
        await asyncio.gather(*hearing, network.run(ticks))
    passed_s = (network.picture.time_ns - began) / 1e9
    return now(network.picture, seconds=passed_s, counts=counts)


async def _recorded(network: SimulatedSource, path: Path) -> None:
    await record(network.join(), path)


def _kinds(events: Sequence[Event]) -> list[str]:
    """Return what events are called; of handovers those that came to an end."""
    done = (Stage.COMPLETED, Stage.REJECTED)
    return [
        f"{type(event).__name__} {event.stage}"
        if isinstance(event, HandedOver)
        else type(event).__name__
        for event in events
        if not isinstance(event, HandedOver) or event.stage in done
    ]


def now(picture: Picture, *, seconds: float, counts: Counter[str]) -> NetworkNow:
    """Return what the picture shows of each cell, after this time and these events."""
    served = {device for cells in picture.cells.values() for device in np.flatnonzero(cells >= 0)}
    return NetworkNow(
        origin=picture.origin,
        seconds=seconds,
        devices=picture.network.size,
        served=len(served),
        handed_over=counts[f"HandedOver {Stage.COMPLETED}"],
        facts=dict(sorted(counts.items())),
        cells=tuple(_cell(picture, row) for row in range(len(picture.network.cells))),
    )


def _cell(picture: Picture, row: int) -> CellNow:
    cell = picture.network.cells[row]
    radio = picture.measured.get(cell.technology)
    here = np.flatnonzero(radio.cells == row) if radio is not None else np.zeros(0, dtype=np.intp)

    def column(name: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        return np.zeros(0, np.float32) if radio is None else getattr(radio, name)[here]

    def median(name: str) -> float | None:
        return round(float(np.median(column(name))), 1) if len(here) else None

    down, up = _busy(picture, row)
    return CellNow(
        id=cell.id,
        technology=cell.technology,
        zone=cell.zone,
        on=row not in picture.off,
        devices=len(picture.devices_of_cell(row)),
        power_dbm=median("power_dbm"),
        sinr_db=median("sinr_db"),
        downlink_mbps=round(float(column("downlink_bps").sum()) / 1e6, 3),
        uplink_mbps=round(float(column("uplink_bps").sum()) / 1e6, 3),
        downlink_share=down,
        uplink_share=up,
    )


def _busy(picture: Picture, row: int) -> tuple[float, float]:
    loaded = picture.loaded
    if loaded is None or row not in loaded.cells:
        return 0.0, 0.0
    (at,) = np.flatnonzero(loaded.cells == row)
    return round(float(loaded.downlink_share[at]), 3), round(float(loaded.uplink_share[at]), 3)


def _row(cell: CellNow) -> tuple[object, ...]:
    def shown(figure: float | None) -> str:
        return "" if figure is None else f"{figure:.1f}"

    return (
        cell.id if cell.on else f"{cell.id} (off)",
        cell.technology,
        cell.zone,
        cell.devices,
        shown(cell.power_dbm),
        shown(cell.sinr_db),
        shown(cell.downlink_mbps),
        shown(cell.uplink_mbps),
        f"{cell.downlink_share:.0%}",
        f"{cell.uplink_share:.0%}",
    )
