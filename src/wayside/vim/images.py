"""Images on this host: unpacked once per content, shared read-only, removed when unused.

Never runs anything of an image, and never trusts a name in it: ``csar.image`` unpacks.
"""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from weakref import WeakValueDictionary

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
    """An image of this host's cache."""

    digest: str
    """SHA-256 of the archive, hexadecimal."""
    place: Path
    """The folder in the cache."""

    @property
    def root(self) -> Path:
        """The image's unpacked files."""
        return self.place / "root"

    @cached_property
    def config(self) -> ImageConfig:
        """How the image wants to be run; raises Unavailable where its files have vanished."""
        try:
            return msgspec.json.decode((self.place / CONFIG).read_bytes(), type=ImageConfig)
        except (OSError, msgspec.DecodeError) as fault:
            raise Unavailable(
                f"Image {self.digest} is not unpacked on this host any more ({fault}). "
                "Terminate the instance and instantiate it again."
            ) from fault

    @property
    def uses_host(self) -> bool:
        """True where the image brings its own files only, upon the host's base."""
        return self.config.base == HOST_BASE


class ImageCache:
    """The images of one host, under ``folder``, by the digest of their archive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

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
        return Image(digest, self._folder / digest)

    async def sweep(self, used: Collection[str]) -> None:
        """Remove every image whose digest is not in ``used``, and what a crash left half done."""
        if not self._folder.is_dir():
            return
        for entry in list(self._folder.iterdir()):
            lock = self._locks.get(entry.name.removeprefix("."))
            if entry.name not in used and not (lock and lock.locked()):
                await asyncio.to_thread(_remove, entry)

    def _unpack(self, archive: Path, digest: str) -> None:
        partial = self._folder / f".{digest}"
        _remove(partial)
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
            _remove(partial)
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
    """Let the instance's own user read everything and nobody write; links are left alone."""
    for folder, _, files in os.walk(root, topdown=False):
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o555 if file.stat().st_mode & 0o100 else 0o444)
        Path(folder).chmod(0o555)


def _remove(tree: Path) -> None:
    """Delete a folder, also one whose folders may not be written."""
    for folder, _, _ in os.walk(tree):
        Path(folder).chmod(0o755)
    shutil.rmtree(tree, ignore_errors=True)
