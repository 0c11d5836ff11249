"""In which turn elements of maps come and go, so that no packet meets neither old nor new. Pure.

The kernel shows each lookup of a packet the elements of that moment. Where a rule moves from one
map to another, a packet that asks both while they change could find it in none. So what comes is
there before what it takes the place of goes; until then the stronger of both has the packet.
"""

from collections.abc import Iterable
from typing import NamedTuple

from .groups import Delta, Group
from .matches import Box
from .overlaps import Overlaps
from .plan import Plan

Element = tuple[Group, Box]


class Push(NamedTuple):
    """What goes, and at the same instant what comes in its place in the same maps."""

    gone: list[Element]
    come: list[Element]


class Turns(NamedTuple):
    """The elements that change, in the order of turns."""

    come: list[Element]
    """These meet nothing that is there."""
    pushes: list[Push]
    """Ranges that come where others lie, once these have come elsewhere."""
    gone: list[Element]
    changed: list[Element]
    """The same match has another outcome; together with ``gone``."""


def turns_of(plan: Plan, delta: Delta, groups: Iterable[Group]) -> Turns:
    """Return the turns for what ``delta`` tells of ``groups``, which have maps.

    Where ranges take each other's places, all of these come and go in one turn.
    """
    turns = Turns([], [], [], [])
    for group in groups:
        now = plan.map(group)
        for box, was in delta.elements[group].items():
            number = now.get(box)
            if number == was:
                continue
            if was is None:
                turns.come.append((group, box))
            elif number is None:
                turns.gone.append((group, box))
            else:
                turns.changed.append((group, box))
    waiting = _in_the_way(turns)
    if not waiting:
        return turns
    come = [each for each in turns.come if each not in waiting]
    return Turns(come, *_pushes(waiting, turns.gone), turns.changed)


def _in_the_way(turns: Turns) -> dict[Element, list[Element]]:
    """Return, for each element that cannot come yet, those that are in its way."""
    there: dict[Group, Overlaps] = {}
    for group, box in turns.gone:
        if group.shape.is_ranged:
            there.setdefault(group, Overlaps(len(box))).add(box)
    met = {
        (group, box): [(group, each) for each in there[group].of(box)]
        for group, box in turns.come
        if group in there
    }
    return {each: others for each, others in met.items() if others}


def _pushes(
    waiting: dict[Element, list[Element]], gone: list[Element]
) -> tuple[list[Push], list[Element]]:
    """Return who pushes whom, and which of ``gone`` is in nobody's way."""
    pushes = []
    left = dict.fromkeys(gone)
    while waiting:
        coming = {box for _, box in waiting}
        ready = [
            each
            for each, others in waiting.items()
            if all(other not in left or other[1] not in coming for other in others)
        ]
        push = Push([], ready or list(waiting))
        for each in push.come:
            for other in waiting.pop(each):
                if other in left:
                    del left[other]
                    push.gone.append(other)
        pushes.append(push)
    return pushes, list(left)
