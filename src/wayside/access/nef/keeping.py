"""Keeps wishes alive at a NEF: asks, renews before the end, asks anew, and takes back what is left.

Each subscription is written down before it is asked for, so that one whose answer was lost, or
whose asker was killed, is found again at the NEF and not left there. Never knows what a report
means.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from wayside.chassis.backoff import Backoff
from wayside.chassis.client import HttpClient, connect
from wayside.chassis.collection import Collection
from wayside.chassis.store import Store
from wayside.core.clock import Clock
from wayside.core.errors import BadGateway, NotFound, Problem, Unavailable
from wayside.core.ids import NewId
from wayside.core.replies import Answer
from wayside.core.wire import Wire, encode

from .answers import destinations, id_of, reports_in, said, until_of
from .model import MonitoringEventReport, MonitoringEventSubscription, UserPlaneEventReport
from .northbound import AsSessionWithQoS, MonitoringEvent, TrafficInfluence
from .stamps import stamp_of
from .wishes import Interface, Wish

log = logging.getLogger(__name__)

TEND_S = 1.0
RENEW_SHARE = 0.2
"""The last part of a subscription's life, in which it is renewed."""
ONCE_S = 60.0
"""How long one question may be answered."""
AT_ONCE = 16
"""How many requests are under way."""
GONE = (404, 410)
NOT_NOW = (429, 500, 502, 503, 504)
SECOND_NS = 1_000_000_000

INTERFACES: dict[Interface, Any] = {
    Interface.MONITORING: MonitoringEvent,
    Interface.SESSIONS: AsSessionWithQoS,
    Interface.INFLUENCES: TrafficInfluence,
}


class Held(Wire):
    """A subscription that the NEF has, or may have."""

    wish: str
    interface: Interface
    digest: str
    """Of what was asked for: another digest is another wish."""
    id: str | None = None
    """The NEF's own; None: it is not known whether the NEF has it."""
    until_ns: int | None = None
    """None: it does not end by itself."""
    told: UserPlaneEventReport | None = None
    """Of a session: what was said of it last."""


@dataclass(frozen=True)
class Asker:
    """Who asks, and where answers go."""

    scs_as_id: str
    """The name that the NEF's operator has given to this system."""
    nef: str
    """The NEF's address (apiRoot)."""
    notify: str
    """Where the NEF finds the callbacks: their address and root path."""
    lifetime_s: float = 3600.0


