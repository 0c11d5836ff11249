"""What an application needs of a host: compute, containers, storage, connection points.

Ref: MEC 010-2 clause 6.2.1, which takes these types from NFV-IFA 011 clause 7.1.
Units where the standard leaves them open (ours): CPU in thousandths of a core, memory in MB of
2^20 bytes, storage in GB of 2^30 bytes. Never says what a host has: Mm4 does.
"""

from enum import StrEnum

from wayside.core.wire import Wire

from .images import SwImageDescriptor
from .services import KeyValuePairs

Number = int | float
"""A JSON number; kept as it was written."""


class MonitoringParameter(Wire):
    """A metric to be collected. Ref: NFV-IFA 011 clause 7.1.11.3."""

    monitoring_parameter_id: str
    name: str | None = None
    performance_metric: str
    collection_period: str | None = None


class LogicalNodeRequirements(Wire):
    """Demands on the node that runs a container. Ref: NFV-IFA 011 clause 7.1.9.6."""

    id: str
    logical_node_requirement_detail: tuple[str, ...] = ()


class RequestedAdditionalCapabilityData(Wire):
    """A capability beyond plain compute. Ref: NFV-IFA 011 clause 7.1.9.5."""

    requested_additional_capability_name: str
    support_mandatory: bool
    min_requested_additional_capability_version: str | None = None
    preferred_requested_additional_capability_version: str | None = None
    target_performance_parameters: tuple[KeyValuePairs, ...] = ()


class CpuPinningPolicy(StrEnum):
    """Whether virtual CPUs are tied to real ones."""

    STATIC = "STATIC"
    DYNAMIC = "DYNAMIC"


class VirtualCpuPinningData(Wire):
    """How virtual CPUs are tied to real ones. Ref: NFV-IFA 011 clause 7.1.9.2.4."""

    virtual_cpu_pinning_policy: CpuPinningPolicy | None = None
    virtual_cpu_pinning_rule: tuple[str, ...] = ()


class VirtualCpuData(Wire):
    """Virtual CPUs; ``virtual_cpu_clock`` in MHz. Ref: NFV-IFA 011 clause 7.1.9.2.3."""

    cpu_architecture: str | None = None
    num_virtual_cpu: int
    virtual_cpu_clock: Number | None = None
    virtual_cpu_oversubscription_policy: str | None = None
    vdu_cpu_requirements: tuple[KeyValuePairs, ...] = ()
    virtual_cpu_pinning: VirtualCpuPinningData | None = None


class VirtualMemoryData(Wire):
    """Virtual memory; ``virtual_mem_size`` in MB. Ref: NFV-IFA 011 clause 7.1.9.3.2."""

    virtual_mem_size: Number
    virtual_mem_oversubscription_policy: str | None = None
    vdu_mem_requirements: tuple[KeyValuePairs, ...] = ()
    numa_enabled: bool | None = None
    huge_pages_requirements: str | None = None


class BlockStorageData(Wire):
    """A block device; ``size_of_storage`` in GB. Ref: NFV-IFA 011 clause 7.1.9.4.3."""

    size_of_storage: Number
    vdu_storage_requirements: tuple[KeyValuePairs, ...] = ()
    rdma_enabled: bool | None = None
    sw_image_desc: SwImageDescriptor | str | None = None


class ObjectStorageData(Wire):
    """Object storage; ``max_size_of_storage`` in GB. Ref: NFV-IFA 011 clause 7.1.9.4.4."""

    max_size_of_storage: Number | None = None


class FileStorageData(Wire):
    """A shared file system; ``size_of_storage`` in GB. Ref: NFV-IFA 011 clause 7.1.9.4.5."""

    size_of_storage: Number
    file_system_protocol: str
    int_virtual_link_desc: KeyValuePairs | None = None


class StorageType(StrEnum):
    """What kind of storage a descriptor asks for."""

    BLOCK = "BLOCK"
    OBJECT = "OBJECT"
    FILE = "FILE"


