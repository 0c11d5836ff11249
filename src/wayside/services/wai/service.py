"""WLAN access information as a platform finds it: the only module that knows all the others."""

from typing import Annotated

import msgspec

from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.chassis.subscriptions import BookSettings, SubscriptionBook
from wayside.core.ids import AppInstanceId

from .api import SUBSCRIPTIONS, WlanInformation
from .book import MeasurementBook
from .feed import WlanFeed
from .model import TYPE_NAMES, WaiSubscription

MANIFEST = Manifest(
    name="wai",
    category="WLAN information",
    apis=(WlanInformation,),
    feature="WLANInformation",
)


class Settings(ServiceSettings):
    """``[services.wai]`` of a host."""

    report_every_s: Annotated[float, msgspec.Meta(ge=0.1, le=3600)] = 5.0
    """How often stations measure again for those who subscribed to measurement reports."""


def build(host: Host[Settings]) -> Service:
    """Return WLAN access information; the network is heard from ``start`` on."""
    measurements = MeasurementBook(host.store)
    subscriptions: SubscriptionBook[WaiSubscription] = SubscriptionBook(
        host.store,
        "subscription",
        WaiSubscription,  # type: ignore[arg-type]
        path=lambda owner: SUBSCRIPTIONS,
        outlet=host.outlet,
        clock=host.clock,
        nursery=host.nursery,
        settings=BookSettings(own_addresses=host.instances.addresses_of, type_names=TYPE_NAMES),
    )
    feed = WlanFeed(
        subscriptions,
        host.network,
        clock=host.clock,
        nursery=host.nursery,
        report_every_s=host.settings.report_every_s,
    )

    def start() -> None:
        subscriptions.start()
        feed.start()

    async def let_go(app_instance_id: AppInstanceId) -> None:
        await measurements.release(app_instance_id)
        await subscriptions.release(app_instance_id)

    return Service(
        apis=(WlanInformation(host.network, measurements, subscriptions, feed=feed),),
        start=start,
        let_go=let_go,
    )
