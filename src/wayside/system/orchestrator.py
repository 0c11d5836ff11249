"""The process of the system level: the orchestrator, with its store and its packages.

Never decides anything: it only joins.
"""

import asyncio
import sys
from pathlib import Path

from wayside.adapters.sqlite import SqliteJournal
from wayside.chassis.client import HttpClient, connect
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.store import Store
from wayside.core.errors import Unprocessable
from wayside.csar.policy import Policy
from wayside.meo.build import Meo
from wayside.meo.opening import opener_of
from wayside.meo.site import HostSite
from wayside.meo.topology import Host, Topology
from wayside.meo.wayside_coordination.asking import Coordination
from wayside.model.place import Position
from wayside.refpoints import mm1, mm3
from wayside.refpoints.mm4 import Mm4
from wayside.security.application_api import ApplicationClients

from .callbacks import relay_of
from .faults import fault_point
from .guard import guard, oss_fence
from .notifying import outlet, root_of
from .outward import outside, outward, require_https
from .process import Hands, run
from .serving import listen
from .settings import HostEntry, PackagePolicy, SystemSettings
from .state import SYSTEM, StateFolder
from .user_applications import user_applications

ASKING = ("lcmcoord:read", "lcmcoord:write")
"""What the token that the OSS is shown grants: its own interface, and nothing here."""


async def serve(settings: SystemSettings, hands: Hands, ended: asyncio.Event) -> None:
    """Serve the system level until ``ended`` is set."""
    oss = settings.coordination.oss
    require_https(
        settings.guard,
        [url for host in settings.hosts for url in (host.mm3, host.mm4)] + ([oss] if oss else []),
    )
    protection = guard(settings.guard, hands.clock)
    folder = StateFolder(settings.state).element(SYSTEM)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(SqliteJournal(folder / "meo.db"), new_id=hands.new_id)
    kept = Store(SqliteJournal(folder / "clients.db"), new_id=hands.new_id)
    incoming = folder / "incoming"
    async with (
        outward(settings.guard, protection, hands.clock, folder=incoming) as http,
        outside(settings.guard, protection, hands.clock, scopes=ASKING) as to_oss,
        user_applications(settings, hands) as users,
    ):
        policy = policy_of(settings)
        meo = Meo(
            Topology(_host(entry, http) for entry in settings.hosts),
            store=store,
            clock=hands.clock,
            nursery=hands.nursery,
            outlet=outlet(
                hands,
                lambda: root_of(settings),
                fence=oss_fence(settings),
                relay=relay_of(settings),
            ),
            files=folder / "packages",
            opener=opener_of(policy, hands.clock),
            package_bytes_max=policy.limits.package_bytes,
            before_step=fault_point(folder),
            coordination=_coordination(settings, to_oss),
        )
        clients = ApplicationClients(kept, meo.application)
        element = Element(
            title="MEC system level",
            apis=(
                *meo.apis,
                *(users.proxy.management if users is not None else ()),
                *protection.apis(clients),
            ),
            authoriser=protection.authoriser,
            clock=hands.clock,
            new_id=hands.new_id,
            doors=protection.doors,
        )
        server = HttpServer(element, nursery=hands.nursery)
        try:
            await meo.start()
            if users is not None:
                await users.listen()
            await listen(server, settings, protection)
            if users is not None:  # It finds the MEO served.
                await users.proxy.start()
            await ended.wait()
            if users is not None:
                await users.close()
            meo.part()
            await server.close()
        finally:
            await store.close()
            await kept.close()


def policy_of(settings: SystemSettings) -> Policy:
    """Return which packages are let in; raise Unprocessable where trust is no certificate."""
    if settings.package_policy is PackagePolicy.DEV:
        return Policy.dev()
    try:
        return Policy.trusting(*(path.read_bytes() for path in settings.trust))
    except (OSError, ValueError) as fault:
        raise Unprocessable(
            f"trust: the certificates cannot be read: {fault}. Give PEM files.", field="trust"
        ) from fault


def _coordination(settings: SystemSettings, http: HttpClient) -> Coordination:
    wanted = settings.coordination
    return Coordination(
        oss=None if wanted.oss is None else connect(mm1.LcmCoordination, wanted.oss, http),
        oss_name=wanted.oss or "",
        root=lambda: root_of(settings),
        answer_within_s=wanted.answer_within_s,
        graceful_timeout_s=wanted.graceful_timeout_s,
        suggests=wanted.suggests,
    )


def _host(entry: HostEntry, http: HttpClient) -> Host:
    position = None
    if entry.latitude is not None and entry.longitude is not None:
        position = Position(latitude=entry.latitude, longitude=entry.longitude)
    site = HostSite(
        host_id=entry.host_id,
        name=entry.name,
        position=position,
        country=entry.country,
        latency_ns=entry.latency_ns,
        civic_address={int(ca_type): value for ca_type, value in entry.civic_address.items()},
        networks=frozenset(entry.networks),
        capabilities=frozenset(entry.capabilities),
        features=frozenset(entry.features),
        services=frozenset(entry.services),
    )
    return Host(
        site,
        mm3=connect(mm3.AppLcm, entry.mm3, http),
        changes=connect(mm3.Changes, entry.mm3, http),
        mm4=connect(Mm4, entry.mm4, http),
    )


def main() -> None:
    """Run the system level of a settings file until it is told to end."""
    settings_file = Path(sys.argv[1])
    run(lambda hands, ended: serve(SystemSettings.load(settings_file), hands, ended))


if __name__ == "__main__":
    main()
