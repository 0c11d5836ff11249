"""Decisions of bandwidth management: what may be asked, what is granted, who is told. Pure.

Nothing that was granted is taken away for who comes later; what is given back goes to those that
got less than they asked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from msgspec.structs import replace

from wayside.core.errors import BadRequest, Forbidden
from wayside.model.bandwidth import Direction, Flow
from wayside.model.common import TimeStamp
from wayside.refpoints.hosting import BandwidthShare, Volumes

from .model import (
    AllocationDirection,
    BwChgEventSubscription,
    BwInfo,
    BwInfoDeltas,
    Criterion,
    DataVolume,
    Kept,
    RequestType,
    SessionFilter,
)

BPS_MAX = 10**12
PORT_MAX, PROTOCOL_MAX = 65535, 255
VOLUME_MAX = 2**32 - 1
SUBSCRIPTION_TYPE = "BwChgEventSubscription"

WAYS: Mapping[AllocationDirection, tuple[Direction, ...]] = {
    AllocationDirection.DOWNLINK: (Direction.DOWNLINK,),
    AllocationDirection.UPLINK: (Direction.UPLINK,),
    AllocationDirection.SYMMETRICAL: (Direction.DOWNLINK, Direction.UPLINK),
}


@dataclass(frozen=True)
class Capacity:
    """What a host's links carry, bits per second each way, that may be allocated."""

    downlink_bps: int
    uplink_bps: int

    def of(self, direction: Direction) -> int:
        """Return it for one direction."""
        return self.downlink_bps if direction is Direction.DOWNLINK else self.uplink_bps


def asked_bps(info: BwInfo) -> int:
    """Return what is asked for; raise BadRequest where it is no number of bits per second."""
    return _number(info.fixed_allocation, "$.fixedAllocation", 1, BPS_MAX)


def priority_of(info: BwInfo) -> int:
    """Return the priority, 0 where none is given; raise BadRequest where it is no number."""
    if info.fixed_bw_priority is None:
        return 0
    return _number(info.fixed_bw_priority, "$.fixedBWPriority", 0, BPS_MAX)


def check(info: BwInfo) -> None:
    """Return where an allocation may be asked for like this; raise BadRequest naming the field."""
    asked_bps(info)
    priority_of(info)
    is_session = info.request_type is RequestType.SESSION_SPECIFIC_BW_ALLOCATION
    if is_session and info.session_filter is None:
        raise BadRequest(
            "requestType 1 is for sessions: say which in sessionFilter.", field="$.sessionFilter"
        )
    if not is_session and info.session_filter is not None:
        raise BadRequest(
            "sessionFilter goes with requestType 1; leave it out, or ask for that.",
            field="$.sessionFilter",
        )
    flows_of(info)


def flows_of(info: BwInfo, own: Sequence[str] = ()) -> tuple[Flow, ...]:
    """Return the packets that sessions of ``info`` mean, as those towards devices show them.

    ``own`` are the instance's addresses: they say nothing at its own cable, where packets may
    still carry the address that the device asked for. Raises BadRequest.
    """
    flows = []
    for number, each in enumerate(info.session_filter or ()):
        at = f"$.sessionFilter[{number}]"
        flow = Flow(
            _address(each.source_ip, f"{at}.sourceIp"),
            _optional(each.source_port, f"{at}.sourcePort", PORT_MAX),
            _address(each.dst_address, f"{at}.dstAddress"),
            _optional(each.dst_port, f"{at}.dstPort", PORT_MAX),
            _optional(each.protocol, f"{at}.protocol", PROTOCOL_MAX),
        )
        _require_possible(flow, each, at)
        if info.allocation_direction is AllocationDirection.UPLINK:
            flow = flow.reverse
        flows.append(flow._replace(source=None) if flow.source in own else flow)
    return tuple(flows)


def require_single(info: BwInfo, others: Iterable[BwInfo]) -> None:
    """Return where the sessions of ``info`` are nobody else's; raise Forbidden otherwise.

    ``others`` are the instance's other allocations. A filter shall define a single session.
    Ref: MEC 015 table 7.2.2-1.
    """
    mine = flows_of(info)
    ways = set(WAYS[info.allocation_direction])
    for other in others:
        if not ways & set(WAYS[other.allocation_direction]):
            continue
        if any(flow.meets(theirs) for flow in mine for theirs in flows_of(other)):
            raise Forbidden(
                f"sessionFilter: its packets may be those of allocation {other.allocation_id} too; "
                "a filter must define a single session. Name more of it, or change that one.",
                field="$.sessionFilter",
            )


def grant(info: BwInfo, others: Iterable[Kept], capacity: Capacity) -> int:
    """Return how much ``info`` gets beside ``others``; raise Forbidden where nothing is left."""
    free = _free(others, capacity)
    granted = min(asked_bps(info), *(free[way] for way in WAYS[info.allocation_direction]))
    if granted <= 0:
        raise Forbidden(
            f"There is no bandwidth left to allocate in direction {info.allocation_direction}: "
            "all of it is granted to others. Ask again when they have given back."
        )
    return granted


def shared_out(kept: Mapping[str, Kept], capacity: Capacity) -> dict[str, int]:
    """Return the new grants of those that now get more than before, by id.

    Of several that got less than they asked those of higher priority come first, then the older.
    """
    free = _free(kept.values(), capacity)
    short = [id_ for id_, each in kept.items() if each.granted_bps < each.asked_bps]
    found = {}
    for id_ in sorted(short, key=lambda id_: -priority_of(kept[id_].info)):
        each = kept[id_]
        ways = WAYS[each.info.allocation_direction]
        more = min(each.asked_bps - each.granted_bps, *(free[way] for way in ways))
        if more <= 0:
            continue
        for way in ways:
            free[way] -= more
        found[id_] = each.granted_bps + more
    return found


