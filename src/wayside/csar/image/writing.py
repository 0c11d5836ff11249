"""Writing an OCI image layout from a folder: the same input gives the same bytes.

Never compresses (the package does) and never reads the clock: every stamp is 1970.
"""

import hashlib
import io
import os
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from wayside.core.errors import Unprocessable

from .documents import (
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    Config,
    Descriptor,
    Index,
    Manifest,
    RootFs,
    RunConfig,
)
from .layout import BASE_ANNOTATION, ImageConfig

ARCHITECTURE = "unknown"
"""Files on the host's base run wherever the host's Python does."""

IGNORED = frozenset({"__pycache__", ".git", ".DS_Store"})


def write_image(folder: Path, image: Path, config: ImageConfig, *, prefix: str = "app") -> None:
    """Write ``image``: one layer with the files of ``folder`` below ``/{prefix}``.

    Raises Unprocessable for a link or a special file in ``folder``.
    """
    layer = _Layer(folder, prefix).write()
    blobs: dict[str, bytes] = {}
    layer_at = _store(blobs, LAYER, layer)
    document = Config(
        architecture=ARCHITECTURE,
        os="linux",
        config=RunConfig(
            user=config.user or None,
            env=config.env or None,
            entrypoint=config.entrypoint or None,
            cmd=config.cmd or None,
            working_dir=config.cwd,
            labels=config.labels or None,
        ),
        rootfs=RootFs(type="layers", diff_ids=(layer_at.digest,)),
    )
    config_at = _store(blobs, CONFIG, msgspec.json.encode(document))
    notes = {BASE_ANNOTATION: config.base} if config.base else None
    manifest = Manifest(schema_version=2, config=config_at, layers=(layer_at,), annotations=notes)
    raw = msgspec.json.encode({"mediaType": MANIFEST} | msgspec.to_builtins(manifest))
    manifest_at = _store(blobs, MANIFEST, raw)
    index = Index(schema_version=2, manifests=(manifest_at,))
    files = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": msgspec.json.encode({"mediaType": INDEX} | msgspec.to_builtins(index)),
    } | blobs
    image.write_bytes(_tar(files))


def _store(blobs: dict[str, bytes], media_type: str, content: bytes) -> Descriptor:
    digest = hashlib.sha256(content).hexdigest()
    blobs[f"blobs/sha256/{digest}"] = content
    return Descriptor(media_type=media_type, digest=f"sha256:{digest}", size=len(content))


@dataclass
class _Layer:
    folder: Path
    prefix: str
    buffer: io.BytesIO = field(default_factory=io.BytesIO)

    def write(self) -> bytes:
        with tarfile.open(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(_member(self.prefix, kind=tarfile.DIRTYPE))
            self._add(tar, self.folder, self.prefix)
        return self.buffer.getvalue()

    def _add(self, tar: tarfile.TarFile, folder: Path, at: str) -> None:
        for path in sorted(folder.iterdir(), key=lambda each: each.name):
            name = f"{at}/{path.name}"
            if path.name in IGNORED:
                continue
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise Unprocessable(f"{path} is a link or a special file. Put a plain file there.")
            if path.is_dir():
                tar.addfile(_member(name, kind=tarfile.DIRTYPE))
                self._add(tar, path, name)
            else:
                content = path.read_bytes()
                runs = os.access(path, os.X_OK) and bool(path.stat().st_mode & 0o100)
                member = _member(name, size=len(content), mode=0o755 if runs else 0o644)
                tar.addfile(member, io.BytesIO(content))


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            tar.addfile(_member(name, size=len(content)), io.BytesIO(content))
    return buffer.getvalue()


def _member(
    name: str, *, kind: bytes = tarfile.REGTYPE, size: int = 0, mode: int = 0o644
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.size = size
    member.mode = 0o755 if kind == tarfile.DIRTYPE else mode
    return member
