"""A package is let in exactly when it is whole and, where the policy asks, signed by the right."""

import base64
import hashlib
import os
import zipfile
from pathlib import Path

import pytest
from tests.csar.packages import (
    DEV,
    NOW,
    PROVIDER,
    STRICT,
    contents,
    one_byte_off,
    project,
    rewritten,
    signed,
    unsigned,
)

from wayside.core.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    Problem,
    TooLarge,
    Unprocessable,
)
from wayside.csar.build import build_package
from wayside.csar.image import read_config
from wayside.csar.manifest import parse_manifest
from wayside.csar.package import open_package, package_faults
from wayside.csar.policy import Limits, Policy
from wayside.csar.signing import judge_signature, sign_package, sign_whole
from wayside.model.faults import Fault

MANIFEST, IMAGE = "app.mf", "Artifacts/Images/app.tar"
TEMPLATE, META = "Definitions/app.yaml", "TOSCA-Metadata/TOSCA.meta"


def refused(package: Path, policy: Policy = STRICT) -> Problem:
    with pytest.raises(Problem) as caught:
        open_package(package, policy, now=NOW)
    return caught.value


def codes(package: Path, policy: Policy = DEV) -> list[str]:
    return [fault.code for fault in package_faults(package, policy, now=NOW)]


def test_a_signed_package_is_let_in_and_gives_what_it_holds(tmp_path: Path) -> None:
    with open_package(signed(tmp_path), STRICT, now=NOW) as package:
        assert package.appd.app_d_id == "app-1.0"
        assert package.signer is not None
        assert (package.signer.subject, package.signer.trusted) == ("CN=Example", True)
        assert package.template == TEMPLATE
        assert package.read(TEMPLATE).startswith(b"tosca_definitions_version")
        (image,) = package.images
        assert (image.file, image.size_bytes) == (IMAGE, package.files[IMAGE])
        package.copy_image("image", tmp_path / "image.tar")
    assert read_config(tmp_path / "image.tar").argv == ("python3", "main.py")


def test_an_unsigned_package_is_for_developers_only(tmp_path: Path) -> None:
    package = unsigned(tmp_path)
    with open_package(package, DEV, now=NOW) as opened:
        assert opened.signer is None
    problem = refused(package)
    assert isinstance(problem, Forbidden)
    assert "not signed" in problem.detail
    assert "wayside app sign" in problem.detail


def test_signing_again_replaces_the_signature(tmp_path: Path) -> None:
    package = signed(tmp_path)
    sign_package(package, package, PROVIDER)
    assert contents(package)[MANIFEST].count(b"BEGIN CMS") == 1
    open_package(package, STRICT, now=NOW).close()


@pytest.mark.parametrize("name", [IMAGE, TEMPLATE, META])
def test_one_byte_changed_in_any_file_is_found(tmp_path: Path, name: str) -> None:
    package = signed(tmp_path)
    whole = contents(package)[name]
    changed = rewritten(package, {name: one_byte_off(whole, whole.index(b"a"))})
    for policy in (STRICT, DEV):
        assert "hash-wrong" in codes(changed, policy)


def test_one_byte_changed_in_the_manifest_is_found(tmp_path: Path) -> None:
    package = signed(tmp_path)
    whole = contents(package)[MANIFEST]
    at = whole.index(b"app_description: ") + 20
    changed = rewritten(package, {MANIFEST: one_byte_off(whole, at)})
    assert "signature-invalid" in codes(changed)
    assert isinstance(refused(changed, DEV), Forbidden)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_every_byte_of_the_signature_matters(tmp_path: Path) -> None:
    package = signed(tmp_path)
    manifest = parse_manifest(contents(package)[MANIFEST], MANIFEST)
    assert manifest.cms is not None
    der = base64.b64decode(b"".join(manifest.cms.split(b"\n")[1:-1]))
    for at in range(len(der)):
        faults: list[Fault] = []
        signer = judge_signature(
            der[:at] + bytes([der[at] ^ 0x80]) + der[at + 1 :],
            lambda name: hashlib.new(name, manifest.signed).digest(),
            (),
            policy=STRICT,
            now=NOW,
            file=MANIFEST,
            faults=faults,
        )
        assert faults and not (signer and signer.trusted), f"byte {at}"


def test_a_signature_of_another_package_is_found(tmp_path: Path) -> None:
    package = signed(tmp_path)
    (tmp_path / "b").mkdir()
    other = contents(signed(tmp_path / "b"))[MANIFEST].replace(b"BEGIN", b"BEGIN")
    own = contents(package)[MANIFEST]
    mixed = (
        own[: own.index(b"-----BEGIN")].replace(b"An app", b"My app")
        + other[other.index(b"-----BEGIN") :]
    )
    assert "signature-invalid" in codes(rewritten(package, {MANIFEST: mixed}))


def test_a_signature_taken_off_leaves_an_unsigned_package(tmp_path: Path) -> None:
    package = signed(tmp_path)
    whole = contents(package)[MANIFEST]
    bare = rewritten(package, {MANIFEST: whole[: whole.index(b"-----BEGIN CMS-----")]})
    assert codes(bare, STRICT) == ["signature-missing"]
    assert codes(bare, DEV) == []


@pytest.mark.parametrize("name", ["extra.txt", "Definitions/more.yaml", "Artifacts/run.sh"])
def test_a_file_that_is_not_listed_is_found(tmp_path: Path, name: str) -> None:
    assert codes(rewritten(signed(tmp_path), {name: b"x"})) == ["hash-unlisted"]


