"""Plans as nft transactions: the whole of one, and what one change rewrites. Pure.

What a packet that is on its way may still look up (an outcome, a map) is deleted one transaction
later than it fell out of use: the kernel swaps rules and elements one after the other, not at one
instant. Never rewrites an element that has not changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wayside.model.rules import FilterType, RuleAction
from wayside.refpoints.mp2 import Target

from .actions import COPIES
from .groups import PACKET_FIRST, Delta, Group, Outcome
from .idle import Idle, Turn
from .lookups import add_matches, is_keyed, key_text, lookups, map_text, name_of
from .plan import Plan
from .tables import (
    CLASSIFIERS,
    COPY_BIT,
    COPYING,
    FORWARD_BIT,
    TABLE,
    VERSIONS,
    add,
    mark,
    named,
    numbered,
)
from .tag_sets import all_sets_of, changes_ranges, moves

STAMP_MAX = 0xFFFF
FLOW, PACKET = FilterType.FLOW, FilterType.PACKET


@dataclass
class Held:
    """What the kernel holds beside the plan.

    ``maps`` (and the sets of tags) and ``outcomes`` fell out of use in the last transaction and are
    to be deleted in the next, as are the ``former`` maps and copying rules of earlier epochs;
    ``epoch`` counts the whole plans and is part of every map's name; ``idle`` groups are empty.
    """

    epoch: int = 0
    maps: dict[str, str] = field(default_factory=dict)
    """By name, whether it is a ``map`` or a ``set``."""
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    idle: Idle = field(default_factory=Idle)
    former: tuple[str, ...] = ()
    """As nft names them: ``map inet wayside e3_routes``."""


def stamp_of(generation: int) -> int:
    """Return the 16 bits of a generation that connections are marked with; never 0."""
    return (generation - 1) % STAMP_MAX + 1


def fill(plan: Plan, epoch: int) -> Iterator[str]:
    """Yield transactions that make the maps of ``plan``, which nothing asks yet.

    Small ones: without the right to a larger socket buffer, 10,000 elements do not fit one.
    """
    yield "\n".join([f"add table inet {TABLE}", *numbered(epoch)]) + "\n"
    for line in _meanings(plan, epoch):
        yield line + "\n"
    for group in plan.all_groups():
        if is_keyed(group):
            yield map_text(group, epoch) + "\n"
            for line in add_matches(group, plan.map(group), epoch=epoch):
                yield line + "\n"
    for tag, members in plan.tags.used():
        for each in all_sets_of(tag, epoch):
            yield each.make + "\n"
        for line in moves(tag, None, members, epoch=epoch).first:
            yield line + "\n"


def rebuild(
    plan: Plan,
    generation: int,
    *,
    epoch: int,
    indexes: Mapping[str, int],
) -> str:
    """Return the commands that put ``plan`` whole into force, whatever was there.

    Goes after ``install`` in one transaction, and after all those of ``fill``. ``indexes`` gives
    the devices' numbers for ``copies``. What an earlier plan left stays, for packets on their way,
    until ``change`` is told of it.
    """
    lines = [f"flush chain inet {TABLE} {chain}" for chain in CLASSIFIERS]
    lines += copies(plan, indexes)
    for filter_type in (FLOW, PACKET):
        for version in VERSIONS:
            lines += _classifier(plan, filter_type, version, epoch=epoch)
    lines += _refresh(plan, generation)
    return "\n".join(lines) + "\n"


def change(
    plan: Plan,
    delta: Delta,
    generation: int,
    *,
    indexes: Mapping[str, int],
    held: Held,
) -> tuple[str, ...]:
    """Return the transactions that bring the kernel from before ``delta`` to ``plan``.

    ``indexes`` gives the devices' numbers; ``held`` comes from the last call and is filled
    for the next. One, or more where ranges change: the kernel shows packets what is new in a set of
    ranges a moment after all else, and a flow that is decided in that moment must not bear the new
    stamp, which so comes last. Until then, flows go where they went. Members that come where
    nothing is come before others go.
    """
    is_late = _is_late(plan, delta)
    turn = held.idle.take(plan, delta)
    dirty = _dirty(turn, delta)
    lines = [f"flush chain inet {TABLE} {chain}" for chain in _chains(dirty)]
    was_former = bool(held.former)
    lines += _clear_former(plan, held)
    lines += _clear(plan, held)
    lines += _outcomes(plan, delta, held)
    if was_former or any(map(_is_copy, (*delta.outcomes.values(), *_now(plan, delta)))):
        lines += [f"flush set inet {TABLE} mirrors", *copies(plan, indexes)]
    lines += _targets(plan, delta, held)
    lines += _matches(plan, delta, held, turn)
    early, tags = _tags(plan, delta, held, early=is_late)
    lines += tags
    for filter_type, version in dirty:
        idle = held.idle.of(filter_type, version)
        lines += _classifier(plan, filter_type, version, epoch=held.epoch, idle=idle)
    stamp = _refresh(plan, generation)
    parts = (early, lines, stamp) if is_late else ([*lines, *stamp],)
    return tuple("\n".join(part) + "\n" for part in parts if part)


def _is_late(plan: Plan, delta: Delta) -> bool:
    return any(group.shape.is_ranged for group in delta.elements) or any(
        changes_ranges(was, plan.tags.in_use(tag)) for tag, was in delta.tags.items()
    )


def _refresh(plan: Plan, generation: int) -> list[str]:
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


def _chains(dirty: Iterable[tuple[FilterType, int]]) -> list[str]:
    found = []
    for filter_type, version in dirty:
        if filter_type is FLOW:
            found += [f"flow{version}", f"header{version}"]
        else:
            found += [f"packet{version}", "packets"]
    return list(dict.fromkeys(found))


def _dirty(turn: Turn, delta: Delta) -> list[tuple[FilterType, int]]:
    """Return the classifiers whose rules change: a group came or went, or one without a key."""
    groups = [*turn.come, *turn.gone, *(group for group in delta.elements if not is_keyed(group))]
    found = {(group.shape.filter_type, group.shape.version) for group in groups}
    if any(filter_type is PACKET for filter_type, _ in found):
        found |= {(PACKET, version) for version in VERSIONS}  # they share the chain ``packets``
    return sorted(found)


def _classifier(
    plan: Plan,
    filter_type: FilterType,
    version: int,
    *,
    epoch: int,
    idle: Iterable[Group] = (),
) -> list[str]:
    groups = [*plan.groups(filter_type, version), *idle]
    groups.sort(key=lambda group: group.rank)
    head = f"add rule inet {TABLE}"
    if filter_type is FLOW:
        return [
            f"{head} {chain}{version} {rule}"
            for chain, of_flow in (("flow", True), ("header", False))
            for group in groups
            for rule in lookups(plan, group, epoch=epoch, of_flow=of_flow)
        ]
    lines = []
    priority = None
    for group in groups:
        if group.shape.priority != priority:
            # A decision of the flow that ranks as high or higher stands.
            priority = group.shape.priority
            lines.append(f"{head} packet{version} meta mark < {(priority + 1) << 16:#x} return")
        rules = lookups(plan, group, epoch=epoch, of_flow=False)
        lines += [f"{head} packet{version} {rule}" for rule in rules]
    if version == VERSIONS[-1] and any(plan.groups(PACKET, each) for each in VERSIONS):
        lines += [f"{head} packets {rule}" for rule in _packets(epoch)]
    return lines


def _packets(epoch: int) -> tuple[str, ...]:
    """Return what is only there with PACKET rules: the mark is the flow's below its priority."""
    return (
        f"meta mark 0 meta mark set {256 << 16:#x}",
        f"meta mark set meta mark map @{named('ranks', epoch)}",
        "meta nfproto ipv4 jump packet4",
        "meta nfproto ipv6 jump packet6",
        "meta mark set meta mark and 0x0000ffff",
    )


