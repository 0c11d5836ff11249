"""Access points of hostapd: who comes and goes, and what is known while one is away."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import pytest
from tests.access.hostapd.twin import (
    BAR,
    CAFE,
    FIGURES,
    HOSTAPD,
    PHONE,
    STATUS,
    STRANGER,
    WATCH,
    Twin,
    a_table,
    real,
    station,
    until,
)

from wayside.access.hostapd import control
from wayside.access.hostapd.control import HostapdAway, opened
from wayside.access.hostapd.points import Point, network_with
from wayside.access.hostapd.source import RETRY_S, HostapdSource
from wayside.adapters.clocks import VirtualClock
from wayside.refpoints.net.facts import Associated, CellChanged, Disassociated, Event
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import NOBODY, Origin, Technology

PHONE_ROW, WATCH_ROW = 0, 1
LOOK_S = 2.0


@dataclass
class Cafe:
    """A source that hears access points, and the clock by which it looks at them."""

    source: HostapdSource
    clock: VirtualClock

    @property
    def picture(self) -> Picture:
        return self.source.picture

    def serving(self) -> list[int]:
        """Which access point serves the phone, and which the watch."""
        return self.picture.cells[Technology.WLAN].tolist()

    async def look(self) -> None:
        """Let the next look at all access points pass."""
        before = self.picture.sequence
        await self.clock.advance(LOOK_S)
        await until(lambda: self.picture.sequence > before)


@asynccontextmanager
async def heard(*points: Point) -> AsyncIterator[Cafe]:
    """Hear access points until the block ends."""
    clock = VirtualClock()
    network = network_with(a_table(), points, source="s.toml")
    source = HostapdSource(network, points, clock, epoch=7, look_every_s=LOOK_S)
    running = asyncio.ensure_future(source.run())
    try:
        yield Cafe(source, clock)
    finally:
        running.cancel()
        await asyncio.wait([running])


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    made = Twin(tmp_path / "wlan0")
    await made.start()
    yield made
    made.kill()


@pytest.fixture
async def cafe(twin: Twin) -> AsyncIterator[Cafe]:
    """One access point, which is heard."""
    async with heard(Point("cafe", twin.path)) as made:
        await until(lambda: not made.picture.off)
        yield made


async def test_what_hostapd_says_of_an_access_point_is_what_the_network_is(
    twin: Twin, cafe: Cafe
) -> None:
    (cell,) = cafe.picture.network.cells
    assert (cell.id, cell.ssid, cell.carrier_hz, cell.bandwidth_hz) == (
        "cafe", "Town", 5210e6, 80e6,
    )  # fmt: skip
    assert (cell.position.latitude, cell.zone, cell.power_dbm) == (43.5, "square", 20)
    assert cafe.source.origin is cafe.picture.origin is Origin.MEASURED
    loaded = cafe.picture.loaded
    assert loaded is not None
    assert loaded.downlink_share.tolist() == pytest.approx([0.2])
    assert isnan(loaded.uplink_share[0]), "both ways are told in one"


async def test_stations_that_come_and_go_are_told_at_once(twin: Twin, cafe: Cafe) -> None:
    assert cafe.serving() == [NOBODY, NOBODY]
    twin.connect(PHONE)
    await until(lambda: cafe.serving() == [0, NOBODY])
    twin.connect(WATCH)
    twin.disconnect(PHONE)
    await until(lambda: cafe.serving() == [NOBODY, 0])


async def test_stations_that_were_there_before_are_found(tmp_path: Path, twin: Twin) -> None:
    twin.stations = {PHONE: station(PHONE), WATCH: station(WATCH, flags="[AUTH][ASSOC]")}
    async with heard(Point("cafe", twin.path)) as cafe:
        await until(lambda: not cafe.picture.off)
        assert cafe.serving() == [0, NOBODY], "who is not authorised cannot send anything"


async def test_what_no_event_told_is_found_at_the_next_look(twin: Twin, cafe: Cafe) -> None:
    twin.stations = {PHONE: station(PHONE)}
    await cafe.look()
    assert cafe.serving() == [0, NOBODY]
    twin.stations = {}
    await cafe.look()
    assert cafe.serving() == [NOBODY, NOBODY]


async def test_figures_are_those_of_the_driver(twin: Twin, cafe: Cafe) -> None:
    twin.stations = {PHONE: station(PHONE, **FIGURES), WATCH: station(WATCH)}
    await cafe.look()
    twin.stations[PHONE] = station(PHONE, **FIGURES | {"tx_bytes": 5000 + 2_500_000})
    await cafe.look()
    measured = cafe.picture.measured[Technology.WLAN]
    assert measured.devices.tolist() == [PHONE_ROW, WATCH_ROW]
    assert measured.power_dbm[0] == -61
    assert measured.cqi.tolist() == [9, -1]
    assert measured.downlink_bps_max[0] == pytest.approx(433.3e6)
    assert measured.uplink_bps_max[0] == pytest.approx(65e6)
    assert measured.downlink_bps[0] == pytest.approx(2_500_000 * 8 / LOOK_S, rel=1e-3)
    assert isnan(measured.power_dbm[1]) and isnan(measured.downlink_bps_max[1])


async def test_a_stranger_is_counted_noted_once_and_left_out(
    twin: Twin, cafe: Cafe, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    twin.connect(STRANGER)
    twin.connect(PHONE)
    await until(lambda: cafe.serving() == [0, NOBODY])
    await cafe.look()
    loaded = cafe.picture.loaded
    assert loaded is not None and loaded.devices.tolist() == [2]
    assert len([each for each in caplog.records if STRANGER in each.getMessage()]) == 1


async def test_a_list_that_breaks_off_takes_nobody_away(twin: Twin, cafe: Cafe) -> None:
    twin.stations = {PHONE: station(PHONE), WATCH: station(WATCH)}
    await cafe.look()
    twin.breaks = 2
    await cafe.look()
    assert cafe.serving() == [0, 0]
    twin.breaks = 1000
    await cafe.look()
    assert cafe.serving() == [0, 0]


async def test_a_hostapd_that_is_killed_is_off_until_it_is_back(twin: Twin, cafe: Cafe) -> None:
    twin.connect(PHONE)
    await until(lambda: cafe.serving() == [0, NOBODY])
    twin.kill()
    await cafe.look()
    assert cafe.picture.off == {0}
    assert cafe.serving() == [NOBODY, NOBODY]
    twin.stations = {WATCH: station(WATCH)}
    await twin.start()
    await cafe.clock.advance(RETRY_S)
    await until(lambda: not cafe.picture.off)
    assert cafe.serving() == [NOBODY, 0]
    twin.connect(PHONE)
    await until(lambda: cafe.serving() == [0, 0])
    assert len(twin.attached) == 1


async def test_a_hostapd_that_ends_is_off_at_once(twin: Twin, cafe: Cafe) -> None:
    twin.tell("<3>CTRL-EVENT-TERMINATING ")
    await until(lambda: cafe.picture.off == {0})
    assert twin.attached == [], "we have said that we hear no more"


async def test_an_interface_that_is_disabled_is_off(twin: Twin, cafe: Cafe) -> None:
    twin.status["state"] = "DISABLED"
    before = cafe.picture.sequence
    await cafe.clock.advance(LOOK_S)
    await until(lambda: cafe.picture.off == {0})
    assert cafe.picture.sequence == before + 1


async def test_readers_hear_of_an_access_point_that_goes(twin: Twin, cafe: Cafe) -> None:
    twin.connect(PHONE)
    await until(lambda: cafe.serving() == [0, NOBODY])
    reader = cafe.source.join()
    assert isinstance(await anext(reader), Snapshot)
    twin.tell("<3>AP-DISABLED ")
    told: list[Event] = []
    while not any(isinstance(each, CellChanged) for each in told):
        facts = await anext(reader)
        assert not isinstance(facts, Snapshot)
        told += facts.events
    assert [type(each) for each in told] == [Disassociated, CellChanged]


async def test_another_channel_is_another_epoch_with_the_same_stations(
    twin: Twin, cafe: Cafe
) -> None:
    twin.connect(PHONE)
    await until(lambda: cafe.serving() == [0, NOBODY])
    epoch = cafe.picture.epoch
    twin.status |= {"freq": 5500, "vht_oper_centr_freq_seg0_idx": 106}
    await cafe.clock.advance(LOOK_S)
    await until(lambda: cafe.picture.epoch > epoch)
    assert cafe.picture.network.cells[0].carrier_hz == 5530e6
    assert cafe.serving() == [0, NOBODY]


async def test_a_station_that_roams_is_at_one_access_point(tmp_path: Path, twin: Twin) -> None:
    other = Twin(tmp_path / "wlan1", status=dict(STATUS) | {"bss[0]": "wlan1", "bssid[0]": BAR})
    await other.start()
    async with heard(Point("cafe", twin.path), Point("bar", other.path)) as cafe:
        await until(lambda: not cafe.picture.off)
        twin.connect(PHONE)
        await until(lambda: cafe.serving() == [0, NOBODY])
        other.connect(PHONE)
        await until(lambda: cafe.serving() == [1, NOBODY])
        await cafe.look()
        assert cafe.serving() == [1, NOBODY], "the first still lists it"
        twin.disconnect(PHONE)
        other.kill()
        await cafe.clock.advance(LOOK_S)
        await until(lambda: cafe.picture.off == {1})
        assert cafe.serving() == [NOBODY, NOBODY]


async def test_an_access_point_that_is_away_from_the_beginning_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with heard(Point("cafe", tmp_path / "none")) as cafe:
        for _ in range(4):
            await asyncio.sleep(0.01)
            await cafe.clock.advance(RETRY_S)
        assert cafe.picture.off == {0}
        assert cafe.picture.sequence == 0, "nothing has changed"
    said = [each.getMessage() for each in caplog.records if "away" in each.getMessage()]
    assert len(said) == 1 and "No such file" in said[0]


async def test_a_hostapd_that_says_nothing_is_away(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "ANSWER_S_MAX", 0.05)
    twin.silent = True
    with pytest.raises(HostapdAway, match="does not answer ATTACH"):
        async with opened(twin.path):
            raise AssertionError("it must not open")


async def test_our_sockets_are_ours_alone_and_leave_nothing(twin: Twin) -> None:
    async with opened(twin.path):
        own = Path(twin.attached[0])
        assert stat.S_IMODE(own.parent.stat().st_mode) & 0o077 == 0
    assert not own.parent.exists()


needs_hostapd = pytest.mark.skipif(HOSTAPD is None, reason="hostapd is not installed")


@needs_hostapd
async def test_the_real_hostapd_is_heard_and_heard_again_after_a_restart(tmp_path: Path) -> None:
    async with real(tmp_path) as path, heard(Point("cafe", path)) as cafe:
        await until(lambda: not cafe.picture.off)
        assert f"{cafe.picture.network.cells[0].identity:012x}" == CAFE.replace(":", "")
        reader = cafe.source.join()
        await anext(reader)
        async with opened(path) as operator:
            assert (await operator.ask(f"NEW_STA {PHONE}")).strip() == "OK"
            facts = await anext(reader)
            assert not isinstance(facts, Snapshot)
            assert facts.events == (Associated(device=PHONE_ROW, cell=0),)
            await operator.ask(f"NEW_STA {WATCH}")
            await operator.ask(f"NEW_STA {STRANGER}")
            await until(lambda: cafe.serving() == [0, 0])
            await cafe.look()
            assert cafe.serving() == [0, 0], "its list says the same as its events"
            await operator.ask(f"DISASSOCIATE {WATCH}")
            await until(lambda: cafe.serving() == [0, NOBODY])
            await cafe.look()
            assert cafe.serving() == [0, NOBODY]
            loaded = cafe.picture.loaded
            assert loaded is not None and loaded.devices.tolist() == [3]
    async with real(tmp_path) as path, heard(Point("cafe", path)) as cafe:
        await until(lambda: not cafe.picture.off)
        assert cafe.serving() == [NOBODY, NOBODY]


@needs_hostapd
async def test_a_real_hostapd_that_ends_is_off_and_the_next_one_is_heard(tmp_path: Path) -> None:
    async with real(tmp_path) as path, heard(Point("cafe", path)) as cafe:
        await until(lambda: not cafe.picture.off)
        async with opened(path) as operator:
            await operator.ask(f"NEW_STA {PHONE}")
            await until(lambda: cafe.serving() == [0, NOBODY])
            await operator.ask("DISABLE")
            await until(lambda: cafe.picture.off == {0})
            assert cafe.serving() == [NOBODY, NOBODY]
            await operator.ask("ENABLE")
        await cafe.clock.advance(RETRY_S)
        await until(lambda: not cafe.picture.off)
