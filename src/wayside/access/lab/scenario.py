"""Reads a scenario file, and says everything that is wrong with it at once.

Never says what a scenario may hold: ``model`` does.
"""

import tomllib
from pathlib import Path

from wayside.access.reading import read
from wayside.core.errors import Unprocessable

from .consistency import faults_of
from .model import Scenario

__all__ = ["Scenario", "ScenarioFault", "load", "parse"]


class ScenarioFault(Unprocessable):
    """A scenario that cannot be used; ``faults`` holds every reason, each with its field."""

    def __init__(self, source: str, faults: list[str]) -> None:
        lines = "\n".join(f"{source}: {fault}" for fault in faults)
        super().__init__(lines, field=faults[0].partition(":")[0])
        self.faults = tuple(faults)


def load(path: Path) -> Scenario:
    """Return the scenario in the TOML file ``path``; raises ScenarioFault with all its faults."""
    try:
        text = path.read_text()
    except OSError as fault:
        raise ScenarioFault(str(path), [f"file: {fault.strerror}."]) from fault
    return parse(text, source=str(path))


def parse(text: str, *, source: str) -> Scenario:
    """Return the scenario in TOML ``text``; ``source`` names it in every fault."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ScenarioFault(source, [f"file: it is not TOML: {fault}."]) from fault
    faults: list[str] = []
    scenario = read(Scenario, table, at="", faults=faults)
    if scenario is None:
        raise ScenarioFault(source, faults)
    if faults := faults_of(scenario):
        raise ScenarioFault(source, faults)
    return scenario
