"""A packet as the data plane sees one, and the flow it belongs to. Never holds a payload."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple

WITH_PORTS = (6, 17, 132)
"""TCP, UDP and SCTP: what a filter with ports and without a protocol means."""


class Flow(NamedTuple):
    """A 5-tuple, as the first packet of the flow carries it; ports are 0 where there are none."""

    source: str
    destination: str
    protocol: int
    source_port: int
    destination_port: int

    @property
    def reverse(self) -> "Flow":
        """The 5-tuple that answers carry."""
        return Flow(
            self.destination,
            self.source,
            self.protocol,
            self.destination_port,
            self.source_port,
        )


@dataclass(frozen=True, slots=True)
class Packet:
    """The header of one packet; addresses are single and both of one family."""

    source: str
    destination: str
    protocol: int
    source_port: int = 0
    destination_port: int = 0
    dscp: int = 0
    in_interface: str | None = None
    """The host's device that it came in by; None: one that carries transit traffic."""
    ecn: int = 0

    @property
    def traffic_class(self) -> int:
        """The octet of DSCP and ECN."""
        return self.dscp << 2 | self.ecn

    @property
    def version(self) -> int:
        """4 or 6."""
        return ip_address(self.destination).version

    @property
    def flow(self) -> Flow:
        """The 5-tuple of this packet, in its own direction."""
        return Flow(
            self.source, self.destination, self.protocol, self.source_port, self.destination_port
        )
