"""What an AppD's types let through and its meaning does not: each fault with field and remedy."""

from typing import Any

import msgspec
import pytest
from tests.model.descriptors import a_traffic_rule, an_appd

from wayside.model.appd import (
    INSTANCE_IP,
    AppD,
    ChangeAppInstanceStateOpConfig,
    DNSRuleDescriptor,
    InterfaceDescriptor,
    LatencyDescriptor,
    ServiceDependency,
    TerminateAppInstanceOpConfig,
    TrafficFilter,
    TransportDependency,
    TunnelInfo,
    TunnelType,
    UserContextTransferCapability,
)
from wayside.model.appd_checks import faults_of
from wayside.model.resources import (
    LogicalNodeRequirements,
    ObjectStorageData,
    StorageType,
    VirtualComputeDescriptor,
    VirtualCpuData,
    VirtualMemoryData,
    VirtualStorageDescriptor,
)
from wayside.model.rules import InterfaceType, IpAddressType, RuleAction
from wayside.model.services import TransportDescriptor, TransportType

MACHINE = VirtualComputeDescriptor(
    virtual_compute_desc_id="vm",
    virtual_memory=VirtualMemoryData(virtual_mem_size=512),
    virtual_cpu=VirtualCpuData(num_virtual_cpu=1),
)
IMAGE = an_appd().sw_image_descriptor[0]
CONTAINER = an_appd().os_container_descriptor[0]
IP = InterfaceDescriptor(interface_type=InterfaceType.IP, dst_ip_address=INSTANCE_IP)
HTTP = TransportDescriptor(type=TransportType.REST_HTTP, protocol="HTTP", version="2.0")


def codes(appd: AppD) -> list[str]:
    found = faults_of(appd)
    assert all(fault.remedy and fault.sentence and fault.field for fault in found)
    return [fault.code for fault in found]


def with_filter(**fields: Any) -> AppD:
    return an_appd(app_traffic_rule=(a_traffic_rule(traffic_filter=(TrafficFilter(**fields),)),))


def with_interface(**fields: Any) -> AppD:
    interface = msgspec.structs.replace(IP, **fields)
    return an_appd(app_traffic_rule=(a_traffic_rule(dst_interface=(interface,)),))


def with_name(**fields: Any) -> AppD:
    rule = DNSRuleDescriptor(
        dns_rule_id="n",
        domain_name="app.example",
        ip_address_type=IpAddressType.IP_V4,
        ip_address=INSTANCE_IP,
    )
    return an_appd(app_dns_rule=(msgspec.structs.replace(rule, **fields),))


