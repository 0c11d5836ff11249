"""Which access network carries a session, by values alone."""

import pytest

from wayside.model.accesses import AccessPath, Figures
from wayside.refpoints.hosting import AccessNow
from wayside.services.mts.choosing import Demand, choose, choose_all, modes
from wayside.services.mts.model import MtsMode, QosD

MS = 1_000_000
CELL, WLAN, WIRE = 1, 3, 7


def access(
    id_: int, *, metered: bool | None = None, is_up: bool = True, **more: object
) -> AccessNow:
    figures = Figures(**more)  # type: ignore[arg-type]
    path = AccessPath(id=id_, metered=metered, interface=f"if{id_}", gateway="10.46.0.1")
    return AccessNow(path, True, figures, is_measured=True)


CELLULAR = access(CELL, metered=True, delay_ns=2 * MS, rate_bps=100_000_000, loss=0.001)
FREE = access(WLAN, metered=False, delay_ns=6 * MS, rate_bps=300_000_000, jitter_ns=MS, loss=0.02)
DARK = access(WIRE)
BOTH = (CELLULAR, FREE)


@pytest.mark.parametrize(
    ("mode", "first"),
    [
        (MtsMode.LOW_COST, WLAN),
        (MtsMode.LOW_LATENCY, CELL),
        (MtsMode.HIGH_THROUGHPUT, WLAN),
        (MtsMode.REDUNDANCY, CELL),
    ],
)
def test_each_mode_has_its_own_best(mode: MtsMode, first: int) -> None:
    found = choose(Demand(mode), BOTH)
    assert (found.access_ids[0], set(found.access_ids)) == (first, {CELL, WLAN})
    assert found.copied is (mode is MtsMode.REDUNDANCY)
    assert found.unmet == ()


@pytest.mark.parametrize("mode", list(MtsMode))
def test_what_is_not_known_is_never_taken_for_good(mode: MtsMode) -> None:
    qos = QosD(max_latency=600_000)
    assert choose(Demand(mode, qos), (DARK, *BOTH)).access_ids[-1] in (
        {CELL} if mode is MtsMode.LOW_COST else {WIRE}
    )


@pytest.mark.parametrize("mode", list(MtsMode))
def test_what_is_down_carries_nothing(mode: MtsMode) -> None:
    down = FREE._replace(is_up=False)
    found = choose(Demand(mode, QosD(min_tpt=1)), (CELLULAR, down))
    assert (found.access_ids, found.copied) == ((CELL,), False)
    assert bool(found.unmet) is (mode is MtsMode.REDUNDANCY)
    nothing = choose(Demand(mode), (down,))
    assert nothing.access_ids == () and len(nothing.unmet) == 1


@pytest.mark.parametrize(
    ("qos", "first", "lacks"),
    [
        (QosD(max_latency=200_000), CELL, None),
        (QosD(max_latency=199_999), CELL, "maxLatency"),
        (QosD(max_latency=600_000), WLAN, None),  # both give it: the one that costs nothing
        (QosD(min_tpt=100_000), WLAN, None),
        (QosD(min_tpt=100_001), WLAN, None),
        (QosD(min_tpt=300_001), WLAN, "minTpt"),
        (QosD(max_loss=3), CELL, None),
        (QosD(max_loss=4), CELL, "maxLoss"),
        (QosD(max_loss=2**31 - 1), CELL, "maxLoss"),
        (QosD(max_jitter=100_000), WLAN, None),
        (QosD(max_jitter=99_999), WLAN, "maxJitter"),
        (QosD(max_latency=200_000, max_jitter=100_000), WLAN, "maxLatency"),
        (QosD(max_latency=0), CELL, "maxLatency"),
    ],
)
def test_needs_are_compared_in_their_own_units(qos: QosD, first: int, lacks: str | None) -> None:
    found = choose(Demand(MtsMode.QOS, qos), BOTH)
    if lacks is None:
        assert (found.access_ids[0], found.unmet) == (first, ())
    else:
        assert len(found.unmet) == 1 and found.unmet[0].startswith(lacks)


def test_a_session_stays_where_it_is_for_a_little_and_leaves_for_more() -> None:
    near = access(WLAN, delay_ns=int(1.6 * MS))
    held = Demand(MtsMode.LOW_LATENCY, held=CELL)
    assert choose(held, (CELLULAR, near)).access_ids[0] == CELL
    assert choose(Demand(MtsMode.LOW_LATENCY), (CELLULAR, near)).access_ids[0] == WLAN
    nearer = access(WLAN, delay_ns=MS)
    assert choose(held, (CELLULAR, nearer)).access_ids[0] == WLAN


def test_what_is_kept_for_one_is_not_there_for_the_next() -> None:
    def ask(kbps: int, priority: int = 0) -> Demand:
        return Demand(MtsMode.QOS, QosD(min_tpt=kbps, priority=priority))

    found = choose_all(
        [("a", ask(250_000), BOTH), ("b", ask(80_000), BOTH), ("c", ask(30_000), BOTH)]
    )
    assert [found[key].access_ids[0] for key in "abc"] == [WLAN, CELL, WLAN]
    assert all(each.unmet == () for each in found.values())
    pushed = choose_all([("a", ask(250_000), BOTH), ("b", ask(280_000, priority=3), BOTH)])
    assert pushed["b"].unmet == () and pushed["b"].access_ids[0] == WLAN
    assert pushed["a"].unmet[0].startswith("minTpt 250000 kbit/s")


def test_nothing_is_sent_twice_where_there_is_one_way() -> None:
    assert MtsMode.REDUNDANCY in modes(BOTH)
    assert MtsMode.REDUNDANCY not in modes((CELLULAR,))
