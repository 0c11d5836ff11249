"""What a town is: its nodes, links, addresses and capacities, as a scenario file says it.

Never names a namespace or an interface: ``plan`` does. Never reads a file: ``scenario`` does.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from wayside.access.reading import Record
from wayside.model.accesses import AccessType
from wayside.model.appd import McioConstraint

NodeId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]{0,9}$")]
"""Short enough to be an interface's name as well."""

Number = Annotated[int, Meta(ge=1, le=240)]
"""A cell's or host's place in the address plan."""

CaType = Annotated[str, Meta(pattern=r"^(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$")]
"""What part of a civic address: a number of RFC 4776."""

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class LinkKind(StrEnum):
    """What a link stands for; ``backhaul`` links are those whose bytes are counted."""

    RADIO = "radio"
    ACCESS = "access"
    BACKHAUL = "backhaul"
    INTERNET = "internet"


class TownName(Record):
    """How the town is called."""

    name: str
    title: str = ""
    follows: bool = False
    """Whether the links of devices follow the access network that the same file lets live."""


class Backhaul(StrEnum):
    """How a cell's packets travel to the MEC host that it is joined to."""

    IP = "ip"
    """As they are."""
    GTP_U = "gtp-u"
    """In the tunnels of N3. Ref: TS 29.281."""


class Cell(Record):
    """A cell and where it stands (WGS 84, degrees). Its devices are 10.45.<number>.x."""

    id: NodeId
    number: Number
    latitude: Latitude
    longitude: Longitude
    backhaul: Backhaul = Backhaul.IP
    access_type: AccessType = AccessType.CELLULAR
    """What network it is of, by the numbers of MEC 015: 1 WLAN, 14 Wi-Fi 6, 33 5G …"""
    metered: bool | None = None
    """Whether its use is paid by volume."""


class Device(Record):
    """A device, its cell and its IPv4 address, by which it is reached through all its cells."""

    id: NodeId
    cell: str
    address: str
    qfi: Annotated[int, Meta(ge=0, le=63)] = 9
    """The one QoS flow of its session, where the cell's backhaul is in GTP-U."""
    q_ci: Annotated[int, Meta(ge=0, le=255)] = 9
    """What that flow stands for: its 5QI."""
    also: tuple[str, ...] = ()
    """Further cells that it has links to; it sends by the first until it hears by another."""

    @property
    def cells(self) -> tuple[str, ...]:
        """All of its cells, the first first."""
        return (self.cell, *self.also)


class HostCapacity(Record):
    """How much a host has: CPU in thousandths of a core, memory and storage in bytes."""

    cpu_milli: Annotated[int, Meta(ge=1)]
    memory_bytes: Annotated[int, Meta(ge=1)]
    storage_bytes: Annotated[int, Meta(ge=1)]


Prefix = Annotated[str, Meta(pattern=r"^(/[A-Za-z0-9][A-Za-z0-9._~-]*){1,8}$")]
"""A path such as /sbx1/mep1, without last slash."""


class Host(Record):
    """A MEC host and where it stands. Its applications are 10.60.<number>.x."""

    id: NodeId
    number: Number
    name: str
    latitude: Latitude
    longitude: Longitude
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    """ISO 3166-1 alpha-2."""
    capacity: HostCapacity
    civic_address: dict[CaType, str] = msgspec.field(default_factory=dict)
    """By caType of RFC 4776: 1 state, 3 city, 6 street, 19 house number …"""
    networks: tuple[Literal["cellular", "wi-fi", "fixed"], ...] = ("cellular",)
    """Kinds of access network whose devices it serves."""
    capabilities: tuple[McioConstraint, ...] = ()
    """What its nodes have, as application descriptors ask for it."""
    driver: Literal["auto", "process", "podman"] = "auto"
    """What runs its applications."""
    ready_timeout_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    """How long an application may take to confirm that it is ready."""
    prefixes: tuple[
        Annotated[str, Meta(pattern=r"^(/[A-Za-z0-9][A-Za-z0-9._~-]*){1,8}$")], ...
    ] = ()
    """Further paths of its platform, for clients that were written for another."""
    services: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    """Settings of its platform's MEC services, by apiName."""


class Site(Record):
    """A node with nothing of its own but a name: the core, the system level."""

    id: NodeId


class Cloud(Record):
    """The Internet: a service's address, a DNS server's address, and the names that it knows."""

    id: NodeId
    address: str
    dns_address: str
    names: dict[str, str] = msgspec.field(default_factory=dict)


class Link(Record):
    """A cable between two nodes, the one nearer to the devices first.

    ``delay_ms`` is added one way in each direction; ``rate_mbps`` bounds each direction, 0 not.
    """

    ends: tuple[str, str]
    kind: LinkKind
    delay_ms: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    rate_mbps: Annotated[float, Meta(ge=0, le=100_000)] = 0.0

    @property
    def name(self) -> str:
        """Both ends, such as ``mec1-core``."""
        return "-".join(self.ends)


class Scenario(Record):
    """A whole town. Ours: the form of a scenario is this project's."""

    town: TownName
    cells: tuple[Cell, ...]
    devices: tuple[Device, ...]
    hosts: tuple[Host, ...]
    core: Site
    cloud: Cloud
    system: Site
    links: tuple[Link, ...]
    network: dict[str, Any] = msgspec.field(default_factory=dict)
    """The living network: not the lab's, ``access.simulated`` reads it."""

    @property
    def tree(self) -> tuple[Link, ...]:
        """The links that routes lead by: all but those to devices' further cells."""
        further = {(device.id, cell) for device in self.devices for cell in device.also}
        return tuple(link for link in self.links if link.ends not in further)

    source: dict[str, Any] = msgspec.field(default_factory=dict)
    """Who tells of the network, where that is not the living one: ``system.sources`` reads it."""
