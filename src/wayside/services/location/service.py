"""Location as a platform finds it. The only module of this folder that knows all the others."""

import secrets
from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo as TimeZone
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from wayside.chassis.collection import Collection
from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.chassis.store import Store
from wayside.chassis.subscriptions import BookSettings, SubscriptionBook
from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire

from .addresses import KEY_BYTES, Addressing, Pseudonyms, Scheme
from .desk import Keeper
from .engine import Engine
from .feed import Feed
from .present import Present
from .terms import Terms
from .v2 import desks as v2
from .v2.api import LocationV2
from .v2.keeping import Keeping
from .v2.telling import Meaning as MeaningV2
from .v2.telling import Sayings as SayingsV2
from .v3 import desks as v3
from .v3.api import Location
from .v3.meaning import Meaning
from .v3.telling import Sayings

MANIFEST = Manifest(
    name="location",
    category="Location",
    apis=(Location, LocationV2),
    feature="LocationService",
)


class Settings(ServiceSettings):
    """``[services.location]`` of a host."""

    accepts: tuple[Scheme, ...] = ("acr", "ipv4")
    """Which addresses applications may ask by: pseudonyms, IPv4 addresses, those of ``names``."""
    shows: Scheme = "acr"
    """What answers call devices. Anything but ``acr`` tells applications who they are."""
    names: dict[Annotated[str, Meta(pattern=r"^(sip|tel):[A-Za-z0-9@.:+_-]+$")], str] = (
        msgspec.field(default_factory=dict)
    )
    """``sip:`` and ``tel:`` URIs, and the devices of the access network that they mean."""
    accuracy_m: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    """How accurate the places that the network tells are; nothing is said of it where absent."""
    timezone: str | None = None
    """Where the access points are, such as ``Europe/Paris``."""
    users_max: Annotated[int, Meta(ge=100, le=1_000_000)] = 10_000
    """Users in one answer; a link leads to those that follow."""
    duration_s: Annotated[int, Meta(ge=1)] = 86_400
    """How long a subscription of V2.2.1 lasts that says 0."""

    def __post_init__(self) -> None:
        """Refuse what nobody could be asked by, and a zone of time that there is not."""
        if self.shows not in self.accepts:
            raise ValueError(f"shows: {self.shows} is not among accepts; add it there")
        if self.timezone is not None:
            try:
                TimeZone(self.timezone)
            except (ZoneInfoNotFoundError, ValueError) as fault:
                raise ValueError(f"timezone: there is no {self.timezone}") from fault


class Secret(Wire):
    """What pseudonyms are made with, hexadecimal; never leaves the store."""

    key: str


def build(host: Host[Settings]) -> Service:
    """Return location; who had subscribed is told from ``start`` on, of what happens then."""
    said = host.settings
    key, keep_key = _key(host.store, host.nursery)
    addressing = Addressing(
        Pseudonyms(key), accepts=said.accepts, shows=said.shows, names=said.names
    )
    terms = Terms(lambda: host.network.picture.network, addressing, said.accuracy_m)
    present = Present(
        host.network,
        addressing,
        said.accuracy_m,
        None if said.timezone is None else TimeZone(said.timezone),
        said.users_max,
    )
    books: list[SubscriptionBook[Any]] = []
    keep = _keeper(host, books)
    of_v3 = Meaning(terms), Sayings(addressing, said.accuracy_m)
    users, zones = v3.user_desk(keep, *of_v3), v3.zone_desk(keep, *of_v3)
    areas, distances = v3.area_desk(keep, *of_v3), v3.distance_desk(keep, *of_v3)
    of_v2 = MeaningV2(terms), SayingsV2(addressing, said.accuracy_m)
    zonal = (
        v2.user_tracking_desk(keep, *of_v2),
        v2.zonal_traffic_desk(keep, *of_v2),
        v2.zone_status_desk(keep, *of_v2),
    )
    terminal = (
        v2.circle_desk(keep, *of_v2),
        v2.periodic_desk(keep, *of_v2),
        v2.distance_desk(keep, *of_v2),
    )
    feed = Feed(
        (users, zones, areas, distances, *zonal, *terminal),
        host.network,
        Engine(host.network.picture.snapshot(), addressing),
        store=host.store,
        clock=host.clock,
        nursery=host.nursery,
    )

    def start() -> None:
        keep_key()
        for book in books:
            book.start()
        feed.start()

    async def let_go(app_instance_id: AppInstanceId) -> None:
        for book in books:
            await book.release(app_instance_id)

    keeping = Keeping(host.clock, said.duration_s)
    apis = (
        Location(present, users=users, zones=zones, areas=areas, distances=distances),
        LocationV2(present, keeping, zonal=zonal, terminal=terminal),
    )
    return Service(apis=apis, start=start, let_go=let_go)


def _keeper(host: Host[Settings], books: list[SubscriptionBook[Any]]) -> Keeper:
    """Return what makes a book on the host's store, and adds it to ``books``."""

    def keep(
        kind: str, type_: Any, path: str, *, told_as: Any = None, **more: Any
    ) -> SubscriptionBook[Any]:
        settings = BookSettings(own_addresses=host.instances.addresses_of)
        if told_as is not None:
            settings = replace(settings, told_as=told_as)
        book = SubscriptionBook(
            host.store,
            kind,
            type_,
            path=lambda owner: path,
            outlet=host.outlet,
            clock=host.clock,
            nursery=host.nursery,
            settings=settings,
            **more,
        )
        books.append(book)
        return book

    return keep


def _key(store: Store, nursery: Nursery) -> tuple[bytes, Any]:
    """Return the key of the pseudonyms, and what keeps it where it is new."""
    kept = Collection(store, "secret", Secret, what="secret of pseudonyms")
    found = kept.find("acr")
    if found is not None:
        return bytes.fromhex(found.value.key), lambda: None
    key = secrets.token_bytes(KEY_BYTES)

    def keep() -> None:
        nursery.start(kept.create("acr", Secret(key=key.hex())), name="secret of pseudonyms")

    return key, keep
