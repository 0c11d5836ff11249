"""Inside a platform: what it offers to the MEC services that are part of it.

Ours: a MEC service may be the platform's own (MEC 003 clause 6.2), and nothing is said of how they
are joined. A service that runs as an application has Mp1 instead.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence, Set
from typing import Any, NamedTuple, Protocol, TypeVar

from wayside.core.ids import AppInstanceId
from wayside.model.accesses import AccessPath, Figures, FlowMatch
from wayside.model.bandwidth import Direction, Flow

R = TypeVar("R")


class Instances(Protocol):
    """The application instances that a platform knows."""

    def require_known(self, app_instance_id: str) -> None:
        """Return where the instance was configured or has registered; raise NotFound."""
        ...

    def require_present(self, app_instance_id: str) -> None:
        """Return where it is known and has not ended; raise NotFound or Forbidden."""
        ...

    def addresses_of(self, app_instance_id: str) -> tuple[str, ...]:
        """Return where the instance is reached; nowhere where only it knows."""
        ...

    async def in_turn(self, app_instance_id: str, work: Coroutine[Any, Any, R]) -> R:
        """Run ``work`` when nothing else happens to the instance; return or raise what it does.

        What a service is asked to let go of an instance is in such a turn already.
        """
        ...


class AdjacentInstance(NamedTuple):
    """An instance of an application that runs on another host of the MEC system."""

    app_instance_id: str
    app_d_id: str
    addresses: tuple[str, ...]
    host_id: str


class Neighbours(Protocol):
    """The instances on other hosts, by what they are instances of."""

    def app_d_of(self, app_instance_id: str) -> str | None:
        """Return the descriptor that an instance of this host was made from; None: nobody said."""
        ...

    def adjacent(self, app_d_id: str | None) -> Sequence[AdjacentInstance]:
        """Return what runs of a descriptor on other hosts, as these have said; None: nothing."""
        ...

    def watch(self, seen: Callable[[str], None]) -> None:
        """Have ``seen`` called with each descriptor of which other instances run, once it is so."""
        ...


class MovedTo(NamedTuple):
    """The instance that takes a device over, and the host that it runs on."""

    app_instance_id: str
    host_id: str
    addresses: tuple[str, ...]


class Relocations(Protocol):
    """Devices that go to another host, and what the platform can have done for them."""

    @property
    def here(self) -> str:
        """The host of this platform."""
        ...

    @property
    def areas(self) -> Mapping[str, Sequence[str]]:
        """The cells that each host serves, of this one and of those that it knows, by host."""
        ...

    async def relocate(self, relocation_id: str, app_instance_id: str, cell: str) -> MovedTo:
        """Return a running instance of the same application where the cell is, started if need be.

        The same identifier again asks for the same once more. Raises a Problem where there is
        none.
        """
        ...

    async def finish(self, relocation_id: str, *, completed: bool, end_source: bool) -> None:
        """Say how a relocation ended: what nobody needs any more is ended. Again is no error.

        Raises GatewayTimeout where nobody hears it.
        """
        ...

    async def hold(self, hold_id: str, host_id: str, app_instance_id: str, device: str) -> None:
        """Have a device's packets for an instance of ours sent here by the host that it is at now.

        They are those that the instance's active rules mean. Durable there, and in force on
        return; again is no error. Raises a Problem where that host cannot, or is not reached.
        """
        ...

    async def release(self, hold_id: str, host_id: str) -> None:
        """Have that host steer the device by its own rules again; again is no error.

        Raises a Problem where it is not reached.
        """
        ...


class TagWishes(Protocol):
    """Tags in traffic rules: whom they mean, and whose rules ask for them."""

    def restore(
        self, devices: Mapping[str, Sequence[str]], registered: Mapping[str, Set[str]]
    ) -> None:
        """Have this hold from the platform's start on: tell it before, while a service is built."""
        ...

    async def define(self, tag: str, devices: Sequence[str] | None) -> None:
        """Have a tag mean these addresses and prefixes; None: it is not known any more.

        The next packet obeys, and no rule changes. Raises Unprocessable where it is no address;
        then nothing has changed.
        """
        ...

    async def register(self, app_instance_id: AppInstanceId, tags: Set[str]) -> None:
        """Have the rules of an instance match for ``tags``, and for no others that they ask for.

        Only in the instance's turn. Raises what the data plane raises; then nothing has changed.
        """
        ...


class BandwidthShare(NamedTuple):
    """Bandwidth of an instance, one way; with ``flows`` for their packets, without for the rest."""

    key: str
    app_instance_id: str
    direction: Direction
    rate_bps: int
    flows: tuple[Flow, ...] = ()


Volumes = Mapping[tuple[str, str], int]
"""Octets in both directions, by instance and the device's address."""


class Bandwidth(Protocol):
    """What instances get of the links, and what they exchange with devices."""

    async def allocate(self, shares: Sequence[BandwidthShare]) -> None:
        """Make ``shares`` all that is enforced, on return. Idempotent.

        Those of an instance without an attachment here wait until it has one. Raises Unavailable
        where the data plane cannot enforce one; the others are then enforced.
        """
        ...

    async def exchanged(self, app_instance_ids: Sequence[str]) -> Volumes:
        """Return what these exchanged with devices since each was first asked for.

        Those that are not asked for are not measured any more.
        """
        ...


class AccessNow(NamedTuple):
    """An access network of the host, as it is at present."""

    path: AccessPath
    is_up: bool
    figures: Figures
    """Those that were measured, and of the others those that were configured."""
    is_measured: bool
    """Whether it is looked at; otherwise it is taken to be up."""


class AccessWish(NamedTuple):
    """Which access networks packets of an instance take towards devices; see ``AccessChoice``.

    With ``flows`` for their packets, without for the rest of the instance's.
    """

    key: str
    app_instance_id: str
    paths: tuple[int, ...]
    """Ids, the best first; a device that has not the first is reached by the next."""
    copied: bool = False
    """Packets go by the first two that a device has, both."""
    flows: tuple[FlowMatch, ...] = ()


class AccessPaths(Protocol):
    """By which access networks instances reach devices that have several.

    ``simulated`` tells that no packet is sent.
    """

    simulated: bool

    @property
    def is_settled(self) -> bool:
        """Whether it is known of each how it is; just after the start it is not yet."""
        ...

    def present(self) -> tuple[AccessNow, ...]:
        """Return all of them as they are now, in the order of the host's settings."""
        ...

    async def steer(self, wishes: Sequence[AccessWish]) -> None:
        """Make ``wishes`` all that is enforced, on return. Idempotent.

        Those of an instance without an attachment here wait until it has one. Devices that have
        one access network alone are reached by it whatever is wished.
        """
        ...

    async def leave(self, away: Mapping[int, Set[str]]) -> None:
        """Have these devices, by access network and address, not be reached by it, on return.

        All others that its settings name are. Idempotent.
        """
        ...
