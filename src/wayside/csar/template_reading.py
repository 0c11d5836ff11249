"""Reading an AppD from a TOSCA service template, with the line of every fault.

Resolves imports inside the package only; what ETSI's type files define is known here. Never
fetches a URL and never evaluates a TOSCA function: a descriptor's values are plain.
"""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from wayside.model.appd import AppD
from wayside.model.appd_checks import faults_of
from wayside.model.images import SwImageDescriptor
from wayside.model.resources import (
    AppExternalCpd,
    OsContainerDescriptor,
    VirtualComputeDescriptor,
    VirtualStorageDescriptor,
)

from . import template_shape as shape
from .appd_text import checked_appd, nearest, path_of
from .faults import Fault, FaultsFound
from .names import name_fault
from .template_checks import NODES, Shape, mapping
from .tosca_codec import Plain, Strange, ToscaReader
from .tosca_maps import WAYS
from .tosca_types import KEPT_ON_UNIT
from .yamltext import Path, YamlText, parse_yaml

ReadFile = Callable[[str], bytes | None]
"""Gives a file of the package by its name, or None."""

IMPORTS_MAX = 32


class Template(NamedTuple):
    """What a service template says."""

    appd: AppD
    faults: list[Fault]
    charts: dict[str, str]
    """Helm charts: file in the package by the artifact's name."""


def read_template(entry: str, read_file: ReadFile) -> Template:
    """Return the AppD in the template ``entry`` and the faults of its content.

    Raises FaultsFound where no AppD can be made of it.
    """
    raw = read_file(entry)
    if raw is None:
        remedy = "Correct Entry-Definitions in TOSCA-Metadata/TOSCA.meta."
        raise FaultsFound([Fault("template-missing", f"There is no {entry}.", remedy, file=entry)])
    return _Template(parse_yaml(raw, entry), read_file).read()


