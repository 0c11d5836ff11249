"""The network as people see it: one picture, told in four ways that agree."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from tests.access.simulated.networks import street

from wayside.access.simulated.putting import NORTH_M
from wayside.access.simulated.source import Pace, SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.access.view.api import NetworkView
from wayside.adapters.clocks import VirtualClock
from wayside.adapters.ids import CountedIds
from wayside.chassis.http import Element, HttpServer
from wayside.core.errors import Conflict
from wayside.core.tasks import Nursery
from wayside.security.sandbox import SandboxAuthoriser

ROOT = "/wayside_network/v1"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the view of a simulated street that has lived for three seconds."""
    clock = VirtualClock()
    source = SimulatedSource(world_of(street()), clock, epoch=1, pace=Pace(speed=0.0))
    await source.run(3)
    element = Element(
        title="network",
        apis=[NetworkView(lambda: source.picture)],
        authoriser=SandboxAuthoriser(),
        clock=clock,
        new_id=CountedIds("request"),
    )
    async with Nursery() as nursery:
        server = HttpServer(element, nursery=nursery)
        with TemporaryDirectory() as folder:
            await server.listen_unix(Path(folder) / "network")
            transport = httpx.AsyncHTTPTransport(uds=f"{folder}/network")
            async with httpx.AsyncClient(transport=transport, base_url="http://it") as client:
                yield client
            await server.close()


async def listed(http: httpx.AsyncClient, what: str, **params: str) -> list[dict[str, object]]:
    """All of a list, page after page."""
    found: list[dict[str, object]] = []
    url = str(httpx.URL(f"{ROOT}/{what}", params=params))
    while True:
        answer = await http.get(url)
        assert answer.status_code == 200, answer.text
        found += answer.json()
        if "next" not in answer.links:
            return found
        url = httpx.URL(answer.links["next"]["url"]).raw_path.decode()


async def test_the_whole_is_counted_and_says_that_it_is_simulated(http: httpx.AsyncClient) -> None:
    state = (await http.get(f"{ROOT}/state")).json()
    devices, cells = await listed(http, "devices"), await listed(http, "cells")
    assert state["origin"] == "SIMULATED"
    assert (state["devices"], state["cells"]) == (len(devices), len(cells))
    assert state["served"] == sum(1 for each in devices if each["radios"]) > 0
    assert state["sequence"] == 3
    assert {each["origin"] for each in [*devices, *cells]} == {"SIMULATED"}


async def test_a_cell_counts_the_devices_that_name_it(http: httpx.AsyncClient) -> None:
    for cell in await listed(http, "cells"):
        served = await listed(http, "devices", cell=str(cell["id"]))
        assert len(served) == cell["devices"]
        for device in served:
            radios = device["radios"]
            assert isinstance(radios, list)
            assert cell["id"] in {radio["cell"] for radio in radios}
            assert all(radio["powerDbm"] < 0 for radio in radios)


async def test_zones_share_the_served_devices_out(http: httpx.AsyncClient) -> None:
    zones = await listed(http, "zones")
    state = (await http.get(f"{ROOT}/state")).json()
    assert sum(int(str(each["devices"])) for each in zones) == state["served"]
    for zone in zones:
        here = await listed(http, "devices", zone=str(zone["id"]))
        assert {each["zone"] for each in here} <= {zone["id"]}
        assert len(here) == zone["devices"]


async def test_one_device_is_as_the_list_has_it(http: httpx.AsyncClient) -> None:
    first = (await listed(http, "devices"))[0]
    assert (await http.get(f"{ROOT}/devices/{first['id']}")).json() == first


@pytest.mark.parametrize("path", ["devices/nobody", "devices?cell=nothing", "devices?zone=nowhere"])
async def test_what_is_not_there_is_named(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"{ROOT}/{path}")
    assert answer.status_code == 404
    assert "list them" in answer.json()["detail"]


async def test_a_device_that_is_put_close_to_a_cell_is_told_of_there_and_served_by_it() -> None:
    source = SimulatedSource(world_of(street()), VirtualClock(), epoch=1, pace=Pace(speed=0.0))
    network, movers = source.picture.network, source.tick().moved
    moving = set() if movers is None else set(movers.devices.tolist())
    still = next(row for _, row in network.named if row not in moving)
    for cell, site in enumerate(network.cells):
        source.put(still, cell)
        facts = source.tick()
        assert facts.moved is not None
        assert sorted(facts.moved.devices.tolist()) == sorted({*moving, still})
        away = abs(source.picture.latitude[still] - site.position.latitude)
        assert away * 111_000 == pytest.approx(NORTH_M, rel=0.1)
        told = source.tick().moved
        assert told is None or still not in told.devices
    for row in moving:
        with pytest.raises(Conflict, match="by itself"):
            source.put(row, 0)


async def test_where_nobody_can_be_put_anywhere_the_refusal_says_so(
    http: httpx.AsyncClient,
) -> None:
    device = (await listed(http, "devices"))[0]["id"]
    for id_, body, status in (
        (device, {"cell": "north"}, 409),
        ("nobody", {"cell": "north"}, 404),
        (device, {}, 422),
    ):
        answer = await http.put(f"{ROOT}/devices/{id_}/place", json=body)
        assert answer.status_code == status, answer.text
