"""An application of several containers: built, checked, and given back each with its image."""

from pathlib import Path

import pytest
from tests.csar.images import archive, entry
from tests.csar.packages import DEV, NOW, contents, project

from wayside.csar.build import build_package
from wayside.csar.lint import lint
from wayside.csar.package import Package, open_package

APP = """\
id: shop-1.0
name: shop
provider: Example
version: "1.0"
description: A shop and its shelf.
containers:
  - name: web
    files: files
    run: [python3, main.py]
    env: {PORT: 8080}
    cpu_milli: 250
    memory_mb: 128
  - name: shelf
    image: shelf.tar
    storage_gb: 0.5
  - name: second-shelf
    image: shelf.tar
"""


def built(folder: Path, app: str = APP) -> Path:
    project(folder, app)
    archive(folder / "shelf.tar", [entry("bin/shelf")], run={"Cmd": ["/bin/shelf"]})
    return build_package(folder)


def opened(folder: Path) -> Package:
    return open_package(built(folder), DEV, now=NOW)


def test_each_container_comes_back_with_what_it_may_use_and_what_it_runs(tmp_path: Path) -> None:
    with opened(tmp_path / "shop") as package:
        web, shelf, second = package.containers
    assert [each.descriptor.os_container_desc_id for each in (web, shelf, second)] == [
        "web", "shelf", "second-shelf",
    ]  # fmt: skip
    assert (web.descriptor.cpu_resource_limit, web.descriptor.memory_resource_limit) == (250, 128)
    assert web.image.config is not None
    assert web.image.config.argv == ("python3", "main.py")
    assert web.image.config.env == ("PORT=8080",)
    assert shelf.image.config is not None
    assert shelf.image.config.argv == ("/bin/shelf",)
    assert shelf.descriptor.ephemeral_storage_resource_limit == 0.5


def test_containers_of_one_archive_share_one_image(tmp_path: Path) -> None:
    with opened(tmp_path / "shop") as package:
        assert [image.descriptor.id for image in package.images] == ["web", "shelf"]
        assert package.containers[1].image == package.containers[2].image
        package.copy_image("shelf", tmp_path / "copy.tar")
    assert (tmp_path / "copy.tar").read_bytes() == (tmp_path / "shop" / "shelf.tar").read_bytes()


def test_the_package_lists_every_image_with_its_hash(tmp_path: Path) -> None:
    package = built(tmp_path / "shop")
    manifest = contents(package)["shop.mf"]
    for name in ("web", "shelf"):
        assert f"Source: Artifacts/Images/{name}.tar".encode() in manifest
    assert lint(package, now=NOW) == []


def test_a_container_that_no_image_has_been_given_is_found(tmp_path: Path) -> None:
    lacking = APP + 'appd: {swImageDescriptor: [{id: web, name: web, version: "1", '
    lacking += "containerFormat: OCI, swImage: shelf.tar}]}\n"
    project(tmp_path / "shop", lacking)
    archive(tmp_path / "shop" / "shelf.tar", [entry("bin/shelf")])
    found = lint(tmp_path / "shop", now=NOW)
    assert [(fault.code, fault.line) for fault in found] == [
        ("appd-image-reference", 13),
        ("appd-image-reference", 16),
    ]


@pytest.mark.parametrize(
    ("was", "becomes", "code", "line", "said"),
    [
        ("containers:", "files: files\ncontainers:", "project-containers", 6, "nobody's"),
        ("    cpu_milli: 250", "    cpu_milli: much", "project-type", 11, "containers[0].cpu"),
        ("    cpu_milli: 250", "    cpu: 250", "project-name", 11, "containers[0].cpu"),
        ("    memory_mb: 128", "    memory_mb: 0", "project-amount", 12, "memory_mb"),
        ("  - name: web\n    files: files", "  - files: files", "project-missing", 7, "name"),
        (
            "    image: shelf.tar\n    st",
            "    image: gone.tar\n    st",
            "project-image",
            14,
            "gone",
        ),
        ("    run: [python3, main.py]\n", "", "project-run", 7, "executed"),
        ("name: second-shelf", "name: shelf", "appd-id-twice", 6, "shelf"),
        ("name: second-shelf", "name: ../shelf", "project-container", 16, "../shelf"),
        ("  - name: web", "  - web\n  - name: web", "project-type", 7, "containers[0]"),
    ],
)
def test_a_fault_in_a_container_has_its_line(
    tmp_path: Path, was: str, becomes: str, code: str, line: int, said: str
) -> None:
    assert was in APP
    project(tmp_path / "shop", APP.replace(was, becomes, 1))
    archive(tmp_path / "shop" / "shelf.tar", [entry("bin/shelf")])
    found = {fault.code: fault for fault in lint(tmp_path / "shop", now=NOW)}
    assert code in found, found
    assert found[code].line == line, str(found[code])
    assert said in str(found[code])
    assert found[code].remedy


def test_a_disk_of_a_virtual_machine_is_taken_from_the_project(tmp_path: Path) -> None:
    app = """\
id: vm-1.0
name: vm
provider: Example
version: "1.0"
description: A virtual machine.
appd:
  virtualComputeDescriptor:
    virtualComputeDescId: small
    virtualCpu: {numVirtualCpu: 1}
    virtualMemory: {virtualMemSize: 512}
  swImageDescriptor:
    - {id: disk, name: disk, version: "1", containerFormat: BARE, diskFormat: QCOW2,
       minDisk: 1, swImage: Images/disk.qcow2}
"""
    folder = project(tmp_path / "vm", app)
    (fault,) = lint(folder, now=NOW)
    assert (fault.code, fault.line) == ("project-image", 13)
    (folder / "Images").mkdir()
    (folder / "Images" / "disk.qcow2").write_bytes(b"QFI\xfb")
    with open_package(build_package(folder), DEV, now=NOW) as package:
        assert package.containers == ()
        (image,) = package.images
        assert (image.file, image.size_bytes, image.config) == ("Images/disk.qcow2", 4, None)
        assert image.descriptor.checksum is not None
