"""How AppD types are spelt in TOSCA: names that differ, and values that carry a unit.

Ref: MEC 037 clause 5.2, NFV-SOL 001 clause 6. Data only; ``tosca_codec`` applies it.
"""

from wayside.model import appd, images, resources, services

from .tosca_maps import Kept

RENAMED: dict[type, dict[str, str]] = {
    appd.TrafficFilter: {"q_ci": "qci", "d_scp": "dscp", "t_c": "tc"},
    appd.SteeredNetwork: {"wi_fi_network": "wifi_network"},
    appd.ServiceDescriptor: {"transports_supported": "transport_supported"},
    services.OAuth2Info: {
        "grant_types": "oauth2_grant_type",
        "token_endpoint": "oauth2_token_endpoint",
    },
    resources.AppExternalCpd: {"layer_protocol": "layer_protocols", "cp_role": "role"},
    resources.AdditionalServiceData: {"port_data": "portData", "service_data": "serviceData"},
    resources.ServicePortData: {"port_configurable": "portConfigurable"},
    resources.LogicalNodeRequirements: {
        "logical_node_requirement_detail": "logical_node_requirements"
    },
    resources.OsContainerDescriptor: {"huge_page_resources": "huge_pages_resources"},
    resources.VirtualComputeDescriptor: {
        "request_additional_capabilities": "requested_additional_capabilities",
        "virtual_disk": "virtual_local_storage",
    },
    images.SwImageDescriptor: {
        "supported_virtualisation_environment": "supported_virtualisation_environments"
    },
}
"""Field in Python (snake case of the AppD's name) to property in TOSCA, where they differ."""

ALSO_READ: dict[type, dict[str, str]] = {
    appd.ServiceDescriptor: {"transports_supported": "transports_supported"},
    resources.VirtualCpuData: {"num_virtual_cpu": "number_virtual_cpu"},
}
"""Spellings of MEC 037's own examples that differ from its definitions."""

KEPT: dict[type, dict[str, Kept]] = {
    resources.VirtualComputeDescriptor: {
        "logical_node": Kept.BY_ID,
        "requested_additional_capabilities": Kept.BY_NUMBER,
        "compute_requirements": Kept.TEXTS,
    },
    resources.VirtualCpuData: {"vdu_cpu_requirements": Kept.PAIRS},
    resources.VirtualMemoryData: {"vdu_mem_requirements": Kept.PAIRS},
    resources.BlockStorageData: {"vdu_storage_requirements": Kept.PAIRS},
    resources.RequestedAdditionalCapabilityData: {"target_performance_parameters": Kept.PAIRS},
    resources.LogicalNodeRequirements: {"logical_node_requirements": Kept.TEXTS},
    resources.VirtualNetworkInterfaceRequirements: {"network_interface_requirements": Kept.TEXT},
    resources.OsContainerDescriptor: {"huge_pages_resources": Kept.ONE},
}
"""Properties that NFV-SOL 001 arranges otherwise than an AppD. Ref: NFV-SOL 001 clause 6.2."""

KEPT_ON_UNIT = {
    "logical_node": Kept.BY_ID,
    "requested_additional_capabilities": Kept.BY_NUMBER,
    "mcio_constraint_params": Kept.SNAKE,
}
"""The same of the containers' deployable unit. Ref: NFV-SOL 001 clause 6.8.13."""

_SMALL = "aki ami ari bare ova ovf iso qcow2 raw vdi vhd vhdx vmdk"
_FORMATS = {each.upper(): each for each in _SMALL.split()}
SPELT: dict[type, dict[str, dict[str, str]]] = {
    images.SwImageDescriptor: {
        "container_format": _FORMATS | {"OCI": "docker"},
        "disk_format": _FORMATS,
    },
    images.ChecksumData: {
        "algorithm": {f"SHA-{bits}": f"sha-{bits}" for bits in (224, 256, 384, 512)}
    },
    resources.FileStorageData: {"file_system_protocol": {"NFS": "nfs", "CIFS": "cifs"}},
}
"""Words of an AppD that TOSCA spells otherwise; it has none for an OCI layout but ``docker``, whose
own archives are one. Others stay as they are. Ref: NFV-SOL 001 clauses 6.2 and 6.4."""

NEEDED: dict[type, str] = {
    resources.RequestedAdditionalCapabilityData: "target_performance_parameters",
    resources.VirtualNetworkInterfaceRequirements: "network_interface_requirements",
}
"""Maps that must be there, if only empty."""

LOWER: dict[type, str] = {
    resources.AppExternalCpd: "layer_protocols",
    resources.ServicePortData: "protocol",
    resources.VirtualCpuPinningData: "virtual_cpu_pinning_policy",
}
"""Properties whose values TOSCA writes small and an AppD large."""

ONLY_IN_TOSCA: dict[type, frozenset[str]] = {
    appd.TransportDependency: frozenset({"transport_serializer"}),
    services.SecurityInfo: frozenset({"oauth2_grant_type", "oauth2_token_endpoint"}),
    images.SwImageDescriptor: frozenset({"provider", "architecture"}),
    resources.AppExternalCpd: frozenset(
        {"bitrate_requirement", "ip_stack_mode", "order", "protocol", "vnic_type"}
    ),
    resources.VirtualNetworkInterfaceRequirements: frozenset({"support_mandatory"}),
    resources.OsContainerDescriptor: frozenset(
        {"cpu_power_state_requirements"}
        | {
            f"{name}_valid_values"
            for name in (
                "requested_cpu_resources",
                "cpu_resource_limit",
                "requested_memory_resources",
                "memory_resource_limit",
                "requested_ephemeral_storage_resources",
                "ephemeral_storage_resource_limit",
            )
        }
    ),
}
"""Properties that NFV-SOL 001 or MEC 037 define and an AppD has no attribute for."""

UNITS: dict[str, str] = {
    "requested_memory_resources": "MiB",
    "memory_resource_limit": "MiB",
    "requested_ephemeral_storage_resources": "GiB",
    "ephemeral_storage_resource_limit": "GiB",
    "virtual_mem_size": "MiB",
    "size_of_storage": "GiB",
    "max_size_of_storage": "GiB",
    "min_disk": "GiB",
    "min_ram": "MiB",
    "size": "B",
    "virtual_cpu_clock": "MHz",
    "min_graceful_termination_timeout": "s",
    "max_recommended_graceful_termination_timeout": "s",
    "min_graceful_stop_timeout": "s",
    "max_recommended_graceful_stop_timeout": "s",
}
"""Properties of TOSCA's scalar-unit types, with the unit in which the AppD counts."""

FACTORS: dict[str, dict[str, float]] = {
    "size": {
        "B": 1,
        "kB": 1000,
        "KiB": 1024,
        "MB": 1000**2,
        "MiB": 1024**2,
        "GB": 1000**3,
        "GiB": 1024**3,
        "TB": 1000**4,
        "TiB": 1024**4,
    },
    "time": {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9},
    "frequency": {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
}
"""TOSCA scalar units. Ref: TOSCA Simple Profile 1.3 clause 3.3.6."""
