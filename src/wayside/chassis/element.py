"""What one process serves: several APIs behind one authoriser, and what is mounted beside them.

Never reads a socket: the server does, and asks here for each request's handler.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate

from wayside.core.authorisation import Authoriser, Credentials
from wayside.core.clock import Clock
from wayside.core.errors import MethodNotAllowed, NotFound
from wayside.core.ids import NewId
from wayside.core.operations import Api, operations_of

from .bind import NO_CREDENTIALS, BoundOperation
from .documents import apis_handler, openapi_handler, openapi_path
from .http.messages import Handler, RawHandler, Request
from .links import Bases, HostRule
from .mounts import Mounts
from .page import api_page
from .rates import RateLimit
from .router import Router, split_target

SECOND_NS = 1_000_000_000
KEPT_TARGETS_MAX = 1_024
KEPT_TARGET_BYTES_MAX = 256


@dataclass(frozen=True)
class Aim:
    """Where a method and target lead: an operation and its path parameters, or no operation."""

    path: str
    query: bytes
    prefix: str = ""
    bound: BoundOperation | None = None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Doors:
    """What bounds an element's callers; those of our own front door are bounded there."""

    hosts: HostRule | None = None
    """Which Host headers are ours; None: any."""
    limit: RateLimit | None = None
    """How often an address may ask, and a client with a token."""


class Element:
    """Several APIs as one HTTP service; a Dispatcher for the server.

    ``prefixes`` (``/mec1``) are taken from the front of a path and come back in links. ``doors``
    bound who comes in at all, before any authoriser is asked.
    """

    def __init__(
        self,
        *,
        title: str,
        apis: Sequence[Api],
        authoriser: Authoriser,
        clock: Clock,
        prefixes: Sequence[str] = (),
        new_id: NewId,
        doors: Doors = Doors(),
    ) -> None:
        self.title = title
        self.apis = tuple(apis)
        self.clock = clock
        self.new_id = new_id
        self._authoriser = authoriser
        self._prefixes = tuple(prefix.rstrip("/") for prefix in prefixes)
        self._router = Router()
        self._mounts = Mounts()
        for api in self.apis:
            for operation in operations_of(type(api)):
                bound = BoundOperation(api, operation)
                self._router.add(api.info.root + operation.path, bound)
        if self.apis:
            self._describe()
        self._aims: dict[tuple[str, bytes], Aim] = {}
        self._bases = Bases(doors.hosts)
        self._limit = doors.limit
        self._date_s = -1
        self._date = b""

    def _describe(self) -> None:
        """Serve the list of APIs, each API's OpenAPI document, and the page that tries them."""
        for api in self.apis:
            self._mounts.add(openapi_path(api.info), openapi_handler(type(api)))
        self._mounts.add("/apis", apis_handler(self.apis))
        listed = [(f"{a.info.title} {a.info.version}", openapi_path(a.info)) for a in self.apis]
        self._mounts.add("/", api_page(self.title, listed), replaceable=True)

    def mount(self, path: str, handler: RawHandler) -> None:
        """Serve ``path`` and all below it by ``handler``; the longest path that fits wins.

        ``/`` is served alone, without what is below; ``/*`` is whatever nothing else serves.
        APIs come before mounts. No authoriser is asked: the handler looks after itself.
        """
        self._mounts.add(path, handler)

    def date(self) -> bytes:
        """Return the Date header line and the blank line after it."""
        now_s = self.clock.now() // SECOND_NS
        if now_s != self._date_s:
            self._date_s = now_s
            self._date = f"date: {formatdate(now_s, usegmt=True)}\r\n\r\n".encode()
        return self._date

    def prepare(self, request: Request) -> Handler:
        """Return the handler for the request's head, its caller authorised.

        Raises BadRequest, Misdirected, TooManyRequests, NotFound, MethodNotAllowed,
        NotAcceptable, UnsupportedMediaType and whatever the authoriser raises.
        """
        limit = None if request.peer.forwards else self._limit
        if limit is not None:
            limit.take(request.peer.address)
        request.base = self._bases.of(request)
        key = (request.method, request.target)
        aim = self._aims.get(key) or self._aim_at(key)
        request.path, request.query = aim.path, aim.query
        if aim.prefix:
            request.base += aim.prefix
        bound = aim.bound
        if bound is None:
            return self._mounted(request)
        request.handler, request.values = bound, aim.values
        request.credentials = credentials = _credentials(request)
        request.caller = self._authoriser.authorise(bound.operation, credentials, aim.values)
        if limit is not None and credentials.authorization is not None:
            limit.take(request.caller.subject)
        bound.check(request)
        return bound

    def _mounted(self, request: Request) -> Handler:
        mounted = self._mounts.find(request.path)
        if mounted is None:
            raise NotFound(
                f"There is nothing at {request.path[:200]}. GET /apis lists what is served."
            )
        return mounted

    def _aim_at(self, key: tuple[str, bytes]) -> Aim:
        """Return where a method and target lead; kept, as callers come back to few of them."""
        method, target = key
        aim = self._resolve(method, target)
        if len(target) <= KEPT_TARGET_BYTES_MAX:
            if len(self._aims) >= KEPT_TARGETS_MAX:
                self._aims.clear()
            self._aims[key] = aim
        return aim

    def _resolve(self, method: str, target: bytes) -> Aim:
        path, query = split_target(target)
        prefix = ""
        for candidate in self._prefixes:
            if path.startswith(candidate + "/") or path == candidate:
                path, prefix = path[len(candidate) :] or "/", candidate
                break
        found = self._router.find(path)
        if found is None:
            return Aim(path, query, prefix=prefix)
        node, values = found
        name = "GET" if method == "HEAD" else method
        bound = node.methods.get(name)
        if bound is None:
            allowed = ", ".join(sorted(node.methods) + ["HEAD"] * ("GET" in node.methods))
            raise MethodNotAllowed(
                f"{method[:20]} is not a method of this resource; it has {allowed}.",
                headers={"Allow": allowed},
            )
        return Aim(path, query, prefix, bound, dict(zip(node.names[name], values, strict=True)))


def _credentials(request: Request) -> Credentials:
    header = request.headers.get(b"authorization")
    certificate = request.peer.certificate
    if header is None and certificate is None:
        return NO_CREDENTIALS
    return Credentials(None if header is None else header.decode("latin-1"), certificate)
