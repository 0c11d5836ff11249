"""Subscriptions: kept over restarts, ended at their deadline, notified over HTTP or WebSocket."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.memory import MemoryJournal
from wayside.chassis.delivery import Deliverer
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import BookSettings, Outlet, SubscriptionBook
from wayside.core.errors import (
    BadRequest,
    Forbidden,
    Gone,
    NotFound,
    PreconditionFailed,
    Unavailable,
    Unprocessable,
)
from wayside.core.journal import Change
from wayside.core.replies import Entry
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire
from wayside.model.common import LinkType, SelfLink, TimeStamp
from wayside.model.subscriptions import NotificationLinks, WebsockNotifConfig

SECOND = 1_000_000_000


class CellSubscription(Wire, tag_field="subscriptionType", tag="CellSubscription"):
    links: SelfLink | None = msgspec.field(default=None, name="_links")
    callback_reference: str | None = None
    request_test_notification: bool | None = None
    websock_notif_config: WebsockNotifConfig | None = None
    expiry_deadline: TimeStamp | None = None
    cell: str = "cell1"


class LoadSubscription(Wire, tag_field="subscriptionType", tag="LoadSubscription"):
    links: SelfLink | None = msgspec.field(default=None, name="_links")
    callback_uri: str


class CellNotification(Wire, tag_field="notificationType", tag="CellNotification"):
    cell: str
    links: NotificationLinks = msgspec.field(name="_links")


AnySubscription = CellSubscription | LoadSubscription
PATH = "/x/v1/applications/app1/subscriptions"


class Wires:
    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []
        self.status = 204

    async def post(self, url: str, body: bytes, *, timeout_s: float) -> int:
        self.got.append((url, json.loads(body)))
        return self.status


class Hub:
    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.got: list[tuple[str, Any]] = []
        self.count = 0

    def open(self, path: str | None = None) -> str:
        self.count += 1
        path = path or f"/ws/secret-{self.count}"
        self.opened.add(path)
        return path

    async def send(self, path: str, text: str) -> bool:
        self.got.append((path, json.loads(text)))
        return path in self.opened

    def close(self, path: str) -> None:
        self.opened.discard(path)


class GatedJournal(MemoryJournal):
    """A journal whose commits wait at a gate, or are refused."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.full = False

    async def commit(self, changes: Sequence[Change]) -> None:
        await self.gate.wait()
        if self.full:
            raise Unavailable("The disk is full.")
        await super().commit(changes)


