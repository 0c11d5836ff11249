"""The other platforms: what they share, kept here; what is shared here, told to them.

Never asks more often than every ``every_s`` unless something changed, and never forgets at a crash
what consumers were told: what is found here is durable before anyone hears of it.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wayside.chassis.collection import Collection
from wayside.chassis.reconcile import Reconciler
from wayside.chassis.store import Store
from wayside.core.authorisation import Caller, lacking
from wayside.core.clock import Clock
from wayside.core.errors import NotFound, Problem, Unprocessable
from wayside.core.ids import HostId
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire
from wayside.mep.mec_service_mgmt.logic import ServiceChange
from wayside.mep.turns import Turns
from wayside.model.services import ServiceInfo
from wayside.refpoints.mp3 import WRITE, Edition, Mp3, PeerPlatform, PlatformServices, Site

from . import logic
from .adjacent import Adjacent
from .holding import Way

log = logging.getLogger(__name__)

Tell = Callable[[Sequence[ServiceChange]], Awaitable[None]]
"""Has the subscribers of these changes notified; returns at once."""
AGAIN_S = 1.0
"""Before the next message to a peer that does not hold the present edition yet."""


@dataclass(frozen=True)
class PeerSettings:
    """How patient a platform is with the others, seconds."""

    every_s: float = 10.0
    """Between two messages where nothing changes."""
    silent_after_s: float = 30.0
    """Then the services of a peer that is not heard are SUSPENDED."""
    gone_after_s: float = 300.0
    """Then they are found no more."""


@dataclass(frozen=True)
class Here:
    """Who this platform is to the others, and how it reaches them."""

    host_id: HostId
    site: Site
    peers: Mapping[HostId, Mp3] = field(default_factory=dict)
    settings: PeerSettings = PeerSettings()
    ways: Mapping[HostId, Way] = field(default_factory=dict)
    """Where devices' packets for the others leave this host, where they can."""
    areas: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The cells that each host serves, this one's too, by host."""
    clients: Mapping[HostId, str] | None = None
    """Which client each peer is to the token's issuer; None: nobody is asked for a token."""


ALONE = Here(HostId("alone"), Site())
"""A platform that has no peers."""


class Holding(Wire):
    """Whose a found service is, kept beside it."""

    host_id: HostId


class _Peer:
    """What is known of one other platform; forgotten at a restart, learnt with the next message."""

    def __init__(self, link: Mp3, heard_at: float) -> None:
        self.link = link
        self.heard_at = heard_at
        self.held: Edition | None = None
        """Its list that is held here."""
        self.acknowledged: Edition | None = None
        """Our list that it holds."""