def test_a_file_that_was_taken_out_is_found(tmp_path: Path) -> None:
    found = codes(rewritten(signed(tmp_path), {IMAGE: None}))
    assert found == ["hash-missing", "image-missing"]


@pytest.mark.parametrize("name", [META, MANIFEST, TEMPLATE])
def test_a_package_without_its_backbone_is_refused(tmp_path: Path, name: str) -> None:
    problem = refused(rewritten(signed(tmp_path), {name: None}), DEV)
    assert isinstance(problem, Unprocessable)
    assert name in problem.detail


def test_a_manifest_that_tells_another_identity_is_found(tmp_path: Path) -> None:
    package = unsigned(tmp_path)
    lie = contents(package)[MANIFEST].replace(b"vnfd_id: app-1.0", b"vnfd_id: app-2.0")
    (fault,) = package_faults(rewritten(package, {MANIFEST: lie}), DEV, now=NOW)
    assert (fault.code, fault.file, fault.line) == ("manifest-identity", MANIFEST, 2)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", BadRequest), (b"no zip at all", BadRequest), (b"PK\x05\x06" + bytes(18), Unprocessable)],
)
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes, kind: type[Problem]) -> None:
    (tmp_path / "p.csar").write_bytes(content)
    problem = refused(tmp_path / "p.csar")
    assert isinstance(problem, kind)
    assert "p.csar" in problem.detail or META in problem.detail


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "gone.csar"), BadRequest)


def test_random_damage_never_gets_through_nor_crashes(tmp_path: Path) -> None:
    whole = signed(tmp_path).read_bytes()
    target = tmp_path / "damaged.csar"
    for at in range(0, len(whole), max(1, len(whole) // 120)):
        target.write_bytes(one_byte_off(whole, at))
        try:
            with open_package(target, STRICT, now=NOW) as opened:
                # Bytes that no reader uses (stamps, attributes) may differ; content may not.
                assert opened.appd.app_d_id == "app-1.0"
        except Problem as problem:
            assert problem.detail
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        target.write_bytes(whole[:length])
        assert refused(target).status in (400, 422)


def test_a_package_signed_as_a_whole_is_let_in(tmp_path: Path) -> None:
    sign_whole(unsigned(tmp_path), tmp_path / "whole.zip", PROVIDER)
    with open_package(tmp_path / "whole.zip", STRICT, now=NOW) as package:
        assert package.signer is not None
        assert package.signer.trusted
        package.copy(IMAGE, tmp_path / "image.tar")
    assert (tmp_path / "image.tar").stat().st_size > 0


def test_a_whole_signature_over_other_content_is_found(tmp_path: Path) -> None:
    sign_whole(unsigned(tmp_path), tmp_path / "whole.zip", PROVIDER)
    other = rewritten(tmp_path / "unsigned.csar", {"ChangeLog.txt": b"new"}).read_bytes()
    changed = rewritten(tmp_path / "whole.zip", {"unsigned.csar": other})
    assert "signature-invalid" in codes(changed)


def test_a_whole_signature_without_digests_is_enough(tmp_path: Path) -> None:
    package = unsigned(tmp_path)
    manifest = contents(package)[MANIFEST]
    bare = rewritten(package, {MANIFEST: manifest[: manifest.index(b"Source:")]})
    assert "hash-unlisted" in codes(bare)
    sign_whole(bare, tmp_path / "whole.zip", PROVIDER)
    assert codes(tmp_path / "whole.zip", STRICT) == []


@pytest.mark.parametrize(
    "limits",
    [
        Limits(package_bytes=1000),
        Limits(entries=2),
        Limits(total_bytes=10_000),
        Limits(entry_bytes=10_000),
        Limits(document_bytes=500),
    ],
)
def test_a_package_over_a_limit_is_too_large(tmp_path: Path, limits: Limits) -> None:
    problem = refused(unsigned(tmp_path), Policy(require_signature=False, limits=limits))
    assert isinstance(problem, TooLarge)


def test_the_same_project_gives_the_same_package(tmp_path: Path) -> None:
    first = build_package(project(tmp_path / "a"), tmp_path / "1.csar")
    os.utime(tmp_path / "a" / "files" / "main.py", (1, 1))
    second = build_package(project(tmp_path / "b"), tmp_path / "2.csar")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_an_image_that_is_not_what_the_descriptor_says_is_found(tmp_path: Path) -> None:
    package = unsigned(tmp_path)
    template = contents(package)[TEMPLATE]
    at = template.index(b"hash: ") + 6
    assert "image-checksum" in codes(rewritten(package, {TEMPLATE: one_byte_off(template, at)}))
    size = template.replace(b" B\n", b"1 B\n")
    assert "image-size" in codes(rewritten(package, {TEMPLATE: size}))


def test_an_image_that_is_no_layout_is_found(tmp_path: Path) -> None:
    found = package_faults(rewritten(unsigned(tmp_path), {IMAGE: b"junk"}), DEV, now=NOW)
    (fault,) = [each for each in found if each.code == "image-layout"]
    assert IMAGE in fault.sentence


def test_what_is_not_in_the_package_cannot_be_read(tmp_path: Path) -> None:
    with open_package(unsigned(tmp_path), DEV, now=NOW) as package:
        with pytest.raises(NotFound, match="no file secret"):
            package.read("secret")
        with pytest.raises(NotFound, match="no image other"):
            package.copy_image("other", tmp_path / "image.tar")
    assert not (tmp_path / "image.tar").exists()
