"""Which tags there are, whom they stand for, and who has them registered: durable, then in force.

Never decides what may be registered: ``logic`` does.
"""

import asyncio
from collections.abc import Mapping, Sequence

from wayside.chassis.collection import Collection
from wayside.chassis.etags import entry_of
from wayside.chassis.store import Store, Wish
from wayside.core.errors import Conflict, NotFound
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry
from wayside.core.wire import encode
from wayside.refpoints.hosting import Instances, TagWishes

from .logic import check_devices
from .model import Devices, DeviceTag, Registered, TagDevices

NOTHING = Registered()


class TagBook:
    """Tags by name and registrations by instance; the platform is told of each change.

    ``fixed`` are the tags that the host's settings say, which win over what was kept.
    """

    def __init__(
        self,
        store: Store,
        wishes: TagWishes,
        instances: Instances,
        *,
        fixed: Mapping[str, Devices],
    ) -> None:
        self._store = store
        self._wishes = wishes
        self._instances = instances
        self._defining = asyncio.Lock()
        self._fixed = {
            tag: entry_of(tag, TagDevices(devices=devices)) for tag, devices in fixed.items()
        }
        self._tags = Collection(store, "tag", TagDevices, what="tag")
        self._registered = Collection(store, "registered", Registered, what="registration of tags")
        wishes.restore(
            {tag: self._devices(tag).value.devices for tag in self.known},
            {entry.id: self._of_known(entry.value) for entry in self._registered.list()},
        )

    @property
    def known(self) -> Sequence[str]:
        """The names of the tags that are known, those of the settings first."""
        return [*self._fixed, *(e.id for e in self._tags.list() if e.id not in self._fixed)]

    def knows(self, tag: str) -> bool:
        """Tell whether there is such a tag."""
        return tag in self._fixed or self._tags.find(tag) is not None

    def get(self, tag: str) -> Entry[DeviceTag]:
        """Return a tag with its devices and users; raise NotFound."""
        return self._shown(self._devices(tag))

    def list(self) -> Sequence[Entry[DeviceTag]]:
        """Return all tags."""
        return [self.get(tag) for tag in self.known]

    async def create(self, tag: str, devices: Devices) -> Entry[DeviceTag]:
        """Know a tag from now on; raise Unprocessable, and Conflict where it is known."""
        check_devices(tag, devices)
        self._require_free(tag)
        async with self._defining:
            entry = await self._tags.create(tag, TagDevices(devices=devices))
            await self._in_force(tag, devices, self._tags.deletion(tag))
        return self._shown(entry)

    async def replace(
        self, tag: str, devices: Devices, *, if_match: str | None = None
    ) -> Entry[DeviceTag]:
        """Have a tag stand for these devices, in force on return.

        Raises NotFound, Unprocessable, PreconditionFailed, and Conflict for a tag of the settings.
        """
        check_devices(tag, devices)
        async with self._defining:
            before = self._devices(tag)
            self._require_free(tag)
            entry = await self._tags.replace(tag, TagDevices(devices=devices), if_match=if_match)
            await self._in_force(tag, devices, self._tags.replacement(tag, before.value))
        return self._shown(entry)

    async def _in_force(self, tag: str, devices: Devices, back: Wish[TagDevices]) -> None:
        try:
            await self._wishes.define(tag, devices)
        except BaseException:
            await self._store.commit(back)
            raise

    async def forget(self, tag: str) -> None:
        """Know a tag no more: rules that ask for it match nothing, and nobody has it registered.

        Raises NotFound, and Conflict for a tag of the settings.
        """
        self._require_free(tag)
        async with self._defining:
            for app_instance_id in self.get(tag).value.registered_by:
                await self._instances.in_turn(app_instance_id, self._drop(app_instance_id, tag))
            await self._tags.delete(tag)
            await self._wishes.define(tag, None)

    async def _drop(self, app_instance_id: str, tag: str) -> None:
        present = self.registered(app_instance_id).value.tags
        kept = Registered(tags=tuple(each for each in present if each != tag))
        await self.register(AppInstanceId(app_instance_id), kept)

    def registered(self, app_instance_id: str) -> Entry[Registered]:
        """Return what an instance has registered."""
        found = self._registered.find(app_instance_id)
        return found or entry_of(app_instance_id, NOTHING)

    async def register(
        self, app_instance_id: AppInstanceId, wanted: Registered
    ) -> Entry[Registered]:
        """Keep what an instance has registered, and have its rules obey on return.

        Only in the instance's turn. Raises what the platform raises; then it is as it was.
        """
        before = self._registered.find(app_instance_id)
        entry, *_ = await self._store.commit(self._kept(app_instance_id, before, wanted))
        try:
            await self._wishes.register(app_instance_id, self._of_known(wanted))
        except BaseException:
            back = before.value if before else NOTHING
            await self._store.commit(self._kept(app_instance_id, entry, back))
            raise
        return entry or entry_of(app_instance_id, NOTHING)

    async def let_go(self, app_instance_id: AppInstanceId) -> None:
        """Forget what an instance has registered; nothing to do is no error."""
        if self._registered.find(app_instance_id) is not None:
            await self._registered.delete(app_instance_id)
        await self._wishes.register(app_instance_id, frozenset())

    def _kept(
        self, id_: str, before: Entry[Registered] | None, wanted: Registered
    ) -> Wish[Registered]:
        if before is None:
            return self._registered.creation(id_, wanted)
        return self._registered.replacement(id_, wanted)

    def _of_known(self, registered: Registered) -> frozenset[str]:
        """Leave out tags that were of settings that do not say them any more."""
        return frozenset(tag for tag in registered.tags if self.knows(tag))

    def _devices(self, tag: str) -> Entry[TagDevices]:
        found = self._fixed.get(tag) or self._tags.find(tag)
        if found is None:
            raise NotFound(
                f"There is no tag {tag[:128]!r} on this host; list them to see which there are.",
                field="tag",
            )
        return found

    def _require_free(self, tag: str) -> None:
        if tag in self._fixed:
            raise Conflict(
                f"The tag {tag} is said in the host's settings (services.ui.tags); change it there."
            )

    def _shown(self, entry: Entry[TagDevices]) -> Entry[DeviceTag]:
        value = DeviceTag(
            tag=entry.id,
            devices=entry.value.devices,
            registered_by=tuple(
                each.id for each in self._registered.list() if entry.id in each.value.tags
            ),
            in_settings=entry.id in self._fixed,
        )
        return Entry(entry.id, value, encode(value), entry.etag)
