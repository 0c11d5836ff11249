"""Ways through a town: which way leads where, and how long it takes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from .model import Link, Scenario


@dataclass(frozen=True)
class Way:
    """How a node is reached: the links in order, the first and the last node left out of none."""

    nodes: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def delay_ms(self) -> float:
        """The delays of all links on the way, one way."""
        return sum(link.delay_ms for link in self.links)


def reach(links: Sequence[Link], start: str) -> dict[str, Way]:
    """Return the way from ``start`` to every node that can be reached, ``start`` included."""
    ways = {start: Way((start,), ())}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        for link in links:
            if here in link.ends:
                there = link.ends[1] if link.ends[0] == here else link.ends[0]
                if there not in ways:
                    ways[there] = Way((*ways[here].nodes, there), (*ways[here].links, link))
                    waiting.append(there)
    return ways


def way(scenario: Scenario, start: str, end: str) -> Way:
    """Return the one way from ``start`` to ``end``; KeyError where there is none."""
    return reach(scenario.tree, start)[end]


def serving_host(scenario: Scenario, node: str) -> str | None:
    """Return the first MEC host on the way from a cell or device to the core; None without."""
    hosts = {host.id for host in scenario.hosts}
    return next(
        (step for step in way(scenario, node, scenario.core.id).nodes if step in hosts), None
    )


def latency_ns(scenario: Scenario, host: str) -> dict[str, int]:
    """Return the one-way latency in ns from each cell of the town to ``host``, by cell."""
    return {
        cell.id: round(way(scenario, cell.id, host).delay_ms * 1_000_000) for cell in scenario.cells
    }
