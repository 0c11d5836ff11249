"""Radio network information as a platform finds it: the only module that knows all the others."""

from typing import Annotated

import msgspec

from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.chassis.subscriptions import BookSettings, SubscriptionBook
from wayside.core.ids import AppInstanceId

from .api import SUBSCRIPTIONS, RadioNetworkInformation
from .feed import Feed
from .logic import instance_of
from .names import NamesKeeper
from .reports import Reporter
from .triggers import Thresholds
from .wishes import TYPE_NAMES, RniSubscription

MANIFEST = Manifest(
    name="rni",
    category="RNI",
    apis=(RadioNetworkInformation,),
    feature="RNIS",
)


class Settings(ServiceSettings):
    """``[services.rni]`` of a host."""

    nr_cells_in_ecgi: bool = False
    """Whether cells of NR may stand where the standard has an ECGI, which is of LTE: then their
    handovers, bearers and layer 2 are told too, each ``cellId`` with nine digits instead of seven.
    """
    report_interval_s: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    """How often periodic reports and timing advances are told, at most."""
    triggers: Thresholds = Thresholds()
    """Under which conditions devices report what they measure."""


def build(host: Host[Settings]) -> Service:
    """Return radio network information; it reads the network's facts from ``start`` on."""
    settings = host.settings
    book: SubscriptionBook[RniSubscription] = SubscriptionBook(
        host.store,
        "subscription",
        RniSubscription,  # type: ignore[arg-type]
        path=lambda owner: SUBSCRIPTIONS,
        outlet=host.outlet,
        clock=host.clock,
        nursery=host.nursery,
        settings=BookSettings(own_addresses=host.instances.addresses_of, type_names=TYPE_NAMES),
    )
    feed = Feed(
        book,
        host.network,
        Reporter(settings.triggers, interval_s=settings.report_interval_s),
        names=NamesKeeper(nr_in_ecgi=settings.nr_cells_in_ecgi),
        path=SUBSCRIPTIONS,
    )
    api = RadioNetworkInformation(
        host.network,
        host.instances,
        NamesKeeper(nr_in_ecgi=settings.nr_cells_in_ecgi),
        book=book,
        new_id=host.store.new_id,
    )

    def start() -> None:
        book.start()
        host.nursery.start(feed.run(), name="radio network information")

    async def let_go(app_instance_id: AppInstanceId) -> None:
        await book.release(app_instance_id)
        for entry in book.entries():
            if instance_of(entry.value) == app_instance_id:
                await book.drop(entry.id)

    return Service(apis=(api,), start=start, let_go=let_go)
