"""What a rule may become, where it sends, who may register."""

import math

import pytest

from wayside.core.errors import Conflict, Forbidden, Unprocessable
from wayside.mep.mec_app_support import logic
from wayside.mep.mec_app_support.destinations import steering_of
from wayside.mep.mec_app_support.model import AppInfo
from wayside.model.appd import FeatureDependency
from wayside.model.hardware import mac_of
from wayside.model.rules import (
    DestinationInterface,
    DnsRule,
    FilterType,
    InterfaceType,
    IpAddressType,
    RuleAction,
    RuleState,
    TrafficFilter,
    TrafficRule,
    TunnelInfo,
    TunnelType,
)
from wayside.model.services import EndPointInfo
from wayside.refpoints.mm5 import Attachment, OperationAction, PlatformConfiguration
from wayside.refpoints.mp2 import Target, Tunnel

OWN = Attachment(address="10.60.1.2", device="veth2")
SECOND = Attachment(address="10.60.1.9", device="veth9")


def rule(
    action: RuleAction = RuleAction.FORWARD_DECAPSULATED,
    to: DestinationInterface | tuple[DestinationInterface, ...] | None = None,
    **filters: tuple[str, ...],
) -> TrafficRule:
    return TrafficRule(
        traffic_rule_id="rule1",
        filter_type=FilterType.FLOW,
        priority=1,
        traffic_filter=(TrafficFilter(**filters),),  # type: ignore[arg-type]  # tuples of text only
        action=action,
        dst_interface=to,
        state=RuleState.ACTIVE,
    )


GTP_U = TunnelType.GTP_U
TUNNEL = DestinationInterface(
    interface_type=InterfaceType.TUNNEL,
    tunnel_info=TunnelInfo(tunnel_type=GTP_U, tunnel_dst_address="10.60.1.2"),
)


def ip(address: str | None) -> DestinationInterface:
    return DestinationInterface(interface_type=InterfaceType.IP, dst_ip_address=address)


def name(**changes: object) -> DnsRule:
    fields: dict[str, object] = {
        "dns_rule_id": "dns1",
        "domain_name": "hello.edge.example",
        "ip_address_type": IpAddressType.IP_V4,
        "ip_address": "10.60.1.2",
        "state": RuleState.ACTIVE,
    }
    return DnsRule(**(fields | changes))  # type: ignore[arg-type]  # fields by name


def test_a_forward_goes_to_the_attachment_that_its_destination_names() -> None:
    steering = steering_of("app1", rule(to=ip("10.60.1.9")), (OWN, SECOND))

    assert steering.key == "app1/rule1"
    assert steering.targets == (Target("10.60.1.9", "veth9"),)


def test_a_forward_without_destination_goes_to_the_instance_itself() -> None:
    assert steering_of("app1", rule(), (OWN, SECOND)).targets == (Target(*_pair(OWN)),)


def _pair(attachment: Attachment) -> tuple[str, str]:
    return attachment.address, attachment.device


@pytest.mark.parametrize("action", [RuleAction.DROP, RuleAction.PASSTHROUGH])
def test_dropped_and_passed_traffic_goes_to_no_instance(action: RuleAction) -> None:
    assert steering_of("app1", rule(action), (OWN,)).targets == ()


def test_a_duplicate_goes_to_the_instance_and_keeps_its_other_way() -> None:
    both = (ip("203.0.113.10"), ip("10.60.1.2"))

    steering = steering_of("app1", rule(RuleAction.DUPLICATE_DECAPSULATED, both), (OWN,))

    assert steering.targets == (Target(*_pair(OWN)),)


def test_a_tunnel_ends_at_the_instance() -> None:
    steering = steering_of("app1", rule(RuleAction.FORWARD_ENCAPSULATED, TUNNEL), (OWN,))

    assert steering.targets == (Target("10.60.1.2", f"gtp-{OWN.device}", Tunnel(GTP_U)),)


def test_a_hardware_address_names_the_attachment_that_has_it() -> None:
    to = DestinationInterface(
        interface_type=InterfaceType.MAC, dst_mac_address=mac_of("10.60.1.9").upper()
    )
    assert steering_of("app1", rule(to=to), (OWN, SECOND)).targets == (Target(*_pair(SECOND)),)


