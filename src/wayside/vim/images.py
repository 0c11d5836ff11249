"""Images on this host: unpacked once per content, shared read-only, removed when unused.

Never runs anything of an image, and never trusts a name in it: ``csar.image`` unpacks.
"""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wayside.core.errors import Unavailable, Unprocessable
from wayside.csar.image import HOST_BASE, ImageConfig, read_config, unpack

MOUNT_POINTS = ("proc", "dev", "tmp", "data")
"""What is mounted upon an image that brings its whole root."""
HOST_FOLDERS = frozenset(
    {"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "root", *MOUNT_POINTS}
)
"""What an image that uses the host's base must leave to the host."""
CONFIG = "config.json"


@dataclass(frozen=True)
class Image:
    """An image that lies unpacked on this host."""

    digest: str
    """SHA-256 of the archive, hexadecimal."""
    root: Path
    config: ImageConfig

    @property
    def uses_host(self) -> bool:
        """True where the image brings its own files only, upon the host's base."""
        return self.config.base == HOST_BASE


class ImageCache:
    """The images of one host, under ``folder``, by the digest of their archive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, asyncio.Lock] = {}

    async def add(self, archive: Path, digest: str) -> Image:
        """Unpack ``archive``, whose digest is ``digest``, unless it lies there already.

        Raises Unprocessable or TooLarge for an archive that cannot be used; nothing of it is left.
        """
        async with self._locks.setdefault(digest, asyncio.Lock()):
            if not (self._folder / digest).is_dir():
                await asyncio.to_thread(self._unpack, archive, digest)
        return self.get(digest)

    def get(self, digest: str) -> Image:
        """Return an image that was added before, also before a restart."""
        place = self._folder / digest
        try:
            config = msgspec.json.decode((place / CONFIG).read_bytes(), type=ImageConfig)
        except (OSError, msgspec.DecodeError) as fault:
            raise Unavailable(
                f"Image {digest} is not unpacked on this host any more ({fault}). "
                "Terminate the instance and instantiate it again."
            ) from fault
        return Image(digest, place / "root", config)

    async def sweep(self, used: Collection[str]) -> None:
        """Remove every image whose digest is not in ``used``, and what a crash left half done."""
        if not self._folder.is_dir():
            return
        for entry in list(self._folder.iterdir()):
            lock = self._locks.get(entry.name.removeprefix("."))
            if entry.name not in used and not (lock and lock.locked()):
                await asyncio.to_thread(shutil.rmtree, entry, ignore_errors=True)
                self._locks.pop(entry.name, None)

    def _unpack(self, archive: Path, digest: str) -> None:
        partial = self._folder / f".{digest}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            config = read_config(archive)
            unpack(archive, partial / "root")
            _check_fit(partial / "root", config, archive.name)
            _open_to_readers(partial / "root")
            (partial / CONFIG).write_bytes(msgspec.json.encode(config))
            # Only a folder that is complete ever has the digest's name.
            partial.rename(self._folder / digest)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def digest_of(archive: Path) -> str:
    """Return the SHA-256 of an archive; raises Unprocessable where it cannot be read."""
    try:
        with archive.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise Unprocessable(
            f"Image {archive.name} cannot be read: {fault.strerror}. Onboard the package again."
        ) from fault


def _check_fit(root: Path, config: ImageConfig, name: str) -> None:
    """Refuse an image that has no command, or that collides with what is mounted around it."""
    if not config.argv:
        raise Unprocessable(f"Image {name}: it has no entrypoint and no cmd. Set an entrypoint.")
    if config.base == HOST_BASE:
        if taken := sorted(entry.name for entry in root.iterdir() if entry.name in HOST_FOLDERS):
            raise Unprocessable(
                f"Image {name}: /{taken[0]} comes from the host with io.wayside.base=host. "
                "Put the application's files below /app."
            )
        return
    for point in MOUNT_POINTS:
        if (root / point).is_symlink() or (root / point).is_file():
            raise Unprocessable(f"Image {name}: /{point} must be a folder, or be left out.")
        (root / point).mkdir(exist_ok=True)


def _open_to_readers(root: Path) -> None:
    """Let the instance's own user read everything; links are left alone."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
