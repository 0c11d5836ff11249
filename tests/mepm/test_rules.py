"""AppD descriptors become rules of MEC 011, under the names of MEC 011, with addresses known."""

import msgspec
import pytest
from tests.model.descriptors import a_traffic_rule

from wayside.core.errors import Unprocessable
from wayside.core.wire import decode, encode
from wayside.mepm.rules import Addresses, dns_rules, traffic_rules
from wayside.model.appd import (
    INSTANCE_IP,
    DNSRuleDescriptor,
    InterfaceDescriptor,
    TrafficFilter,
    TrafficRuleDescriptor,
)
from wayside.model.rules import (
    DestinationInterface,
    InterfaceType,
    IpAddressType,
    RuleAction,
    RuleState,
    TrafficRule,
    TunnelType,
)

HERE = Addresses(instance=("10.60.1.2",), platform=("10.60.1.254",), gateway=("10.60.1.1",))
BOTH = Addresses(
    instance=("10.60.1.2", "fd00::2"), platform=("fd00::254",), gateway=("10.60.1.1", "fd00::1")
)


def one(rule: TrafficRuleDescriptor, addresses: Addresses = HERE) -> TrafficRule:
    (made,) = traffic_rules([rule], addresses)
    return made


def name_of(rule: DNSRuleDescriptor, addresses: Addresses = HERE) -> str:
    (made,) = dns_rules([rule], addresses)
    return made.ip_address


def a_dns_rule(**changes: object) -> DNSRuleDescriptor:
    start = DNSRuleDescriptor(
        dns_rule_id="name",
        domain_name="app.example",
        ip_address_type=IpAddressType.IP_V4,
        ip_address=INSTANCE_IP,
        ttl=30,
    )
    return msgspec.structs.replace(start, **changes)


def test_a_rule_keeps_what_it_means_and_is_not_in_force_yet() -> None:
    made = one(a_traffic_rule(priority=0))
    assert made.traffic_rule_id == "steer"
    assert made.priority == 0
    assert made.action is RuleAction.FORWARD_DECAPSULATED
    assert made.state is RuleState.INACTIVE
    assert made.traffic_filter[0].dst_address == ("203.0.113.10/32",)
    assert made.traffic_filter[0].protocol == ("TCP",)


def test_the_instances_address_stands_where_its_placeholder_was() -> None:
    made = one(a_traffic_rule())
    assert isinstance(made.dst_interface, DestinationInterface)
    assert made.dst_interface.dst_ip_address == "10.60.1.2"


def test_the_spelling_of_010_2_becomes_that_of_011() -> None:
    raw = b"""{"trafficRuleId": "t", "filterType": "PACKET", "priority": 1,
      "action": "FORWARD_ENCAPSULATED",
      "trafficFilter": [{"srcAddress": ["10.45.1.0/24"], "qCI": 5, "dSCP": 46, "tC": 1}],
      "dstInterface": [{"interfaceType": "TUNNEL", "srcMACAddress": "02:00:00:00:00:01",
        "dstMACAddress": "02:00:00:00:00:02", "dstIPAddress": "10.60.1.9",
        "tunnelInfo": {"tunnelType": "GTP-U", "tunnelDstAddress": "10.0.0.1",
                       "tunnelSrcAddress": "10.0.0.2"}}]}"""
    wire = encode(one(decode(raw, TrafficRuleDescriptor)))
    for name in (b'"srcMacAddress"', b'"dstMacAddress"', b'"dstIpAddress"', b'"GTP_U"'):
        assert name in wire
    for name in (b"MACAddress", b"dstIPAddress", b"GTP-U"):
        assert name not in wire
    for name in (b'"qCI":5', b'"dSCP":46', b'"tC":1'):
        assert name in wire


