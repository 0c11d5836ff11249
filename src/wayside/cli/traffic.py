"""``wayside traffic``: by which access networks devices are reached, and who takes which (MEC 015).

Asks the platforms of the hosts (Mp1), as applications do. Never decides which network is better.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from wayside.core.errors import NotFound, Problem
from wayside.core.wire import Wire
from wayside.services.bwm.api import BandwidthManagement
from wayside.services.bwm.model import BwInfo
from wayside.services.mts.api import TrafficSteering
from wayside.services.mts.model import (
    FlowFilter,
    MtsAccessInfo,
    MtsMode,
    MtsSessionInfo,
    QosD,
    RequestType,
    TrafficDirection,
)

from .apps import complete_target, instance_of
from .connection import Face, ask
from .hosts import HostOption, hosts_of
from .output import output, short

MS, MBPS = 1_000_000, 1_000_000
UNITS_A_MS = 100_000
"""Of maxLatency and maxJitter: 10 ns each."""

WORDS = {
    "low-cost": MtsMode.LOW_COST,
    "low-latency": MtsMode.LOW_LATENCY,
    "high-throughput": MtsMode.HIGH_THROUGHPUT,
    "redundancy": MtsMode.REDUNDANCY,
    "qos": MtsMode.QOS,
}
METERED = ("no", "yes", "unknown")
WAYS = {"00": "down", "01": "up", "10": "both"}

app = typer.Typer(
    no_args_is_help=True,
    help="Bandwidth and access networks of applications' traffic (MEC 015).",
)


class HostAccess(Wire, omit_defaults=False):
    """An access network of one host, for programs."""

    host: str
    access: MtsAccessInfo


class HostTraffic(Wire, omit_defaults=False):
    """What applications were promised at one host, for programs."""

    host: str
    allocations: tuple[BwInfo, ...]
    sessions: tuple[MtsSessionInfo, ...]


def complete_mode(incomplete: str) -> list[str]:
    """Return the modes that start so, for the shell's tab key."""
    return [word for word in WORDS if word.startswith(incomplete)]


def complete_held(incomplete: str) -> list[str]:
    """Return the allocations and sessions that start so, for the shell's tab key."""
    try:
        found = ask(lambda face: _all(face, None))
    except Problem:  # the tab key must not print an error
        return []
    return [id_ for each in found for id_ in _ids(each) if id_.startswith(incomplete)]


@app.command("networks")
def networks(host: HostOption = None) -> None:
    """Show the access networks of devices that have several, as they are now."""
    found = ask(lambda face: _networks(face, host))
    output.table(
        [
            (
                each.host,
                each.access.access_id,
                each.access.access_type.name,
                METERED[each.access.metered],
                "up" if each.access.wayside_up else "down",
                _shown(each.access.wayside_delay_ns, MS),
                _shown(each.access.wayside_jitter_ns, MS),
                _shown(each.access.wayside_rate_bps, MBPS),
                _shown(each.access.wayside_loss, 0.01),
                each.access.wayside_origin,
            )
            for each in found
        ],
        columns=(
            "HOST", ">ID", "KIND", "METERED", "STATE", ">DELAY MS", ">JITTER MS", ">RATE MBIT/S",
            ">LOSS %", "ORIGIN",
        ),
        value=found,
        empty="No host reaches a device by several access networks. `wayside up --scenario "
        "two-networks` makes one that does.",
    )  # fmt: skip


@app.command("list")
def list_traffic(host: HostOption = None) -> None:
    """Show what applications were promised: bandwidth, and the access networks of sessions."""
    found = ask(lambda face: _all(face, host))
    output.table(
        [row for each in found for row in _rows(each)],
        columns=("HOST", "ID", "INSTANCE", "WHOSE", "WAY", "PROMISE", "NOW", "LACKS"),
        value=found,
        empty="No application was promised bandwidth or an access network.",
    )


@app.command("steer")
def steer(
    instance: Annotated[
        str,
        typer.Argument(
            help="An instance: its id, its beginning or its name.",
            autocompletion=complete_target,
        ),
    ],
    mode: Annotated[str, typer.Argument(help=", ".join(WORDS), autocompletion=complete_mode)],
    device: Annotated[
        str | None, typer.Option(help="Only what goes to this address, prefix or device.")
    ] = None,
    device_port: Annotated[
        int | None, typer.Option(help="Only what goes to this port of devices.")
    ] = None,
    app_port: Annotated[
        int | None, typer.Option(help="Only what comes from this port of the application.")
    ] = None,
    latency_ms: Annotated[float | None, typer.Option(help="With qos: at most so much.")] = None,
    jitter_ms: Annotated[float | None, typer.Option(help="With qos: at most so much.")] = None,
    rate_mbps: Annotated[float | None, typer.Option(help="With qos: at least so much.")] = None,
) -> None:
    """Send an application's packets, or some flows of it, over the access network that fits."""
    if mode not in WORDS:
        raise NotFound(f"There is no mode {mode!r}; there are: {', '.join(WORDS)}.", field="mode")
    flow = FlowFilter(dst_ip=device, dst_port=device_port, source_port=app_port)
    qos = QosD(
        min_tpt=None if rate_mbps is None else round(rate_mbps * 1000),
        max_latency=None if latency_ms is None else round(latency_ms * UNITS_A_MS),
        max_jitter=None if jitter_ms is None else round(jitter_ms * UNITS_A_MS),
    )
    made = ask(lambda face: _steer(face, instance, WORDS[mode], flow, qos))
    output.value(made, text=f"{short(str(made.session_id))} goes by {_ways(made)}.")


