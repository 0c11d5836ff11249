"""Who serves whom: contexts get their instances, keep them, lose them, and are told.

One application is seen to at a time, so that an instance is never ended while somebody joins it.
Never speaks to a device but through ``telling``.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from wayside.core.errors import Forbidden, NotFound, PreconditionFailed, Problem
from wayside.model.app_lcm import AppInstanceInfo, LocationConstraints, OperationalState
from wayside.refpoints.mm9 import UserApp, UserAppPlace

from .books import Books, ContextState, Held, Started
from .choosing import Running, choices
from .dev_app.logic import locations_of
from .dev_app.model import (
    AddressChangeNotification,
    ApplicationContextDeleteNotification,
    ApplicationContextUpdateNotification,
    ApplicationLocationAvailabilityNotification,
    AvailableLocation,
    Notification,
    ServingInstance,
    UserAppInstanceInfo,
)
from .policy import Policy
from .reference import reference_of
from .runs import Runs
from .telling import Teller

log = logging.getLogger(__name__)


class NoPlace(Forbidden):
    """No place can serve the context now; another time one may."""


class Serving:
    """Finds, keeps and gives back the instances of contexts."""

    def __init__(self, books: Books, runs: Runs, teller: Teller, policy: Policy) -> None:
        self._books = books
        self._runs = runs
        self._teller = teller
        self._policy = policy
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
            await self._sweep(app_d_id)

    async def sweep(self) -> None:
        """End what was started here and serves nobody; what cannot end now stays for later."""
        for app_d_id in {entry.value.app_d_id for entry in self._books.started.list()}:
            async with self._turns[app_d_id]:
                await self._sweep(app_d_id)

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
            await self._sweep(app_d_id)

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
            app, info = await self._find(held, number)
        except NoPlace:
            if held.context.app_location_updates or held.context.app_auto_instantiation:
                return
            raise
        reference = reference_of(app.app_d)

        def change(now: Held) -> Held:
            after = now.serving(_with(now.infos, number, info))
            return msgspec.structs.replace(after, reference=reference)

        await self._books.contexts.modify(context_id, change)

    async def _find(
        self, held: Held, number: int, *, may_start: bool = True
    ) -> tuple[UserApp, UserAppInstanceInfo]:
        """Return an instance to serve, found or started; raise NoPlace telling why there is none.

        What is started serves nobody until the context says so: the turn keeps it from ending.
        """
        app_d_id = held.app_d_id or ""
        app = await self._runs.app(app_d_id, where=held.wishes[number], cells=held.cells)
        reference = reference_of(app.app_d)
        running = {each.id: each for each in await self._runs.of(app_d_id) if _serves(each)}
        seats = [
            Running(id_, _host_of(info), len(self._books.served_by(id_)))
            for id_, info in running.items()
            if id_ not in held.seats
        ]
        failures = []
        for choice in choices(app.places, seats, seats_max=self._policy.seats_of(app_d_id)):
            if choice.joined is not None:
                info = running[choice.joined.app_instance_id]
                await self._adopt(info)
            elif not may_start:
                continue
            else:
                try:
                    info = await self._start(app_d_id, choice.place, held.wishes[number])
                except Problem as problem:
                    failures.append(f"{choice.place.host_id}: {problem.detail}")
                    continue
            uri = reference.at(_addresses_of(info))
            place = _place_of(info, app.places) or choice.place
            return app, UserAppInstanceInfo(
                app_instance_id=info.id, reference_uri=uri, app_location=place.location
            )
        raise NoPlace(_why(app, failures))

    async def _start(
        self, app_d_id: str, place: UserAppPlace, where: LocationConstraints | None
    ) -> AppInstanceInfo:
        """Start an instance at a place; return it when it runs, with nothing left otherwise."""
        key = self._books.store.new_id()
        name = f"user application {key}"
        await self._books.started.create(key, Started(app_d_id=app_d_id, name=name))
        try:
            id_ = await self._runs.create(app_d_id, name)
            await self._books.started.modify(
                key, lambda each: msgspec.structs.replace(each, app_instance_id=id_)
            )
            return await self._runs.instantiate(id_, place.host_id, where)
        except Problem:
            await self._end(key, self._books.started.get(key).value)
            raise

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
            return await self._found(held, number, may_start=auto or held.unsettled) or info
        instance = await self._runs.find(info.app_instance_id)
        if instance is None or instance.operational_state is None:
            there = await self._found(held, number, may_start=auto)
            waiting = UserAppInstanceInfo(app_location=held.wishes[number]) if auto else None
            return there or waiting
        if held.unsettled:
            return await self._moved(held, number, info, instance)
        uri = None if held.reference is None else held.reference.at(_addresses_of(instance))
        if uri is None or uri == info.reference_uri:
            return info
        return msgspec.structs.replace(info, reference_uri=uri)

    async def _moved(
        self, held: Held, number: int, info: UserAppInstanceInfo, instance: AppInstanceInfo
    ) -> UserAppInstanceInfo:
        """Return who serves where the device wishes by now; the same where nobody can there."""
        where = held.wishes[number]
        app = await self._runs.app(held.app_d_id or "", where=where, cells=held.cells)
        if _place_of(instance, app.places) is not None:
            return info
        return await self._found(held, number, may_start=True) or info

    async def _found(
        self, held: Held, number: int, *, may_start: bool
    ) -> UserAppInstanceInfo | None:
        try:
            _, info = await self._find(held, number, may_start=may_start)
        except Problem as problem:
            log.info("the context %s waits: %s", held.context.context_id, problem.detail)
            return None
        return info

    async def _sweep(self, app_d_id: str) -> None:
        for entry in self._books.started.list(app_d_id=app_d_id):
            id_ = entry.value.app_instance_id
            if id_ is not None and self._books.served_by(id_):
                continue
            await self._end(entry.id, entry.value)

    async def _adopt(self, info: AppInstanceInfo) -> None:
        """Know an instance as one to be ended here, where one that was started here became it.

        The MEO gives an instance that follows a device the name of the one that it came from.
        """
        started = self._books.started.list(app_d_id=info.app_d_id)
        known = {entry.value.app_instance_id for entry in started}
        names = {entry.value.name for entry in started}
        if info.id not in known and info.app_instance_name in names:
            adopted = Started(
                app_d_id=info.app_d_id, name=info.app_instance_name, app_instance_id=info.id
            )
            await self._books.started.create(self._books.store.new_id(), adopted)

    async def _end(self, key: str, started: Started) -> None:
        """End an instance that was started here, and what it became; later, where that fails."""
        try:
            ids = {info.id for info in await self._runs.named(started.name)}
            for id_ in sorted(ids | ({started.app_instance_id or ""} - {""})):
                if not self._books.served_by(id_):
                    await self._runs.end(id_)
            await self._books.started.delete(key)
        except Problem as problem:
            log.warning("%s cannot be ended now: %s", started.name, problem.detail)


def news_of(
    context_id: str,
    before: Sequence[UserAppInstanceInfo],
    after: Sequence[UserAppInstanceInfo | None],
    *,
    moved: bool,
) -> list[Notification]:
    """Return what the device is told of a change. Pure.

    An instance that took over from another, or is reached elsewhere, is an address change; all else
    is an update of the context.
    """
    changed = [(was, now) for was, now in zip(before, after, strict=True) if was != now]
    served = all(
        was.app_instance_id and now is not None and now.app_instance_id for was, now in changed
    )
    if served and not moved:
        return [
            AddressChangeNotification(
                context_id=context_id,
                app_instance_id=now.app_instance_id,
                reference_uri=now.reference_uri,
            )
            for _, now in changed
            if now is not None and now.app_instance_id and now.reference_uri
        ]
    if not changed:
        return []
    serving = tuple(
        ServingInstance(
            app_instance_id=info.app_instance_id,
            reference_uri=info.reference_uri,
            app_location=info.app_location,
        )
        for info in after
        if info is not None and info.app_instance_id and info.reference_uri
    )
    return [
        ApplicationContextUpdateNotification(context_id=context_id, user_app_instance_info=serving)
    ]


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


def _serves(info: AppInstanceInfo) -> bool:
    return info.operational_state is OperationalState.STARTED and bool(_addresses_of(info))


def _host_of(info: AppInstanceInfo) -> str:
    return "" if info.wayside_placement is None else info.wayside_placement.host_id


def _addresses_of(info: AppInstanceInfo) -> tuple[str, ...]:
    return () if info.wayside_placement is None else info.wayside_placement.addresses


def _place_of(info: AppInstanceInfo, places: Sequence[UserAppPlace]) -> UserAppPlace | None:
    return next((place for place in places if place.host_id == _host_of(info)), None)


def _why(app: UserApp, failures: Sequence[str]) -> str:
    name = app.app_d.app_name
    if failures:
        return f"No instance of {name} can be started: {'; '.join(failures)}"
    if app.places:
        return f"No host that would do has room for {name} now; try again later."
    told = ", ".join(f"{count} for {demand}" for demand, count in sorted(app.refusals.items()))
    return (
        f"No host can run {name} where it is asked for ({told or 'there is none'}); ask for "
        "another appLocation: POST /obtain_app_loc_availability tells which there are."
    )
