"""The way out: connections to other elements, kept and bounded, with time-outs and retries.

Never knows an API. Retries only where the request cannot have had an effect: idempotent methods,
or where no connection came about.
"""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

from wayside.core.errors import BadRequest, Unavailable
from wayside.core.requests import Upload

IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS"))
PAUSES_S = (0.05, 0.2)
"""Before the second and the third try."""


@dataclass
class Ask:
    """One request to send; ``path`` and ``query`` are percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    upload: Upload | None = None


Token = Callable[[], Awaitable[str | None]]
"""Gives an access token for the next request, or None."""


def split_url(url: str) -> tuple[str, str]:
    """Return the http form of ``url`` without last slash, and its Unix socket or nothing.

    Raises BadRequest where it is neither http, https nor unix.
    """
    if url.startswith("unix:"):
        socket, _, prefix = url.removeprefix("unix:").partition(":")
        return "http://localhost" + prefix.rstrip("/"), socket
    if url.startswith(("http://", "https://")):
        return url.rstrip("/"), ""
    raise BadRequest(f"{url}: a URL starts with http://, https:// or unix:/.", field="url")


class HttpClient:
    """Owns the connections of one process to others; close it, or use it as a context.

    ``tls`` is for https; ``token`` gives a bearer token per request; files that are answered are
    kept in ``folder`` (one of its own where none is given, removed on close).
    """

    def __init__(
        self,
        *,
        timeout_s: float = 10.0,
        tls: ssl.SSLContext | None = None,
        token: Token | None = None,
        folder: Path | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._tls = tls
        self._token = token
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where files that are answered are kept."""
        if self._folder is None:
            self._own_folder = tempfile.TemporaryDirectory(prefix="wayside-")
            self._folder = Path(self._own_folder.name)
        return self._folder

    async def send(self, url: str, ask: Ask) -> httpx.Response:
        """Return the answer to ``ask``, its body not yet read.

        Raises Unavailable where there is none.
        """
        base, client = self._client(url)
        target = base + ask.path + ("?" + ask.query if ask.query else "")
        tries = 1 + (len(PAUSES_S) if ask.upload is None else 0)
        for number in range(tries):
            try:
                return await self._try(client, target, ask)
            except httpx.TransportError as fault:
                again = ask.method in IDEMPOTENT or isinstance(fault, httpx.ConnectError)
                slow = isinstance(fault, httpx.TimeoutException)
                if slow or not again or number == tries - 1:
                    said = str(fault) or type(fault).__name__
                    raise Unavailable(f"{url} did not answer {ask.method}: {said}.") from fault
            await asyncio.sleep(PAUSES_S[number])
        raise Unavailable(f"{url} did not answer {ask.method}.")

    async def _try(self, client: httpx.AsyncClient, target: str, ask: Ask) -> httpx.Response:
        headers = dict(ask.headers)
        token = await self._token() if self._token is not None else None
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        content: bytes | AsyncIterator[bytes] | None = ask.content
        if ask.upload is not None:
            content = ask.upload.pieces()
        try:
            request = client.build_request(ask.method, target, headers=headers, content=content)
        except httpx.InvalidURL as fault:
            raise BadRequest(
                f"An identifier in {ask.path[:80]} cannot be asked for: {fault}."
            ) from fault
        return await client.send(request, stream=True)

    def _client(self, url: str) -> tuple[str, httpx.AsyncClient]:
        base, socket = split_url(url)
        client = self._clients.get(socket)
        if client is None:
            transport = httpx.AsyncHTTPTransport(
                uds=socket or None, verify=self._tls or True, trust_env=False
            )
            client = self._clients[socket] = httpx.AsyncClient(
                transport=transport, timeout=self._timeout_s, trust_env=False
            )
        return base, client

    async def close(self) -> None:
        """Close all connections, and forget the files that were answered."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()
        if self._own_folder is not None:
            self._own_folder.cleanup()
            self._own_folder, self._folder = None, None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()
