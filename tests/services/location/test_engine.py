"""What happened to whom, whatever happens: laws, beside a picture that knows no watches."""

from collections import defaultdict
from dataclasses import dataclass

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings
from msgspec import structs
from tests.services.street import CELLS, Street

from wayside.model.place import Position
from wayside.refpoints.net.areas import Circle
from wayside.refpoints.net.facts import (
    Associated,
    Attached,
    Cause,
    Detached,
    Disassociated,
    Enrolled,
    Event,
    HandedOver,
    Moved,
)
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Technology
from wayside.services.location.addresses import Addressing, Pseudonyms
from wayside.services.location.engine import Engine
from wayside.services.location.model import DistanceCriteria
from wayside.services.location.places import distance_m
from wayside.services.location.wishes import (
    AreaWish,
    Change,
    Crossing,
    DistanceWish,
    Happened,
    PlaceWish,
    StatusWish,
    Watch,
)

ADDRESSING = Addressing(Pseudonyms(bytes(16)))
CARS = 5
Place = tuple[str, int, str]
"""A watch, a device, and one of the watch's areas."""
ALL = tuple(f"acr:10.60.0.{number + 1}" for number in range(CARS))
CENTRE = Position(latitude=43.6, longitude=7.0025)
RADIUS_M = 150.0
ZONES = ("west", "east")
NETWORK = Street().feed.picture.network


def watches() -> dict[str, Watch]:
    """One watch of each kind."""
    wishes = {
        "user": PlaceWish(ALL),
        "west": PlaceWish(zone="west"),
        "east": PlaceWish(zone="east"),
        "points": PlaceWish(cells=("left", "cafe")),
        "full": StatusWish("west", {Crossing.OVER_ZONE_UPPER_THD: 1}),
        "area": AreaWish(ALL, Circle(CENTRE, RADIUS_M), frozenset(Change)),
        "near": DistanceWish(ALL[:1], ALL[1:3], 200.0, DistanceCriteria.ANY_WITHIN_DISTANCE, False),
    }
    return {key: Watch(key, wish) for key, wish in wishes.items()}


@dataclass(frozen=True)
class Step:
    """What becomes of a car: a cell of a technology, or none, and a place."""

    car: int
    cell: int
    place: tuple[float, float]


steps = st.lists(
    st.builds(
        Step,
        car=st.integers(0, CARS - 1),
        cell=st.integers(-3, len(CELLS) - 1),
        place=st.tuples(st.floats(43.598, 43.602), st.floats(6.998, 7.008)),
    ),
    max_size=25,
)


def events(picture: Picture, step: Step) -> list[Event]:
    """The facts that a step is; below NOBODY: some technology serves the car no longer."""
    if step.cell < 0:
        technology = list(Technology)[step.cell + 3]
        cell = int(picture.cells[technology][step.car])
        if cell == NOBODY:
            return []
        kind = Disassociated if technology is Technology.WLAN else Detached
        return [kind(device=step.car, cell=cell, cause=Cause.LEFT)]
    technology = picture.network.cells[step.cell].technology
    before = int(picture.cells[technology][step.car])
    if before == step.cell:
        return []
    if before != NOBODY and technology is not Technology.WLAN:
        return [HandedOver(device=step.car, source=before, target=step.cell)]
    kind = Associated if technology is Technology.WLAN else Attached
    return [kind(device=step.car, cell=step.cell)]


def moved(step: Step) -> Moved:
    one = np.zeros(1, dtype=np.float32)
    return Moved(
        devices=np.array([step.car], dtype=np.int32),
        latitude=np.array([step.place[0]]),
        longitude=np.array([step.place[1]]),
        altitude_m=one,
        speed_mps=one,
        heading_deg=one,
    )


def is_within(picture: Picture, car: int) -> bool:
    return distance_m(picture, car, CENTRE) <= RADIUS_M


def row_of(happened: Happened) -> int:
    row = ADDRESSING.row(NETWORK, str(happened.address))
    assert row is not None
    return row


def told_of(found: list[tuple[str, Happened]], key: str) -> list[Happened]:
    return [each for of, each in found if of == key]


