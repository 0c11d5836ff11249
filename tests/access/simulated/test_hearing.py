"""What a device hears agrees with the formulas worked out for it alone, without any table."""

import math

import numpy as np
import pytest
from tests.access.simulated.networks import SCENARIOS, street

from wayside.access.simulated import fields, logic
from wayside.access.simulated.hearing import Place, hear, quality
from wayside.access.simulated.layers import Layer
from wayside.access.simulated.model import CellPlan, NetworkPlan
from wayside.access.simulated.pathloss import SPREADS, Way, hidden_db, seen_db, sight
from wayside.access.simulated.scenario import load
from wayside.access.simulated.world import World, world_of
from wayside.refpoints.net.values import Technology


def formula_dbm(plan: NetworkPlan, world: World, cell: CellPlan, at: tuple[float, float]) -> float:
    """Return RSRP by TR 38.901, with the shadow and the sight of the place and nothing tabled."""
    layer = layer_of(world, cell.technology)
    number = layer.cells.tolist().index(plan.cells.index(cell))
    east, north = world.ground.metres(np.array(cell.latitude), np.array(cell.longitude))
    dx, dy = at[0] - float(east), at[1] - float(north)
    ground = np.array([max(1.0, math.hypot(dx, dy))])
    way = Way(cell.environment, cell.carrier_mhz * 1e6, cell.height_m, 1.5)
    fine = fields.FINENESS / SPREADS[cell.environment].shadow_m
    begin = int(layer.masts.field[number])
    place = begin % fields.PLACES + int(at[0] * fine) + fields.SIDE * int(at[1] * fine)
    place = place % fields.PLACES + begin - begin % fields.PLACES
    luck, site_shadow = layer.field[place : place + 1].view(np.int16) / fields.UNIT
    own = (int(at[0] * fine) + fields.SIDE * int(at[1] * fine)) % fields.PLACES
    place_shadow = layer.field[own : own + 1].view(np.int16)[1] / fields.UNIT
    shadow = (site_shadow + place_shadow) * 0.5**0.5
    seen = luck <= fields.threshold(sight(way, ground))[0] / fields.UNIT
    spread = SPREADS[cell.environment]
    loss = (seen_db if seen else hidden_db)(way, ground)[0]
    loss -= shadow * (spread.seen_db if seen else spread.hidden_db)
    gain = cell.gain_dbi - off_axis_db(cell, dx, dy)
    blocks = {Technology.NR: 162, Technology.LTE: 50}[cell.technology]
    return float(cell.power_dbm + gain - 10 * math.log10(12 * blocks) - loss)


def off_axis_db(cell: CellPlan, dx: float, dy: float) -> float:
    if cell.azimuth_deg is None:
        return 0.0
    off = (math.degrees(math.atan2(dx, dy)) - cell.azimuth_deg + 180) % 360 - 180
    down = math.degrees(math.atan2(cell.height_m - 1.5, math.hypot(dx, dy))) - cell.tilt_deg
    across, below = min(12 * (off / 70) ** 2, 25), min(12 * (down / 10) ** 2, 20)
    return min(across + below, 25)


def layer_of(world: World, technology: Technology) -> Layer:
    return next(layer for layer in world.layers if layer.technology is technology)


def test_the_power_on_a_motorway_is_that_of_the_formulas() -> None:
    """Sectors, two carriers' heights, shadows and sight, for every car and candidate."""
    plan = load(SCENARIOS / "motorway.toml")
    world = world_of(plan)
    state, _ = logic.begin(world)
    layer = layer_of(world, Technology.NR)
    cars = slice(0, 300)
    place = Place(
        state.x[cars], state.y[cars], np.full(300, 1.5, dtype=np.float32), layer.height[cars]
    )
    nobody = np.full(300, layer.nobody, dtype=np.int32)
    heard = hear(layer, place, nobody, layer.masts.power_dbm)
    apart = []
    for column in range(300):
        for rank in range(1, len(heard.cells)):
            cell = plan.cells[layer.cells[heard.cells[rank, column]]]
            at = (float(place.x[column]), float(place.y[column]))
            apart.append(heard.power_dbm[rank, column] - formula_dbm(plan, world, cell, at))
    far = np.abs(apart)
    assert np.percentile(far, 99) < 0.35, "a step of the tables"
    assert (far < 0.5).mean() > 0.995, "but where sight ends within a step"


def test_sinr_and_rsrq_are_those_of_the_powers() -> None:
    world = world_of(street())
    layer = world.layers[0]
    place = Place(
        *(np.full(1, value, dtype=np.float32) for value in (700.0, 510.0, 1.5)),
        np.zeros(1, dtype=np.int32),
    )
    serving = np.zeros(1, dtype=np.int32)
    heard = hear(layer, place, serving, layer.masts.power_dbm)
    heard.power_dbm[:, 0] = (-80.0, -90.0, -300.0, -300.0, -300.0, -300.0)
    heard.cells[:, 0] = (0, 1, 2, 2, 2, 2)
    busy = np.array([0.25, 0.5, 0.0], dtype=np.float32)
    found = quality(layer, place, heard, busy)
    signal, other = 10**-8.0, 10**-9.0
    noise = 10 ** ((-174 + 10 * math.log10(30e3) + 7) / 10)
    sinr = signal / (0.5 * other + noise + 1e-4 * signal)
    assert found.sinr_db[0] == pytest.approx(10 * math.log10(sinr), abs=0.15)
    # Reference signals fill 2 of 12 elements always, the rest by the share that is in use.
    rssi = 12 * (signal * (1 / 6 + 5 / 6 * 0.25) + other * (1 / 6 + 5 / 6 * 0.5) + noise)
    assert found.quality_db[0] == pytest.approx(10 * math.log10(signal / rssi), abs=0.15)


def test_the_timing_advance_is_the_way_there_and_back() -> None:
    plan = street()
    world = world_of(plan)
    _, told = logic.begin(world)
    (radio,) = told.measured
    ground = world.ground
    state, _ = logic.begin(world)
    for column in range(0, len(radio.devices), 17):
        cell = plan.cells[radio.cells[column]]
        east, north = ground.metres(np.array(cell.latitude), np.array(cell.longitude))
        row = radio.devices[column]
        length = math.dist(
            (float(east), float(north), 10.0), (float(state.x[row]), float(state.y[row]), 1.5)
        )
        assert radio.timing_advance_ns[column] == pytest.approx(2 * length / 0.299792458, rel=1e-3)


def test_near_a_cell_the_throughput_is_that_of_its_standard() -> None:
    """100 MHz of NR at 30 kHz: 273 blocks, 2 layers of CQI 15, 14 % overhead."""
    world = world_of(street())
    layer = world.layers[0]
    best = float(layer.tables.downlink_bps.max())
    elements = 273 * 12 * 14 * 2000
    assert best == pytest.approx(elements * 0.86 * 5.5547 * 2, rel=1e-6)


def test_the_sectors_of_a_mast_share_its_shadows_and_other_masts_have_others() -> None:
    world = world_of(load(SCENARIOS / "motorway.toml"))
    layer = layer_of(world, Technology.NR)
    masts = layer.masts.field[:-1].reshape(-1, 2)
    assert (masts[:, 0] == masts[:, 1]).all()
    assert len(set(masts[:, 0].tolist())) == 7
