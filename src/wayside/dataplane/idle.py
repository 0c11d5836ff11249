"""Groups that fell empty and are asked on, so that the next rule like the last costs one element.

A group that comes or goes has its whole chain written anew, which takes the kernel longer the more
elements the others have. Pure; never holds what a plan holds.
"""

from collections.abc import Iterator
from typing import NamedTuple

from wayside.model.rules import FilterType

from .groups import Delta, Group
from .plan import Plan

IDLE_MAX = 16
"""So many are asked in vain at most, each once for a new flow; beyond, the oldest goes."""

ELEMENTS_MAX = 64
"""What had more taken out at once goes whole: that is one command."""


class Turn(NamedTuple):
    """The groups whose maps and lookups the kernel does not have yet, and those it has in vain."""

    come: list[Group]
    gone: list[Group]


class Idle:
    """The empty groups that the kernel still asks, oldest first."""

    def __init__(self) -> None:
        self._groups: dict[Group, None] = {}

    def __contains__(self, group: object) -> bool:
        return group in self._groups

    def of(self, filter_type: FilterType, version: int) -> Iterator[Group]:
        """Yield those of one classifier."""
        for group in self._groups:
            if (group.shape.filter_type, group.shape.version) == (filter_type, version):
                yield group

    def take(self, plan: Plan, delta: Delta) -> Turn:
        """Return which groups come and go with a change; the others fell empty, or are so no more.

        A group that is asked for each packet goes at once, as does one that asks for a tag.
        """
        turn = Turn([], [])
        for group, had in delta.groups.items():
            has = bool(plan.map(group))
            if had and not has:
                if _may_stay(group, delta):
                    self._groups[group] = None
                else:
                    turn.gone.append(group)
            elif has and not had:
                if group in self._groups:
                    del self._groups[group]
                else:
                    turn.come.append(group)
        while len(self._groups) > IDLE_MAX:
            oldest = next(iter(self._groups))
            del self._groups[oldest]
            turn.gone.append(oldest)
        return turn


def _may_stay(group: Group, delta: Delta) -> bool:
    shape = group.shape
    return (
        shape.filter_type is FilterType.FLOW
        and bool(shape.fields)
        and shape.tagged is None
        and len(delta.elements.get(group, ())) <= ELEMENTS_MAX
    )