class Life:
    """One life of an element's process, on a journal that may outlive it."""

    def __init__(
        self,
        journal: MemoryJournal | None = None,
        *,
        clock: VirtualClock | None = None,
        settings: BookSettings | None = None,
        with_hub: bool = True,
        allow: Any = None,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.wires, self.hub, self.nursery = Wires(), Hub(), Nursery()
        self.store = Store(journal or MemoryJournal(), new_id=CountedIds("s"))
        self.deliverer = Deliverer(self.clock, self.nursery)
        extra = {} if allow is None else {"allow": allow}
        outlet = Outlet(
            self.deliverer,
            self.wires,
            lambda: "http://10.60.1.1:8080",
            hub=self.hub if with_hub else None,
            **extra,
        )
        self.book: SubscriptionBook[AnySubscription] = SubscriptionBook(
            self.store,
            "subscriptions",
            AnySubscription,  # type: ignore[arg-type]  # a union is a type to msgspec
            path=lambda owner: f"/x/v1/applications/{owner}/subscriptions",
            outlet=outlet,
            clock=self.clock,
            nursery=self.nursery,
            settings=settings or BookSettings(),
        )
        self.book.start()

    def deadline(self, in_s: int) -> TimeStamp:
        return TimeStamp(seconds=self.clock.now() // SECOND + in_s, nano_seconds=0)

    async def end(self) -> None:
        await self.nursery.close()
        await self.store.close()


def at(callback: str = "http://10.60.1.2/in", **more: Any) -> CellSubscription:
    return CellSubscription(callback_reference=callback, **more)


def websocket(**more: Any) -> CellSubscription:
    config = WebsockNotifConfig(request_websocket_uri=True)
    return CellSubscription(websock_notif_config=config, **more)


def changed(entry: Entry[AnySubscription]) -> CellNotification | None:
    if not isinstance(entry.value, CellSubscription):
        return None
    assert entry.value.links is not None
    href = LinkType(href=entry.value.links.self.href)
    return CellNotification(cell=entry.value.cell, links=NotificationLinks(subscription=href))


async def test_a_subscription_links_to_itself_and_is_read_back() -> None:
    life = Life()
    made = await life.book.create("app1", at())
    assert made.value.links == SelfLink(self=LinkType(href=f"{PATH}/{made.id}"))
    assert life.book.get("app1", made.id) is made
    with pytest.raises(NotFound, match="no subscription"):
        life.book.get("app2", made.id)
    await life.end()


async def test_an_owner_lists_its_own_by_type() -> None:
    life = Life(settings=BookSettings(type_names={"cell_change": "CellSubscription"}))
    first = await life.book.create("app1", at())
    second = await life.book.create("app1", LoadSubscription(callback_uri="http://h/x"))
    await life.book.create("app2", at())
    listed = life.book.list("app1").links
    assert listed.self.href == PATH
    assert [(line.href, line.subscription_type) for line in listed.subscription] == [
        (f"{PATH}/{first.id}", "CellSubscription"),
        (f"{PATH}/{second.id}", "LoadSubscription"),
    ]
    for name in ("cell_change", "CellSubscription"):
        (line,) = life.book.list("app1", subscription_type=name).links.subscription
        assert line.href == f"{PATH}/{first.id}"
    with pytest.raises(BadRequest, match="no type cell; known are cell_change"):
        life.book.list("app1", subscription_type="cell")
    assert life.book.list("nobody").links.subscription == ()
    await life.end()


async def test_a_notification_goes_to_those_that_it_is_made_for() -> None:
    life = Life()
    made = await life.book.create("app1", at("http://10.60.1.2/a%20b", cell="cell2"))
    await life.book.create("app1", LoadSubscription(callback_uri="http://10.60.1.3/in"))
    await life.book.create("app2", at("http://10.60.1.4/in"))
    life.book.notify(changed, owner="app1")
    await life.clock.settle()
    assert life.wires.got == [
        (
            "http://10.60.1.2/a%20b",
            {
                "notificationType": "CellNotification",
                "cell": "cell2",
                "_links": {
                    "subscription": {"href": f"http://10.60.1.1:8080{PATH}/{made.id}"},
                },
            },
        )
    ]
    life.book.notify(changed)
    await life.clock.settle()
    assert [url for url, _ in life.wires.got[1:]] == [
        "http://10.60.1.2/a%20b",
        "http://10.60.1.4/in",
    ]
    await life.end()


async def test_a_replaced_subscription_is_notified_at_its_new_callback() -> None:
    life = Life()
    made = await life.book.create("app1", at())
    with pytest.raises(PreconditionFailed):
        await life.book.replace("app1", made.id, at("http://h/new"), if_match='"other"')
    new = await life.book.replace("app1", made.id, at("http://h/new"), if_match=made.etag)
    assert new.value.links == made.value.links and new.etag != made.etag
    life.book.notify(changed)
    await life.clock.settle()
    assert [url for url, _ in life.wires.got] == ["http://h/new"]
    await life.end()


async def test_a_deleted_subscription_gets_nothing_that_still_waited() -> None:
    life = Life()
    life.wires.status = 500
    made = await life.book.create("app1", at())
    life.book.notify(changed)
    await life.clock.settle()
    with pytest.raises(PreconditionFailed):
        await life.book.delete("app1", made.id, if_match='"other"')
    await life.book.delete("app1", made.id)
    await life.clock.advance(60)
    assert len(life.wires.got) == 1
    with pytest.raises(NotFound):
        await life.book.delete("app1", made.id)
    await life.end()


async def test_an_owner_that_is_gone_leaves_no_subscription() -> None:
    life = Life()
    for _ in range(3):
        await life.book.create("app1", at())
    other = await life.book.create("app2", at())
    await life.book.release("app1")
    assert [entry.id for entry in life.book.entries()] == [other.id]
    await life.end()


async def test_the_test_notification_comes_where_it_is_asked_for_and_is_tried_again() -> None:
    life = Life()
    life.wires.status = 502
    made = await life.book.create("app1", at(request_test_notification=True))
    await life.book.create("app1", at())
    await life.clock.settle()
    assert life.wires.got == [
        (
            "http://10.60.1.2/in",
            {
                "notificationType": "TestNotification",
                "_links": {"subscription": {"href": f"http://10.60.1.1:8080{PATH}/{made.id}"}},
            },
        )
    ]
    life.wires.status = 204
    await life.clock.advance(1)
    assert len(life.wires.got) == 2 and life.deliverer.counts.delivered == 1
    await life.end()


async def test_an_expired_subscription_says_so_and_is_gone_then_unknown() -> None:
    life = Life(settings=BookSettings(gone_for_s=600))
    made = await life.book.create("app1", at(expiry_deadline=life.deadline(30)))
    later = await life.book.create("app1", at(expiry_deadline=life.deadline(90)))
    await life.clock.advance(29)
    assert life.wires.got == []
    await life.clock.advance(2)
    ((url, notification),) = life.wires.got
    assert url == "http://10.60.1.2/in"
    assert notification["notificationType"] == "ExpiryNotification"
    assert notification["_links"]["subscription"]["href"].endswith(f"{PATH}/{made.id}")
    assert notification["expiryDeadline"]["nanoSeconds"] == 0
    assert [entry.id for entry in life.book.entries("app1")] == [later.id]
    for fails in (
        lambda: life.book.get("app1", made.id),
        lambda: life.book.list("app1") and life.book.get("app1", made.id),
    ):
        with pytest.raises(Gone, match="has expired"):
            fails()
    with pytest.raises(Gone):
        await life.book.replace("app1", made.id, at())
    with pytest.raises(Gone):
        await life.book.delete("app1", made.id)
    await life.clock.advance(601)
    with pytest.raises(NotFound):
        life.book.get("app1", made.id)
    with pytest.raises(Gone):
        life.book.get("app1", later.id)
    await life.end()


async def test_a_nearer_deadline_is_not_overlooked_and_a_later_one_prolongs() -> None:
    life = Life()
    far = await life.book.create("app1", at(expiry_deadline=life.deadline(500)))
    near = await life.book.create("app1", at(expiry_deadline=life.deadline(10)))
    await life.book.replace("app1", far.id, at(expiry_deadline=life.deadline(5)))
    await life.book.replace("app1", near.id, at(expiry_deadline=life.deadline(50)))
    await life.clock.advance(6)
    assert [entry.id for entry in life.book.entries()] == [near.id]
    await life.clock.advance(30)
    assert [entry.id for entry in life.book.entries()] == [near.id]
    await life.clock.advance(20)
    assert list(life.book.entries()) == []
    await life.end()


async def test_a_subscription_prolonged_at_the_last_moment_does_not_end() -> None:
    journal = GatedJournal()
    life = Life(journal)
    made = await life.book.create("app1", at(expiry_deadline=life.deadline(10)))
    await life.clock.advance(9)
    journal.gate.clear()
    body = at(expiry_deadline=life.deadline(60))
    replacing = asyncio.ensure_future(life.book.replace("app1", made.id, body))
    await life.clock.advance(5)
    journal.gate.set()
    await replacing
    await life.clock.advance(30)
    assert [entry.id for entry in life.book.entries()] == [made.id]
    assert life.wires.got == []
    await life.clock.advance(30)
    assert list(life.book.entries()) == []
    await life.end()


async def test_a_subscription_that_comes_while_others_end_is_not_overlooked() -> None:
    journal = GatedJournal()
    life = Life(journal)
    for _ in range(3):
        await life.book.create("app1", at(expiry_deadline=life.deadline(10)))
    journal.gate.clear()
    await life.clock.advance(11)
    creating = asyncio.ensure_future(life.book.create("app1", at(expiry_deadline=life.deadline(5))))
    await life.clock.settle()
    journal.gate.set()
    made = await creating
    await life.clock.settle()
    assert [entry.id for entry in life.book.entries()] == [made.id]
    await life.clock.advance(10)
    assert list(life.book.entries()) == [] and len(life.wires.got) == 4
    await life.end()


async def test_a_disk_that_is_full_at_the_deadline_only_delays_the_end() -> None:
    journal = GatedJournal()
    life = Life(journal)
    await life.book.create("app1", at(expiry_deadline=life.deadline(10)))
    journal.full = True
    await life.clock.advance(20)
    assert len(life.book.entries()) == 1 and life.wires.got == []
    journal.full = False
    await life.clock.advance(60)
    assert list(life.book.entries()) == [] and len(life.wires.got) == 1
    await life.end()


async def test_a_subscription_that_cannot_be_kept_leaves_no_websocket_open() -> None:
    journal = GatedJournal()
    life = Life(journal)
    journal.full = True
    with pytest.raises(Unavailable):
        await life.book.create("app1", websocket())
    assert life.hub.opened == set()
    journal.full = False
    made = await life.book.create("app1", at())
    journal.full = True
    with pytest.raises(Unavailable):
        await life.book.replace("app1", made.id, websocket())
    assert life.hub.opened == set()
    journal.full = False
    await life.end()


async def test_a_deadline_in_the_past_is_refused() -> None:
    life = Life()
    with pytest.raises(Unprocessable, match="expiryDeadline is in the past"):
        await life.book.create("app1", at(expiry_deadline=TimeStamp(seconds=1, nano_seconds=0)))
    await life.end()


async def test_subscriptions_survive_and_what_expired_meanwhile_ends_at_boot() -> None:
    journal, clock = MemoryJournal(), VirtualClock()
    first = Life(journal, clock=clock)
    kept = await first.book.create("app1", at())
    ended = await first.book.create("app1", at(expiry_deadline=first.deadline(60)))
    await first.end()
    await clock.advance(3600)
    second = Life(journal, clock=clock)
    await clock.settle()
    assert second.book.get("app1", kept.id).etag == kept.etag
    with pytest.raises(Gone):
        second.book.get("app1", ended.id)
    assert [body["notificationType"] for _, body in second.wires.got] == ["ExpiryNotification"]
    await second.end()
    third = Life(journal, clock=clock)
    with pytest.raises(Gone):
        third.book.get("app1", ended.id)
    await clock.advance(4000)
    with pytest.raises(NotFound):
        third.book.get("app1", ended.id)
    assert third.wires.got == []
    await third.end()


async def test_a_client_behind_a_nat_changes_to_a_websocket() -> None:
    life = Life()
    life.wires.status = 504
    made = await life.book.create("app1", at(request_test_notification=True))
    life.book.notify(changed)
    await life.clock.settle()
    entry = await life.book.replace("app1", made.id, websocket(callback_reference="http://h/x"))
    config = entry.value.websock_notif_config  # type: ignore[union-attr]
    assert config == WebsockNotifConfig(
        websocket_uri="ws://10.60.1.1:8080/ws/secret-1", request_websocket_uri=True
    )
    assert entry.value.callback_reference is None  # type: ignore[union-attr]
    await life.clock.advance(1)
    assert [(path, body["notificationType"]) for path, body in life.hub.got] == [
        ("/ws/secret-1", "TestNotification"),
        ("/ws/secret-1", "CellNotification"),
    ]
    again = await life.book.replace("app1", made.id, websocket(cell="cell2"))
    assert again.value.websock_notif_config == config  # type: ignore[union-attr]
    await life.book.delete("app1", made.id)
    assert life.hub.opened == set()
    await life.end()


async def test_a_websocket_is_open_again_after_a_restart() -> None:
    journal = MemoryJournal()
    first = Life(journal)
    await first.book.create("app1", websocket())
    await first.end()
    second = Life(journal)
    assert second.hub.opened == {"/ws/secret-1"}
    second.book.notify(changed)
    await second.clock.settle()
    assert [path for path, _ in second.hub.got] == ["/ws/secret-1"]
    assert second.wires.got == []
    await second.end()


async def test_where_both_ways_are_given_the_callback_is_chosen_or_both_refused() -> None:
    life = Life()
    made = await life.book.create("app1", websocket(callback_reference="http://h/x"))
    assert made.value.websock_notif_config is None  # type: ignore[union-attr]
    assert life.hub.opened == set()
    strict = Life(settings=BookSettings(both_ways_allowed=False))
    with pytest.raises(BadRequest, match="not both"):
        await strict.book.create("app1", websocket(callback_reference="http://h/x"))
    await life.end()
    await strict.end()


async def test_a_client_cannot_choose_the_websocket_of_another() -> None:
    life = Life()
    taken = WebsockNotifConfig(websocket_uri="ws://10.60.1.1:8080/ws/secret-9")
    made = await life.book.create("app1", at(websock_notif_config=taken))
    assert made.value.websock_notif_config is None  # type: ignore[union-attr]
    asking = WebsockNotifConfig(
        websocket_uri="ws://10.60.1.1:8080/ws/secret-9", request_websocket_uri=True
    )
    own = await life.book.create("app1", CellSubscription(websock_notif_config=asking))
    config = own.value.websock_notif_config  # type: ignore[union-attr]
    assert config is not None and config.websocket_uri == "ws://10.60.1.1:8080/ws/secret-1"
    await life.end()


async def test_neither_way_is_refused_and_so_is_a_websocket_where_there_is_none() -> None:
    life = Life(with_hub=False)
    with pytest.raises(BadRequest, match="Give callbackReference, or websockNotifConfig"):
        await life.book.create("app1", CellSubscription())
    with pytest.raises(BadRequest, match="no WebSockets"):
        await life.book.create("app1", websocket())
    await life.end()


async def test_a_callback_that_the_rule_forbids_is_refused_by_its_field() -> None:
    def own_addresses_only(url: str, own: Sequence[str]) -> None:
        if not any(url.startswith(f"http://{address}") for address in own):
            raise Forbidden("Callbacks go to the instance's own addresses only.")

    life = Life()
    with pytest.raises(Unprocessable) as caught:
        await life.book.create("app1", at("http://user@h/x"))
    assert caught.value.field == "$.callbackReference"
    with pytest.raises(Unprocessable) as caught:
        await life.book.create("app1", LoadSubscription(callback_uri="nowhere"))
    assert caught.value.field == "$.callbackUri"
    settings = BookSettings(own_addresses={"app1": ["10.60.1.2"]}.__getitem__)
    strict = Life(allow=own_addresses_only, settings=settings)
    with pytest.raises(Forbidden, match="own addresses"):
        await strict.book.create("app1", at("http://169.254.169.254/latest"))
    assert list(life.book.entries()) == [] and list(strict.book.entries()) == []
    own = await strict.book.create("app1", at("http://10.60.1.2/x"))
    with pytest.raises(Forbidden, match="own addresses"):
        await strict.book.replace("app1", own.id, at("http://169.254.169.254/latest"))
    assert strict.book.get("app1", own.id).value == own.value
    await life.end()
    await strict.end()


async def test_a_clock_set_forward_over_the_deadline_ends_the_subscription_within_seconds() -> None:
    life = Life()
    await life.book.create("app1", at(expiry_deadline=life.deadline(3600)))
    await life.clock.advance(1)
    life.clock.step(7200)
    await life.clock.advance(5)
    assert list(life.book.entries()) == [] and len(life.wires.got) == 1
    await life.end()


async def test_a_clock_set_back_lets_a_subscription_live_until_its_date() -> None:
    life = Life()
    await life.book.create("app1", at(expiry_deadline=life.deadline(60)))
    life.clock.step(-3600)
    await life.clock.advance(3600)
    assert len(life.book.entries()) == 1
    await life.clock.advance(120)
    assert list(life.book.entries()) == []
    await life.end()
