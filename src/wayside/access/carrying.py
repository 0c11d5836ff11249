"""Facts from the network's process to others, over a Unix socket: length, then MessagePack.

Whoever connects hears the present and then all that follows; a reader that is slow is given the
present again, as in the process itself. A remote source outlives its network: it keeps the last
picture, and begins again when the network is back. Never makes a fact.
"""

import asyncio
import logging
import os
from pathlib import Path

from wayside.access.feed import Feed, FeedReader
from wayside.core.clock import Clock
from wayside.core.errors import BadRequest, Problem
from wayside.refpoints.net import coding
from wayside.refpoints.net.coding import Told
from wayside.refpoints.net.picture import Gap, Picture
from wayside.refpoints.net.source import Snapshot, Source, nothing_known
from wayside.refpoints.net.values import Origin

log = logging.getLogger(__name__)

LENGTH_BYTES = 4
FRAME_BYTES_MAX = 1 << 30
"""A snapshot of four million devices is well below."""
READ_BYTES = 1 << 22
"""Taken in at once: a tick of ten thousand devices is less than one megabyte."""
RETRY_S = 0.5


class NetworkAway(Problem):
    """The network's process cannot be reached, or speaks of something else."""

    status = 503
    title = "Service Unavailable"


async def serve(source: Source, path: Path) -> asyncio.Server:
    """Tell everybody who connects to the socket ``path``; return the server, to be closed.

    Only this process's user may connect. A socket that a dead process left there is replaced.
    """
    path.unlink(missing_ok=True)

    async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader = source.join()
        try:
            async for told in reader:
                raw = coding.pack(told)
                writer.write(len(raw).to_bytes(LENGTH_BYTES) + raw)
                await writer.drain()
        except OSError:
            log.debug("a reader of the network's facts has left")
        finally:
            reader.close()
            writer.close()

    before = os.umask(0o077)
    try:
        return await asyncio.start_unix_server(tell, path)
    finally:
        os.umask(before)


async def _heard(stream: asyncio.StreamReader) -> Told:
    """Return what comes next; raises NetworkAway at the end, BadRequest for other bytes."""
    try:
        length = int.from_bytes(await stream.readexactly(LENGTH_BYTES))
        if length > FRAME_BYTES_MAX:
            raise BadRequest(f"{length} bytes at once are not facts about a network.")
        return coding.unpack(await stream.readexactly(length))
    except (asyncio.IncompleteReadError, OSError) as fault:
        raise NetworkAway("The network's process has ended.") from fault


async def _connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Snapshot]:
    """Return a connection and the snapshot that it begins with; raises NetworkAway."""
    try:
        stream, writer = await asyncio.open_unix_connection(path, limit=READ_BYTES)
    except OSError as fault:
        raise NetworkAway(f"{path}: {fault.strerror or fault}.") from fault
    try:
        first = await _heard(stream)
        if not isinstance(first, Snapshot):
            raise BadRequest("The network does not begin with a snapshot.")
    except Problem:
        writer.close()
        raise
    return stream, writer, first


class RemoteSource:
    """Port: ``AccessNetwork``, of a network in another process.

    Until it was heard, nothing is known; while it is away, the picture is what was known last.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._feed = Feed(nothing_known(clock.now()))
        self.connected = False
        """Whether what is told now is heard."""

    @property
    def origin(self) -> Origin:
        """Where the network's facts come from."""
        return self._feed.origin

    @property
    def picture(self) -> Picture:
        """The present, as far as it is known here."""
        return self._feed.picture

    def join(self) -> FeedReader:
        """Return a reader; see ``Source``."""
        return self._feed.join()

    async def run(self) -> None:
        """Hear what the network tells, and connect anew whenever it is away, until cancelled."""
        away = ""
        try:
            while True:
                try:
                    await self._follow()
                except (Problem, Gap) as fault:
                    if self.connected or str(fault) != away:
                        log.info("the access network is away: %s", fault)
                    away = str(fault)
                self.connected = False
                await self._clock.sleep(RETRY_S)
        finally:
            self._feed.end()

    async def _follow(self) -> None:
        stream, writer, first = await _connected(self._path)
        self._feed.begin_again(first)
        self.connected = True
        try:
            while True:
                told = await _heard(stream)
                if isinstance(told, Snapshot):
                    self._feed.begin_again(told)
                else:
                    self._feed.tell(told)
        finally:
            writer.close()
