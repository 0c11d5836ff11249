"""Connections for notifications, by whom they lead to: nobody waits for another's connections.

An origin has a few of its own. One that did not answer last time goes through a narrow gate that
it shares with the others of its kind, so that the many silent never take what the living need.
Never sends anything and knows no time-outs: the poster does.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import httpx

PER_ORIGIN = 8
"""Connections to one origin, so that none holds more."""
AT_ONCE, AT_ONCE_FAILING = 384, 64
"""Notifications under way to origins that answer, and to those that do not."""
KEPT_MAX = 256
"""Origins whose idle connections are kept; the one that was idle longest is closed."""


def is_loopback(origin: str) -> bool:
    """Tell whether an origin is, over http, on the loopback of whoever calls it."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


class Origin:
    """One scheme, host and port, with a pool of its own."""

    def __init__(self, tls: ssl.SSLContext, socket: Path | None = None) -> None:
        self.users = 0
        self.failing = False
        """Whether the last notification came to nothing."""
        self.turns = asyncio.Semaphore(PER_ORIGIN)
        limits = httpx.Limits(max_connections=PER_ORIGIN, keepalive_expiry=30.0)
        self.client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=str(socket) if socket else None, verify=tls, limits=limits, trust_env=False
            ),
            follow_redirects=False,
            trust_env=False,
        )


class Origins:
    """The origins that were called lately. ``tls`` says whom to trust and who we are.

    Where there is a ``relay``, it is spoken to in place of those on loopback, over http.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, relay: Path | None = None) -> None:
        self._relay = relay
        self._tls = tls or httpx.create_ssl_context()
        self._held: OrderedDict[str, Origin] = OrderedDict()
        self._answering = asyncio.Semaphore(AT_ONCE)
        self._failing = asyncio.Semaphore(AT_ONCE_FAILING)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a client for the origin when its turn has come; an exception marks it failing."""
        origin = self._held.get(name) or self._held.setdefault(name, self._new(name))
        self._held.move_to_end(name)
        origin.users += 1
        try:
            # Its own turn first: who waits for that holds nothing that others need.
            async with origin.turns, self._failing if origin.failing else self._answering:
                try:
                    yield origin.client
                except Exception:
                    origin.failing = True
                    raise
                origin.failing = False
        finally:
            origin.users -= 1
            await self._close_idle()

    def _new(self, name: str) -> Origin:
        return Origin(self._tls, self._relay if is_loopback(name) else None)

    async def _close_idle(self) -> None:
        while len(self._held) > KEPT_MAX:
            idle = next((name for name, each in self._held.items() if not each.users), None)
            if idle is None:
                return
            await self._held.pop(idle).client.aclose()

    async def close(self) -> None:
        """Close all connections."""
        held, self._held = list(self._held.values()), OrderedDict()
        for origin in held:
            await origin.client.aclose()
