"""What a host has by kind and not by amount, and which demands that leaves open. Pure.

Many hosts share one profile: a demand is judged once for all of them.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wayside.model.appd import McioConstraint
from wayside.refpoints.mm4 import Form

from .demands import HostOffer, Requirements
from .transports import REST_JSON, Carriage, satisfied, spoken


class Profile(NamedTuple):
    """A host's kind."""

    features: frozenset[str]
    services: frozenset[tuple[str, tuple[Carriage, ...]]]
    networks: frozenset[str]
    capabilities: frozenset[McioConstraint]
    forms: tuple[Form, ...] = ()
    """Which it can run; empty: it has not said."""


PLATFORM = (REST_JSON,)
"""What every platform here carries: Mp1."""


def profile_of(offer: HostOffer) -> Profile:
    """Return the host's kind, with the services that instances there produce."""
    site = offer.site
    own = {(name, PLATFORM) for name in site.services}
    return Profile(
        site.features,
        frozenset(own | set(offer.services.items())),
        site.networks,
        site.capabilities,
        () if offer.capacity is None else offer.capacity.forms,
    )


def wishes_met(wanted: Requirements, profile: Profile) -> int:
    """Return how many of the optional features and services are there."""
    names = {name for name, _ in profile.services}
    return len(wanted.features_optional & profile.features) + len(wanted.services_optional & names)


def shortcomings(wanted: Requirements, profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield each demand that hosts of this kind do not meet, and a sentence of why."""
    if profile.forms and wanted.form not in profile.forms:
        yield "form", f"It can run a {_listed(profile.forms)}, and this is a {wanted.form}."
    if features := _listed(wanted.features - profile.features):
        yield "features", f"It has no feature {features}."
    yield from _services(wanted, profile)
    if not satisfied(wanted.transports, PLATFORM):
        yield (
            "transports",
            f"Its platform carries {REST_JSON} alone; {spoken(wanted.transports)} is asked for.",
        )
    if wanted.networks and not wanted.networks & profile.networks:
        yield (
            "networks",
            f"It serves {_listed(profile.networks) or 'no access network'}; the application's "
            f"traffic is to come by {_listed(wanted.networks)}.",
        )
    if missing := _listed(wanted.capabilities - profile.capabilities):
        yield "capabilities", f"Its nodes have no {missing}."


def _services(wanted: Requirements, profile: Profile) -> Iterator[tuple[str, str]]:
    offered: dict[str, list[Carriage]] = {}
    for name, carriages in profile.services:
        offered.setdefault(name, []).extend(carriages)
    if missing := _listed(wanted.services.keys() - offered.keys()):
        yield "services", f"No service {missing} is offered there."
    for name, groups in sorted(wanted.services.items()):
        if name in offered and not satisfied(groups, offered[name]):
            yield (
                "services",
                f"The service {name} is offered there over "
                f"{', '.join(sorted(map(str, offered[name])))}; {spoken(groups)} is asked for.",
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
