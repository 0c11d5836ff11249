"""``python -m bench [--json] [NAME…]``: measure, and print one table of figures and goals.

Progress goes to the standard error. Ends with 0 whether goals are met or not: the table says.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from . import api, lifecycle, rules, running
from .figures import Figure, Note, Skipped, document, table
from .running import Wayside

NAMES = ("api", "rules", "lifecycle")


@dataclass
class Benches:
    """The benches by name; a system is started for the first that needs one, for all of them."""

    note: Note
    opened: ExitStack
    _system: Wayside | None = None

    def figures(self, name: str) -> Sequence[Figure] | Skipped:
        """Return what the bench found, or why it cannot be run here."""
        missing: Callable[[], str | None] = api.missing if name == "api" else running.missing
        reason = missing()
        if reason is not None:
            return Skipped(name, reason)
        if name == "api":
            return api.figures(self.note)
        if name == "rules":
            return rules.figures(self.system(), self.note)
        return lifecycle.figures(self.system(), self.note)

    def system(self) -> Wayside:
        """Return the running system."""
        if self._system is None:
            self.note("starting a Wayside of the bench's own")
            self._system = self.opened.enter_context(running.running())
        return self._system


def run(arguments: Sequence[str]) -> int:
    """Run what ``arguments`` name and print it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print for programs")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all of {', '.join(NAMES)}")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no bench {unknown[0]!r}; there are {', '.join(NAMES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the system is ended
    figures, skipped = _measure([name for name in NAMES if name in (options.names or NAMES)])
    print(json.dumps(document(figures, skipped)) if options.json else table(figures, skipped))
    return 0


def _measure(names: Sequence[str]) -> tuple[list[Figure], list[Skipped]]:
    figures: list[Figure] = []
    skipped: list[Skipped] = []
    with ExitStack() as opened:
        benches = Benches(lambda text: print(text, file=sys.stderr, flush=True), opened)
        for name in names:
            found = benches.figures(name)
            if isinstance(found, Skipped):
                skipped.append(found)
            else:
                figures += found
    return figures, skipped


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
