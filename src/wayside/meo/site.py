"""What the orchestrator knows of a host without asking it. Never knows what is free there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wayside.model.appd import McioConstraint
from wayside.model.place import Position

USER_APPS = "UserApps"
"""The feature that every host here has: it runs applications on demand. Ref: MEC 002 clause 5."""

CELLULAR = "cellular"
"""The access network that a host serves unless its settings say otherwise."""


@dataclass(frozen=True)
class HostSite:
    """A MEC host as the settings describe it."""

    host_id: str
    name: str
    position: Position | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    civic_address: Mapping[int, str] = field(default_factory=dict)
    """By caType of RFC 4776, such as 3 for the city."""
    latency_ns: Mapping[str, int] = field(default_factory=dict)
    """One way, from each cell that it serves, by the cell's name."""
    features: frozenset[str] = frozenset({USER_APPS})
    """Names of MEC 002 features that the host has."""
    services: frozenset[str] = frozenset()
    """Names of services that its platform offers by itself, over REST with JSON."""
    networks: frozenset[str] = frozenset({CELLULAR})
    """Kinds of access network that it serves: cellular, wi-fi, fixed."""
    capabilities: frozenset[McioConstraint] = frozenset()
    """What its nodes have beyond processor and memory."""
