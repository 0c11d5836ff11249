"""A network in another process is seen as in its own, and its death is survived."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.access.simulated.networks import street

from wayside.access.carrying import LENGTH_BYTES, NetworkAway, RemoteSource, remote, serve
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import SystemClock, VirtualClock
from wayside.core.errors import BadRequest
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
    here = await remote(tmp_path / "net", SystemClock())
    running = asyncio.ensure_future(here.run())
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
    here = await remote(tmp_path / "net", clock)
    reader = here.join()
    picture = Picture(await first(reader))
    running = asyncio.ensure_future(here.run())
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


async def test_where_there_is_no_network_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(NetworkAway, match="No such file"):
        await remote(tmp_path / "net", SystemClock())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", NetworkAway),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", BadRequest),
        ((3).to_bytes(LENGTH_BYTES) + b"abc", BadRequest),
        ((9).to_bytes(LENGTH_BYTES) + b"abc", NetworkAway),
    ],
)
async def test_whoever_speaks_of_something_else_is_refused(
    tmp_path: Path, raw: bytes, expected: type[Exception]
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        writer.close()

    server = await asyncio.start_unix_server(answer, tmp_path / "net")
    with pytest.raises(expected):
        await remote(tmp_path / "net", SystemClock())
    server.close()
