"""Where the catalogue keeps packages: a folder each, named by the package's identifier.

Never takes a name from outside: identifiers are the orchestrator's own.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from wayside.core.errors import BadRequest, TooLarge, Unprocessable
from wayside.core.requests import Upload
from wayside.model.images import ChecksumData

from .pieces import FIELD, Piece

PART = "upload.part"
PIECES = "pieces.part"
PACKAGE = "package.csar"
DESCRIPTOR = "appd.txt"
ZIPPED = "appd.zip"
ALGORITHMS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}

Telling = Callable[[int], Awaitable[None]]
"""Is told again and again how many bytes there are."""


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

    async def zipped_descriptor(self, id: str) -> Path:
        """Return where a zip of the descriptor's file lies; it is made when it is first wanted."""
        zipped = self._folder / id / ZIPPED
        if not zipped.is_file():
            await asyncio.to_thread(_zip, self.descriptor(id), zipped)
        return zipped

    async def receive(self, id: str, upload: Upload, tell: Telling) -> None:
        """Write the upload to disk as it arrives; on return the package's file is whole.

        Raises TooLarge, and what the upload raises; then no file is left.
        """
        self.require_room(upload.length or 0)
        part = self._folder / id / PART
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                await self._write(file, upload, self._bytes_max, tell)
            part.replace(self.package(id))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    async def append(self, id: str, upload: Upload, piece: Piece, tell: Telling) -> None:
        """Write a piece behind those that are there; what came stays, whatever breaks.

        Raises BadRequest where the piece is not as long as it says, and what the upload raises.
        """
        part = self._folder / id / PIECES
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            try:
                await self._write(file, upload, piece.last + 1, tell)
            except TooLarge as fault:
                raise _not_as_long(piece) from fault
            if file.tell() <= piece.last:
                raise _not_as_long(piece)

    async def _write(self, file: BinaryIO, upload: Upload, end: int, tell: Telling) -> None:
        """Write the upload behind what is there, durable on return; TooLarge beyond ``end``."""
        try:
            async for data in upload.pieces():
                if file.tell() + len(data) > end:
                    raise self._too_large()
                await asyncio.to_thread(file.write, data)
                await tell(file.tell())
        finally:
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())

    def pieces_held(self, id: str) -> int | None:
        """Return how many bytes of a package have come in pieces; None where none was begun."""
        part = self._folder / id / PIECES
        return part.stat().st_size if part.is_file() else None

    def seal(self, id: str) -> None:
        """Have the pieces be the package's file, where it came in pieces; may be repeated."""
        part = self._folder / id / PIECES
        if part.is_file():
            part.replace(self.package(id))

    def require_room(self, count: int) -> None:
        """Return where a package may have so many bytes; raise TooLarge otherwise."""
        if count > self._bytes_max:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"A package has {self._bytes_max} bytes at most here; leave out what the application "
            "does not need."
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


def _zip(descriptor: Path, zipped: Path) -> None:
    """Write the zip whole, or not at all."""
    with (
        tempfile.NamedTemporaryFile(dir=zipped.parent, delete=False) as draft,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.write(descriptor, "appd.yaml")
    Path(draft.name).replace(zipped)


def _not_as_long(piece: Piece) -> BadRequest:
    return BadRequest(
        f"Content-Range: the body does not have the {piece.count} bytes that it says; send that "
        "many, after looking at waysideUpload of the package.",
        field=FIELD,
    )


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
