"""What other platforms' location services do wrong, and what becomes of it here."""

from typing import Any

import pytest
from tests.mep.world import CALLBACK

from .people import V2, V3, People, people

DEAD = "http://10.60.1.2:9000/dead"


async def zone(town: People, callback: str = CALLBACK, **more: Any) -> str:
    """Watch a zone; return where the subscription is."""
    made = await town.subscribe(
        "zones", "zoneLocationEventSubscription", zoneId="east", callbackReference=callback, **more
    )
    assert made.status_code == 201, made.text
    return made.headers["location"]


async def test_a_callback_that_never_answers_delays_neither_others_nor_new_subscriptions() -> None:
    async with people() as town:
        town.world.callbacks.dead.add(DEAD)
        await zone(town, DEAD)
        town.street.attach("car-1", "right")
        assert await town.told() == []
        await zone(town)
        town.street.attach("car-2", "right")
        assert len(await town.told()) == 1


async def test_a_subscription_ends_at_its_deadline_and_the_platform_lives_on() -> None:
    async with people() as town:
        until = town.world.clock.now() // 1_000_000_000 + 30
        where = await zone(town, expiryDeadline={"seconds": until, "nanoSeconds": 0})
        await zone(town, DEAD)
        await town.world.clock.advance(31)
        assert (await town.http.get(where)).status_code == 410
        town.street.attach("car-1", "right")
        assert len(await town.told(DEAD)) == 1
        assert [each["notificationType"] for each in await town.told()] == ["ExpiryNotification"]


async def test_subscriptions_survive_a_kill_and_the_first_notification_after_it() -> None:
    async with people() as town:
        where = await zone(town)
        await town.world.restart()
        assert (await town.http.get(where)).status_code == 200
        for number in (1, 2):
            town.street.attach(f"car-{number}", "right")
            assert len(await town.told()) == 1


async def test_a_percent_sign_in_a_callback_comes_back_as_it_was_given() -> None:
    url = "http://10.60.1.2:9000/a%20b/%C3%A9"
    async with people() as town:
        where = await zone(town, url)
        kept = (await town.http.get(where)).json()["zoneLocationEventSubscription"]
        assert kept["callbackReference"] == url
        town.street.attach("car-1", "right")
        assert len(await town.told(url)) == 1
        notify = {"notifyURL": url, "callbackData": "a%20b"}
        made = await town.http.post(
            f"{V2}/subscriptions/zonalTraffic",
            json={"zonalTrafficSubscription": {"callbackReference": notify, "zoneId": "east"}},
        )
        assert made.json()["zonalTrafficSubscription"]["callbackReference"] == notify


async def test_a_callback_that_answers_200_is_content() -> None:
    async with people() as town:
        town.world.callbacks.statuses[CALLBACK] = 200
        await zone(town)
        town.street.attach("car-1", "right")
        await town.world.clock.advance(60)
        assert len(await town.told()) == 1


@pytest.mark.parametrize("path", [f"{V3}/subscriptions/zones", f"{V2}/subscriptions/zoneStatus"])
async def test_what_lacks_is_named_and_the_connection_lives(path: str) -> None:
    async with people() as town:
        for body in (b"{}", b'{"zoneStatusSubscription": {}}', b"{", b"[]"):
            refused = await town.http.post(
                path, content=body, headers={"content-type": "application/json"}
            )
            assert refused.status_code in (400, 422)
            assert refused.headers["content-type"] == "application/problem+json"
            assert len(refused.json()["detail"]) > 10


async def test_a_duration_of_nought_lasts_as_long_as_the_operator_says() -> None:
    async with people({"location": {"duration_s": 100}}) as town:
        wish = {"callbackReference": {"notifyURL": CALLBACK}, "zoneId": "east", "duration": 0}
        made = await town.http.post(
            f"{V2}/subscriptions/zonalTraffic", json={"zonalTrafficSubscription": wish}
        )
        await town.world.clock.advance(99)
        assert (await town.http.get(made.headers["location"])).status_code == 200
        await town.world.clock.advance(2)
        assert (await town.http.get(made.headers["location"])).status_code == 410
