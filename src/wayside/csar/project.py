"""A developer's project folder: ``app.yaml`` and the files of the application.

Ours: a short form of the AppD, with the whole AppD at hand under ``appd`` where it is too short.
Never writes anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from wayside.model.appd import AppD
from wayside.model.appd_checks import faults_of
from wayside.model.images import ChecksumData

from .appd_text import checked_appd, nearest, path_of
from .faults import Fault, FaultsFound
from .image import HOST_BASE, ImageConfig
from .yamltext import Path as YamlPath
from .yamltext import YamlText, parse_yaml

PROJECT_FILES = ("app.yaml", "wayside.yaml")
UNRELEASED = "1980-01-01T00:00:00Z"
IMAGE_ID = "image"
HELP = "The guide 'app.yaml' lists the names: wayside app new writes one that works."


class AppFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``app.yaml``. Units are in the names."""

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
    """The folder that becomes ``/app`` in the image."""
    run: tuple[str, ...] = ()
    """What is executed, in ``/app``."""
    env: dict[str, str] = {}
    image: str | None = None
    """Instead of ``files`` and ``run``: an OCI image layout in a tar that another tool made."""
    cpu_milli: int = 100
    memory_mb: int = 64
    storage_gb: float | None = None
    latency_ms: float | None = None
    """One way, between device and instance."""
    appd: dict[str, Any] = {}
    """Attributes of the AppD, spelt as MEC 010-2 spells them; they win over the short form."""


@dataclass(frozen=True)
class Project:
    """A project as read. ``appd`` lacks the image's size and checksum until it is built."""

    folder: Path
    file: AppFile
    appd: AppD
    faults: tuple[Fault, ...]

    @property
    def image_config(self) -> ImageConfig:
        """How the image that is made of ``files`` wants to be run."""
        env = tuple(f"{name}={value}" for name, value in sorted(self.file.env.items()))
        return ImageConfig(entrypoint=self.file.run, env=env, cwd="/app", base=HOST_BASE)

    def appd_with(self, *, size_bytes: int, sha256: str) -> AppD:
        """Return the AppD with what is known of the image once it is built."""
        checksum = ChecksumData(algorithm="SHA-256", hash=sha256)
        images = tuple(
            msgspec.structs.replace(image, size=size_bytes, checksum=checksum)
            if image.id == IMAGE_ID
            else image
            for image in self.appd.sw_image_descriptor
        )
        return msgspec.structs.replace(self.appd, sw_image_descriptor=images)


def read_project(folder: Path) -> Project:
    """Return the project in ``folder``; raises FaultsFound where no AppD can be made of it."""
    name = next((each for each in PROJECT_FILES if (folder / each).is_file()), None)
    if name is None:
        sentence = f"{folder} has no {PROJECT_FILES[0]}, so it is no project."
        raise FaultsFound([Fault("project-missing", sentence, "Make one: wayside app new NAME.")])
    text = parse_yaml((folder / name).read_bytes(), name)
    file = _app_file(text)
    wire, places = _appd_of(file)
    unknown = _unknown_attributes(file, text)
    if unknown:
        raise FaultsFound(unknown)
    appd = checked_appd(wire, text, places)
    faults = [
        each.at(text.file, text.line(nearest(places, path_of(each.field or ""))))
        for each in faults_of(appd)
    ]
    return Project(folder, file, appd, (*faults, *_file_faults(folder, file, text)))


def _app_file(text: YamlText) -> AppFile:
    data = text.value if isinstance(text.value, dict) else {}
    faults: list[Fault] = []
    known = {each.name: each for each in msgspec.structs.fields(AppFile)}
    for name in data:
        if name not in known:
            sentence = f"{name} is not known here."
            faults.append(text.fault("project-name", sentence, HELP, (name,)))
    read: dict[str, Any] = {}
    for name, each in known.items():
        if name not in data:
            if each.required:
                faults.append(text.fault("project-missing", f"{name} is missing.", HELP))
            continue
        value = data[name]
        if each.type in (str, str | None) and isinstance(value, int | float):
            value = text.texts[(name,)]  # version: 1.0 is meant as it is written
        try:
            read[name] = msgspec.convert(value, each.type)
        except msgspec.ValidationError as fault:
            sentence = f"{name}: {str(fault).partition(' - at ')[0]}."
            faults.append(text.fault("project-type", sentence, HELP, (name,)))
    if faults:
        raise FaultsFound(faults)
    return AppFile(**read)


