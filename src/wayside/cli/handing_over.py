"""``wayside network handover``: a device's link moved to another cell, and everybody told of it."""

import asyncio
from typing import Annotated

import typer

from wayside.access.view.api import NetworkView
from wayside.access.view.model import DeviceHandover, DeviceState
from wayside.refpoints.net.facts import Stage

from .connection import Face, ask
from .output import output

PREPARED_S = 2.5
"""How long before a device moves its network prepares it: time for an instance to start there."""


def handover(
    device: Annotated[str, typer.Argument(help="The device, such as ue1.")],
    cell: Annotated[str, typer.Argument(help="The cell that is to serve it, such as cell2.")],
    prepared: Annotated[
        float, typer.Option(help="Seconds between its preparation and the move.", min=0, max=60)
    ] = PREPARED_S,
) -> None:
    """Hand a device over to another cell: every host hears of it, and its link follows.

    In a town whose network is written down, such as `wayside up --scenario handover`.
    """
    found = ask(lambda face: hand_over(face, device, cell, prepared), timeout_s=prepared + 30)
    output.table(
        [(found.id, found.address, found.zone, cell)],
        columns=("DEVICE", "ADDRESS", "ZONE", "SERVED BY"),
        value=found,
        empty="",
    )


async def hand_over(face: Face, device: str, cell: str, prepared_s: float) -> DeviceState:
    """Say that a handover is prepared, and that it is done; the device's link follows."""
    network = face.at(NetworkView)
    await network.hand_over(device, DeviceHandover(cell=cell, stage=Stage.PREPARED))
    await asyncio.sleep(prepared_s)
    return await network.hand_over(device, DeviceHandover(cell=cell))
