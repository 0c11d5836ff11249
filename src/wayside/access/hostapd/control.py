"""One control socket of hostapd: commands and answers on one datagram socket, events on another.

Each of ours is bound to a path of its own, so that hostapd can answer it from any network
namespace. Never understands what is said: ``answers`` does.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from wayside.core.errors import Problem

ANSWER_BYTES_MAX = 8192
"""hostapd answers with 4096 at most."""
ANSWER_S_MAX = 5.0


class HostapdAway(Problem):
    """hostapd cannot be reached at a socket, or does not answer there."""

    status = 503
    title = "Service Unavailable"


class Control:
    """An open control socket; made by ``opened``."""

    def __init__(self, path: Path, asking: socket.socket, hearing: socket.socket) -> None:
        self._path = path
        self._asking, self._hearing = asking, hearing
        self._turn = asyncio.Lock()

    async def ask(self, command: str) -> str:
        """Return what hostapd answers to a command; raise HostapdAway where it does not."""
        async with self._turn:
            return await self._answer(self._asking, command)

    async def event(self) -> str:
        """Return the next event, waiting for it; raise HostapdAway where the socket has broken."""
        loop = asyncio.get_running_loop()
        try:
            return _text(await loop.sock_recv(self._hearing, ANSWER_BYTES_MAX))
        except OSError as fault:
            raise self._away(fault) from fault

    async def attach(self) -> None:
        """Have events told from now on; raise HostapdAway where that is refused."""
        answer = await self._answer(self._hearing, "ATTACH")
        if answer.strip() != "OK":
            raise HostapdAway(f"{self._path}: hostapd answers {answer.strip()[:80]!r} to ATTACH.")

    async def _answer(self, by: socket.socket, command: str) -> str:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                await loop.sock_sendall(by, command.encode())
                return _text(await loop.sock_recv(by, ANSWER_BYTES_MAX))
        except TimeoutError as fault:
            raise HostapdAway(
                f"{self._path}: hostapd does not answer {command} within {ANSWER_S_MAX:g} s."
            ) from fault
        except OSError as fault:
            raise self._away(fault) from fault

    def _away(self, fault: OSError) -> HostapdAway:
        return HostapdAway(f"{self._path}: {fault.strerror or fault}.")


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Control]:
    """Open the control socket at ``path`` and hear its events; raise HostapdAway."""
    with TemporaryDirectory(prefix="wayside-hostapd-") as folder:
        sockets = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
        try:
            for name, each in zip(("ask", "hear"), sockets, strict=True):
                each.setblocking(False)
                each.bind(f"{folder}/{name}")
                try:
                    each.connect(str(path))
                except OSError as fault:
                    raise HostapdAway(f"{path}: {fault.strerror or fault}.") from fault
            control = Control(path, *sockets)
            await control.attach()
            yield control
        finally:
            # Where hostapd is away, there is nobody to tell.
            with suppress(OSError):
                sockets[1].send(b"DETACH")
            for each in sockets:
                each.close()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
