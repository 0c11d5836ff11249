"""Names resolved and judged once for each call: the address that was judged is the one called.

Never calls anything.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Reach: TypeAlias = Callable[[str, Sequence[str]], str]
"""Chooses the address to call for a host among those it resolved to, or raises a Problem."""


async def pinned(
    url: str, reach: Reach, headers: dict[str, str], extensions: dict[str, Any]
) -> str:
    """Return ``url`` with the judged address for its host, which the headers still name.

    Raises what ``reach`` raises, and OSError where a name has no address.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    address = reach(host, [str(each[4][0]) for each in found])
    headers["host"] = parts.netloc
    if parts.scheme == "https" and address != host:
        # A kept connection was verified for one name; another of the same address must not
        # get it.
        headers["connection"] = "close"
        extensions["sni_hostname"] = host
    written = f"[{address}]" if ":" in address else address
    return f"{parts.scheme}://{written}:{port}/"