def test_a_sound_descriptor_has_no_fault() -> None:
    assert codes(an_appd()) == []
    assert codes(an_appd(virtual_compute_descriptor=MACHINE, os_container_descriptor=())) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"app_d_id": "a/b"}, "appd-id"),
        ({"app_d_id": ""}, "appd-id"),
        ({"app_name": " "}, "appd-empty"),
        ({"mec_version": "3.1"}, "appd-mec-version"),
        ({"os_container_descriptor": ()}, "appd-realisation"),
        ({"virtual_compute_descriptor": MACHINE}, "appd-realisation"),
        ({"app_latency": LatencyDescriptor(max_latency=0)}, "appd-latency"),
        (
            {
                "terminate_app_instance_op_config": TerminateAppInstanceOpConfig(
                    min_graceful_termination_timeout=9,
                    max_recommended_graceful_termination_timeout=1,
                )
            },
            "appd-timeout",
        ),
        (
            {
                "change_app_instance_state_op_config": ChangeAppInstanceStateOpConfig(
                    min_graceful_stop_timeout=-1
                )
            },
            "appd-timeout",
        ),
        (
            {
                "user_context_transfer_capability": UserContextTransferCapability(
                    stateful_application=True
                )
            },
            "appd-user-context",
        ),
        (
            {
                "user_context_transfer_capability": UserContextTransferCapability(
                    stateful_application=False, user_context_transfer_support=False
                )
            },
            "appd-user-context",
        ),
        ({"sw_image_descriptor": (IMAGE, IMAGE)}, "appd-id-twice"),
        (
            {"os_container_descriptor": (msgspec.structs.replace(CONTAINER, sw_image_desc="x"),)},
            "appd-image-reference",
        ),
        (
            {"sw_image_descriptor": (msgspec.structs.replace(IMAGE, disk_format="qcow2"),)},
            "appd-image-vm-only",
        ),
        (
            {
                "virtual_storage_descriptor": (
                    VirtualStorageDescriptor(
                        id="s",
                        type_of_storage=StorageType.BLOCK,
                        object_storage_data=ObjectStorageData(),
                    ),
                )
            },
            "appd-storage",
        ),
        (
            {
                "app_service_required": (ServiceDependency(ser_name="RNIS", version="2"),),
                "app_service_optional": (ServiceDependency(ser_name="RNIS", version="2"),),
            },
            "appd-service-twice",
        ),
        (
            {
                "transport_dependencies": (
                    TransportDependency(transport=HTTP, serializers=(), labels=("a",)),
                )
            },
            "appd-transport",
        ),
        ({"app_traffic_rule": (a_traffic_rule(), a_traffic_rule())}, "appd-id-twice"),
        ({"app_traffic_rule": (a_traffic_rule(traffic_filter=()),)}, "rule-filter"),
        ({"app_traffic_rule": (a_traffic_rule(traffic_rule_id="a/b"),)}, "rule-id"),
    ],
)
def test_each_fault_is_found(changes: dict[str, Any], code: str) -> None:
    assert code in codes(an_appd(**changes))


def test_a_virtual_machine_has_one_image_and_nothing_of_containers() -> None:
    other = msgspec.structs.replace(IMAGE, id="other")
    appd = an_appd(
        virtual_compute_descriptor=MACHINE,
        os_container_descriptor=(),
        sw_image_descriptor=(IMAGE, other),
        logical_node=(LogicalNodeRequirements(id="n"),),
    )
    assert codes(appd) == ["appd-vm-image", "appd-containers-only"]


@pytest.mark.parametrize(
    ("action", "interfaces", "sound"),
    [
        (RuleAction.DROP, 0, True),
        (RuleAction.DROP, 1, False),
        (RuleAction.PASSTHROUGH, 0, True),
        (RuleAction.PASSTHROUGH, 1, True),
        (RuleAction.PASSTHROUGH, 2, False),
        (RuleAction.FORWARD_DECAPSULATED, 0, False),
        (RuleAction.FORWARD_DECAPSULATED, 1, True),
        (RuleAction.FORWARD_DECAPSULATED, 2, True),
        (RuleAction.FORWARD_DECAPSULATED, 3, False),
        (RuleAction.DUPLICATE_DECAPSULATED, 0, False),
        (RuleAction.DUPLICATE_DECAPSULATED, 2, True),
    ],
)
def test_an_action_has_its_number_of_destinations(
    action: RuleAction, interfaces: int, sound: bool
) -> None:
    rule = a_traffic_rule(action=action, dst_interface=(IP,) * interfaces)
    assert (codes(an_appd(app_traffic_rule=(rule,))) == []) is sound


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"dst_address": ("203.0.113.10", "203.0.113.0/24", "2001:db8::/32", INSTANCE_IP)},
        {"src_address": ("${instance.ip}/32", "${instance.ipv4}", "${instance.ipv6}/128")},
        {"dst_address": ("${platform.ip}", "${gateway.ipv4}/32", "${platform.ipv6}/64")},
        {"src_port": ("0", "65535", "8000-8080")},
        {"protocol": ("TCP", "udp", "47", "255")},
    ],
)
def test_sound_filters_are_taken(fields: dict[str, Any]) -> None:
    assert codes(with_filter(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"dst_address": ("cloud",)}, "rule-address"),
        ({"src_address": ("10.0.0.0/33",)}, "rule-address"),
        ({"src_tunnel_address": ("",)}, "rule-address"),
        ({"dst_address": ("${host.ip}",)}, "rule-placeholder"),
        ({"dst_address": ("${instance.ip}/33",)}, "rule-placeholder"),
        ({"dst_port": ("65536",)}, "rule-port"),
        ({"dst_port": ("9-1",)}, "rule-port"),
        ({"dst_port": ("http",)}, "rule-port"),
        ({"src_port": ("-1",)}, "rule-port"),
        ({"src_port": ("1-2-3",)}, "rule-port"),
        ({"src_port": ("²",)}, "rule-port"),
        ({"protocol": ("256",)}, "rule-protocol"),
        ({"protocol": ("HTTP",)}, "rule-protocol"),
        ({"uri": ("http://hello.example/",)}, "rule-unsaid"),
        ({"packet_label": ("vip",)}, "rule-unsaid"),
        ({"tag": ("the guests",)}, "rule-tag"),
        ({"q_ci": 256}, "rule-number"),
        ({"t_c": -1}, "rule-number"),
    ],
)
def test_crooked_filters_are_found(fields: dict[str, Any], code: str) -> None:
    assert codes(with_filter(**fields)) == [code]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"dst_ip_address": None}, "rule-interface"),
        ({"interface_type": InterfaceType.MAC}, "rule-interface"),
        ({"dst_ip_address": "10.0.0.0/8"}, "rule-address"),
        ({"dst_ip_address": "${instance.mac}"}, "rule-placeholder"),
        ({"dst_ip_address": "${platform.ip}"}, "rule-destination"),
        ({"dst_ip_address": "${gateway.ipv4}"}, "rule-destination"),
        ({"src_mac_address": "02:00"}, "rule-mac"),
        (
            {
                "interface_type": InterfaceType.TUNNEL,
                "tunnel_info": TunnelInfo(
                    tunnel_type=TunnelType.GTP_U, tunnel_dst_address=INSTANCE_IP
                ),
            },
            "rule-tunnel",
        ),
    ],
)
def test_crooked_interfaces_are_found(fields: dict[str, Any], code: str) -> None:
    assert codes(with_interface(**fields)) == [code]


