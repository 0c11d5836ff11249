"""What the operator lets devices have: which applications, how many contexts, from where.

Never reads a settings file: ``system`` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address


@dataclass(frozen=True)
class Offer:
    """An application that is offered to devices."""

    app_d_id: str
    vendor_id: str | None = None
    """The vendor whose device applications it is for, as ``vendorSpecificExt`` says it."""
    contexts_per_instance: int | None = None
    """None: as many as for others."""


@dataclass(frozen=True)
class Policy:
    """The operator's rules."""

    offered: Mapping[str, Offer] | None = None
    """By appDId; None: every application that is on-boarded and ENABLED, but for those that
    devices brought themselves."""
    contexts_per_instance: int = 100
    """Contexts that one instance serves; 1 gives each context an instance of its own."""
    contexts_per_client: int = 100
    cells: Mapping[IPv4Network | IPv6Network, str] = field(default_factory=dict)
    """The cell that the devices of a network are in."""
    answer_within_s: float = 120.0
    """How long a device waits for a context, before it is undone."""
    graceful_timeout_s: int = 5
    """How long an instance has to end, once nobody needs it."""
    package_bytes_max: int = 1 << 30
    """Of a package that a device brings."""

    def offers(self, app_d_id: str) -> bool:
        """Tell whether the application may be offered."""
        return self.offered is None or app_d_id in self.offered

    def vendor_of(self, app_d_id: str) -> str | None:
        """Return whose device applications it is for; None: anybody's."""
        offer = (self.offered or {}).get(app_d_id)
        return None if offer is None else offer.vendor_id

    def seats_of(self, app_d_id: str) -> int:
        """Return how many contexts an instance of the application serves."""
        offer = (self.offered or {}).get(app_d_id)
        own = None if offer is None else offer.contexts_per_instance
        return self.contexts_per_instance if own is None else own

    def cells_of(self, address: str | None) -> Sequence[str]:
        """Return the cell that a device with this address is in; none where it is not known."""
        if address is None:
            return ()
        try:
            known = ip_address(address.partition("%")[0])
        except ValueError:
            return ()
        return [cell for network, cell in self.cells.items() if known in network]


EVERYTHING = Policy()
"""Every application for everybody, within bounds."""