def _unknown_attributes(file: AppFile, text: YamlText) -> list[Fault]:
    """A misspelt attribute would be ignored in silence, as MEC 009 asks of a receiver."""
    known = {each.encode_name for each in msgspec.structs.fields(AppD)}
    remedy = "Spell it as MEC 010-2 clause 6.2.1.2 does, such as appTrafficRule."
    return [
        text.fault("appd-unknown", f"An AppD has no {name}.", remedy, ("appd", name))
        for name in file.appd
        if name not in known
    ]


def _appd_of(file: AppFile) -> tuple[dict[str, Any], dict[YamlPath, YamlPath]]:
    """Return the AppD under wire names, and where each attribute comes from in ``app.yaml``."""
    wire: dict[str, Any] = {
        "appDId": file.id,
        "appName": file.name,
        "appProvider": file.provider,
        "appSoftVersion": file.version,
        "appDVersion": file.descriptor_version or file.version,
        "mecVersion": file.mec_version,
        "appDescription": file.description,
        "swImageDescriptor": [_image(file)],
        "osContainerDescriptor": [_container(file)],
        "appExtCpd": [{"cpdId": "eth0", "layerProtocol": ["IPV4"]}],
    }
    places: dict[YamlPath, YamlPath] = {
        (): (),
        ("appDId",): ("id",),
        ("appName",): ("name",),
        ("appProvider",): ("provider",),
        ("appSoftVersion",): ("version",),
        ("appDVersion",): ("version",),
        ("mecVersion",): ("mec_version",),
        ("appDescription",): ("description",),
        ("swImageDescriptor",): ("image",),
        ("osContainerDescriptor",): ("run",),
        ("appLatency",): ("latency_ms",),
    }
    if file.latency_ms is not None:
        wire["appLatency"] = {"maxLatency": round(file.latency_ms * 1_000_000)}
    if "virtualComputeDescriptor" in file.appd:
        del wire["osContainerDescriptor"]
    places |= {(name,): ("appd", name) for name in file.appd}
    return wire | file.appd, places


def image_file(file: AppFile) -> str:
    """Return the image's name in the package."""
    return f"Artifacts/Images/{safe_name(file.name)}.tar"


def safe_name(name: str) -> str:
    """Return ``name`` as a file's name: letters, digits, dots, dashes and underscores."""
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in name)
    return kept.strip("-") or "app"


def _image(file: AppFile) -> Mapping[str, Any]:
    return {
        "id": IMAGE_ID,
        "name": file.name,
        "version": file.version,
        "containerFormat": "OCI",
        "swImage": image_file(file),
    }


def _container(file: AppFile) -> Mapping[str, Any]:
    storage = {} if file.storage_gb is None else {
        "requestedEphemeralStorageResources": file.storage_gb,
        "ephemeralStorageResourceLimit": file.storage_gb,
    }  # fmt: skip
    return {
        "osContainerDescId": safe_name(file.name),
        "name": file.name,
        "description": file.description,
        "requestedCpuResources": file.cpu_milli,
        "cpuResourceLimit": file.cpu_milli,
        "requestedMemoryResources": file.memory_mb,
        "memoryResourceLimit": file.memory_mb,
        "swImageDesc": IMAGE_ID,
    } | storage


def _file_faults(folder: Path, file: AppFile, text: YamlText) -> list[Fault]:
    faults = []
    if file.image is not None:
        if not (folder / file.image).is_file():
            sentence = f"There is no image {file.image}."
            faults.append(text.fault("project-image", sentence, "Correct image.", ("image",)))
        return faults
    if not (folder / file.files).is_dir():
        sentence = f"There is no folder {file.files}."
        remedy = "Put the application's files there, or correct files."
        faults.append(text.fault("project-files", sentence, remedy, ("files",)))
    if not file.run:
        sentence = "run is missing: nothing says what is executed."
        faults.append(text.fault("project-run", sentence, "Write run: [python3, main.py]."))
    for name, amount in (("cpu_milli", file.cpu_milli), ("memory_mb", file.memory_mb)):
        if amount <= 0:
            sentence = f"{name} is {amount}; an application needs more."
            faults.append(text.fault("project-amount", sentence, "Write a larger one.", (name,)))
    return faults
