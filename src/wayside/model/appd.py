"""The application descriptor (AppD) and what it holds. Ref: MEC 010-2 clause 6.2.1.

Rules here are descriptors: spelt as MEC 010-2 spells them (``dstIPAddress``, ``GTP-U``), with
addresses that may be placeholders until an instance runs. ``model.rules`` has what a platform
holds, ``mepm`` maps the one to the other. Never checks across fields: ``model.appd_checks`` does.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire

from . import rules
from .images import SwImageDescriptor
from .resources import (
    AppExternalCpd,
    LogicalNodeRequirements,
    Number,
    OsContainerDescriptor,
    RequestedAdditionalCapabilityData,
    VirtualComputeDescriptor,
    VirtualStorageDescriptor,
)
from .rules import FilterType, InterfaceType, IpAddressType, Priority, RuleAction
from .services import CategoryRef, SerializerType, TransportDescriptor

INSTANCE_IP = "${instance.ip}"
"""Ours: stands for the instance's address in a rule until the instance runs."""

INSTANCE_MAC = "${instance.mac}"
"""Ours: stands for the instance's hardware address, where a rule names one."""

PLACES = ("instance", "platform", "gateway")
"""Whose address a reference may be: the instance's own; that of the platform's Mp1, as the host's
instances reach it; that of the router that the instance's packets leave by."""

PLACEHOLDERS: dict[str, int | None] = {
    f"${{{place}.{name}}}": version
    for place in PLACES
    for name, version in (("ip", None), ("ipv4", 4), ("ipv6", 6))
}
"""Every reference that a rule's address may be, and the IP version that it stands for (None:
whichever there is); anything else in ``${}`` is a fault."""


def place_of(placeholder: str) -> str:
    """Return whose address a placeholder stands for."""
    return placeholder[2:].partition(".")[0]


class TunnelType(StrEnum):
    """How a tunnel wraps, as MEC 010-2 spells it. Ref: MEC 010-2 clause 6.2.1.12."""

    GTP_U = "GTP-U"
    GRE = "GRE"


class TunnelInfo(Wire):
    """A tunnel's ends. Ref: MEC 010-2 clause 6.2.1.12."""

    tunnel_type: TunnelType
    tunnel_dst_address: str | None = None
    tunnel_src_address: str | None = None
    tunnel_specific_data: dict[str, str] | None = None


class InterfaceDescriptor(Wire):
    """Where a rule sends traffic. Ref: MEC 010-2 clause 6.2.1.11."""

    interface_type: InterfaceType
    tunnel_info: TunnelInfo | None = None
    src_mac_address: str | None = msgspec.field(default=None, name="srcMACAddress")
    dst_mac_address: str | None = msgspec.field(default=None, name="dstMACAddress")
    dst_ip_address: str | None = msgspec.field(default=None, name="dstIPAddress")


class TrafficFilter(rules.TrafficFilter):
    """What traffic a rule means; MEC 010-2 adds two members. Ref: MEC 010-2 clause 6.2.1.10."""

    uri: tuple[str, ...] = ()
    packet_label: tuple[str, ...] = ()


class TrafficRuleDescriptor(Wire):
    """A traffic rule that the application brings. Ref: MEC 010-2 clause 6.2.1.9."""

    traffic_rule_id: str
    filter_type: FilterType
    priority: Priority
    traffic_filter: tuple[TrafficFilter, ...]
    action: RuleAction
    dst_interface: InterfaceDescriptor | tuple[InterfaceDescriptor, ...] | None = None
    """None for DROP, one for FORWARD, two for DUPLICATE; of two the first is the UE side."""

    @property
    def dst_interfaces(self) -> tuple[InterfaceDescriptor, ...]:
        """The destinations, as a sequence whichever way they were written."""
        if self.dst_interface is None:
            return ()
        if isinstance(self.dst_interface, InterfaceDescriptor):
            return (self.dst_interface,)
        return self.dst_interface


class DNSRuleDescriptor(Wire):
    """A DNS rule that the application brings. Ref: MEC 010-2 clause 6.2.1.13."""

    dns_rule_id: str
    domain_name: str
    ip_address_type: IpAddressType
    ip_address: str
    ttl: int | None = None
    """Seconds; absent: the record never expires."""


class TransportDependency(Wire):
    """Transports that will do. Ref: MEC 010-2 clause 6.2.1.18.

    Entries that share a label belong together; any one complete group satisfies.
    """

    transport: TransportDescriptor
    serializers: tuple[SerializerType, ...]
    labels: tuple[str, ...]


class ServiceDependency(Wire):
    """A service that the application consumes. Ref: MEC 010-2 clause 6.2.1.6."""

    ser_name: str
    ser_category: CategoryRef | None = None
    version: str
    ser_transport_dependencies: tuple[TransportDependency, ...] = ()
    """Absent: REST over HTTP with JSON."""
    requested_permissions: tuple[str, ...] = ()
    """Ours: the standard leaves the form open; names of scopes."""


class TransportsSupported(Wire):
    """A transport that a produced service offers. Ref: MEC 010-2 clause 6.2.1.7."""

    transport: TransportDescriptor
    serializers: tuple[SerializerType, ...]


class ServiceDescriptor(Wire):
    """A service that the application produces. Ref: MEC 010-2 clause 6.2.1.7."""

    ser_name: str
    ser_category: CategoryRef | None = None
    version: str
    transports_supported: tuple[TransportsSupported, ...] = ()


