"""Pieces of a package: what a Content-Range says, and whether it is the piece that is next. Pure.

Ours, after RFC 9110 clause 14.5: pieces come in order, each with the whole's size.
"""

import re
from dataclasses import dataclass

from wayside.core.errors import BadRequest, Conflict, RangeNotSatisfiable

CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
FIELD = "Content-Range"


@dataclass(frozen=True)
class Piece:
    """Bytes ``first`` to ``last``, both included, of ``total``."""

    first: int
    last: int
    total: int

    @property
    def count(self) -> int:
        """How many bytes the piece has."""
        return self.last - self.first + 1

    def require_next(self, has: int, of: int | None) -> None:
        """Return where the piece follows on ``has`` bytes of a whole of ``of`` (None: of any).

        Raises Conflict, telling what is there and what to send.
        """
        if of is not None and of != self.total:
            raise Conflict(
                f"Content-Range: the package was begun with {of} bytes in all, not {self.total}; "
                "say so again, or delete the package and create it anew.",
                field=FIELD,
            )
        if self.first != has:
            raise Conflict(
                f"Content-Range: the package has {has} of its {self.total} bytes; go on with "
                f"bytes {has}-.../{self.total}.",
                field=FIELD,
            )


def piece_of(header: str) -> Piece:
    """Return what a Content-Range says.

    Raises BadRequest where it says no bytes of a whole, RangeNotSatisfiable where it has none.
    """
    found = CONTENT_RANGE.fullmatch(header.strip())
    if found is None:
        raise BadRequest(
            f"Content-Range: {header[:80]!r} is no piece of a package; give bytes "
            "FIRST-LAST/TOTAL, all three as numbers.",
            field=FIELD,
        )
    piece = Piece(*(int(each) for each in found.groups()))
    if not piece.first <= piece.last < piece.total:
        raise RangeNotSatisfiable(
            f"Content-Range: bytes {piece.first}-{piece.last} do not lie in a package of "
            f"{piece.total} bytes.",
            field=FIELD,
        )
    return piece
