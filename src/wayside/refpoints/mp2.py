"""Mp2, MEP to data plane: which packets go where, as a standing wish.

Ours: the standard leaves Mp2 to the implementation (MEC 003 clause 7.1).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple, NewType, Protocol

from wayside.core.ids import AppInstanceId
from wayside.model.accesses import AccessPath, Figures, FlowMatch
from wayside.model.bandwidth import Direction, Flow
from wayside.model.rules import IpAddressType, TrafficRule, TunnelType

RuleKey = NewType("RuleKey", str)
"""``{appInstanceId}/{trafficRuleId}``: rules of different instances never collide."""


class Tunnel(NamedTuple):
    """How packets are wrapped on their way to a target."""

    kind: TunnelType
    source: str | None = None
    """The host's end; None: the data plane's own address for it."""


@dataclass(frozen=True)
class Target:
    """An attachment that traffic can be sent to: an address and the host's device to it."""

    address: str
    device: str
    tunnel: Tunnel | None = None
    """Only in the ENCAPSULATED actions; ``device`` is then the tunnel's own: ``tunnel_device``."""


def tunnel_device(kind: TunnelType, device: str) -> str:
    """Return the device whose packets are wrapped and sent to the instance behind ``device``."""
    return f"{'gtp' if kind is TunnelType.GTP_U else 'gre'}-{device}"


@dataclass(frozen=True)
class SteeringRule:
    """An ACTIVE traffic rule with its destinations resolved.

    ``targets`` is empty for DROP and PASSTHROUGH. FORWARD and DUPLICATE have one, which gets what
    flows in the direction that the filter means, or two: the first gets what comes from devices,
    the second what comes from the core, in both directions of a flow.
    """

    key: RuleKey
    rule: TrafficRule
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class NameRecord:
    """A name that devices of this host resolve to ``address`` while an ACTIVE DNS rule says so."""

    app_instance_id: AppInstanceId
    dns_rule_id: str
    domain_name: str
    address_type: IpAddressType
    address: str
    ttl_s: int | None = None


class Mp2(Protocol):
    """The data plane as the platform sees it. ``simulated`` tells that no packet is real."""

    simulated: bool

    async def replace(
        self, rules: Sequence[SteeringRule], tags: Mapping[str, Sequence[str]] | None = None
    ) -> int:
        """Make ``rules`` all that is steered; return the generation that is now in force.

        ``tags`` are all the tags that are known, each with the addresses and prefixes of its
        devices; a filter for one that is not known matches nothing.

        Idempotent; in one transaction, with no moment at which neither the old nor the new rules
        hold. Raises Unprocessable naming the rule and field that cannot be planned; then nothing
        has changed.
        """
        ...

    async def change(
        self,
        *,
        put: Sequence[SteeringRule] = (),
        remove: Sequence[RuleKey] = (),
        tags: Mapping[str, Sequence[str] | None] | None = None,
    ) -> int:
        """Add or replace ``put`` and take away ``remove``, as ``replace`` does; return the same.

        ``tags`` stand for these devices from now on, or (None) are not known any more; the rules
        that ask for them stay as they are. The next packet of every flow, old or new, obeys. An
        unknown key in ``remove`` is no error.
        """
        ...

    async def name(self, records: Sequence[NameRecord]) -> None:
        """Make ``records`` all the names that the host's DNS answers itself; others it forwards."""
        ...


@dataclass(frozen=True)
class Allocation:
    """Bandwidth at one instance's attachment, one way: as much as this, and no more.

    ``device`` is the host's device to the instance. With ``flows`` it is for the packets of any of
    them; without, for all the rest of the application's traffic, and several such add up.
    """

    key: str
    device: str
    direction: Direction
    rate_bps: int
    flows: tuple[Flow, ...] = ()


class Shaper(Protocol):
    """The data plane's hand on bandwidth. ``simulated`` tells that no packet is held back."""

    simulated: bool

    async def shape(self, allocations: Sequence[Allocation]) -> None:
        """Make ``allocations`` all that is enforced, on return; idempotent.

        Raises Unavailable naming the device that is not there, or what the kernel lacks; the
        allocations of other devices are then enforced.
        """
        ...


class Meter(Protocol):
    """The data plane's eye on volumes. ``simulated`` tells that no packet is counted."""

    simulated: bool

    async def exchanged(self, devices: Sequence[str]) -> Mapping[tuple[str, str], int]:
        """Return the octets that instances and devices exchanged, in both directions.

        ``devices`` are the host's devices to the instances; the answer is by such a device and
        the address of the other end, since it was first named here. What is not named is not
        counted any more.
        """
        ...


class AccessChoice(NamedTuple):
    """Which access networks packets of one instance take towards devices.

    With ``flows`` it is for the packets of any of them; without, for all the rest of the
    instance's.
    """

    key: str
    device: str
    """The host's device to the instance."""
    paths: tuple[int, ...]
    """Ids, the best first: a packet takes the first by which its device is reached."""
    copied: bool = False
    """Packets take the first two by which their device is reached, both."""
    flows: tuple[FlowMatch, ...] = ()


class AccessState(NamedTuple):
    """How an access network was found to be."""

    is_up: bool
    figures: Figures


class Accesses(Protocol):
    """The data plane's hand on access networks. ``simulated`` tells that no packet is sent."""

    simulated: bool
    paths: tuple[AccessPath, ...]
    """Those that the host is joined to."""

    @property
    def is_settled(self) -> bool:
        """Whether it is known of each how it is, as far as that is looked at."""
        ...

    def states(self) -> Mapping[int, AccessState]:
        """Return how each is found to be, by id; without those that are not looked at."""
        ...

    async def steer(self, choices: Sequence[AccessChoice]) -> None:
        """Make ``choices`` all that is enforced, on return; idempotent.

        The next packet of every flow, old or new, obeys. What goes to a device that none of the
        paths reaches goes as it would without; so it does where a path's device is not there.
        """
        ...

    async def leave(self, away: Mapping[int, Set[str]]) -> None:
        """Have these devices, by path and IPv4 address, not be reached by it, on return.

        All others of a path's devices are. Idempotent; holds for all choices until it is said anew.
        """
        ...