class FeatureDependency(Wire):
    """A feature of MEC 002 that the application needs. Ref: MEC 010-2 clause 6.2.1.8."""

    feature_name: str
    version: str


class LatencyDescriptor(Wire):
    """How long a packet may take. Ref: MEC 010-2 clause 6.2.1.14."""

    max_latency: int
    """Nanoseconds, one way, between the client on the device and the instance."""


class TerminateAppInstanceOpConfig(Wire):
    """Grace when an instance is terminated, in seconds. Ref: MEC 010-2 clause 6.2.1.15."""

    min_graceful_termination_timeout: Number
    max_recommended_graceful_termination_timeout: Number | None = None
    parameter: tuple[str, ...] = ()


class ChangeAppInstanceStateOpConfig(Wire):
    """Grace when an instance is stopped, in seconds. Ref: MEC 010-2 clause 6.2.1.16."""

    min_graceful_stop_timeout: Number
    max_recommended_graceful_stop_timeout: Number | None = None
    parameter: tuple[str, ...] = ()


class UserContextTransferCapability(Wire):
    """Whether users' state can move with them. Ref: MEC 010-2 clause 6.2.1.21."""

    stateful_application: bool
    user_context_transfer_support: bool | None = None
    """Present exactly when the application is stateful."""


class SteeredNetwork(Wire):
    """Networks that the application prefers. Ref: MEC 010-2 clause 6.2.1.22."""

    cellular_network: bool | None = None
    wi_fi_network: bool | None = msgspec.field(default=None, name="wi-fiNetwork")
    fixed_access_network: bool | None = None


class AppNetworkPolicy(Wire):
    """Which network carries the application's traffic. Ref: MEC 010-2 clause 6.2.1.22."""

    steered_network: SteeredNetwork


class McioIdentificationData(Wire):
    """A Kubernetes object of the application. Ref: NFV-IFA 011 clause 7.1.6.17."""

    name: str
    type: str


class McioConstraint(StrEnum):
    """Constraints on where containers run. Ref: NFV-IFA 011 clause 7.1.6.2."""

    LOCAL_AFFINITY_CIS_NODE = "localAffinityCisNode"
    NODE_ADDITIONAL_CAPABILITY_SSD = "nodeAdditionalCapabilitySsd"
    NODE_ADDITIONAL_CAPABILITY_DPDK = "nodeAdditionalCapabilityDpdk"
    NODE_ADDITIONAL_CAPABILITY_SRIOV = "nodeAdditionalCapabilitySriov"
    NODE_ADDITIONAL_CAPABILITY_GPU = "nodeAdditionalCapabilityGpu"
    NODE_ADDITIONAL_CAPABILITY_FPGA = "nodeAdditionalCapabilityFpga"
    NODE_ADDITIONAL_CAPABILITY_CPU_PIN = "nodeAdditionalCapabilityCpuPin"
    NODE_CAPABILITY_LOGICAL_NUMA = "nodeCapabilityLogicalNuma"
    NODE_POOL = "nodePool"


AtLeastOneImage = Annotated[tuple[SwImageDescriptor, ...], msgspec.Meta(min_length=1)]
AtLeastOneCpd = Annotated[tuple[AppExternalCpd, ...], msgspec.Meta(min_length=1)]


class AppD(Wire):
    """All that a MEC system must know of an application. Ref: MEC 010-2 clause 6.2.1.2."""

    app_d_id: str
    """Identifies the descriptor and its package, for all time."""
    app_name: str
    app_provider: str
    app_soft_version: str
    app_d_version: str
    mec_version: str
    """Versions of the MEC system that it runs on, as ``3.1.1,2.2.1``."""
    app_info_name: str | None = None
    app_description: str
    virtual_compute_descriptor: VirtualComputeDescriptor | None = None
    os_container_descriptor: tuple[OsContainerDescriptor, ...] = ()
    sw_image_descriptor: AtLeastOneImage
    virtual_storage_descriptor: tuple[VirtualStorageDescriptor, ...] = ()
    app_ext_cpd: AtLeastOneCpd
    app_service_required: tuple[ServiceDependency, ...] = ()
    app_service_optional: tuple[ServiceDependency, ...] = ()
    app_service_produced: tuple[ServiceDescriptor, ...] = ()
    app_feature_required: tuple[FeatureDependency, ...] = ()
    app_feature_optional: tuple[FeatureDependency, ...] = ()
    transport_dependencies: tuple[TransportDependency, ...] = ()
    app_traffic_rule: tuple[TrafficRuleDescriptor, ...] = ()
    app_dns_rule: tuple[DNSRuleDescriptor, ...] = msgspec.field(default=(), name="appDNSRule")
    app_latency: LatencyDescriptor | None = None
    terminate_app_instance_op_config: TerminateAppInstanceOpConfig | None = None
    change_app_instance_state_op_config: ChangeAppInstanceStateOpConfig | None = None
    user_context_transfer_capability: UserContextTransferCapability | None = None
    app_network_policy: AppNetworkPolicy | None = None
    mciop_id: str | None = None
    mcio_identification_data: McioIdentificationData | None = None
    logical_node: tuple[LogicalNodeRequirements, ...] = ()
    request_additional_capabilities: tuple[RequestedAdditionalCapabilityData, ...] = ()
    mcio_constraint_params: tuple[McioConstraint, ...] = ()
