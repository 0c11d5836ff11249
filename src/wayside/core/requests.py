"""What the chassis fills into a handler's parameters beside path, query and body.

Never parsed here: the chassis reads headers and query strings.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import NewType, Protocol

IfMatch = NewType("IfMatch", str)
"""The entity tag in If-Match; declare as ``IfMatch | None``. ``*`` matches any version."""


PeerAddress = NewType("PeerAddress", str)
"""The network address that a request came from; declare as ``PeerAddress | None``.

None where it came over a Unix socket and whoever forwarded it did not say.
"""


Accept = NewType("Accept", str)
"""The Accept header; declare as ``Accept | None`` where an operation has more than one type."""


@dataclass(frozen=True)
class ByteRange:
    """The Range header of a GET; declare as ``ByteRange | None``. ``last`` None is to the end.

    ``first`` None with ``last`` n means the last n bytes (``bytes=-n``).
    """

    first: int | None
    last: int | None


@dataclass(frozen=True)
class ListQuery:
    """The list parameters of MEC 009: filter, attribute selectors and the page marker.

    A handler takes one and answers with ``Page``; the chassis filters, selects and pages.
    Ref: MEC 009 clauses 6.18 to 6.20.
    """

    filter: str | None = None
    fields: str | None = None
    exclude_fields: str | None = None
    all_fields: bool = False
    exclude_default: bool = False
    nextpage_opaque_marker: str | None = None


class Upload(Protocol):
    """A request body of any size, read in pieces and never held whole in memory."""

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        ...

    @property
    def content_range(self) -> str | None:
        """The Content-Range header, where there is one."""
        ...

    @property
    def length(self) -> int | None:
        """The bytes that Content-Length announced, where it did."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; raises TooLarge beyond the element's limit."""
        ...


@dataclass(frozen=True)
class FileReply:
    """A file as an answer; the chassis honours Range (206, 416) and sends an ETag."""

    path: Path
    media_type: str
    filename: str | None = None
