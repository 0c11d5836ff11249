"""The placement planner: which host an instance goes to, and why. Pure: figures in, decision out.

Never asks a host and never reserves: ``placing`` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wayside.core.errors import Conflict
from wayside.model.placement import WaysideCandidate, WaysidePlacement
from wayside.refpoints.mm4 import Amount, Capacity

from .area import GeoArea
from .site import HostSite

RESOURCES = (
    ("cpu_milli", "CPU", "thousandths of a core"),
    ("memory_bytes", "memory", "bytes"),
    ("storage_bytes", "storage", "bytes"),
)


@dataclass(frozen=True)
class Requirements:
    """What an instance demands of its host: from the AppD and from the instantiate request."""

    amount: Amount
    latency_ns_max: int | None = None
    """One way, between device and instance."""
    features: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    country_code: str | None = None
    area: GeoArea | None = None


@dataclass(frozen=True)
class HostOffer:
    """A host as it is now: its site, its capacity, and what is promised but not taken yet."""

    site: HostSite
    capacity: Capacity | None
    """None: the host gave no answer, for ``silence``."""
    promised: Amount = field(default_factory=Amount)
    services: frozenset[str] = frozenset()
    """Names of services that instances placed there produce, beside the site's own."""
    silence: str = ""


@dataclass(frozen=True)
class Decision:
    """The host chosen, and every host with its figures, the best first."""

    site: HostSite
    considered: tuple[WaysideCandidate, ...]
    explanation: str

    @property
    def placement(self) -> WaysidePlacement:
        """The decision as an instance's record shows it."""
        return WaysidePlacement(
            host_id=self.site.host_id, explanation=self.explanation, considered=self.considered
        )


def plan(wanted: Requirements, offers: Sequence[HostOffer]) -> Decision:
    """Return the host that meets every demand and leaves most to others.

    Order: more cells within the latency limit, more headroom, less latency, then the identifier;
    so the same figures always give the same host. Raises Conflict telling of each host why not.
    """
    judged = sorted(
        ((judge(wanted, offer), offer.site) for offer in offers), key=lambda pair: _rank(pair[0])
    )
    considered = tuple(candidate for candidate, _ in judged)
    if not judged:
        raise Conflict("No MEC host is known; add one to the orchestrator's settings.")
    best, site = judged[0]
    if best.refused:
        reasons = " ".join(f"{c.host_id}: {' '.join(c.refused)}" for c in considered)
        raise Conflict(f"No MEC host can take the instance. {reasons}")
    return Decision(site, considered, _explain(wanted, considered))


def judge(wanted: Requirements, offer: HostOffer) -> WaysideCandidate:
    """Return one host's figures and a sentence for each demand that it does not meet."""
    site = offer.site
    refused = [*_place(wanted, site), *_latency(wanted, site), *_offers(wanted, offer)]
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
        cells_within_limit=None if limit is None else _cells_within(limit, site),
        headroom=headroom,
        refused=tuple(refused),
    )


def _rank(candidate: WaysideCandidate) -> tuple[bool, int, float, int, str]:
    far = 1 << 62 if candidate.latency_ns is None else candidate.latency_ns
    return (
        bool(candidate.refused),
        -(candidate.cells_within_limit or 0),
        -round(candidate.headroom or 0.0, 6),
        far,
        candidate.host_id,
    )


def _cells_within(limit_ns: int, site: HostSite) -> int:
    return sum(latency <= limit_ns for latency in site.latency_ns.values())


def _place(wanted: Requirements, site: HostSite) -> list[str]:
    refused = []
    if wanted.country_code is not None and site.country != wanted.country_code:
        refused.append(f"It is in {site.country or 'no known country'}, not {wanted.country_code}.")
    if wanted.area is not None:
        if site.position is None:
            refused.append("Its position is not known, so it cannot be told to lie in the area.")
        elif not wanted.area.contains(site.position):
            where = f"{site.position.latitude}, {site.position.longitude}"
            refused.append(f"Its position ({where}) lies outside of the area.")
    return refused


def _latency(wanted: Requirements, site: HostSite) -> list[str]:
    limit = wanted.latency_ns_max
    if limit is None or _cells_within(limit, site):
        return []
    if not site.latency_ns:
        return [f"Its latency is not known; at most {_ms(limit)} one way is asked for."]
    cell, nearest = min(site.latency_ns.items(), key=lambda item: (item[1], item[0]))
    return [
        f"Its latency is {_ms(nearest)} one way at best (from {cell}); at most {_ms(limit)} is "
        "asked for."
    ]


def _ms(latency_ns: int) -> str:
    """Return a latency as people read it; the figures beside it stay in ns."""
    return f"{latency_ns / 1e6:.6f}".rstrip("0").rstrip(".") + " ms"


def _offers(wanted: Requirements, offer: HostOffer) -> list[str]:
    site, refused = offer.site, []
    if features := sorted(wanted.features - site.features):
        refused.append(f"It has no feature {', '.join(features)}.")
    if services := sorted(wanted.services - site.services - offer.services):
        refused.append(f"No service {', '.join(services)} is offered there.")
    return refused


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


def _explain(wanted: Requirements, considered: Sequence[WaysideCandidate]) -> str:
    best, others = considered[0], considered[1:]
    figures = [f"{round((best.headroom or 0) * 100)} % of its scarcest resource stays free"]
    if best.latency_ns is not None:
        figures.append(f"{_ms(best.latency_ns)} one way from its nearest cell")
    if wanted.latency_ns_max is not None:
        figures.append(f"cells within {_ms(wanted.latency_ns_max)}: {best.cells_within_limit}")
    told = [f"{best.host_id} meets every demand: {', '.join(figures)}."]
    for other in others:
        why = " ".join(other.refused) or _why_behind(best, other)
        told.append(f"Not {other.host_id}: {why}")
    return " ".join(told)


def _why_behind(best: WaysideCandidate, other: WaysideCandidate) -> str:
    """Return the first figure, in the order of the ranking, in which ``best`` is ahead."""
    if (best.cells_within_limit or 0) > (other.cells_within_limit or 0):
        return f"fewer of its cells ({other.cells_within_limit}) are within the limit."
    if (best.headroom or 0) > (other.headroom or 0):
        return f"less would stay free there ({round((other.headroom or 0) * 100)} %)."
    if best.latency_ns != other.latency_ns:
        far = "unknown" if other.latency_ns is None else f"{_ms(other.latency_ns)} one way"
        return f"its latency is worse ({far})."
    return "it is equally good and comes later by its identifier."
