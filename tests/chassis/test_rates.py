"""How often one caller may ask, in virtual time."""

import pytest

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.rates import CALLERS_MAX, RateLimit
from wayside.core.errors import TooManyRequests


def taken(limit: RateLimit, caller: str, times: int) -> int:
    """How many of so many requests at once are taken."""
    count = 0
    for _ in range(times):
        try:
            limit.take(caller)
        except TooManyRequests:
            continue
        count += 1
    return count


def test_a_burst_is_taken_and_no_more() -> None:
    assert taken(RateLimit(10, 25, VirtualClock()), "a", 100) == 25


async def test_the_bucket_fills_at_the_rate_and_never_above_the_burst() -> None:
    clock = VirtualClock()
    limit = RateLimit(10, 25, clock)
    taken(limit, "a", 25)
    await clock.advance(1)
    assert taken(limit, "a", 100) == 10
    await clock.advance(3600)
    assert taken(limit, "a", 100) == 25


async def test_who_comes_again_after_retry_after_is_taken() -> None:
    clock = VirtualClock()
    limit = RateLimit(0.25, 1, clock)
    limit.take("a")
    for _ in range(5):
        with pytest.raises(TooManyRequests, match="Retry-After") as refused:
            limit.take("a")
    assert refused.value.headers == {"Retry-After": "4"}
    await clock.advance(3)
    assert taken(limit, "a", 1) == 0
    await clock.advance(1)
    limit.take("a")


def test_one_caller_takes_nothing_from_another() -> None:
    limit = RateLimit(10, 5, VirtualClock())
    assert taken(limit, "loud", 1000) == 5
    assert taken(limit, "quiet", 5) == 5


async def test_callers_beyond_number_do_not_fill_the_memory() -> None:
    clock = VirtualClock()
    limit = RateLimit(10, 5, clock)
    for n in range(3 * CALLERS_MAX):
        limit.take(f"caller {n}")
        if n % 100 == 0:
            await clock.advance(1)
    assert len(limit._full_at_s) <= CALLERS_MAX
