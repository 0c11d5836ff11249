"""Callbacks that lead to this machine's own loopback, sent on from the machine's namespace.

Orchestrator and managers in namespaces of the lab have loopbacks of their own; the front door's
process has that of the machine. For the sandbox alone: an operator's callbacks never lead to a
loopback. And for management alone: applications' callbacks never get out of the lab that way.
"""

from pathlib import Path

from wayside.adapters.poster import HttpPoster
from wayside.chassis.element import Element
from wayside.chassis.http import HttpServer
from wayside.chassis.http.messages import RawHandler, Request, Response, respond
from wayside.core.errors import BadRequest, MethodNotAllowed
from wayside.linux.probe import Way
from wayside.security.sandbox import SandboxAuthoriser

from .launch import Launch
from .process import Hands
from .settings import HostSettings, Profile, SystemSettings
from .state import CALLBACKS, StateFolder

ANSWER_S_MAX = 10.0


def relay_of(settings: HostSettings | SystemSettings) -> Path | None:
    """Return the socket that loopback callbacks of management go to; None: they need none."""
    if settings.guard.profile is Profile.OPERATOR or settings.in_namespace is None:
        return None
    return StateFolder(settings.state).socket(CALLBACKS)


async def serve_callbacks(wanted: Launch, hands: Hands) -> HttpServer | None:
    """Return what sends callbacks on, serving already; None where they need no such way."""
    if wanted.profile is Profile.OPERATOR or wanted.way == Way.SIMULATED:
        return None
    element = Element(
        title="Callbacks to this machine",
        apis=(),
        authoriser=SandboxAuthoriser(),
        clock=hands.clock,
        new_id=hands.new_id,
    )
    element.mount("/*", sent_on(HttpPoster()))
    server = HttpServer(element, nursery=hands.nursery)
    await server.listen_unix(wanted.state.socket(CALLBACKS))
    return server


def sent_on(poster: HttpPoster) -> RawHandler:
    """Return a handler that posts a notification to the host that it names, and its status back.

    Raises Unavailable where that host does not answer.
    """

    async def send(request: Request) -> Response:
        host = request.header(b"host")
        if request.method != "POST":
            raise MethodNotAllowed("Notifications are posted.", headers={"Allow": "POST"})
        if host is None or request.upload is None:
            raise BadRequest("A notification says where it goes, and has a body.")
        body = b"".join([piece async for piece in request.upload.pieces()])
        url = f"http://{host}{request.target.decode('latin-1')}"
        return respond(await poster.post(url, body, timeout_s=ANSWER_S_MAX))

    return send
