"""From ``app.yaml`` to an AppD under wire names, and where each of its attributes comes from.

Pure. Never judges the AppD: ``appd_text`` and ``model.appd_checks`` do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from .app_file import OF_CONTAINERS, AppFile, ContainerFile
from .yamltext import Path

CHARTS = "Artifacts/Deployment/Charts"
WORKLOAD = "Deployment"
"""What the containers would be to Kubernetes; NFV-SOL 001 clause 6.8.13 wants it said."""
IMAGE_ID = "image"
"""Of the only container's image; where there are several, an image is called as its container."""

Wire = dict[str, Any]
Places = dict[Path, Path]


@dataclass(frozen=True)
class ContainerPlan:
    """A container of a project: what it is, where it stands, and which image it runs."""

    container: ContainerFile
    at: Path
    image_id: str
    image_file: str
    """The image's name in the package."""


def container_plans(file: AppFile) -> tuple[ContainerPlan, ...]:
    """Return the containers of ``file``; those that name the same archive share one image."""
    if not file.containers:
        of_only = {name: getattr(file, name) for name in OF_CONTAINERS}
        only = ContainerFile(name=safe_name(file.name), **of_only)
        return (ContainerPlan(only, (), IMAGE_ID, image_file(only.name)),)
    plans: list[ContainerPlan] = []
    first: dict[str, ContainerPlan] = {}
    for number, each in enumerate(file.containers):
        plan = ContainerPlan(each, ("containers", number), each.name, image_file(each.name))
        if each.image is not None and not each.run and not each.env:
            shared = first.setdefault(each.image, plan)
            plan = ContainerPlan(each, plan.at, shared.image_id, shared.image_file)
        plans.append(plan)
    return tuple(plans)


def appd_of(file: AppFile, plans: tuple[ContainerPlan, ...]) -> tuple[Wire, Places]:
    """Return the AppD under wire names, and where each attribute stands in ``app.yaml``."""
    wire: Wire = {
        "appDId": file.id,
        "appName": file.name,
        "appProvider": file.provider,
        "appSoftVersion": file.version,
        "appDVersion": file.descriptor_version or file.version,
        "mecVersion": file.mec_version,
        "appDescription": file.description,
        "swImageDescriptor": list(_images(file, plans)),
        "osContainerDescriptor": [_container(file, plan) for plan in plans],
        "appExtCpd": [{"cpdId": "eth0", "layerProtocol": ["IPV4"]}],
        "mcioIdentificationData": {"name": safe_name(file.name), "type": WORKLOAD},
    }
    if file.latency_ms is not None:
        wire["appLatency"] = {"maxLatency": round(file.latency_ms * 1_000_000)}
    if file.chart is not None:
        wire["mciopId"] = safe_name(PurePosixPath(file.chart).stem)
    if "virtualComputeDescriptor" in file.appd:
        del wire["osContainerDescriptor"], wire["mcioIdentificationData"]
    return wire | file.appd, _places(file, plans)


def image_file(name: str) -> str:
    """Return the name in the package of an image that is made."""
    return f"Artifacts/Images/{safe_name(name)}.tar"


def chart_file(file: AppFile) -> str | None:
    """Return the name in the package of the project's Helm chart, if any."""
    return None if file.chart is None else f"{CHARTS}/{PurePosixPath(file.chart).name}"


def safe_name(name: str) -> str:
    """Return ``name`` as a file's name: letters, digits, dots, dashes and underscores."""
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in name)
    return kept.strip("-") or "app"


def _places(file: AppFile, plans: tuple[ContainerPlan, ...]) -> Places:
    places: Places = {
        (): (),
        ("appDId",): ("id",),
        ("appName",): ("name",),
        ("appProvider",): ("provider",),
        ("appSoftVersion",): ("version",),
        ("appDVersion",): ("version",),
        ("mecVersion",): ("mec_version",),
        ("appDescription",): ("description",),
        ("swImageDescriptor",): ("image",),
        ("osContainerDescriptor",): ("containers" if file.containers else "run",),
        ("appLatency",): ("latency_ms",),
        ("mciopId",): ("chart",),
    }
    for number, plan in enumerate(plans if file.containers else ()):
        at: Path = ("osContainerDescriptor", number)
        places |= {at: plan.at, (*at, "osContainerDescId"): (*plan.at, "name")}
    return places | {(name,): ("appd", name) for name in file.appd}


def _images(file: AppFile, plans: tuple[ContainerPlan, ...]) -> Iterator[Wire]:
    told: set[str] = set()
    for plan in plans:
        if plan.image_id not in told:
            told.add(plan.image_id)
            yield {
                "id": plan.image_id,
                "name": plan.container.name if file.containers else file.name,
                "version": file.version,
                "containerFormat": "OCI",
                "swImage": plan.image_file,
            }


def _container(file: AppFile, plan: ContainerPlan) -> Wire:
    wanted = plan.container
    storage = {} if wanted.storage_gb is None else {
        "requestedEphemeralStorageResources": wanted.storage_gb,
        "ephemeralStorageResourceLimit": wanted.storage_gb,
    }  # fmt: skip
    return {
        "osContainerDescId": wanted.name,
        "name": wanted.name if file.containers else file.name,
        "description": file.description,
        "requestedCpuResources": wanted.cpu_milli,
        "cpuResourceLimit": wanted.cpu_milli,
        "requestedMemoryResources": wanted.memory_mb,
        "memoryResourceLimit": wanted.memory_mb,
        "swImageDesc": plan.image_id,
    } | storage