def test_two_destinations_are_for_what_comes_from_devices_and_from_the_core() -> None:
    both = (ip("10.60.1.9"), ip("10.60.1.2"))
    for action in (RuleAction.FORWARD_DECAPSULATED, RuleAction.DUPLICATE_DECAPSULATED):
        found = steering_of("app1", rule(action, both), (OWN, SECOND)).targets
        assert found == (Target(*_pair(SECOND)), Target(*_pair(OWN)))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (rule(to=ip("10.60.1.3")), "$.dstInterface.dstIpAddress"),
        (rule(to=ip(None)), "$.dstInterface.dstIpAddress"),
        (rule(to=(ip("10.60.1.2"), ip("10.60.1.2"), ip("10.60.1.2"))), "$.dstInterface"),
        (rule(to=(ip("10.60.1.2"), ip("10.60.1.3"))), "$.dstInterface.dstIpAddress"),
        (rule(RuleAction.FORWARD_ENCAPSULATED), "$.dstInterface"),
        (
            rule(RuleAction.FORWARD_ENCAPSULATED, ip("10.60.1.2")),
            "$.dstInterface.interfaceType",
        ),
        (rule(to=TUNNEL), "$.dstInterface.interfaceType"),
        (rule(RuleAction.DROP, ip("10.60.1.2")), "$.dstInterface"),
        (
            rule(RuleAction.DUPLICATE_DECAPSULATED, (ip("192.0.2.1"), ip("192.0.2.2"))),
            "$.dstInterface.dstIpAddress",
        ),
        (
            rule(to=DestinationInterface(interface_type=InterfaceType.MAC)),
            "$.dstInterface.dstMacAddress",
        ),
        (
            rule(
                RuleAction.FORWARD_ENCAPSULATED,
                DestinationInterface(interface_type=InterfaceType.TUNNEL),
            ),
            "$.dstInterface.tunnelInfo",
        ),
    ],
)
def test_a_destination_that_is_not_the_instances_own_is_refused(
    wanted: TrafficRule, field: str
) -> None:
    with pytest.raises(Unprocessable) as refused:
        steering_of("app1", wanted, (OWN,))

    assert refused.value.field == field


def test_an_instance_without_address_can_be_no_destination() -> None:
    with pytest.raises(Unprocessable, match="no address"):
        steering_of("app1", rule(), ())


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"src_address": ("10.45.1.300",)}, "$.trafficFilter[0].srcAddress"),
        ({"dst_address": ("10.0.0.0/33",)}, "$.trafficFilter[0].dstAddress"),
        ({"dst_address": ("10.0.0.1-fe80::1",)}, "$.trafficFilter[0].dstAddress"),
        ({"dst_port": ("80-70",)}, "$.trafficFilter[0].dstPort"),
        ({"dst_port": ("65536",)}, "$.trafficFilter[0].dstPort"),
        ({"src_port": ("9" * 5000,)}, "$.trafficFilter[0].srcPort"),
        ({"protocol": ("300",)}, "$.trafficFilter[0].protocol"),
        ({"d_scp": 64}, "$.trafficFilter[0].dSCP"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(filters: dict[str, object], field: str) -> None:
    wanted = rule(**filters)  # type: ignore[arg-type]  # faulty on purpose

    with pytest.raises(Unprocessable) as refused:
        logic.check_traffic_rule(rule(), wanted)

    assert refused.value.field == field


def test_every_form_of_filter_that_the_standard_has_is_taken() -> None:
    wanted = rule(
        src_address=("10.45.1.0/24", "10.45.2.1-10.45.2.9", "fd00::/8"),
        dst_address=("203.0.113.10",),
        dst_port=("80", "8000-8010"),
        protocol=("TCP", "17"),
    )

    logic.check_traffic_rule(rule(), wanted)


def test_a_rule_without_filters_is_refused() -> None:
    bare = TrafficRule(
        traffic_rule_id="rule1",
        filter_type=FilterType.FLOW,
        priority=0,
        traffic_filter=(),
        action=RuleAction.DROP,
        state=RuleState.ACTIVE,
    )

    with pytest.raises(Unprocessable, match="at least one filter"):
        logic.check_traffic_rule(rule(), bare)


def test_a_rule_is_active_only_while_its_instance_runs() -> None:
    logic.check_activation(RuleState.ACTIVE, in_force=True)
    logic.check_activation(RuleState.INACTIVE, in_force=False)
    with pytest.raises(Forbidden, match="confirm_ready"):
        logic.check_activation(RuleState.ACTIVE, in_force=False)


def test_a_dns_rule_may_change_its_address_but_not_its_name() -> None:
    logic.check_dns_rule(name(), name(ip_address="10.60.1.9", ttl=30))
    with pytest.raises(Unprocessable, match="another package"):
        logic.check_dns_rule(name(), name(domain_name="bank.example"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dns_rule_id": "dns2"}, "$.dnsRuleId"),
        ({"ip_address": "10.60.1"}, "$.ipAddress"),
        ({"ip_address": "fd00::1"}, "$.ipAddress"),
        ({"ttl": -1}, "$.ttl"),
    ],
)
def test_a_dns_rule_that_cannot_be_answered_is_refused(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Unprocessable) as refused:
        logic.check_dns_rule(name(), name(**changes))

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("grace_s", "told_s"), [(0.2, 1), (1.0, 1), (1.2, 2), (30, 30), (math.inf, 2**32 - 1)]
)
def test_the_grace_that_is_told_is_whole_seconds_and_never_zero(
    grace_s: float, told_s: int
) -> None:
    assert logic.seconds_to_tell(grace_s) == told_s


