"""``wayside device``: what device applications may use, and the contexts that they have.

It asks as a device would (Mx2), at the front door of the sandbox or, with --url, at the proxy's own
address; the list of contexts is the operator's (Mm8). Never asks the MEO.
"""

from collections.abc import Awaitable
from typing import Annotated, TypeVar

import typer

from wayside.core.errors import Conflict, NotFound, Problem
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import LocationConstraints
from wayside.refpoints import mm8
from wayside.refpoints.mm8 import UserContext
from wayside.ualcmp.dev_app.api import DevApp
from wayside.ualcmp.dev_app.model import (
    AppContext,
    ApplicationLocationAvailability,
    AppListEntry,
    AvailableLocation,
    ContextAppInfo,
    LocatedAppInfo,
    OfferedAppInfo,
    UserAppInstanceInfo,
)

from .connection import Face, ask
from .output import output, short

R = TypeVar("R")
START_S_MAX = 180.0
"""How long a context may take to be made: its instance is started before it is answered."""
app = typer.Typer(
    no_args_is_help=True,
    help="Device applications (MEC 016): what they may use, and who uses what.",
)


def complete_app(incomplete: str) -> list[str]:
    """Return applications for devices that start so, for the shell's tab key."""
    try:
        entries = ask(_apps)
    except Problem:  # the tab key must not print an error
        return []
    return [e.app_info.app_d_id for e in entries if e.app_info.app_d_id.startswith(incomplete)]


def complete_context(incomplete: str) -> list[str]:
    """Return contexts that start so, for the shell's tab key."""
    try:
        return [each.context_id for each in ask(_all) if each.context_id.startswith(incomplete)]
    except Problem:  # the tab key must not print an error
        return []


App = Annotated[
    str, typer.Argument(help="The application's appDId or name.", autocompletion=complete_app)
]
Target = Annotated[
    str, typer.Argument(help="A context or its beginning.", autocompletion=complete_context)
]


@app.command("apps")
def apps() -> None:
    """Show the applications that devices may use, and where one finds room now."""
    found = ask(_apps)
    output.table(
        [_row(each) for each in found],
        columns=("APPLICATION", "NAME", "PROVIDER", "VERSION", ">ROUND TRIP MS", ">MB", "WHERE"),
        value=found,
        empty="No application is available to devices; `wayside app onboard` makes one so.",
    )


@app.command("where")
def where(name: App) -> None:
    """Show where an instance of an application finds room now."""
    found = ask(lambda face: _available(face, name))
    output.table(
        [(_place(each.app_location),) for each in found],
        columns=("LOCATION",),
        value=found,
        empty="Nowhere, just now.",
    )


@app.command("contexts")
def contexts() -> None:
    """Show the contexts of all devices: whose they are, who serves them, and where."""
    found = ask(_all)
    output.table(
        [
            (
                short(each.context_id),
                each.associate_dev_app_id,
                each.owner,
                each.app_name,
                each.state,
                ", ".join(each.cells),
                ", ".join(each.reference_uris),
            )
            for each in found
        ],
        columns=("CONTEXT", "DEVICE APP", "CLIENT", "APPLICATION", "STATE", "CELL", "REACHED AT"),
        value=found,
        empty="No device uses an application. `wayside device start APP` does as one would.",
    )


@app.command("start")
def start(
    name: App,
    device_app: Annotated[str, typer.Option(help="associateDevAppId: who you are.")] = "wayside",
    callback: Annotated[
        str | None, typer.Option(help="Where you are told of changes, http://….")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Where no place will do now, wait for one; --callback.")
    ] = False,
) -> None:
    """Have an application serve a device, as its device application would ask for it."""
    made = ask(lambda face: _start(face, name, device_app=device_app, callback=callback, wait=wait))
    (info,) = made.app_info.user_app_instance_info
    at = info.reference_uri or "nobody yet: it waits for a place"
    output.value(made, text=f"Context [bold]{short(made.context_id or '')}[/] is served by {at}.")


