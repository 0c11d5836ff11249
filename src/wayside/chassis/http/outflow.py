"""The way out of a connection: writes, streams with back-pressure, and holding the way in.

Never parses and never decides what is sent.
"""

import asyncio
import logging
from collections.abc import AsyncIterator

from wayside.core.errors import Problem

log = logging.getLogger(__name__)


class Outflow:
    """Wraps a transport; safe to use after the connection is lost."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._room: asyncio.Event | None = None
        self._holds: set[str] = set()
        self.lost = False

    @property
    def full(self) -> bool:
        """Tell whether the peer takes less than is written."""
        return self._room is not None and not self._room.is_set()

    @property
    def held(self) -> bool:
        """Tell whether nothing is read for now."""
        return bool(self._holds)

    def write(self, data: bytes) -> None:
        """Send ``data``; dropped where the connection is gone."""
        if not self.lost:
            self._transport.write(data)

    def close(self) -> None:
        """Send what was written and end the connection."""
        if not self.lost:
            self._transport.close()

    def finish(self) -> None:
        """Send what was written and say that no more comes; the peer may still send."""
        if not self.lost:
            self._transport.write_eof()

    def abort(self) -> None:
        """End now, whatever is unsent."""
        if not self.lost:
            self._transport.abort()

    def pause(self) -> None:
        """Know that the way out is full."""
        if self._room is None:
            self._room = asyncio.Event()
        self._room.clear()

    def resume(self) -> None:
        """Know that there is room again."""
        if self._room is not None:
            self._room.set()

    def lose(self) -> None:
        """Know that the connection is gone; streams end."""
        self.lost = True
        self.resume()

    def hold_reading(self, reason: str) -> None:
        """Read nothing until every reason is taken back."""
        if not self._holds and not self.lost:
            self._transport.pause_reading()
        self._holds.add(reason)

    def free_reading(self, reason: str) -> None:
        """Take a reason back; nothing to do where it was not given."""
        if reason in self._holds:
            self._holds.discard(reason)
            if not self._holds and not self.lost and not self._transport.is_closing():
                self._transport.resume_reading()

    async def pour(self, stream: AsyncIterator[bytes], *, chunked: bool) -> bool:
        """Send a stream as fast as the peer takes it; return whether it was sent whole."""
        try:
            async for piece in stream:
                if self.lost:
                    return False
                if piece:
                    self.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                if self._room is not None:
                    await self._room.wait()
        except (Problem, OSError) as fault:
            log.warning("a stream was cut short: %s", fault)
            return False
        except Exception:
            log.exception("a stream was cut short")
            return False
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()
        if chunked:
            self.write(b"0\r\n\r\n")
        return not self.lost