@app.command("release")
def release(
    held: Annotated[
        str,
        typer.Argument(
            help="An allocation or session: its id or its beginning.", autocompletion=complete_held
        ),
    ],
) -> None:
    """Give an allocation of bandwidth back, or end a steering session."""
    gone = ask(lambda face: _release(face, held))
    output.value(gone, text=f"{short(gone)} is released.")


async def _networks(face: Face, host: str | None) -> list[HostAccess]:
    return [
        HostAccess(host=each, access=access)
        for each in await hosts_of(face, host)
        for access in (await _steering(face, each).get_mts_capability_info()).mts_access_info
    ]


async def _all(face: Face, host: str | None) -> list[HostTraffic]:
    return [
        HostTraffic(
            host=each,
            allocations=await _bandwidth(face, each).list_bw_allocations(),
            sessions=await _steering(face, each).list_mts_sessions(),
        )
        for each in await hosts_of(face, host)
    ]


async def _steer(
    face: Face, instance: str, mode: MtsMode, flow: FlowFilter, qos: QosD
) -> MtsSessionInfo:
    id_, host = await _instance(face, instance)
    if flow.dst_ip is not None:
        town = {each.id: each.address for each in (await face.lab.get_town()).devices}
        flow = FlowFilter(
            dst_ip=town.get(flow.dst_ip, flow.dst_ip),
            dst_port=flow.dst_port,
            source_port=flow.source_port,
        )
    is_flow = flow != FlowFilter()
    made = await _steering(face, host).create_mts_session(
        MtsSessionInfo(
            app_ins_id=id_,
            request_type=RequestType(int(is_flow)),
            flow_filter=(flow,) if is_flow else None,
            qos_d=qos if qos != QosD() else None,
            mts_mode=mode,
            traffic_direction=TrafficDirection.SYMMETRICAL,
        )
    )
    return made.body if isinstance(made.body, MtsSessionInfo) else made.body.value


async def _instance(face: Face, target: str) -> tuple[str, str]:
    """Return the instance that is meant, and the host that it runs on."""
    found = await instance_of(face, target)
    if found.wayside_placement is None:
        raise NotFound(f"{short(found.id)} runs on no host; `wayside app start` starts it.")
    return found.id, found.wayside_placement.host_id


async def _release(face: Face, held: str) -> str:
    found = [(each, id_) for each in await _all(face, None) for id_ in _ids(each)]
    meant = [(each, id_) for each, id_ in found if id_.startswith(held)]
    if len(meant) != 1:
        known = ", ".join(short(id_) for _, id_ in found) or "none"
        raise NotFound(f"{held!r} is not one allocation or session; there are: {known}.")
    each, id_ = meant[0]
    if any(one.session_id == id_ for one in each.sessions):
        await _steering(face, each.host).delete_mts_session(id_)
    else:
        await _bandwidth(face, each.host).delete_bw_allocation(id_)
    return id_


def _rows(each: HostTraffic) -> Iterator[tuple[object, ...]]:
    for one in each.allocations:
        promise = f"{int(one.fixed_allocation) / MBPS:g} Mbit/s"
        yield (
            each.host, short(str(one.allocation_id)), short(one.app_ins_id),
            "sessions" if one.session_filter else "all", WAYS[one.allocation_direction],
            promise, "", "",
        )  # fmt: skip
    for session in each.sessions:
        steering = session.wayside_steering
        yield (
            each.host, short(str(session.session_id)), short(session.app_ins_id),
            "flows" if session.request_type else "all", WAYS[session.traffic_direction],
            next(word for word, mode in WORDS.items() if mode is session.mts_mode),
            _ways(session), "" if steering is None else " ".join(steering.unmet),
        )  # fmt: skip


def _ways(session: MtsSessionInfo) -> str:
    steering = session.wayside_steering
    if steering is None or not steering.access_ids:
        return "the routes"
    taken = steering.access_ids[: 2 if steering.copied else 1]
    return "network " + " and ".join(map(str, taken))


def _ids(each: HostTraffic) -> Sequence[str]:
    return [
        *(str(one.allocation_id) for one in each.allocations),
        *(str(one.session_id) for one in each.sessions),
    ]


def _shown(value: float | None, unit: float) -> str:
    return "" if value is None else f"{value / unit:.3g}"


def _steering(face: Face, host: str) -> TrafficSteering:
    return face.at(TrafficSteering, f"/{host}")


def _bandwidth(face: Face, host: str) -> BandwidthManagement:
    return face.at(BandwidthManagement, f"/{host}")
