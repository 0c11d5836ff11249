"""The services of this platform: offered, replaced, heard, withdrawn; durable, then told.

Never asks who may do what: the API's authoriser does. Ref: MEC 011 clauses 5.2.4 to 5.2.6.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from wayside.chassis.collection import Collection
from wayside.chassis.etags import require_match
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock, Nanoseconds
from wayside.core.errors import NotFound
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire
from wayside.mep.capif.model import ServiceAPIDescription
from wayside.mep.turns import Turns
from wayside.model.common import TimeStamp
from wayside.model.services import ServiceInfo, ServiceState, TransportInfo

from . import logic
from .discovery import INDEXES, candidates
from .liveness import Liveness
from .logic import DEFAULTS, EVERYTHING, LivenessSettings, Query, ServiceChange
from .model import ChangeType, ServiceLivenessInfo

Tell = Callable[[Sequence[ServiceChange]], Awaitable[None]]
"""Has the subscribers of these changes notified; returns at once."""


class Heartbeat(Wire):
    """When a service was last heard."""

    at: Nanoseconds


class ServiceRegistry:
    """Services by identifier, by offerer, by name and by category."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        nursery: Nursery,
        tell: Tell,
        transports: Sequence[TransportInfo] = (),
        settings: LivenessSettings = DEFAULTS,
        token_endpoint: str | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell
        self._settings = settings
        self._token_endpoint = token_endpoint
        self._turns = Turns()
        self._liveness = Liveness(clock, nursery, self._silent)
        self._transports: Mapping[str, TransportInfo] = {each.id: each for each in transports}
        self.services: Collection[ServiceInfo] = Collection(
            store,
            "service",
            ServiceInfo,
            what="service",
            indexes={"owner": logic.owner_of, **INDEXES},
        )
        self.publications: Collection[ServiceAPIDescription] = Collection(
            store, "publication", ServiceAPIDescription, what="publication"
        )
        """What publishers said on CAPIF's face beyond a service's own attributes."""
        self._heartbeats = Collection(store, "heartbeat", Heartbeat, what="heartbeat")

    def restore(self) -> None:
        """Await heartbeats anew: the time in which the platform was away is nobody's fault."""
        for entry in self.services.list():
            self._expect(entry.value)

    def list_transports(self) -> tuple[TransportInfo, ...]:
        """Return the transports that the platform itself provides."""
        return tuple(self._transports.values())

    def list(self, query: Query = EVERYTHING) -> Sequence[Entry[ServiceInfo]]:
        """Return the services that ``query`` asks for, oldest first where it names none."""
        query.check()
        found = candidates(self.services, query)
        if query == EVERYTHING:
            return found
        return [entry for entry in found if query.match(entry.value)]

    def list_of(
        self, app_instance_id: str, query: Query = EVERYTHING
    ) -> Sequence[Entry[ServiceInfo]]:
        """Return the services of one offerer that ``query`` asks for, oldest first."""
        query.check()
        found = self.services.list(owner=app_instance_id)
        return [entry for entry in found if query.match(entry.value)]

    def get(self, ser_instance_id: str) -> Entry[ServiceInfo]:
        """Return a service; raise NotFound."""
        return self.services.get(ser_instance_id)

    def get_of(self, app_instance_id: str, ser_instance_id: str) -> Entry[ServiceInfo]:
        """Return a service of one offerer; raise NotFound, also for another's."""
        found = self.services.find(ser_instance_id)
        if found is None or logic.owner_of(found.value) != app_instance_id:
            raise NotFound(
                f"The instance {app_instance_id} offers no service {ser_instance_id[:128]}; list "
                "its services to see which there are."
            )
        return found

    def _complete(self, wanted: ServiceInfo) -> ServiceInfo:
        return logic.with_token_endpoint(wanted, self._token_endpoint)

    async def create(
        self,
        app_instance_id: str,
        wanted: ServiceInfo,
        *,
        publication: ServiceAPIDescription | None = None,
    ) -> Entry[ServiceInfo]:
        """Offer a service from now on; its identifier is ours. Raises Unprocessable."""
        identifier = self._store.new_id()
        service = logic.registered(
            self._complete(logic.offered(wanted, self._transports)),
            owner=app_instance_id,
            identifier=identifier,
            interval_s=self._settings.interval_s(wanted.liveness_interval),
        )
        entry, *_ = await self._store.commit(
            self.services.creation(identifier, service),
            self._heartbeats.creation(identifier, self._heartbeat()),
            *self._published(identifier, publication),
        )
        self._expect(service)
        await self._tell([ServiceChange(ChangeType.ADDED, service)])
        assert entry is not None
        return entry

    async def replace(
        self,
        app_instance_id: str,
        ser_instance_id: str,
        wanted: ServiceInfo,
        *,
        if_match: str | None = None,
        publication: ServiceAPIDescription | None = None,
    ) -> Entry[ServiceInfo]:
        """Have the service be ``wanted``. Raises NotFound, PreconditionFailed, Unprocessable."""

        async def work() -> Entry[ServiceInfo]:
            present = self.get_of(app_instance_id, ser_instance_id)
            require_match(if_match, present.etag, what=f"service {ser_instance_id}")
            return await self._replace(app_instance_id, present, wanted, publication)

        return await self._turns.take(ser_instance_id, work())

    async def _replace(
        self,
        app_instance_id: str,
        present: Entry[ServiceInfo],
        wanted: ServiceInfo,
        publication: ServiceAPIDescription | None,
    ) -> Entry[ServiceInfo]:
        logic.check_replacement(present.value, wanted)
        service = logic.registered(
            self._complete(wanted),
            owner=app_instance_id,
            identifier=present.id,
            interval_s=self._settings.interval_s(wanted.liveness_interval),
        )
        entry, *_ = await self._store.commit(
            self.services.replacement(present.id, service),
            *self._published(present.id, publication),
        )
        self._expect(service)
        await self._changed(present.value, service)
        assert entry is not None
        return entry

    def _published(
        self, identifier: str, publication: ServiceAPIDescription | None
    ) -> Iterable[Wish[ServiceAPIDescription]]:
        if publication is None:
            return ()
        if self.publications.find(identifier) is None:
            return (self.publications.creation(identifier, publication),)
        return (self.publications.replacement(identifier, publication),)

    async def delete(self, app_instance_id: str, ser_instance_id: str) -> None:
        """Offer a service no more. Raises NotFound."""
        await self._turns.take(ser_instance_id, self._delete(app_instance_id, ser_instance_id))

    async def _delete(self, app_instance_id: str, ser_instance_id: str) -> None:
        await self._remove([self.get_of(app_instance_id, ser_instance_id)])

    async def let_go(self, app_instance_id: AppInstanceId) -> None:
        """Offer nothing more of this instance; consumers get one notification for all of it."""
        while gone := self.services.list(owner=app_instance_id):
            try:
                await self._remove(gone)
            except NotFound:
                continue  # the instance deleted one of them meanwhile

    async def _remove(self, gone: Sequence[Entry[ServiceInfo]]) -> None:
        await self._store.commit(
            *(self.services.deletion(entry.id) for entry in gone),
            *(self._heartbeats.deletion(entry.id) for entry in gone),
            *(self.publications.deletion(e.id) for e in gone if self.publications.find(e.id)),
        )
        for entry in gone:
            self._liveness.forget(entry.id)
        await self._tell([ServiceChange(ChangeType.REMOVED, entry.value) for entry in gone])

    def liveness(self, app_instance_id: str, ser_instance_id: str) -> ServiceLivenessInfo:
        """Return when a service was last heard; raise NotFound where no heartbeat is asked."""
        service = self.get_of(app_instance_id, ser_instance_id).value
        if service.liveness_interval is None:
            raise NotFound(f"No heartbeats are asked of the service {ser_instance_id}.")
        return ServiceLivenessInfo(
            state=service.state,
            time_stamp=TimeStamp.of(self._heartbeats.get(ser_instance_id).value.at),
            interval=service.liveness_interval,
        )

    async def hear(self, app_instance_id: str, ser_instance_id: str) -> bool:
        """Take a heartbeat; return True where it brought a SUSPENDED service back.

        Raises NotFound, and Conflict for a service that is INACTIVE.
        """
        return await self._turns.take(ser_instance_id, self._hear(app_instance_id, ser_instance_id))

    async def _hear(self, app_instance_id: str, ser_instance_id: str) -> bool:
        self.liveness(app_instance_id, ser_instance_id)
        before = self.services.get(ser_instance_id).value
        after = logic.heard(before)
        heartbeat = self._heartbeats.replacement(ser_instance_id, self._heartbeat())
        if after == before:
            await self._store.commit(heartbeat)
        else:
            await self._store.commit(heartbeat, self.services.replacement(ser_instance_id, after))
        self._expect(after)
        await self._changed(before, after)
        return after != before

    async def _silent(self, ser_instance_id: str) -> None:
        await self._turns.take(ser_instance_id, self._suspend(ser_instance_id))

    async def _suspend(self, ser_instance_id: str) -> None:
        found = self.services.find(ser_instance_id)
        if found is None or self._liveness.watches(ser_instance_id):
            return  # gone, or heard while this waited for its turn
        after = logic.missed(found.value)
        if after != found.value:
            await self.services.replace(ser_instance_id, after)
            await self._changed(found.value, after)

    async def _changed(self, before: ServiceInfo, after: ServiceInfo) -> None:
        change = logic.change_of(before, after)
        if change is not None:
            await self._tell([change])

    def _expect(self, service: ServiceInfo) -> None:
        identifier = logic.identifier_of(service)
        if service.liveness_interval is not None and service.state is ServiceState.ACTIVE:
            self._liveness.expect(identifier, service.liveness_interval)
        else:
            self._liveness.forget(identifier)

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(at=self._clock.now())
