"""The arrays at the edge: the very limit, the last of a host, and each figure of the order alone.

Of few hosts the sentences decide; of very many only those that the arrays put first are judged.
"""

import pytest
from tests.meo.test_placement import GIB, MS, NOTHING, ROOMY, SMALL, offer, site

from wayside.meo.placement.demands import HostOffer, Requirements
from wayside.meo.placement.field import Field, ranked
from wayside.meo.placement.judging import LATENCY
from wayside.meo.placement.plan import TOLD_MAX, decide, plan
from wayside.meo.site import HostSite
from wayside.refpoints.mm4 import Amount


def order(wanted: Requirements, *offers: HostOffer) -> list[str]:
    """The hosts that fit, the best first, as the arrays have it."""
    field = Field(offers)
    standing = field.standing(wanted)
    fits = int(standing.fits.sum())
    return [field.offers[row].site.host_id for row in ranked(standing, fits)]


def refused_for(wanted: Requirements, given: HostOffer) -> set[str]:
    return set(Field([given]).standing(wanted).refusals)


def test_a_host_at_the_very_limit_is_let_in_and_one_a_nanosecond_beyond_is_not() -> None:
    near = offer(site(near_ms=1))
    assert refused_for(Requirements(SMALL, latency_ns_max=MS), near) == set()
    assert refused_for(Requirements(SMALL, latency_ns_max=MS - 1), near) == {LATENCY}


@pytest.mark.parametrize("resource", ["cpu_milli", "memory_bytes", "storage_bytes"])
def test_the_last_of_a_host_is_let_in_and_one_more_is_not(resource: str) -> None:
    all_of_it = Amount(**{resource: getattr(ROOMY, resource)})
    one_more = Amount(**{resource: getattr(ROOMY, resource) + 1})
    assert refused_for(Requirements(all_of_it), offer(site())) == set()
    assert len(refused_for(Requirements(one_more), offer(site()))) == 1


@pytest.mark.parametrize("of", ["taken", "promised"])
def test_what_is_taken_and_what_is_promised_are_not_there_any_more(of: str) -> None:
    one = Amount(memory_bytes=1)
    given = offer(site(), **{of: one})  # type: ignore[arg-type]
    assert refused_for(Requirements(Amount(memory_bytes=4 * GIB - 1)), given) == set()
    assert len(refused_for(Requirements(Amount(memory_bytes=4 * GIB)), given)) == 1


BUSY = Amount(cpu_milli=2000)
WISH = Requirements(SMALL, features_optional=frozenset({"SmartRelocation"}))
LIMITED = Requirements(SMALL, latency_ns_max=2 * MS)


@pytest.mark.parametrize(
    ("wanted", "better", "worse"),
    [
        (LIMITED, offer(site("b", near_ms=1, far_ms=2), taken=BUSY), offer(site("a"))),
        (
            WISH,
            offer(HostSite("b", "B", features=frozenset({"SmartRelocation"})), taken=BUSY),
            offer(HostSite("a", "A")),
        ),
        (Requirements(SMALL), offer(site("b", near_ms=5)), offer(site("a"), taken=BUSY)),
        (Requirements(SMALL), offer(site("b", near_ms=1)), offer(site("a", near_ms=2))),
        (Requirements(SMALL), offer(site("a")), offer(site("b"))),
    ],
    ids=["cells within the limit", "wishes", "headroom", "latency", "identifier"],
)
def test_each_figure_decides_where_those_before_it_are_equal(
    wanted: Requirements, better: HostOffer, worse: HostOffer
) -> None:
    best, behind = better.site.host_id, worse.site.host_id
    assert order(wanted, worse, better) == order(wanted, better, worse) == [best, behind]
    assert plan(wanted, [worse, better]).site.host_id == best


def test_the_best_host_that_has_not_refused_is_found_behind_any_number_that_have() -> None:
    offers = [offer(site(f"mec{number:03}")) for number in range(TOLD_MAX + 20)]
    refusals = {each.site.host_id: "No." for each in offers[: TOLD_MAX + 5]}
    decision = decide(Requirements(SMALL), Field(offers), refusals=refusals)
    assert decision.site is offers[TOLD_MAX + 5].site


@pytest.mark.parametrize(
    ("wanted", "better", "worse", "why"),
    [
        (
            WISH,
            offer(HostSite("b", "B", features=frozenset({"SmartRelocation"}))),
            offer(HostSite("a", "A")),
            "Not a: fewer of the optional features and services (0) are there.",
        ),
        (
            Requirements(SMALL),
            offer(site("b", near_ms=1)),
            offer(site("a", near_ms=2)),
            "Not a: its latency is worse (2 ms one way).",
        ),
        (
            Requirements(SMALL),
            offer(site("b", near_ms=1)),
            offer(HostSite("a", "A")),
            "Not a: its latency is worse (unknown).",
        ),
        (
            Requirements(NOTHING),
            offer(site("a")),
            offer(site("b")),
            "Not b: it is equally good and comes later by its identifier.",
        ),
    ],
    ids=["wishes", "latency", "no latency known", "identifier"],
)
def test_who_is_behind_is_told_by_the_first_figure_that_differs(
    wanted: Requirements, better: HostOffer, worse: HostOffer, why: str
) -> None:
    assert why in plan(wanted, [worse, better]).explanation