@app.command("stop")
def stop(target: Target) -> None:
    """End a context; its device is told, and an instance that served it alone ends."""
    done = ask(lambda face: _stop(face, target))
    output.value(done, text=f"The context {short(done.context_id)} ends.")


async def _apps(face: Face) -> tuple[AppListEntry, ...]:
    return (await _as_device(face.at(DevApp).list_applications())).app_list


async def _all(face: Face) -> list[UserContext]:
    page = await face.at(mm8.Contexts).list_contexts(ListQuery())
    return [entry.value for entry in page.entries]


async def _available(face: Face, name: str) -> tuple[AvailableLocation, ...]:
    info = await _one(face, name)
    body = ApplicationLocationAvailability(
        associate_dev_app_id="wayside",
        app_info=LocatedAppInfo(
            app_name=info.app_name,
            app_provider=info.app_provider,
            app_soft_version=info.app_soft_version,
            app_d_version=info.app_d_version,
        ),
    )
    told = await face.at(DevApp).obtain_app_loc_availability(body)
    return told.app_info.available_locations or ()


async def _start(
    face: Face, name: str, *, device_app: str, callback: str | None, wait: bool
) -> AppContext:
    info = await _one(face, name)
    body = AppContext(
        associate_dev_app_id=device_app,
        callback_reference=callback,
        app_auto_instantiation=wait or None,
        app_info=ContextAppInfo(
            app_d_id=info.app_d_id,
            app_name=info.app_name,
            app_provider=info.app_provider,
            app_soft_version=info.app_soft_version,
            app_d_version=info.app_d_version,
            user_app_instance_info=(UserAppInstanceInfo(),),
        ),
    )
    made = (await face.at(DevApp).create_app_context(body)).body
    return made if isinstance(made, AppContext) else made.value


async def _stop(face: Face, target: str) -> UserContext:
    held = await _all(face)
    found = [each for each in held if len(target) >= 4 and each.context_id.startswith(target)]
    known = ", ".join(short(each.context_id) for each in found or held) or "none"
    if not found:
        raise NotFound(f"There is no context {target!r}; there are: {known}.")
    if len(found) > 1:
        raise Conflict(f"{target!r} means several contexts: {known}; name one of them.")
    await face.at(mm8.Contexts).delete_context(found[0].context_id)
    return found[0]


async def _one(face: Face, name: str) -> OfferedAppInfo:
    infos = [each.app_info for each in await _apps(face)]
    found = [each for each in infos if each.app_d_id == name] or [
        each for each in infos if each.app_name == name
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(each.app_d_id for each in found or infos) or "none"
    if found:
        raise Conflict(f"{name!r} means several applications: {known}; give the appDId.")
    raise NotFound(f"Devices have no application {name!r}; they have: {known}.")


async def _as_device(asking: Awaitable[R]) -> R:
    """Return the answer; where nobody serves devices here, say where they are served."""
    try:
        return await asking
    except NotFound as nothing:
        raise NotFound(
            "Device applications are not served here: in the operator profile they are at the "
            "proxy's own address (ualcmp.listen), inside of the mobile network; give it with --url."
        ) from nothing


def _row(entry: AppListEntry) -> tuple[object, ...]:
    info, charcs = entry.app_info, entry.app_info.app_charcs
    return (
        info.app_d_id,
        info.app_name,
        info.app_provider,
        info.app_soft_version,
        None if charcs is None else charcs.latency,
        None if charcs is None else charcs.memory,
        "; ".join(_place(each) for each in info.app_location) or "no room now",
    )


def _place(where: LocationConstraints | None) -> str:
    if where is None:
        return "unknown"
    words = [each.ca_value for each in where.civic_address_element]
    return ", ".join([*reversed(words), *filter(None, [where.country_code])]) or "an area"
