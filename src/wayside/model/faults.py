"""A fault in something that a person wrote: where it is, what is wrong, what would mend it.

Never raised: whoever checks returns all of them at once, so that one run shows every fault.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fault:
    """One fault. ``code`` is stable and short, for programs; the sentences are for people."""

    code: str
    sentence: str
    """What is wrong, naming the thing."""
    remedy: str
    """What to do about it, as an instruction."""
    field: str | None = None
    """The path of the faulty field, such as ``appTrafficRule[0].priority``."""
    file: str | None = None
    line: int | None = None
    """Counted from 1, where the file has lines."""

    def at(self, file: str, line: int | None = None) -> "Fault":
        """Return the same fault with its place."""
        return replace(self, file=file, line=line)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return (
            f"{place}: {self.sentence} {self.remedy}" if place else f"{self.sentence} {self.remedy}"
        )
