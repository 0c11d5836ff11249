"""Writing an OCI image layout from a folder: the same input gives the same bytes.

Never compresses (the package does) and never reads the clock: every stamp is 1970.
"""

import io
import os
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from wayside.core.errors import Unprocessable

from .documents import LAYER, Config, RootFs, RunConfig
from .layout import BASE_ANNOTATION, ImageConfig
from .storing import Blobs, member

ARCHITECTURE = "unknown"
"""Files on the host's base run wherever the host's Python does."""

IGNORED = frozenset({"__pycache__", ".git", ".DS_Store"})


def write_image(folder: Path, image: Path, config: ImageConfig, *, prefix: str = "app") -> None:
    """Write ``image``: one layer with the files of ``folder`` below ``/{prefix}``.

    Raises Unprocessable for a link or a special file in ``folder``.
    """
    blobs = Blobs()
    layer = blobs.store(LAYER, _Layer(folder, prefix).write())
    document = Config(
        architecture=ARCHITECTURE,
        os="linux",
        config=run_config(config),
        rootfs=RootFs(type="layers", diff_ids=(layer.digest,)),
    )
    notes = {BASE_ANNOTATION: config.base} if config.base else None
    blobs.write(image, document, (layer,), notes=notes)


def run_config(config: ImageConfig) -> RunConfig:
    """Return ``config`` as an image's config document says it."""
    return RunConfig(
        user=config.user or None,
        env=config.env or None,
        entrypoint=config.entrypoint or None,
        cmd=config.cmd or None,
        working_dir=config.cwd,
        labels=config.labels or None,
    )


@dataclass
class _Layer:
    folder: Path
    prefix: str
    buffer: io.BytesIO = field(default_factory=io.BytesIO)

    def write(self) -> bytes:
        with tarfile.open(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(member(self.prefix, kind=tarfile.DIRTYPE))
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
                tar.addfile(member(name, kind=tarfile.DIRTYPE))
                self._add(tar, path, name)
            else:
                content = path.read_bytes()
                mode = 0o755 if is_executable(path) else 0o644
                tar.addfile(member(name, size=len(content), mode=mode), io.BytesIO(content))


def is_executable(path: Path) -> bool:
    """Return whether the file is one that its owner can execute."""
    return os.access(path, os.X_OK) and bool(path.stat().st_mode & 0o100)
