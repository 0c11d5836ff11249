"""Devices keep to roads and to their speed, turn anywhere at crossings, and never vanish."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.access.simulated.networks import street

from wayside.access.simulated import logic, moving
from wayside.access.simulated.ground import ground_of
from wayside.access.simulated.model import Road
from wayside.access.simulated.roads import lay
from wayside.access.simulated.state import first
from wayside.access.simulated.world import Movers, world_of

GROUND = ground_of([(43.6, 7.0), (43.61, 7.01)])
CROSS = (
    Road(id="long", points=((43.6, 7.0), (43.6, 7.005), (43.6, 7.01))),
    Road(id="short", points=((43.605, 7.005), (43.6, 7.005))),
)


def test_a_degree_is_as_long_as_on_the_ellipsoid() -> None:
    assert GROUND.north_m == pytest.approx(111_107, abs=5)
    assert GROUND.east_m == pytest.approx(80_740, abs=20)
    east, north = GROUND.metres(np.array([43.605]), np.array([7.005]))
    latitude, longitude = GROUND.degrees(east, north)
    assert (latitude[0], longitude[0]) == pytest.approx((43.605, 7.005), abs=1e-12)


def test_roads_are_cut_where_they_cross_and_lead_anywhere_but_back() -> None:
    roads = lay(CROSS, GROUND)
    assert len(roads.x) == 6, "three stretches, each in both directions"
    assert sorted(roads.choices.tolist()) == [1, 1, 1, 2, 2, 2]


def test_a_loop_leads_on_for_ever_in_one_direction() -> None:
    ring = Road(id="ring", points=((43.6, 7.0), (43.6, 7.01), (43.61, 7.0)), loop=True, oneway=True)
    roads = lay([ring], GROUND)
    assert roads.following.tolist() == [1, 2, 0]


def walkers(count: int, speed_mps: float) -> Movers:
    return Movers(
        np.arange(count, dtype=np.int32),
        np.full(count, speed_mps, dtype=np.float32),
        np.full(count, 1.5, dtype=np.float32),
        lay(CROSS, GROUND),
    )


@settings(max_examples=50)
@given(st.floats(0.0, 50.0), st.floats(0.05, 20.0), st.integers(0, 2**40))
def test_nobody_goes_farther_than_its_speed_allows(speed: float, dt_s: float, seed: int) -> None:
    movers = walkers(50, speed)
    edge = (np.arange(50) % 6).astype(np.int32)
    along = movers.roads.length_m[edge] * np.float32(0.5)
    before = moving.places(movers.roads, edge, along)
    edge, along = moving.advance(movers, (edge, along), dt_s, (seed, 0))
    assert (along >= 0).all()
    assert (along <= movers.roads.length_m[edge]).all()
    after = moving.places(movers.roads, edge, along)
    gone = np.hypot(after[0] - before[0], after[1] - before[1])
    assert (gone <= speed * dt_s + 0.1).all()


def test_the_way_of_a_second_is_as_long_as_the_speed() -> None:
    movers = walkers(1, 10.0)
    edge, along = np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.float32)
    x, y, heading = moving.places(movers.roads, edge, along)
    edge, along = moving.advance(movers, (edge, along), 1.0, (1, 0))
    east, north, _ = moving.places(movers.roads, edge, along)
    assert np.hypot(east - x, north - y)[0] == pytest.approx(10.0, abs=0.01)
    assert heading[0] == pytest.approx(90.0), "the long road leads east"


def test_at_a_crossing_all_ways_are_taken() -> None:
    movers = walkers(300, 30.0)
    edge = np.zeros(300, dtype=np.int32)
    along = np.full(300, movers.roads.length_m[0] - 1, dtype=np.float32)
    edge, _ = moving.advance(movers, (edge, along), 1.0, (1, 0))
    ways, counts = np.unique(edge, return_counts=True)
    assert len(ways) == 2
    assert counts.min() > 100


def test_who_would_pass_too_many_points_in_a_step_waits_at_one() -> None:
    yard = Road(id="yard", points=((43.6, 7.0), (43.6, 7.0001)))
    movers = replace(walkers(1, 1000.0), roads=lay([yard], GROUND))
    edge, along = np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.float32)
    edge, along = moving.advance(movers, (edge, along), 3600.0, (1, 0))
    assert along[0] == movers.roads.length_m[edge[0]]


def test_a_town_full_of_devices_stays_on_its_roads_for_an_hour() -> None:
    world = world_of(street())
    state = first(world)
    for _ in range(120):
        state, _ = logic.advance(world, state, 30.0)
    movers = world.movers
    x, y, _ = moving.places(movers.roads, state.edge, state.along_m)
    assert (x == state.x[movers.devices]).all()
    assert (state.along_m <= movers.roads.length_m[state.edge]).all()
    assert np.ptp(y) > 50, "some took the lane"
