"""Facts in, notifications out: what happened reaches those who asked for it, as often as they want.

Never decides what happened: the engine does; nor how it is said: the desks do.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import is_
from typing import Any

from wayside.chassis.collection import Collection
from wayside.chassis.reconcile import Reconciler
from wayside.chassis.store import Store, Wish
from wayside.core.clock import Clock
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire
from wayside.refpoints.net.picture import AccessNetwork
from wayside.refpoints.net.source import Snapshot

from .desk import Desk
from .engine import Engine
from .pacing import Pace
from .wishes import AreaWish, Change, DistanceWish, Happened, PeriodicWish, PlaceWish, Watch

LOOK_EVERY_S = 60.0
ALL = frozenset(Change)
NEAR = frozenset({Change.ENTERING})


class Progress(Wire):
    """How often a subscription with a bound was told of what; kept over restarts."""

    etag: str
    """Of the subscription: a replaced one begins anew."""
    told: dict[str, int]


@dataclass
class Live:
    """One subscription that is watched."""

    desk: Desk[Any, Any]
    entry: Entry[Any]
    watch: Watch
    pace: Pace

    @property
    def name(self) -> str:
        """What it is called where its versions are one."""
        return f"{self.desk.path}/{self.entry.id}"

    @property
    def wanted(self) -> frozenset[Change]:
        """The changes that it is told of."""
        wish = self.watch.wish
        if isinstance(wish, PlaceWish | AreaWish):
            return wish.changes
        return NEAR if isinstance(wish, DistanceWish) else ALL


class Feed:
    """Tells the subscribers of some desks what happens in the access network."""

    def __init__(
        self,
        desks: Sequence[Desk[Any, Any]],
        network: AccessNetwork,
        engine: Engine,
        *,
        store: Store,
        clock: Clock,
        nursery: Nursery,
    ) -> None:
        self._desks = tuple(desks)
        self._network, self._engine = network, engine
        self._store, self._clock, self._nursery = store, clock, nursery
        self._progress = Collection(store, "progress", Progress, what="progress of a subscription")
        self._live: dict[str, Live] = {}
        self._seen: list[Sequence[Entry[Any]]] = []
        self._due: list[tuple[float, str]] = []
        self._told: dict[str, Live] = {}
        """Whose progress is to be kept, by the name that it is kept under."""
        self._gone: set[str] = set()
        """Names of progress that is to be forgotten."""
        self._spent: dict[str, Live] = {}
        self._timer = Reconciler(
            clock, nursery, every_s=LOOK_EVERY_S, work=self._on_time, name="location on time"
        )
        for desk in self._desks:
            desk.changed = self._timer.kick

    def start(self) -> None:
        """Watch what is kept, from what is so now on, and what follows."""
        self._hand_out(self._look_at_desks(fresh=False))
        self._nursery.start(self._follow(), name="location of devices")
        self._timer.start()

    async def _follow(self) -> None:
        async for told in self._network.join():
            self._hand_out(self._look_at_desks(fresh=True))
            if isinstance(told, Snapshot):
                found = self._engine.take(told)
            else:
                found = self._engine.follow(told)
            self._hand_out(found)

    async def _on_time(self) -> float | None:
        self._hand_out(self._look_at_desks(fresh=True))
        now = self._clock.monotonic()
        while self._due and self._due[0][0] <= now:
            moment, key = heapq.heappop(self._due)
            live = self._live.get(key)
            if live is not None:
                self._on_turn(key, live, moment, now)
        await self._settle()
        return max(self._due[0][0] - self._clock.monotonic(), 0.0) if self._due else None

    def _on_turn(self, key: str, live: Live, moment: float, now: float) -> None:
        """Tell what waits, or the next of periodic reports."""
        wish = live.watch.wish
        if isinstance(wish, PeriodicWish):
            live.pace.offer(Happened(self._engine.picture.time_ns), wanted=True)
            follows = moment + wish.interval_s
            heapq.heappush(self._due, (follows if follows > now else now + wish.interval_s, key))
        self._release(key, live)

    def _look_at_desks(self, *, fresh: bool) -> list[tuple[str, Happened]]:
        """Watch what subscriptions there are now; ``fresh``: those that are new were just made."""
        listings = [desk.book.entries() for desk in self._desks]
        if self._seen and all(map(is_, listings, self._seen)):
            return []
        self._seen = listings
        present: dict[str, Live] = {}
        for desk, entries in zip(self._desks, listings, strict=True):
            for entry in entries:
                key = f"{desk.path}/{entry.id}/{entry.etag}"
                present[key] = self._live.get(key) or self._begun(desk, entry, key)
        new = present.keys() - self._live.keys()
        self._forget([self._live[key] for key in self._live.keys() - present.keys()])
        self._live = present
        return self._engine.watch(
            {key: live.watch for key, live in present.items()}, new if fresh else frozenset()
        )

    def _begun(self, desk: Desk[Any, Any], entry: Entry[Any], key: str) -> Live:
        wish, limits = desk.trade.wish(entry.value), desk.trade.limits(entry.value)
        kept = self._progress.find(f"{desk.path}/{entry.id}")
        known = kept is not None and kept.value.etag == entry.etag
        pace = Pace(limits, kept.value.told if kept is not None and known else None)
        if isinstance(wish, PeriodicWish):
            heapq.heappush(self._due, (self._clock.monotonic() + wish.interval_s, key))
        return Live(desk, entry, Watch(key, wish, limits), pace)

    def _forget(self, gone: Iterable[Live]) -> None:
        """Have the progress of what is not kept any longer forgotten; a replaced one's too."""
        self._gone.update(live.name for live in gone)

    def _hand_out(self, found: Sequence[tuple[str, Happened]]) -> None:
        touched: dict[str, Live] = {}
        for key, happened in found:
            live = self._live.get(key)
            if live is not None:
                wanted = happened.change is None or happened.change in live.wanted
                live.pace.offer(happened, wanted=wanted)
                touched[key] = live
        for key, live in touched.items():
            self._release(key, live)

    def _release(self, key: str, live: Live) -> None:
        counts = dict(live.pace.told)
        for happened in live.pace.release(self._clock.monotonic()):
            told = replace(happened, final=live.pace.ended)
            notification = live.desk.trade.say(live.entry, told, self._engine.picture)
            live.desk.book.send(live.entry, notification)
        if live.pace.due is not None:
            heapq.heappush(self._due, (live.pace.due, key))
            self._timer.kick()
        if live.pace.told != counts:
            self._keep(live)

    def _keep(self, live: Live) -> None:
        """Have its progress kept, or the subscription ended."""
        wish = live.watch.wish
        addresses = wish.addresses if isinstance(wish, AreaWish) else ()
        if live.pace.ended or (addresses and live.pace.are_all_spent(addresses)):
            live.pace.ended = True
            self._spent[live.name] = live
        else:
            self._told[live.name] = live
        self._timer.kick()

    async def _settle(self) -> None:
        """Make durable what is to be, and end what has had all that it asked for."""
        gone, told = self._gone, self._told
        self._gone, self._told = set(), {}
        wishes = [*map(self._forgotten, gone - told.keys()), *map(self._kept, told.values())]
        try:
            await self._store.commit(*(wish for wish in wishes if wish is not None))
        except BaseException:
            self._gone |= gone
            self._told = told | self._told
            raise
        for name, live in tuple(self._spent.items()):
            await live.desk.book.end(live.entry.id)
            del self._spent[name]

    def _forgotten(self, name: str) -> Wish[Progress] | None:
        return None if self._progress.find(name) is None else self._progress.deletion(name)

    def _kept(self, live: Live) -> Wish[Progress]:
        progress = Progress(etag=live.entry.etag, told=dict(live.pace.told))
        is_kept = self._progress.find(live.name) is not None
        keep = self._progress.replacement if is_kept else self._progress.creation
        return keep(live.name, progress)
