"""Application mobility as a platform finds it: the only module here that knows all the others."""

from typing import Annotated

import msgspec

from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.chassis.saga import SagaRunner
from wayside.chassis.subscriptions import BookSettings, SubscriptionBook
from wayside.core.ids import AppInstanceId

from .api import SUBSCRIPTIONS, ApplicationMobility
from .areas import Whereabouts
from .book import MobilityBook
from .model import TYPE_NAMES, AmsSubscription
from .moves import Patience
from .moving import Mover
from .news import News
from .staying import Stays
from .steps import MoveSteps
from .telling import Teller

MANIFEST = Manifest(
    name="amsi",
    category="Application mobility",
    apis=(ApplicationMobility,),
    feature="SmartRelocation",
)


Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Settings(ServiceSettings):
    """``[services.amsi]`` of a host."""

    handover_within_s: Seconds = 30.0
    """How long a device may take to come, from when its handover is prepared."""
    confirm_within_s: Seconds = 30.0
    """How long an application may take to say that a device's context is transferred (level 2)."""
    end_idle_source: bool = True
    """Whether an instance ends whose last registered device has moved to another one."""


def build(host: Host[Settings]) -> Service:
    """Return application mobility on what its store remembers."""
    news = News(host.clock, host.nursery)
    book = MobilityBook(host.store, news, host.clock, host.nursery)
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

    whereabouts = Whereabouts(host.network, host.relocations.areas, lambda: book.devices, news)
    stays = Stays(host.store, host.relocations, host.clock, host.nursery)
    book.dropped = stays.dropped
    steps = MoveSteps(
        book,
        host.relocations,
        teller=teller,
        whereabouts=whereabouts,
        stays=stays,
        news=news,
        clock=host.clock,
        patience=Patience(host.settings.handover_within_s, host.settings.confirm_within_s),
        end_idle=host.settings.end_idle_source,
    )
    steps.sagas = SagaRunner(host.store, host.nursery, steps.all(), clock=host.clock)
    mover = Mover(
        host.store,
        book,
        steps.sagas,
        here=host.relocations.here,
        teller=teller,
        stays=stays,
        nursery=host.nursery,
    )
    whereabouts.seen = mover.seen

    def start() -> None:
        subscriptions.start()
        book.start()
        host.nursery.start(steps.sagas.resume(), name="moves under way")
        host.nursery.start(whereabouts.follow(), name="whereabouts of devices")

    async def let_go(app_instance_id: AppInstanceId) -> None:
        await book.let_go(app_instance_id)
        await subscriptions.release(app_instance_id)

    return Service(
        apis=(ApplicationMobility(book, host.instances, host.neighbours, subscriptions),),
        start=start,
        let_go=let_go,
    )
