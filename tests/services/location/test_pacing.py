"""How often a subscriber is told, and of what."""

from wayside.services.location.pacing import Pace
from wayside.services.location.wishes import Change, Happened, Limits

ENTERING, LEAVING = Change.ENTERING, Change.LEAVING


def happened(change: Change, address: str = "a", at: int = 0) -> Happened:
    return Happened(at, change, address)


def test_what_is_undone_while_it_waits_is_not_told_and_comings_and_goings_alternate() -> None:
    pace = Pace(Limits(interval_s=10))
    told = []
    for number, change in enumerate((ENTERING, LEAVING, ENTERING, LEAVING, ENTERING, LEAVING)):
        pace.offer(happened(change, at=number), wanted=True)
        told += list(pace.release(now_s=number / 10))
    assert [each.change for each in told] == [ENTERING] and pace.due == 10.0
    told += list(pace.release(now_s=10.0))
    assert [(each.change, each.time_ns) for each in told] == [(ENTERING, 0), (LEAVING, 5)]
    assert pace.due is None


def test_what_nobody_wants_still_takes_back_what_waits() -> None:
    pace = Pace(Limits(interval_s=10))
    pace.offer(happened(ENTERING, "b"), wanted=True)
    assert len(list(pace.release(0.0))) == 1
    pace.offer(happened(ENTERING), wanted=True)
    pace.offer(happened(LEAVING), wanted=False)
    assert list(pace.release(20.0)) == []


def test_a_bound_is_for_all_or_for_each() -> None:
    for each, told in ((False, ["a", "b"]), (True, ["a", "b", "a", "b"])):
        pace = Pace(Limits(count=2, each=each))
        found = []
        for _ in range(3):
            for address in ("a", "b"):
                pace.offer(happened(ENTERING, address), wanted=True)
                found += [one.address for one in pace.release(0.0)]
        assert found == told
        assert (pace.ended, pace.are_all_spent(("a", "b"))) == (not each, each)
