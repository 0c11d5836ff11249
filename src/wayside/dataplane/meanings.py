"""What numbers mean, as elements of the maps that tell it, and the copying rules. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from wayside.model.rules import RuleAction
from wayside.refpoints.mp2 import Target

from .actions import COPIES
from .groups import PACKET_FIRST, Outcome
from .plan import Plan
from .tables import COPY_BIT, COPYING, FORWARD_BIT, TABLE, add, mark, named

ByMap = dict[str, list[str]]


def meanings(plan: Plan, epoch: int) -> Iterator[str]:
    """Yield the commands that tell, in the maps of ``epoch``, what the numbers of ``plan`` mean."""
    yield from _all(_of_outcomes(plan, plan.outcomes()), epoch)
    yield from _all(_of_targets(plan.targets()), epoch)


def _all(elements: ByMap, epoch: int, *, command: str = "add") -> Iterator[str]:
    for name, each in elements.items():
        yield from add(named(name, epoch), each, command=command)


def come(
    plan: Plan, outcomes: Iterable[int], targets: Iterable[int], *, epoch: int
) -> Iterator[str]:
    """Yield the commands that tell what these numbers mean, as far as they are in use."""
    of = ((number, plan.outcome(number)) for number in outcomes)
    yield from _all(_of_outcomes(plan, ((n, each) for n, each in of if each is not None)), epoch)
    to = ((number, plan.target(number)) for number in targets)
    yield from _all(_of_targets((n, each) for n, each in to if each is not None), epoch)


def go(
    plan: Plan,
    outcomes: Mapping[int, Outcome | None],
    targets: Mapping[int, Target | None],
    *,
    epoch: int,
    known: Iterable[Target],
) -> Iterator[str]:
    """Yield the commands that forget numbers; addresses stay where a ``known`` target has them."""
    was = [(number, each) for number, each in outcomes.items() if each is not None]
    yield from _all(_of_outcomes(plan, was, valued=False), epoch, command="delete")
    gone = [(number, each) for number, each in targets.items() if each is not None]
    if gone:
        stay = _of_targets((0, each) for each in known)
        for name, keys in _of_targets(gone).items():
            unknown = [key for key in dict.fromkeys(keys) if key not in stay[name]]
            yield from add(named(name, epoch), unknown, command="delete")


def copies(
    plan: Plan, indexes: Mapping[str, int], resting: Iterable[tuple[int, Target]] = ()
) -> list[str]:
    """Return the commands that rewrite the copying rules: few, and only copied packets come by.

    ``indexes`` gives the devices' numbers; a target whose device has none gets no copies. What is
    marked for targets that are ``resting`` still finds them.
    """
    chain = COPYING[plan.half]
    lines = [f"flush chain {family} {TABLE} {chain}" for family in ("ip", "ip6")]
    copied_to = [target for _, each in plan.outcomes() if is_copy(each) for target in each.targets]
    present = [(plan.target_number(target), target) for target in dict.fromkeys(copied_to)]
    for number, target in dict.fromkeys([*present, *resting]):
        if target.device not in indexes:
            continue
        family = "ip6" if ":" in target.address else "ip"
        copying = f"dup to {target.address} device {indexes[target.device]} meta mark set 0"
        copied = mark(COPY_BIT | number)
        lines.append(f"add rule {family} {TABLE} {chain} meta mark {copied} {copying}")
    devices = dict.fromkeys(each.device for _, each in present if each.device in indexes)
    return lines + add("mirrors", [f'"{device}"' for device in devices])


def is_copy(outcome: Outcome | None) -> TypeGuard[Outcome]:
    """Tell whether traffic of this outcome is copied."""
    return outcome is not None and outcome.action in COPIES


def _of_outcomes(
    plan: Plan, outcomes: Iterable[tuple[int, Outcome]], *, valued: bool = True
) -> ByMap:
    """Return the elements that say what outcomes mean, by map; without ``valued`` keys alone."""
    found: ByMap = {name: [] for name in ("drops", "routes", "returns", "symmetric", "ranks")}
    for number, outcome in outcomes:
        bit = COPY_BIT if is_copy(outcome) else FORWARD_BIT
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


def _of_targets(targets: Iterable[tuple[int, Target]]) -> ByMap:
    """Return the elements that say which device and address are a target's, by map."""
    found: ByMap = {"owners": [], "addresses4": [], "addresses6": []}
    for number, target in targets:
        version = 6 if ":" in target.address else 4
        found["owners"].append(f'"{target.device}" . {mark(FORWARD_BIT | number)}')
        found[f"addresses{version}"].append(f'"{target.device}" . {target.address}')
    return found
