"""The application mobility services of a platform: durable, ended in time.

Never decides what may be registered: ``logic`` does.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from wayside.chassis.collection import Collection
from wayside.chassis.reconcile import Reconciler
from wayside.chassis.store import Store
from wayside.core.clock import Clock
from wayside.core.errors import NotFound
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery

from .logic import SECOND_NS, check_new, check_replacement, term_of
from .model import ContextTransferState, DeviceInformation, RegistrationInfo, Term
from .news import News

WATCH_EVERY_S = 5.0
"""The next end is looked at no less often, so that a step of the wall clock is noticed."""


class MobilityBook:
    """Services by id, by who registered and by the devices that they are for."""

    def __init__(self, store: Store, news: News, clock: Clock, nursery: Nursery) -> None:
        self._store = store
        self._news = news
        self._clock = clock
        self._services = Collection(
            store,
            "service",
            RegistrationInfo,
            what="application mobility service",
            indexes={"app": lambda each: each.service_consumer_id.app_instance_id},
        )
        self._terms = Collection(store, "term", Term, what="application mobility service")
        self._of_device: dict[str, set[str]] = {}
        for entry in self._services.list():
            self._note(None, entry.value)
        self._services.watch(self._note)
        self.dropped: Callable[[str, str], None] = lambda id_, address: None
        """Told of each device that a service is for no more: of which service, its address."""
        self._ends = Reconciler(
            clock, nursery, every_s=WATCH_EVERY_S, work=self._end_due, name="mobility services"
        )

    def start(self) -> None:
        """Begin to end services in time, those first whose time has passed."""
        self._ends.start()

    def get(self, id_: str) -> Entry[RegistrationInfo]:
        """Return a service; raise NotFound."""
        return self._services.get(id_)

    def find(self, id_: str) -> RegistrationInfo | None:
        """Return a service, or None where there is none."""
        found = self._services.find(id_)
        return None if found is None else found.value

    def all(self) -> Sequence[Entry[RegistrationInfo]]:
        """Return all services, oldest first."""
        return self._services.list()

    def registered(self) -> tuple[str, ...]:
        """Return the application instances that have registered, each once."""
        found = (each.value.service_consumer_id.app_instance_id for each in self.all())
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def of_device(self, address: str) -> list[tuple[RegistrationInfo, DeviceInformation]]:
        """Return the services for a device that take its moves, each with what it says of it."""
        found = []
        for id_ in sorted(self._of_device.get(address, ())):
            info = self._services.get(id_).value
            if not self._terms.get(id_).value.ending:
                device = next(
                    each for each in info.device_information if each.associate_id.value == address
                )
                found.append((info, device))
        return found

    def serves(self, app_instance_id: str) -> bool:
        """Tell whether an instance has registered a device that it serves."""
        return any(
            each.value.device_information for each in self._services.list(app=app_instance_id)
        )

    @property
    def devices(self) -> frozenset[str]:
        """The addresses of the devices that services are for."""
        return frozenset(self._of_device)

    async def create(self, info: RegistrationInfo) -> Entry[RegistrationInfo]:
        """Keep a new service under an identifier of its own; raise as ``check_new``."""
        check_new(info)
        id_ = self._store.new_id()
        value = replace(info, app_mobility_service_id=id_)
        entry, _ = await self._store.commit(
            self._services.creation(id_, value),
            self._terms.creation(id_, term_of(info, self._clock.now())),
        )
        assert entry is not None
        self._ends.kick()
        return entry

    async def replace(
        self, id_: str, info: RegistrationInfo, *, if_match: str | None = None
    ) -> Entry[RegistrationInfo]:
        """Keep ``info`` in place of a service; another expiry time counts from now.

        Raises as ``check_replacement``, NotFound and PreconditionFailed.
        """
        present = self._services.get(id_).value
        check_replacement(info, present)
        value = replace(info, app_mobility_service_id=id_)
        term = self._terms.get(id_).value
        if info.expiry_time != present.expiry_time:
            term = replace(term_of(info, self._clock.now()), ending=term.ending)
        entry, _ = await self._store.commit(
            self._services.replacement(id_, value, if_match=if_match),
            self._terms.replacement(id_, term),
        )
        assert entry is not None
        self._ends.kick()
        return entry

    async def untransfer(self, id_: str, address: str) -> None:
        """Have the context of a device not be transferred, as its next move begins."""
        await self._change_device(
            id_,
            address,
            lambda device: replace(
                device, context_transfer_state=ContextTransferState.NOT_TRANSFERRED
            ),
        )

    async def drop(self, id_: str, address: str) -> None:
        """Have a service be for a device no more: another instance serves it. Raises NotFound."""
        await self._change_device(id_, address, lambda device: None)

    async def _change_device(
        self,
        id_: str,
        address: str,
        change: Callable[[DeviceInformation], DeviceInformation | None],
    ) -> None:
        def changed(info: RegistrationInfo) -> RegistrationInfo:
            found = (
                change(each) if each.associate_id.value == address else each
                for each in info.device_information
            )
            return replace(
                info, device_information=tuple(each for each in found if each is not None)
            )

        await self._services.modify(id_, changed)

    async def delete(self, id_: str) -> None:
        """End a service; raise NotFound."""
        await self._store.commit(self._services.deletion(id_), self._terms.deletion(id_))

    async def end_in_time(self, id_: str) -> None:
        """Have a service take nothing new, and end with its time; at once where it has none."""
        self._services.get(id_)
        if self._terms.get(id_).value.expires_ns is None:
            await self.delete(id_)
            return
        await self._terms.modify(id_, lambda term: replace(term, ending=True))

    async def let_go(self, app_instance_id: AppInstanceId) -> None:
        """End all that an instance has registered."""
        for entry in self._services.list(app=app_instance_id):
            await self.delete(entry.id)

    async def _end_due(self) -> float | None:
        now = self._clock.now()
        moments = []
        for term in self._terms.list():
            expires = term.value.expires_ns
            if expires is None:
                continue
            if expires <= now:
                await self._end(term.id)
            else:
                moments.append(expires)
        return min(moments) / SECOND_NS - now / SECOND_NS if moments else None

    async def _end(self, id_: str) -> None:
        try:
            await self.delete(id_)
        except NotFound:
            return  # it was deregistered just now

    def _note(self, before: RegistrationInfo | None, after: RegistrationInfo | None) -> None:
        for info, is_there in ((before, False), (after, True)):
            if info is None or info.app_mobility_service_id is None:
                continue
            for device in info.device_information:
                address = device.associate_id.value
                held = self._of_device.setdefault(address, set())
                (held.add if is_there else held.discard)(info.app_mobility_service_id)
                if not held:
                    del self._of_device[address]
        if before is not None and before.app_mobility_service_id is not None:
            now = set() if after is None else {_address(each) for each in after.device_information}
            for device in before.device_information:
                if _address(device) not in now:
                    self.dropped(before.app_mobility_service_id, _address(device))
        self._news.tell()


def _address(device: DeviceInformation) -> str:
    return device.associate_id.value
