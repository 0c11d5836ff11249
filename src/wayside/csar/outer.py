"""A package that is signed as a whole: a zip of CSAR, signature and certificate (option 2).

Ref: NFV-SOL 004 clause 5.1. Never judges the signature: ``signing`` does.
"""

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from .archive import Archive
from .faults import Fault, FaultsFound
from .metadata import META
from .policy import Limits

SIGNATURES = (".cms", ".sig")
INNER = (".csar", ".zip")


@dataclass(frozen=True)
class Outer:
    """What stands beside a CSAR that is signed as a whole."""

    name: str
    """The CSAR's name in the outer zip."""
    cms: bytes
    certificates: bytes | None
    content: IO[bytes]

    def digest(self, algorithm: str) -> bytes:
        """Return the digest of the whole CSAR by a hashlib name."""
        at = self.content.tell()
        self.content.seek(0)
        found = hashlib.new(algorithm)
        while piece := self.content.read(1 << 20):
            found.update(piece)
        self.content.seek(at)
        return found.digest()


def open_outer(path: Path, limits: Limits) -> tuple[Archive, Outer | None]:
    """Return the CSAR at ``path``, and what stands around it where it is signed as a whole.

    Raises FaultsFound. The caller closes the archive.
    """
    archive = Archive(path, limits)
    if META in archive.files:
        return archive, None
    try:
        names = {PurePosixPath(name).suffix.lower(): name for name in archive.files}
        inner = next((names[each] for each in INNER if each in names), None)
        signature = next((names[each] for each in SIGNATURES if each in names), None)
        if inner is None or signature is None or len(archive.files) > 3:
            raise FaultsFound([_no_csar(path, archive.files)])
        stem = inner.rpartition(".")[0]
        if signature.rpartition(".")[0] != stem or "/" in inner:
            raise FaultsFound([_no_csar(path, archive.files)])
        certificates = archive.read(f"{stem}.cert") if f"{stem}.cert" in archive.files else None
        content = _copied(archive, inner, limits)
        outer = Outer(inner, archive.read(signature), certificates, content)
        return Archive(content, limits, name=inner), outer
    finally:
        archive.close()


def _copied(archive: Archive, name: str, limits: Limits) -> IO[bytes]:
    content: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the package
    try:
        size = archive.copy(name, content)
        if size > limits.package_bytes:
            sentence = f"{name} is over {limits.package_bytes} bytes."
            raise FaultsFound([Fault("size-limit", sentence, "Make it smaller.", file=name)])
    except BaseException:
        content.close()
        raise
    return content


def _no_csar(path: Path, files: Iterable[str]) -> Fault:
    sentence = f"The package has no {META}, so it is no CSAR of MEC 037."
    remedy = "Build it with wayside app build; signed as a whole it is name.csar, .cms and .cert."
    below = next((name.removesuffix(META) for name in files if name.endswith(f"/{META}")), None)
    if below is not None:
        sentence = f"The package has its {META} below {below}."
        remedy = f"Pack what is in {below}, without the folder itself."
    return Fault("package-missing", sentence, remedy, file=path.name)
