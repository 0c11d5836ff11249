"""Bandwidth between applications and devices: which way, and whose. Never decides how much."""

from enum import StrEnum
from typing import NamedTuple


class Direction(StrEnum):
    """Which way packets go between an application and devices."""

    DOWNLINK = "DOWNLINK"
    """Towards the devices."""
    UPLINK = "UPLINK"


class Flow(NamedTuple):
    """What packets from the application to a device show; None: anything."""

    source: str | None = None
    source_port: int | None = None
    destination: str | None = None
    destination_port: int | None = None
    protocol: int | None = None

    @property
    def reverse(self) -> "Flow":
        """The same with the ends changed: what packets from the device show."""
        return Flow(
            self.destination,
            self.destination_port,
            self.source,
            self.source_port,
            self.protocol,
        )

    def meets(self, other: "Flow") -> bool:
        """Tell whether a packet may show both."""
        return all(
            mine == theirs or mine is None or theirs is None
            for mine, theirs in zip(self, other, strict=True)
        )
