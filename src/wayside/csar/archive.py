"""Reading a zip that a stranger made: by stream, counted, and without believing its headers.

Never writes an entry under the name that it claims, and never follows a link.
"""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from .faults import Fault, FaultsFound
from .names import name_fault
from .policy import Limits

PIECE = 1 << 20
EOCD_BYTES = 22
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1 | 0x40 | 0x2000


class Archive:
    """An open package file whose list of entries has been found harmless. Use as a context."""

    def __init__(self, source: Path | IO[bytes], limits: Limits, *, name: str | None = None):
        self.name = name or (source.name if isinstance(source, Path) else "package")
        self._limits = limits
        self._file: IO[bytes] = self._opened(source)
        try:
            self._check_directory()
            self._zip = zipfile.ZipFile(self._file)
            self._entries = self._checked_entries()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
            self._file.close()
            raise self._bad("zip-damaged", f"{self.name} is no readable zip ({fault}).") from fault
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()
        self._file.close()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all files (not folders), in the order of the archive."""
        return tuple(self._entries)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield an entry's content; raises FaultsFound where it is damaged or too large."""
        entry = self._entries.get(name)
        if entry is None:
            raise self._bad("package-missing", f"{self.name} has no file {name}.")
        count = 0
        try:
            with self._zip.open(entry) as stream:
                while piece := stream.read(PIECE):
                    count += len(piece)
                    self._check_growth(entry, count)
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as fault:
            raise self._bad("zip-damaged", f"Entry {name} is damaged ({fault}).") from fault

    def read(self, name: str) -> bytes:
        """Return a document whole; raises FaultsFound beyond the limit for documents."""
        found = bytearray()
        for piece in self.pieces(name):
            found += piece
            if len(found) > self._limits.document_bytes:
                raise self._large(f"{name} is over {self._limits.document_bytes} bytes.")
        return bytes(found)

    def digests(self, name: str, *algorithms: str) -> dict[str, str]:
        """Return the entry's digests by hashlib name, hexadecimal, and its size as ``size``."""
        hashes = {each: hashlib.new(each) for each in algorithms}
        size = 0
        for piece in self.pieces(name):
            size += len(piece)
            for each in hashes.values():
                each.update(piece)
        return {name: each.hexdigest() for name, each in hashes.items()} | {"size": str(size)}

    def copy(self, name: str, target: IO[bytes]) -> int:
        """Write the entry's content to ``target``; return its size in bytes."""
        return sum(target.write(piece) for piece in self.pieces(name))

    def _opened(self, source: Path | IO[bytes]) -> IO[bytes]:
        if not isinstance(source, Path):
            return source
        try:
            file = source.open("rb")
        except OSError as fault:
            raise self._bad("zip-missing", f"{source} cannot be read ({fault}).") from fault
        if source.stat().st_size > self._limits.package_bytes:
            file.close()
            raise self._large(f"{self.name} is over {self._limits.package_bytes} bytes.")
        return file

    def _check_directory(self) -> None:
        """Refuse a directory too large to load, before zipfile loads it."""
        size = self._file.seek(0, 2)
        self._file.seek(max(0, size - EOCD_BYTES - 65535 - 20))
        tail = self._file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + EOCD_BYTES:
            raise self._bad("zip-damaged", f"{self.name} is no zip.")
        directory_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
        if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
            raise self._large(f"{self.name} is a ZIP64 archive, for more than 4 GiB.")
        if directory_bytes > self._limits.entries * 1200:
            raise self._large(f"{self.name} lists more than {self._limits.entries} entries.")

    def _checked_entries(self) -> dict[str, zipfile.ZipInfo]:
        listed = self._zip.infolist()
        if len(listed) > self._limits.entries:
            raise self._large(f"{self.name} has more than {self._limits.entries} entries.")
        if sum(entry.file_size for entry in listed) > self._limits.total_bytes:
            raise self._large(f"{self.name} unpacks to over {self._limits.total_bytes} bytes.")
        faults: list[Fault] = []
        seen: set[str] = set()
        for entry in listed:
            faults += self._entry_faults(entry, seen)
            seen.add(entry.orig_filename.rstrip("/").casefold())
        files = {entry.filename: entry for entry in listed if not entry.is_dir()}
        folded = {name.casefold() for name in files}
        for name in files:
            parents = [str(each).casefold() for each in Path(name).parents]
            if any(parent in folded for parent in parents):
                faults.append(self._fault("zip-name", f"{name} lies below a file, not a folder."))
        if faults:
            raise FaultsFound(faults)
        return files

    def _entry_faults(self, entry: zipfile.ZipInfo, seen: set[str]) -> Iterator[Fault]:
        name = entry.orig_filename
        why = name_fault(name.rstrip("/") if entry.is_dir() else name)
        if why:
            yield self._fault("zip-name", f"Entry {name!r} {why}.")
        if name.rstrip("/").casefold() in seen:
            yield self._fault("zip-twice", f"Entry {name!r} is there twice.")
        if entry.flag_bits & ENCRYPTED:
            yield self._fault("zip-encrypted", f"Entry {name!r} is encrypted.")
        elif entry.compress_type not in METHODS:
            yield self._fault("zip-method", f"Entry {name!r} is neither stored nor deflated.")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield self._fault("zip-link", f"Entry {name!r} is a link or a special file.")
        if entry.is_dir() and entry.file_size:
            yield self._fault("zip-name", f"Folder {name!r} has content.")

    def _check_growth(self, entry: zipfile.ZipInfo, count: int) -> None:
        limits = self._limits
        if count > limits.entry_bytes or count > entry.file_size:
            raise self._large(f"{entry.filename} is longer than it says or may be.")
        if count > limits.ratio_from_bytes and count > limits.ratio * max(1, entry.compress_size):
            raise self._large(f"{entry.filename} unpacks to over {limits.ratio} times its size.")

    def _fault(self, code: str, sentence: str) -> Fault:
        remedy = "Pack it again as a plain zip: wayside app build does."
        return Fault(code, sentence, remedy, file=self.name)

    def _bad(self, code: str, sentence: str) -> FaultsFound:
        return FaultsFound([self._fault(code, sentence)])

    def _large(self, sentence: str) -> FaultsFound:
        remedy = "Make it smaller, or have the operator raise the limit."
        return FaultsFound([Fault("size-limit", sentence, remedy, file=self.name)])
