"""From a project folder to a package: AppD, image, manifest, in a zip that can be repeated.

The same project gives the same bytes. Never signs: ``signing`` does.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from wayside.core.errors import Conflict
from wayside.model.appd import AppD

from .faults import FaultsFound, problem_of_faults
from .manifest import write_manifest
from .metadata import META, ToscaMeta, write_meta
from .project import Built, Project, read_project
from .project_appd import chart_file, safe_name
from .template_shape import VNFM_INFO
from .template_writing import write_template
from .zipwriting import Pieces, write_zip

CREATED_BY = "Wayside"
SOL004_VERSIONS = "2.7.1,3.6.1"
CHANGE_LOGS = ("ChangeLog.txt", "CHANGELOG.md")
LICENSES = "Licenses"


def build_package(folder: Path, target: Path | None = None) -> Path:
    """Write the package of the project in ``folder``; return its path.

    ``target`` is a file; by default ``{name}-{version}.csar`` in ``folder``. An older build is
    replaced; nothing is written where the project has a fault. Raises Unprocessable with the
    faults, each with its line.
    """
    try:
        project = read_project(folder)
    except FaultsFound as found:
        raise problem_of_faults(found.faults) from found
    if project.faults:
        raise problem_of_faults(project.faults)
    name = safe_name(project.file.name)
    target = target or folder / f"{name}-{safe_version(project.file.version)}.csar"
    if target.is_dir():
        raise Conflict(f"{target} is a folder. Name the file that the package becomes.")
    with tempfile.TemporaryDirectory() as work:
        artifacts = {
            source.file: _built(source.made(Path(work) / f"{number}.tar"))
            for number, source in enumerate(project.images)
        }
        chart = chart_file(project.file)
        if chart is not None:
            artifacts[chart] = _built(folder / str(project.file.chart))
        write_zip(target, _files(project, artifacts, name))
    return target


def safe_version(version: str) -> str:
    """Return ``version`` as part of a file's name."""
    return "".join(each if each.isalnum() or each in ".-_" else "-" for each in version)


def _built(path: Path) -> Built:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Built(path, path.stat().st_size, digest)


def _files(project: Project, artifacts: dict[str, Built], name: str) -> dict[str, Pieces]:
    appd = project.appd_with(artifacts)
    template, manifest = f"Definitions/{name}.yaml", f"{name}.mf"
    extra, keys = _documents(project.folder)
    documents = {
        META: write_meta(ToscaMeta(template, manifest, created_by=CREATED_BY, others=keys)),
        template: write_template(appd, chart=chart_file(project.file)),
    } | extra
    digests = {each: hashlib.sha256(content).hexdigest() for each, content in documents.items()}
    digests |= {file: built.sha256 for file, built in artifacts.items()}
    documents[manifest] = write_manifest(_metadata(appd, project.file.released), digests)
    files: dict[str, Pieces] = {
        each: partial(_whole, content) for each, content in documents.items()
    }
    return files | {file: partial(_pieces, built.path) for file, built in artifacts.items()}


def _documents(folder: Path) -> tuple[dict[str, bytes], tuple[tuple[str, str], ...]]:
    """Return the change log and licences of a project, and their keys in TOSCA.meta."""
    found: dict[str, bytes] = {}
    keys: list[tuple[str, str]] = []
    log = next((folder / each for each in CHANGE_LOGS if (folder / each).is_file()), None)
    if log is not None:
        found[CHANGE_LOGS[0]] = log.read_bytes()
        keys.append(("ETSI-Entry-Change-Log", CHANGE_LOGS[0]))
    licences = sorted(path for path in folder.glob(f"{LICENSES}/*") if path.is_file())
    for path in licences:
        found[f"{LICENSES}/{path.name}"] = path.read_bytes()
    if licences:
        keys.append(("ETSI-Entry-Licenses", LICENSES))
    return found, tuple(keys)


def _metadata(appd: AppD, released: str) -> dict[str, str]:
    metadata = {
        "vnfd_id": appd.app_d_id,
        "vnf_provider_id": appd.app_provider,
        "vnf_product_name": appd.app_name,
        "vnf_release_date_time": released,
        "vnf_software_version": appd.app_soft_version,
        "vnf_package_version": appd.app_d_version,
        "compatible_specification_versions": SOL004_VERSIONS,
        "mec_versions": appd.mec_version,
        "vnfm_info": VNFM_INFO,
        "app_description": appd.app_description,
    }
    if appd.app_info_name:
        metadata["app_info_name"] = appd.app_info_name
    return metadata


def _whole(content: bytes) -> Iterator[bytes]:
    yield content


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
