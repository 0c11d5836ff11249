"""A living network over time: what it tells is true, hangs together, and is the same each time."""

import hashlib
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from tests.access.simulated.networks import SCENARIOS, street, town

from wayside.access.simulated import logic, source
from wayside.access.simulated.model import NetworkPlan
from wayside.access.simulated.scenario import load
from wayside.access.simulated.source import SimulatedSource
from wayside.access.simulated.world import world_of
from wayside.adapters.clocks import VirtualClock
from wayside.refpoints.net import coding
from wayside.refpoints.net.facts import (
    Associated,
    Attached,
    BearerEstablished,
    BearerModified,
    BearerReleased,
    Cause,
    CellChanged,
    Detached,
    Disassociated,
    Event,
    Facts,
    HandedOver,
    LinkChanged,
    Stage,
)
from wayside.refpoints.net.values import NOBODY, Origin, Technology


def living(plan: NetworkPlan, *, tick_s: float = 1.0) -> SimulatedSource:
    pace = source.Pace(tick_s=tick_s)
    return SimulatedSource(world_of(plan), VirtualClock(), epoch=3, pace=pace)


def ticks(network: SimulatedSource, count: int) -> list[Facts]:
    return [network.tick() for _ in range(count)]


def events(told: list[Facts]) -> list[Event]:
    return [event for facts in told for event in facts.events]


def test_what_is_simulated_says_so_in_everything_it_tells() -> None:
    network = living(street())
    assert network.picture.snapshot().origin is Origin.SIMULATED
    assert {facts.origin for facts in ticks(network, 3)} == {Origin.SIMULATED}


def test_the_street_is_served_from_the_beginning_and_some_are_handed_over() -> None:
    network = living(street())
    assert (network.picture.cells[Technology.NR] != NOBODY).mean() > 0.98
    told = events(ticks(network, 120))
    assert sum(isinstance(event, HandedOver) for event in told) > 10


def test_events_and_columns_agree_in_every_tick_of_a_town() -> None:
    """What the events make of the picture is what the radio columns say at the same moment."""
    network = living(town())
    for _ in range(60):
        facts = network.tick()
        for radio in facts.measured:
            serving = network.picture.cells[radio.technology]
            served = np.flatnonzero(serving != NOBODY)
            np.testing.assert_array_equal(np.sort(radio.devices), served)
            np.testing.assert_array_equal(serving[radio.devices], radio.cells)
            technologies = {network.picture.network.cells[cell].technology for cell in radio.cells}
            assert technologies <= {radio.technology}
        loaded = facts.loaded
        assert loaded is not None
        for cell, count in zip(loaded.cells, loaded.devices, strict=True):
            assert len(network.picture.devices_of_cell(int(cell))) == count


def test_both_ways_of_a_wlan_share_one_air_time() -> None:
    network = living(town())
    most = 0.0
    for _ in range(60):
        loaded = network.tick().loaded
        assert loaded is not None
        for cell, down, up in zip(
            loaded.cells, loaded.downlink_share, loaded.uplink_share, strict=True
        ):
            if network.picture.network.cells[cell].technology is Technology.WLAN:
                assert down <= 0.75 + 1e-6, "the downlink's part of the air in the town"
                assert down + up <= 1 + 1e-6
                most = max(most, float(down))
    assert most > 0


def test_each_device_is_in_one_zone_and_zones_hold_all_who_are_served() -> None:
    network = living(town())
    ticks(network, 20)
    picture = network.picture
    rows = [picture.devices_of_zone(zone.id) for zone in picture.network.zones]
    everybody = np.concatenate(rows)
    assert len(everybody) == len(set(everybody.tolist()))
    assert len(everybody) == (picture.access_points() != NOBODY).sum()


def digest(plan: NetworkPlan, count: int) -> str:
    network = living(plan)
    found = hashlib.sha256(coding.pack(network.picture.snapshot()))
    for facts in ticks(network, count):
        found.update(coding.pack(facts))
    return found.hexdigest()


