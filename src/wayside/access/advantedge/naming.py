"""Names of theirs made names of ours: short, of letters, digits and dashes, and unique. Pure."""

import re
from dataclasses import dataclass, field

NAME_MAX = 40
NODE_MAX = 10
"""A node's name is an interface's name too."""


@dataclass
class Names:
    """The names of one kind that are given already."""

    kind: str
    """What a name that has no letter begins with."""
    longest: int = NAME_MAX
    dash: str = "-"
    taken: set[str] = field(default_factory=set)

    def of(self, theirs: str) -> str:
        """Return a new name that is like ``theirs``, as far as that is allowed and free."""
        wanted = re.sub(r"[^a-z0-9]+", self.dash, theirs.lower()).strip("-")
        if not wanted[:1].isalpha():
            wanted = (self.kind + self.dash + wanted).rstrip("-")
        if len(wanted) > self.longest:
            wanted = self.kind if self.longest == NODE_MAX else wanted[: self.longest].rstrip("-")
        name, number = wanted, 1
        while name in self.taken or name in ("lo", "oam", "links"):
            number += 1
            tail = f"{self.dash}{number}"
            name = wanted[: self.longest - len(tail)].rstrip("-") + tail
        self.taken.add(name)
        return name
