"""Where the catalogue keeps packages: a folder each, named by the package's identifier.

Never takes a name from outside: identifiers are the orchestrator's own.
"""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from wayside.core.errors import TooLarge, Unprocessable
from wayside.core.requests import Upload
from wayside.model.images import ChecksumData

PART = "upload.part"
PACKAGE = "package.csar"
DESCRIPTOR = "appd.txt"
ALGORITHMS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class PackageFiles:
    """The files of all packages, under one folder."""

    def __init__(self, folder: Path, *, bytes_max: int) -> None:
        self._folder = folder
        self._bytes_max = bytes_max

    def package(self, id: str) -> Path:
        """Return where the package's file lies."""
        return self._folder / id / PACKAGE

    def descriptor(self, id: str) -> Path:
        """Return where the file lies that represents the package's AppD."""
        return self._folder / id / DESCRIPTOR

    async def receive(self, id: str, upload: Upload) -> None:
        """Write the upload to disk as it arrives; on return the package's file is whole.

        Raises TooLarge, and what the upload raises; then no file is left.
        """
        received = 0
        self._require_room(upload.length or 0)
        part = self._folder / id / PART
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                async for piece in upload.pieces():
                    received += len(piece)
                    self._require_room(received)
                    await asyncio.to_thread(file.write, piece)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            part.replace(self.package(id))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def _require_room(self, count: int) -> None:
        if count > self._bytes_max:
            raise TooLarge(
                f"A package has {self._bytes_max} bytes at most here; leave out what the "
                "application does not need."
            )

    def remove(self, id: str) -> None:
        """Remove all files of a package; nothing to do where there are none."""
        shutil.rmtree(self._folder / id, ignore_errors=True)

    def keep_only(self, ids: Iterable[str]) -> None:
        """Remove the files of every package that is not among ``ids``."""
        kept = set(ids)
        if self._folder.is_dir():
            for held in self._folder.iterdir():
                if held.name not in kept:
                    shutil.rmtree(held, ignore_errors=True)


def algorithm_of(promised: ChecksumData) -> str:
    """Return the hashlib name of a checksum's algorithm; raise Unprocessable for one unknown."""
    algorithm = ALGORITHMS.get(promised.algorithm.upper())
    if algorithm is None:
        raise Unprocessable(
            f"checksum: the algorithm {promised.algorithm[:80]!r} is not known; use one of "
            f"{', '.join(ALGORITHMS)}.",
            field="$.checksum.algorithm",
        )
    return algorithm


def digest_of(path: Path, algorithm: str) -> str:
    """Return a file's digest, hexadecimal; ``algorithm`` by its hashlib name."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
