"""``wayside app onboard, start, stop, list, show``: applications on the running system, by Mm1."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from wayside.chassis.client import FileUpload
from wayside.core.errors import Conflict, NotFound, Problem
from wayside.core.ids import AppInstanceId, AppPkgId
from wayside.core.replies import Entry
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import AppInstanceInfo, InstantiateAppRequest, LocationConstraints
from wayside.model.app_pkgm import AppPkgInfo, CreateAppPkg
from wayside.model.coordination import AppTermCandsForCoord, TerminationOption
from wayside.model.images import ChecksumData

from . import app_secrets, lifecycle, planning
from .app_secrets import SecretAt, SecretFile
from .connection import Face, ask
from .output import output, short
from .show import (
    ShownPackage,
    addresses_of,
    all_of_instance,
    host_of,
    print_instance,
    print_notes,
    print_package,
    state_of,
)

GRACE_S = 10
ALL = ListQuery()


def complete_target(incomplete: str) -> list[str]:
    """Return instances and on-boarded applications that start so, for the shell's tab key."""
    try:
        packages, instances = ask(_everything)
    except Problem:  # the tab key must not print an error
        return []
    names = [p.app_d_id for p in packages] + [i.id for i in instances]
    return [name for name in names if name.startswith(incomplete)]


Target = Annotated[
    str,
    typer.Argument(
        help="An application (its appDId or name) or an instance (its id or its beginning).",
        autocompletion=complete_target,
    ),
]
Grace = Annotated[
    int, typer.Option(help="Seconds that the application has to confirm its end.", min=1)
]


async def _everything(face: Face) -> tuple[list[AppPkgInfo], list[AppInstanceInfo]]:
    packages = await face.packages.list_app_packages(ALL)
    instances = await face.instances.list_app_instances(ALL)
    return [e.value for e in packages.entries], [e.value for e in instances.entries]


def onboard(
    package: Annotated[Path, typer.Argument(help="The package file (CSAR).", exists=True)],
    secret_file: SecretFile = None,
) -> None:
    """On-board a package: upload it, have its signature and hashes checked, and enable it.

    Where the system asks for tokens, the application's first secret is written to a file.
    """

    async def work(face: Face) -> tuple[AppPkgInfo, SecretAt | None]:
        app_secrets.require_asked_for(face, secret_file)
        info = await onboard_file(face, package)
        return info, await app_secrets.deliver(face, info, secret_file)

    info, client = ask(work)
    said = (
        f"On-boarded [bold]{escape(info.app_d_id)}[/] "
        f"({escape(info.app_name)} by {escape(info.app_provider or '')})."
    )
    shown: object = info
    if client is not None:
        said = f"{said}\n{client.text}"
        shown = msgspec.json.decode(msgspec.json.encode(info)) | {"waysideClient": client}
    output.value(shown, text=said)
    print_notes(info)