@dataclass
class _Template:
    text: YamlText
    read_file: ReadFile
    types: Plain = field(default_factory=dict)
    reader: ToscaReader = field(init=False)
    wire: Plain = field(default_factory=dict)
    charts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reader = ToscaReader(self.text)

    def read(self) -> Template:
        self.check_head()
        self.imports(self.text, set())
        self.types |= mapping(self.text.value.get("node_types"))
        nodes = self.nodes()
        found = [name for name, node in nodes.items() if shape.APP in self.lineage(node)]
        if len(found) != 1:
            raise self.refuse(
                "template-app",
                f"{len(found)} nodes are of a type derived from {shape.APP}; one is needed.",
                "Give the application one node, of its own type derived from it.",
                NODES,
            )
        self.app(found[0], nodes[found[0]])
        for name, node in nodes.items():
            self.part(name, node)
        self.container_images(nodes)
        structure = Shape(self.text, nodes, self.types, self.lineage)
        faults = [
            *structure.faults(found[0]),
            *structure.strange_faults(self.reader.strange),
        ]
        try:
            appd = checked_appd(self.wire, self.text, self.reader.places)
        except FaultsFound as wrong:
            raise FaultsFound([*wrong.faults, *faults]) from wrong
        places = self.reader.places
        faults += [
            each.at(self.text.file, self.text.line(nearest(places, path_of(each.field or ""))))
            for each in faults_of(appd)
        ]
        return Template(appd, faults, self.charts)

    def check_head(self) -> None:
        value = self.text.value
        version = value.get("tosca_definitions_version") if isinstance(value, dict) else None
        if version != shape.TOSCA_VERSION:
            raise self.refuse(
                "template-version",
                f"tosca_definitions_version is {version!r}.",
                f"Write tosca_definitions_version: {shape.TOSCA_VERSION}.",
                ("tosca_definitions_version",),
            )

    def imports(self, text: YamlText, seen: set[str]) -> None:
        """Take in the node types of every file that the template imports from its package."""
        listed = text.value.get("imports") if isinstance(text.value, dict) else None
        for number, each in enumerate(listed if isinstance(listed, list) else ()):
            name = each.get("file", each) if isinstance(each, dict) else each
            base = posixpath.basename(str(name))
            if base in shape.KNOWN_IMPORTS and (":" in str(name) or self.file(text, name) is None):
                continue
            raw = self.file(text, name)
            if raw is None or len(seen) > IMPORTS_MAX:
                raise FaultsFound(
                    [
                        text.fault(
                            "template-import",
                            f"{name} cannot be imported: it is not in the package.",
                            "Put the file into the package and name it by its relative path.",
                            ("imports", number),
                        )
                    ]
                )
            place = self.resolved(text, name)
            if place in seen:
                continue
            seen.add(place)
            inner = parse_yaml(raw, place)
            self.imports(inner, seen)
            if isinstance(inner.value, dict):
                self.types |= mapping(inner.value.get("node_types"))

    def resolved(self, text: YamlText, name: object) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(text.file), str(name)))

    def file(self, text: YamlText, name: object) -> bytes | None:
        place = self.resolved(text, name)
        if ":" in str(name) or name_fault(place):
            return None
        return self.read_file(place)

    def nodes(self) -> dict[str, Plain]:
        topology = mapping(self.text.value.get("topology_template"))
        nodes = mapping(topology.get("node_templates"))
        return {name: node for name, node in nodes.items() if isinstance(node, dict)}

    def lineage(self, node: Plain) -> list[str]:
        """Return the node's type and all types that it is derived from."""
        found: list[str] = []
        kind = node.get("type")
        while isinstance(kind, str) and kind not in found:
            found.append(kind)
            kind = mapping(self.types.get(kind)).get("derived_from")
        return found

    def properties(self, node: Plain) -> Plain:
        """Return a node's properties, with the defaults of its types."""
        found: Plain = {}
        for kind in reversed(self.lineage(node)):
            for name, each in mapping(mapping(self.types.get(kind)).get("properties")).items():
                if isinstance(each, dict) and "default" in each:
                    found[name] = each["default"]
        return found | mapping(node.get("properties"))

    def app(self, name: str, node: Plain) -> None:
        at: Path = (*NODES, name, "properties")
        self.reader.places[()] = at
        properties = self.properties(node)
        names = shape.IDENTITY | {each: each for each in shape.DIRECT}
        for each in msgspec.structs.fields(AppD):
            if (known := names.get(each.name)) in properties:
                self.put(each.name, properties[known], (*at, known))
        versions = properties.get("mec_version")
        if versions is not None:
            joined = ",".join(map(str, versions)) if isinstance(versions, list) else versions
            self.put("mec_version", joined, (*at, "mec_version"))
        operations = mapping(properties.get("lcm_operations_configuration"))
        place = (*at, "lcm_operations_configuration")
        self.reader.strange += [
            Strange((*place, each), shape.LCM_OPERATIONS)
            for each in operations
            if each not in shape.LCM_OPERATIONS
        ]
        for known, operation in shape.OPERATIONS.items():
            if operation in operations:
                self.put(known, operations[operation], (*place, operation))

    def put(self, name: str, value: Any, at: Path) -> None:
        """Read ``value`` as the AppD's field ``name``."""
        known = FIELDS[name]
        self.wire[known.encode_name] = self.reader.read(value, known.type, at, (known.encode_name,))

    def part(self, name: str, node: Plain) -> None:
        kinds = self.lineage(node)
        properties = self.properties(node)
        at: Path = (*NODES, name, "properties")
        identifier = str(mapping(node.get("metadata")).get("id", name))
        self.artifacts(name, node)
        if shape.COMPUTE in kinds:
            self.compute(name, node, identifier)
        elif shape.CONTAINER in kinds:
            data = properties | {"os_container_desc_id": identifier}
            self.append("osContainerDescriptor", data, OsContainerDescriptor, at)
        elif shape.UNIT in kinds:
            for known, property_ in shape.ON_UNIT.items():
                if property_ in properties:
                    value = properties[property_]
                    if property_ in KEPT_ON_UNIT:
                        value = WAYS[KEPT_ON_UNIT[property_]].back(value)
                    self.put(known, value, (*at, property_))
        elif shape.MCIOP in kinds:
            self.wire["mciopId"] = identifier
        elif set(shape.CONNECTION_POINTS) & set(kinds):
            self.append("appExtCpd", properties | {"cpd_id": identifier}, AppExternalCpd, at)
        else:
            self.storage(kinds, properties | {"id": identifier}, at)

    def append(self, where: str, data: Plain, kind: Any, at: Path) -> None:
        items = self.wire.setdefault(where, [])
        items.append(self.reader.read(data, kind, at, (where, len(items))))

    def compute(self, name: str, node: Plain, identifier: str) -> None:
        inner = mapping(mapping(node.get("capabilities")).get("virtual_compute"))
        data = mapping(inner.get("properties")) | {"virtual_compute_desc_id": identifier}
        at = (*NODES, name, "capabilities", "virtual_compute", "properties")
        wire: Path = ("virtualComputeDescriptor",)
        read = self.reader.read(data, VirtualComputeDescriptor, at, wire)
        self.wire["virtualComputeDescriptor"] = read

    def storage(self, kinds: list[str], data: Plain, at: Path) -> None:
        for kind, (node_type, _) in shape.STORAGE.items():
            if node_type in kinds:
                for name in ("block", "object", "file"):
                    if (inner := data.pop(f"virtual_{name}_storage_data", None)) is not None:
                        data[f"{name}_storage_data"] = inner
                data["type_of_storage"] = kind
                self.append("virtualStorageDescriptor", data, VirtualStorageDescriptor, at)

    def artifacts(self, name: str, node: Plain) -> None:
        for identifier, each in mapping(node.get("artifacts")).items():
            if isinstance(each, dict) and each.get("type") == shape.HELM_CHART:
                self.charts[identifier] = str(each.get("file"))
            if not isinstance(each, dict) or each.get("type") != shape.SW_IMAGE:
                continue
            data = mapping(each.get("properties")) | {"id": identifier}
            if isinstance(each.get("file"), str):
                data["sw_image"] = each["file"]
            at = (*NODES, name, "artifacts", identifier, "properties")
            images = self.wire.setdefault("swImageDescriptor", [])
            if all(image.get("id") != identifier for image in images):
                self.append("swImageDescriptor", data, SwImageDescriptor, at)

    def container_images(self, nodes: dict[str, Plain]) -> None:
        """Let each container that names no image run the one that is its own artifact."""
        own = [
            [*mapping(node.get("artifacts"))]
            for node in nodes.values()
            if shape.CONTAINER in self.lineage(node)
        ]
        for wire, names in zip(self.wire.get("osContainerDescriptor", ()), own, strict=False):
            if names and isinstance(wire, dict):
                wire.setdefault("swImageDesc", names[0])

    def refuse(self, code: str, sentence: str, remedy: str, path: Path) -> FaultsFound:
        return FaultsFound([self.text.fault(code, sentence, remedy, path)])


FIELDS = {each.name: each for each in msgspec.structs.fields(AppD)}
