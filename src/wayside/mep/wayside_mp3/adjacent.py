"""Which application instances run on other hosts, and which of ours the others are told of.

Kept, so that a restart forgets nobody and tells nobody what was known. Never asks a platform:
``peers`` does.
"""

from collections.abc import Callable, Mapping, Sequence

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.wire import Wire
from wayside.mep.instances import Instance, InstanceState
from wayside.refpoints.hosting import AdjacentInstance
from wayside.refpoints.mp3 import SharedInstance

Seen = Callable[[str], None]


class Held(Wire):
    """An instance, and the host that said so."""

    host_id: str
    instance: SharedInstance


class Adjacent:
    """The instances that run: here, for the others; elsewhere, for the platform's services."""

    def __init__(self, store: Store, instances: Collection[Instance]) -> None:
        self._store = store
        self._instances = instances
        self._held = Collection(
            store,
            "adjacent",
            Held,
            what="adjacent instance",
            indexes={
                "host": lambda held: held.host_id,
                "app": lambda held: held.instance.app_d_id,
            },
        )
        self._watchers: list[Seen] = []

    def app_d_of(self, app_instance_id: str) -> str | None:
        """Return what an instance of this host was made from. See ``Neighbours``."""
        found = self._instances.find(app_instance_id)
        return None if found is None else found.value.configuration.app_d_id

    def adjacent(self, app_d_id: str | None) -> Sequence[AdjacentInstance]:
        """Return what runs of a descriptor elsewhere. See ``Neighbours``."""
        return [_adjacent(each.value) for each in self._held.list(app=app_d_id)]

    def watch(self, seen: Seen) -> None:
        """Have ``seen`` called where others run now. See ``Neighbours``."""
        self._watchers.append(seen)

    def shared(self) -> tuple[SharedInstance, ...]:
        """Return what runs here."""
        found = (shared_of(each.value) for each in self._instances.list())
        return tuple(each for each in found if each is not None)

    def hosts(self) -> frozenset[str]:
        """Return the hosts that instances are known of."""
        return frozenset(each.value.host_id for each in self._held.list())

    async def keep(self, host_id: str, told: Sequence[SharedInstance]) -> None:
        """Have ``told`` be what runs at a host; durable first, then who watches hears of it.

        An instance that another host has told of first stays that host's.
        """
        before: Mapping[str, SharedInstance] = {
            each.id: each.value.instance for each in self._held.list(host=host_id)
        }
        after = {
            each.app_instance_id: each
            for each in told
            if each.app_instance_id in before or self._held.find(each.app_instance_id) is None
        }
        if before == after:
            return
        gone = [each for each in before if each not in after]
        put = [each for each in after if before.get(each) != after[each]]
        await self._store.commit(
            *(self._held.deletion(each) for each in gone),
            *(
                (self._held.replacement if each in before else self._held.creation)(
                    each, Held(host_id=host_id, instance=after[each])
                )
                for each in put
            ),
        )
        changed = [*(before[each] for each in gone), *(after[each] for each in put)]
        for app_d_id in dict.fromkeys(each.app_d_id for each in changed):
            for seen in self._watchers:
                seen(app_d_id)


def shared_of(instance: Instance | None) -> SharedInstance | None:
    """Return an instance as other platforms are told of it; None while it does not serve."""
    if instance is None or instance.state is not InstanceState.READY:
        return None
    configuration = instance.configuration
    if not configuration.attachments:
        return None
    return SharedInstance(
        app_instance_id=configuration.app_instance_id,
        app_d_id=configuration.app_d_id,
        addresses=tuple(each.address for each in configuration.attachments),
    )


def _adjacent(held: Held) -> AdjacentInstance:
    told = held.instance
    return AdjacentInstance(told.app_instance_id, told.app_d_id, told.addresses, held.host_id)
