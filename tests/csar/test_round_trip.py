"""A whole package, built, signed and read, holds the application that went in, with all of it."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from tests.csar.images import archive, entry
from tests.csar.packages import NOW, PROVIDER, STRICT
from tests.csar.sound import sound_appds
from tests.csar.test_template import with_images_in_order

from wayside.csar.build import build_package
from wayside.csar.lint import findings
from wayside.csar.package import open_package
from wayside.csar.signing import sign_package
from wayside.model.appd import AppD
from wayside.model.appd_checks import faults_of
from wayside.model.images import ChecksumData

CHART = b"no chart, but its bytes"


def project_of(appd: AppD, folder: Path) -> Path:
    """Write a project whose ``appd`` says all of it, with its images and chart."""
    for image in appd.sw_image_descriptor:
        path = folder / image.sw_image
        path.parent.mkdir(parents=True, exist_ok=True)
        if image.container_format == "OCI":
            archive(path, [entry("bin/app", b"code")], run={"Cmd": ["/bin/app", image.id]})
        else:
            path.write_bytes(b"a disk")
    written = {
        "id": appd.app_d_id,
        "name": appd.app_name,
        "provider": appd.app_provider,
        "version": appd.app_soft_version,
        "description": appd.app_description,
        "appd": msgspec.to_builtins(appd),
    }
    if appd.mciop_id is not None:
        (folder / f"{appd.mciop_id}.tgz").write_bytes(CHART)
        written["chart"] = f"{appd.mciop_id}.tgz"
    (folder / "app.yaml").write_text(yaml.safe_dump(written, allow_unicode=False))
    return folder


def measured(appd: AppD, folder: Path) -> AppD:
    """The AppD as the build completes it: sizes and checksums of its images."""
    images = []
    for image in appd.sw_image_descriptor:
        content = (folder / image.sw_image).read_bytes()
        digest = ChecksumData(algorithm="SHA-256", hash=hashlib.sha256(content).hexdigest())
        images.append(msgspec.structs.replace(image, size=len(content), checksum=digest))
    return with_images_in_order(msgspec.structs.replace(appd, sw_image_descriptor=tuple(images)))


def lost(found: AppD, wanted: AppD) -> dict[str, tuple[Any, Any]]:
    """The attributes that differ, as found and as wanted."""
    pairs = {
        name: (getattr(found, name), getattr(wanted, name)) for name in wanted.__struct_fields__
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@settings(
    max_examples=30,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    phases=(Phase.reuse, Phase.generate),  # to make a failing package smaller takes minutes
)
@given(sound_appds)
def test_what_was_built_and_signed_is_read_with_nothing_lost(appd: AppD) -> None:
    assert faults_of(appd) == []
    with tempfile.TemporaryDirectory() as work:
        folder = project_of(appd, Path(work))
        plain = build_package(folder)
        assert findings(plain, now=NOW).faults == ()
        sign_package(plain, folder / "signed.csar", PROVIDER)
        with open_package(folder / "signed.csar", STRICT, now=NOW) as package:
            assert lost(with_images_in_order(package.appd), measured(appd, folder)) == {}
            assert package.signer is not None
            ran = [each.image.descriptor.id for each in package.containers]
            assert ran == [each.image_id for each in appd.os_container_descriptor]
            for each in package.containers:
                assert each.image.config is not None
                assert each.image.config.argv == ("/bin/app", each.image.descriptor.id)
            assert [package.read(name) for name in package.charts] == (
                [] if appd.mciop_id is None else [CHART]
            )
