"""A tar header reader that refuses oversized extension headers, and a stream that counts.

``tarfile`` holds the body of a PAX or GNU long-name header in memory: unguarded, a small
compressed layer could claim gigabytes there. Never decides what a limit should be.
"""

import hashlib
import tarfile
from typing import IO

HEADER_BYTES_MAX = 1024 * 1024
EXTENSIONS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        tarfile.GNUTYPE_SPARSE,
    }
)


class GuardedTarInfo(tarfile.TarInfo):
    """A member whose extension header is small; a larger one makes the tar unreadable."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        # Named by tarfile itself as the place for subclasses to step in.
        if self.type in EXTENSIONS and self.size > HEADER_BYTES_MAX:
            raise tarfile.ReadError(f"a header of {self.size} bytes")
        return super()._proc_member(tar)  # type: ignore[misc,no-any-return]  # not in typeshed


class CountedStream:
    """Reads through to another stream; knows the digest, and raises past ``bytes_max``."""

    def __init__(self, stream: IO[bytes], *, bytes_max: int) -> None:
        self._stream = stream
        self._left = bytes_max
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes; raises OverflowError once the limit is passed."""
        piece = self._stream.read(1 << 20 if size < 0 else size)
        self._left -= len(piece)
        if self._left < 0:
            raise OverflowError("the stream is longer than its limit")
        self._digest.update(piece)
        return piece

    def drain(self) -> str:
        """Read to the end; return the SHA-256 of the whole stream, hexadecimal."""
        while self.read(1 << 20):
            pass
        return self._digest.hexdigest()
