"""The elements of an AdvantEDGE scenario with names of ours, each with where it belongs. Pure.

Points of access without a place are left out: here a cell stands somewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .model import Domain, NetworkLocation, PhysicalLocation, Scenario, Zone
from .naming import NODE_MAX, Names

Where = tuple[float, float]
"""Latitude, longitude."""
LATITUDE_MAX = 85.0
HERE = ("EDGE", "FOG")


@dataclass(frozen=True)
class Access:
    """A point of access that stands somewhere."""

    id: str
    theirs: NetworkLocation
    where: Where
    zone: str
    operator: str


@dataclass(frozen=True)
class Node:
    """A device, or a node that programs run on."""

    id: str
    theirs: PhysicalLocation
    zone: str
    operator: str
    access: Access | None
    """The point of access that it is below."""


@dataclass
class Elements:
    """All that a scenario has, in its order."""

    operators: dict[str, Domain] = field(default_factory=dict)
    zones: dict[str, tuple[Zone, Domain]] = field(default_factory=dict)
    accesses: list[Access] = field(default_factory=list)
    devices: list[Node] = field(default_factory=list)
    hosts: list[Node] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What became of each thing that has no counterpart of its own."""

    @property
    def renamed(self) -> dict[str, str]:
        """Names of theirs that are others here: points of access and nodes."""
        given = [(each.theirs.name, each.id) for each in self.accesses]
        given += [(each.theirs.name, each.id) for each in (*self.devices, *self.hosts)]
        return {theirs: ours for theirs, ours in given if theirs != ours}


def elements_of(scenario: Scenario) -> Elements:
    """Return the elements of a scenario."""
    found = Elements()
    operators, zones = Names("operator"), Names("zone")
    nodes = Names("poa", NODE_MAX, "", {"core", "cloud", "system"})
    for domain in scenario.deployment.domains or ():
        operator = ""
        for zone in domain.zones or ():
            places = [location for location in zone.network_locations or () if _is_used(location)]
            if not places:
                continue
            if not operator and any(_is_access(each) for each in places):
                operator = operators.of(domain.name)
                found.operators[operator] = domain
            name = zones.of(zone.name)
            found.zones[name] = (zone, domain)
            for location in places:
                _take(found, location, name, operator, nodes)
    with_cells = {each.zone for each in found.accesses}
    found.zones = {name: each for name, each in found.zones.items() if name in with_cells}
    return found


def where_of(coordinates: tuple[float, ...]) -> Where | None:
    """Return the place of GeoJSON coordinates; None where there is none on this map."""
    longitude, latitude = coordinates[:2]
    if abs(latitude) > LATITUDE_MAX or abs(longitude) > 180:
        return None
    return float(latitude), float(longitude)


def _is_access(location: NetworkLocation) -> bool:
    return location.type.startswith("POA")


def _is_used(location: NetworkLocation) -> bool:
    return _is_access(location) or bool(location.physical_locations)


def _take(
    found: Elements, location: NetworkLocation, zone: str, operator: str, names: Names
) -> None:
    access = None
    if _is_access(location):
        geo = location.geo_data
        where = where_of(geo.location.coordinates) if geo and geo.location else None
        if where is None:
            found.notes.append(
                f"{location.name}: left out: it has no geoData.location on the map; give it one."
            )
        else:
            access = Access(names.of(location.name), location, where, zone, operator)
            found.accesses.append(access)
    for node in location.physical_locations or ():
        found.notes += _programs(node)
        if node.type == "UE":
            names.kind = "ue"
            found.devices.append(Node(names.of(node.name), node, zone, operator, access))
        elif node.type in HERE:
            names.kind = "mec"
            found.hosts.append(Node(names.of(node.name), node, zone, operator, access))
        else:
            found.notes.append(
                f"{node.name}: a node of type {node.type or 'nothing'} is part of the one core or "
                "the one cloud."
            )
    names.kind = "poa"


def _programs(node: PhysicalLocation) -> Iterator[str]:
    for each in node.processes or ():
        yield (
            f"{node.name}: {each.name} ({each.type}) is not started by a scenario: make a package "
            "of its image and run it with `wayside app`."
        )
