"""Posts notifications over HTTP with httpx.

Never follows a redirect, never uses a proxy of the environment, and never holds a large answer.
"""

import asyncio
import ssl
from urllib.parse import urlsplit

import httpx

from wayside.core.errors import Unavailable

ANSWER_BYTES_MAX = 64 * 1024
CONNECTIONS_MAX = 256


class HttpPoster:
    """Port: ``chassis.delivery.Poster``. ``tls`` says whom to trust and who we are."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._client = httpx.AsyncClient(
            verify=tls if tls is not None else True,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=30.0),
        )

    async def post(self, url: str, body: bytes, *, timeout_s: float) -> int:
        """Return the status that ``url`` answers; raise Unavailable where none comes in time."""
        # httpx normalises a path; the client's callback is called exactly as it was written.
        target = (urlsplit(url).path or "/").encode("ascii")
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._client.stream(
                    "POST",
                    url,
                    content=body,
                    headers={"content-type": "application/json"},
                    timeout=timeout_s,
                    extensions={"target": target},
                ) as response,
            ):
                read = 0
                async for piece in response.aiter_raw():
                    read += len(piece)
                    if read > ANSWER_BYTES_MAX:
                        break
                return response.status_code
        except TimeoutError as fault:
            raise Unavailable(f"{url} did not answer within {timeout_s:g} s.") from fault
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            raise Unavailable(f"{url} could not be reached: {fault!r}.") from fault

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
