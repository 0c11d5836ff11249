"""Users as they are written straight: the same as types would write them, and page by page."""

import msgspec
import numpy as np
import pytest
from tests.services.street import Street, network

from wayside.access.feed import Feed
from wayside.core.errors import BadRequest
from wayside.core.wire import decode, encode
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.source import Serving, Snapshot
from wayside.refpoints.net.values import Origin, Technology
from wayside.services.location.addresses import Addressing, Pseudonyms
from wayside.services.location.places import location_of, time_of
from wayside.services.location.present import Present
from wayside.services.location.users import Asked, Writer, rows_of
from wayside.services.location.v2.model import UserInfo as UserInfoV2
from wayside.services.location.v3.model import UserInfo, UsersAnswer

from .people import V3

ADDRESSING = Addressing(Pseudonyms(bytes(16)))
USERS = f"{V3}/queries/users"


def street() -> Street:
    made = Street()
    made.attach("car-1", "left")
    made.attach("car-2", "right")
    made.attach("car-3", "cafe")
    made.move({"car-1": (-43.123456789, 7.0), "car-2": (1e-7, -179.9999999)}, speed_mps=8.3)
    return made


@pytest.mark.parametrize("accuracy_m", [None, 25])
@pytest.mark.parametrize("type_", [UserInfo, UserInfoV2])
def test_what_is_written_straight_is_what_the_types_say(
    type_: type[UserInfo] | type[UserInfoV2], accuracy_m: int | None
) -> None:
    picture, stamped = street().feed.picture, type_ is UserInfoV2
    writer = Writer(USERS, stamped=stamped, addressing=ADDRESSING, accuracy_m=accuracy_m)
    rows = rows_of(picture, Asked(), ADDRESSING)
    expected = []
    for row in rows.tolist():
        address, place = (
            ADDRESSING.shown(picture.network, row),
            location_of(picture, row, accuracy_m),
        )
        if place is not None and stamped:
            place = msgspec.structs.replace(place, timestamp=time_of(picture))
        cell = picture.network.cells[int(picture.access_points()[row])]
        expected.append(
            type_(
                address=address, access_point_id=cell.id, zone_id=cell.zone,
                resource_url=f"{USERS}?address={address}", timestamp=time_of(picture),
                location_info=place,
            )
        )  # fmt: skip
    written = writer.users(picture, rows)
    assert msgspec.json.decode(written) == msgspec.json.decode(encode(expected))
    assert len(expected) == 3 and expected[2].location_info is None


@pytest.mark.parametrize(
    ("asked", "cars"),
    [
        (Asked(), {0, 1, 2}),
        (Asked(zones=("east",)), {1, 2}),
        (Asked(zones=("east", "west", "nowhere")), {0, 1, 2}),
        (Asked(access_points=("left", "cafe")), {0, 2}),
        (Asked(zones=("west",), access_points=("cafe",)), set()),
        (Asked(addresses=("10.60.0.2", "10.60.0.4", "10.99.0.1")), {1}),
        (Asked(zones=("west",), addresses=("10.60.0.1", "10.60.0.2")), {0}),
    ],
)
def test_filters_bound_each_other(asked: Asked, cars: set[int]) -> None:
    assert set(rows_of(street().feed.picture, asked, ADDRESSING).tolist()) == cars


def crowd(cars: int) -> Picture:
    rows = np.arange(cars, dtype=np.int32)
    serving = Serving(technology=Technology.NR, devices=rows, cells=rows % 2)
    return Picture(
        Snapshot(
            epoch=1, sequence=0, time_ns=0, origin=Origin.STATIC, network=network(cars),
            serving=(serving,),
        )
    )  # fmt: skip


def test_pages_hold_each_user_once_in_whatever_order_they_come() -> None:
    present = Present(Feed(crowd(25).snapshot()), ADDRESSING, users_max=10)
    writer = Writer(USERS, stamped=False, addressing=ADDRESSING, accuracy_m=None)
    seen: list[str] = []
    marker: str | None = None
    sizes = []
    while True:
        body, marker = present.users(Asked(), writer, marker)
        users = decode(body, UsersAnswer).user_list
        assert users is not None
        seen += [each.address for each in users.user]
        sizes.append(len(users.user))
        if marker is None:
            break
    assert sizes == [10, 10, 5] and len(set(seen)) == 25
    with pytest.raises(BadRequest, match="marker"):
        present.users(Asked(zones=("west",)), writer, "nonsense")


def test_an_answer_is_kept_for_its_moment_alone() -> None:
    made = street()
    present = Present(made.feed, ADDRESSING)
    writer = Writer(USERS, stamped=False, addressing=ADDRESSING, accuracy_m=None)
    first = present.users(Asked(), writer, None)
    assert present.users(Asked(), writer, None) is first
    made.hand_over("car-1", "left", "right")
    assert b"left" in first[0] and b"left" not in present.users(Asked(), writer, None)[0]
