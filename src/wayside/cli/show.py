"""``wayside app show``: all that the system says of one application or of one instance.

Never decides anything of it: it asks the public APIs and lays their answers out.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
from rich.markup import escape
from rich.text import Text

from wayside.core.errors import Problem
from wayside.core.ids import AppInstanceId
from wayside.core.requests import ListQuery
from wayside.core.wire import Wire
from wayside.model.app_lcm import AppInstanceInfo, AppLcmOpOcc, LcmOperationState
from wayside.model.app_pkgm import AppPkgInfo
from wayside.model.common import TimeStamp
from wayside.model.rules import (
    DestinationInterface,
    DnsRule,
    RuleState,
    TrafficFilter,
    TrafficRule,
)

from .connection import Face
from .output import output
from .placement import print_placement
from .room import print_room

COLOURS: dict[LcmOperationState | RuleState, str] = {
    LcmOperationState.COMPLETED: "green",
    LcmOperationState.FAILED: "red",
    LcmOperationState.FAILED_TEMP: "red",
    RuleState.ACTIVE: "green",
}


class ShownPackage(Wire):
    """A package and the instances that were made of it."""

    package: AppPkgInfo
    instances: tuple[AppInstanceInfo, ...] = ()


class ShownInstance(Wire):
    """An instance, its package, what was done with it, and its rules on the host."""

    instance: AppInstanceInfo
    package: AppPkgInfo | None = None
    operations: tuple[AppLcmOpOcc, ...] = ()
    traffic_rules: tuple[TrafficRule, ...] = ()
    dns_rules: tuple[DnsRule, ...] = ()
    rules_unknown: str | None = None
    """Why the host did not tell the rules; absent where it did, or where none runs it."""


async def all_of_instance(
    face: Face, instance: AppInstanceInfo, packages: Iterable[AppPkgInfo]
) -> ShownInstance:
    """Return what Mm1 and the host's Mp1 say of ``instance``; a host that is away is told."""
    operations = await face.instances.list_app_lcm_op_occs(
        ListQuery(filter=f"(eq,appInstanceId,{instance.id})")
    )
    traffic: tuple[TrafficRule, ...] = ()
    names: tuple[DnsRule, ...] = ()
    unknown = None
    if instance.wayside_placement is not None and instance.instantiated_app_state is not None:
        platform = face.support(instance.wayside_placement.host_id)
        try:
            rules = await platform.list_traffic_rules(AppInstanceId(instance.id))
            traffic = tuple(entry.value for entry in rules.entries)
            listed = await platform.list_dns_rules(AppInstanceId(instance.id))
            names = tuple(entry.value for entry in listed.entries)
        except Problem as problem:
            unknown = problem.detail
    return ShownInstance(
        instance=instance,
        package=next((each for each in packages if each.id == instance.app_pkg_id), None),
        operations=tuple(entry.value for entry in operations.entries),
        traffic_rules=traffic,
        dns_rules=names,
        rules_unknown=unknown,
    )


def print_package(shown: ShownPackage) -> None:
    """Print a package: who made it, its state, its images, its notes, its instances."""
    output.value(shown)
    package = shown.package
    _head(package.app_d_id, _name(package))
    _facts(
        {
            "on-boarding": f"{package.onboarding_state}, {package.operational_state}, "
            f"{package.usage_state}",
            "MEC": ", ".join(package.mec_info),
            "checksum": f"{package.checksum.algorithm} {package.checksum.hash}",
            "package": package.id,
        }
    )
    if package.onboarding_failure_details is not None:
        output.note(f"[red]Refused:[/] {escape(package.onboarding_failure_details.detail)}")
    print_notes(package)
    _titled(
        "Images",
        [(i.id, i.name, i.version, i.container_format) for i in package.software_images],
        columns=("IMAGE", "NAME", "VERSION", "FORMAT"),
    )
    _titled(
        "Instances",
        [(i.id, state_of(i), host_of(i), addresses_of(i)) for i in shown.instances],
        columns=("INSTANCE", "STATE", "HOST", "ADDRESS"),
        empty=f"No instance; make one with `wayside app start {package.app_d_id}`.",
    )


