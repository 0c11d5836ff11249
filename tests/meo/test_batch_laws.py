"""Laws of the arrangement, on any question: what it may never do, what brute force finds."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wayside.meo.placement.batch import prices
from wayside.meo.placement.batch.answer import Answer, arrange
from wayside.meo.placement.batch.bundles import joined
from wayside.meo.placement.batch.question import NOWHERE, Arrangement, Question
from wayside.meo.placement.batch.search import greedy

HOSTS_MAX, BUNDLES_MAX = 3, 4
PATIENT_S = 30.0
RESOURCES = 2


@st.composite
def questions(draw: st.DrawFn) -> Question:
    hosts = draw(st.integers(1, HOSTS_MAX))
    bundles = draw(st.integers(1, BUNDLES_MAX))

    def table(rows: int, columns: int, cell: st.SearchStrategy[float]) -> list[list[float]]:
        line = st.lists(cell, min_size=columns, max_size=columns)
        return draw(st.lists(line, min_size=rows, max_size=rows))

    member = st.integers(0, bundles - 1)
    sets = st.lists(st.frozensets(member, min_size=2).map(lambda each: tuple(sorted(each))))
    return Question(
        distance=np.array(table(bundles, hosts, st.integers(0, 9).map(float) | st.just(np.inf))),
        asked=np.array(table(bundles, RESOURCES, st.integers(0, 5)), dtype=np.int64),
        free=np.array(table(hosts, RESOURCES, st.integers(-1, 9)), dtype=np.int64),
        weight=np.array(draw(st.lists(st.integers(1, 3), min_size=bundles, max_size=bundles))),
        apart=tuple(draw(sets)) if bundles > 1 else (),
    )


def holds(question: Question, host: tuple[int, ...]) -> bool:
    """Whether an arrangement breaks nothing, counted the slow way."""
    for at in range(len(question.free)):
        here = [bundle for bundle, its in enumerate(host) if its == at]
        if any(not np.isfinite(question.distance[bundle, at]) for bundle in here):
            return False
        if here and (question.asked[here].sum(axis=0) > question.free[at]).any():
            return False
        if any(len(set(here) & set(apart)) > 1 for apart in question.apart):
            return False
    return True


def every_arrangement(question: Question) -> list[tuple[int, float]]:
    """Return the rank of each that breaks nothing."""
    anywhere = range(NOWHERE, len(question.free))
    return [
        (
            -sum(int(question.weight[b]) for b, at in enumerate(host) if at != NOWHERE),
            sum(float(question.distance[b, at]) for b, at in enumerate(host) if at != NOWHERE),
        )
        for host in itertools.product(anywhere, repeat=len(question.asked))
        if holds(question, host)
    ]


def as_told(question: Question, answer: Answer) -> tuple[int, float]:
    found = Arrangement(question, answer.host)
    assert list(found.host) == list(answer.host), "it would be overfull"
    assert (found.placed, found.distance) == (answer.placed, answer.distance)
    return found.rank


@given(questions())
@settings(max_examples=100, deadline=None)
def test_the_exact_search_finds_what_brute_force_finds_and_says_that_it_is_proven(
    question: Question,
) -> None:
    answer = arrange(question, seconds=PATIENT_S)
    assert holds(question, tuple(answer.host))
    placed, distance = as_told(question, answer)
    assert (placed, pytest.approx(distance, abs=1e-5)) == min(every_arrangement(question))
    assert answer.proven


@given(questions())
@settings(max_examples=60, deadline=None)
def test_the_fast_search_never_breaks_a_demand_and_its_bounds_are_true(question: Question) -> None:
    answer = arrange(question, seconds=0)
    assert holds(question, tuple(answer.host))
    as_told(question, answer)
    ranks = every_arrangement(question)
    assert -min(ranks)[0] <= answer.placed_at_most
    as_many = [distance for placed, distance in ranks if -placed >= answer.placed]
    assert answer.distance_at_least <= min(as_many) + 1e-6


@given(questions())
@settings(max_examples=100, deadline=None)
def test_prices_never_prove_more_than_is_true(question: Question) -> None:
    ranks = every_arrangement(question)
    assert -min(ranks)[0] <= prices.most_placed(question).value
    known = greedy(question, question.cost)
    as_many = [distance for placed, distance in ranks if -placed >= known.placed]
    bound = prices.least_distance(question, known).value
    assert bound <= min(as_many) + 1e-6


@given(questions(), st.data())
@settings(deadline=None)
def test_who_is_taken_leaves_everything_as_it_was(question: Question, data: st.DataObject) -> None:
    found = greedy(question, question.cost)
    placed = np.flatnonzero(found.host != NOWHERE)
    assume(len(placed))
    bundle = int(data.draw(st.sampled_from(list(placed))))
    before = found.copy()
    found.put(bundle, found.take(bundle))
    for one, other in ((found.left, before.left), (found.taken, before.taken)):
        assert (one == other).all()
    found.take(bundle)
    assert found.open_to(bundle)[before.host[bundle]]


@given(questions())
@settings(max_examples=30, deadline=None)
def test_the_fast_search_leaves_nobody_out_who_would_still_find_room(question: Question) -> None:
    answer = arrange(question, seconds=0)
    found = Arrangement(question, answer.host)
    for bundle in np.flatnonzero(answer.host == NOWHERE):
        assert not found.open_to(int(bundle)).any()


def test_who_is_together_by_others_is_together() -> None:
    assert joined(5, [[3, 4], [0, 3], [2, 4]]) == [[0, 2, 3, 4], [1]]


def a_town(hosts: int, bundles: int) -> Question:
    chance = np.random.default_rng(seed=7)
    sizes = chance.choice([250, 500, 1000, 2000], bundles)
    room = int(sizes.sum() / hosts / 0.8)
    return Question(
        distance=chance.uniform(1, 5, (bundles, hosts)),
        asked=np.stack([sizes, sizes * 4], axis=1).astype(np.int64),
        free=np.full((hosts, 2), (room, room * 4), dtype=np.int64),
        weight=np.ones(bundles, dtype=np.int64),
    )


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_nobody_alone_would_be_nearer_elsewhere(seconds: float) -> None:
    question = a_town(12, 60)
    found = Arrangement(question, arrange(question, seconds=seconds).host)
    for bundle in range(60):
        at = found.take(bundle)
        nearer = found.open_to(bundle) & (question.distance[bundle] < question.distance[bundle, at])
        assert not nearer.any()
        found.put(bundle, at)


def test_the_same_question_always_gets_the_same_arrangement() -> None:
    one, other = (arrange(a_town(8, 40), seconds=0) for _ in range(2))
    assert list(one.host) == list(other.host)


def test_the_gap_of_the_fast_search_is_small_beside_what_the_exact_one_proves() -> None:
    question = a_town(8, 40)
    fast, exact = arrange(question, seconds=0), arrange(question, seconds=PATIENT_S)
    assert fast.placed == exact.placed == 40
    assert exact.distance <= fast.distance <= exact.distance * 1.02
    assert fast.distance_at_least <= exact.distance + 1e-6


def test_more_than_can_be_is_never_promised() -> None:
    question = a_town(2, 6)
    tight = Question(question.distance, question.asked, question.free // 2, question.weight)
    answer = arrange(tight, seconds=PATIENT_S)
    assert answer.placed < 6
    assert answer.placed == answer.placed_at_most
    assert prices.most_placed(tight).value >= answer.placed


def test_nothing_is_printed_and_the_library_is_loaded_by_the_exact_search_alone() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from tests.meo.test_batch_laws import a_town, arrange\n"
            "arrange(a_town(3, 9), seconds=0)\n"
            "assert 'highspy' not in sys.modules\n"
            "arrange(a_town(3, 9), seconds=5)\n"
            "assert 'highspy' in sys.modules\n",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == said.stderr == ""


def test_without_the_library_exact_plans_are_refused_with_the_remedy_and_fast_ones_made() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "sys.modules['highspy'] = None\n"
            "from tests.meo.test_batch_laws import a_town, arrange\n"
            "assert arrange(a_town(3, 9), seconds=0).placed\n"
            "try:\n"
            "    arrange(a_town(3, 9), seconds=5)\n"
            "except Exception as refused:\n"
            "    print(type(refused).__name__, refused)\n",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.startswith("Unavailable The library highspy (HiGHS) is needed")
    assert "0 seconds for the exact search" in said.stdout
