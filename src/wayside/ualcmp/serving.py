"""Who serves whom: contexts get their instances, keep them, lose them, and are told.

One application is seen to at a time, so that an instance is never ended while somebody joins it.
Never speaks to a device but through ``telling``.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from wayside.core.errors import NotFound, PreconditionFailed, Unprocessable
from wayside.model.app_lcm import AppInstanceInfo
from wayside.refpoints.mm9 import UserAppPlace

from .books import Books, ContextState, Held
from .dev_app.logic import locations_of
from .dev_app.model import (
    ApplicationContextDeleteNotification,
    ApplicationLocationAvailabilityNotification,
    AvailableLocation,
    Notification,
    UserAppInstanceInfo,
)
from .finding import Finder, NoPlace, addresses_of, place_of
from .news import news_of
from .runs import Runs
from .telling import Teller

log = logging.getLogger(__name__)


class Serving:
    """Finds, keeps and gives back the instances of contexts."""

    def __init__(self, books: Books, runs: Runs, finder: Finder, teller: Teller) -> None:
        self._books = books
        self._runs = runs
        self._finder = finder
        self._teller = teller
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def seat(self, context_id: str) -> None:
        """Have every instance of a new context found or started.

        Those of a context that may wait stay open where no place will do now. Raises NoPlace.
        """
        held = self._books.contexts.get(context_id).value
        assert held.app_d_id is not None
        async with self._turns[held.app_d_id]:
            for number in range(len(held.infos)):
                await self._seat_new(context_id, number)

    async def vacate(self, context_id: str) -> None:
        """Have the context be served by nobody; instances that serve nobody else end."""
        found = self._books.contexts.find(context_id)
        if found is None or found.value.app_d_id is None:
            return
        app_d_id = found.value.app_d_id
        async with self._turns[app_d_id]:
            await self._books.contexts.modify(context_id, lambda held: held.serving(_blank(held)))
            await self._finder.sweep(app_d_id)

    async def sweep(self) -> None:
        """End what was started here and serves nobody; what cannot end now stays for later."""
        for app_d_id in {entry.value.app_d_id for entry in self._books.started.list()}:
            async with self._turns[app_d_id]:
                await self._finder.sweep(app_d_id)

    async def settle(self, context_id: str) -> None:
        """Bring a READY context in line with what its device wishes and what has become.

        The device is told what is new; a context that nobody can serve any more is no more.
        """
        found = self._books.contexts.find(context_id)
        if found is None or found.value.app_d_id is None:
            return
        app_d_id = found.value.app_d_id
        async with self._turns[app_d_id]:
            while not await self._settle(context_id):
                log.info("the context %s changed while it was settled", context_id)
            await self._finder.sweep(app_d_id)

    async def tell_of_places(self, context_id: str) -> None:
        """Tell a context that waits, and asked for it, where an instance could be by now."""
        found = self._books.contexts.find(context_id)
        if found is None or not found.value.waits or not found.value.context.app_location_updates:
            return
        held = found.value
        places: list[UserAppPlace] = []
        for wish, info in zip(held.wishes, held.infos, strict=True):
            if info.app_instance_id is None:
                app_d_id = held.app_d_id or ""
                app = await self._runs.app(app_d_id, where=wish, cells=held.cells)
                places += app.places
        free = tuple(locations_of(places))
        if free == held.told_of:
            return
        notification = ApplicationLocationAvailabilityNotification(
            context_id=context_id,
            available_locations=tuple(AvailableLocation(app_location=each) for each in free),
        )
        change = self._books.contexts.modification(
            context_id, lambda now: msgspec.structs.replace(now, told_of=free)
        )
        await self._teller.commit(held, [notification] if free else [], change)

    async def _seat_new(self, context_id: str, number: int) -> None:
        held = self._books.contexts.get(context_id).value
        if held.infos[number].app_instance_id is not None:
            return  # It was found before a restart.
        try:
            info = await self._finder.find(held, number)
        except NoPlace:
            if held.context.app_location_updates or held.context.app_auto_instantiation:
                return
            raise
        await self._books.contexts.modify(
            context_id, lambda now: now.serving(_with(now.infos, number, info))
        )

    async def _settle(self, context_id: str) -> bool:
        """Settle a context as it is now; return False where it was changed meanwhile."""
        entry = self._books.contexts.find(context_id)
        if entry is None or entry.value.state is not ContextState.READY:
            return True
        held = entry.value
        kept = [await self._settled(held, number, info) for number, info in enumerate(held.infos)]
        if tuple(kept) == held.infos and not held.unsettled:
            return True
        told: Sequence[Notification] = [ApplicationContextDeleteNotification(context_id=context_id)]
        change = self._books.contexts.deletion(context_id, if_match=entry.etag)
        if any(kept):
            told = news_of(context_id, held.infos, kept, moved=held.unsettled)
            after = _settled_as(held, kept)
            change = self._books.contexts.replacement(context_id, after, if_match=entry.etag)
        else:
            log.info("the context %s ends: nobody can serve it any more", context_id)
        try:
            await self._teller.commit(held, told, change)
        except (NotFound, PreconditionFailed):
            return False
        return True

    async def _settled(
        self, held: Held, number: int, info: UserAppInstanceInfo
    ) -> UserAppInstanceInfo | None:
        """Return who serves in place of ``info`` from now on; None: nobody will."""
        auto = bool(held.context.app_auto_instantiation)
        if info.app_instance_id is None:
            if not (auto or held.unsettled):
                return info  # Its device wants to be told first.
            return await self._found(held, number, may_start=True) or info
        instance = await self._runs.find(info.app_instance_id)
        if instance is None or instance.operational_state is None:
            followed = await self._finder.relocated(held, info.app_instance_id)
            if followed is not None:
                return followed
            there = await self._found(held, number, may_start=auto)
            waiting = UserAppInstanceInfo(app_location=held.wishes[number]) if auto else None
            return there or waiting
        if held.unsettled:
            return await self._moved(held, number, info, instance)
        uri = None if held.reference is None else held.reference.at(addresses_of(instance))
        if uri is None or uri == info.reference_uri:
            return info
        return msgspec.structs.replace(info, reference_uri=uri)

    async def _moved(
        self, held: Held, number: int, info: UserAppInstanceInfo, instance: AppInstanceInfo
    ) -> UserAppInstanceInfo:
        """Return who serves where the device wishes by now; the same where nobody can there."""
        where = held.wishes[number]
        app = await self._runs.app(held.app_d_id or "", where=where, cells=held.cells)
        if place_of(instance, app.places) is not None:
            return info
        return await self._found(held, number, may_start=True) or info

    async def _found(
        self, held: Held, number: int, *, may_start: bool
    ) -> UserAppInstanceInfo | None:
        """Return who can serve; None where no place will do, or the application is gone."""
        try:
            return await self._finder.find(held, number, may_start=may_start)
        except (NoPlace, Unprocessable) as problem:
            log.info("nobody serves %s now: %s", held.context.context_id, problem.detail)
            return None


def _blank(held: Held) -> list[UserAppInstanceInfo]:
    return [UserAppInstanceInfo(app_location=wish) for wish in held.wishes]


def _settled_as(held: Held, kept: Sequence[UserAppInstanceInfo | None]) -> Held:
    """Return the context with those who serve or are waited for, and nobody else."""
    both = zip(held.wishes, kept, strict=True)
    wishes = tuple(wish for wish, info in both if info is not None)
    after = held.serving([info for info in kept if info is not None])
    return msgspec.structs.replace(after, wishes=wishes, unsettled=False)


def _with(
    infos: Sequence[UserAppInstanceInfo], number: int, info: UserAppInstanceInfo
) -> list[UserAppInstanceInfo]:
    return [info if at == number else each for at, each in enumerate(infos)]