def print_instance(shown: ShownInstance) -> None:
    """Print an instance: its state, its package, why it is where it is, operations, rules."""
    output.value(shown)
    instance = shown.instance
    _head(instance.id, f"{instance.app_name} {instance.app_soft_version} of {instance.app_d_id}")
    _facts(
        {
            "state": state_of(instance),
            "host": host_of(instance),
            "addresses": addresses_of(instance),
            "package": _name(shown.package) if shown.package else instance.app_pkg_id,
        }
    )
    if shown.package is not None:
        print_notes(shown.package)
    if instance.wayside_placement is not None:
        _title("Placement")
        print_placement(instance.wayside_placement)
    if instance.wayside_coordination is not None:
        _title("Room")
        print_room(instance.wayside_coordination)
    _titled(
        "Operations",
        map(_operation, shown.operations),
        columns=("OPERATION", "STATE", "BEGUN", ">TOOK", "WHY"),
    )
    if shown.rules_unknown is not None:
        output.note(f"\n[yellow]Its rules are not known:[/] {escape(shown.rules_unknown)}")
        return
    _titled(
        "Traffic rules",
        map(_traffic_rule, sorted(shown.traffic_rules, key=lambda rule: rule.priority)),
        columns=("RULE", "STATE", ">PRIORITY", "MATCHES", "ACTION", "TO"),
    )
    _titled(
        "DNS rules",
        [(r.dns_rule_id, _coloured(r.state), r.domain_name, r.ip_address) for r in shown.dns_rules],
        columns=("RULE", "STATE", "NAME", "ADDRESS"),
    )


def print_notes(package: AppPkgInfo) -> None:
    """Print what was left out or assumed when the package was read, if anything was."""
    for note in package.wayside_notes:
        output.note(f"[yellow]Note:[/] {escape(note)}")


def state_of(instance: AppInstanceInfo) -> str:
    """Return STARTED or STOPPED, or that it is not instantiated."""
    state = instance.instantiated_app_state
    return str(instance.instantiation_state if state is None else state.operational_state)


def host_of(instance: AppInstanceInfo) -> str:
    """Return the host that it was placed on, and since when that is silent if it is; or nothing."""
    placement = instance.wayside_placement
    if placement is None or placement.host_silent_since is None:
        return "" if placement is None else placement.host_id
    return f"{placement.host_id}, silent since {_moment(placement.host_silent_since)}"


def addresses_of(instance: AppInstanceInfo) -> str:
    """Return where it is reached, or nothing."""
    return ", ".join(instance.wayside_placement.addresses) if instance.wayside_placement else ""


def matched(wanted: TrafficFilter) -> str:
    """Return a filter in a line, its members named as on the wire."""
    said = msgspec.to_builtins(wanted).items()
    parts = [f"{name} {'|'.join(v) if isinstance(v, tuple | list) else v}" for name, v in said]
    return ", ".join(parts) or "all traffic"


def _operation(done: AppLcmOpOcc) -> Iterator[object]:
    begun, entered = done.start_time, done.state_entered_time
    took_s = entered.seconds - begun.seconds + (entered.nano_seconds - begun.nano_seconds) / 1e9
    yield done.lcm_operation
    yield _coloured(done.operation_state)
    yield _moment(begun)
    yield f"{took_s:.2f} s"
    yield done.error.detail if done.error else None


def _moment(at: TimeStamp) -> str:
    return f"{datetime.fromtimestamp(at.seconds, tz=UTC):%Y-%m-%d %H:%M:%S}Z"


def _traffic_rule(rule: TrafficRule) -> Iterator[object]:
    yield rule.traffic_rule_id
    yield _coloured(rule.state)
    yield rule.priority
    yield "\n".join(matched(each) for each in rule.traffic_filter)
    yield rule.action
    yield "\n".join(_destination(each) for each in _destinations(rule))


def _destinations(rule: TrafficRule) -> tuple[DestinationInterface, ...]:
    given = rule.dst_interface
    if given is None:
        return ()
    return given if isinstance(given, tuple) else (given,)


def _destination(given: DestinationInterface) -> str:
    tunnel = given.tunnel_info
    if tunnel is not None:
        return f"{tunnel.tunnel_type} to {tunnel.tunnel_dst_address}"
    return given.dst_ip_address or given.dst_mac_address or ""


def _name(package: AppPkgInfo) -> str:
    by = f" by {package.app_provider}" if package.app_provider else ""
    return f"{package.app_name} {package.app_software_version}{by}"


def _coloured(state: LcmOperationState | RuleState) -> Text:
    return Text(str(state), COLOURS.get(state, ""))


def _head(identifier: str, name: str) -> None:
    output.note(f"[bold]{escape(identifier)}[/]  {escape(name)}")


def _facts(facts: dict[str, str]) -> None:
    width = max(map(len, facts))
    for name, value in facts.items():
        if value:
            output.note(f"  {name:<{width}}  {escape(value)}")


def _title(title: str) -> None:
    output.note(f"\n[bold underline]{title}[/]")


def _titled(
    title: str, rows: Iterable[Iterable[object]], *, columns: Sequence[str], empty: str = ""
) -> None:
    """Print a table under its title, ``empty`` where there are no rows; nothing if that is so."""
    listed = [tuple(row) for row in rows]
    if listed or empty:
        _title(title)
        output.section(listed, columns=columns, empty=empty)
