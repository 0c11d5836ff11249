"""One request and its answer on a connection, from the head's arrival to the last byte sent.

Never reads or writes: the connection does, and keeps its place here.
"""

from wayside.core.errors import TooLarge

from .bodies import BodyStream
from .limits import Limits
from .messages import Handler, Request, Response, Takes

DRAIN_BYTES_MAX = 65_536
"""A refused request's body up to this size is read and dropped, so that the connection lives."""


class Exchange:
    """What the connection knows of one request."""

    __slots__ = (
        "answered", "complete", "dropped_bytes", "handler", "keep_alive", "pieces", "request",
        "response", "running", "seen_bytes", "upload", "welcomed",
    )  # fmt: skip

    def __init__(self, request: Request, keep_alive: bool) -> None:
        self.request = request
        self.keep_alive = keep_alive
        self.handler: Handler | None = None
        self.response: Response | None = None
        """Known before the handler runs where the head or the body was refused."""
        self.upload: BodyStream | None = None
        self.pieces: list[bytes] = []
        self.seen_bytes = 0
        self.dropped_bytes = 0
        self.complete = False
        """True when the request has arrived whole."""
        self.running = False
        self.answered = False
        self.welcomed = False

    @property
    def waits_for_welcome(self) -> bool:
        """Tell whether the peer holds its body back until it is told to go on."""
        return self.request.headers.get(b"expect", b"").lower() == b"100-continue"

    @property
    def rest_is_long(self) -> bool:
        """Tell whether dropping the rest of the body is worse than a new connection."""
        headers = self.request.headers
        if self.waits_for_welcome and not self.welcomed:
            return True
        length = int(headers.get(b"content-length", b"0"))
        return b"transfer-encoding" in headers or length > DRAIN_BYTES_MAX

    @property
    def ready(self) -> bool:
        """Tell whether it can be answered now: whole, refused, or to be read as a stream."""
        return self.complete or self.response is not None or self.upload is not None

    def expect_body(self, limits: Limits) -> None:
        """Prepare for the body that the head announces; raise TooLarge where it is refused."""
        request, handler = self.request, self.handler
        length = int(request.headers.get(b"content-length", b"0"))
        streams = handler is not None and handler.takes is Takes.STREAM
        bytes_max = limits.upload_bytes_max if streams else limits.body_bytes_max
        if length > bytes_max:
            raise TooLarge(f"The body has {length} bytes and {bytes_max} is the most taken.")
        if streams:
            self.upload = request.upload = BodyStream(
                content_type=request.header(b"content-type") or "",
                content_range=request.header(b"content-range"),
                bytes_max=bytes_max,
            )
            if b"transfer-encoding" not in request.headers:
                self.upload.length = length

    def take(self, data: bytes, limits: Limits) -> None:
        """Take a piece of the body; raise TooLarge where a held body grows over its limit."""
        if self.response is not None or self.answered:
            self.dropped_bytes += len(data)
        elif self.upload is not None:
            self.upload.feed(data)
        else:
            self.seen_bytes += len(data)
            if self.seen_bytes > limits.body_bytes_max:
                self.pieces.clear()
                raise TooLarge(f"The body is larger than {limits.body_bytes_max} bytes.")
            self.pieces.append(data)

    def finish(self) -> None:
        """Know that the request has arrived whole."""
        self.complete = True
        if self.upload is not None:
            self.upload.end()
        elif self.pieces:
            pieces = self.pieces
            self.request.body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