async def onboard_file(face: Face, path: Path) -> AppPkgInfo:
    """Return the package that ``path`` became; raises the Problem for which it was refused."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    created = await face.packages.create_app_package(
        CreateAppPkg(
            app_pkg_name=path.stem,
            app_pkg_version="1.0",
            checksum=ChecksumData(algorithm="SHA-256", hash=digest),
        )
    )
    package_id = AppPkgId(_value(created.body).id)
    try:
        with output.progress(f"uploading {path.name}", total=path.stat().st_size) as bar:
            upload = FileUpload(path, "application/zip", sent=bar.advance)
            await face.packages.replace_package_content(package_id, upload)
        with output.progress("checking signature and hashes"):
            return await lifecycle.await_onboarded(face, package_id)
    except Problem:
        await lifecycle.discard_package(face, package_id)
        raise


def start(
    target: Target,
    country: Annotated[
        str | None, typer.Option(help="Only hosts in this country (ISO 3166-1 alpha-2).")
    ] = None,
    may_end: Annotated[
        list[str],
        typer.Option(
            "--may-end",
            help="An instance that may be ended where there is no room; several that would end "
            "together with commas. Every use of it is another option.",
            autocompletion=complete_target,
        ),
    ] = [],  # noqa: B006  # typer's way to say: none
) -> None:
    """Start an application: a new instance of an on-boarded one, or a stopped instance again.

    With --may-end it waits, where no host has room, until `wayside coordination` (or the OSS of
    the system) has said who ends for it.
    """
    if may_end:
        output.note("Where no host has room, this waits for `wayside coordination accept`.")
    found = ask(lambda face: start_target(face, target, country=country, may_end=may_end))
    output.value(found, text=_started(found))


async def start_target(
    face: Face, target: str, *, country: str | None = None, may_end: Sequence[str] = ()
) -> AppInstanceInfo:
    """Return the running instance."""
    packages, instances = await _everything(face)
    request = InstantiateAppRequest(
        location_constraints=LocationConstraints(country_code=country) if country else None,
        app_term_cands_for_coord=_candidates(may_end, instances),
    )
    for instance in instances:
        if _means(target, instance.id):
            with output.progress(f"starting {short(instance.id)}") as step:
                return await lifecycle.run_again(face, instance, request=request, tell=step.say)
    for package in packages:
        if target in (package.app_d_id, package.app_name, package.id):
            with output.progress(f"starting {package.app_d_id}") as step:
                return await lifecycle.run_new(
                    face, package.app_d_id, request=request, tell=step.say
                )
    known = ", ".join(p.app_d_id for p in packages) or "none; see `wayside app onboard`"
    raise NotFound(f"{target!r} is neither an instance nor on-boarded; on-boarded: {known}.")


def _candidates(
    may_end: Sequence[str], instances: list[AppInstanceInfo]
) -> AppTermCandsForCoord | None:
    """Return the options: instances by their beginning or name, those of one with commas."""
    options = tuple(
        TerminationOption(
            app_inst_id_termination_cands=tuple(
                _one_instance(name.strip(), instances).id for name in each.split(",")
            )
        )
        for each in may_end
    )
    return AppTermCandsForCoord(termination_options=options) if options else None


def stop(
    target: Target,
    grace: Grace = GRACE_S,
    forceful: Annotated[
        bool, typer.Option("--forceful", help="Do not tell the application; end it now.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the instance and its resources, stopped.")
    ] = False,
) -> None:
    """End an instance with grace and forget it; with --keep it can be started again."""
    grace_s = None if forceful else grace

    async def work(face: Face) -> AppInstanceInfo:
        instance = _one_instance(target, (await _everything(face))[1])
        with output.progress(f"stopping {short(instance.id)}") as step:
            if keep:
                await lifecycle.pause(face, AppInstanceId(instance.id), grace_s, tell=step.say)
            else:
                await lifecycle.end(face, instance, grace_s, tell=step.say)
        return instance

    ended = ask(work)
    output.value(
        {"id": ended.id, "kept": keep},
        text=f"{'Stopped' if keep else 'Ended'} {escape(ended.app_name)} "
        f"[bold]{short(ended.id)}[/].",
    )


def list_apps() -> None:
    """Show the on-boarded applications and their instances."""
    packages, instances = ask(_everything)
    output.table(
        [
            (
                p.app_d_id,
                p.app_name,
                p.app_provider,
                p.onboarding_state,
                p.operational_state,
                sum(i.app_d_id == p.app_d_id for i in instances),
            )
            for p in packages
        ],
        columns=("APPLICATION", "NAME", "PROVIDER", "ON-BOARDING", "STATE", ">INSTANCES"),
        value={"packages": packages, "instances": instances},
        empty="No application is on-boarded; see `wayside app onboard --help`.",
    )
    if not output.as_json and instances:
        output.note("")
        output.section(
            [(i.id, i.app_d_id, state_of(i), host_of(i), addresses_of(i)) for i in instances],
            columns=("INSTANCE", "APPLICATION", "STATE", "HOST", "ADDRESS"),
            empty="",
        )


def show(target: Target) -> None:
    """Show an instance, why it runs on this host, what was done with it; or a package."""
    packages, instances = ask(_everything)
    for package in packages:
        if target in (package.app_d_id, package.app_name, package.id):
            made = tuple(each for each in instances if each.app_pkg_id == package.id)
            print_package(ShownPackage(package=package, instances=made))
            return
    instance = _one_instance(target, instances)
    print_instance(ask(lambda face: all_of_instance(face, instance, packages)))


async def instance_of(face: Face, target: str) -> AppInstanceInfo:
    """Return the one instance that is meant; raise NotFound or Conflict."""
    _, instances = await _everything(face)
    return _one_instance(target, instances)


def _one_instance(target: str, instances: list[AppInstanceInfo]) -> AppInstanceInfo:
    found = [i for i in instances if _means(target, i.id)] or [
        i for i in instances if target in (i.app_d_id, i.app_name, i.app_instance_name)
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(short(i.id) for i in found or instances) or "none"
    if found:
        raise Conflict(f"{target!r} means several instances: {known}; name one of them.")
    raise NotFound(f"There is no instance {target!r}; there are: {known}.")


def _means(target: str, instance_id: str) -> bool:
    return len(target) >= 4 and instance_id.startswith(target)


def _value(body: AppPkgInfo | Entry[AppPkgInfo]) -> AppPkgInfo:
    return body.value if isinstance(body, Entry) else body


def _started(instance: AppInstanceInfo) -> str:
    return (
        f"{escape(instance.app_name)} runs on [bold]{host_of(instance)}[/] at "
        f"{addresses_of(instance)}, instance {instance.id}.\n"
        f"Why there: `wayside app show {short(instance.id)}`."
    )


def register(app: typer.Typer) -> None:
    """Add these commands to ``wayside app``."""
    app.command("onboard")(onboard)
    app.command("secret")(app_secrets.secret)
    app.command("plan")(planning.plan)
    app.command("start")(start)
    app.command("stop")(stop)
    app.command("list")(list_apps)
    app.command("show")(show)
