"""Bandwidth management as a platform finds it: the only module here that knows all the others."""

from typing import Annotated

import msgspec

from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.chassis.subscriptions import BookSettings, SubscriptionBook
from wayside.core.ids import AppInstanceId

from .api import SUBSCRIPTIONS, BandwidthManagement
from .book import AllocationBook
from .logic import BPS_MAX, Capacity
from .model import BwChgEventSubscription
from .volumes import VolumeFeed

MANIFEST = Manifest(
    name="bwm",
    category="Bandwidth management",
    apis=(BandwidthManagement,),
    feature="BandwidthManager",
)
Bps = Annotated[int, msgspec.Meta(ge=1, le=BPS_MAX)]


class Settings(ServiceSettings):
    """``[services.bwm]`` of a host."""

    downlink_bps: Bps = 1_000_000_000
    """How much of what the host's links carry may be allocated towards devices."""
    uplink_bps: Bps = 1_000_000_000
    """And from them."""
    report_every_s: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    """How often subscribers are told of what was exchanged, where nothing else happens."""


def build(host: Host[Settings]) -> Service:
    """Return bandwidth management; what was granted is enforced again from ``start`` on."""
    capacity = Capacity(host.settings.downlink_bps, host.settings.uplink_bps)
    book = AllocationBook(
        host.store, host.bandwidth, host.instances, clock=host.clock, capacity=capacity
    )
    subscriptions = SubscriptionBook(
        host.store,
        "subscription",
        BwChgEventSubscription,
        path=lambda owner: SUBSCRIPTIONS,
        outlet=host.outlet,
        clock=host.clock,
        nursery=host.nursery,
        settings=BookSettings(both_ways_allowed=False, own_addresses=host.instances.addresses_of),
    )
    feed = VolumeFeed(
        subscriptions,
        host.bandwidth,
        clock=host.clock,
        nursery=host.nursery,
        every_s=host.settings.report_every_s,
    )
    book.changed = feed.changed

    def start() -> None:
        subscriptions.start()
        feed.start()
        host.nursery.start(book.enforce(), name="bandwidth at the start")

    async def let_go(app_instance_id: AppInstanceId) -> None:
        await book.let_go(app_instance_id)
        await subscriptions.release(app_instance_id)

    return Service(
        apis=(BandwidthManagement(book, host.instances, subscriptions, feed=feed),),
        start=start,
        let_go=let_go,
    )