class Peers:
    """Exchanges services with every peer: at once when something changes, and every so often."""

    def __init__(
        self,
        here: Here,
        store: Store,
        *,
        found: Collection[ServiceInfo],
        own: Collection[ServiceInfo],
        adjacent: Adjacent,
        tell: Tell,
        clock: Clock,
        nursery: Nursery,
    ) -> None:
        self._here = here
        self._store = store
        self._found = found
        self._own = own
        self._adjacent = adjacent
        self._tell = tell
        self._clock = clock
        self._turns = Turns()
        self._shared: dict[str, ServiceInfo] = {}
        """What of ``own`` the peers are told, by identifier."""
        self._edition = Edition(incarnation=store.new_id(), number=1)
        self._holdings = Collection(
            store, "found.holding", Holding, what="found service",
            indexes={"host": lambda holding: holding.host_id},
        )  # fmt: skip
        now = clock.monotonic()
        self._peers = {each: _Peer(link, now) for each, link in here.peers.items()}
        self._loops = [
            Reconciler(
                clock, nursery, every_s=here.settings.every_s,
                work=self._worker(host_id), name=f"Mp3 to {host_id}",
            )
            for host_id in self._peers
        ]  # fmt: skip

    async def start(self) -> None:
        """Find no more what belongs to a platform that is no peer any more; begin to exchange."""
        strangers = {entry.value.host_id for entry in self._holdings.list()} - self._peers.keys()
        for host_id in sorted(strangers):
            await self._keep(host_id, {})
        for former in sorted(self._adjacent.hosts() - self._peers.keys()):
            await self._adjacent.keep(former, ())
        self.announce(entry.id for entry in self._own.list())
        for loop in self._loops:
            loop.start()

    def announce(self, changed: Iterable[str]) -> None:
        """Tell the peers soon, where these services make a difference to what is shared."""
        before = dict(self._shared)
        for identifier in changed:
            present = self._own.find(identifier)
            shared = logic.shared(present.value) if present else None
            if shared is None:
                self._shared.pop(identifier, None)
            else:
                self._shared[identifier] = shared
        if self._shared != before:
            self.renew()

    def renew(self) -> None:
        """Tell the peers soon: what is shared, or the instances that run, is not what it was."""
        self._edition = Edition(
            incarnation=self._edition.incarnation, number=self._edition.number + 1
        )
        for loop in self._loops:
            loop.kick()

    def list_peers(self) -> tuple[PeerPlatform, ...]:
        """Return the peers, and how many services of each are found here."""
        return tuple(
            PeerPlatform(
                host_id=host_id,
                reachable=self._silence_s(peer) < self._here.settings.silent_after_s,
                services=len(self._holdings.list(host=host_id)),
            )
            for host_id, peer in self._peers.items()
        )

    def require(self, host_id: HostId) -> _Peer:
        """Return the peer; raise NotFound where there is none of this name."""
        peer = self._peers.get(host_id)
        if peer is None:
            raise NotFound(
                f"{host_id[:64]} is no peer of {self._here.host_id}; name it in the host's "
                "settings.",
                field="hostId",
            )
        return peer

    def link(self, host_id: HostId) -> Mp3:
        """Return how a peer is spoken to; raise NotFound where there is none of this name."""
        return self.require(host_id).link

    def require_speaker(self, host_id: HostId, caller: Caller | None) -> None:
        """Return where the caller may speak for a peer: its own client alone, whatever its scopes.

        Raises NotFound where there is no such peer, Forbidden where it is another's token.
        """
        self.require(host_id)
        clients = self._here.clients
        if clients is None or caller is None or caller.subject == clients.get(host_id):
            return
        raise lacking(
            WRITE,
            f"The token is that of {caller.subject[:64]!r}, and only {clients.get(host_id)!r} "
            f"speaks for {host_id}; platform.peers of {self._here.host_id} says so.",
        )

    async def exchange(self, told: PlatformServices) -> PlatformServices:
        """Take a peer's message and return the answer; raise NotFound where it is no peer."""
        peer = await self._turns.take(told.host_id, self._take(told))
        return self._message(peer)

    def _worker(self, host_id: HostId) -> Callable[[], Awaitable[float | None]]:
        async def work() -> float | None:
            peer = self._peers[host_id]
            try:
                answer = await peer.link.exchange_services(self._here.host_id, self._message(peer))
            except Problem:
                await self._turns.take(host_id, self._miss(host_id))
                raise
            if answer.host_id != host_id:
                raise Unprocessable(f"{host_id} answers as {answer.host_id}; check the settings.")
            await self._turns.take(host_id, self._take(answer))
            return None if peer.acknowledged == self._edition else AGAIN_S

        return work

    def _message(self, peer: _Peer) -> PlatformServices:
        services, instances = None, None
        if peer.acknowledged != self._edition:
            services, instances = tuple(self._shared.values()), self._adjacent.shared()
        return PlatformServices(
            host_id=self._here.host_id,
            site=self._here.site,
            edition=self._edition,
            heard=peer.held,
            services=services,
            instances=instances,
        )

    async def _take(self, told: PlatformServices) -> _Peer:
        peer = self.require(told.host_id)
        peer.heard_at = self._clock.monotonic()
        peer.acknowledged = told.heard
        if told.services is not None and logic.newer(told.edition, peer.held):
            wanted = logic.taken(told.services, told.site, self._here.site)
            await self._keep(told.host_id, wanted)
            await self._adjacent.keep(told.host_id, told.instances or ())
            peer.held = told.edition
        return peer

    async def _miss(self, host_id: HostId) -> None:
        """Draw the consequences where a peer was not heard for long."""
        peer, settings = self._peers[host_id], self._here.settings
        silence_s = self._silence_s(peer)
        if silence_s < settings.silent_after_s:
            return
        peer.held = None  # so that its whole list is asked for when it is back
        after = {}
        if silence_s < settings.gone_after_s:
            after = {each: logic.suspended(it) for each, it in self._held(host_id).items()}
        else:
            await self._adjacent.keep(host_id, ())
        await self._keep(host_id, after)

    async def _keep(self, host_id: HostId, after: Mapping[str, ServiceInfo]) -> None:
        """Have ``after`` be what is found of a peer; durable first, then told."""
        before = self._held(host_id)
        # An identifier that another peer came first with stays that peer's.
        after = {e: s for e, s in after.items() if e in before or self._found.find(e) is None}
        changes = logic.changes(before, after)
        if not changes:
            return
        gone, new = before.keys() - after.keys(), after.keys() - before.keys()
        kept = [each for each in after.keys() & before.keys() if after[each] != before[each]]
        await self._store.commit(
            *(self._found.deletion(each) for each in gone),
            *(self._holdings.deletion(each) for each in gone),
            *(self._found.creation(each, after[each]) for each in new),
            *(self._holdings.creation(each, Holding(host_id=host_id)) for each in new),
            *(self._found.replacement(each, after[each]) for each in kept),
        )
        log.info("%s: %d services found, %d changed", host_id, len(after), len(changes))
        await self._tell(changes)

    def _held(self, host_id: HostId) -> dict[str, ServiceInfo]:
        ids = [entry.id for entry in self._holdings.list(host=host_id)]
        return {each: self._found.get(each).value for each in ids}

    def _silence_s(self, peer: _Peer) -> float:
        return self._clock.monotonic() - peer.heard_at
