"""Plans as nft transactions: the whole of one, and what one change rewrites. Pure.

The kernel swaps rules and elements one after the other, not at one instant. So what comes is there
before what it takes the place of goes (``turns``), and what a packet that is on its way may still
look up (an outcome, a map) rests before it is deleted (``held``). Never rewrites an element that
has not changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from wayside.refpoints.mp2 import Target

from .asking import ALL, Asked, of_groups, refresh
from .groups import Delta, Group
from .held import Held, Rested
from .idle import Idle, Turn
from .lookups import add_matches, is_keyed, key_text, map_text, name_of
from .matches import Box
from .meanings import come, copies, go, is_copy, meanings
from .plan import Plan
from .tables import CLASSIFIERS, COPYING, TABLE, add, numbered
from .tag_sets import Moves, all_sets_of, changes_ranges, moves
from .turns import Element, turns_of


def fill(plan: Plan, epoch: int) -> Iterator[str]:
    """Yield transactions that make the maps of ``plan``, which nothing asks yet.

    Small ones: without the right to a larger socket buffer, 10,000 elements do not fit one.
    """
    yield "\n".join([f"add table inet {TABLE}", *numbered(epoch)]) + "\n"
    for line in meanings(plan, epoch):
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
    lines = [f"flush chain inet {TABLE} {each}" for each in CLASSIFIERS]
    lines += copies(plan, indexes)
    lines += Asked(plan, Idle(), {}).written(ALL, epoch)
    lines += refresh(plan, generation)
    return "\n".join(lines) + "\n"


def change(
    plan: Plan,
    delta: Delta,
    generation: int,
    *,
    indexes: Mapping[str, int],
    held: Held,
    rested: Rested,
    now_s: float,
) -> tuple[str, ...]:
    """Return the transactions that bring the kernel from before ``delta`` to ``plan``.

    ``indexes`` gives the devices' numbers; ``held`` comes from the last call and is filled
    for the next, with what falls out of use at ``now_s``; what has ``rested`` is deleted.

    One transaction where things only come, or only go. Else what comes is there before the rest
    goes: until then a packet has the stronger of its old rule and its new one. The stamp comes
    last, so that until then flows are decided anew; and by itself where ranges change: the kernel
    shows packets what is new in a set of ranges a moment after all else.
    """
    parts = _parts(plan, delta, held, rested, now_s)
    first = [*_cleared(plan, held, rested), *_meant(plan, delta, indexes, held, rested, now_s)]
    if parts.comes and parts.goes:
        now = Asked(plan, held.idle, parts.former)
        first += [*parts.first, *now.written(of_groups(parts.come), held.epoch)]
        then = Asked(plan, held.idle, {}).written(of_groups(parts.former), held.epoch)
        steps = [first, *parts.pushes, [*parts.last, *then]]
    else:
        dirty = of_groups([*parts.come, *parts.former])
        then = Asked(plan, held.idle, {}).written(dirty, held.epoch) if dirty else []
        steps = [[*first, *parts.first, *parts.last, *then]]
    stamp = refresh(plan, generation)
    if _is_late(plan, delta):
        steps.append(stamp)
    else:
        steps[-1] += stamp
    return tuple("\n".join(each) + "\n" for each in steps if each)


class _Parts(NamedTuple):
    """What one change alters in maps and chains, by its turn."""

    come: list[Group]
    former: dict[Group, int | None]
    """Groups that go or have another number; those without a map with the number they had."""
    first: list[str]
    pushes: list[list[str]]
    last: list[str]
    comes: bool
    goes: bool


def _parts(plan: Plan, delta: Delta, held: Held, rested: Rested, now_s: float) -> _Parts:
    """Sort out the turns of a change: what is not asked any more is only noted in ``held``."""
    turn = held.idle.take(plan, delta)
    for group in filter(is_keyed, turn.gone):
        held.maps.put(name_of(group, held.epoch), "map", now_s)
    first = []
    for group in filter(is_keyed, turn.come):
        name = name_of(group, held.epoch)
        first.append(_opened("map", name, map_text(group, held.epoch), held, rested))
    there = [group for group in delta.elements if plan.map(group) or group in held.idle]
    turns = turns_of(plan, delta, filter(is_keyed, there))
    tags = _tags(plan, delta, held, rested, now_s)
    first += [*_come(plan, turns.come, held.epoch), *tags.first]
    pushes = [
        [*_go(each.gone, held.epoch), *_come(plan, each.come, held.epoch)] for each in turns.pushes
    ]
    last = _go([*turns.gone, *turns.changed], held.epoch)
    last += [*_come(plan, turns.changed, held.epoch), *tags.then]
    former = _former(delta, turn)
    return _Parts(
        turn.come,
        former,
        first,
        pushes,
        last,
        comes=bool(turn.come or turns.come or pushes or tags.first),
        goes=bool(former or pushes or last),
    )


def _former(delta: Delta, turn: Turn) -> dict[Group, int | None]:
    found: dict[Group, int | None] = dict.fromkeys(turn.gone)
    for group, boxes in delta.elements.items():
        for was in boxes.values() if not is_keyed(group) else ():
            if was is not None:
                found[group] = was
    return found


def _opened(kind: str, name: str, make: str, held: Held, rested: Rested) -> str:
    """Return what makes a map or set, or empties it where it is still there."""
    if held.maps.pop(name) or rested.maps.pop(name, None) is not None:
        return f"flush {kind} inet {TABLE} {name}"
    return make


def _come(plan: Plan, elements: Iterable[Element], epoch: int) -> list[str]:
    by_group: dict[Group, dict[Box, int]] = {}
    for group, box in elements:
        by_group.setdefault(group, {})[box] = plan.map(group)[box]
    return [
        line for group, boxes in by_group.items() for line in add_matches(group, boxes, epoch=epoch)
    ]


def _go(elements: Iterable[Element], epoch: int) -> list[str]:
    by_group: dict[Group, list[str]] = {}
    for group, box in elements:
        by_group.setdefault(group, []).append(key_text(group, box))
    return [
        line
        for group, keys in by_group.items()
        for line in add(name_of(group, epoch), keys, command="delete")
    ]


def _tags(plan: Plan, delta: Delta, held: Held, rested: Rested, now_s: float) -> Moves:
    """Change who tags stand for; a tag that nothing asks for any more is only noted."""
    found = Moves([], [])
    for tag, was in delta.tags.items():
        now = plan.tags.in_use(tag)
        for each in all_sets_of(tag, held.epoch):
            if was is None and now is not None:
                found.first.append(_opened("set", each.name, each.make, held, rested))
            if was is not None and now is None:
                held.maps.put(each.name, "set", now_s)
        if now is not None:
            change = moves(tag, was, now, epoch=held.epoch)
            found.first.extend(change.first)
            found.then.extend(change.then)
    return found


def _cleared(plan: Plan, held: Held, rested: Rested) -> Iterator[str]:
    """Delete what has rested."""
    for each in rested.former:
        yield f"delete {each}"
    for name, kind in rested.maps.items():
        yield f"delete {kind} inet {TABLE} {name}"
    stay = chain(plan.targets(), held.targets.items())
    known = (each for _, each in stay if each is not None)
    yield from go(plan, rested.outcomes, rested.targets, epoch=held.epoch, known=known)


def _meant(
    plan: Plan,
    delta: Delta,
    indexes: Mapping[str, int],
    held: Held,
    rested: Rested,
    now_s: float,
) -> list[str]:
    """Tell what new numbers mean; those that are not in use any more are only noted."""
    for number, was in delta.outcomes.items():
        if plan.outcome(number) is None:
            held.outcomes.put(number, was, now_s)
    for place, target in delta.targets.items():
        if plan.target(place) is None:
            held.targets.put(place, target, now_s)
    lines = list(come(plan, delta.outcomes, delta.targets, epoch=held.epoch))
    now = map(plan.outcome, delta.outcomes)
    if rested.former:
        other = COPYING[1 - plan.half]
        lines += [f"flush chain {family} {TABLE} {other}" for family in ("ip", "ip6")]
    touched = (*delta.outcomes.values(), *rested.outcomes.values(), *now)
    if rested.former or any(map(is_copy, touched)):
        lines += [f"flush set inet {TABLE} mirrors", *copies(plan, indexes, _resting(plan, held))]
    return lines


def _resting(plan: Plan, held: Held) -> list[tuple[int, Target]]:
    """Return the numbers that packets may bear which were to be copied."""
    copied = {each for _, was in held.outcomes.items() if is_copy(was) for each in was.targets}
    numbers = chain(plan.targets(), held.targets.items()) if copied else ()
    return [(number, each) for number, each in numbers if each is not None and each in copied]


def _is_late(plan: Plan, delta: Delta) -> bool:
    return any(group.shape.is_ranged for group in delta.elements) or any(
        changes_ranges(was, plan.tags.in_use(tag)) for tag, was in delta.tags.items()
    )
