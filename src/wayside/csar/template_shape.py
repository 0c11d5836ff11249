"""The parts of a service template that MEC 037 and NFV-SOL 001 name, and where AppD fields live.

Data only; ``template_writing`` and ``template_reading`` apply it.
"""

TOSCA_VERSION = "tosca_simple_yaml_1_3"
ETSI_TYPES = "https://forge.etsi.org/rep/mec/gs037-pkg-format/raw/v3.2.1/MecAppDTypes.yaml"
"""Named, as MEC 037 clause 5.2.3.2 asks, and never fetched: what it defines is known here."""

KNOWN_IMPORTS = frozenset({"MecAppDTypes.yaml", "etsi_nfv_sol001_vnfd_types.yaml"})
VNFM_INFO = "etsivnfm:v2.3.1"

APP = "tosca.nodes.mec.MecApp"
COMPUTE = "tosca.nodes.nfv.Vdu.Compute"
CONTAINER = "tosca.nodes.nfv.Vdu.OsContainer"
UNIT = "tosca.nodes.nfv.Vdu.OsContainerDeployableUnit"
MCIOP = "tosca.nodes.nfv.Mciop"
CONNECTION_POINTS = ("tosca.nodes.nfv.VduCp", "tosca.nodes.nfv.VirtualCp")
SW_IMAGE = "tosca.artifacts.nfv.SwImage"
STORAGE = {
    "BLOCK": ("tosca.nodes.nfv.Vdu.VirtualBlockStorage", "virtual_block_storage_data"),
    "OBJECT": ("tosca.nodes.nfv.Vdu.VirtualObjectStorage", "virtual_object_storage_data"),
    "FILE": ("tosca.nodes.nfv.Vdu.VirtualFileStorage", "virtual_file_storage_data"),
}
"""Node type and property by type of storage."""

HELM_CHART = "tosca.artifacts.nfv.HelmChart"
WITHOUT_COUNTERPART = frozenset(
    {
        "tosca.nodes.nfv.Cp",
        "tosca.nodes.nfv.VipCp",
        "tosca.nodes.nfv.VnfExtCp",
        "tosca.nodes.nfv.VnfVirtualLink",
    }
)
"""Node types of NFV-SOL 001 for which an AppD has no attribute."""

POLICIES = (
    "tosca.policies.nfv.InstantiationLevels",
    "tosca.policies.nfv.VduInstantiationLevels",
)
"""Policies that each template has. Ref: MEC 037 clause 5.2.3.4."""

IDENTITY = {
    "app_d_id": "descriptor_id",
    "app_provider": "provider",
    "app_name": "product_name",
    "app_soft_version": "software_version",
    "app_d_version": "descriptor_version",
    "app_info_name": "product_info_name",
    "app_description": "product_info_description",
}
"""AppD field to property of the application node. Ref: MEC 037 table 5.2.2-1, NFV-SOL 001 6.8.1."""

FIXED = ("descriptor_id", "provider", "product_name", "software_version", "descriptor_version")
"""Properties that the application's own node type fixes. Ref: MEC 037 clause 5.2.3.3."""

DIRECT = (
    "app_service_required",
    "app_service_optional",
    "app_service_produced",
    "app_feature_required",
    "app_feature_optional",
    "transport_dependencies",
    "app_traffic_rule",
    "app_dns_rule",
    "app_latency",
    "user_context_transfer_capability",
    "app_network_policy",
)
"""AppD fields that are properties of the application node under the same name."""

OPERATIONS = {
    "terminate_app_instance_op_config": "terminate",
    "change_app_instance_state_op_config": "operate",
}
"""AppD field to member of ``lcm_operations_configuration``."""

ON_UNIT = {
    "mcio_identification_data": "mcio_identification_data",
    "logical_node": "logical_node",
    "request_additional_capabilities": "requested_additional_capabilities",
    "mcio_constraint_params": "mcio_constraint_params",
}
"""AppD field to property of the containers' deployable unit."""

_OF_EACH_UNIT = {
    "name",
    "description",
    "boot_data",
    "configurable_properties",
    "monitoring_parameters",
    "nfvi_constraints",
    "vdu_profile",
}
PROPERTIES: dict[str, frozenset[str]] = {
    APP: frozenset(IDENTITY.values())
    | frozenset(DIRECT)
    | {
        "configurable_properties",
        "default_localization_language",
        "ext_invariant_id",
        "flavour_description",
        "flavour_id",
        "lcm_operations_configuration",
        "localization_languages",
        "mciop_profile",
        "mec_version",
        "modifiable_attributes",
        "monitoring_parameters",
        "vnf_profile",
        "vnfm_info",
    },
    COMPUTE: frozenset(_OF_EACH_UNIT | {"boot_order"}),
    UNIT: frozenset(_OF_EACH_UNIT | set(ON_UNIT.values()) | {"is_num_of_instances_cluster_based"}),
    MCIOP: frozenset({"name", "description"}),
}
"""Properties of the nodes that are not read as one AppD type. Ref: NFV-SOL 001 clause 6.8."""

LCM_OPERATIONS = frozenset(
    {"instantiate", "scale", "scale_to_level", "change_flavour", "heal", "terminate", "operate"}
    | {"change_ext_connectivity", "change_current_package", "create_snapshot", "revert_to_snapshot"}
)
"""Members of ``lcm_operations_configuration``. Ref: NFV-SOL 001 clause 6.2.23."""
