"""What may be a callback URI: the standard's rule, and the hook by which a stricter one is set.

Pure; never resolves a name and never changes a URI: what the client gave is what is called.
Ref: MEC 009 clause 6.12.3.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from wayside.core.errors import Unprocessable

CallbackRule: TypeAlias = Callable[[str, Sequence[str]], None]
"""Returns where a URI may be called for one whose own addresses these are; raises Unprocessable."""

LENGTH_MAX = 2048
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=?#]|%[0-9A-Fa-f]{2})+")


def require_callback(url: str, own: Sequence[str] = ()) -> None:
    """Return where ``url`` is an absolute http(s) URI without userinfo, query and fragment.

    Wherever it leads: the rule of the sandbox. Raises Unprocessable with what is wrong otherwise.
    """
    if len(url) > LENGTH_MAX:
        raise _refused(url, f"is longer than {LENGTH_MAX} characters")
    if not _CHARACTERS.fullmatch(url):
        raise _refused(url, "has a character that a URI must percent-encode")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise _refused(url, f"is no URI ({fault})") from fault
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise _refused(url, "is no absolute http or https URI with a host")
    if "@" in parts.netloc:
        raise _refused(url, "has a user part")
    if "?" in url or "#" in url:
        raise _refused(url, "has a query or a fragment")


def _refused(url: str, why: str) -> Unprocessable:
    return Unprocessable(
        f"The callback {url[:200]!r} {why}. Give an absolute http or https URI without user part, "
        "query and fragment."
    )
