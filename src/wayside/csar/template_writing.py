"""Writing an AppD as a TOSCA service template. Ref: MEC 037 clause 5.2.

The same AppD gives the same bytes. Never checks the AppD: ``model.appd_checks`` does.
"""

import re
from typing import Any

from wayside.model.appd import AppD
from wayside.model.images import SwImageDescriptor
from wayside.model.resources import OsContainerDescriptor

from . import template_shape as shape
from .tosca_codec import Plain, to_tosca
from .tosca_maps import WAYS
from .tosca_types import KEPT_ON_UNIT
from .yamltext import dump_yaml

INSTANCES = {"min_number_of_instances": 1, "max_number_of_instances": 1}
LEVEL = "mec_instantiation_level"


def write_template(appd: AppD, *, chart: str | None = None) -> bytes:
    """Return the service template of ``appd`` as YAML; ``chart`` is the Helm chart's file."""
    return _Writer(appd, chart).write()


class _Writer:
    def __init__(self, appd: AppD, chart: str | None) -> None:
        self.appd, self.chart = appd, chart
        self.nodes: Plain = {}
        self.hosts: list[str] = []
        """Nodes that connection points bind to and instantiation levels count."""

    def write(self) -> bytes:
        self.nodes["app"] = self.app()
        self.machine()
        self.containers()
        self.storages()
        self.images()
        points = self.connection_points()
        document = {
            "tosca_definitions_version": shape.TOSCA_VERSION,
            "description": f"AppD of {self.appd.app_name}",
            "imports": [shape.ETSI_TYPES],
            "node_types": {self.type_name: self.node_type()},
            "topology_template": {
                "substitution_mappings": {
                    "node_type": self.type_name,
                    "requirements": {
                        "virtual_link" if not number else f"virtual_link_{number}": [
                            point,
                            "virtual_link",
                        ]
                        for number, point in enumerate(points)
                    },
                },
                "node_templates": self.nodes,
                "policies": self.policies(),
            },
        }
        return dump_yaml(document)

    @property
    def type_name(self) -> str:
        parts = (self.appd.app_provider, self.appd.app_name, self.appd.app_soft_version)
        return ".".join(re.sub(r"[^A-Za-z0-9_]+", "_", part) or "_" for part in parts)

    def node_type(self) -> Plain:
        fixed = {
            shape.IDENTITY[name]: getattr(self.appd, name)
            for name in shape.IDENTITY
            if shape.IDENTITY[name] in shape.FIXED
        }
        properties: Plain = {
            name: {"type": "string", "constraints": [{"equal": value}], "default": value}
            for name, value in fixed.items()
        }
        properties["vnfm_info"] = {
            "type": "list",
            "entry_schema": {"type": "string"},
            "default": [shape.VNFM_INFO],
        }
        return {"derived_from": shape.APP, "properties": properties}

    def app(self) -> Plain:
        properties: Plain = {
            name: value
            for field, name in shape.IDENTITY.items()
            if (value := getattr(self.appd, field)) is not None
        }
        properties |= {
            "vnfm_info": [shape.VNFM_INFO],
            "flavour_id": "simple",
            "flavour_description": "",
            "mec_version": self.appd.mec_version.split(","),
        }
        for name in shape.DIRECT:
            value = getattr(self.appd, name)
            if value is not None and value != ():
                properties[name] = to_tosca(value)
        operations = {
            name: to_tosca(value)
            for field, name in shape.OPERATIONS.items()
            if (value := getattr(self.appd, field)) is not None
        }
        if operations:
            properties["lcm_operations_configuration"] = operations
        return {"type": self.type_name, "properties": properties}

    def machine(self) -> None:
        compute = self.appd.virtual_compute_descriptor
        if compute is None:
            return
        capability = to_tosca(compute)
        identifier = capability.pop("virtual_compute_desc_id")
        self.hosts.append("machine")
        self.nodes["machine"] = {
            "type": shape.COMPUTE,
            "metadata": {"id": identifier},
            "properties": {
                "name": self.appd.app_name,
                "description": "",
                "boot_order": False,
                "vdu_profile": dict(INSTANCES),
            },
            "capabilities": {"virtual_compute": {"properties": capability}},
            "requirements": [
                {"virtual_storage": f"storage_{number}"}
                for number in range(1, len(self.appd.virtual_storage_descriptor) + 1)
            ],
        }

    def containers(self) -> None:
        unit = {
            name: self.on_unit(name, value)
            for field, name in shape.ON_UNIT.items()
            if (value := getattr(self.appd, field))
        }
        if self.appd.os_container_descriptor or unit:
            self.hosts.append("deployable_unit")
            self.nodes["deployable_unit"] = {
                "type": shape.UNIT,
                "properties": {
                    "name": self.appd.app_name,
                    "description": "",
                    "vdu_profile": dict(INSTANCES),
                }
                | unit,
                "requirements": [
                    {"container": f"container_{number}"}
                    for number in range(1, len(self.appd.os_container_descriptor) + 1)
                ],
            }
        for number, each in enumerate(self.appd.os_container_descriptor, 1):
            self.nodes[f"container_{number}"] = self.container(each)
        if self.appd.mciop_id is not None:
            self.nodes["mciop"] = {
                "type": shape.MCIOP,
                "metadata": {"id": self.appd.mciop_id},
                "requirements": [{"associatedVdu": "deployable_unit"}] if self.hosts else [],
            }
            if self.chart is not None:
                artifact = {"type": shape.HELM_CHART, "file": self.chart}
                self.nodes["mciop"]["artifacts"] = {"helm_chart": artifact}

    def on_unit(self, name: str, value: Any) -> Any:
        plain = to_tosca(value)
        return WAYS[KEPT_ON_UNIT[name]].there(plain) if name in KEPT_ON_UNIT else plain

    def container(self, wanted: OsContainerDescriptor) -> Plain:
        properties = to_tosca(wanted)
        identifier = properties.pop("os_container_desc_id")
        return {
            "type": shape.CONTAINER,
            "metadata": {"id": identifier},
            "properties": properties,
        }

    def storages(self) -> None:
        for number, each in enumerate(self.appd.virtual_storage_descriptor, 1):
            properties = to_tosca(each)
            identifier = properties.pop("id")
            kind, _ = shape.STORAGE[properties.pop("type_of_storage")]
            for name in ("block", "object", "file"):
                if (data := properties.pop(f"{name}_storage_data", None)) is not None:
                    properties[f"virtual_{name}_storage_data"] = data
            self.nodes[f"storage_{number}"] = {
                "type": kind,
                "metadata": {"id": identifier},
                "properties": properties,
            }

    def images(self) -> None:
        for image in self.appd.sw_image_descriptor:
            for node in self.image_homes(image):
                properties = to_tosca(image)
                artifact = {"type": shape.SW_IMAGE, "file": properties.pop("sw_image")}
                identifier = properties.pop("id")
                artifact["properties"] = properties
                node.setdefault("artifacts", {})[identifier] = artifact

    def image_homes(self, image: SwImageDescriptor) -> list[Plain]:
        """Return the nodes that the image's artifact stands at: each container has its own.

        Ref: NFV-SOL 001 clause 6.8.12.
        """
        found: list[Plain] = []
        for number, each in enumerate(self.appd.os_container_descriptor, 1):
            node: Plain = self.nodes[f"container_{number}"]
            if each.sw_image_desc == image.id and "artifacts" not in node:
                del node["properties"]["sw_image_desc"]
                found.append(node)
        return found or [self.nodes["machine" if "machine" in self.nodes else "app"]]

    def connection_points(self) -> list[str]:
        names = []
        for number, each in enumerate(self.appd.app_ext_cpd, 1):
            properties = to_tosca(each)
            identifier = properties.pop("cpd_id")
            node: Plain = {
                "type": shape.CONNECTION_POINTS[0],
                "metadata": {"id": identifier},
                "properties": properties,
            }
            if self.hosts:
                node["requirements"] = [{"virtual_binding": self.hosts[0]}]
            names.append(f"connection_point_{number}")
            self.nodes[names[-1]] = node
        return names

    def policies(self) -> list[Any]:
        levels = {LEVEL: {"description": "one instance"}}
        return [
            {
                "instantiation_levels": {
                    "type": "tosca.policies.nfv.InstantiationLevels",
                    "properties": {"levels": levels, "default_level": LEVEL},
                }
            },
            {
                "vdu_instantiation_levels": {
                    "type": "tosca.policies.nfv.VduInstantiationLevels",
                    "properties": {"levels": {LEVEL: {"number_of_instances": 1}}},
                    "targets": list(self.hosts),
                }
            },
        ]
