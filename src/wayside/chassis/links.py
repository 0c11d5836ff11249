"""Links as the caller sees them: absolute paths become URIs under the caller's API root.

Never invents a host: it comes from the Host header, or from front's X-Forwarded-* headers.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from wayside.core.errors import BadRequest, Misdirected
from wayside.core.replies import Entry

if TYPE_CHECKING:  # the HTTP room imports the element, which imports links
    from .http.messages import Request

MARKS = (b'"href":"/', b'"resourceURL":"/')
"""What a link starts with that is kept as a path; the second is MEC 013's."""
HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
BASES_MAX = 64
VIEWS_MAX = 8
"""Views kept per entry: a host is seen through few names."""


def base_of(request: "Request") -> str:
    """Return the caller's view of this element's root: scheme, host and front's prefix.

    Raises BadRequest where the Host header is missing (HTTP/1.1) or is no host. Empty where
    there is no host: links are absolute paths then.
    """
    headers, peer = request.headers, request.peer
    host, scheme, prefix = headers.get(b"host", b""), peer.scheme, ""
    if peer.forwards:
        host = headers.get(b"x-forwarded-host", host)
        scheme = headers.get(b"x-forwarded-proto", b"http").decode("latin-1")
        prefix = headers.get(b"x-forwarded-prefix", b"").decode("latin-1")
        if scheme not in ("http", "https") or not PREFIX.fullmatch(prefix):
            raise BadRequest("X-Forwarded-Proto or X-Forwarded-Prefix cannot be used.")
    if not host:
        if request.version != "1.0" and b"host" not in headers:
            raise BadRequest("The Host header is missing.", field="Host")
        return prefix
    name = host.decode("latin-1")
    if not HOST.fullmatch(name):
        raise BadRequest("The Host header is not a host and a port.", field="Host")
    return f"{scheme}://{name}{prefix}"


HostRule = Callable[[str], None]
"""Returns where a request may name this host; raises Misdirected otherwise."""


def own_names(*names: str) -> HostRule:
    """Return the rule of an element on loopback: loopback's names and addresses, and ``names``.

    A page from elsewhere whose name was made to lead here (DNS rebinding) still says its own name.
    """
    known = {"localhost", *(name.lower() for name in names)}

    def require(host: str) -> None:
        name, colon, _ = host.lower().rpartition(":")
        if not colon or host.endswith("]"):
            name = host.lower()
        name = name.strip("[]").rstrip(".")
        if name in known or name.endswith(".localhost") or _is_loopback(name):
            return
        raise Misdirected(
            f"This is not {host[:100]}. Use http://127.0.0.1, http://localhost, or a name that was "
            "given with `wayside up --name`.",
            field="Host",
        )

    return require


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class Bases:
    """Views of one element's root by scheme and Host header; few are seen, so they are kept."""

    def __init__(self, rule: HostRule | None = None) -> None:
        self._rule = rule
        self._kept: dict[tuple[str, bytes], str] = {}

    def of(self, request: "Request") -> str:
        """Return ``base_of(request)``."""
        peer = request.peer
        host = request.headers.get(b"host")
        if host is None or peer.forwards:
            return base_of(request)
        key = (peer.scheme, host)
        base = self._kept.get(key)
        if base is None:
            if len(self._kept) >= BASES_MAX:
                self._kept.clear()
            base = base_of(request)
            if self._rule is not None:
                self._rule(host.decode("latin-1"))
            self._kept[key] = base
        return base


def rewritten(encoded: bytes, base: str) -> bytes:
    """Return JSON bytes with each link that is an absolute path put under ``base``."""
    if not base:
        return encoded
    root = base.encode("latin-1") + b"/"
    for mark in MARKS:
        if mark in encoded:
            encoded = encoded.replace(mark, mark[:-1] + root)
    return encoded


def view(entry: Entry[Any], base: str) -> bytes:
    """Return the entry's bytes as seen under ``base``, kept with the entry."""
    views = entry.views
    if len(views) >= VIEWS_MAX:
        views.clear()
    views[base] = seen = rewritten(entry.encoded, base)
    return seen
