"""The front door: one loopback address for people and tools, whatever namespace an element is in.

It forwards each prefix to an element's Unix socket, shows the API page, and keeps the world
running. Never answers for an element and never changes what passes.
"""

import asyncio
import os
import ssl
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wayside.access.lab.model import Host
from wayside.access.lab.scenario import load
from wayside.access.view.api import NetworkView
from wayside.chassis.client import HttpClient
from wayside.chassis.element import Doors
from wayside.chassis.http import Element, HttpServer
from wayside.chassis.http.proxy import proxy
from wayside.chassis.links import own_names
from wayside.chassis.page import api_page
from wayside.chassis.rates import RateLimit
from wayside.core.errors import Conflict, Problem, Unavailable, Unprocessable
from wayside.linux import processes, userns
from wayside.linux.probe import Way
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.tls import serving
from wayside.ualcmp.dev_app.api import DevApp

from . import launch
from .callbacks import serve_callbacks
from .catalogue import Listed, catalogue
from .launch import LOOPBACK, FrontRecord, Launch
from .papers import Papers
from .process import Hands, run
from .services import settings_of
from .settings import GuardSettings, Profile
from .sources import chosen
from .state import CALLBACKS, FRONT, NETWORK, OPERATOR, SYSTEM, UALCMP, WORLD, StateFolder
from .supervise import ChildSpec, Supervisor

HOST_ELEMENTS = {"mepm", "mep", "services", "vim", "dataplane"}
WORLD_ELEMENTS = {"lab", "wayside"}
STOP_S_MAX = 40.0


async def serve(wanted: Launch, hands: Hands, ended: asyncio.Event) -> None:
    """Listen, keep the world running, and end it with grace once ``ended`` is set."""
    found = load(Path(wanted.scenario)).hosts
    require_free([host.id for host in found], [each for host in found for each in host.prefixes])
    for host in found:
        settings_of(host.services)
    tls = _tls(wanted, [host.id for host in found], hands)
    async with HttpClient() as http:
        element = front_element(wanted, found, hands, http)
        server = HttpServer(element, nursery=hands.nursery)
        try:
            port = await server.listen_tcp(LOOPBACK, wanted.port, tls=tls)
        except (OSError, Problem) as fault:
            raise Unavailable(
                f"The front door cannot listen on {LOOPBACK}:{wanted.port}: {fault}. End what "
                "uses the port, or choose another with --port."
            ) from fault
        wanted = replace(wanted, port=port)
        callbacks = await serve_callbacks(wanted, hands)
        world = Supervisor(wanted.state.world_record, hands.clock, hands.nursery)
        launch.remember(wanted)
        world.start(_world(wanted))
        _write_record(wanted.state, wanted.url)
        await ended.wait()
        await world.stop(grace_s=STOP_S_MAX)
        await server.close()
        if callbacks is not None:
            await callbacks.close()
        launch.forget(wanted.state)


def require_free(hosts: Sequence[str], prefixes: Sequence[str] = ()) -> None:
    """Raise Unprocessable where a host is called what something at the front door is called.

    Also where a prefix begins like that, or two hosts have the same one.
    """
    taken = {
        FRONT,
        WORLD,
        SYSTEM,
        NETWORK,
        OPERATOR,
        UALCMP,
        CALLBACKS,
        *WORLD_ELEMENTS,
        *(item.api.info.name for item in catalogue()),
    }
    for host in taken.intersection(hosts):
        raise Unprocessable(
            f"hosts: a host cannot be called {host!r}, as the front door serves something else "
            "there; rename it in the scenario.",
            field="hosts",
        )
    for prefix in prefixes:
        if prefix.split("/")[1] in taken.union(hosts) or prefixes.count(prefix) > 1:
            raise Unprocessable(
                f"hosts: the prefix {prefix} is taken at the front door; choose another first "
                "segment in the scenario.",
                field="hosts",
            )


