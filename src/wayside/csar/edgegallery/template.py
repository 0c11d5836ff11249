"""From EdgeGallery's service template and SwImageDesc.json to an AppD.

Its VNF node, compute nodes, connection points and configuration node are read; what else it says
has no counterpart and is told. Never opens an image.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from wayside.csar.appd_text import checked_appd, nearest, path_of
from wayside.csar.faults import Fault, FaultsFound
from wayside.csar.template_checks import NODES, TOPOLOGY, mapping
from wayside.csar.template_reading import Template
from wayside.csar.yamltext import Path, YamlText, parse_yaml
from wayside.model.appd_checks import faults_of

from .rules import Spelling

VERSION = "tosca_simple_profile_yaml_1_2"
APP = "tosca.nodes.nfv.VNF"
COMPUTE = "tosca.nodes.nfv.Vdu.Compute"
POINT = "tosca.nodes.nfv.VduCp"
CONFIGURATION = "tosca.nodes.nfv.app.configuration"
IMAGES = "Image/SwImageDesc.json"
CHARTS = "Artifacts/Deployment/Charts/"
MEC_VERSION = "3.1.1"
CONTAINER = "container"
SHA256 = re.compile(r"^[0-9a-fA-F]{64}$")
IDENTITY = {
    "appDId": "vnfd_id",
    "appDVersion": "vnfd_version",
    "appProvider": "provider",
    "appName": "product_name",
    "appSoftVersion": "software_version",
    "appInfoName": "product_info_name",
    "appDescription": "product_info_description",
}
ReadFile = Callable[[str], bytes | None]


def read_edgegallery_template(
    entry: str, files: Sequence[str], read_file: ReadFile, *, app_class: str | None = None
) -> tuple[Template, list[str]]:
    """Return what the template ``entry`` says and notes on what was left out or assumed.

    ``files`` are the package's, ``app_class`` is what its manifest says: of an application in
    containers the images are often described as bare disks. Raises FaultsFound where no AppD can be
    made of it.
    """
    documents = _document(entry, read_file), _document(IMAGES, read_file)
    return _Reader(*documents, files, in_containers=app_class == CONTAINER).read()


def _document(name: str, read_file: ReadFile) -> YamlText:
    raw = read_file(name)
    if raw is None:
        remedy = "Put it into the package, or correct Entry-Definitions."
        raise FaultsFound([Fault("template-missing", f"There is no {name}.", remedy, file=name)])
    return parse_yaml(raw, name)


@dataclass
class _Reader:
    text: YamlText
    listed: YamlText
    files: Sequence[str]
    in_containers: bool
    """As the manifest says; else each image's own format tells."""
    wire: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Descriptors by the names that the template calls the images by."""

    def read(self) -> tuple[Template, list[str]]:
        self.check_head()
        self.places[()] = NODES
        self.images = dict(self.described())
        self.identity()
        self.points()
        self.parts()
        self.configuration()
        charts = self.charts()
        self.note_rest()
        appd = checked_appd(self.wire, self.text, self.places)
        faults = [
            each.at(self.text.file, self.text.line(nearest(self.places, path_of(each.field or ""))))
            for each in faults_of(appd)
        ]
        return Template(appd, faults, charts), self.notes

    def check_head(self) -> None:
        head = mapping(self.text.value).get("tosca_definitions_version")
        if head != VERSION:
            sentence = (
                f"tosca_definitions_version is {head!r} in a package of EdgeGallery's layout."
            )
            raise self.refuse("template-version", sentence, f"Write {VERSION}.")

    def nodes(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        topology = mapping(mapping(self.text.value).get("topology_template"))
        nodes = mapping(topology.get("node_templates"))
        return [(name, each) for name, each in nodes.items() if mapping(each).get("type") == kind]

    def only(self, kind: str) -> tuple[str, dict[str, Any]]:
        found = self.nodes(kind)
        if len(found) != 1:
            sentence = f"{len(found)} nodes are of type {kind}; one is needed."
            raise self.refuse("template-app", sentence, "Keep one.", NODES)
        return found[0]

    def valued(self, value: Any) -> Any:
        """Return ``value``, or the default of the input that it asks for."""
        if isinstance(value, dict) and value.keys() == {"get_input"}:
            topology = mapping(mapping(self.text.value).get("topology_template"))
            given = mapping(mapping(topology.get("inputs")).get(str(value["get_input"])))
            if given.get("default") is None:
                sentence = f"Input {value['get_input']} has no default, and nothing gives a value."
                raise self.refuse("template-input", sentence, "Give it a default.", TOPOLOGY)
            return given["default"]
        return value

    def identity(self) -> None:
        name, node = self.only(APP)
        given = mapping(node.get("properties"))
        for attribute, property_ in IDENTITY.items():
            at = (*NODES, name, "properties", property_)
            if property_ in given:
                value = self.valued(given[property_])
                plain = isinstance(value, int | float) and value is given[property_]
                self.wire[attribute] = self.text.texts[at] if plain else value
                self.places[attribute,] = at
        self.wire.setdefault("appDescription", "")
        self.wire["mecVersion"] = MEC_VERSION
        self.notes.append(f"mecVersion is {MEC_VERSION}: EdgeGallery names no MEC version.")

    def described(self) -> Iterator[tuple[str, dict[str, Any]]]:
        listed = self.listed.value
        for number, each in enumerate(listed if isinstance(listed, list) else ()):
            data = mapping(each)
            missing = [name for name in ("name", "version", "swImage") if not data.get(name)]
            if missing:
                sentence = f"Image {number + 1} has no {', '.join(missing)}."
                fault = self.listed.fault("image-descriptor", sentence, "Add it.", (number,))
                raise FaultsFound([fault])
            yield str(data["name"]), self.image(data, number)

    def image(self, data: dict[str, Any], number: int) -> dict[str, Any]:
        packed = str(data.get("containerFormat", ""))
        formats = f"{packed}{data.get('diskFormat', '')}".lower()
        is_container = self.in_containers or "docker" in formats
        found: dict[str, Any] = {
            "id": str(data.get("id") or data["name"]),
            "name": str(data["name"]),
            "version": self.listed.texts.get((number, "version"), str(data["version"])),
            "containerFormat": "OCI" if is_container else packed.upper() or "BARE",
            "swImage": str(data["swImage"]).removeprefix("/"),
        }
        checksum = str(data.get("checksum") or "")
        if SHA256.match(checksum):
            found["checksum"] = {"algorithm": "SHA-256", "hash": checksum}
        elif checksum:
            self.notes.append(
                f"Image {found['name']}: its checksum is no SHA-256, so it is unused."
            )
        if data.get("operatingSystem"):
            found["operatingSystem"] = str(data["operatingSystem"])
        if not is_container:
            found["diskFormat"] = str(data.get("diskFormat") or "qcow2")
            kept = {name: data[name] for name in ("minDisk", "minRam") if data.get(name)}
            found |= kept
        return found

    def points(self) -> None:
        names = [name for name, _ in self.nodes(POINT)]
        if not names:
            self.notes.append("The template has no connection point: eth0 with IPv4 is assumed.")
        self.wire["appExtCpd"] = [
            {"cpdId": name, "layerProtocol": ["IPV4"]} for name in names or ["eth0"]
        ]

    def parts(self) -> None:
        """Make a container of each image of each pod, or the one virtual machine."""
        pods = [(name, node, self.of(name, node)) for name, node in self.nodes(COMPUTE)]
        used = [image for _, _, images in pods for image in images]
        self.wire["swImageDescriptor"] = [each for each in self.images.values() if each in used]
        if used and all(image["containerFormat"] == "OCI" for image in used):
            self.wire["osContainerDescriptor"] = [
                container for each in pods for container in self.containers(*each)
            ]
            return
        name, node = self.only(COMPUTE)
        cpu, memory, _ = self.amounts(name, node)
        self.wire["virtualComputeDescriptor"] = {
            "virtualComputeDescId": name,
            "virtualCpu": {"numVirtualCpu": cpu},
            "virtualMemory": {"virtualMemSize": memory},
        }

    def of(self, name: str, node: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the images that a compute node runs, which it names with commas between."""
        data = mapping(mapping(node.get("properties")).get("sw_image_data"))
        names = [each.strip() for each in str(self.valued(data.get("name", ""))).split(",")]
        strange = [each for each in names if each not in self.images]
        if strange:
            sentence = f"{name} runs image {strange[0]!r}, which {IMAGES} does not describe."
            at = (*NODES, name, "properties", "sw_image_data")
            raise self.refuse("image-unknown", sentence, "Describe it there.", at)
        return [self.images[each] for each in names]

    def containers(
        self, name: str, node: dict[str, Any], images: list[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        cpu, memory, storage = self.amounts(name, node)
        if len(images) > 1:
            self.notes.append(f"{name}: its {len(images)} containers ask for equal shares of it.")
        for image in images:
            found: dict[str, Any] = {
                "osContainerDescId": f"{name}-{image['id']}",
                "name": image["name"],
                "description": f"{image['name']} of {name}",
                "swImageDesc": image["id"],
                "requestedCpuResources": cpu * 1000 // len(images),
                "requestedMemoryResources": memory / len(images),
                "cpuResourceLimit": cpu * 1000,
                "memoryResourceLimit": memory,
            }
            if storage:
                found["requestedEphemeralStorageResources"] = storage / len(images)
                found["ephemeralStorageResourceLimit"] = storage
            yield found

    def amounts(self, name: str, node: dict[str, Any]) -> tuple[int, float, float]:
        """Return cores, MB of memory and GB of storage."""
        compute = mapping(mapping(node.get("capabilities")).get("virtual_compute"))
        given = mapping(compute.get("properties"))
        found = []
        for group, property_ in (
            ("virtual_cpu", "num_virtual_cpu"),
            ("virtual_memory", "virtual_mem_size"),
            ("virtual_local_storage", "size_of_storage"),
        ):
            value = self.valued(mapping(given.get(group)).get(property_, 0))
            try:
                found.append(float(value))
            except (TypeError, ValueError):
                at = (*NODES, name, "capabilities", "virtual_compute", "properties", group)
                sentence = f"{name}: {property_} is {value!r}, not a number."
                raise self.refuse("template-type", sentence, "Write a number.", at) from None
        return int(found[0]), found[1], found[2]

    def configuration(self) -> None:
        for name, node in self.nodes(CONFIGURATION)[:1]:
            at = (*NODES, name, "properties")
            spelling = Spelling(self.text)
            read = spelling.attributes(mapping(node.get("properties")), at)
            self.wire |= read
            self.places |= {(attribute,): (*at, attribute) for attribute in read}
            if spelling.dropped:
                self.notes.append(f"Without counterpart in an AppD: {', '.join(spelling.dropped)}.")

    def charts(self) -> dict[str, str]:
        found = [each for each in self.files if each.startswith(CHARTS) and each.endswith(".tgz")]
        if not found:
            return {}
        if "osContainerDescriptor" not in self.wire or len(found) > 1:
            self.notes.append(f"Helm charts are left aside: {', '.join(found)}.")
            return {}
        self.wire["mciopId"] = PurePosixPath(found[0]).stem
        return {self.wire["mciopId"]: found[0]}

    def note_rest(self) -> None:
        topology = mapping(mapping(self.text.value).get("topology_template"))
        left = [part for part in ("groups", "policies") if topology.get(part)]
        known = {APP, COMPUTE, POINT, CONFIGURATION}
        nodes = mapping(topology.get("node_templates"))
        left += [name for name, each in nodes.items() if mapping(each).get("type") not in known]
        if left:
            self.notes.append(f"Without counterpart in an AppD: {', '.join(left)}.")

    def refuse(self, code: str, sentence: str, remedy: str, at: Path = ()) -> FaultsFound:
        return FaultsFound([self.text.fault(code, sentence, remedy, at)])
