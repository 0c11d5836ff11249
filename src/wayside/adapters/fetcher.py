"""Fetches files over HTTP with httpx: packages that devices bring.

A name is resolved and judged at each call, as for notifications. Never follows a redirect, never
uses a proxy of the environment, and never writes more than it may.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from wayside.core.errors import Unavailable, Unprocessable

from .pinning import Reach, pinned

SILENCE_S_MAX = 10.0
"""How long the other end may say nothing."""
SECONDS_MAX = 300.0
"""How long a file may take in all."""
AT_ONCE = 4
"""Files that are fetched at the same time."""


class HttpFetcher:
    """Port: ``ualcmp.packages.Fetcher``.

    ``allow`` judges a URL before anything is sent, ``reach`` the address each time; without it any
    address is called. ``tls`` says whom to trust.
    """

    def __init__(
        self,
        *,
        allow: Callable[[str], None],
        reach: Reach | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = allow
        self._reach = reach
        self._tls = tls or httpx.create_ssl_context()
        self._turns = asyncio.Semaphore(AT_ONCE)

    def require(self, url: str) -> None:
        """Return where ``url`` may be fetched at all; raise Unprocessable."""
        self._allow(url)

    async def fetch(self, url: str, into: Path, *, bytes_max: int) -> None:
        """Write what ``url`` holds to ``into``, whole or not at all.

        Raises Unprocessable where it answers no 200 or more than ``bytes_max`` bytes, Unavailable
        where it does not answer in time, and what ``reach`` raises.
        """
        try:
            async with self._turns, asyncio.timeout(SECONDS_MAX):
                await self._fetch(url, into, bytes_max)
        except TimeoutError as fault:
            into.unlink(missing_ok=True)
            raise Unavailable(f"{url} took longer than {SECONDS_MAX:g} s.") from fault
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as fault:
            into.unlink(missing_ok=True)
            raise Unavailable(f"{url} could not be fetched: {fault!r}.") from fault
        except BaseException:
            into.unlink(missing_ok=True)
            raise

    async def _fetch(self, url: str, into: Path, bytes_max: int) -> None:
        headers = {"accept-encoding": "identity"}
        extensions: dict[str, Any] = {"target": (urlsplit(url).path or "/").encode("ascii")}
        called = url
        if self._reach is not None:
            called = await pinned(url, self._reach, headers, extensions)
        transport = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        async with (
            httpx.AsyncClient(transport=transport, trust_env=False, timeout=SILENCE_S_MAX) as http,
            http.stream("GET", called, headers=headers, extensions=extensions) as answer,
        ):
            if answer.status_code != 200:
                raise Unprocessable(f"{url} answered {answer.status_code} and no file.")
            await _write(answer.aiter_raw(), into, url, bytes_max)


async def _write(pieces: AsyncIterator[bytes], into: Path, url: str, bytes_max: int) -> None:
    read = 0
    with into.open("wb") as file:
        async for piece in pieces:
            read += len(piece)
            if read > bytes_max:
                raise Unprocessable(f"{url} holds more than the {bytes_max} bytes that are taken.")
            await asyncio.to_thread(file.write, piece)
