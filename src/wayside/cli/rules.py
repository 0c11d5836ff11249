"""``wayside rules``: the traffic rules in force, as the hosts' data planes see them."""

import typer

from wayside.core.requests import ListQuery
from wayside.core.wire import Wire
from wayside.dataplane.api import DataPlaneView
from wayside.dataplane.model import ConflictingRule, RuleConflict, RuleConflicts, WalkRequest

from .connection import Face, ask
from .hosts import HostOption, hosts_of
from .output import output, short

app = typer.Typer(no_args_is_help=True, help="Traffic rules in force: those that conflict.")


class HostConflicts(Wire, omit_defaults=False):
    """One host's conflicts, for programs."""

    host: str
    complete: bool
    conflicts: tuple[RuleConflict, ...]


@app.callback()
def rules() -> None:
    """Keep ``conflicts`` a command of its own, though it is the only one."""


@app.command()
def conflicts(host: HostOption = None) -> None:
    """Show rules of one priority that want different things of the same packets, and who wins."""
    found, names = ask(lambda face: _found(face, host))
    output.table(
        [
            (
                each.host,
                conflict.priority,
                _rule(conflict.winner, names),
                _rule(conflict.loser, names),
                conflict.detail,
                _packet(conflict.example),
            )
            for each in found
            for conflict in each.conflicts
        ],
        columns=("HOST", ">PRIORITY", "WINS", "LOSES", "BECAUSE", "FOR EXAMPLE"),
        value=found,
        empty="No two traffic rules in force conflict.",
    )
    for each in found:
        if not each.complete:
            output.note(f"{each.host} has more than these {len(each.conflicts)}.")


async def _found(face: Face, wanted: str | None) -> tuple[list[HostConflicts], dict[str, str]]:
    """Return the conflicts by host, and the applications' names by instance."""
    told = [(each, await _of(face, each)) for each in await hosts_of(face, wanted)]
    instances = (await face.instances.list_app_instances(ListQuery())).entries
    found = [
        HostConflicts(host=each, complete=answer.complete, conflicts=answer.conflicts)
        for each, answer in told
    ]
    return found, {each.value.id: each.value.app_name for each in instances}


async def _of(face: Face, host: str) -> RuleConflicts:
    return await face.at(DataPlaneView, f"/{host}").get_conflicts()


def _rule(rule: ConflictingRule, names: dict[str, str]) -> str:
    name = names.get(rule.app_instance_id, "")
    return (
        f"{name} {short(rule.app_instance_id)}/{rule.traffic_rule_id}: "
        f"{' '.join((rule.action, *rule.addresses))}"
    ).lstrip()


def _packet(packet: WalkRequest) -> str:
    """Return a packet's header in a few words, with no more of it than is not zero."""
    port = f" port {packet.dst_port}" if packet.dst_port else ""
    dscp = f" dSCP {packet.d_scp}" if packet.d_scp else ""
    return f"{packet.src_address} -> {packet.dst_address} protocol {packet.protocol}{port}{dscp}"
