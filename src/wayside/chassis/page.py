"""The API page: every operation with its parameters, tried out from the browser.

Served whole from this package; it loads nothing from elsewhere and runs no script but its own.
Ours: see docs/decisions.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import urlsplit

from wayside.core.errors import MethodNotAllowed
from wayside.core.wire import encode

from .http.messages import RawHandler, Request, Response, respond

INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def api_page(title: str, documents: Sequence[tuple[str, str]]) -> RawHandler:
    """Return a handler that shows the page for these OpenAPI documents.

    Each is (title, absolute path below the API root as this element sees it).
    """
    template = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    policy = _policy(template)

    async def answer(request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed("The API page is only read.", headers={"Allow": "GET, HEAD"})
        prefix = urlsplit(request.base).path
        shown = {"title": title, "documents": [(name, prefix + path) for name, path in documents]}
        # In a script element only "</" and "<!" end or hide what follows.
        data = encode(shown).decode().replace("<", "\\u003c")
        body = template.replace("{{data}}", data).encode()
        headers = (
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-cache"),
        )
        return respond(200, body, media_type="text/html; charset=utf-8", headers=headers)

    return answer


def _policy(template: str) -> str:
    """Return a policy that admits the page's own script and style and nothing else."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in INLINE.findall(template):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    return (
        f"default-src 'none'; script-src {' '.join(hashes['script'])}; "
        f"style-src {' '.join(hashes['style'])}; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