def test_the_same_seed_gives_the_same_facts_to_the_last_bit_and_another_does_not() -> None:
    assert digest(street(), 30) == digest(street(), 30)
    assert digest(street(), 3) != digest(street(seed=6), 3)


def test_a_state_is_not_altered_by_what_follows_it() -> None:
    world = world_of(street())
    state, _ = logic.begin(world)
    arrays = (state.x, state.along_m, state.services[0].serving)
    before = [array.copy() for array in arrays]
    one, _ = logic.advance(world, state, 1.0)
    other, _ = logic.advance(world, state, 1.0)
    for array, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    np.testing.assert_array_equal(one.x, other.x)


def test_after_a_handover_what_serves_is_what_was_better() -> None:
    network = living(street())
    for facts in ticks(network, 100):
        (radio,) = facts.measured
        power = dict(zip(radio.devices.tolist(), radio.power_dbm.tolist(), strict=True))
        other = dict(zip(radio.devices.tolist(), radio.neighbour_power_dbm.tolist(), strict=True))
        for event in facts.events:
            if isinstance(event, HandedOver) and event.stage is Stage.COMPLETED:
                assert power[event.device] > other[event.device] + 4.9


EVENT = "\n[[network.events]]\nat_s = {at}\ndo = {do!r}\n{rest}\n"


def test_when_a_cell_is_switched_off_its_devices_go_to_others_and_come_back() -> None:
    network = living(
        street(
            EVENT.format(at=5.0, do="switch-off", rest="cell = 'left'")
            + EVENT.format(at=60.0, do="switch-on", rest="cell = 'left'")
        )
    )
    before = len(network.picture.devices_of_cell(0))
    told = ticks(network, 5)
    assert isinstance(told[4].events[0], CellChanged), "in the tick that ends at its time"
    lost = [event for event in events(told) if isinstance(event, Detached)]
    assert {event.cause for event in lost} == {Cause.CELL}
    assert len(lost) > before / 2
    assert len(network.picture.devices_of_cell(0)) == 0
    assert network.picture.off == {0}
    found = events(ticks(network, 5))
    assert sum(isinstance(event, Attached) for event in found) > before / 4
    ticks(network, 90)
    assert network.picture.off == set()
    assert len(network.picture.devices_of_cell(0)) > before / 2


def test_a_population_switched_off_leaves_with_its_bearers_and_comes_back_with_them() -> None:
    network = living(
        street(
            EVENT.format(at=2.0, do="switch-off", rest="population = 'lamp'")
            + EVENT.format(at=4.0, do="switch-on", rest="population = 'lamp'")
        )
    )
    _, gone, _, back = (
        Counter(type(event) for event in facts.events) for facts in ticks(network, 4)
    )
    assert gone[BearerReleased] == gone[Detached] == 20
    assert back[BearerEstablished] == back[Attached] == 20


def test_a_bearer_given_by_an_event_is_established_for_who_is_served_and_later_modified() -> None:
    rest = "population = 'lamp'\nbearer = {{ id = 6, q_ci = 2, downlink_guaranteed_mbps = {} }}"
    network = living(
        street(
            EVENT.format(at=1.0, do="bearer", rest=rest.format("5.0"))
            + EVENT.format(at=2.0, do="bearer", rest=rest.format("8.0"))
        )
    )
    lamp = network.picture.network.row_of_id("lamp-1")
    assert lamp is not None
    first, second = ticks(network, 2)
    assert sum(isinstance(event, BearerEstablished) for event in first.events) == 20
    assert sum(isinstance(event, BearerModified) for event in second.events) == 20
    assert [bearer.id for bearer in network.picture.bearers(lamp)] == [5, 6]
    assert network.picture.bearers(lamp)[1].downlink_guaranteed_bps == 8_000_000


def test_a_link_changes_at_its_time() -> None:
    rest = "ends = ['mec1', 'core']\ndelay_ms = 40.0\nrate_mbps = 10.0"
    network = living(street(EVENT.format(at=2.5, do="link", rest=rest)))
    changed = [
        [event for event in facts.events if isinstance(event, LinkChanged)]
        for facts in ticks(network, 3)
    ]
    assert changed[:2] == [[], []]
    (event,) = changed[2]
    assert (event.ends, event.delay_ms, event.rate_bps) == (("mec1", "core"), 40.0, 10e6)


