"""Who is away from an access network, by what is told of the network."""

from tests.services.street import UE1, Street

from wayside.model.accesses import AccessPath, AccessType
from wayside.refpoints.net.facts import Cause, Disassociated
from wayside.services.mts.presence import Presence


def path(id_: int, kind: AccessType, *devices: str) -> AccessPath:
    return AccessPath(id=id_, kind=kind, interface=f"if{id_}", gateway="10.46.0.1", devices=devices)


def leave(street: Street) -> None:
    """Have ue1 leave the access point."""
    row, cell = street.row("ue1"), street.cell("cafe")
    street.tell(Disassociated(device=row, cell=cell, cause=Cause.COVERAGE))


def test_who_is_not_served_is_away_and_comes_back() -> None:
    street = Street()
    presence = Presence(
        [
            path(1, AccessType.CELLULAR, UE1, "10.60.0.0/30"),
            path(3, AccessType.WLAN_AX, UE1, "10.60.0.0/16", "fd45::/64"),
            path(5, AccessType.FIXED, UE1),
        ]
    )
    cars = frozenset(f"10.60.0.{n}" for n in range(1, 6))
    first = presence.see(street.feed.picture)
    assert first == {1: {UE1, "10.60.0.1", "10.60.0.2", "10.60.0.3"}, 3: {UE1, *cars}, 5: set()}
    street.attach("ue1", "cafe")
    street.attach("car-2", "wide")
    street.attach("ue1", "left")
    assert presence.see(street.feed.picture) == {1: {"10.60.0.1", "10.60.0.3"}, 3: cars, 5: set()}
    leave(street)
    assert presence.see(street.feed.picture)[3] == {UE1, *cars}


def test_whom_nothing_is_told_of_is_not_away() -> None:
    presence = Presence([path(3, AccessType.WLAN, "10.45.9.9", "192.0.2.0/24")])
    assert presence.see(Street().feed.picture) == {3: set()}


def test_another_epoch_begins_anew() -> None:
    one, other = Street(), Street()
    presence = Presence([path(3, AccessType.WLAN, UE1)])
    assert presence.see(one.feed.picture)[3] == {UE1}
    other.feed.picture.epoch = 2
    other.attach("ue1", "cafe")
    assert presence.see(other.feed.picture)[3] == set()
