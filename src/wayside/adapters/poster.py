"""Posts notifications over HTTP with httpx.

A name is resolved and judged at each delivery, and the address that was judged is the one that is
called: a name that changes its mind in between gains nothing. Never follows a redirect, never uses
a proxy of the environment, and never holds a large answer.
"""

import asyncio
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from wayside.core.errors import Unavailable

from .origins import Origins
from .pinning import Reach, pinned

ANSWER_BYTES_MAX = 64 * 1024


class HttpPoster:
    """Port: ``chassis.delivery.Poster``. ``tls`` says whom to trust and who we are.

    ``reach`` is asked at each delivery; without it any address is called. What leads to loopback
    goes to the ``relay`` where there is one.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        reach: Reach | None = None,
        relay: Path | None = None,
    ) -> None:
        self._reach = reach
        self._origins = Origins(tls=tls, relay=relay)

    async def post(self, url: str, body: bytes, *, timeout_s: float) -> int:
        """Return the status that ``url`` answers; ``timeout_s`` counts from when it is called.

        Raises Unavailable where none comes in time, and what ``reach`` raises.
        """
        try:
            parts = urlsplit(url)
            async with self._origins.turn(f"{parts.scheme}://{parts.netloc}") as client:
                return await self._post(client, url, body, timeout_s)
        except TimeoutError as fault:
            raise Unavailable(f"{url} did not answer within {timeout_s:g} s.") from fault
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as fault:
            raise Unavailable(f"{url} could not be reached: {fault!r}.") from fault

    async def _post(
        self, client: httpx.AsyncClient, url: str, body: bytes, timeout_s: float
    ) -> int:
        # httpx normalises a path; the client's callback is called exactly as it was written.
        target = (urlsplit(url).path or "/").encode("ascii")
        extensions: dict[str, Any] = {"target": target}
        headers = {"content-type": "application/json"}
        async with asyncio.timeout(timeout_s):
            called = url
            if self._reach is not None:
                called = await pinned(url, self._reach, headers, extensions)
            async with client.stream(
                "POST",
                called,
                content=body,
                headers=headers,
                timeout=timeout_s,
                extensions=extensions,
            ) as response:
                read = 0
                async for piece in response.aiter_raw():
                    read += len(piece)
                    if read > ANSWER_BYTES_MAX:
                        break
                return response.status_code

    async def close(self) -> None:
        """Close the connections."""
        await self._origins.close()
