"""What is read of an AdvantEDGE scenario: its elements, by the names of its data model.

Everything may be missing or null, as its own tools write it. Never says what it means here.
"""

from typing import Annotated, dataclass_transform

import msgspec
from msgspec import Meta


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Read(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what is read; other fields are left alone, ``left`` tells of them."""


class NetChar(Read):
    """Network characteristics of an element: what it adds to each packet's way."""

    latency: float | None = None
    """One way, milliseconds."""
    throughput_dl: float | None = None
    """Mbit/s."""
    throughput_ul: float | None = None


class Point(Read):
    """A GeoJSON point: longitude, latitude."""

    coordinates: Annotated[tuple[float, ...], Meta(min_length=2)]


class LineString(Read):
    """A GeoJSON line."""

    coordinates: tuple[Annotated[tuple[float, ...], Meta(min_length=2)], ...] = ()


class GeoData(Read):
    """Where an element is, how far it reaches, and how it moves."""

    location: Point | None = None
    radius: float | None = None
    """Metres."""
    path: LineString | None = None
    eop_mode: str | None = None
    """LOOP or REVERSE: what comes after the end of the path."""
    velocity: float | None = None
    """Metres per second."""


class Process(Read):
    """A program on a node."""

    name: str = ""
    type: str = ""


class PhysicalLocation(Read):
    """A node: a device (UE), an edge node, a fog node, a node of the core, a data centre."""

    name: str = ""
    type: str = ""
    geo_data: GeoData | None = None
    connected: bool | None = None
    wireless: bool | None = None
    wireless_type: str | None = None
    """Kinds of access that it has, by preference, with commas between: wifi, 5g, 4g, other."""
    processes: tuple[Process, ...] | None = None
    net_char: NetChar | None = None


class NetworkLocation(Read):
    """A point of access, or the default place of a zone's nodes."""

    name: str = ""
    type: str = ""
    net_char: NetChar | None = None
    geo_data: GeoData | None = None
    physical_locations: tuple[PhysicalLocation, ...] | None = None


class Zone(Read):
    """A zone, or what a domain's zones have in common (COMMON)."""

    name: str = ""
    type: str = ""
    net_char: NetChar | None = None
    network_locations: tuple[NetworkLocation, ...] | None = None


class CellularDomainConfig(Read):
    """Whose cells they are."""

    mcc: str | None = None
    mnc: str | None = None


class Domain(Read):
    """An operator, or the public Internet."""

    name: str = ""
    type: str = ""
    net_char: NetChar | None = None
    cellular_domain_config: CellularDomainConfig | None = None
    zones: tuple[Zone, ...] | None = None


class Deployment(Read):
    """All domains."""

    net_char: NetChar | None = None
    domains: tuple[Domain, ...] | None = None


class Scenario(Read):
    """A whole scenario."""

    deployment: Deployment
    name: str = ""