def kept(info: BwInfo, *, id_: str, granted: int, at: TimeStamp) -> Kept:
    """Return what is kept of an allocation of which so much is granted."""
    return Kept(
        info=replace(info, allocation_id=id_, time_stamp=at, fixed_allocation=str(granted)),
        asked_bps=asked_bps(info),
        granted_bps=granted,
    )


def asked(present: Kept) -> BwInfo:
    """Return an allocation as it was asked for."""
    return replace(present.info, fixed_allocation=str(present.asked_bps))


def require_same(info: BwInfo, present: BwInfo) -> None:
    """Return where ``info`` is for the same instance and allocation; raise BadRequest otherwise."""
    if info.app_ins_id != present.app_ins_id:
        raise BadRequest(
            f"appInsId: the allocation is that of {present.app_ins_id}; it cannot be handed on.",
            field="$.appInsId",
        )
    if info.allocation_id not in (None, present.allocation_id):
        raise BadRequest(
            f"allocationId: it is {present.allocation_id} here; leave it out or repeat it.",
            field="$.allocationId",
        )


def modified(present: Kept, deltas: BwInfoDeltas) -> BwInfo:
    """Return what is asked for once ``deltas`` are applied. Ref: MEC 015 clause 7.2.3.

    Raises BadRequest where an identifier is not the allocation's.
    """
    info = asked(present)
    for name, theirs, ours in (
        ("allocationId", deltas.allocation_id, info.allocation_id),
        ("appInsId", deltas.app_ins_id, info.app_ins_id),
        ("requestType", deltas.request_type, info.request_type),
    ):
        if theirs != ours:
            raise BadRequest(
                f"{name}: repeat that of the allocation, {ours}; it cannot be changed.",
                field=f"$.{name}",
            )
    changes = {
        name: value
        for name in (
            "session_filter", "fixed_bw_priority", "fixed_allocation", "allocation_direction",
        )
        if (value := getattr(deltas, name)) is not None
    }  # fmt: skip
    return replace(info, **changes)


def shares(each: Kept, addresses: Sequence[str]) -> Iterator[BandwidthShare]:
    """Yield what the platform is to enforce for an allocation, one for each direction."""
    info = each.info
    flows = flows_of(asked(each), addresses)
    for way in WAYS[info.allocation_direction]:
        key = f"{info.allocation_id}/{way.lower()}"
        yield BandwidthShare(key, info.app_ins_id, way, each.granted_bps, flows)


def check_subscription(body: BwChgEventSubscription) -> None:
    """Return where it is one that can be kept; raise BadRequest naming the field."""
    if body.subscription_type != SUBSCRIPTION_TYPE:
        raise BadRequest(
            f"subscriptionType: there is no type {body.subscription_type[:80]!r} here; "
            f"it is {SUBSCRIPTION_TYPE}.",
            field="$.subscriptionType",
        )
    if not criteria_of(body):
        raise BadRequest("filterCriteria: name at least one appInsId.", field="$.filterCriteria")
    for each in criteria_of(body):
        _address(each.ue_ip, "$.filterCriteria.ueIp")


def criteria_of(body: BwChgEventSubscription) -> tuple[Criterion, ...]:
    """Return whom a subscription is about."""
    found = body.filter_criteria
    return found if isinstance(found, tuple) else (found,)


def dispersion(
    criteria: Iterable[Criterion], before: Volumes, now: Volumes
) -> tuple[DataVolume, ...]:
    """Return what was exchanged between two readings, for each criterion. See ``DataVolume``.

    A counter that went back began anew.
    """
    found = []
    for each in criteria:
        octets = 0
        for (app, address), count in now.items():
            if app == each.app_ins_id and each.ue_ip in (None, address):
                earlier = before.get((app, address), 0)
                octets += count - earlier if count >= earlier else count
        found.append(
            DataVolume(
                data_vol=min(octets, VOLUME_MAX), app_ins_id=each.app_ins_id, ue_ip=each.ue_ip
            )
        )
    return tuple(found)


def _free(others: Iterable[Kept], capacity: Capacity) -> dict[Direction, int]:
    free = {way: capacity.of(way) for way in Direction}
    for each in others:
        for way in WAYS[each.info.allocation_direction]:
            free[way] -= each.granted_bps
    return free


def _require_possible(flow: Flow, said: SessionFilter, at: str) -> None:
    if said == SessionFilter():
        raise BadRequest(
            f"{at}: an empty filter means every session; name at least one end.", field=at
        )
    ends = [each for each in (flow.source, flow.destination) if each is not None]
    if len({ip_address(each).version for each in ends}) > 1:
        raise BadRequest(
            f"{at}: one end is of IPv4 and the other of IPv6; no packet has both.", field=at
        )
    if flow.protocol not in (None, 6, 17) and (flow.source_port or flow.destination_port):
        raise BadRequest(
            f"{at}: only TCP (6) and UDP (17) have ports here; leave the ports out.", field=at
        )


def _address(text: str | None, field: str) -> str | None:
    if text is None:
        return None
    try:
        return str(ip_address(text))
    except ValueError as fault:
        raise BadRequest(f"{field}: {text[:80]!r} is no IP address.", field=field) from fault


def _optional(text: str | None, field: str, largest: int) -> int | None:
    return None if text is None else _number(text, field, 0, largest)


def _number(text: str, field: str, least: int, largest: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(largest))):
        found = -1
    else:
        found = int(text)
    if not least <= found <= largest:
        raise BadRequest(
            f"{field}: {text[:80]!r} is no whole number from {least} to {largest}.", field=field
        )
    return found
