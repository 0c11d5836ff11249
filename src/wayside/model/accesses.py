"""Access networks that a host reaches devices by, what they are like, and whose packets they carry.

Ours, but for the kinds of access network. Never decides which one carries what.
"""

from collections.abc import Iterable
from enum import IntEnum
from ipaddress import ip_address, ip_network
from typing import Annotated, NamedTuple

from msgspec import Meta

from wayside.core.wire import Wire

Nanos = Annotated[int, Meta(ge=0, le=10**12)]
Share = Annotated[float, Meta(ge=0, le=1)]


class AccessType(IntEnum):
    """The kind of an access network. Ref: MEC 015 table 7.2.4-1."""

    UNKNOWN = 0
    WLAN = 1
    CELLULAR = 2
    FIXED = 3
    WLAN_ABG = 11
    WLAN_ABGN = 12
    WLAN_AC = 13
    WLAN_AX = 14
    WLAN_BGN = 15
    GERAN_UTRA = 31
    E_UTRA = 32
    NR = 33


class Figures(Wire):
    """What an access network is like, one way; None: not known."""

    delay_ns: Nanos | None = None
    jitter_ns: Nanos | None = None
    """The mean difference between the delays of two packets that follow each other."""
    rate_bps: Annotated[int, Meta(ge=1, le=10**13)] | None = None
    loss: Share | None = None
    """The share of packets that do not arrive."""


class AccessPath(Wire):
    """An access network by which a host reaches devices that have others too."""

    id: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    """Unique on the host: the accessId of MEC 015."""
    kind: AccessType = AccessType.UNKNOWN
    metered: bool | None = None
    """Whether its use is paid by volume; None: unknown."""
    interface: str
    """The host's device towards it."""
    gateway: str
    """Who takes packets for its devices there, and answers echoes that measure the way."""
    devices: tuple[str, ...] = ()
    """Addresses and prefixes of the devices that have this one and another."""
    figures: Figures = Figures()
    """As its operator knows them; what is measured stands before them."""

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        ip_address(self.gateway)
        for device in self.devices:
            ip_network(device)

    @property
    def version(self) -> int:
        """The version of IP of its packets."""
        return ip_address(self.gateway).version

    def reaches(self, destination: str | None) -> bool:
        """Tell whether a device in ``destination``, an address or prefix, has it; None: any."""
        return any(destination is None or overlap(each, destination) for each in self.devices)


class FlowMatch(NamedTuple):
    """What packets towards a device show; None: anything. Ends are addresses or prefixes."""

    source: str | None = None
    source_port: int | None = None
    destination: str | None = None
    destination_port: int | None = None
    protocol: int | None = None
    dscp: int | None = None
    flow_label: int | None = None

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions of IP that such packets may be of; none where it contradicts itself."""
        ends = (self.source, self.destination)
        found = {ip_network(each).version for each in ends if each is not None}
        if self.flow_label is not None:
            found.add(6)
        return (4, 6) if not found else tuple(found) if len(found) == 1 else ()

    def meets(self, other: "FlowMatch") -> bool:
        """Tell whether a packet may show both."""
        ends = ((self.source, other.source), (self.destination, other.destination))
        rest = zip(self._rest, other._rest, strict=True)
        return (
            all(None in (mine, theirs) or overlap(mine, theirs) for mine, theirs in ends)
            and all(None in (mine, theirs) or mine == theirs for mine, theirs in rest)
            and bool(set(self.versions) & set(other.versions))
        )

    @property
    def _rest(self) -> Iterable[int | None]:
        return (
            self.source_port,
            self.destination_port,
            self.protocol,
            self.dscp,
            self.flow_label,
        )


def overlap(one: str | None, other: str | None) -> bool:
    """Tell whether two addresses or prefixes have an address in common."""
    if one is None or other is None:
        return False
    first, second = ip_network(one), ip_network(other)
    return first.version == second.version and first.overlaps(second)