class VirtualStorageDescriptor(Wire):
    """Storage of an application. Ref: NFV-IFA 011 clause 7.1.9.4.2."""

    id: str
    type_of_storage: StorageType
    block_storage_data: BlockStorageData | None = None
    object_storage_data: ObjectStorageData | None = None
    file_storage_data: FileStorageData | None = None
    nfvi_maintenance_info: KeyValuePairs | None = None
    per_vnfc_instance: bool | None = None


class VirtualComputeDescriptor(Wire):
    """What an application in a virtual machine needs. Ref: NFV-IFA 011 clause 7.1.9.2.2."""

    virtual_compute_desc_id: str
    logical_node: tuple[LogicalNodeRequirements, ...] = ()
    request_additional_capabilities: tuple[RequestedAdditionalCapabilityData, ...] = ()
    compute_requirements: tuple[str, ...] = ()
    virtual_memory: VirtualMemoryData
    virtual_cpu: VirtualCpuData
    virtual_disk: tuple[BlockStorageData, ...] = ()


class OsContainerDescriptor(Wire):
    """What one container of an application needs. Ref: NFV-IFA 011 clause 7.1.6.13.

    ``requested_*`` is what placement reserves, ``*_limit`` what the container never exceeds.
    """

    os_container_desc_id: str
    name: str
    description: str
    requested_cpu_resources: int | None = None
    """Thousandths of a core."""
    requested_memory_resources: Number | None = None
    """MB."""
    requested_ephemeral_storage_resources: Number | None = None
    """GB."""
    extended_resource_requests: tuple[KeyValuePairs, ...] = ()
    additional_properties: str | None = None
    cpu_resource_limit: int | None = None
    memory_resource_limit: Number | None = None
    ephemeral_storage_resource_limit: Number | None = None
    huge_page_resources: KeyValuePairs | None = None
    cpu_pinning_requirements: VirtualCpuPinningData | None = None
    sw_image_desc: SwImageDescriptor | str
    """The image itself or the id of one in ``swImageDescriptor``."""
    boot_data: str | None = None
    monitoring_parameters: tuple[MonitoringParameter, ...] = ()

    @property
    def image_id(self) -> str:
        """The id of the image that the container runs."""
        named = self.sw_image_desc
        return named if isinstance(named, str) else named.id


class VirtualNetworkInterfaceRequirements(Wire):
    """Demands on a network interface. Ref: NFV-IFA 011 clause 7.1.6.6."""

    name: str | None = None
    description: str | None = None
    standardized_network_interface_requirements: str | None = None
    network_interface_requirements: str | None = None
    nic_io_requirements: LogicalNodeRequirements | None = None


class PortProtocol(StrEnum):
    """The protocol of a port that a connection point offers."""

    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"


class ServicePortData(Wire):
    """A port that a connection point offers. Ref: NFV-IFA 011 clause 7.1.6.16."""

    name: str
    protocol: PortProtocol
    port: int
    port_configurable: bool


class AdditionalServiceData(Wire):
    """What a connection point offers to others. Ref: NFV-IFA 011 clause 7.1.6.15."""

    port_data: tuple[ServicePortData, ...]
    service_data: str | None = None


class LayerProtocol(StrEnum):
    """What a connection point carries. Ref: NFV-IFA 011 clause 7.1.6.3."""

    ETHERNET = "ETHERNET"
    MPLS = "MPLS"
    ODU2 = "ODU2"
    IPV4 = "IPV4"
    IPV6 = "IPV6"
    PSEUDO_WIRE = "PSEUDO-WIRE"


class AppExternalCpd(Wire):
    """An external connection point. Ref: MEC 010-2 clause 6.2.1.17, NFV-IFA 011 clause 7.1.6.3."""

    cpd_id: str
    layer_protocol: tuple[LayerProtocol, ...] = ()
    cp_role: str | None = None
    description: str | None = None
    trunk_mode: bool | None = None
    virtual_network_interface_requirements: tuple[VirtualNetworkInterfaceRequirements, ...] = ()
    additional_service_data: tuple[AdditionalServiceData, ...] = ()
