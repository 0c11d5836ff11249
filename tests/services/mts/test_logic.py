"""What may be asked of traffic steering, by values alone."""

from typing import Any

import pytest
from tests.mep.world import ACCESSES, UE1, WLAN

from wayside.core.errors import BadRequest, Forbidden
from wayside.model.accesses import FlowMatch
from wayside.refpoints.hosting import AccessNow
from wayside.refpoints.net.values import Origin
from wayside.services.mts.logic import check, flows_of, origin_of, require_single, usable
from wayside.services.mts.model import (
    FlowFilter,
    MtsMode,
    MtsSessionInfo,
    QosD,
    RequestType,
    TrafficDirection,
)

APP = "app1"


def session(*filters: FlowFilter, **changes: Any) -> MtsSessionInfo:
    fields: dict[str, Any] = {
        "session_id": "s1",
        "app_ins_id": APP,
        "request_type": RequestType(int(bool(filters))),
        "flow_filter": filters or None,
        "mts_mode": MtsMode.LOW_COST,
        "traffic_direction": TrafficDirection.DOWNLINK,
    }
    return MtsSessionInfo(**(fields | changes))


@pytest.mark.parametrize(
    ("info", "field"),
    [
        (session(request_type=RequestType(1)), "$.flowFilter"),
        (session(FlowFilter()), "$.flowFilter[0]"),
        (session(FlowFilter(dst_ip="ue1")), "$.flowFilter[0].dstIp"),
        (session(FlowFilter(dst_ip="10.45.1.1/16")), "$.flowFilter[0].dstIp"),
        (session(FlowFilter(dst_port=65536)), "$.flowFilter[0].dstPort"),
        (session(FlowFilter(protocol=256)), "$.flowFilter[0].protocol"),
        (session(FlowFilter(dscp=64)), "$.flowFilter[0].dscp"),
        (session(FlowFilter(flowlabel=2**20)), "$.flowFilter[0].flowlabel"),
        (session(FlowFilter(dst_ip=UE1, flowlabel=1)), "$.flowFilter[0]"),
        (session(FlowFilter(dst_ip=UE1, source_ip="fd00::1")), "$.flowFilter[0]"),
        (session(FlowFilter(dst_port=1, protocol=1)), "$.flowFilter[0]"),
        (session(mts_mode=MtsMode.QOS), "$.qosD"),
        (session(mts_mode=MtsMode.QOS, qos_d=QosD()), "$.qosD"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(info: MtsSessionInfo, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check(info)
    assert refused.value.field == field


def test_what_a_device_sends_is_not_steered_from_here() -> None:
    with pytest.raises(Forbidden, match="Ask for 00"):
        check(session(traffic_direction=TrafficDirection.UPLINK))
    check(session(traffic_direction=TrafficDirection.SYMMETRICAL))


def test_a_filter_reads_as_packets_towards_the_device_show_it() -> None:
    said = FlowFilter(source_ip="10.60.1.2", source_port=80, dst_ip=f"{UE1}/32", dscp=46)
    assert flows_of(session(said)) == (FlowMatch("10.60.1.2", 80, UE1, None, None, 46, None),)
    assert flows_of(session(said), ["10.60.1.2"])[0].source is None
    assert flows_of(session(said), ["10.60.1.3"])[0].source == "10.60.1.2"
    assert flows_of(session(flow_filter=(said,))) == ()  # all of the application


@pytest.mark.parametrize(
    ("mine", "theirs", "meet"),
    [
        (FlowFilter(dst_ip=UE1), FlowFilter(dst_ip="10.45.0.0/16", dst_port=80), True),
        (FlowFilter(dst_ip=UE1), FlowFilter(dst_ip="10.45.2.0/24"), False),
        (FlowFilter(dst_port=80), FlowFilter(dst_port=81), False),
        (FlowFilter(dst_port=80), FlowFilter(protocol=6), True),
        (FlowFilter(dscp=1), FlowFilter(dscp=2), False),
        (FlowFilter(dst_ip=UE1), FlowFilter(flowlabel=7), False),
    ],
)
def test_a_packet_is_one_sessions_alone(mine: FlowFilter, theirs: FlowFilter, meet: bool) -> None:
    others = [session(theirs, session_id="s2"), session(session_id="s3")]
    for one, rest in ((session(mine), others), (session(theirs), [session(mine)])):
        if meet:
            with pytest.raises(Forbidden, match="flowFilter"):
                require_single(one, rest)
        else:
            require_single(one, rest)


def test_an_application_has_one_session_beside_those_of_its_flows() -> None:
    flow = session(FlowFilter(dst_port=80))
    require_single(session(), [flow])
    with pytest.raises(Forbidden, match="s1 already"):
        require_single(session(), [flow, session()])


def test_a_session_uses_the_access_networks_of_the_devices_that_it_means() -> None:
    cell, wlan = (AccessNow(each, True, each.figures, is_measured=False) for each in ACCESSES)
    lone = wlan._replace(path=wlan.path.__class__(id=9, interface="x", gateway="10.46.9.1"))
    assert usable(session(), [cell, wlan, lone]) == [cell, wlan]
    assert usable(session(FlowFilter(dst_ip="10.45.0.0/16")), [cell, wlan]) == [cell, wlan]
    assert usable(session(FlowFilter(dst_ip="10.45.9.9")), [cell, wlan]) == []
    away = {WLAN: frozenset({UE1})}
    assert usable(session(FlowFilter(dst_ip=UE1)), [cell, wlan], away) == [cell]
    assert usable(session(FlowFilter(dst_ip=f"{UE1}/32")), [cell, wlan], away) == [cell]
    assert usable(session(), [cell, wlan], away) == [cell, wlan]


def test_what_is_simulated_says_so_before_all_else() -> None:
    cell, wlan = (AccessNow(each, True, each.figures, is_measured=False) for each in ACCESSES)
    measured = wlan._replace(is_measured=True)
    assert origin_of([cell, wlan], simulated=False) is Origin.STATIC
    assert origin_of([cell, measured], simulated=False) is Origin.MEASURED
    assert origin_of([cell, measured], simulated=True) is Origin.SIMULATED
