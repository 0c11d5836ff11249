"""A network in another process is seen as in its own, and its death is survived."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.access.simulated.networks import street

from wayside.access.carrying import LENGTH_BYTES, RemoteSource, serve
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import SystemClock, VirtualClock
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Origin, Technology


def a_network(epoch: int = 3) -> SimulatedSource:
    return SimulatedSource(world_of(street()), VirtualClock(), epoch=epoch, pace=Pace(speed=0.0))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


def moment(source: RemoteSource | SimulatedSource) -> tuple[int, int]:
    return source.picture.epoch, source.picture.sequence


async def until_same(here: RemoteSource, there: SimulatedSource) -> None:
    await until(lambda: moment(here) == moment(there))
    for technology in Technology:
        np.testing.assert_array_equal(
            here.picture.cells[technology], there.picture.cells[technology]
        )
    np.testing.assert_array_equal(here.picture.latitude, there.picture.latitude)


async def test_the_picture_in_another_process_is_that_of_the_network(tmp_path: Path) -> None:
    network = a_network()
    network.tick()
    server = await serve(network, tmp_path / "net")
    assert stat.S_IMODE((tmp_path / "net").stat().st_mode) & 0o077 == 0
    here = RemoteSource(tmp_path / "net", SystemClock())
    assert (here.origin, here.picture.network.size) == (Origin.STATIC, 0)
    running = asyncio.ensure_future(here.run())
    await until(lambda: here.connected)
    assert here.origin is Origin.SIMULATED
    for _ in range(3):
        network.tick()
        await asyncio.sleep(0.01)
    await until_same(here, network)
    await ended(running)
    server.close()


async def ended(running: asyncio.Future[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_network_that_dies_leaves_its_last_picture_until_it_is_back(
    tmp_path: Path,
) -> None:
    network = a_network()
    server = await serve(network, tmp_path / "net")
    clock = VirtualClock()
    here = RemoteSource(tmp_path / "net", clock)
    running = asyncio.ensure_future(here.run())
    await until(lambda: here.connected)
    reader = here.join()
    picture = Picture(await first(reader))
    network.tick()
    await until_same(here, network)
    picture.follow(await anext(reader))  # type: ignore[arg-type]
    await network.run(0)  # ends, and with it the connection
    server.close()
    await until(lambda: not here.connected)
    assert here.picture.sequence == 1, "what was known last"
    again = a_network(epoch=4)
    again.tick()
    server = await serve(again, tmp_path / "net")
    async with asyncio.timeout(10):
        while not here.connected:
            await clock.advance(0.5)
            await asyncio.sleep(0.01)
    await until_same(here, again)
    assert (await first(reader)).epoch == 4
    await ended(running)
    server.close()


async def first(reader) -> Snapshot:  # type: ignore[no-untyped-def]
    told = await anext(reader)
    assert isinstance(told, Snapshot)
    return told


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, "No such file"),
        (b"", "has ended"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "are not facts"),
        ((3).to_bytes(LENGTH_BYTES) + b"abc", "facts"),
        ((9).to_bytes(LENGTH_BYTES) + b"abc", "has ended"),
    ],
)
async def test_where_there_is_no_network_nothing_is_known_it_is_said_once_and_asked_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, raw: bytes | None, expected: str
) -> None:
    caplog.set_level("INFO")
    asked = 0

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(raw or b"")
        writer.close()

    path = tmp_path / "net"
    strange = await asyncio.start_unix_server(answer, path) if raw is not None else None
    clock = VirtualClock()
    here = RemoteSource(path, clock)
    running = asyncio.ensure_future(here.run())
    for _ in range(5):
        await asyncio.sleep(0.02)
        await clock.advance(0.5)
    assert not here.connected
    assert here.picture.network.size == 0
    assert len([r for r in caplog.records if expected in r.getMessage()]) == 1
    if strange is not None:
        assert asked > 1
        strange.close()
    network = a_network()
    network.tick()
    server = await serve(network, path)
    async with asyncio.timeout(10):
        while not here.connected:
            await clock.advance(0.5)
            await asyncio.sleep(0.01)
    await until_same(here, network)
    await ended(running)
    server.close()