def test_a_cell_takes_no_more_than_its_bound_and_refuses_by_name() -> None:
    text = street()
    bounded = tuple(
        type(cell)(**{name: getattr(cell, name) for name in cell.__struct_fields__}
                   | {"devices_max": 60})
        for cell in text.cells
    )  # fmt: skip
    plan = NetworkPlan(
        **{name: getattr(text, name) for name in text.__struct_fields__} | {"cells": bounded}
    )
    network = living(plan)
    found = events(ticks(network, 100))
    for cell in (0, 1):
        assert len(network.picture.devices_of_cell(cell)) <= 60
    stages = Counter(event.stage for event in found if isinstance(event, HandedOver))
    assert stages[Stage.REJECTED] > 0
    assert stages[Stage.PREPARED] == stages[Stage.REJECTED] + stages[Stage.COMPLETED]


def test_traffic_flows_by_one_technology_of_a_device_at_a_time() -> None:
    network = living(town())
    facts = network.tick()
    flows = np.zeros(network.picture.network.size)
    for radio in facts.measured:
        flows[radio.devices] += radio.downlink_bps > 0
    assert flows.max() == 1


@pytest.mark.parametrize("tick_s", [0.1, 1.0, 7.0])
def test_the_networks_time_is_told_and_does_not_depend_on_the_tick(tick_s: float) -> None:
    network = living(street(), tick_s=tick_s)
    start = network.picture.time_ns
    ticks(network, 10)
    assert network.picture.time_ns - start == round(tick_s * 10e9)


def digest_elsewhere(disabled: str) -> str:
    """Return the digest that a process computes whose arrays may not use these instructions."""
    code = (
        "from tests.access.simulated.test_network_life import digest, street\n"
        "print(digest(street(), 10))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NPY_DISABLE_CPU_FEATURES": disabled},
        cwd=SCENARIOS.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_machine_with_other_instructions_tells_the_same_facts() -> None:
    """Sums, products and square roots are the same everywhere; logarithms would not be."""
    here = digest(street(), 10)
    assert digest_elsewhere("X86_V3 X86_V4 AVX512_ICL AVX2 FMA3 AVX512F AVX512_SKX ASIMDHP") == here


@pytest.mark.parametrize("name", ["town", "motorway"])
def test_what_serves_a_device_is_told_as_a_story_without_contradictions(name: str) -> None:
    """Who attaches was not attached; who leaves or is handed over was where it is told to be."""
    network = living(load(SCENARIOS / f"{name}.toml"))
    cells = network.picture.network.cells
    serving = {
        (device, technology): int(cell)
        for technology, column in network.picture.cells.items()
        for device, cell in enumerate(column)
        if cell != NOBODY
    }
    bearers = {device for device, technology in serving if technology is not Technology.WLAN}
    for event in events(ticks(network, 130)):
        if isinstance(event, Attached | Associated):
            key = (event.device, cells[event.cell].technology)
            assert key not in serving
            serving[key] = event.cell
        elif isinstance(event, Detached | Disassociated):
            assert serving.pop((event.device, cells[event.cell].technology)) == event.cell
        elif isinstance(event, HandedOver):
            key = (event.device, cells[event.source].technology)
            assert cells[event.target].technology is key[1]
            assert serving[key] == event.source != event.target
            if event.stage is Stage.COMPLETED:
                serving[key] = event.target
        elif isinstance(event, BearerEstablished) and event.bearer.id == 5:
            assert event.device not in bearers
            bearers.add(event.device)
        elif isinstance(event, BearerReleased) and event.bearer.id == 5:
            bearers.remove(event.device)
    attached = {device for device, technology in serving if technology is not Technology.WLAN}
    assert bearers == attached, "a session has its bearers, and nobody else has any"
