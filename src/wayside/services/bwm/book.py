"""The allocations of a host: granted, durable, and enforced before they are acknowledged.

Never decides how much anyone gets: ``logic`` does.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock
from wayside.core.errors import Problem
from wayside.core.ids import AppInstanceId
from wayside.core.replies import Entry
from wayside.core.wire import encode
from wayside.model.common import TimeStamp
from wayside.refpoints.hosting import Bandwidth, Instances

from .logic import (
    Capacity,
    asked,
    check,
    grant,
    kept,
    modified,
    require_same,
    require_single,
    shared_out,
    shares,
)
from .model import BwInfo, BwInfoDeltas, Kept

Changed = Callable[[BwInfo], None]
"""Told of each allocation that is made, changed or ended, when it is so."""


class AllocationBook:
    """Allocations by id; the platform is told of each change, one after the other."""

    def __init__(
        self,
        store: Store,
        bandwidth: Bandwidth,
        instances: Instances,
        *,
        clock: Clock,
        capacity: Capacity,
    ) -> None:
        self._store = store
        self._bandwidth = bandwidth
        self._instances = instances
        self._clock = clock
        self._capacity = capacity
        self._turn = asyncio.Lock()
        self._kept = Collection(
            store,
            "allocation",
            Kept,
            what="bandwidth allocation",
            indexes={"app": lambda each: each.info.app_ins_id},
        )
        self.changed: Changed = lambda info: None

    def get(self, id_: str) -> Entry[BwInfo]:
        """Return an allocation as it is granted; raise NotFound."""
        return _shown(self._kept.get(id_))

    def all(self) -> Sequence[Entry[BwInfo]]:
        """Return all allocations, oldest first."""
        return [_shown(each) for each in self._kept.list()]

    async def enforce(self) -> None:
        """Have the platform enforce what is kept: at its start."""
        async with self._turn:
            await self._enforce()

    async def create(self, info: BwInfo) -> Entry[BwInfo]:
        """Allocate, perhaps less than is asked; enforced on return.

        Raises BadRequest and Forbidden, and what the platform raises: then nothing is allocated.
        """
        check(info)
        async with self._turn:
            require_single(info, self._of_instance(info))
            granted = grant(info, (each.value for each in self._kept.list()), self._capacity)
            id_ = self._store.new_id()
            value = kept(info, id_=id_, granted=granted, at=self._now())
            entry = await self._kept.create(id_, value)
            await self._in_force([self._kept.deletion(id_)])
        self.changed(value.info)
        return _shown(entry)

    async def replace(
        self, id_: str, info: BwInfo, *, if_match: str | None = None
    ) -> Entry[BwInfo]:
        """Have an allocation be as ``info`` asks; enforced on return. Raises as ``create``."""
        check(info)
        async with self._turn:
            present = self._kept.get(id_)
            return await self._put(present, info, if_match)

    async def modify(
        self, id_: str, deltas: BwInfoDeltas, *, if_match: str | None = None
    ) -> Entry[BwInfo]:
        """Change what ``deltas`` name of an allocation; enforced on return. See ``replace``."""
        async with self._turn:
            present = self._kept.get(id_)
            info = modified(present.value, deltas)
            check(info)
            return await self._put(present, info, if_match)

    async def delete(self, id_: str) -> None:
        """End an allocation; what it had is shared out. Raises NotFound."""
        async with self._turn:
            await self._end([self._kept.get(id_)])

    async def let_go(self, app_instance_id: AppInstanceId) -> None:
        """End all that an instance has."""
        async with self._turn:
            if ended := self._kept.list(app=app_instance_id):
                await self._end(ended)

    async def _put(self, present: Entry[Kept], info: BwInfo, if_match: str | None) -> Entry[BwInfo]:
        others = [each.value for each in self._kept.list() if each.id != present.id]
        require_same(info, present.value.info)
        require_single(
            info, (each for each in self._of_instance(info) if each.allocation_id != present.id)
        )
        granted = grant(info, others, self._capacity)
        value = kept(info, id_=present.id, granted=granted, at=self._now())
        raised = self._raised(self._all() | {present.id: value})
        back = [self._kept.replacement(id_, self._kept.get(id_).value) for id_ in raised]
        await self._store.commit(
            self._kept.replacement(present.id, value, if_match=if_match), *self._wishes(raised)
        )
        await self._in_force([self._kept.replacement(present.id, present.value), *back])
        for each in (value, *raised.values()):
            self.changed(each.info)
        return _shown(self._kept.get(present.id))

    async def _end(self, ended: Sequence[Entry[Kept]]) -> None:
        """End allocations and share out what they had."""
        gone = {each.id for each in ended}
        raised = self._raised({id_: each for id_, each in self._all().items() if id_ not in gone})
        await self._store.commit(*(self._kept.deletion(id_) for id_ in gone), *self._wishes(raised))
        await self._enforce()
        for each in (*(one.value for one in ended), *raised.values()):
            self.changed(each.info)

    def _raised(self, present: Mapping[str, Kept]) -> dict[str, Kept]:
        """Return those of ``present`` that get more of what is free now, by id."""
        at = self._now()
        return {
            id_: kept(asked(present[id_]), id_=id_, granted=granted, at=at)
            for id_, granted in shared_out(present, self._capacity).items()
        }

    def _all(self) -> dict[str, Kept]:
        return {each.id: each.value for each in self._kept.list()}

    def _wishes(self, values: Mapping[str, Kept]) -> list[Wish[Kept]]:
        return [self._kept.replacement(id_, each) for id_, each in values.items()]

    async def _in_force(self, back: Sequence[Wish[Kept]]) -> None:
        """Have the platform enforce what is kept; where it cannot, what was kept before."""
        try:
            await self._enforce()
        except BaseException:
            await self._store.commit(*back)
            with suppress(Problem):
                await self._enforce()
            raise

    async def _enforce(self) -> None:
        await self._bandwidth.allocate(
            [
                share
                for each in self._kept.list()
                for share in shares(
                    each.value, self._instances.addresses_of(each.value.info.app_ins_id)
                )
            ]
        )

    def _of_instance(self, info: BwInfo) -> list[BwInfo]:
        return [each.value.info for each in self._kept.list(app=info.app_ins_id)]

    def _now(self) -> TimeStamp:
        return TimeStamp.of(self._clock.now())


def _shown(entry: Entry[Kept]) -> Entry[BwInfo]:
    info = entry.value.info
    return Entry(entry.id, info, encode(info), entry.etag)
