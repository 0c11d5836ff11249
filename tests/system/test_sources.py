"""The file says who tells of the access network; what it says wrongly is refused by field."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.access.hostapd.twin import TABLE as CAFES
from tests.access.hostapd.twin import Twin, until
from tests.access.simulated.networks import street
from tests.access.static.tables import TABLE

from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.trace.recording import record
from wayside.adapters.clocks import VirtualClock
from wayside.core.errors import Problem
from wayside.core.tasks import Nursery
from wayside.refpoints.net.values import Origin
from wayside.system.process import Hands
from wayside.system.scenarios import scenario_path
from wayside.system.sources import KINDS, SourceFault, chosen
from wayside.system.state import StateFolder

MOVES = "time_s,device,latitude,longitude,cell\n0,bus,43.6,7.0,nr1\n5,bus,43.7,7.0,nr1\n"


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with Nursery() as nursery:
        yield Hands(VirtualClock(), nursery, lambda: "id")


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with a trace, a table of moves and an operator's table."""
    network = SimulatedSource(
        world_of(street()), VirtualClock(), epoch=3, pace=Pace(tick_s=2.0, speed=0.0)
    )
    await asyncio.gather(record(network.join(), tmp_path / "t.jsonl"), network.run(3))
    (tmp_path / "moves.csv").write_text(MOVES)
    (tmp_path / "table.toml").write_text(TABLE)
    return tmp_path


def a_file(folder: Path, text: str) -> Path:
    path = folder / "s.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("said", "origin", "sequence"),
    [
        ('kind = "trace"\nfile = "t.jsonl"', Origin.SIMULATED, 3),
        (
            'kind = "trace"\nfile = "moves.csv"\ntable = "table.toml"\norigin = "MEASURED"',
            Origin.MEASURED,
            2,
        ),
        ('kind = "static"\ntable = "table.toml"', Origin.STATIC, 0),
    ],
)
async def test_a_file_names_its_source_and_that_tells(
    folder: Path, hands: Hands, said: str, origin: Origin, sequence: int
) -> None:
    choice = chosen(a_file(folder, f"[source]\n{said}\n"))
    assert choice is not None
    async with choice.open(StateFolder(folder), hands) as source:
        assert source.network.origin is origin
        telling = asyncio.ensure_future(source.run())
        assert isinstance(hands.clock, VirtualClock)
        await hands.clock.advance(60.0)
        await telling
        assert source.network.picture.sequence == sequence
        reader = source.network.join()
        await anext(reader)
        with pytest.raises(TimeoutError):  # what was told last stays the present: no end
            await asyncio.wait_for(anext(reader), 0.01)


async def test_a_living_network_needs_no_further_word(hands: Hands, tmp_path: Path) -> None:
    choice = chosen(scenario_path("town"))
    assert choice is not None
    async with choice.open(StateFolder(tmp_path), hands) as source:
        assert source.network.origin is Origin.SIMULATED
        assert source.network.picture.network.size > 0


async def test_a_living_network_may_pass_faster(hands: Hands, tmp_path: Path) -> None:
    text = scenario_path("town").read_text() + '\n[source]\nkind = "simulated"\nspeed = 10\n'
    choice = chosen(a_file(tmp_path, text))
    assert choice is not None
    async with choice.open(StateFolder(tmp_path), hands) as source:
        telling = asyncio.ensure_future(source.run())
        assert isinstance(hands.clock, VirtualClock)
        for _ in range(5):
            await hands.clock.advance(0.1)
        assert source.network.picture.sequence == 5
        telling.cancel()


def test_a_file_without_a_network_has_no_source(tmp_path: Path) -> None:
    assert chosen(a_file(tmp_path, 'town = "still"\n')) is None


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("source = 3", "source: a table is expected here"),
        ("[source]", f"source.kind: None is none of {', '.join(sorted(KINDS))}"),
        ('[source]\nkind = "radio"', "source.kind: 'radio' is none of"),
        ('[source]\nkind = ["trace"]', "source.kind: ['trace'] is none of"),
        ('[source]\nkind = "simulated"', "source.kind: simulated is a living network"),
        ('[source]\nkind = "trace"', "source.file: missing"),
        ('[source]\nkind = "trace"\nfile = "t.jsonl"\nspeed = 0', "source.speed: "),
        ('[source]\nkind = "static"\ntable = "t"\nspede = 1', "source.spede: unknown"),
        ('[source]\nkind = "hostapd"\ntable = "t"', "source.access_points: missing"),
        (
            '[source]\nkind = "hostapd"\ntable = "t"\naccess_points = [{ cell = "ap1" }]',
            "source.access_points[0].control: missing",
        ),
    ],
)
def test_a_source_that_cannot_be_is_refused_by_field(tmp_path: Path, said: str, fault: str) -> None:
    with pytest.raises(SourceFault) as caught:
        chosen(a_file(tmp_path, said))
    assert any(each.startswith(fault) for each in caught.value.faults), caught.value.faults


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('kind = "trace"\nfile = "none.jsonl"', "No such file"),
        ('kind = "trace"\nfile = "moves.csv"', "source.table: table and origin go with"),
        ('kind = "trace"\nfile = "t.jsonl"\norigin = "STATIC"', "source.table: table and origin"),
        ('kind = "static"\ntable = "none.toml"', "No such file"),
        ('kind = "static"\ntable = "s.toml"', "operators: missing"),
        (
            'kind = "hostapd"\ntable = "table.toml"\n'
            'access_points = [{ cell = "nr1", control = "/run/hostapd/wlan0" }]',
            "source.access_points[0].cell: nr1 is no access point",
        ),
    ],
)
async def test_files_that_cannot_be_used_are_refused_when_it_is_opened(
    folder: Path, hands: Hands, said: str, fault: str
) -> None:
    choice = chosen(a_file(folder, f"[source]\n{said}\n"))
    assert choice is not None
    with pytest.raises(Problem, match=re.escape(fault)):
        async with choice.open(StateFolder(folder), hands):
            raise AssertionError("it must not open")


async def test_access_points_of_hostapd_are_heard_for_a_file(folder: Path, hands: Hands) -> None:
    twin = Twin(folder / "wlan0")
    await twin.start()
    (folder / "cafe.toml").write_text(CAFES)
    choice = chosen(
        a_file(
            folder,
            '[source]\nkind = "hostapd"\ntable = "cafe.toml"\n'
            'access_points = [{ cell = "cafe", control = "wlan0" }]\n',
        )
    )
    assert choice is not None
    async with choice.open(StateFolder(folder), hands) as source:
        assert source.network.origin is Origin.MEASURED
        telling = asyncio.ensure_future(source.run())
        await until(lambda: not source.network.picture.off)
        assert source.network.picture.network.cells[0].ssid == "Town"
        telling.cancel()
        await asyncio.wait([telling])
    twin.kill()
