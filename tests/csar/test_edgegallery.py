"""Packages in EdgeGallery's layout: read into an AppD, or refused with what would mend them."""

import io
import zipfile
from pathlib import Path

import pytest
from tests.csar.edgegallery import (
    CHART,
    DESCRIPTIONS,
    IMAGES_ZIP,
    TEMPLATE,
    edgegallery,
    files_of,
    zip_of,
)
from tests.csar.packages import DEV, NOW, PROVIDER, STRICT, rewritten

from wayside.core.errors import Conflict, Forbidden
from wayside.csar.lint import findings
from wayside.csar.package import Package, open_package, package_faults
from wayside.csar.signing import sign_package, sign_whole
from wayside.csar.template_reading import read_template


def built(folder: Path, template: str = TEMPLATE, *, entry_zip: bool = True) -> Path:
    return edgegallery(folder / "shop.csar", files_of(folder, template, entry_zip=entry_zip))


def opened(package: Path) -> Package:
    return open_package(package, DEV, now=NOW)


def codes(package: Path) -> list[str]:
    return [fault.code for fault in package_faults(package, DEV, now=NOW)]


@pytest.mark.parametrize("entry_zip", [True, False], ids=["zip", "plain"])
def test_both_places_of_the_template_give_the_same_application(
    tmp_path: Path, entry_zip: bool
) -> None:
    with opened(built(tmp_path, entry_zip=entry_zip)) as package:
        appd = package.appd
    assert (appd.app_d_id, appd.app_name, appd.app_provider) == (
        "shop-descriptor", "shop", "Example",
    )  # fmt: skip
    assert (appd.app_d_version, appd.app_soft_version) == ("1.10", "v2")
    assert [each.cpd_id for each in appd.app_ext_cpd] == ["cp0"]


def test_rules_and_services_come_in_the_standards_spelling(tmp_path: Path) -> None:
    with opened(built(tmp_path)) as package:
        appd = package.appd
    (rule,), (name,), (service,) = (
        appd.app_traffic_rule,
        appd.app_dns_rule,
        appd.app_service_required,
    )
    (interface,) = rule.dst_interfaces
    assert interface.tunnel_info is not None
    assert interface.tunnel_info.tunnel_type == "GTP-U"
    assert interface.dst_ip_address == "198.51.100.7"
    assert rule.traffic_filter[0].dst_port == ("8080",)
    assert rule.traffic_filter[0].protocol == ()
    assert (name.domain_name, name.ttl) == ("shop.example", 30)
    assert (service.ser_name, service.version) == ("weather", "2.0")


def test_a_pod_becomes_containers_that_ask_for_equal_shares(tmp_path: Path) -> None:
    with opened(built(tmp_path)) as package:
        web, shelf = package.containers
        package.copy_image("web", tmp_path / "copied.tar")
    assert (tmp_path / "copied.tar").read_bytes() == (tmp_path / "web.tar").read_bytes()
    assert web.image.config is not None
    assert web.image.config.argv == ("/bin/web",)
    assert shelf.image.file == "Image/shelf.tar"
    assert web.descriptor.requested_cpu_resources == 1000
    assert web.descriptor.requested_memory_resources == 256
    assert web.descriptor.memory_resource_limit == 512


def test_the_manifest_says_that_images_described_as_disks_are_of_containers(
    tmp_path: Path,
) -> None:
    files = files_of(tmp_path, entry_zip=True)
    files[DESCRIPTIONS] = (
        files[DESCRIPTIONS]
        .replace(b'"containerFormat": "dockerImage"', b'"containerFormat": "bare"')
        .replace(b'"diskFormat": "dockerImage"', b'"diskFormat": "raw"')
    )
    with opened(edgegallery(tmp_path / "shop.csar", files)) as package:
        assert [each.image.descriptor.container_format for each in package.containers] == [
            "OCI", "OCI",
        ]  # fmt: skip


