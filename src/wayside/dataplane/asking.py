"""The rules that ask the maps: the chains that follow the plan, as text. Pure."""

from collections.abc import Iterable, Mapping

from wayside.model.rules import FilterType

from .groups import Group
from .idle import Idle
from .lookups import is_keyed, lookups
from .plan import Plan
from .tables import TABLE, VERSIONS, named

STAMP_MAX = 0xFFFF
FLOW, PACKET = FilterType.FLOW, FilterType.PACKET

Classifier = tuple[FilterType, int]
"""The chains of one type of rules and one family."""

ALL: tuple[Classifier, ...] = tuple(
    (filter_type, version) for filter_type in (FLOW, PACKET) for version in VERSIONS
)


def stamp_of(generation: int) -> int:
    """Return the 16 bits of a generation that connections are marked with; never 0."""
    return (generation - 1) % STAMP_MAX + 1


def refresh(plan: Plan, generation: int) -> list[str]:
    """Leave the flow's decision in the packet's mark, deciding anew where it is of an older plan.

    Where a FLOW rule asks for a dSCP, only a packet of the flow's own direction can tell: what is
    decided from an answer is then not kept.
    """
    stamp = f"{stamp_of(generation) << 16:#010x}"
    kept = "ct direction original " if plan.asks_dscp else ""
    head = f"add rule inet {TABLE} refresh "
    return [
        f"flush chain inet {TABLE} refresh",
        f"{head}ct mark and 0xffff0000 == {stamp} meta mark set ct mark and 0x0000ffff return",
        f"{head}meta mark set 0",
        f"{head}meta nfproto ipv4 jump flow4",
        f"{head}meta nfproto ipv6 jump flow6",
        f"{head}{kept}ct mark set meta mark or {stamp}",
    ]


def of_groups(groups: Iterable[Group]) -> list[Classifier]:
    """Return the classifiers that ask these groups, or share a chain with those that do."""
    found = {(group.shape.filter_type, group.shape.version) for group in groups}
    if any(filter_type is PACKET for filter_type, _ in found):
        found |= {(PACKET, version) for version in VERSIONS}  # they share the chain ``packets``
    return sorted(found)


class Asked:
    """The groups that the chains ask: those of a plan, those that are idle, and ``former`` ones.

    Of a former group without a map the number is given that it had; so it keeps it.
    """

    def __init__(self, plan: Plan, idle: Idle, former: Mapping[Group, int | None]) -> None:
        self._groups: dict[Classifier, dict[Group, int | None]] = {}
        for filter_type, version in ALL:
            groups = plan.groups(filter_type, version)
            found = {group: None if is_keyed(group) else _number(plan, group) for group in groups}
            found |= dict.fromkeys(idle.of(filter_type, version))
            self._groups[filter_type, version] = found
        for group, number in former.items():
            self._groups[group.shape.filter_type, group.shape.version][group] = number

    def written(self, classifiers: Iterable[Classifier], epoch: int) -> list[str]:
        """Return the commands that write the chains of these classifiers anew."""
        lines = [f"flush chain inet {TABLE} {chain}" for chain in _chains(classifiers)]
        for filter_type, version in classifiers:
            of_type = self._flow if filter_type is FLOW else self._packet
            lines += of_type(version, epoch)
        if any(filter_type is PACKET for filter_type, _ in classifiers) and any(
            self._groups[PACKET, version] for version in VERSIONS
        ):
            lines += [f"add rule inet {TABLE} packets {rule}" for rule in _packets(epoch)]
        return lines

    def _in_order(self, classifier: Classifier) -> list[tuple[Group, int | None]]:
        return sorted(self._groups[classifier].items(), key=lambda each: each[0].rank)

    def _flow(self, version: int, epoch: int) -> list[str]:
        return [
            f"add rule inet {TABLE} {chain}{version} {rule}"
            for chain, of_flow in (("flow", True), ("header", False))
            for group, number in self._in_order((FLOW, version))
            for rule in lookups(group, number, epoch=epoch, of_flow=of_flow)
        ]

    def _packet(self, version: int, epoch: int) -> list[str]:
        head = f"add rule inet {TABLE} packet{version}"
        lines = []
        priority = None
        for group, number in self._in_order((PACKET, version)):
            if group.shape.priority != priority:
                # A decision of the flow that ranks as high or higher stands.
                priority = group.shape.priority
                lines.append(f"{head} meta mark < {(priority + 1) << 16:#x} return")
            rules = lookups(group, number, epoch=epoch, of_flow=False)
            lines += [f"{head} {rule}" for rule in rules]
        return lines


def _number(plan: Plan, group: Group) -> int:
    (number,) = plan.map(group).values()
    return number


def _chains(classifiers: Iterable[Classifier]) -> list[str]:
    found = []
    for filter_type, version in classifiers:
        if filter_type is FLOW:
            found += [f"flow{version}", f"header{version}"]
        else:
            found += [f"packet{version}", "packets"]
    return list(dict.fromkeys(found))


def _packets(epoch: int) -> tuple[str, ...]:
    """Return what is only there with PACKET rules: the mark is the flow's below its priority."""
    return (
        f"meta mark 0 meta mark set {256 << 16:#x}",
        f"meta mark set meta mark map @{named('ranks', epoch)}",
        "meta nfproto ipv4 jump packet4",
        "meta nfproto ipv6 jump packet6",
        "meta mark set meta mark and 0x0000ffff",
    )
