"""The sessions of a host: chosen for, durable, and enforced before they are acknowledged.

Looks at the access networks all the time, and has sessions follow what they are like. Never decides
which is better: ``choosing`` does.
"""

import asyncio
from collections.abc import Sequence

from wayside.chassis.collection import Collection
from wayside.chassis.reconcile import Reconciler
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.model.common import TimeStamp
from wayside.refpoints.hosting import AccessPaths, Instances
from wayside.refpoints.net.picture import AccessNetwork

from .logic import (
    capability,
    check,
    kept,
    require_met,
    require_same,
    require_single,
    steered,
    wish,
)
from .model import MtsCapabilityInfo, MtsSessionInfo
from .presence import Away, Presence

Sessions = dict[str, MtsSessionInfo]
"""By id, the oldest first."""


class SessionBook:
    """Sessions by id; the platform is told of each change, one after the other."""

    def __init__(
        self,
        store: Store,
        accesses: AccessPaths,
        instances: Instances,
        network: AccessNetwork,
        *,
        clock: Clock,
        nursery: Nursery,
        look_every_s: float,
    ) -> None:
        self._store = store
        self._accesses = accesses
        self._instances = instances
        self._network = network
        self._clock = clock
        self._presence = Presence(each.path for each in accesses.present())
        self._away: Away = {}
        self._seen: tuple[int, int] | None = None
        self._turn = asyncio.Lock()
        self._kept = Collection(
            store,
            "session",
            MtsSessionInfo,
            what="traffic steering session",
            indexes={"app": lambda each: each.app_ins_id},
        )
        self._loop = Reconciler(
            clock, nursery, every_s=look_every_s, work=self._look, name="traffic steering"
        )
        self._in_step = False
        """Whether the platform enforces what is kept."""

    def start(self) -> None:
        """Have the platform enforce what is kept, and sessions follow the access networks."""
        self._loop.start()

    def capability(self) -> MtsCapabilityInfo:
        """Return what can be done here now."""
        accesses = self._accesses
        return capability(accesses.present(), self._now(), simulated=accesses.simulated)

    def get(self, id_: str) -> Entry[MtsSessionInfo]:
        """Return a session and where it goes; raise NotFound."""
        return self._kept.get(id_)

    def all(self) -> Sequence[Entry[MtsSessionInfo]]:
        """Return all sessions, oldest first."""
        return self._kept.list()

    async def create(self, info: MtsSessionInfo) -> Entry[MtsSessionInfo]:
        """Begin a session; its packets obey on return.

        Raises BadRequest and Forbidden, and what the platform raises: then there is none.
        """
        check(info)
        async with self._turn:
            require_single(info, self._of_instance(info))
            id_ = self._store.new_id()
            wanted = self._chosen(kept(info, id_=id_, at=self._now(), held=None))
            entry = await self._kept.create(id_, wanted[id_])
            await self._in_force(wanted, self._kept.deletion(id_))
            return self._kept.find(id_) or entry

    async def replace(
        self, id_: str, info: MtsSessionInfo, *, if_match: str | None = None
    ) -> Entry[MtsSessionInfo]:
        """Have a session be as ``info`` asks; its packets obey on return. Raises as ``create``."""
        check(info)
        async with self._turn:
            present = self._kept.get(id_)
            require_same(info, present.value)
            others = self._of_instance(info)
            require_single(info, (each for each in others if each.session_id != id_))
            held = present.value.wayside_steering
            wanted = self._chosen(kept(info, id_=id_, at=self._now(), held=held))
            entry = await self._kept.replace(id_, wanted[id_], if_match=if_match)
            await self._in_force(wanted, self._kept.replacement(id_, present.value))
            return self._kept.find(id_) or entry

    async def delete(self, id_: str) -> None:
        """End a session. Raises NotFound."""
        async with self._turn:
            await self._kept.delete(id_)
            await self._follow()

    async def let_go(self, app_instance_id: AppInstanceId) -> None:
        """End all sessions that an instance has."""
        async with self._turn:
            ended = self._kept.list(app=app_instance_id)
            if ended:
                await self._store.commit(*(self._kept.deletion(each.id) for each in ended))
                await self._follow()

    async def _look(self) -> None:
        """Have sessions go where they are best off now."""
        async with self._turn:
            await self._see_who_is_away()
            present = {each.id: each.value for each in self._kept.list()}
            # After a restart sessions stay where they were until it is known what is up.
            wanted = self._steered(present) if self._accesses.is_settled else present
            if wanted != present or not self._in_step:
                await self._enforce(wanted)

    async def _see_who_is_away(self) -> None:
        """Have devices that an access network does not serve be reached by another."""
        picture = self._network.picture
        seen = (picture.epoch, picture.sequence)
        if seen != self._seen:
            self._away = self._presence.see(picture)
            await self._accesses.leave(self._away)
            self._seen = seen

    def _chosen(self, info: MtsSessionInfo) -> Sessions:
        """Return all sessions where they would go with ``info``; raise Forbidden if it lacks."""
        id_ = str(info.session_id)
        present = {each.id: each.value for each in self._kept.list()} | {id_: info}
        wanted = self._steered(present)
        require_met(wanted[id_])
        return wanted

    async def _in_force(self, wanted: Sessions, back: Wish[MtsSessionInfo]) -> None:
        try:
            await self._enforce(wanted)
        except BaseException:
            await self._store.commit(back)
            raise

    async def _follow(self) -> None:
        present = {each.id: each.value for each in self._kept.list()}
        await self._enforce(self._steered(present))

    async def _enforce(self, wanted: Sessions) -> None:
        """Have packets go where sessions say, and keep where that is."""
        self._in_step = False
        await self._accesses.steer(
            [wish(each, self._instances.addresses_of(each.app_ins_id)) for each in wanted.values()]
        )
        changed = [
            self._kept.replacement(id_, info)
            for id_, info in wanted.items()
            if info != self._kept.get(id_).value
        ]
        if changed:
            await self._store.commit(*changed)
        self._in_step = True

    def _steered(self, sessions: Sessions) -> Sessions:
        accesses = self._accesses
        return steered(sessions, accesses.present(), self._away, simulated=accesses.simulated)

    def _of_instance(self, info: MtsSessionInfo) -> list[MtsSessionInfo]:
        return [each.value for each in self._kept.list(app=info.app_ins_id)]

    def _now(self) -> TimeStamp:
        return TimeStamp.of(self._clock.now())
