"""The subscriptions of one API: kept, ended at their deadline, and notified.

Survives restarts. Never decides what is worth a notification: the API's own rule does, entry by
entry, in ``notify``. Ref: MEC 009 clauses 6.12 and 6.12a.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from wayside.core.authorisation import HeldTypes
from wayside.core.clock import Clock, Nanoseconds
from wayside.core.errors import (
    BadRequest,
    Gone,
    NotFound,
    PreconditionFailed,
    Problem,
    Unprocessable,
)
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire, encode
from wayside.model.common import (
    LinkType,
    Subscription,
    SubscriptionLinkList,
    SubscriptionLinks,
    TimeStamp,
)
from wayside.model.subscriptions import (
    ExpiryNotification,
    NotificationLinks,
    TestNotification,
    WebsockNotifConfig,
)

from . import subscribing as said
from .callbacks import CallbackRule, require_callback
from .collection import Collection
from .delivery import CallbackRoute, Deliverer, Poster, Route, SocketHub, SocketRoute
from .links import rewritten
from .reconcile import Reconciler
from .store import Store

log = logging.getLogger(__name__)

S = TypeVar("S")

WATCH_EVERY_S = 5.0
"""The next deadline is looked at no less often, so that a step of the wall clock is noticed."""


@dataclass(frozen=True)
class Outlet:
    """How notifications leave an element; one for all its books."""

    deliverer: Deliverer
    poster: Poster
    root: Callable[[], str]
    """Returns the element's own API root, such as ``http://10.60.1.1:8080``: links in
    notifications start with it."""
    hub: SocketHub | None = None
    """None: this element has no WebSockets."""
    allow: CallbackRule = require_callback


@dataclass(frozen=True)
class BookSettings:
    """What differs between the subscriptions of one API and another."""

    gone_for_s: float = 3600.0
    """How long an expired subscription is answered with 410 before it is 404."""
    both_ways_allowed: bool = True
    """Whether a callback and a WebSocket may be given together; the callback is then chosen."""
    own_addresses: Callable[[str], Sequence[str]] = lambda owner: ()
    """Where an owner is reached: there its callbacks may always lead."""
    type_names: Mapping[str, str] = field(default_factory=dict)
    """Names that the list's filter has for subscription types, such as ``cell_change``."""
    told_as: Callable[[Wire], Wire] = lambda notification: notification
    """How a test or an expiry is written where the API does not write it as MEC 009 does."""