def front_element(wanted: Launch, hosts: Sequence[Host], hands: Hands, http: HttpClient) -> Element:
    """Return what the front door serves: proxies by prefix, and the page that shows them all."""
    element = Element(
        title="Wayside",
        apis=(),
        authoriser=SandboxAuthoriser(),
        clock=hands.clock,
        new_id=hands.new_id,
        doors=Doors(hosts=own_names(*wanted.names), limit=_limit(wanted, hands)),
    )
    state = wanted.state
    for host in hosts:
        for prefix in (f"/{host.id}", *host.prefixes):
            element.mount(prefix, proxy(state.socket(host.id), prefix=prefix))
    for name in WORLD_ELEMENTS:
        element.mount(f"/{name}", proxy(state.socket(WORLD)))
    living = chosen(Path(wanted.scenario)) is not None
    if living:
        element.mount(f"/{NetworkView.info.name}", proxy(state.socket(NETWORK)))
    devices = wanted.profile is Profile.SANDBOX
    if devices:
        element.mount(f"/{DevApp.info.name}", proxy(state.socket(UALCMP)))
    element.mount("/*", proxy(state.socket(SYSTEM)))
    shown = documents([host.id for host in hosts], living=living, devices=devices)
    element.mount("/", api_page("Wayside", shown))
    return element


def _tls(wanted: Launch, hosts: Sequence[str], hands: Hands) -> ssl.SSLContext | None:
    """Return what proves the front door, once all papers are there; None in the sandbox."""
    if wanted.profile is Profile.SANDBOX:
        return None
    papers = Papers(wanted.state, hands.clock)
    papers.prepare(hosts)
    files = papers.certificate(FRONT, [LOOPBACK, "localhost", *wanted.names])
    return serving(files.certificate, files.key, field="front")


def _limit(wanted: Launch, hands: Hands) -> RateLimit | None:
    """Return how often an address may ask; what passes here is not counted behind it."""
    if wanted.profile is Profile.SANDBOX:
        return None
    rates = GuardSettings()
    return RateLimit(rates.requests_per_s, rates.requests_burst, hands.clock)


def documents(
    hosts: Sequence[str], *, living: bool = True, devices: bool = True
) -> list[tuple[str, str]]:
    """Return (title, path of the OpenAPI document) of every API at the front door.

    ``living``: there is an access network to look at. ``devices``: what they speak is served here,
    for whoever develops them; an operator's proxy is reached from its mobile network alone.
    """
    hidden = {"security", *HOST_ELEMENTS, *(() if living else (NETWORK,))}
    listed = [
        item
        for item in catalogue()
        if item.element not in hidden and (devices or item.api is not DevApp)
    ]
    found = [_document(item, "") for item in listed]
    for host in hosts:
        found += [_document(i, f"/{host}") for i in catalogue() if i.element in HOST_ELEMENTS]
    return found


def _document(listed: Listed, prefix: str) -> tuple[str, str]:
    info = listed.api.info
    where = prefix.removeprefix("/") or listed.element
    return f"{where} · {info.title} {info.version}", f"{prefix}{info.root}/openapi.json"


def _world(wanted: Launch) -> ChildSpec:
    argv = [sys.executable, "-m", "wayside.system.world", *wanted.arguments]
    inside = wanted.way == Way.USERNS
    return ChildSpec(
        WORLD,
        userns.command(argv) if inside else argv,
        wanted.state.log(WORLD),
        ready=wanted.state.socket(WORLD),
        in_userns=inside,
    )


def _write_record(state: StateFolder, url: str) -> None:
    process = processes.identify(os.getpid())
    if process is None:
        raise Conflict("The front door cannot find itself in /proc; is /proc mounted?")
    launch.write(state.front_record, FrontRecord(processes.boot_id(), str(process), url))


def main() -> None:
    """Run the front door of a state folder until it is told to end."""
    wanted = launch.arguments_of(sys.argv[1:], __doc__)
    run(lambda hands, ended: serve(wanted, hands, ended))


if __name__ == "__main__":
    main()