def test_two_destinations_stay_two_in_their_order() -> None:
    first = InterfaceDescriptor(interface_type=InterfaceType.IP, dst_ip_address="10.45.1.1")
    second = InterfaceDescriptor(interface_type=InterfaceType.IP, dst_ip_address=INSTANCE_IP)
    made = one(
        a_traffic_rule(action=RuleAction.DUPLICATE_DECAPSULATED, dst_interface=(first, second))
    )
    assert isinstance(made.dst_interface, tuple)
    assert [each.dst_ip_address for each in made.dst_interface] == ["10.45.1.1", "10.60.1.2"]


def test_a_rule_that_drops_has_no_destination() -> None:
    made = one(a_traffic_rule(action=RuleAction.DROP, dst_interface=None))
    assert made.dst_interface is None


def test_placeholders_in_filters_are_resolved_too() -> None:
    made = one(a_traffic_rule(traffic_filter=(TrafficFilter(src_address=(INSTANCE_IP + "/32",)),)))
    assert made.traffic_filter[0].src_address == ("10.60.1.2/32",)


@pytest.mark.parametrize("field", ["uri", "packet_label"])
def test_a_condition_that_011_cannot_say_is_refused_not_dropped(field: str) -> None:
    rule = a_traffic_rule(traffic_filter=(TrafficFilter(**{field: ("x",)}),))
    with pytest.raises(Unprocessable, match="The rule steer says"):
        one(rule)


def test_what_nothing_resolves_is_refused_by_rule_and_field() -> None:
    there = InterfaceDescriptor(interface_type=InterfaceType.IP, dst_ip_address="${instance.mac}")
    with pytest.raises(Unprocessable, match=r"steer says \$\{instance.mac\} in dstIPAddress"):
        one(a_traffic_rule(dst_interface=(there,)))


def test_a_name_gets_the_address_of_its_own_family() -> None:
    assert name_of(a_dns_rule(), BOTH) == "10.60.1.2"
    assert name_of(a_dns_rule(ip_address_type=IpAddressType.IP_V6), BOTH) == "fd00::2"
    assert name_of(a_dns_rule(ip_address="192.0.2.7"), BOTH) == "192.0.2.7"


def test_a_name_of_a_family_that_the_instance_lacks_is_refused() -> None:
    with pytest.raises(Unprocessable, match="address of IPv6"):
        name_of(a_dns_rule(ip_address_type=IpAddressType.IP_V6))


def test_a_name_keeps_its_time_to_live() -> None:
    (made,) = dns_rules([a_dns_rule()], HERE)
    assert (made.domain_name, made.ttl, made.state) == ("app.example", 30, RuleState.INACTIVE)
    (timeless,) = dns_rules([a_dns_rule(ttl=None)], HERE)
    assert b"ttl" not in encode(timeless)


def test_the_tunnels_are_the_same_under_both_spellings() -> None:
    assert {each.name for each in TunnelType} == {"GTP_U", "GRE"}


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("${instance.ip}", "10.60.1.2"),
        ("${instance.ipv4}", "10.60.1.2"),
        ("${instance.ipv6}", "fd00::2"),
        ("${instance.ipv6}/128", "fd00::2/128"),
        ("${platform.ip}", "fd00::254"),
        ("${gateway.ip}/32", "10.60.1.1/32"),
        ("${gateway.ipv6}", "fd00::1"),
    ],
)
def test_each_placeholder_becomes_the_address_of_its_family(said: str, becomes: str) -> None:
    made = one(a_traffic_rule(traffic_filter=(TrafficFilter(src_address=(said,)),)), BOTH)
    assert made.traffic_filter[0].src_address == (becomes,)


def test_a_name_may_lead_to_the_platform() -> None:
    assert name_of(a_dns_rule(ip_address="${platform.ip}")) == "10.60.1.254"


@pytest.mark.parametrize("place", ["instance", "platform", "gateway"])
def test_a_family_that_is_not_there_is_refused_by_name(place: str) -> None:
    rule = a_traffic_rule(traffic_filter=(TrafficFilter(src_address=(f"${{{place}.ipv6}}",)),))
    with pytest.raises(Unprocessable, match=f"the {place}'s address of IPv6 in srcAddress"):
        one(rule, HERE)
