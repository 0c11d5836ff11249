"""Decisions of traffic steering about requests: what may be asked, and what becomes of it. Pure.

What cannot be had is refused when it is asked for; what cannot be had any more is told, and the
session goes on with the best there is.
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network

from msgspec.structs import replace

from wayside.core.errors import BadRequest, Forbidden
from wayside.model.accesses import FlowMatch, overlap
from wayside.model.common import TimeStamp
from wayside.refpoints.hosting import AccessNow, AccessWish
from wayside.refpoints.net.values import Origin

from .choosing import choose_all, demand_of, modes
from .model import (
    FlowFilter,
    Metered,
    MtsAccessInfo,
    MtsCapabilityInfo,
    MtsMode,
    MtsSessionInfo,
    QosD,
    RequestType,
    Steering,
    TrafficDirection,
)
from .presence import Away

PORT_MAX, PROTOCOL_MAX, DSCP_MAX, FLOW_LABEL_MAX = 65535, 255, 63, 2**20 - 1
WITH_PORTS = (6, 17)
NOBODY_AWAY: Away = {}
FLOW_SPECIFIC = RequestType.FLOW_SPECIFIC_MTS_SESSION


def capability(
    accesses: Sequence[AccessNow], at: TimeStamp, *, simulated: bool
) -> MtsCapabilityInfo:
    """Return what a host with these access networks can do."""
    metered = {None: Metered.UNKNOWN, True: Metered.METERED, False: Metered.NOT_METERED}
    return MtsCapabilityInfo(
        time_stamp=at,
        mts_access_info=tuple(
            MtsAccessInfo(
                access_id=each.path.id,
                access_type=each.path.kind,
                metered=metered[each.path.metered],
                wayside_up=each.is_up,
                wayside_delay_ns=each.figures.delay_ns,
                wayside_jitter_ns=each.figures.jitter_ns,
                wayside_rate_bps=each.figures.rate_bps,
                wayside_loss=each.figures.loss,
                wayside_origin=origin_of([each], simulated=simulated),
            )
            for each in accesses
        ),
        mts_mode=modes(accesses),
        wayside_origin=origin_of(accesses, simulated=simulated),
    )


def origin_of(accesses: Iterable[AccessNow], *, simulated: bool) -> Origin:
    """Return where the figures of access networks come from, where any of them is looked at."""
    if simulated:
        return Origin.SIMULATED
    return Origin.MEASURED if any(each.is_measured for each in accesses) else Origin.STATIC


def check(info: MtsSessionInfo) -> None:
    """Return where a session may be asked for like this; raise BadRequest or Forbidden."""
    if info.request_type is FLOW_SPECIFIC and not info.flow_filter:
        raise BadRequest(
            "requestType 1 is for flows: say which in flowFilter.", field="$.flowFilter"
        )
    for number, each in enumerate(info.flow_filter or ()):
        _read(each, f"$.flowFilter[{number}]")
    if info.mts_mode is MtsMode.QOS and info.qos_d in (None, QosD()):
        raise BadRequest("mtsMode 4 steers by needs: name at least one in qosD.", field="$.qosD")
    if info.traffic_direction is TrafficDirection.UPLINK:
        raise Forbidden(
            "trafficDirection: this host steers what goes towards devices; by which link a device "
            "sends is its own choice. Ask for 00, or for 10 where devices answer by the link that "
            "they are sent to by.",
            field="$.trafficDirection",
        )


def flows_of(info: MtsSessionInfo, own: Sequence[str] = ()) -> tuple[FlowMatch, ...]:
    """Return the packets that a session means, as those towards devices show them.

    None for all of an application. ``own`` are the instance's addresses: they say nothing at its
    own cable, where packets may still carry the address that the device asked for.
    """
    if info.request_type is not FLOW_SPECIFIC:
        return ()
    flows = [_read(each, "") for each in info.flow_filter or ()]
    return tuple(
        flow._replace(source=None) if any(overlap(flow.source, each) for each in own) else flow
        for flow in flows
    )


def require_single(info: MtsSessionInfo, others: Iterable[MtsSessionInfo]) -> None:
    """Return where the packets of ``info`` are no other session's; raise Forbidden otherwise.

    ``others`` are the instance's other sessions. Beside a session for all of an application there
    may be some for flows of it. Ref: MEC 015 table 7.2.5-1.
    """
    mine = flows_of(info)
    for other in others:
        if other.request_type is not info.request_type:
            continue
        theirs = flows_of(other)
        if not mine:
            raise Forbidden(
                f"appInsId: all packets of {info.app_ins_id} are steered by session "
                f"{other.session_id} already. Change that one, or name flows.",
                field="$.appInsId",
            )
        if any(flow.meets(their) for flow in mine for their in theirs):
            raise Forbidden(
                f"flowFilter: its packets may be those of session {other.session_id} too; a filter "
                "must define a single session. Name more of it, or change that one.",
                field="$.flowFilter",
            )


def require_same(info: MtsSessionInfo, present: MtsSessionInfo) -> None:
    """Return where ``info`` is for the same instance and session; raise BadRequest otherwise."""
    if info.app_ins_id != present.app_ins_id:
        raise BadRequest(
            f"appInsId: the session is that of {present.app_ins_id}; it cannot be handed on.",
            field="$.appInsId",
        )
    if info.session_id not in (None, present.session_id):
        raise BadRequest(
            f"sessionId: it is {present.session_id} here; leave it out or repeat it.",
            field="$.sessionId",
        )


def require_met(info: MtsSessionInfo) -> None:
    """Return where a session has all that it asks for; raise Forbidden naming what it lacks."""
    steering = info.wayside_steering
    if steering is None or not steering.unmet:
        return
    field = {MtsMode.QOS: "$.qosD"}.get(info.mts_mode, "$.mtsMode")
    raise Forbidden(
        f"{field[2:]}: {' '.join(steering.unmet)} Ask for what mts_capability_info shows.",
        field=field,
    )


def usable(
    info: MtsSessionInfo, accesses: Sequence[AccessNow], away: Away = NOBODY_AWAY
) -> list[AccessNow]:
    """Return the access networks by which devices that a session means are reached.

    ``away`` are those that they do not reach now, where a session means one device alone.
    """
    ends = [flow.destination for flow in flows_of(info)] or [None]
    return [
        each
        for each in accesses
        if any(
            each.path.reaches(end) and (end or "") not in away.get(each.path.id, ()) for end in ends
        )
    ]


def steered(
    sessions: Mapping[str, MtsSessionInfo],
    accesses: Sequence[AccessNow],
    away: Away = NOBODY_AWAY,
    *,
    simulated: bool,
) -> dict[str, MtsSessionInfo]:
    """Return sessions, the oldest first, with where each goes now; see ``choose_all``."""
    found = choose_all(
        (id_, demand_of(info), usable(info, accesses, away)) for id_, info in sessions.items()
    )
    origin = origin_of(accesses, simulated=simulated)
    return {
        id_: replace(info, wayside_steering=found[id_], wayside_origin=origin)
        for id_, info in sessions.items()
    }


def kept(info: MtsSessionInfo, *, id_: str, at: TimeStamp, held: Steering | None) -> MtsSessionInfo:
    """Return what is kept of a session that is asked for now; ``held``: where it went before."""
    return replace(info, session_id=id_, time_stamp=at, wayside_steering=held, wayside_origin=None)


def wish(info: MtsSessionInfo, own: Sequence[str]) -> AccessWish:
    """Return what the platform is to enforce for a session; ``own``: the instance's addresses."""
    steering = info.wayside_steering
    return AccessWish(
        str(info.session_id),
        info.app_ins_id,
        () if steering is None else steering.access_ids,
        steering is not None and steering.copied,
        flows_of(info, own),
    )


