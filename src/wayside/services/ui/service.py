"""UE identity as a platform finds it. The only module of this folder that knows all the others."""

import msgspec

from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.core.errors import Unprocessable

from .api import UeIdentity, UeTags
from .book import TagBook
from .logic import check_devices
from .model import Devices

MANIFEST = Manifest(
    name="ui",
    category="UE identity",
    apis=(UeIdentity,),
    management=(UeTags,),
    feature="UEIdentity",
)


class Settings(ServiceSettings):
    """``[services.ui]`` of a host."""

    tags: dict[str, Devices] = msgspec.field(default_factory=dict)
    """Tags that are always known: the addresses and prefixes of their devices. Others come and go
    with ``wayside tags``."""

    def __post_init__(self) -> None:
        """Refuse what is no tag and what is no address."""
        for tag, devices in self.tags.items():
            try:
                check_devices(tag, devices)
            except Unprocessable as fault:
                raise ValueError(f"tags.{tag}: {fault.detail}") from fault


def build(host: Host[Settings]) -> Service:
    """Return UE identity; what was registered holds from the platform's start on."""
    book = TagBook(host.store, host.tags, host.instances, fixed=host.settings.tags)
    return Service(
        apis=(UeIdentity(book, host.instances),),
        management=(UeTags(book),),
        let_go=book.let_go,
    )
