"""From faults to one problem that a caller is told, and the exception that carries them here.

Which status is answered, and why (ours; the standard leaves it open):
400 the file is no package at all (not a zip, a zip with hostile entries); 413 it is too large;
403 it is whole, but nobody whom this system trusts has signed it, so the policy forbids it;
422 it is a package whose parts contradict the standard or one another.
Never decides what is a fault: the checks do.
"""

from collections.abc import Sequence

from wayside.core.errors import BadRequest, Forbidden, Problem, TooLarge, Unprocessable
from wayside.model.faults import Fault

__all__ = ["Fault", "FaultsFound", "problem_of_faults"]

KINDS: tuple[tuple[str, type[Problem]], ...] = (
    ("zip-", BadRequest),
    ("size-", TooLarge),
    ("signature-", Forbidden),
)
SHOWN = 3


class FaultsFound(Exception):
    """A check cannot go on; ``faults`` says why, at least one."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def problem_of_faults(faults: Sequence[Fault]) -> Problem:
    """Return the problem that tells the first faults and how many more there are."""
    kind: type[Problem] = Unprocessable
    for prefix, candidate in KINDS:
        if any(fault.code.startswith(prefix) for fault in faults):
            kind = candidate
            break
    told = [str(fault) for fault in faults[:SHOWN]]
    if len(faults) > SHOWN:
        told.append(f"{len(faults) - SHOWN} more: wayside app lint lists them all.")
    return kind(" ".join(told), field=faults[0].field)
