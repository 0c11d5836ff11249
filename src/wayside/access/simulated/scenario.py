"""Reads the living network of a scenario, and says everything that is wrong with it at once.

Never says what it may hold: ``model`` does.
"""

from pathlib import Path

from wayside.access.reading import Faulty, read, text_of, values_of

from .consistency import faults_of
from .model import NetworkPlan

SECTION = "network"


class NetworkFault(Faulty):
    """A network that cannot be."""


def load(path: Path) -> NetworkPlan:
    """Return the network of the scenario in ``path``; raises NetworkFault with all its faults."""
    return parse(text_of(path, NetworkFault), source=str(path))


def parse(text: str, *, source: str) -> NetworkPlan:
    """Return the network in TOML ``text``; ``source`` names it in every fault."""
    table = values_of(text, source, NetworkFault)
    if SECTION not in table:
        raise NetworkFault(source, [f"{SECTION}: missing: this scenario has no living network."])
    faults: list[str] = []
    plan = read(NetworkPlan, table[SECTION], at=SECTION, faults=faults)
    if plan is not None:
        faults += (f"{SECTION}.{fault}" for fault in faults_of(plan))
    if plan is None or faults:
        raise NetworkFault(source, faults)
    return plan
