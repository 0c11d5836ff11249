"""Opens an element to its callers: the Unix socket for the front door, TCP where settings say.

Never lets a profile listen where it may not.
"""

from collections.abc import Sequence

from wayside.chassis.http import Element, HttpServer
from wayside.core.authorisation import Authoriser
from wayside.core.operations import Api
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.tokens import TokenAuthoriser, checking_key

from .guard import Guard, require_listenable
from .launch import Launch
from .papers import Papers
from .process import Hands
from .settings import HostSettings, ListenSettings, Profile, SystemSettings
from .state import SYSTEM, StateFolder


def inner_server(title: str, apis: Sequence[Api], wanted: Launch, hands: Hands) -> HttpServer:
    """Return what serves ``apis`` to the front door alone, on the system's own tokens."""
    authoriser: Authoriser = SandboxAuthoriser()
    if wanted.profile is Profile.OPERATOR:
        key = checking_key(Papers(wanted.state, hands.clock).token_key)
        authoriser = TokenAuthoriser(key, hands.clock)
    element = Element(
        title=title, apis=apis, authoriser=authoriser, clock=hands.clock, new_id=hands.new_id
    )
    return HttpServer(element, nursery=hands.nursery)


async def listen(
    server: HttpServer, settings: HostSettings | SystemSettings, protection: Guard
) -> None:
    """Listen everywhere that the settings name; the Unix socket last: then all is ready."""
    await listen_at(server, settings.listen, settings, protection)
    name = settings.host_id if isinstance(settings, HostSettings) else SYSTEM
    await server.listen_unix(StateFolder(settings.state).socket(name))


async def listen_at(
    server: HttpServer,
    addresses: Sequence[ListenSettings],
    settings: HostSettings | SystemSettings,
    protection: Guard,
) -> None:
    """Listen at all of ``addresses``; at none where the profile may not listen at one of them."""
    for address in addresses:
        require_listenable(address, settings)
    for address in addresses:
        await server.listen_tcp(address.host, address.port, tls=protection.tls)