@settings(max_examples=60)
@given(steps, st.integers(0, 24))
def test_comings_and_goings_alternate_and_agree_with_the_picture(
    told: list[Step], break_at: int
) -> None:
    street = Street()
    engine = Engine(street.feed.picture.snapshot(), ADDRESSING)
    engine.watch(watches(), frozenset())
    inside: dict[Place, bool] = defaultdict(bool)
    near, times = False, [0]
    for number, step in enumerate(told):
        facts = street.tell(*events(street.feed.picture, step), moved=moved(step))
        picture = street.feed.picture
        if number == break_at:
            found = engine.take(structs.replace(picture.snapshot(), sequence=facts.sequence))
        else:
            found = engine.follow(facts)
        for key, happened in found:
            times.append(happened.time_ns)
            if happened.change in (Change.ENTERING, Change.LEAVING) and happened.address:
                place = key, row_of(happened), happened.area
                assert inside[place] is (happened.change is Change.LEAVING), (key, happened)
                inside[place] = not inside[place]
        for each in told_of(found, "near"):
            near = each.change is Change.ENTERING
        _agree(picture, inside, near=near, moved=number != break_at)
    assert times == sorted(times)


def _agree(picture: Picture, inside: dict[Place, bool], *, near: bool, moved: bool) -> None:
    """What was told adds up to what is so."""
    for name in ZONES:
        rows = set(picture.devices_of_zone(name).tolist())
        assert {row for (key, row, _), is_in in inside.items() if key == name and is_in} == rows
        users = {
            row
            for (key, row, at), is_in in inside.items()
            if key == "user" and is_in and at == name
        }
        assert users == rows
    points = picture.access_points()
    cells = [picture.network.cell_rows[each] for each in ("left", "cafe")]
    assert {row for (key, row, _), is_in in inside.items() if key == "points" and is_in} == set(
        np.flatnonzero(np.isin(points, cells)).tolist()
    )
    for car in range(CARS):
        edge = abs(distance_m(picture, car, CENTRE) - RADIUS_M) < 1
        assert edge or inside["area", car, ""] is is_within(picture, car)
    away = [distance_m(picture, 0, other) for other in (1, 2)]
    assert near is any(each <= 200.0 for each in away)


def test_thresholds_are_told_when_they_are_crossed_and_not_before() -> None:
    street = Street()
    engine = Engine(street.feed.picture.snapshot(), ADDRESSING)
    engine.watch(watches(), frozenset())
    counts = []
    for car in range(3):
        found = engine.follow(street.attach(f"car-{car + 1}", "left"))
        counts.append([each.users for each in told_of(found, "full")])
    assert counts == [[], [2], []]


def test_a_device_that_comes_later_is_watched_by_the_address_that_was_given() -> None:
    street = Street()
    engine = Engine(street.feed.picture.snapshot(), ADDRESSING)
    late = {"late": Watch("late", PlaceWish(("acr:10.77.0.1",)))}
    assert engine.watch(late, frozenset()) == []
    group = structs.replace(
        street.feed.picture.network.groups[1], id="late", first=CARS + 1, address="10.77.0.1",
        supi="imsi-001010000200001",
    )  # fmt: skip
    assert engine.follow(street.tell(Enrolled(group=group))) == []
    (told,) = engine.follow(street.attach("late", "left"))
    assert told[1].change is Change.ENTERING and told[1].address == "acr:10.77.0.1"


def test_areas_far_from_each_other_are_measured_on_maps_of_their_own() -> None:
    street = Street()
    engine = Engine(street.feed.picture.snapshot(), ADDRESSING)
    north = Circle(Position(latitude=80.0, longitude=7.0), 1000.0)
    here = Circle(CENTRE, RADIUS_M)
    wishes = {"north": north, "here": here}
    engine.watch(
        {key: Watch(key, AreaWish(ALL, area, frozenset(Change))) for key, area in wishes.items()},
        frozenset(),
    )
    beside = street.move({"car-1": (43.6, 7.0025 + 0.0021), "car-2": (43.6, 7.0025 + 0.0017)})
    assert [(key, row_of(each)) for key, each in engine.follow(beside)] == [("here", 1)]
