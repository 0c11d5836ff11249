"""What was recorded is told again as it was, at its time; what is no trace is refused by line."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from tests.access.simulated.networks import street
from tests.refpoints.facts import NETWORK

from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.trace.moves import moves, told
from wayside.access.trace.recording import TraceFault, record, recorded
from wayside.access.trace.source import TraceSource
from wayside.adapters.clocks import VirtualClock
from wayside.core.errors import Unprocessable
from wayside.refpoints.net.facts import Associated, Attached, Detached, Facts, HandedOver
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Origin, Technology


@pytest.fixture
async def trace(tmp_path: Path) -> Path:
    """Ten seconds of a street, recorded."""
    network = SimulatedSource(
        world_of(street()), VirtualClock(), epoch=3, pace=Pace(tick_s=2.0, speed=0.0)
    )
    path = tmp_path / "street.jsonl"
    written, _ = await asyncio.gather(record(network.join(), path), network.run(5))
    assert written == 6
    return path


async def test_a_replay_ends_where_the_original_did(trace: Path) -> None:
    original = Picture(next(each for each in recorded(trace) if isinstance(each, Snapshot)))
    for each in recorded(trace):
        if isinstance(each, Facts):
            original.follow(each)
    replayed = TraceSource(recorded(trace), VirtualClock(), epoch=4, speed=0.0)
    await replayed.run()
    assert replayed.picture.epoch == 4
    assert replayed.picture.time_ns == original.time_ns, "the network's own time"
    np.testing.assert_array_equal(replayed.picture.latitude, original.latitude)
    np.testing.assert_array_equal(
        replayed.picture.cells[Technology.NR], original.cells[Technology.NR]
    )


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 2.0), (4.0, 0.5)])
async def test_facts_are_told_in_the_rhythm_of_the_recording(
    trace: Path, speed: float, seconds: float
) -> None:
    clock = VirtualClock()
    source = TraceSource(recorded(trace), clock, epoch=4, speed=speed)
    running = asyncio.ensure_future(source.run())
    told_by = []
    for _ in range(5):
        await clock.advance(seconds * 0.98)
        before = source.picture.sequence
        await clock.advance(seconds * 0.02)
        told_by.append((before, source.picture.sequence))
    assert told_by == [(number, number + 1) for number in range(5)]
    await running


async def test_a_recorder_that_fell_behind_leaves_a_new_beginning_and_no_gap(trace: Path) -> None:
    first, *rest = recorded(trace)
    assert isinstance(first, Snapshot)
    middle = Picture(first)
    for each in rest[:3]:
        assert isinstance(each, Facts)
        middle.follow(each)
    source = TraceSource([first, middle.snapshot(), *rest[3:]], VirtualClock(), epoch=4, speed=0)
    reader = source.join()
    await anext(reader)
    await source.run()
    assert isinstance(await anext(reader), Snapshot)
    assert source.picture.sequence == 3


def test_a_line_that_was_cut_off_at_the_end_is_left_out(trace: Path) -> None:
    whole = len(list(recorded(trace)))
    trace.write_bytes(trace.read_bytes()[:-20])
    assert len(list(recorded(trace))) == whole - 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda lines: [*lines[:2], b"{}", *lines[2:]], ":3: Neither a snapshot nor facts"),
        (lambda lines: [*lines[:1], b"what?", *lines[1:]], ":2: These are not facts"),
        (lambda lines: lines[1:], ":1: A trace begins with a snapshot."),
    ],
)
def test_what_is_no_trace_is_refused_by_its_line(trace: Path, change, expected: str) -> None:  # type: ignore[no-untyped-def]
    lines = trace.read_bytes().splitlines()
    trace.write_bytes(b"\n".join(change(lines)) + b"\n")
    with pytest.raises(TraceFault) as caught:
        list(recorded(trace))
    assert expected in caught.value.detail


def test_a_trace_that_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(TraceFault, match="No such file"):
        list(recorded(tmp_path / "none.jsonl"))
    with pytest.raises(Unprocessable, match="begins with a snapshot"):
        TraceSource([], VirtualClock(), epoch=1)


MOVES = """time_s,device,latitude,longitude,speed_mps,cell
0,bus,43.60,7.00,10.5,nr1
0,van,43.61,7.01,,
5.5,bus,43.62,7.00,11,nr2
9,bus,43.63,7.00,11,ap1
12,bus,43.64,7.00,0,
"""


def a_table(folder: Path, text: str = MOVES) -> Path:
    path = folder / "moves.csv"
    path.write_text(text)
    return path


async def test_a_table_of_moves_is_told_at_its_times(tmp_path: Path) -> None:
    clock = VirtualClock()
    table = moves(a_table(tmp_path), NETWORK)
    source = TraceSource(told(table, NETWORK, Origin.MEASURED), clock, epoch=1)
    running = asyncio.ensure_future(source.run())
    await clock.advance(6.0)
    bus = source.picture.network.row_of_id("bus")
    assert bus == 0
    assert source.origin is Origin.MEASURED
    assert (source.picture.latitude[bus], source.picture.speed_mps[bus]) == (43.62, 11.0)
    assert source.picture.zone_of(bus) == "hill"
    assert source.picture.zone_of(1) is None
    await clock.advance(6.0)
    await running
    assert source.picture.latitude[bus] == 43.64


def test_cells_in_the_table_become_events(tmp_path: Path) -> None:
    table = moves(a_table(tmp_path), NETWORK)
    _, *rest = told(table, NETWORK, Origin.MEASURED)
    events = [[type(event) for event in each.events] for each in rest if isinstance(each, Facts)]
    assert events[:3] == [[Attached], [HandedOver], [Detached, Associated]]
    assert [kind.__name__ for kind in events[3]] == ["Disassociated"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("latitude,", "lat,", "latitude: this column is missing"),
        ("latitude,", "lat,", "lat: unknown. Known are time_s"),
        ("43.61", "north", "line 3: latitude: 'north' is no number from -90 to 90"),
        ("43.61", "nan", "line 3: latitude: 'nan' is no number"),
        ("0,van", "0,", "line 3: device: missing"),
        ("nr2", "nr7", "line 4: cell: there is no cell nr7"),
        ("5.5,", "50,", "time_s: the lines are not in the order"),
        (MOVES.partition("\n")[2], "", "file: there is no line but the header"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_every_fault(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    with pytest.raises(TraceFault) as caught:
        moves(a_table(tmp_path, MOVES.replace(old, new, 1)), NETWORK)
    assert expected in caught.value.detail
