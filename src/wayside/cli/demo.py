"""``wayside demo``: the same request from the same device, served at the edge and in the cloud."""

from typing import Annotated

import msgspec
import typer

from wayside.access.lab.figures import (
    DelayReport,
    DelayRun,
    DownloadRun,
    RequestRun,
    TownView,
)
from wayside.core.errors import Unavailable, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import AppInstanceInfo, InstantiationState
from wayside.model.rules import RuleState

from . import demo_app
from .connection import Face, ask
from .demo_mobility import mobility
from .measurement import Arm, Demonstration, arm_of
from .output import output, short
from .picture import draw
from .place import place
from .placement import print_placement

SERVICE_PORT = 8080
REQUESTS, DEVICE = 100, "ue1"
DOWNLOAD_BYTES = 8_000_000
WARM_UP = 5
COLUMNS = (
    "RULE", "SERVED BY", "NAME IS", ">P50 ms", ">P95 ms", ">P99 ms", ">MBIT/S", ">B/REQUEST",
    ">B/DOWNLOAD", ">FAILED",
)  # fmt: skip


app = typer.Typer(invoke_without_command=True)
app.command()(mobility)


@app.callback()
def begin(
    context: typer.Context,
    requests: Annotated[
        int, typer.Option("--requests", "-n", help="Requests per arm.", min=5, max=5000)
    ] = REQUESTS,
    device: Annotated[str, typer.Option(help="The device that asks.")] = DEVICE,
) -> None:
    """Show the edge: measure one request at the edge instance and in the cloud, side by side.

    On-boards and starts examples/hello-edge where it does not run yet, and leaves it running.
    """
    if context.invoked_subcommand is None:
        demo(requests, device)


def demo(requests: int = REQUESTS, device: str = DEVICE) -> None:
    """Measure the request from the device in both ways, and show them."""
    shown = ask(lambda face: _demonstrate(face, device, requests))
    picture = place.state.pictures / "demo.svg"
    with output.progress("drawing the picture"):
        draw(shown, picture)
    _print(msgspec.structs.replace(shown, picture=str(picture)))


async def _demonstrate(face: Face, device: str, count: int) -> Demonstration:
    town = await face.lab.get_town()
    host = _host_of(town, device)
    with output.progress("measuring the emulated delays"):
        delays = await face.lab.measure_delays(DelayRun(count=20))
    _print_delays(delays)
    instance = await _instance_on(face, host)
    if instance.wayside_placement is not None:
        print_placement(instance.wayside_placement)
    instance_id = AppInstanceId(instance.id)
    run = RequestRun(device=device, address=town.cloud.address, port=SERVICE_PORT, count=count)
    with output.progress("measuring", total=2) as step:
        await demo_app.switch(face, host, instance_id, RuleState.ACTIVE)
        edge = await _measure(face, "edge", run)
        step.advance()
        try:
            await demo_app.switch(face, host, instance_id, RuleState.INACTIVE)
            cloud = await _measure(face, "cloud", run)
        finally:
            await demo_app.switch(face, host, instance_id, RuleState.ACTIVE)
        step.advance()
    return Demonstration(
        simulated=town.simulated,
        device=device,
        host=host,
        instance=instance.id,
        request=f"GET http://{town.cloud.address}:{SERVICE_PORT}/",
        delays=delays,
        arms=(edge, cloud),
        picture=None,
    )


def _host_of(town: TownView, device: str) -> str:
    for known in town.devices:
        if known.id == device and known.host is not None:
            return known.host
    names = ", ".join(known.id for known in town.devices)
    raise Unprocessable(f"There is no device {device!r} with a host; there are: {names}.")


async def _instance_on(face: Face, host: str) -> AppInstanceInfo:
    """Return a running hello-edge; the device must be served by the host that it is on."""
    found = await demo_app.running_instance(face)
    if found.instantiation_state is not InstantiationState.INSTANTIATED:
        raise Unavailable(f"The instance {short(found.id)} is {found.instantiation_state}.")
    where = found.wayside_placement.host_id if found.wayside_placement else None
    if where != host:
        raise Unprocessable(
            f"hello-edge runs on {where}, and the device is served by {host}; choose a device "
            f"that {where} serves (see `wayside demo --help`).",
            field="device",
        )
    return found


async def _measure(face: Face, name: str, run: RequestRun) -> Arm:
    await face.lab.run_requests(msgspec.structs.replace(run, count=WARM_UP))
    requests = await face.lab.run_requests(run)
    named = await face.lab.run_requests(
        RequestRun(device=run.device, name=demo_app.NAME, port=SERVICE_PORT, count=1)
    )
    download = await face.lab.run_download(
        DownloadRun(
            device=run.device,
            address=run.address,
            port=SERVICE_PORT,
            path=f"/bytes?n={DOWNLOAD_BYTES}",
        )
    )
    return arm_of(name, requests, named=named, download=download)


def _print_delays(delays: DelayReport) -> None:
    if output.as_json:
        return
    mark = " ([bold yellow]simulated[/])" if delays.simulated else ", measured now"
    output.note(f"\nEmulated delays, one way{mark}:")
    output.table(
        [
            (d.link, f"{d.configured_ms:.1f}", f"{d.p50_ms:.2f}", f"{d.p95_ms:.2f}", d.lost)
            for d in delays.links
        ],
        columns=("LINK", ">CONFIGURED ms", ">P50 ms", ">P95 ms", ">LOST"),
        value=None,
        empty="No link has an emulated delay.",
    )
    output.note("")


def _print(shown: Demonstration) -> None:
    mark = " ([bold yellow]simulated[/])" if shown.simulated else ""
    output.note(f"\n{shown.request} from {shown.device}{mark}:")
    output.table(
        [
            (
                arm.name,
                arm.served_by,
                arm.name_resolves_to,
                f"{arm.p50_ms:.2f}",
                f"{arm.p95_ms:.2f}",
                f"{arm.p99_ms:.2f}",
                f"{arm.throughput_bps / 1e6:.0f}",
                f"{arm.backhaul_bytes_per_request:,.0f}",
                f"{arm.backhaul_bytes_of_download:,}",
                arm.failures,
            )
            for arm in shown.arms
        ],
        columns=COLUMNS,
        value=shown,
        empty="Nothing was measured.",
    )
    output.note(
        "RULE edge: the traffic and DNS rules are ACTIVE; cloud: INACTIVE. B: bytes that crossed\n"
        f"the backhaul. The picture: {shown.picture}"
    )
