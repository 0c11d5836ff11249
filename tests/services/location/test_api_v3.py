"""Location as applications ask for it, by V3.1.1, and what they are told."""

from collections.abc import AsyncIterator

import pytest

from .people import V3, People, people


@pytest.fixture
async def town() -> AsyncIterator[People]:
    """A street with two cars in it, and one that is not served."""
    async with people() as made:
        made.street.attach("car-1", "left")
        made.street.attach("car-2", "right")
        made.street.move({"car-1": (43.6, 7.0), "car-2": (43.6, 7.005)}, speed_mps=10.0)
        await made.settle()
        yield made


async def test_users_are_who_is_served_with_place_and_velocity(town: People) -> None:
    answer = await town.http.get(f"{V3}/queries/users")
    assert answer.status_code == 200, answer.text
    listed = answer.json()["userList"]
    assert listed["waysideOrigin"] == "SIMULATED"
    assert listed["resourceURL"] == f"http://mep.example{V3}/queries/users"
    one, other = listed["user"]
    assert (one["accessPointId"], one["zoneId"]) == ("left", "west")
    assert (other["accessPointId"], other["zoneId"]) == ("right", "east")
    assert one["locationInfo"] == {
        "latitude": [43.6],
        "longitude": [7.0],
        "shape": 2,
        "velocity": {"velocityType": 1, "bearing": 90, "horizontalSpeed": 36},
    }
    again = await town.http.get(one["resourceURL"])
    assert again.json()["userList"]["user"] == [one]


async def test_an_address_is_a_pseudonym_that_the_ip_address_leads_to(town: People) -> None:
    address = await town.address("car-1")
    assert address.startswith("acr:") and "10.60" not in address and "00101" not in address
    whole = (await town.http.get(f"{V3}/queries/users")).text
    assert "10.60.0" not in whole and "imsi" not in whole and "0010100000" not in whole


async def test_a_user_is_told_of_when_it_changes_zones(town: People) -> None:
    made = await town.subscribe(
        "users", "userLocationEventSubscription", address=await town.address("car-1")
    )
    assert made.status_code == 201, made.text
    town.street.hand_over("car-1", "left", "right")
    left, entered = await town.told()
    assert left["userLocationEvent"] == "LEAVING_AREA_EVENT"
    assert (left["accessPointId"], left["zoneId"]) == ("left", "west")
    assert entered["userLocationEvent"] == "ENTERING_AREA_EVENT"
    assert entered["_links"]["subscription"]["href"].endswith(
        made.headers["location"].partition(".example")[2]
    )
    assert "locationInfo" not in entered
    assert entered["waysideOrigin"] == "SIMULATED"
