"""Writing the tar of an OCI image layout from blobs: the same blobs give the same bytes.

Never compresses (the package does) and never reads the clock: every stamp is 1970.
"""

import hashlib
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from .documents import CONFIG, INDEX, MANIFEST, Config, Descriptor, Index, Manifest

OCI_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


@dataclass
class Blobs:
    """The blobs of an image that is being made, by digest: bytes, or a file that holds them."""

    found: dict[str, bytes | Path] = field(default_factory=dict)

    def store(self, media_type: str, content: bytes | Path) -> Descriptor:
        """Keep a blob; return its descriptor."""
        if isinstance(content, Path):
            with content.open("rb") as file:
                digest, size = hashlib.file_digest(file, "sha256").hexdigest(), 0
            size = content.stat().st_size
        else:
            digest, size = hashlib.sha256(content).hexdigest(), len(content)
        self.found[digest] = content
        return Descriptor(media_type=media_type, digest=f"sha256:{digest}", size=size)

    def write(
        self,
        image: Path,
        config: Config,
        layers: tuple[Descriptor, ...],
        *,
        notes: dict[str, str] | None = None,
    ) -> None:
        """Write the layout of one image with ``layers``, lowest first, to the tar ``image``."""
        config_at = self.store(CONFIG, msgspec.json.encode(config))
        manifest = Manifest(schema_version=2, config=config_at, layers=layers, annotations=notes)
        raw = msgspec.json.encode({"mediaType": MANIFEST} | msgspec.to_builtins(manifest))
        index = Index(schema_version=2, manifests=(self.store(MANIFEST, raw),))
        files: dict[str, bytes | Path] = {
            "oci-layout": OCI_LAYOUT,
            "index.json": msgspec.json.encode({"mediaType": INDEX} | msgspec.to_builtins(index)),
        }
        files |= {f"blobs/sha256/{digest}": content for digest, content in self.found.items()}
        with tarfile.open(image, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, content in sorted(files.items()):
                _add(tar, name, content)


def member(
    name: str, *, kind: bytes = tarfile.REGTYPE, size: int = 0, mode: int = 0o644, link: str = ""
) -> tarfile.TarInfo:
    """Return a tar entry that belongs to root and was made in 1970."""
    found = tarfile.TarInfo(name)
    found.type, found.size, found.linkname = kind, size, link
    found.mode = 0o755 if kind == tarfile.DIRTYPE else mode
    return found


def _add(tar: tarfile.TarFile, name: str, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        tar.addfile(member(name, size=len(content)), io.BytesIO(content))
        return
    with content.open("rb") as file:
        tar.addfile(member(name, size=content.stat().st_size), file)
