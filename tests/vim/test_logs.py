"""Logs stay bounded while they are written, and are read from the end."""

from pathlib import Path

from wayside.adapters.clocks import VirtualClock
from wayside.core.tasks import Nursery
from wayside.vim import logs


def test_a_log_that_grows_too_long_is_cut_under_its_writer(tmp_path: Path) -> None:
    place = tmp_path / "log"
    with place.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 10 + b"new\n" * 5)
        logs.cut(place, bytes_max=20)
        writer.write(b"next\n")
    assert place.read_bytes() == b"next\n"
    assert (tmp_path / "log.1").read_bytes() == b"new\n" * 5


def test_a_short_log_is_left_alone_and_a_missing_one_is_no_fault(tmp_path: Path) -> None:
    place = tmp_path / "log"
    place.write_text("short\n")
    logs.cut(place, bytes_max=20)
    logs.cut(tmp_path / "other" / "log")
    assert place.read_text() == "short\n"
    assert not (tmp_path / "log.1").exists()


def test_the_tail_reaches_into_the_log_before(tmp_path: Path) -> None:
    place = tmp_path / "log"
    (tmp_path / "log.1").write_text("one\ntwo\n")
    place.write_text("three\n")
    assert logs.tail(place, 2) == "two\nthree\n"
    assert logs.tail(place, 1) == "three\n"
    assert logs.tail(tmp_path / "none", 5) == ""


async def test_all_logs_are_looked_after_for_ever(tmp_path: Path) -> None:
    clock = VirtualClock()
    async with Nursery() as nursery:
        nursery.start(logs.keep_bounded(tmp_path, clock), name="logs")
        for round_ in range(2):
            place = tmp_path / f"app{round_}" / "log"
            place.parent.mkdir()
            place.write_bytes(b"x" * (logs.LOG_BYTES_MAX + 1))
            await clock.advance(logs.LOOK_S)
            assert place.stat().st_size == 0
            assert place.with_suffix(".1").stat().st_size == logs.LOG_BYTES_MAX
