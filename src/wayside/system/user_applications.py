"""The UALCMP of a system: joined to the MEO over Mm9 and to devices over Mx2.

It has a store, a client and a certificate of its own, though it shares the orchestrator's process.
Never decides anything: it only joins.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

from wayside.adapters.fetcher import HttpFetcher
from wayside.adapters.poster import HttpPoster
from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.callbacks import require_callback
from wayside.chassis.client import HttpClient, connect
from wayside.chassis.delivery import Deliverer
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import Outlet
from wayside.core.errors import Unprocessable
from wayside.refpoints import mm9
from wayside.security.callbacks import CallbackFence
from wayside.ualcmp.build import Ualcmp
from wayside.ualcmp.policy import Offer, Policy
from wayside.ualcmp.runs import Orchestrator

from .callbacks import relay_of
from .guard import Guard, guard
from .notifying import root_of
from .outward import outward
from .process import Hands
from .serving import listen_at
from .settings import Profile, SystemSettings, UalcmpSettings
from .state import SYSTEM, UALCMP, StateFolder


class UserApplications:
    """The proxy and its server, between two stores: ``proxy`` is built and nothing of it runs."""

    def __init__(
        self, proxy: Ualcmp, settings: SystemSettings, wanted: UalcmpSettings, protection: Guard,
        hands: Hands,
    ) -> None:  # fmt: skip
        self.proxy = proxy
        self._settings = settings
        self._wanted = wanted
        self._protection = protection
        element = Element(
            title="Device applications",
            apis=proxy.apis,
            authoriser=protection.authoriser,
            clock=hands.clock,
            new_id=hands.new_id,
            doors=protection.doors,
        )
        self._server = HttpServer(element, nursery=hands.nursery)

    async def listen(self) -> None:
        """Serve devices, and in the sandbox the front door."""
        await listen_at(self._server, self._wanted.listen, self._settings, self._protection)
        if self._wanted.guard.profile is Profile.SANDBOX:
            await self._server.listen_unix(StateFolder(self._settings.state).socket(UALCMP))

    async def close(self) -> None:
        """Serve no more."""
        await self._server.close()


@asynccontextmanager
async def user_applications(
    settings: SystemSettings, hands: Hands
) -> AsyncIterator[UserApplications | None]:
    """Yield the proxy that the settings ask for; None where they ask for none.

    Raises Unprocessable where it is to protect itself otherwise than the orchestrator.
    """
    wanted = settings.ualcmp
    if wanted is None:
        yield None
        return
    if wanted.guard.profile is not settings.guard.profile:
        raise Unprocessable(
            "ualcmp.guard.profile: the proxy has the profile of the orchestrator; set both alike.",
            field="ualcmp.guard.profile",
        )
    protection = guard(wanted.guard, hands.clock)
    folder = StateFolder(settings.state).element(UALCMP)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(SqliteJournal(folder / "ualcmp.db"), new_id=hands.new_id)
    answers = folder / "incoming"
    try:
        async with outward(wanted.guard, protection, hands.clock, folder=answers) as http:
            proxy = Ualcmp(
                _meo(settings, http),
                store=store,
                clock=hands.clock,
                nursery=hands.nursery,
                outlet=_outlet(settings, wanted, hands),
                fetcher=_fetcher(wanted),
                folder=folder / "packages",
                policy=policy_of(wanted),
            )
            yield UserApplications(proxy, settings, wanted, protection, hands)
    finally:
        await store.close()


def policy_of(wanted: UalcmpSettings) -> Policy:
    """Return the operator's rules as the settings say them."""
    offered = wanted.offered
    return Policy(
        offered=None
        if offered is None
        else {
            each.app_d_id: Offer(each.app_d_id, each.vendor_id, each.contexts_per_instance)
            for each in offered
        },
        contexts_per_instance=wanted.contexts_per_instance,
        contexts_per_client=wanted.contexts_per_client,
        cells={ip_network(network): cell for network, cell in wanted.cells.items()},
        answer_within_s=wanted.answer_within_s,
        graceful_timeout_s=wanted.graceful_timeout_s,
        package_bytes_max=wanted.package_bytes_max,
    )


def _meo(settings: SystemSettings, http: HttpClient) -> Orchestrator:
    url = f"unix:{StateFolder(settings.state).socket(SYSTEM)}"
    return Orchestrator(
        packages=connect(mm9.AppPkgm, url, http),
        instances=connect(mm9.AppLcm, url, http),
        changes=connect(mm9.Changes, url, http),
        apps=connect(mm9.UserApps, url, http),
    )


def _outlet(settings: SystemSettings, wanted: UalcmpSettings, hands: Hands) -> Outlet:
    """Return the way to devices: in the operator profile to where one asks from, or as allowed."""
    deliverer = Deliverer(hands.clock, hands.nursery)
    if wanted.guard.profile is Profile.SANDBOX:
        poster = HttpPoster(relay=relay_of(settings))
        return Outlet(deliverer, poster, lambda: root_of(settings))
    allowed = tuple(map(ip_network, wanted.guard.callback_networks))
    devices = tuple(map(ip_network, wanted.cells))
    poster = HttpPoster(reach=CallbackFence(None, (*allowed, *devices)).reach)
    fence = CallbackFence(None, allowed)
    return Outlet(deliverer, poster, lambda: root_of(settings), allow=fence.require)


def _fetcher(wanted: UalcmpSettings) -> HttpFetcher:
    if wanted.guard.profile is Profile.SANDBOX:
        return HttpFetcher(allow=require_callback)
    fence = CallbackFence(None, tuple(map(ip_network, wanted.package_networks)))
    return HttpFetcher(allow=lambda url: fence.require(url, ()), reach=fence.reach)
