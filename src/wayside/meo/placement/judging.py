"""One host judged: a sentence with figures for each demand that it does not meet. Pure.

Never compares hosts: ``field`` and ``plan`` do.
"""

from collections.abc import Iterator

from wayside.meo.site import HostSite
from wayside.model.placement import WaysideCandidate
from wayside.refpoints.mm4 import Amount, Capacity

from .demands import HostOffer, Requirements
from .profile import Profile, profile_of, shortcomings, wishes_met

RESOURCES = (
    ("cpu_milli", "CPU", "thousandths of a core"),
    ("memory_bytes", "memory", "bytes"),
    ("storage_bytes", "storage", "bytes"),
)
SILENCE, LATENCY, AREA = "silence", "latency", "area"
COUNTRY, CIVIC_ADDRESS = "country", "civic address"
"""Demands that are met or not host by host; the others are those of ``profile``."""


class Judge:
    """Judges hosts by one demand; what many have by kind is judged once."""

    def __init__(self, wanted: Requirements) -> None:
        self._wanted = wanted
        self._kinds: dict[Profile, tuple[tuple[str, ...], int]] = {}

    def of(self, offer: HostOffer, profile: Profile) -> WaysideCandidate:
        """Return the host's figures and a sentence for each demand that it does not meet."""
        site, wanted = offer.site, self._wanted
        lacking, wishes = self._by_kind(profile)
        refused = [*_place(wanted, site), *lacking, *_area(wanted, site), *_latency(wanted, site)]
        headroom: float | None = None
        if offer.capacity is None:
            refused.append(offer.silence or "It gives no answer.")
        else:
            short, headroom = _room(wanted.amount, offer.capacity, offer.promised)
            refused += short
        limit = wanted.latency_ns_max
        return WaysideCandidate(
            host_id=site.host_id,
            host_name=site.name,
            latency_ns=min(site.latency_ns.values(), default=None),
            cells_within_limit=None if limit is None else cells_within(limit, site),
            wishes_met=wishes if wished(wanted) else None,
            headroom=headroom,
            refused=tuple(refused),
        )

    def _by_kind(self, profile: Profile) -> tuple[tuple[str, ...], int]:
        known = self._kinds.get(profile)
        if known is None:
            lacking = tuple(sentence for _, sentence in shortcomings(self._wanted, profile))
            known = self._kinds[profile] = lacking, wishes_met(self._wanted, profile)
        return known


def judge(wanted: Requirements, offer: HostOffer) -> WaysideCandidate:
    """Return one host's figures and a sentence for each demand that it does not meet."""
    return Judge(wanted).of(offer, profile_of(offer))


def wished(wanted: Requirements) -> int:
    """Return how many features and services are optional."""
    return len(wanted.features_optional) + len(wanted.services_optional)


def cells_within(limit_ns: int, site: HostSite) -> int:
    """Return from how many of its cells the host is near enough."""
    return sum(latency <= limit_ns for latency in site.latency_ns.values())


def in_ms(latency_ns: int) -> str:
    """Return a latency as people read it; the figures beside it stay in ns."""
    return f"{latency_ns / 1e6:.6f}".rstrip("0").rstrip(".") + " ms"


def _place(wanted: Requirements, site: HostSite) -> Iterator[str]:
    if wanted.country_code is not None and site.country != wanted.country_code:
        yield f"It is in {site.country or 'no known country'}, not {wanted.country_code}."
    for each in wanted.civic_address:
        here = site.civic_address.get(each.ca_type)
        if here is None:
            yield (
                f"Its civic address is not known in caType {each.ca_type}; {each.ca_value!r} is "
                "asked for."
            )
        elif here.casefold() != each.ca_value.casefold():
            yield (
                f"Its civic address says {here!r} in caType {each.ca_type}, not {each.ca_value!r}."
            )


def _area(wanted: Requirements, site: HostSite) -> Iterator[str]:
    if wanted.area is None:
        return
    if site.position is None:
        yield "Its position is not known, so it cannot be told to lie in the area."
    elif not wanted.area.contains(site.position):
        where = f"{site.position.latitude}, {site.position.longitude}"
        yield f"Its position ({where}) lies outside of the area."


def _latency(wanted: Requirements, site: HostSite) -> Iterator[str]:
    limit = wanted.latency_ns_max
    if limit is None or cells_within(limit, site):
        return
    if not site.latency_ns:
        yield f"Its latency is not known; at most {in_ms(limit)} one way is asked for."
        return
    cell, nearest = min(site.latency_ns.items(), key=lambda item: (item[1], item[0]))
    yield (
        f"Its latency is {in_ms(nearest)} one way at best (from {cell}); at most {in_ms(limit)} is "
        "asked for."
    )


def _room(wanted: Amount, capacity: Capacity, promised: Amount) -> tuple[list[str], float]:
    """Return what is short, and the scarcest resource's share that would stay free."""
    short, headroom = [], 1.0
    for name, spoken, unit in RESOURCES:
        asked, total = getattr(wanted, name), getattr(capacity.total, name)
        free = total - getattr(capacity.allocated, name) - getattr(promised, name)
        if asked > free:
            short.append(f"{spoken}: {asked} {unit} asked for, {max(free, 0)} of {total} free.")
        if total:
            headroom = min(headroom, (free - asked) / total)
    return short, round(max(headroom, 0.0), 6)