def test_a_package_below_a_folder_is_told_how_to_be_packed(tmp_path: Path) -> None:
    content = built(tmp_path).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        below = {f"shop/{name}": archive.read(name) for name in archive.namelist()}
    (tmp_path / "below.csar").write_bytes(zip_of(below))
    (fault,) = package_faults(tmp_path / "below.csar", DEV, now=NOW)
    assert "without the folder" in fault.remedy
    assert "shop/" in fault.sentence


def test_what_has_no_counterpart_is_told(tmp_path: Path) -> None:
    faults, notes = findings(built(tmp_path), now=NOW)
    said = " ".join(notes)
    assert faults == ()
    for told in ("certification_info", "serCategory", "policies", "mecVersion", "shop.md"):
        assert told in said


def test_the_descriptor_for_others_is_a_template_of_mec_037(tmp_path: Path) -> None:
    with opened(built(tmp_path)) as package:
        package.copy_descriptor(tmp_path / "descriptor.yaml")
        assert package.charts == (CHART,)
        appd = package.appd
    raw = (tmp_path / "descriptor.yaml").read_bytes()
    template = read_template("descriptor.yaml", lambda name: raw)
    assert template.faults == []
    assert template.appd == appd


def test_a_file_that_was_changed_is_found_by_its_digest(tmp_path: Path) -> None:
    package = built(tmp_path, entry_zip=False)
    assert "hash-wrong" in codes(rewritten(package, {"Image/shelf.tar": b"other"}))


def test_an_image_in_a_registry_is_refused_with_what_to_do(tmp_path: Path) -> None:
    files = files_of(tmp_path, entry_zip=True, shelf="registry.example/shop/shelf:1.0")
    (fault,) = package_faults(edgegallery(tmp_path / "shop.csar", files), DEV, now=NOW)
    assert fault.code == "image-missing"
    assert "registry.example/shop/shelf:1.0" in fault.sentence
    assert "no registry" in fault.remedy


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("simple_profile_yaml_1_2", "simple_yaml_9", "template-version"),
        ("tosca.nodes.nfv.VNF", "tosca.nodes.nfv.Other", "template-app"),
        (", default: 512", "", "template-input"),
        ("shelf:1.0", "cellar:1.0", "image-unknown"),
        ("priority: 1", "priority: high", "appd-type"),
    ],
)
def test_a_wrong_template_is_told_with_its_fault(
    tmp_path: Path, old: str, new: str, code: str
) -> None:
    assert code in codes(built(tmp_path, TEMPLATE.replace(old, new)))


def test_an_inner_zip_may_not_burst(tmp_path: Path) -> None:
    files = files_of(tmp_path, entry_zip=True)
    files[IMAGES_ZIP] = zip_of({"bomb": bytes(64 << 20)})
    found = codes(edgegallery(tmp_path / "shop.csar", files))
    assert "size-limit" in found


def test_an_inner_zip_may_not_lead_out(tmp_path: Path) -> None:
    files = files_of(tmp_path, entry_zip=True)
    files[IMAGES_ZIP] = zip_of({"../web.tar": b""})
    assert codes(edgegallery(tmp_path / "shop.csar", files)) == ["zip-name"]


def test_signing_its_manifest_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="wayside app sign --whole"):
        sign_package(built(tmp_path), tmp_path / "signed.csar", PROVIDER)
    assert not (tmp_path / "signed.csar").exists()


def test_its_own_signature_counts_for_nothing_and_one_over_the_whole_does(tmp_path: Path) -> None:
    cms = b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"
    package = edgegallery(tmp_path / "shop.csar", files_of(tmp_path, entry_zip=True), after=cms)
    with pytest.raises(Forbidden, match="not signed"):
        open_package(package, STRICT, now=NOW)
    sign_whole(package, tmp_path / "shop.zip", PROVIDER)
    with open_package(tmp_path / "shop.zip", STRICT, now=NOW) as signed:
        assert signed.signer is not None
        assert signed.signer.trusted
        assert "not judged" in " ".join(signed.notes)