class SubscriptionBook(Generic[S]):
    """The subscriptions of ``type_`` in ``store`` under ``kind``.

    ``path(owner)`` is the path of an owner's list; ``{path}/{id}`` is that of a subscription.
    """

    def __init__(
        self,
        store: Store,
        kind: str,
        type_: type[S],
        *,
        path: Callable[[str], str],
        outlet: Outlet,
        clock: Clock,
        nursery: Nursery,
        settings: BookSettings = BookSettings(),
        with_self_link: Callable[[S, str], S] = said.with_self_link,
    ) -> None:
        self._store = store
        self._kind = kind
        self._path = path
        self._outlet = outlet
        self._clock = clock
        self._settings = settings
        self._gone_for_ns = round(settings.gone_for_s * 1e9)
        self._with_self_link = with_self_link
        self._entries = Collection(store, kind, type_, what="subscription")
        self._holders = Collection(
            store,
            f"{kind}.holders",
            said.Holder,
            what="subscription",
            indexes={"owner": lambda holder: (holder.owner, holder.gone_until is None)},
        )
        self._next_due: int | None = None
        self._unseen = True
        """Whether there may be a deadline before ``_next_due``."""
        self._watch = Reconciler(
            clock, nursery, every_s=WATCH_EVERY_S, work=self._end_due, name=f"expiry of {kind}"
        )

    def start(self) -> None:
        """Begin to watch deadlines, those that passed meanwhile first, and reopen WebSockets."""
        for entry in self._entries.list():
            path = self._socket_path(entry.value)
            if path is not None and self._outlet.hub is not None:
                self._outlet.hub.open(path)
        self._watch.start()

    async def create(self, owner: str, body: S) -> Entry[S]:
        """Keep a new subscription of ``owner`` with its own link; the test goes out if asked for.

        Raises BadRequest, Unprocessable where it does not say how to notify, or ends in the past.
        """
        id_ = self._store.new_id()
        value = self._accepted(body, self._href(owner, id_), socket_first=False, known=None)
        self._require_allowed(owner, value)
        try:
            entry, _ = await self._store.commit(
                self._entries.creation(id_, value),
                self._holders.creation(id_, said.Holder(owner=owner)),
            )
        except Problem:
            self._close(self._socket_path(value))
            raise
        assert entry is not None
        self._begun(entry)
        return entry

    def get(self, owner: str, id: str) -> Entry[S]:
        """Return the subscription; raise NotFound, or Gone for a while after it has ended."""
        holder = self._holders.find(id)
        if holder is None or holder.value.owner != owner:
            raise NotFound(f"There is no subscription {id}. List them to see which there are.")
        if holder.value.gone_until is not None:
            raise Gone(f"The subscription {id} has expired. Subscribe again if it is needed.")
        return self._entries.get(id)

    def list(
        self, owner: str, *, subscription_type: str | None = None, held: HeldTypes | None = None
    ) -> SubscriptionLinkList:
        """Return the owner's subscriptions as links; those of one type where it is given.

        Those of types that its token does not grant are left out.
        """
        wanted = self._type_named(subscription_type)
        lines = tuple(
            Subscription(href=self._href(owner, entry.id), subscription_type=type_)
            for entry in self.entries(owner)
            for type_ in [said.subscription_type_of(entry.value)]
            if wanted in (None, type_) and (held is None or type_ in held.names)
        )
        self_link = LinkType(href=self._path(owner))
        return SubscriptionLinkList(links=SubscriptionLinks(self=self_link, subscription=lines))

    def entries(self, owner: str | None = None) -> Sequence[Entry[S]]:
        """Return the live subscriptions, of ``owner`` alone where it is given; oldest first."""
        if owner is None:
            return self._entries.list()
        holders = self._holders.list(owner=(owner, True))
        return [self._entries.get(holder.id) for holder in holders]

    async def replace(
        self, owner: str, id: str, body: S, *, if_match: str | None = None
    ) -> Entry[S]:
        """Keep ``body`` in place of the subscription; raise as ``get`` and ``create`` do.

        A body that asks for a WebSocket gets one, or keeps the one it has.
        """
        present = self.get(owner, id)
        known = self._socket_path(present.value)
        value = self._accepted(body, self._href(owner, id), socket_first=True, known=known)
        self._require_allowed(owner, value)
        opened = self._socket_path(value)
        try:
            entry = await self._entries.replace(id, value, if_match=if_match)
        except Problem:
            self._close(opened if opened != known else None)
            raise
        if self._route(value) != self._route(present.value):
            self._outlet.deliverer.redirect(id, self._route(value))
            self._close(known)
        self._begun(entry)
        return entry

    async def delete(self, owner: str, id: str, *, if_match: str | None = None) -> None:
        """Take the subscription away with all that still waits for it; raise as ``get`` does."""
        present = self.get(owner, id)
        await self._store.commit(
            self._entries.deletion(id, if_match=if_match), self._holders.deletion(id)
        )
        self._outlet.deliverer.forget(id)
        self._close(self._socket_path(present.value))

    async def end(self, id: str) -> None:
        """End a subscription that has had all that it asked for, with nothing said; or none."""
        entry, holder = self._entries.find(id), self._holders.find(id)
        if entry is not None and holder is not None:
            await self._end(entry, holder, self._clock.now())
            self._watch.kick()

    async def release(self, owner: str) -> None:
        """Take away all that ``owner`` has, for an owner that is itself gone."""
        for entry in self.entries(owner):
            await self.delete(owner, entry.id)

    async def drop(self, id: str) -> None:
        """Take a subscription away, whoever's it is, with nothing said; or none."""
        holder = self._holders.find(id)
        if holder is not None and holder.value.gone_until is None:
            await self.delete(holder.value.owner, id)

    def notify(self, make: Callable[[Entry[S]], Wire | None], *, owner: str | None = None) -> None:
        """Send each subscription (of ``owner``) what ``make`` returns for it, if anything.

        Returns at once; delivery goes on in the background.
        """
        for entry in self.entries(owner):
            notification = make(entry)
            if notification is not None:
                self.send(entry, notification)

    def send(
        self, entry: Entry[S], notification: Wire, *, ended: Callable[[], None] | None = None
    ) -> None:
        """Send one subscription a notification; return at once.

        ``ended`` is called when it was delivered or given up.
        """
        raw = rewritten(encode(notification), self._outlet.root())
        self._outlet.deliverer.deliver(entry.id, self._route(entry.value), raw, ended=ended)

    def _accepted(self, body: S, href: str, *, socket_first: bool, known: str | None) -> S:
        """Return the subscription as it will be kept: one way to notify, linked to itself."""
        said.require_one_way(body, both_allowed=self._settings.both_ways_allowed)
        deadline = said.deadline_of(body)
        if deadline is not None and deadline <= self._clock.now():
            name = said.deadline_name(body)
            raise Unprocessable(
                f"{name} is in the past. Give a later one, or leave it out.", field=f"$.{name}"
            )
        callback = said.callback_of(body)
        if said.asks_for_socket(body) and (callback is None or socket_first):
            value = said.with_socket(said.without_callback(body), self._open(known))
        else:
            value = said.with_socket(body, None)
        return self._with_self_link(value, href)

    def _require_allowed(self, owner: str, body: S) -> None:
        callback = said.callback_of(body)
        if callback is None:
            return
        try:
            self._outlet.allow(callback, self._settings.own_addresses(owner))
        except Unprocessable as problem:
            problem.field = problem.field or f"$.{said.callback_name(body)}"
            raise

    def _open(self, known: str | None) -> WebsockNotifConfig:
        if self._outlet.hub is None:
            raise BadRequest(
                "websockNotifConfig: this element has no WebSockets. Give a callback.",
                field="$.websockNotifConfig",
            )
        path = known or self._outlet.hub.open()
        # ws for http, wss for https.
        uri = f"{self._outlet.root()}{path}".replace("http", "ws", 1)
        return WebsockNotifConfig(websocket_uri=uri, request_websocket_uri=True)

    def _close(self, path: str | None) -> None:
        if path is not None and self._outlet.hub is not None:
            self._outlet.hub.close(path)

    def _begun(self, entry: Entry[S]) -> None:
        deadline = said.deadline_of(entry.value)
        if deadline is not None and (self._next_due is None or deadline < self._next_due):
            self._next_due = deadline
            self._unseen = True
            self._watch.kick()
        if said.asks_for_test(entry.value) and said.callback_of(entry.value) is not None:
            test = TestNotification(links=self._links(entry))
            self.send(entry, self._settings.told_as(test))

    def _route(self, value: S) -> Route:
        path = self._socket_path(value)
        if path is not None and self._outlet.hub is not None:
            return SocketRoute(self._outlet.hub, path)
        return CallbackRoute(self._outlet.poster, said.callback_of(value) or "")

    def _socket_path(self, value: S) -> str | None:
        config = said.socket_of(value)
        uri = None if config is None else config.websocket_uri
        if uri is None:
            return None
        return urlsplit(uri).path.removeprefix(urlsplit(self._outlet.root()).path)

    def _links(self, entry: Entry[S]) -> NotificationLinks:
        owner = self._holders.get(entry.id).value.owner
        return NotificationLinks(subscription=LinkType(href=self._href(owner, entry.id)))

    def _href(self, owner: str, id: str) -> str:
        return f"{self._path(owner)}/{id}"

    def _type_named(self, name: str | None) -> str | None:
        names = self._settings.type_names
        if name is None or not names or name in names.values():
            return name
        if name not in names:
            raise BadRequest(
                f"subscription_type: there is no type {name[:80]}; known are {', '.join(names)}.",
                field="subscription_type",
            )
        return names[name]

    async def _end_due(self) -> float | None:
        """End what is due and forget what was gone long enough; return the seconds to the next."""
        now = self._clock.now()
        if self._unseen or (self._next_due is not None and self._next_due <= now):
            try:
                await self._end_all_due(now)
            except BaseException:
                self._unseen = True
                raise
        return None if self._next_due is None else (self._next_due - now) / 1e9

    async def _end_all_due(self, now: Nanoseconds) -> None:
        # Nothing is known until the end: a subscription that comes meanwhile must kick.
        self._next_due, self._unseen = None, False
        moments: list[int] = []
        for holder in self._holders.list():
            entry = self._entries.find(holder.id)
            due = holder.value.gone_until if entry is None else said.deadline_of(entry.value)
            if due is None:
                continue
            if due > now:
                moments.append(due)
            elif entry is None:
                await self._holders.delete(holder.id)
            else:
                ended = await self._end(entry, holder, now)
                moments.append(now + self._gone_for_ns if ended else now)
        self._next_due = min(moments, default=None)

    async def _end(self, entry: Entry[S], holder: Entry[said.Holder], now: Nanoseconds) -> bool:
        """End one subscription; return False where it was replaced or deleted just now."""
        until = now + self._gone_for_ns
        gone = said.Holder(owner=holder.value.owner, gone_until=until)
        try:
            await self._store.commit(
                self._entries.deletion(entry.id, if_match=entry.etag),
                self._holders.replacement(entry.id, gone),
            )
        except (NotFound, PreconditionFailed):
            return False
        log.info("subscription %s of %s has expired", entry.id, holder.value.owner)
        path, deadline = self._socket_path(entry.value), said.deadline_of(entry.value)
        if deadline is None or not said.is_told_of_expiry(entry.value):
            self._close(path)
            return True
        notification = ExpiryNotification(
            time_stamp=TimeStamp.of(now),
            links=self._links(entry),
            expiry_deadline=TimeStamp.of(deadline),
        )
        told = self._settings.told_as(notification)
        self.send(entry, told, ended=lambda: self._close(path))
        return True
