"""Who comes in at all: the names that an element answers to, and how often one may ask."""

import asyncio

import pytest
from tests.chassis.http.orchard import ROOT, Gatekeeper, Stand, ask

from wayside.chassis.element import Doors, Element
from wayside.chassis.http import HttpServer, Limits
from wayside.chassis.links import own_names
from wayside.chassis.rates import RateLimit
from wayside.core.errors import Misdirected
from wayside.core.tasks import Nursery


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST.", "a.localhost", "[::1]:8080",
     "[::1]", "127.9.9.9", "edge.example:8080", "Edge.Example"],
)  # fmt: skip
def test_loopback_by_any_name_and_the_names_that_were_given_are_ours(host: str) -> None:
    own_names("edge.example")(host)


@pytest.mark.parametrize(
    "host",
    ["attacker.example", "127.0.0.1.attacker.example:8080", "localhost.attacker.example",
     "notlocalhost", "10.0.0.1", "0.0.0.0", "edge.example.attacker.example", "[::2]:1"],
)  # fmt: skip
def test_any_other_name_is_misdirected_with_the_remedy(host: str) -> None:
    with pytest.raises(Misdirected, match="wayside up --name") as refused:
        own_names("edge.example")(host)
    assert refused.value.status == 421


async def open_with(stand: Stand, doors: Doors) -> Stand:
    """The same orchard behind such doors."""
    stand.element = Element(
        title="it", apis=[stand.orchard], authoriser=Gatekeeper(), clock=stand.clock,
        new_id=lambda: "id", doors=doors,
    )  # fmt: skip
    await stand.server.close()
    stand.server = HttpServer(stand.element, nursery=stand.nursery)
    await stand.open()
    return stand


async def test_a_page_that_was_led_here_by_its_own_name_learns_nothing(stand: Stand) -> None:
    await open_with(stand, Doors(hosts=own_names()))
    for _ in range(2):
        answer = await stand.client.get(f"{ROOT}/trees", headers={"host": "attacker.example"})
        assert answer.status_code == 421
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await stand.client.get(f"{ROOT}/trees")).status_code == 200


async def test_who_asks_too_often_is_told_when_to_come_again(stand: Stand) -> None:
    await open_with(stand, Doors(limit=RateLimit(2, 10, stand.clock)))
    answers = [await stand.client.get(f"{ROOT}/trees") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert answers[-1].headers["retry-after"] == "1"
    assert "2 times a second" in answers[-1].json()["detail"]
    await stand.clock.advance(1)
    assert (await stand.client.get(f"{ROOT}/trees")).status_code == 200


async def test_one_address_does_not_take_all_connections(stand: Stand, nursery: Nursery) -> None:
    narrow = Stand(
        stand.orchard, stand.clock, nursery, limits=Limits(connections_per_address_max=2)
    )
    await narrow.open()
    async with narrow.line() as first, narrow.line() as second:
        for line in (first, second):
            line.say(ask(f"{ROOT}/trees"))
            assert (await line.hear()).status == 200
        async with narrow.line() as third:
            refused = await third.hear()
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert await third.rest() == b""
    await asyncio.sleep(0.05)
    async with narrow.line() as again:
        again.say(ask(f"{ROOT}/trees"))
        assert (await again.hear()).status == 200
    await narrow.close()
