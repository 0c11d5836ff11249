"""What one process serves: several APIs behind one authoriser, and what is mounted beside them.

Never reads a socket: the server does, and asks here for each request's handler.
"""

from collections.abc import Sequence
from email.utils import formatdate

from wayside.core.authorisation import Authoriser, Credentials
from wayside.core.clock import Clock
from wayside.core.errors import BadRequest, MethodNotAllowed, NotFound
from wayside.core.ids import NewId
from wayside.core.operations import Api, operations_of

from .bind import NO_CREDENTIALS, BoundOperation
from .http.messages import Handler, RawHandler, Request
from .links import base_of
from .mounts import Mounts
from .router import Node, Router

SECOND_NS = 1_000_000_000


class Element:
    """Several APIs as one HTTP service; a Dispatcher for the server.

    ``prefixes`` (``/mec1``) are taken from the front of a path and come back in links.
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
        self._date_s = -1
        self._date = b""

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

        Raises BadRequest, NotFound, MethodNotAllowed, NotAcceptable, UnsupportedMediaType and
        whatever the authoriser raises.
        """
        _aim(request)
        if not request.base:
            request.base = base_of(request)
        for prefix in self._prefixes:
            if request.path.startswith(prefix + "/") or request.path == prefix:
                request.path = request.path[len(prefix) :] or "/"
                request.base += prefix
                break
        found = self._router.find(request.path)
        if found is None:
            mounted = self._mounts.find(request.path)
            if mounted is None:
                raise NotFound(
                    f"There is nothing at {request.path[:200]}. GET /apis lists what is served."
                )
            return mounted
        return self._operation(request, *found)

    def _operation(self, request: Request, node: Node, values: list[str]) -> BoundOperation:
        method = "GET" if request.method == "HEAD" else request.method
        bound = node.methods.get(method)
        if bound is None:
            allowed = ", ".join(sorted(node.methods) + ["HEAD"] * ("GET" in node.methods))
            raise MethodNotAllowed(
                f"{request.method[:20]} is not a method of this resource; it has {allowed}.",
                headers={"Allow": allowed},
            )
        if values:
            request.values = dict(zip(node.names[method], values, strict=True))
        request.credentials = credentials = _credentials(request)
        request.caller = self._authoriser.authorise(bound.operation, credentials, request.values)
        bound.check(request)
        return bound


def _aim(request: Request) -> None:
    """Split the target into path and query; the absolute form is taken for its path."""
    raw, _, request.query = request.target.partition(b"?")
    try:
        path = raw.decode("ascii")
    except UnicodeDecodeError as fault:
        raise BadRequest("The path must be percent-encoded.", field="path") from fault
    if not path.startswith("/") and "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    request.path = path


def _credentials(request: Request) -> Credentials:
    header = request.headers.get(b"authorization")
    certificate = request.peer.certificate
    if header is None and certificate is None:
        return NO_CREDENTIALS
    return Credentials(None if header is None else header.decode("latin-1"), certificate)
