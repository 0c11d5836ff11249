"""Which devices begin to move, and where: what is seen of them, made into the sagas of ``steps``.

Never does a step itself.
"""

from contextlib import suppress

from wayside.chassis.saga import SagaRunner
from wayside.chassis.store import Store
from wayside.core.errors import Conflict
from wayside.core.tasks import Nursery

from .areas import Sighting
from .book import MobilityBook
from .model import DeviceInformation, MobilityStatus, RegistrationInfo, ServiceLevel
from .moves import Move, key_of
from .staying import Stays
from .telling import Teller


class Mover:
    """Begins a move for each service of a device that is seen at another host."""

    def __init__(
        self,
        store: Store,
        book: MobilityBook,
        sagas: SagaRunner,
        *,
        here: str,
        teller: Teller,
        stays: Stays,
        nursery: Nursery,
    ) -> None:
        self._store = store
        self._book = book
        self._sagas = sagas
        self._here = here
        self._teller = teller
        self._stays = stays
        self._nursery = nursery

    def seen(self, sighting: Sighting) -> None:
        """Begin what a device needs that was seen somewhere; returns at once."""
        if sighting.place.host_id == self._here:
            if sighting.arrived:
                self._stays.came_back(sighting.address)
            return
        for info, device in self._book.of_device(sighting.address):
            if info.app_mobility_service_id is None:
                continue
            if info.service_consumer_id.app_instance_id is None:
                self._inform(device, sighting)
                continue
            key = key_of(info.app_mobility_service_id, sighting.address)
            if self._sagas.running(key) or self._stays.is_at(key, sighting.place.host_id):
                continue
            self._nursery.start(self._begin(info, device, sighting), name=f"move of {key}")

    def _inform(self, device: DeviceInformation, sighting: Sighting) -> None:
        """Tell a platform that has registered: it has no instance that could move."""
        if sighting.arrived:
            status = MobilityStatus.INTERHOST_MOVEOUT_TRIGGERED
            self._teller.moved(None, device.associate_id, status, origin=sighting.origin)

    async def _begin(
        self, info: RegistrationInfo, device: DeviceInformation, sighting: Sighting
    ) -> None:
        app, service_id = info.service_consumer_id.app_instance_id, info.app_mobility_service_id
        assert app is not None and service_id is not None
        move = Move(
            id=self._store.new_id(),
            service_id=service_id,
            app_instance_id=app,
            device=device.associate_id,
            level=device.app_mobility_service_level
            or ServiceLevel.APP_MOBILITY_WITHOUT_CONFIRMATION,
            host_id=sighting.place.host_id,
            cell=sighting.place.cell,
            origin=sighting.origin,
        )
        with suppress(Conflict):  # It was begun just now.
            await self._sagas.start("move", move.key, move)
