"""``app.yaml`` as it is written: names, types, and what is done to a value before it is judged.

Ours: a short form of the AppD. Never looks at the files that it names: ``project`` does.
"""

from typing import Any

import msgspec

from .faults import Fault, FaultsFound
from .yamltext import Path, YamlText, field_name

UNRELEASED = "1980-01-01T00:00:00Z"
HELP = "The guide 'app.yaml' lists the names: wayside app new writes one that works."


class ContainerFile(msgspec.Struct, frozen=True, kw_only=True):
    """One container of ``app.yaml``. Units are in the names."""

    name: str
    """Becomes its ``osContainerDescId``."""
    files: str = "files"
    """The folder that becomes ``/app`` in the image."""
    run: tuple[str, ...] = ()
    """What is executed, in ``/app``."""
    env: dict[str, str] = {}
    image: str | None = None
    """Instead of ``files``: an OCI image in a tar; ``run`` and ``env`` then change its own."""
    build: str | None = None
    """Instead of all of these: a folder with a Containerfile (or Dockerfile)."""
    cpu_milli: int = 100
    memory_mb: int = 64
    storage_gb: float | None = None


class AppFile(msgspec.Struct, frozen=True, kw_only=True):
    """``app.yaml``: one container at the top, or several in ``containers``."""

    id: str
    """The AppD's appDId."""
    name: str
    provider: str
    version: str
    """Of the software and, unless ``descriptor_version`` says otherwise, of the descriptor."""
    descriptor_version: str | None = None
    description: str
    mec_version: str = "3.1.1"
    released: str = UNRELEASED
    """When this version was released, RFC 3339; fixed, so that a build can be repeated."""
    files: str = "files"
    run: tuple[str, ...] = ()
    env: dict[str, str] = {}
    image: str | None = None
    build: str | None = None
    cpu_milli: int = 100
    memory_mb: int = 64
    storage_gb: float | None = None
    containers: tuple[ContainerFile, ...] = ()
    """Several containers that share the instance's network; then none is described at the top."""
    chart: str | None = None
    """A Helm chart (.tgz) for MEC hosts that have Kubernetes."""
    latency_ms: float | None = None
    """One way, between device and instance."""
    appd: dict[str, Any] = {}
    """Attributes of the AppD, spelt as MEC 010-2 spells them; they win over the short form."""


OF_CONTAINERS = tuple(
    each.name for each in msgspec.structs.fields(ContainerFile) if each.name != "name"
)
"""Names that describe a container: at the top for the only one, else inside ``containers``."""


def read_app_file(text: YamlText) -> AppFile:
    """Return what ``text`` says; raises FaultsFound with a fault for each name and value."""
    reading = _Reading(text)
    data = text.value if isinstance(text.value, dict) else {}
    given = reading.struct(data, AppFile, ())
    listed = data.get("containers")
    if isinstance(listed, list):
        given["containers"] = reading.containers(listed)
        for name in OF_CONTAINERS:
            if name in data:
                sentence = f"{name} stands beside containers, so it is nobody's."
                remedy = "Move it into the container that it is of."
                reading.faults.append(text.fault("project-containers", sentence, remedy, (name,)))
    if reading.faults:
        raise FaultsFound(reading.faults)
    return AppFile(**given)


class _Reading:
    def __init__(self, text: YamlText) -> None:
        self.text = text
        self.faults: list[Fault] = []

    def struct(self, data: dict[str, Any], kind: type[Any], at: Path) -> dict[str, Any]:
        """Return the values of ``data`` that fit ``kind``; the others become faults."""
        known = {each.name: each for each in msgspec.structs.fields(kind)}
        for name in data:
            if name not in known:
                place = (*at, name)
                self.fault("project-name", f"{field_name(place)} is not known here.", place)
        read: dict[str, Any] = {}
        for name, each in known.items():
            place = (*at, name)
            if name not in data:
                if each.required:
                    self.fault("project-missing", f"{field_name(place)} is missing.", at)
            elif name != "containers" or not isinstance(data[name], list):
                self.value(data[name], each.type, place, read)
        return read

    def value(self, value: Any, kind: Any, at: Path, read: dict[str, Any]) -> None:
        if kind is str or kind == str | None:
            value = self.as_written(value, at)
        elif kind == dict[str, str] and isinstance(value, dict):
            value = {name: self.as_written(each, (*at, name)) for name, each in value.items()}
        try:
            read[str(at[-1])] = msgspec.convert(value, kind)
        except msgspec.ValidationError as fault:
            why = str(fault).partition(" - at ")[0]
            self.fault("project-type", f"{field_name(at)}: {why}.", at)

    def as_written(self, value: Any, at: Path) -> Any:
        """Return a number as its text: ``version: 1.10`` is meant as it is written."""
        return self.text.texts[at] if isinstance(value, int | float) else value

    def containers(self, listed: list[Any]) -> tuple[ContainerFile, ...]:
        found = []
        for number, each in enumerate(listed):
            at: Path = ("containers", number)
            if not isinstance(each, dict):
                self.fault("project-type", f"{field_name(at)} is no mapping.", at)
                continue
            before = len(self.faults)
            given = self.struct(each, ContainerFile, at)
            if len(self.faults) == before:
                found.append(ContainerFile(**given))
        return tuple(found)

    def fault(self, code: str, sentence: str, at: Path) -> None:
        self.faults.append(self.text.fault(code, sentence, HELP, at))
