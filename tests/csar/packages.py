"""Builds packages for tests, honest and tampered with."""

import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wayside.core.clock import Nanoseconds
from wayside.csar.build import build_package
from wayside.csar.keys import Identity, new_authority, new_provider
from wayside.csar.policy import Policy
from wayside.csar.signing import sign_package

NOW = Nanoseconds(1_800_000_000_000_000_000)
DAY = 86_400_000_000_000
AUTHORITY = new_authority("Test authority", now=NOW)
PROVIDER = new_provider("Example", now=NOW, authority=AUTHORITY)
STRICT = Policy(anchors=(AUTHORITY.certificate,))
DEV = Policy.dev()
APP = """\
id: app-1.0
name: app
provider: Example
version: "1.0"
description: An application.
run: [python3, main.py]
"""


def project(folder: Path, app: str = APP, **files: str) -> Path:
    """A project folder; ``files`` are the application's, by name without ending."""
    (folder / "files").mkdir(parents=True)
    (folder / "app.yaml").write_text(app)
    for name, text in ({"main": "print('hello')\n"} | files).items():
        (folder / "files" / f"{name}.py").write_text(text)
    return folder


def unsigned(folder: Path, app: str = APP) -> Path:
    """A package that nobody signed."""
    return build_package(project(folder / "project", app), folder / "unsigned.csar")


def signed(folder: Path, identity: Identity = PROVIDER) -> Path:
    """A package that ``identity`` signed."""
    sign_package(unsigned(folder), folder / "signed.csar", identity)
    return folder / "signed.csar"


def contents(package: Path) -> dict[str, bytes]:
    """A package's files."""
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(package: Path, changes: Mapping[str, bytes | None]) -> Path:
    """A copy with files replaced, added, or (None) taken away."""
    files: dict[str, bytes | None] = {**contents(package), **changes}
    target = package.with_name("rewritten.csar")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return target


def one_byte_off(content: bytes, at: int) -> bytes:
    """``content`` with the lowest bit of one byte changed."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def odd_identity(
    *,
    key: Any = None,
    issuer: Identity | None = None,
    digest: Any = None,
    not_before: timedelta = timedelta(),
    not_after: timedelta = timedelta(days=30),
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> Identity:
    """An identity that is odd in one respect."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    start = datetime.fromtimestamp(NOW / 1e9, tz=UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Odd")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(days=1) + not_before)
        .not_valid_after(start + not_after)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signer = issuer.key if issuer else key
    return Identity(key, builder.sign(signer, digest or hashes.SHA256()))
