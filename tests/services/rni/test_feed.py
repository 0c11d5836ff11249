"""What is told while subscriptions come and go."""

import asyncio
from typing import Any, cast

import msgspec
from tests.services.rni.events import radio_street
from tests.services.rni.wishes import wish

from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.replies import Entry
from wayside.services.rni.feed import AT_ONCE, Feed
from wayside.services.rni.logic import accepted
from wayside.services.rni.names import NamesKeeper
from wayside.services.rni.reports import Reporter
from wayside.services.rni.triggers import Thresholds
from wayside.services.rni.wishes import RniSubscription

MANY = 3 * AT_ONCE


class Book:
    """Subscriptions of which the last ones are gone, or replaced, when the first are told."""

    def __init__(self) -> None:
        value = accepted(msgspec.convert(wish("CellChangeSubscription"), RniSubscription))
        self.value = value
        self.listed = [Entry(str(number), value, b"", "") for number in range(MANY)]
        self.told: list[str] = []

    def entries(self) -> list[Entry[Any]]:
        return self.listed

    def send(self, entry: Entry[Any], notification: Any) -> None:
        self.told.append(entry.id)
        if len(self.told) == 1:
            replaced = Entry(self.listed[-2].id, self.value, b"", "other")
            self.listed = [*self.listed[:-2], replaced]


async def test_who_is_gone_or_replaced_meanwhile_is_not_told_what_was_meant_before() -> None:
    street, book = radio_street(), Book()
    first = book.listed
    feed = Feed(
        cast(SubscriptionBook[RniSubscription], book),
        street.feed,
        Reporter(Thresholds(), interval_s=1.0),
        names=NamesKeeper(nr_in_ecgi=False),
        path="/subscriptions",
    )
    running = asyncio.ensure_future(feed.run())
    await asyncio.sleep(0)
    street.attach("car-1", "wide")
    street.hand_over("car-1", "wide", "far")
    street.feed.end()
    await running
    assert book.told == [each.id for each in first[:-2]]