def _matches(plan: Plan, delta: Delta, held: Held, turn: Turn) -> list[str]:
    """Change the maps: those that fell out of use are only noted, and deleted the next time."""
    lines = []
    for group in filter(is_keyed, turn.gone):
        held.maps[name_of(group, held.epoch)] = "map"
    for group in filter(is_keyed, turn.come):
        if held.maps.pop(name_of(group, held.epoch), None) is None:
            lines.append(map_text(group, held.epoch))
    for group, boxes in delta.elements.items():
        now = plan.map(group)
        if not is_keyed(group) or not (now or group in held.idle):
            continue
        changed = [(box, was) for box, was in boxes.items() if was != now.get(box)]
        gone = [key_text(group, box) for box, was in changed if was is not None]
        come = {box: now[box] for box, _ in changed if box in now}
        lines += add(name_of(group, held.epoch), gone, command="delete")
        lines += add_matches(group, come, epoch=held.epoch)
    return lines


def _tags(plan: Plan, delta: Delta, held: Held, *, early: bool) -> tuple[list[str], list[str]]:
    """Change who tags stand for; a tag that nothing asks for any more is only noted.

    What may come ``early``, before all else of the change, is apart.
    """
    before: list[str] = []
    lines: list[str] = []
    for tag, was in delta.tags.items():
        now = plan.tags.in_use(tag)
        sets = list(all_sets_of(tag, held.epoch))
        if was is None and now is not None:
            lines += [each.make for each in sets if held.maps.pop(each.name, None) is None]
        if was is not None and now is None:
            held.maps |= {each.name: "set" for each in sets}
        if now is not None:
            change = moves(tag, was, now, epoch=held.epoch)
            (before if early and was is not None else lines).extend(change.first)
            lines += change.then
    return before, lines


