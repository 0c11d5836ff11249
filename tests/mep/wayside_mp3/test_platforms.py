"""Services of one platform on another: found, changed, lost, and right again after every fault."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.mep.wayside_mp3.platforms import LEFT, RIGHT, Platforms
from tests.mep.world import APP, CALLBACK, SERVICES, service

from wayside.core.authorisation import Caller
from wayside.core.errors import Forbidden, NotFound, Unprocessable
from wayside.core.ids import HostId
from wayside.refpoints.mp3 import Edition, PlatformServices

WIDE: dict[str, Any] = {"scopeOfLocality": "MEC_SYSTEM", "consumedLocalOnly": False}


@pytest.fixture
async def both() -> AsyncIterator[Platforms]:
    """Two platforms that have met."""
    async with Platforms() as both:
        yield both


def told(both: Platforms) -> list[tuple[str, str, str]]:
    """What the subscriber on the right was told, oldest first."""
    return [
        (each["changeType"], each["serName"], each["state"])
        for body in both.right.callbacks.to(CALLBACK)
        for each in body["serviceReferences"]
    ]


async def test_a_service_for_the_whole_system_is_found_on_the_other_platform(
    both: Platforms,
) -> None:
    offered = await both.left.offer(**WIDE)
    await both.clock.settle()
    (found,) = (await both.right.http.get(f"{SERVICES}/services?ser_name=faces")).json()
    assert found["serInstanceId"] == offered["serInstanceId"]
    assert found["transportInfo"] == offered["transportInfo"]
    assert found["isLocal"] is True, "the whole system is its locality"
    read = await both.right.http.get(
        found["_links"]["self"]["href"].removeprefix("http://mep.example")
    )
    assert read.json() == found


@pytest.mark.parametrize(
    "stays",
    [
        {},
        {"scopeOfLocality": "MEC_SYSTEM"},
        {"scopeOfLocality": "MEC_HOST", "consumedLocalOnly": False},
        {"scopeOfLocality": "NFVI_NODE", "consumedLocalOnly": False},
        {"scopeOfLocality": "ZONE", "consumedLocalOnly": False},
        {"scopeOfLocality": "NFVI_POP", "consumedLocalOnly": False},
    ],
)
async def test_a_service_for_its_own_locality_is_not(
    both: Platforms, stays: dict[str, Any]
) -> None:
    await both.left.offer(**stays)
    await both.clock.advance(30)
    assert await both.seen() == {}
    assert await both.seen(both.left) == {"faces": "ACTIVE"}


async def test_a_zone_group_is_shared_by_the_hosts_that_name_it_alike(both: Platforms) -> None:
    await both.left.offer(scopeOfLocality="ZONE_GROUP", consumedLocalOnly=False)
    await both.clock.settle()
    assert await both.seen() == {"faces": "ACTIVE"}


async def test_filters_find_what_is_shared_too(both: Platforms) -> None:
    offered = await both.left.offer(**WIDE)
    await both.clock.settle()
    for query, found in (
        (f"ser_instance_id={offered['serInstanceId']}", 1),
        ("ser_category_id=c1", 1),
        ("ser_category_id=c2", 0),
        ("scope_of_locality=MEC_SYSTEM", 1),
        ("consumed_local_only=true", 0),
        ("is_local=true", 1),
        ("is_local=false", 0),
    ):
        answer = await both.right.http.get(f"{SERVICES}/services?{query}")
        assert (query, len(answer.json())) == (query, found)


async def test_it_belongs_to_no_instance_there_and_nobody_there_can_change_it(
    both: Platforms,
) -> None:
    offered = await both.left.offer(**WIDE)
    await both.clock.settle()
    own = f"{SERVICES}/applications/{APP}/services"
    assert (await both.right.http.get(own)).json() == []
    path = f"{own}/{offered['serInstanceId']}"
    assert (await both.right.http.put(path, json=service())).status_code == 404
    assert (await both.right.http.delete(path)).status_code == 404


async def test_subscribers_there_hear_of_it_as_of_their_own(both: Platforms) -> None:
    await both.right.subscribe(SERVICES)
    offered = await both.left.offer(**WIDE)
    await both.clock.settle()
    path = f"{SERVICES}/applications/{APP}/services/{offered['serInstanceId']}"
    await both.left.http.put(path, json=service(**WIDE, state="INACTIVE"))
    await both.clock.settle()
    await both.left.http.put(path, json=service(**WIDE, state="INACTIVE", version="2"))
    await both.clock.settle()
    await both.left.http.delete(path)
    await both.clock.settle()
    assert told(both) == [
        ("ADDED", "faces", "ACTIVE"),
        ("STATE_CHANGED", "faces", "INACTIVE"),
        ("ATTRIBUTES_CHANGED", "faces", "INACTIVE"),
        ("REMOVED", "faces", "INACTIVE"),
    ]


async def test_a_service_that_its_owner_takes_home_is_found_there_no_more(
    both: Platforms,
) -> None:
    offered = await both.left.offer(**WIDE)
    await both.clock.settle()
    path = f"{SERVICES}/applications/{APP}/services/{offered['serInstanceId']}"
    await both.left.http.put(path, json=service())
    await both.clock.settle()
    assert await both.seen() == {}
    assert await both.seen(both.left) == {"faces": "ACTIVE"}


async def test_a_missed_heartbeat_is_heard_of_on_the_other_platform(both: Platforms) -> None:
    await both.left.offer(**WIDE, livenessInterval=20)
    await both.clock.advance(15)
    assert await both.seen() == {"faces": "ACTIVE"}
    await both.clock.advance(10)
    assert await both.seen() == {"faces": "SUSPENDED"}


async def test_a_peer_that_is_not_heard_is_suspended_then_gone_then_back(both: Platforms) -> None:
    await both.right.subscribe(SERVICES)
    await both.left.offer(**WIDE)
    await both.clock.settle()
    both.cut()
    await both.clock.advance(25)
    assert await both.seen() == {"faces": "ACTIVE"}
    await both.clock.advance(20)
    assert await both.seen() == {"faces": "SUSPENDED"}
    both.cut(cut=False)
    await both.clock.advance(10)
    assert await both.seen() == {"faces": "ACTIVE"}
    both.cut()
    await both.clock.advance(320)
    assert await both.seen() == {}
    both.cut(cut=False)
    await both.clock.advance(10)
    assert [change for change, *_ in told(both)] == [
        "ADDED", "STATE_CHANGED", "STATE_CHANGED", "STATE_CHANGED", "REMOVED", "ADDED",
    ]  # fmt: skip


async def test_what_changed_while_the_network_was_away_arrives_with_the_first_message(
    both: Platforms,
) -> None:
    await both.left.offer(**WIDE)
    await both.clock.settle()
    both.cut()
    await both.left.offer(**WIDE, serName="plates")
    await both.clock.advance(5)
    both.cut(cut=False)
    await both.clock.advance(10)
    assert await both.seen() == {"faces": "ACTIVE", "plates": "ACTIVE"}


async def test_a_lost_answer_is_made_good(both: Platforms) -> None:
    both.to_right.loses_answers = True
    await both.left.offer(**WIDE)
    await both.right.offer(**WIDE, serName="plates")
    await both.clock.advance(30)
    assert (
        await both.seen() == await both.seen(both.left) == {"faces": "ACTIVE", "plates": "ACTIVE"}
    )


async def test_a_kill_of_the_finder_loses_nothing_and_tells_nothing_twice(
    both: Platforms,
) -> None:
    await both.right.subscribe(SERVICES)
    await both.left.offer(**WIDE)
    await both.clock.settle()
    both.cut()
    await both.right.restart()
    assert await both.seen() == {"faces": "ACTIVE"}, "found before any message"
    both.cut(cut=False)
    await both.clock.advance(15)
    assert await both.seen() == {"faces": "ACTIVE"}
    assert told(both) == [("ADDED", "faces", "ACTIVE")]


async def test_a_kill_of_the_owner_changes_nothing_that_others_see(both: Platforms) -> None:
    await both.right.subscribe(SERVICES)
    await both.left.offer(**WIDE)
    await both.clock.settle()
    await both.left.restart()
    await both.clock.advance(15)
    assert await both.seen() == {"faces": "ACTIVE"}
    assert told(both) == [("ADDED", "faces", "ACTIVE")]


async def test_what_went_while_the_finder_was_dead_is_gone_with_its_first_message(
    both: Platforms,
) -> None:
    offered = await both.left.offer(**WIDE)
    await both.clock.settle()
    both.cut()
    path = f"{SERVICES}/applications/{APP}/services/{offered['serInstanceId']}"
    await both.left.http.delete(path)
    both.cut(cut=False)
    await both.right.restart()
    await both.clock.settle()
    assert await both.seen() == {}


async def test_a_quiet_pair_sends_small_messages_and_few(both: Platforms) -> None:
    for number in range(20):
        await both.left.offer(**WIDE, serName=f"s{number}")
    await both.clock.advance(20)
    both.to_right.messages.clear()
    await both.clock.advance(100)
    assert len(both.to_right.messages) <= 11
    assert all(each.services is None for each in both.to_right.messages)


async def test_what_stays_at_home_costs_no_message(both: Platforms) -> None:
    both.to_right.messages.clear()
    offered = await both.left.offer(livenessInterval=1)
    path = f"{SERVICES}/applications/{APP}/services/{offered['serInstanceId']}"
    await both.left.http.put(path, json=service(version="2"))
    await both.left.http.delete(path)
    await both.clock.settle()
    assert both.to_right.messages == []


async def test_an_older_list_that_comes_late_changes_nothing(both: Platforms) -> None:
    await both.left.offer(**WIDE)
    await both.clock.settle()
    latest = [each for each in both.to_right.messages if each.services][-1]
    late = PlatformServices(
        host_id=LEFT,
        edition=Edition(incarnation=latest.edition.incarnation, number=latest.edition.number - 1),
        services=(),
    )
    await both.right.mep.mp3.exchange_services(LEFT, late)
    assert await both.seen() == {"faces": "ACTIVE"}


async def test_a_stranger_is_told_nothing(both: Platforms) -> None:
    body = PlatformServices(
        host_id=HostId("mec9"), edition=Edition(incarnation="x", number=1), services=()
    )
    with pytest.raises(NotFound, match="mec9 is no peer of mec2"):
        await both.right.mep.mp3.exchange_services(HostId("mec9"), body)
    with pytest.raises(Unprocessable, match="hostId"):
        await both.right.mep.mp3.exchange_services(LEFT, body)


async def test_only_the_peers_own_client_speaks_for_it(both: Platforms) -> None:
    await both.left.offer(**WIDE)
    await both.clock.settle()
    nothing = PlatformServices(
        host_id=LEFT, edition=Edition(incarnation="forged", number=9), services=()
    )
    exchange = both.right.mep.mp3.exchange_services
    for subject in ("right-client", "oss", "mec1"):
        with pytest.raises(Forbidden, match="only 'left-client' speaks for mec1"):
            await exchange(LEFT, nothing, Caller(subject, frozenset({"all"})))
    assert await both.seen() == {"faces": "ACTIVE"}
    await exchange(LEFT, nothing, Caller("left-client", frozenset({"mp3:write"})))
    assert await both.seen() == {}


async def test_people_can_read_how_the_platforms_see_each_other(both: Platforms) -> None:
    await both.left.offer(**WIDE)
    await both.clock.settle()
    assert (await both.right.http.get("/wayside_mp3/v1/platforms")).json() == [
        {"hostId": "mec1", "reachable": True, "services": 1}
    ]
    both.cut()
    await both.clock.advance(60)
    (far,) = (await both.left.http.get("/wayside_mp3/v1/platforms")).json()
    assert far == {"hostId": RIGHT, "reachable": False, "services": 0}
