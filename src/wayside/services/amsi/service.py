"""Application mobility as a platform finds it: the only module here that knows all the others."""

from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.chassis.subscriptions import BookSettings, SubscriptionBook
from wayside.core.ids import AppInstanceId

from .api import SUBSCRIPTIONS, ApplicationMobility
from .book import MobilityBook
from .model import TYPE_NAMES, AmsSubscription
from .telling import Teller

MANIFEST = Manifest(
    name="amsi",
    category="Application mobility",
    apis=(ApplicationMobility,),
    feature="SmartRelocation",
)


class Settings(ServiceSettings):
    """``[services.amsi]`` of a host."""


def build(host: Host[Settings]) -> Service:
    """Return application mobility on what its store remembers."""
    book = MobilityBook(host.store, host.clock, host.nursery)
    subscriptions: SubscriptionBook[AmsSubscription] = SubscriptionBook(
        host.store,
        "subscription",
        AmsSubscription,  # type: ignore[arg-type]  # a union of two types is one to msgspec
        path=lambda owner: SUBSCRIPTIONS,
        outlet=host.outlet,
        clock=host.clock,
        nursery=host.nursery,
        settings=BookSettings(own_addresses=host.instances.addresses_of, type_names=TYPE_NAMES),
    )
    teller = Teller(subscriptions, book, host.neighbours, host.clock)
    host.neighbours.watch(teller.neighbours_changed)

    def start() -> None:
        subscriptions.start()
        book.start()

    async def let_go(app_instance_id: AppInstanceId) -> None:
        await book.let_go(app_instance_id)
        await subscriptions.release(app_instance_id)

    return Service(
        apis=(ApplicationMobility(book, host.instances, host.neighbours, subscriptions),),
        start=start,
        let_go=let_go,
    )
