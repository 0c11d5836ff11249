"""How an element's notifications leave its process. Never decides what is told to whom."""

from collections.abc import Callable
from pathlib import Path

from wayside.adapters.poster import HttpPoster
from wayside.chassis.callbacks import require_callback
from wayside.chassis.delivery import Deliverer, SocketHub
from wayside.chassis.subscriptions import Outlet
from wayside.security.callbacks import CallbackFence

from .process import Hands
from .settings import HostSettings, Profile, SystemSettings


def outlet(
    hands: Hands, root: Callable[[], str], *, fence: CallbackFence | None,
    hub: SocketHub | None = None, relay: Path | None = None,
) -> Outlet:  # fmt: skip
    """Return the way out, kept in by the fence; links in notifications start with ``root()``.

    What leads to loopback goes to the ``relay`` where there is one.
    """
    return Outlet(
        deliverer=Deliverer(hands.clock, hands.nursery),
        poster=HttpPoster(reach=None if fence is None else fence.reach, relay=relay),
        root=root,
        hub=hub,
        allow=require_callback if fence is None else fence.require,
    )


def root_of(settings: HostSettings | SystemSettings) -> str:
    """Return the API root under which others find an element.

    It is the public one, where there is one, else the first TCP address.
    """
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    scheme = "https" if settings.guard.profile is Profile.OPERATOR else "http"
    if not settings.listen:  # Found over its Unix socket alone, where any host will do.
        return f"{scheme}://localhost"
    first = settings.listen[0]
    host = f"[{first.host}]" if ":" in first.host else first.host
    return f"{scheme}://{host}:{first.port}"
