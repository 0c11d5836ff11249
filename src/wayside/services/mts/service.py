"""Traffic steering as a platform finds it: the only module here that knows all the others."""

from typing import Annotated

import msgspec

from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings

from .api import TrafficSteering
from .book import SessionBook

MANIFEST = Manifest(
    name="mts",
    category="Multi-access traffic steering",
    apis=(TrafficSteering,),
)


class Settings(ServiceSettings):
    """``[services.mts]`` of a host."""

    look_every_s: Annotated[float, msgspec.Meta(gt=0)] = 0.5
    """How often it is looked whether sessions are better off elsewhere."""


def build(host: Host[Settings]) -> Service:
    """Return traffic steering; what was asked for is enforced again from ``start`` on."""
    book = SessionBook(
        host.store,
        host.accesses,
        host.instances,
        host.network,
        clock=host.clock,
        nursery=host.nursery,
        look_every_s=host.settings.look_every_s,
    )
    return Service(
        apis=(TrafficSteering(book, host.instances),), start=book.start, let_go=book.let_go
    )
