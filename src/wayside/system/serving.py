"""Opens an element to its callers: the Unix socket for the front door, TCP where settings say.

Never lets a profile listen where it may not.
"""

from collections.abc import Sequence

from wayside.chassis.http import HttpServer

from .guard import Guard, require_listenable
from .settings import HostSettings, ListenSettings, SystemSettings
from .state import SYSTEM, StateFolder


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