def _read(said: FlowFilter, at: str) -> FlowMatch:
    if said == FlowFilter():
        raise BadRequest(
            f"{at}: an empty filter means every flow; name at least one end.", field=at
        )
    flow = FlowMatch(
        _ends(said.source_ip, f"{at}.sourceIp"),
        _number(said.source_port, f"{at}.sourcePort", PORT_MAX),
        _ends(said.dst_ip, f"{at}.dstIp"),
        _number(said.dst_port, f"{at}.dstPort", PORT_MAX),
        _number(said.protocol, f"{at}.protocol", PROTOCOL_MAX),
        _number(said.dscp, f"{at}.dscp", DSCP_MAX),
        _number(said.flowlabel, f"{at}.flowlabel", FLOW_LABEL_MAX),
    )
    if not flow.versions:
        raise BadRequest(
            f"{at}: one part is of IPv4 and another of IPv6; no packet has both.", field=at
        )
    has_ports = flow.source_port is not None or flow.destination_port is not None
    if has_ports and flow.protocol not in (None, *WITH_PORTS):
        raise BadRequest(
            f"{at}: only TCP (6) and UDP (17) have ports here; leave the ports out.", field=at
        )
    return flow


def _ends(text: str | None, field: str) -> str | None:
    if text is None:
        return None
    try:
        return str(ip_network(text)).removesuffix("/32")
    except ValueError as fault:
        raise BadRequest(
            f"{field}: {text[:80]!r} is no IP address or prefix.", field=field
        ) from fault


def _number(value: int | None, field: str, largest: int) -> int | None:
    if value is not None and value > largest:
        raise BadRequest(f"{field}: {value} is larger than {largest}.", field=field)
    return value