@pytest.mark.parametrize(
    ("tunnel", "codes_found"),
    [
        ({}, []),
        ({"tunnel_type": TunnelType.GRE, "tunnel_src_address": "10.60.1.1"}, []),
        ({"tunnel_dst_address": None}, ["rule-tunnel"]),
        ({"tunnel_dst_address": "fd60::2"}, ["rule-tunnel"]),
        ({"tunnel_specific_data": {"teid": "7"}}, ["rule-tunnel"]),
    ],
)
def test_a_tunnel_to_the_instance_is_sound_where_it_can_be_made(
    tunnel: dict[str, Any], codes_found: list[str]
) -> None:
    given = {"tunnel_type": TunnelType.GTP_U, "tunnel_dst_address": INSTANCE_IP} | tunnel
    to = InterfaceDescriptor(interface_type=InterfaceType.TUNNEL, tunnel_info=TunnelInfo(**given))
    rule = a_traffic_rule(action=RuleAction.FORWARD_ENCAPSULATED, dst_interface=(to,))
    assert codes(an_appd(app_traffic_rule=(rule,))) == codes_found


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"domain_name": "no spaces"}, "dns-name"),
        ({"domain_name": "-a.example"}, "dns-name"),
        ({"domain_name": "a..example"}, "dns-name"),
        ({"domain_name": "x" * 64 + ".example"}, "dns-name"),
        ({"ip_address": "here"}, "rule-address"),
        ({"ip_address": "2001:db8::1"}, "dns-family"),
        ({"ip_address": "${instance.ipv6}"}, "dns-family"),
        ({"ttl": -1}, "dns-ttl"),
        ({"dns_rule_id": "a b"}, "rule-id"),
    ],
)
def test_crooked_names_are_found(fields: dict[str, Any], code: str) -> None:
    assert codes(with_name(**fields)) == [code]


def test_a_fault_tells_its_place() -> None:
    (fault,) = faults_of(with_filter(dst_port=("http",)))
    assert fault.field == "appTrafficRule[0].trafficFilter[0].dstPort"
    assert str(fault.at("app.yaml", 7)).startswith("app.yaml:7: 'http' is no port.")