def test_a_confirmation_must_be_awaited_and_be_of_the_same_kind() -> None:
    logic.check_confirmation(OperationAction.STOPPING, OperationAction.STOPPING)
    with pytest.raises(Conflict, match="Nothing waits"):
        logic.check_confirmation(OperationAction.STOPPING, None)
    with pytest.raises(Conflict, match="TERMINATING is pending"):
        logic.check_confirmation(OperationAction.STOPPING, OperationAction.TERMINATING)


KNOWN = PlatformConfiguration(
    app_instance_id="app1", app_d_id="d1", app_name="hello", app_provider="acme"
)
END = EndPointInfo(uris=("http://192.0.2.1/",))


def test_an_application_of_its_own_registers_with_an_end_point() -> None:
    logic.check_registration(AppInfo(app_name="camera", endpoint=END), None)


def test_an_instance_of_the_management_registers_with_what_its_package_says() -> None:
    logic.check_registration(
        AppInfo(app_name="hello", app_d_id="d1", app_instance_id="app1", is_ins_by_mec=True), KNOWN
    )


@pytest.mark.parametrize(
    ("info", "known", "field"),
    [
        (AppInfo(app_name=""), None, "$.appName"),
        (AppInfo(app_name="camera"), None, "$.endpoint"),
        (AppInfo(app_name="camera", endpoint=EndPointInfo()), None, "$.endpoint"),
        (AppInfo(app_name="camera", app_instance_id="a/b", endpoint=END), None, "$.appInstanceId"),
        (AppInfo(app_name="hello", app_instance_id="app1", endpoint=END), KNOWN, "$.isInsByMec"),
        (AppInfo(app_name="hello", is_ins_by_mec=True), None, "$.appInstanceId"),
        (
            AppInfo(app_name="hello", app_instance_id="app1", is_ins_by_mec=True),
            KNOWN,
            "$.appDId",
        ),
        (
            AppInfo(app_name="other", app_instance_id="app1", app_d_id="d1", is_ins_by_mec=True),
            KNOWN,
            "$.appName",
        ),
        (
            AppInfo(
                app_name="hello",
                app_instance_id="app1",
                app_d_id="d1",
                is_ins_by_mec=True,
                app_feature_required=(FeatureDependency(feature_name="UserApps", version="1"),),
            ),
            KNOWN,
            "$.appServiceRequired",
        ),
    ],
)
def test_a_registration_that_does_not_fit_names_the_field(
    info: AppInfo, known: PlatformConfiguration | None, field: str
) -> None:
    with pytest.raises(Unprocessable) as refused:
        logic.check_registration(info, known)

    assert refused.value.field == field


def test_an_instance_that_the_management_has_not_configured_yet_comes_too_early() -> None:
    info = AppInfo(app_name="hello", app_d_id="d1", app_instance_id="app1", is_ins_by_mec=True)

    with pytest.raises(Conflict, match="in a moment"):
        logic.check_registration(info, None)
