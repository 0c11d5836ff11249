"""Where an application can be, told of all hosts at once. Pure.

Never decides where an instance goes: ``placement`` does, once one is instantiated.
"""

from collections.abc import Iterator, Sequence

from wayside.meo.placement.demands import Requirements
from wayside.meo.placement.field import Field
from wayside.meo.site import HostSite
from wayside.model.app_lcm import CivicAddressElement, LocationConstraints, Polygon
from wayside.model.place import Position
from wayside.refpoints.mm9 import UserAppPlace

PLACES_MAX = 100
"""Hosts that are told of one application."""
AROUND_DEG = 0.005
"""Half the side of the area that stands for a host without an address: about half a kilometre."""


def places_of(
    wanted: Requirements, field: Field, cells: Sequence[str]
) -> tuple[tuple[UserAppPlace, ...], dict[str, int]]:
    """Return the hosts that would do, the nearest first, and how many fail each demand."""
    standing = field.standing(wanted)
    limit = wanted.latency_ns_max
    found, far = [], 0
    for row in standing.but_for_room.nonzero()[0].tolist():
        site = field.offers[row].site
        latency = latency_from(site, cells)
        if cells and limit is not None and (latency is None or latency > limit):
            far += 1
            continue
        found.append((site, latency, bool(standing.fits[row])))
    found.sort(key=lambda each: (each[1] is None, each[1] or 0, not each[2], each[0].host_id))
    refusals = dict(standing.refusals)
    if far:
        refusals["latency from the user's cell"] = far
    return tuple(_place(*each) for each in found[:PLACES_MAX]), refusals


def latency_from(site: HostSite, cells: Sequence[str]) -> int | None:
    """Return the latency in ns from the nearest of ``cells``, or of all; None: not known."""
    known = [ns for cell, ns in site.latency_ns.items() if not cells or cell in cells]
    return min(known, default=None)


def _place(site: HostSite, latency_ns: int | None, has_room: bool) -> UserAppPlace:
    return UserAppPlace(
        host_id=site.host_id,
        has_room=has_room,
        latency_ns=latency_ns,
        location=location_of(site),
    )


def location_of(site: HostSite) -> LocationConstraints | None:
    """Return where a host stands in the words of MEC 016 clause 6.5.2; None: not known."""
    if site.country is not None:
        return LocationConstraints(
            country_code=site.country, civic_address_element=tuple(_civic(site))
        )
    return None if site.position is None else _around(site.position)


def _civic(site: HostSite) -> Iterator[CivicAddressElement]:
    for ca_type, value in sorted(site.civic_address.items()):
        yield CivicAddressElement(ca_type=ca_type, ca_value=value)


def _around(at: Position) -> LocationConstraints:
    west, east = at.longitude - AROUND_DEG, at.longitude + AROUND_DEG
    south, north = at.latitude - AROUND_DEG, at.latitude + AROUND_DEG
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return LocationConstraints(area=Polygon(type="Polygon", coordinates=(ring,)))
