"""``python -m bench [--json] [NAME…]``: measure, and print one table of figures and goals.

Progress goes to the standard error. Ends with 0 whether goals are met or not: the table says; with
1 where a bench broke off.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from wayside.core.errors import Problem

from . import (
    api,
    conflicts,
    floors,
    gtp,
    lifecycle,
    living,
    location,
    placement,
    podman,
    radio,
    registry,
    rni,
    rules,
    running,
    scale,
    soak,
    steering,
    tags,
)
from .figures import Figure, Machine, Note, Skipped, document, table
from .running import Wayside

ALONE: dict[str, tuple[Callable[[], str | None], Callable[[Note], list[Figure]]]] = {
    "api": (api.missing, api.figures),
    "steering": (steering.missing, steering.figures),
    "conflicts": (lambda: None, conflicts.figures),
    "tags": (tags.missing, tags.figures),
    "gtp": (running.missing, gtp.figures),
    "registry": (lambda: None, registry.figures),
    "scale": (lambda: None, scale.figures),
    "placement": (lambda: None, placement.figures),
    "radio": (lambda: None, radio.figures),
    "living": (lambda: None, living.figures),
    "rni": (lambda: None, rni.figures),
    "location": (lambda: None, location.figures),
    "podman": (podman.missing, podman.figures),
}
"""What is measured before any Wayside runs: why it cannot be, and its figures."""

LONG: dict[str, tuple[Callable[[], str | None], Callable[[Note], list[Figure]]]] = {
    "soak": (lambda: None, soak.figures),
}
"""What runs only when it is named."""

TOGETHER: dict[str, Callable[[Wayside, Note], list[Figure]]] = {
    "rules": rules.figures,
    "lifecycle": lifecycle.figures,
}
"""What is measured on a running one."""

FAULTS = (Problem, RuntimeError, OSError, subprocess.SubprocessError)

USUAL = (*ALONE, *TOGETHER)
NAMES = (*USUAL, *LONG)


@dataclass
class Benches:
    """The benches by name; a system is started for the first that needs one, for all of them."""

    note: Note
    opened: ExitStack
    _system: Wayside | None = None

    def figures(self, name: str) -> Sequence[Figure] | Skipped:
        """Return what the bench found, or why it cannot be run here."""
        if name in ALONE or name in LONG:
            missing, figures = (ALONE | LONG)[name]
            reason = missing()
            return figures(self.note) if reason is None else Skipped(name, reason)
        reason = running.missing()
        if reason is not None:
            return Skipped(name, reason)
        return TOGETHER[name](self.system(), self.note)

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
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no bench {unknown[0]!r}; there are {', '.join(NAMES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the system is ended
    load, late, (all_s, stolen_s) = os.getloadavg()[0], floors.lateness(), floors.processor_s()
    figures, skipped = _measure([name for name in NAMES if name in (options.names or USUAL)])
    all_now_s, stolen_now_s = floors.processor_s()
    stolen = (stolen_now_s - stolen_s) / max(all_now_s - all_s, 0.01)
    machine = Machine(os.cpu_count() or 1, load, late.p50_ms, late.p99_ms, stolen)
    if options.json:
        print(json.dumps(document(figures, skipped, machine)))
    else:
        print(table(figures, skipped, machine))
    return 1 if any(each.broken for each in skipped) else 0


def _measure(names: Sequence[str]) -> tuple[list[Figure], list[Skipped]]:
    figures: list[Figure] = []
    skipped: list[Skipped] = []
    with ExitStack() as opened:
        benches = Benches(lambda text: print(text, file=sys.stderr, flush=True), opened)
        for name in names:
            try:
                found = benches.figures(name)
            except FAULTS as fault:  # what the others found is not lost for it
                found = Skipped(name, f"{type(fault).__name__}: {fault}", broken=True)
            if isinstance(found, Skipped):
                skipped.append(found)
            else:
                figures += found
    return figures, skipped


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
