"""Reads the living network of a scenario, and says everything that is wrong with it at once.

Never says what it may hold: ``model`` does.
"""

import tomllib
from pathlib import Path

from wayside.access.reading import read
from wayside.core.errors import Unprocessable

from .consistency import faults_of
from .model import NetworkPlan

SECTION = "network"


class NetworkFault(Unprocessable):
    """A network that cannot be; ``faults`` holds every reason, each with its field."""

    def __init__(self, source: str, faults: list[str]) -> None:
        super().__init__(
            "\n".join(f"{source}: {fault}" for fault in faults), field=faults[0].partition(":")[0]
        )
        self.faults = tuple(faults)


def load(path: Path) -> NetworkPlan:
    """Return the network of the scenario in ``path``; raises NetworkFault with all its faults."""
    try:
        text = path.read_text()
    except OSError as fault:
        raise NetworkFault(str(path), [f"file: {fault.strerror}."]) from fault
    return parse(text, source=str(path))


def parse(text: str, *, source: str) -> NetworkPlan:
    """Return the network in TOML ``text``; ``source`` names it in every fault."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise NetworkFault(source, [f"file: it is not TOML: {fault}."]) from fault
    if SECTION not in table:
        raise NetworkFault(source, [f"{SECTION}: missing: this scenario has no living network."])
    faults: list[str] = []
    plan = read(NetworkPlan, table[SECTION], at=SECTION, faults=faults)
    if plan is not None:
        faults += (f"{SECTION}.{fault}" for fault in faults_of(plan))
    if plan is None or faults:
        raise NetworkFault(source, faults)
    return plan
