"""Devices that are at another host and served here, as their application wants it (level 1).

Never begins a move.
"""

from contextlib import suppress

from wayside.chassis.collection import Collection
from wayside.chassis.insisting import insist
from wayside.chassis.store import Store
from wayside.core.clock import Clock
from wayside.core.errors import NotFound
from wayside.core.tasks import Nursery
from wayside.refpoints.hosting import Relocations

from .moves import Move, Staying, key_of


class Stays:
    """Which devices other hosts send here, until they come back or go on."""

    def __init__(
        self, store: Store, relocations: Relocations, clock: Clock, nursery: Nursery
    ) -> None:
        self._relocations = relocations
        self._clock = clock
        self._nursery = nursery
        self._kept = Collection(
            store, "staying", Staying, what="device of another host",
            indexes={"address": lambda each: each.address},
        )  # fmt: skip

    def is_at(self, key: str, host_id: str) -> bool:
        """Tell whether a device of a service is sent here from this host already."""
        found = self._kept.find(key)
        return found is not None and found.value.host_id == host_id

    async def keep(self, at: Move) -> None:
        """Remember where a device is sent here from; where it was before, it is let go."""
        fresh = Staying(address=at.address, hold_id=at.id, host_id=at.host_id)
        before = self._kept.find(at.key)
        if before is None:
            await self._kept.create(at.key, fresh)
        elif before.value != fresh:
            await self._relocations.release(before.value.hold_id, before.value.host_id)
            await self._kept.replace(at.key, fresh)

    def came_back(self, address: str) -> None:
        """Have nobody send here what comes by itself again; returns at once."""
        for entry in self._kept.list(address=address):
            self._nursery.start(self._let_go(entry.id, entry.value), name=f"return of {address}")

    def dropped(self, service_id: str, address: str) -> None:
        """Have nobody send here a device that its service is for no more; returns at once."""
        key = key_of(service_id, address)
        if (held := self._kept.find(key)) is not None:
            self._nursery.start(self._let_go(key, held.value), name=f"end of {key}")

    async def _let_go(self, key: str, held: Staying) -> None:
        await insist(
            self._clock,
            f"taking {key} back",
            lambda: self._relocations.release(held.hold_id, held.host_id),
        )
        with suppress(NotFound):
            await self._kept.delete(key)
