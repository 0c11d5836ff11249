"""Which access network carries a session: by its mode, and by what the networks are like. Pure.

Never checks a request and never looks whose it is: ``logic`` does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wayside.refpoints.hosting import AccessNow

from .model import MtsMode, MtsSessionInfo, QosD, Steering

UNIT_NS = 10
"""Of maxLatency and maxJitter."""

STAY_SHARE, STAY_NS = 0.9, 500_000
"""A session leaves its access network for another's lower delay only where that is lower by a
tenth and half a millisecond: what is measured moves all the time."""

UNKNOWN = float("inf")
EXPONENT_MAX = 300
"""Of a share of packets: the float has no more."""

NO_NEEDS = QosD()


@dataclass(frozen=True)
class Demand:
    """What one session asks."""

    mode: MtsMode
    qos: QosD = NO_NEEDS
    held: int | None = None
    """The access network that it goes by."""

    @property
    def rate_bps(self) -> int:
        """The rate that is kept for it."""
        return (self.qos.min_tpt or 0) * 1000 if self.mode is MtsMode.QOS else 0


class Lack(NamedTuple):
    """One need that an access network does not meet."""

    sentence: str
    times: float
    """How often what it has would have to be bettered."""


def demand_of(info: MtsSessionInfo) -> Demand:
    """Return what a session asks, and the access network that it goes by."""
    steering = info.wayside_steering
    held = steering.access_ids[0] if steering is not None and steering.access_ids else None
    return Demand(info.mts_mode, info.qos_d or NO_NEEDS, held)


def choose(
    demand: Demand, accesses: Sequence[AccessNow], taken_bps: Mapping[int, int] | None = None
) -> Steering:
    """Return where packets go over those of ``accesses`` that are up.

    ``taken_bps`` is what is kept for other sessions, by access network.
    """
    up = [each for each in accesses if each.is_up]
    taken = taken_bps or {}
    best = sorted(up, key=_order(demand, taken))
    copied = demand.mode is MtsMode.REDUNDANCY
    return Steering(
        access_ids=tuple(each.path.id for each in best),
        copied=copied and len(best) > 1,
        unmet=tuple(_unmet(demand, best, taken)),
    )


def choose_all(
    sessions: Iterable[tuple[str, Demand, Sequence[AccessNow]]],
) -> dict[str, Steering]:
    """Return where each of several sessions goes, by key; each with the access networks it may use.

    Those in mode QoS choose one after the other, of higher priority and then of earlier place
    first, each from what the ones before have left.
    """
    listed = list(sessions)
    listed.sort(key=lambda each: -(each[1].qos.priority or 0))
    taken: dict[int, int] = {}
    found = {}
    for key, demand, accesses in listed:
        found[key] = choose(demand, accesses, taken)
        if demand.rate_bps and found[key].access_ids:
            first = found[key].access_ids[0]
            taken[first] = taken.get(first, 0) + demand.rate_bps
    return found


def modes(accesses: Sequence[AccessNow]) -> tuple[MtsMode, ...]:
    """Return the modes that a host with these access networks can do."""
    is_double = len(accesses) > 1
    return tuple(mode for mode in MtsMode if is_double or mode is not MtsMode.REDUNDANCY)


def _order(demand: Demand, taken: Mapping[int, int]) -> Callable[[AccessNow], tuple[float, ...]]:
    """Return by what access networks are sorted, the best first."""
    key: Mapping[MtsMode, Callable[[AccessNow], tuple[float, ...]]] = {
        MtsMode.LOW_COST: lambda each: (_cost(each), _delay(each, demand)),
        MtsMode.LOW_LATENCY: lambda each: (_delay(each, demand), _cost(each)),
        MtsMode.HIGH_THROUGHPUT: lambda each: (-(each.figures.rate_bps or 0), _cost(each)),
        MtsMode.REDUNDANCY: lambda each: (_delay(each, demand), _cost(each)),
        MtsMode.QOS: lambda each: (
            *_distance(_lacks(demand.qos, each, taken)),
            _cost(each),
            _delay(each, demand),
        ),
    }
    return lambda each: (*key[demand.mode](each), each.path.id)


def _distance(lacks: Iterable[Lack]) -> tuple[float, float]:
    """Return how many needs are not met, and by how much."""
    listed = list(lacks)
    return len(listed), sum(each.times for each in listed)


def _cost(each: AccessNow) -> int:
    return {False: 0, None: 1, True: 2}[each.path.metered]


def _delay(each: AccessNow, demand: Demand) -> float:
    delay = each.figures.delay_ns
    if delay is None:
        return UNKNOWN
    return delay * STAY_SHARE - STAY_NS if each.path.id == demand.held else delay


def _unmet(demand: Demand, best: Sequence[AccessNow], taken: Mapping[int, int]) -> Iterator[str]:
    if not best:
        yield "No access network is up that reaches its devices."
        return
    first = best[0]
    if demand.mode is MtsMode.REDUNDANCY and len(best) < 2:
        yield f"Access network {first.path.id} alone is up: nothing is sent twice."
    if demand.mode is MtsMode.QOS:
        yield from (each.sentence for each in _lacks(demand.qos, first, taken))


def _lacks(qos: QosD, each: AccessNow, taken: Mapping[int, int]) -> Iterator[Lack]:
    figures, id_ = each.figures, each.path.id
    if qos.min_tpt is not None:
        rate = figures.rate_bps
        free = None if rate is None else max(rate - taken.get(id_, 0), 0) / 1000
        if free is None or free < qos.min_tpt:
            said = f"minTpt {qos.min_tpt} kbit/s: access network {id_} has {_said(free, 'kbit/s')}."
            yield Lack(said, qos.min_tpt / free if free else UNKNOWN)
    for name, asked, nanos in (
        ("maxLatency", qos.max_latency, figures.delay_ns),
        ("maxJitter", qos.max_jitter, figures.jitter_ns),
    ):
        has = None if nanos is None else nanos / UNIT_NS
        if asked is not None and (has is None or has > asked):
            said = f"{name} {asked} x 10 ns: access network {id_} has {_said(has, 'x 10 ns')}."
            yield Lack(said, _times(has, asked))
    if qos.max_loss is not None:
        share, loss = 10.0 ** -min(qos.max_loss, EXPONENT_MAX), figures.loss
        if loss is None or loss > share:
            said = f"maxLoss {qos.max_loss}: access network {id_} loses {_said(loss, 'of all')}."
            yield Lack(said, _times(loss, share))


def _said(has: float | None, unit: str) -> str:
    return "what is not known" if has is None else f"{has:.6g} {unit}"


def _times(has: float | None, asked: float) -> float:
    return has / asked if has is not None and asked else UNKNOWN
