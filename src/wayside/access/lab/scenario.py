"""Reads a scenario file, and says everything that is wrong with it at once.

Never says what a scenario may hold: ``model`` does.
"""

from pathlib import Path

from wayside.access.reading import Faulty, read, text_of, values_of

from .consistency import faults_of
from .model import Scenario

__all__ = ["Scenario", "ScenarioFault", "load", "parse"]


class ScenarioFault(Faulty):
    """A scenario that cannot be used."""


def load(path: Path) -> Scenario:
    """Return the scenario in the TOML file ``path``; raises ScenarioFault with all its faults."""
    return parse(text_of(path, ScenarioFault), source=str(path))


def parse(text: str, *, source: str) -> Scenario:
    """Return the scenario in TOML ``text``; ``source`` names it in every fault."""
    table = values_of(text, source, ScenarioFault)
    faults: list[str] = []
    scenario = read(Scenario, table, at="", faults=faults)
    if scenario is None:
        raise ScenarioFault(source, faults)
    if faults := faults_of(scenario):
        raise ScenarioFault(source, faults)
    return scenario