@dataclass
class Keeper:
    """All wishes, and what the NEF has of them."""

    asker: Asker
    http: HttpClient
    store: Store
    clock: Clock
    new_key: NewId
    """Makes what nobody can guess: whoever knows a key may report."""
    answered: Callable[[Wish, tuple[MonitoringEventReport, ...]], None]
    """Told of reports that come with an answer."""
    faults: dict[str, str] = field(default_factory=dict)
    """By wish: why the NEF does not have it."""

    def __post_init__(self) -> None:
        """Take up what was held before."""
        self._held = Collection(self.store, "nef", Held, what="subscription at the NEF")
        self._wishes: dict[str, Wish] = {}
        self._failures: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}
        self._backoff = Backoff(first_s=2.0, longest_s=300.0)
        self._away = ""
        self._apis = {
            each: connect(api, self.asker.nef, self.http) for each, api in INTERFACES.items()
        }

    def want(self, wishes: Iterable[Wish]) -> None:
        """Have these wishes too; one of the same name is replaced."""
        for wish in wishes:
            self._wishes[wish.name] = wish
            self._not_before_s.pop(wish.name, None)

    def held(self) -> list[tuple[Wish, Held]]:
        """Return the wishes that the NEF has."""
        pairs = [(self._wishes.get(each.value.wish), each.value) for each in self._held.list()]
        return [(wish, held) for wish, held in pairs if wish is not None]

    def of(self, key: str, interface: Interface) -> Wish:
        """Return the wish that a notification with this key answers; NotFound for none."""
        found = self._held.find(key)
        wish = self._wishes.get(found.value.wish) if found is not None else None
        if found is None or wish is None or found.value.interface is not interface:
            raise NotFound("Nothing is subscribed under this key. Delete the subscription.")
        return wish

    async def tell(self, key: str, told: UserPlaneEventReport) -> None:
        """Remember what a session has come to, for the next start."""
        await self._held.modify(key, lambda held: msgspec.structs.replace(held, told=told))

    async def cancelled(self, key: str) -> None:
        """Know that the NEF has ended this subscription; it is asked for again."""
        held = self._held.get(key).value
        self._later(held.wish, "the NEF has cancelled it")
        await self._held.delete(key)

    async def run(self) -> None:
        """Keep all wishes alive until cancelled; a NEF that is away is asked again and again."""
        failures = 0
        while True:
            try:
                await self.tend()
                failures, self._away = 0, ""
            except Problem as fault:
                failures += 1
                if fault.detail != self._away:
                    log.warning("the NEF cannot be asked: %s", fault.detail)
                self._away = fault.detail
            await self.clock.sleep(max(TEND_S, self._backoff.wait_s(failures) if failures else 0))

    async def tend(self) -> None:
        """Do all that is due now.

        Raises Unavailable where the NEF does not answer, Unauthorised where there is no token.
        """
        now_s, now_ns = self.clock.monotonic(), self.clock.now()
        self._let_go(now_ns)
        await self._look_up()
        served = set()
        work = []
        for entry in self._held.list():
            held, wish = entry.value, self._wishes.get(entry.value.wish)
            if wish is None or held.wish in served or held.digest != _digest(wish):
                work.append(self._drop(entry.id, held))
            else:
                served.add(held.wish)
                if not wish.once and self._is_due(held, now_ns):
                    work.append(self._renew(entry.id, held, wish))
        work += [
            self._tried(wish)
            for name, wish in self._wishes.items()
            if name not in served and self._not_before_s.get(name, 0.0) <= now_s
        ]
        for begin in range(0, len(work), AT_ONCE):
            found = await asyncio.gather(*work[begin : begin + AT_ONCE], return_exceptions=True)
            for fault in found:
                if isinstance(fault, BaseException):
                    for left in work[begin + AT_ONCE :]:
                        left.close()
                    raise fault

    async def close(self) -> None:
        """Take everything back that the NEF has; raises Unavailable where it does not answer."""
        self._wishes.clear()
        await self.tend()

    def _let_go(self, now_ns: int) -> None:
        """Forget questions whose time has passed."""
        for entry in self._held.list():
            wish, until_ns = self._wishes.get(entry.value.wish), entry.value.until_ns
            if wish is not None and wish.once and until_ns is not None and until_ns <= now_ns:
                del self._wishes[wish.name]

    def _is_due(self, held: Held, now_ns: int) -> bool:
        left_ns = self.asker.lifetime_s * RENEW_SHARE * SECOND_NS
        return held.until_ns is not None and held.until_ns - now_ns <= left_ns

    async def _look_up(self) -> None:
        """Find out whether the NEF has what was asked for without an answer."""
        unsure = [each for each in self._held.list() if each.value.id is None]
        for interface in {each.value.interface for each in unsure}:
            answer: Answer[bytes] = await self._apis[interface].list_subscriptions(
                self.asker.scs_as_id
            )
            if answer.status in NOT_NOW:
                raise Unavailable(f"The NEF does not list {interface} now: {said(answer)}")
            there = destinations(answer) if answer.status == 200 else {}
            for entry in unsure:
                if entry.value.interface is not interface:
                    continue
                id = there.get(self._destination(interface, entry.id))
                if id is None:
                    await self._held.delete(entry.id)
                else:
                    found = msgspec.structs.replace(entry.value, id=id)
                    await self._held.replace(entry.id, found)

    async def _tried(self, wish: Wish) -> None:
        """Ask; what cannot be understood concerns this wish alone."""
        try:
            await self._ask(wish)
        except BadGateway as fault:
            self._later(wish.name, fault.detail)

    async def _ask(self, wish: Wish) -> None:
        key, digest = self.new_key(), _digest(wish)
        until_ns = self._until(wish)
        held = Held(wish=wish.name, interface=wish.interface, digest=digest, until_ns=until_ns)
        await self._held.create(key, held)
        api = self._apis[wish.interface]
        answer = await api.create_subscription(
            self.asker.scs_as_id, self._body(wish, key, until_ns)
        )
        if answer.status == 201:
            id = id_of(answer)
            if id is not None:
                self._granted(wish.name)
                kept = msgspec.structs.replace(held, id=id, until_ns=until_of(answer, until_ns))
                await self._held.replace(key, kept)
                self.answered(wish, reports_in(answer))
                return
            raise BadGateway("The NEF has made a subscription and does not say where it is.")
        if answer.status == 200 and wish.once:
            await self._held.delete(key)
            self._wishes.pop(wish.name, None)
            self._granted(wish.name)
            self.answered(wish, reports_in(answer))
            return
        if answer.status < 500:  # else it may have been made all the same: it is looked up
            await self._held.delete(key)
        self._later(wish.name, said(answer))

    async def _renew(self, key: str, held: Held, wish: Wish) -> None:
        """Have it last longer; where the NEF cannot do that, make a new one and drop the old."""
        until_ns = self._until(wish)
        answer = await self._apis[held.interface].replace_subscription(
            self.asker.scs_as_id, held.id, self._body(wish, key, until_ns)
        )
        if answer.status in (200, 204):
            kept = msgspec.structs.replace(held, until_ns=until_of(answer, until_ns))
            await self._held.replace(key, kept)
            return
        if answer.status not in GONE:
            await self._drop(key, held)
        else:
            await self._held.delete(key)
        await self._tried(wish)

    async def _drop(self, key: str, held: Held) -> None:
        answer = await self._apis[held.interface].delete_subscription(self.asker.scs_as_id, held.id)
        if answer.status >= 400 and answer.status not in GONE:
            log.warning("the NEF keeps %s: %s", held.wish, said(answer))
        if answer.status < 500:
            await self._held.delete(key)

    def _granted(self, name: str) -> None:
        self._failures.pop(name, None)
        if self.faults.pop(name, None) is not None:
            log.info("the NEF has granted: %s", name)

    def _later(self, name: str, why: str) -> None:
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        self._not_before_s[name] = self.clock.monotonic() + self._backoff.wait_s(failures)
        if self.faults.get(name) != why:
            log.warning("the NEF does not grant %s: %s", name, why)
        self.faults[name] = why

    def _until(self, wish: Wish) -> int | None:
        if wish.interface is not Interface.MONITORING:
            return None
        lifetime_s = ONCE_S if wish.once else self.asker.lifetime_s
        return self.clock.now() + round(lifetime_s * SECOND_NS)

    def _destination(self, interface: Interface, key: str) -> str:
        return f"{self.asker.notify}/{interface}/{key}"

    def _body(self, wish: Wish, key: str, until_ns: int | None) -> Any:
        where = self._destination(wish.interface, key)
        if not isinstance(wish.body, MonitoringEventSubscription):
            return msgspec.structs.replace(wish.body, notification_destination=where)
        return msgspec.structs.replace(
            wish.body,
            notification_destination=where,
            monitor_expire_time=None if until_ns is None else stamp_of(until_ns),
        )


def _digest(wish: Wish) -> str:
    return sha256(encode(wish.body)).hexdigest()[:32]
