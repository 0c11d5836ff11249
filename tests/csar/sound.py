"""Hypothesis strategies for AppDs that can be on-boarded: every attribute, nothing crooked."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from tests.model.descriptors import TEXT, any_value, any_wire

from wayside.model import appd, resources, rules, services
from wayside.model.images import SwImageDescriptor

WORD = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,9}", fullmatch=True)
SAID = st.from_regex(r"(?s)[^\s\x00-\x1f](.{0,8}[^\s\x00-\x1f])?", fullmatch=True)
"""A text with something in it."""
ADDRESS = st.sampled_from(
    ["203.0.113.10", "${instance.ip}", "${platform.ipv4}", "2001:db8::1", "${gateway.ip}"]
)
PORTS = st.sampled_from(["0", "443", "8000-8080"])


def few(what: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """Up to three of them."""
    return st.lists(what, min_size=least, max_size=3).map(tuple)


def named(
    make: Callable[[str], st.SearchStrategy[Any]], least: int = 0
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Up to three, each with an id of its own."""
    ids = st.lists(WORD, min_size=least, max_size=3, unique=True)
    return ids.flatmap(lambda names: st.tuples(*(make(name) for name in names)))


def maybe(what: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of them, or None."""
    return st.none() | what


FILTERS = st.builds(
    appd.TrafficFilter,
    src_address=few(ADDRESS),
    dst_address=few(ADDRESS | st.just("203.0.113.0/24")),
    src_port=few(PORTS),
    dst_port=few(PORTS),
    protocol=few(st.sampled_from(["TCP", "udp", "47"])),
    d_scp=maybe(st.integers(0, 63)),
    t_c=maybe(st.integers(0, 255)),
)
TO_ADDRESS = st.builds(
    appd.InterfaceDescriptor,
    interface_type=st.just(rules.InterfaceType.IP),
    dst_ip_address=ADDRESS,
    src_mac_address=maybe(st.just("02:00:5e:10:00:01")),
)
TO_ITSELF = st.builds(
    appd.InterfaceDescriptor,
    interface_type=st.just(rules.InterfaceType.IP),
    dst_ip_address=st.sampled_from(["${instance.ip}", "${instance.ipv4}"]),
)
TO_TUNNEL = st.builds(
    appd.InterfaceDescriptor,
    interface_type=st.just(rules.InterfaceType.TUNNEL),
    tunnel_info=st.builds(
        appd.TunnelInfo,
        tunnel_type=st.sampled_from(appd.TunnelType),
        tunnel_dst_address=st.just("${instance.ip}"),
        tunnel_src_address=maybe(st.sampled_from(["10.60.1.1", "${gateway.ip}"])),
    ),
)
A = rules.RuleAction
DESTINATIONS: dict[rules.RuleAction, st.SearchStrategy[Any]] = {
    A.DROP: st.none(),
    A.PASSTHROUGH: maybe(TO_ADDRESS),
    A.FORWARD_DECAPSULATED: TO_ITSELF | st.tuples(TO_ITSELF, TO_ITSELF),
    A.FORWARD_ENCAPSULATED: TO_TUNNEL,
    A.DUPLICATE_DECAPSULATED: st.tuples(TO_ADDRESS, TO_ADDRESS),
    A.DUPLICATE_ENCAPSULATED: st.tuples(TO_TUNNEL, TO_TUNNEL),
}
ACTIONS = st.sampled_from(A).flatmap(
    lambda action: st.tuples(st.just(action), DESTINATIONS[action])
)


def traffic_rule(name: str) -> st.SearchStrategy[appd.TrafficRuleDescriptor]:
    """A sound traffic rule of this name."""
    return st.tuples(
        ACTIONS, st.sampled_from(rules.FilterType), st.integers(0, 255), few(FILTERS, 1)
    ).map(
        lambda given: appd.TrafficRuleDescriptor(
            traffic_rule_id=name,
            filter_type=given[1],
            priority=given[2],
            traffic_filter=given[3],
            action=given[0][0],
            dst_interface=given[0][1],
        )
    )


def dns_rule(name: str) -> st.SearchStrategy[appd.DNSRuleDescriptor]:
    """A sound DNS rule of this name."""
    return st.sampled_from(
        [
            (rules.IpAddressType.IP_V4, "${instance.ip}"),
            (rules.IpAddressType.IP_V4, "192.0.2.7"),
            (rules.IpAddressType.IP_V6, "${platform.ipv6}"),
        ]
    ).flatmap(
        lambda given: st.builds(
            appd.DNSRuleDescriptor,
            dns_rule_id=st.just(name),
            domain_name=st.just("app.example"),
            ip_address_type=st.just(given[0]),
            ip_address=st.just(given[1]),
            ttl=maybe(st.integers(0, 2**31 - 1)),
        )
    )


SERIALIZERS = few(st.sampled_from(services.SerializerType), 1)
DEPENDENCIES = few(
    st.builds(
        appd.TransportDependency,
        transport=any_wire(services.TransportDescriptor),
        serializers=SERIALIZERS,
        labels=few(TEXT, 1),
    )
)


def dependency(name: str) -> st.SearchStrategy[appd.ServiceDependency]:
    """A sound dependency on a service of this name."""
    return st.builds(
        appd.ServiceDependency,
        ser_name=st.just(name),
        ser_category=maybe(any_wire(services.CategoryRef)),
        version=TEXT,
        ser_transport_dependencies=DEPENDENCIES,
        requested_permissions=few(TEXT),
    )


def storage(name: str) -> st.SearchStrategy[resources.VirtualStorageDescriptor]:
    """Sound storage of this name: its type and its data agree."""
    kinds = resources.StorageType
    data: dict[resources.StorageType, dict[str, st.SearchStrategy[Any]]] = {
        kinds.BLOCK: {"block_storage_data": any_wire(resources.BlockStorageData)},
        kinds.OBJECT: {"object_storage_data": any_wire(resources.ObjectStorageData)},
        kinds.FILE: {"file_storage_data": any_wire(resources.FileStorageData)},
    }
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.builds(
            resources.VirtualStorageDescriptor,
            id=st.just(name),
            type_of_storage=st.just(kind),
            per_vnfc_instance=maybe(st.booleans()),
            **data[kind],
        )
    )


def timeouts(kind: type[Any], least: str, most: str) -> st.SearchStrategy[Any]:
    """Timeouts of which the longest is not under the shortest."""
    return st.tuples(st.integers(0, 60), maybe(st.integers(0, 60)), few(TEXT)).map(
        lambda given: kind(
            **{
                least: given[0],
                most: None if given[1] is None else given[0] + given[1],
                "parameter": given[2],
            }
        )
    )


CONTEXT = st.sampled_from([(False, None), (True, True), (True, False)]).map(
    lambda given: appd.UserContextTransferCapability(
        stateful_application=given[0], user_context_transfer_support=given[1]
    )
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "app_d_id": WORD,
    "app_name": SAID,
    "app_provider": SAID,
    "app_soft_version": WORD,
    "app_d_version": WORD,
    "mec_version": st.sampled_from(["3.1.1", "2.2.1,3.1.1"]),
    "app_info_name": maybe(SAID),
    "app_description": SAID,
    "virtual_storage_descriptor": named(storage),
    "app_ext_cpd": named(
        lambda name: any_wire(resources.AppExternalCpd).map(
            lambda given: given.__class__(
                **{f: getattr(given, f) for f in given.__struct_fields__} | {"cpd_id": name}
            )
        ),
        1,
    ),
    "app_service_required": named(lambda name: dependency(f"needs-{name}")),
    "app_service_optional": named(lambda name: dependency(f"likes-{name}")),
    "app_service_produced": few(any_wire(appd.ServiceDescriptor)),
    "app_feature_required": few(any_wire(appd.FeatureDependency)),
    "app_feature_optional": few(any_wire(appd.FeatureDependency)),
    "transport_dependencies": DEPENDENCIES,
    "app_traffic_rule": named(traffic_rule),
    "app_dns_rule": named(dns_rule),
    "app_latency": maybe(st.builds(appd.LatencyDescriptor, max_latency=st.integers(1, 10**12))),
    "terminate_app_instance_op_config": maybe(
        timeouts(
            appd.TerminateAppInstanceOpConfig,
            "min_graceful_termination_timeout",
            "max_recommended_graceful_termination_timeout",
        )
    ),
    "change_app_instance_state_op_config": maybe(
        timeouts(
            appd.ChangeAppInstanceStateOpConfig,
            "min_graceful_stop_timeout",
            "max_recommended_graceful_stop_timeout",
        )
    ),
    "user_context_transfer_capability": maybe(CONTEXT),
    "app_network_policy": maybe(any_wire(appd.AppNetworkPolicy)),
}


def image(name: str, *, packed: str, file: str) -> st.SearchStrategy[SwImageDescriptor]:
    """An image of this name; size and checksum are for the build to fill in."""
    return st.builds(
        SwImageDescriptor,
        id=st.just(name),
        name=TEXT,
        version=TEXT,
        container_format=st.just(packed),
        sw_image=st.just(file),
        operating_system=maybe(TEXT),
        supported_virtualisation_environment=few(TEXT),
    )


def container(name: str, image_id: str) -> st.SearchStrategy[resources.OsContainerDescriptor]:
    """Any container of this name that runs this image."""
    return any_wire(resources.OsContainerDescriptor).map(
        lambda given: given.__class__(
            **{field: getattr(given, field) for field in given.__struct_fields__}
            | {"os_container_desc_id": name, "sw_image_desc": image_id}
        )
    )


@st.composite
def in_containers(draw: st.DrawFn) -> appd.AppD:
    """Any sound AppD in containers; each image is run by one or more of them."""
    images = draw(st.lists(WORD, min_size=1, max_size=2, unique=True))
    names = draw(st.lists(WORD, min_size=len(images), max_size=3, unique=True))
    runs = [*images, *(draw(st.sampled_from(images)) for _ in names[len(images) :])]
    given = {name: draw(strategy) for name, strategy in COMMON.items()}
    return appd.AppD(
        **given,
        sw_image_descriptor=tuple(
            draw(image(each, packed="OCI", file=f"Own/{number}.tar"))
            for number, each in enumerate(sorted(images))
        ),
        os_container_descriptor=tuple(
            draw(container(name, run)) for name, run in zip(names, runs, strict=True)
        ),
        logical_node=draw(
            named(
                lambda name: st.builds(
                    resources.LogicalNodeRequirements,
                    id=st.just(name),
                    logical_node_requirement_detail=few(TEXT),
                )
            )
        ),
        request_additional_capabilities=draw(
            few(any_wire(resources.RequestedAdditionalCapabilityData))
        ),
        mcio_constraint_params=draw(few(st.sampled_from(appd.McioConstraint))),
        mcio_identification_data=draw(any_value(appd.McioIdentificationData)),
        mciop_id=draw(maybe(st.just("chart-1"))),
    )


@st.composite
def in_a_machine(draw: st.DrawFn) -> appd.AppD:
    """Any sound AppD in a virtual machine."""
    given = {name: draw(strategy) for name, strategy in COMMON.items()}
    return appd.AppD(
        **given,
        virtual_compute_descriptor=draw(any_wire(resources.VirtualComputeDescriptor)),
        sw_image_descriptor=(draw(image("disk", packed="BARE", file="Own/disk.img")),),
    )


sound_appds = in_containers() | in_a_machine()