def _clear(plan: Plan, held: Held) -> list[str]:
    """Delete what fell out of use the last time; keep, emptied, maps that are used again."""
    lines = []
    groups = plan.all_groups() if held.maps else ()
    names = {name_of(group, held.epoch) for group in groups}
    names |= {each.name for tag, _ in plan.tags.used() for each in all_sets_of(tag, held.epoch)}
    again: dict[str, str] = {}
    for name, kind in held.maps.items():
        if name in names:
            again[name] = kind
            lines.append(f"flush {kind} inet {TABLE} {name}")
        else:
            lines.append(f"delete {kind} inet {TABLE} {name}")
    for name, keys in _of_outcomes(plan, held.outcomes.items(), valued=False).items():
        lines += add(named(name, held.epoch), keys, command="delete")
    held.maps, held.outcomes = again, {}
    return lines


def _clear_former(plan: Plan, held: Held) -> list[str]:
    """Delete what the plan that the present one took the place of left."""
    if not held.former:
        return []
    lines = [f"delete {each}" for each in held.former]
    other = COPYING[1 - plan.half]
    held.former = ()
    return lines + [f"flush chain {family} {TABLE} {other}" for family in ("ip", "ip6")]


def _outcomes(plan: Plan, delta: Delta, held: Held) -> list[str]:
    come = []
    for number, was in delta.outcomes.items():
        now = plan.outcome(number)
        if was is None and now is not None:
            come.append((number, now))
        elif was is not None and now is None:
            held.outcomes[number] = was
    return [
        line
        for name, elements in _of_outcomes(plan, come).items()
        for line in add(named(name, held.epoch), elements)
    ]


def _targets(plan: Plan, delta: Delta, held: Held) -> list[str]:
    gone = [(number, was) for number, was in delta.targets.items() if was is not None]
    now = ((number, plan.target(number)) for number in delta.targets)
    come = [(number, target) for number, target in now if target is not None]
    return [
        line
        for command, targets in (("delete", gone), ("add", come))
        for name, elements in _of_targets(targets).items()
        for line in add(named(name, held.epoch), elements, command=command)
    ]


def _now(plan: Plan, delta: Delta) -> list[Outcome | None]:
    return [plan.outcome(number) for number in delta.outcomes]


def _meanings(plan: Plan, epoch: int) -> Iterator[str]:
    """Yield the commands that tell, in the maps of ``epoch``, what the numbers of ``plan`` mean."""
    for name, elements in _of_outcomes(plan, plan.outcomes()).items():
        yield from add(named(name, epoch), elements)
    for name, elements in _of_targets(plan.targets()).items():
        yield from add(named(name, epoch), elements)


def copies(plan: Plan, indexes: Mapping[str, int]) -> list[str]:
    """Return the commands that rewrite the copying rules: few, and only copied packets come by.

    ``indexes`` gives the devices' numbers; a target whose device has none gets no copies.
    """
    chain = COPYING[plan.half]
    lines = [f"flush chain {family} {TABLE} {chain}" for family in ("ip", "ip6")]
    devices: dict[str, None] = {}
    copied_to = (target for _, each in plan.outcomes() if _is_copy(each) for target in each.targets)
    for target in dict.fromkeys(copied_to):
        if target.device not in indexes:
            continue
        family = "ip6" if ":" in target.address else "ip"
        copied = mark(COPY_BIT | plan.target_number(target))
        copying = f"dup to {target.address} device {indexes[target.device]} meta mark set 0"
        lines.append(f"add rule {family} {TABLE} {chain} meta mark {copied} {copying}")
        devices[f'"{target.device}"'] = None
    return lines + add("mirrors", list(devices))


def _is_copy(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.action in COPIES


def _of_outcomes(
    plan: Plan, outcomes: Iterable[tuple[int, Outcome]], *, valued: bool = True
) -> dict[str, list[str]]:
    """Return the elements that say what outcomes mean, by map; without ``valued`` keys alone."""
    found: dict[str, list[str]] = {
        name: [] for name in ("drops", "routes", "returns", "symmetric", "ranks")
    }
    for number, outcome in outcomes:
        bit = COPY_BIT if _is_copy(outcome) else FORWARD_BIT
        if outcome.action is RuleAction.DROP:
            found["drops"].append(mark(number))
        for name, target in (("routes", outcome.target), ("returns", outcome.core_target)):
            if target is not None:
                value = f" : {mark(bit | plan.target_number(target))}" if valued else ""
                found[name].append(f"{mark(number)}{value}")
        if outcome.core_target is not None:
            found["symmetric"].append(mark(number))
        if number < PACKET_FIRST:
            rank = f" : {mark(outcome.priority << 16 | number)}" if valued else ""
            found["ranks"].append(f"{mark(number)}{rank}")
    return found


def _of_targets(targets: Iterable[tuple[int, Target]]) -> dict[str, list[str]]:
    """Return the elements that say which device and address are a target's, by map."""
    found: dict[str, list[str]] = {"owners": [], "addresses4": [], "addresses6": []}
    for number, target in targets:
        version = 6 if ":" in target.address else 4
        found["owners"].append(f'"{target.device}" . {mark(FORWARD_BIT | number)}')
        found[f"addresses{version}"].append(f'"{target.device}" . {target.address}')
    return found
