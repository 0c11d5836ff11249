"""Which instances would have to end so that another finds room: the fewest, and none in vain. Pure.

Never ends any: the OSS selects among the options. Ref: MEC 010-2 clause 5.5.1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from wayside.core.errors import Conflict
from wayside.model.coordination import WaysideTermCandidate, WaysideTermOption
from wayside.model.placement import WaysidePlacement
from wayside.refpoints.mm4 import Amount

from .demands import HostOffer
from .judging import RESOURCES
from .plan import NoHost

EXACT_MAX = 10
"""Of so many candidates the fewest are found for certain; of more, some that are all needed."""
OPTIONS_MAX = 20
"""Options that are suggested at most, those that end fewest first."""
OWN_HOSTS_MAX = 20
"""Hosts whose instances are looked at where nobody has named candidates."""

Vector = tuple[int, ...]
"""CPU, memory, storage."""


@dataclass(frozen=True)
class Tenant:
    """An instance that might end, and what that would free."""

    app_instance_id: str
    host_id: str | None = None
    """None: no host has it."""
    amount: Amount = field(default_factory=Amount)
    spared: str = ""
    """Why it must not, or need not, be ended; a sentence."""


@dataclass(frozen=True)
class Claim:
    """The room that others will leave on a host, once they have ended for an instance."""

    host_id: str
    ending: tuple[str, ...]


@dataclass(frozen=True)
class Room:
    """What would make room, and what was made of each candidate."""

    options: tuple[WaysideTermOption, ...]
    considered: tuple[WaysideTermCandidate, ...]
    explanation: str

    def told_of_suggested(self) -> "Room":
        """Return the same without those who are left alone: of a whole host they are many."""
        return replace(self, considered=tuple(each for each in self.considered if each.suggested))


def room_for(
    wanted: Amount,
    short: Sequence[HostOffer],
    *,
    sets: Iterable[Sequence[str]],
    tenants: Mapping[str, Tenant],
) -> Room:
    """Return the options: of each set of candidates, those that make room on one host.

    ``short`` are the hosts that would do with more room. An option holds instances of one set and
    one host, enough of them, and without any of them there would not be enough.
    """
    lacks = {offer.site.host_id: lack(wanted, offer) for offer in short}
    named = [tuple(dict.fromkeys(each)) for each in sets]
    found: dict[tuple[str, frozenset[str]], WaysideTermOption] = {}
    for candidates in named:
        places = {tenants[id_].host_id for id_ in candidates}
        for host_id in (each for each in lacks if each in places):
            if chosen := _fewest(lacks[host_id], _on(host_id, candidates, tenants)):
                ids = tuple(tenant.app_instance_id for tenant in chosen)
                option = WaysideTermOption(host_id=host_id, app_inst_id_termination_cands=ids)
                found.setdefault((host_id, frozenset(ids)), option)
    options = tuple(
        sorted(found.values(), key=lambda option: len(option.app_inst_id_termination_cands))
    )[:OPTIONS_MAX]
    considered = []
    for tenant in (tenants[id_] for id_ in dict.fromkeys(id_ for each in named for id_ in each)):
        host_id = tenant.host_id or ""
        beside = [_on(host_id, each, tenants) for each in named if tenant.app_instance_id in each]
        considered.append(_judged(tenant, lacks.get(host_id), options, beside))
    return Room(options, tuple(considered), _explain(lacks, options))


def claimed(
    wanted: Amount, offer: HostOffer, claim: Claim, *, ending: Sequence[Tenant], shortage: NoHost
) -> WaysidePlacement:
    """Return the placement on the claim's host; raise Conflict where the claim does not hold now.

    ``ending`` are those of the claim as they are now, ``shortage`` why no host has room as it is.
    """
    host_id = offer.site.host_id
    there = [each for each in ending if each.host_id == host_id]
    if host_id not in shortage.short_of_room or not enough(lack(wanted, offer), there):
        raise Conflict(
            f"{host_id} would not have room any more, even without {', '.join(claim.ending)}: "
            f"nobody was ended for it. {shortage.detail}"
        )
    return WaysidePlacement(
        host_id=host_id,
        explanation=f"{host_id} has the room that {', '.join(claim.ending)} left for it.",
        considered=shortage.considered,
        hosts_considered=len(shortage.considered),
    )


def lack(wanted: Amount, offer: HostOffer) -> Vector:
    """Return how much of each resource has to become free on the host."""
    capacity = offer.capacity
    if capacity is None:
        raise ValueError(f"nothing is known of the room on {offer.site.host_id}")
    return tuple(
        max(
            0,
            getattr(wanted, name)
            + getattr(capacity.allocated, name)
            + getattr(offer.promised, name)
            - getattr(capacity.total, name),
        )
        for name, _, _ in RESOURCES
    )


def least_lacking(wanted: Amount, short: Sequence[HostOffer]) -> list[HostOffer]:
    """Return the ``OWN_HOSTS_MAX`` hosts that lack least of what they have in all, those first."""

    def share(offer: HostOffer) -> float:
        total = _amounts(Amount() if offer.capacity is None else offer.capacity.total)
        return sum(
            need / max(all_, 1) for need, all_ in zip(lack(wanted, offer), total, strict=True)
        )

    return sorted(short, key=share)[:OWN_HOSTS_MAX]


def enough(lacking: Vector, ending: Iterable[Tenant]) -> bool:
    """Tell whether these free what is lacking."""
    return not any(_missing(lacking, ending))


def _missing(lacking: Vector, ending: Iterable[Tenant]) -> Vector:
    return tuple(max(0, need - got) for need, got in zip(lacking, _freed(ending), strict=True))


def _freed(ending: Iterable[Tenant]) -> Vector:
    return tuple(map(sum, zip(*map(_vector, ending), strict=True))) or (0,) * len(RESOURCES)


def _vector(tenant: Tenant) -> Vector:
    return _amounts(tenant.amount)


def _amounts(amount: Amount) -> Vector:
    return tuple(getattr(amount, name) for name, _, _ in RESOURCES)


def _on(host_id: str, candidates: Sequence[str], tenants: Mapping[str, Tenant]) -> list[Tenant]:
    """Return those of the candidates that may end on the host."""
    known = [tenants[id_] for id_ in candidates]
    return [each for each in known if each.host_id == host_id and not each.spared]


def _fewest(lacking: Vector, tenants: Sequence[Tenant]) -> tuple[Tenant, ...]:
    """Return the fewest that free what is lacking, least in excess; none where all do not."""
    if not any(lacking) or not enough(lacking, tenants):
        return ()
    if len(tenants) > EXACT_MAX:
        return _none_in_vain(lacking, tenants)
    sizes = (combinations(tenants, count) for count in range(1, len(tenants) + 1))
    fitting = ([each for each in size if enough(lacking, each)] for size in sizes)
    return min(next(filter(None, fitting)), key=lambda each: _excess(lacking, each))


def _none_in_vain(lacking: Vector, tenants: Sequence[Tenant]) -> tuple[Tenant, ...]:
    """Return enough of them without one that is not needed; those that free much are kept."""
    kept, freed = list(tenants), _freed(tenants)
    for tenant in sorted(tenants, key=lambda each: _share(lacking, each)):
        rest = tuple(all_ - one for all_, one in zip(freed, _vector(tenant), strict=True))
        if all(got >= need for got, need in zip(rest, lacking, strict=True)):
            freed = rest
            kept.remove(tenant)
    return tuple(kept)


def _share(lacking: Vector, tenant: Tenant) -> float:
    """Return how much of what is lacking one instance frees; 1 for each resource in full."""
    pairs = zip(lacking, _vector(tenant), strict=True)
    return float(sum(min(1.0, got / need) for need, got in pairs if need))


def _excess(lacking: Vector, ending: Sequence[Tenant]) -> float:
    """Return how much more than what is lacking would become free, as shares of it."""
    pairs = zip(lacking, _freed(ending), strict=True)
    return float(sum((got - need) / max(need, 1) for need, got in pairs))


def _judged(
    tenant: Tenant,
    lacking: Vector | None,
    options: Sequence[WaysideTermOption],
    beside: Sequence[Sequence[Tenant]],
) -> WaysideTermCandidate:
    """Return what was made of it; ``beside`` are those that might end with it, itself too."""
    id_, host_id = tenant.app_instance_id, tenant.host_id
    suggested = [each for each in options if id_ in each.app_inst_id_termination_cands]
    frees = ", ".join(_told(_vector(tenant))) or "nothing"
    if tenant.spared or host_id is None:
        verdict = tenant.spared or "No host has it: it would free nothing."
    elif lacking is None:
        verdict = f"{host_id} would not do for the application, however much room it had."
    elif suggested:
        others = [each for each in suggested[0].app_inst_id_termination_cands if each != id_]
        verdict = f"It frees {frees}" + (f", with {', '.join(others)}." if others else ".")
    elif any(option.host_id == host_id for option in options):
        verdict = f"It frees {frees}; {host_id} has enough without it."
    else:
        still = min(_missing(lacking, each) for each in beside)
        verdict = (
            f"It frees {frees}; with all of its set ended, {host_id} would still be short of "
            f"{', '.join(_told(still))}."
        )
    return WaysideTermCandidate(
        app_instance_id=id_, host_id=host_id, suggested=bool(suggested), verdict=verdict
    )


def _told(amounts: Vector) -> Iterator[str]:
    for (_, spoken, unit), amount in zip(RESOURCES, amounts, strict=True):
        if amount:
            yield f"{spoken} {amount} {unit}"


def _explain(lacks: Mapping[str, Vector], options: Sequence[WaysideTermOption]) -> str:
    short = "; ".join(f"{host_id} lacks {', '.join(_told(v))}" for host_id, v in lacks.items())
    if not options:
        return f"No candidate would make room: {short or 'no host would do with more room'}."
    ways = "; or ".join(
        f"{', '.join(each.app_inst_id_termination_cands)} on {each.host_id}" for each in options
    )
    return f"Room is short: {short}. There would be enough without {ways}."
