"""State machines as tables: ``(state, event) -> state``, with a sentence for what is refused.

Never holds a state: the resource does.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

from wayside.core.errors import Conflict

S = TypeVar("S")
E = TypeVar("E")


class StateTable(Generic[S, E]):
    """All moves that are allowed, and no others. Ref: the clause stands beside each table."""

    def __init__(self, what: str, moves: Mapping[tuple[S, E], S]) -> None:
        self._what = what
        self._moves = dict(moves)

    def after(self, state: S, event: E) -> S:
        """Return the state after ``event``; raise Conflict where the table has no such move."""
        try:
            return self._moves[state, event]
        except KeyError:
            allowed = sorted(str(e) for s, e in self._moves if s == state)
            hint = f"; it allows {', '.join(allowed)}" if allowed else ""
            raise Conflict(f"{self._what} in state {state} does not allow {event}{hint}.") from None

    def allows(self, state: S, event: E) -> bool:
        """Tell whether the table has this move."""
        return (state, event) in self._moves
