"""Instances for contexts: found among those that run, started where there is none, and ended.

Whoever calls keeps the turn of the application, so that nobody joins an instance that is ended.
Never changes a context.
"""

import logging
from collections.abc import Sequence

import msgspec

from wayside.core.errors import Forbidden, Problem
from wayside.model.app_lcm import AppInstanceInfo, LocationConstraints, OperationalState
from wayside.refpoints.mm9 import UserApp, UserAppPlace

from .books import Books, Held, Started
from .choosing import Running, choices
from .dev_app.model import UserAppInstanceInfo
from .policy import Policy
from .runs import Runs

log = logging.getLogger(__name__)


class NoPlace(Forbidden):
    """No place can serve the context now; another time one may."""


class Finder:
    """Finds, starts and ends the instances that serve."""

    def __init__(self, books: Books, runs: Runs, policy: Policy) -> None:
        self._books = books
        self._runs = runs
        self._policy = policy

    async def find(self, held: Held, number: int, *, may_start: bool = True) -> UserAppInstanceInfo:
        """Return an instance to serve, found or started; raise NoPlace telling why there is none.

        What is started serves nobody until the context says so: the turn keeps it from ending.
        """
        app_d_id = held.app_d_id or ""
        app = await self._runs.app(app_d_id, where=held.wishes[number], cells=held.cells)
        running = {each.id: each for each in await self._runs.of(app_d_id) if serves(each)}
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
            return served_by(info, held, place_of(info, app.places) or choice.place)
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

    async def relocated(self, held: Held, gone: str) -> UserAppInstanceInfo | None:
        """Return what an instance that was started here became on another host; None: nothing.

        It is where its device went, so nobody asks how far that is from where it was.
        """
        started = self._books.started.list(app_d_id=held.app_d_id)
        names = [each.value.name for each in started if each.value.app_instance_id == gone]
        for name in names:
            for info in await self._runs.named(name):
                if info.id != gone and serves(info):
                    await self._adopt(info)
                    places = (await self._runs.app(info.app_d_id)).places
                    return served_by(info, held, place_of(info, places))
        return None

    async def sweep(self, app_d_id: str) -> None:
        """End what was started here of an application and serves nobody; later, where it fails."""
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


def served_by(info: AppInstanceInfo, held: Held, place: UserAppPlace | None) -> UserAppInstanceInfo:
    """Return an instance as a context shows it."""
    return UserAppInstanceInfo(
        app_instance_id=info.id,
        reference_uri=None if held.reference is None else held.reference.at(addresses_of(info)),
        app_location=None if place is None else place.location,
    )


def serves(info: AppInstanceInfo) -> bool:
    """Tell whether an instance can serve devices: it runs, and it has an address."""
    return info.operational_state is OperationalState.STARTED and bool(addresses_of(info))


def _host_of(info: AppInstanceInfo) -> str:
    return "" if info.wayside_placement is None else info.wayside_placement.host_id


def addresses_of(info: AppInstanceInfo) -> tuple[str, ...]:
    """Return where an instance is reached; nowhere as long as it has no address."""
    return () if info.wayside_placement is None else info.wayside_placement.addresses


def place_of(info: AppInstanceInfo, places: Sequence[UserAppPlace]) -> UserAppPlace | None:
    """Return the place that an instance is at; None where it is at none of them."""
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
