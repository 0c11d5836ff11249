"""A small network and facts about it, for the tests of whoever tells or hears of networks."""

from collections.abc import Sequence

import numpy as np

from wayside.model.place import Position
from wayside.refpoints.net.facts import Event, Facts, Measured, Moved
from wayside.refpoints.net.network import Bearer, Cell, Group, Network, Operator, Zone
from wayside.refpoints.net.source import Snapshot
from wayside.refpoints.net.values import Origin, Technology

DEFAULT_BEARER = Bearer(id=5, q_ci=9)
START_NS = 1_700_000_000_000_000_000


def a_cell(name: str, technology: Technology, zone: str) -> Cell:
    return Cell(
        id=name,
        technology=technology,
        operator="north",
        zone=zone,
        position=Position(latitude=43.6, longitude=7.0),
        height_m=25.0,
        identity=256,
        carrier_hz=3.5e9,
        bandwidth_hz=1e8,
        power_dbm=46.0,
    )


NETWORK = Network(
    operators=(Operator(id="north", mcc="001", mnc="01"),),
    zones=(Zone(id="harbour"), Zone(id="hill")),
    cells=(
        a_cell("nr1", Technology.NR, "harbour"),
        a_cell("nr2", Technology.NR, "hill"),
        a_cell("lte1", Technology.LTE, "harbour"),
        a_cell("ap1", Technology.WLAN, "hill"),
    ),
    groups=(
        Group(
            id="walker",
            first=0,
            count=5,
            operator="north",
            address="100.64.0.255",
            supi="imsi-001010000000009",
            mac="02:00:00:00:00:fe",
            radios=(Technology.NR, Technology.WLAN),
            bearers=(DEFAULT_BEARER,),
        ),
        Group(
            id="ue1",
            first=5,
            count=1,
            operator="north",
            address="10.45.1.1",
            supi="imsi-001010000001001",
            mac="02:00:00:00:10:00",
            radios=(Technology.LTE,),
            alone=True,
        ),
    ),
)


def a_snapshot(network: Network = NETWORK) -> Snapshot:
    return Snapshot(
        epoch=7, sequence=100, time_ns=START_NS, origin=Origin.SIMULATED, network=network
    )


def facts(sequence: int, *events: Event, moved: Moved | None = None) -> Facts:
    return Facts(
        epoch=7,
        sequence=sequence,
        time_ns=START_NS + sequence,
        origin=Origin.SIMULATED,
        events=events,
        moved=moved,
    )


def moved(*devices: int, latitude: float = 43.61) -> Moved:
    return Moved(
        devices=np.array(devices, dtype=np.int32),
        latitude=np.full(len(devices), latitude),
        longitude=np.full(len(devices), 7.01),
        altitude_m=_reals(devices, 1.5),
        speed_mps=_reals(devices, 1.25),
        heading_deg=_reals(devices, 90.0),
    )


def measured(*devices: int, cell: int = 0) -> Measured:
    return Measured(
        technology=Technology.NR,
        devices=np.array(devices, dtype=np.int32),
        cells=np.full(len(devices), cell, dtype=np.int32),
        power_dbm=_reals(devices, -93.4),
        quality_db=_reals(devices, float("nan")),
        sinr_db=_reals(devices, 12.5),
        cqi=np.full(len(devices), 11, dtype=np.int8),
        timing_advance_ns=_reals(devices, 667.0),
        neighbours=np.full(len(devices), -1, dtype=np.int32),
        neighbour_power_dbm=_reals(devices, float("nan")),
        downlink_bps=_reals(devices, 1e6),
        uplink_bps=_reals(devices, 1e5),
        downlink_bps_max=_reals(devices, 1e8),
        uplink_bps_max=_reals(devices, 1e7),
    )


def _reals(devices: Sequence[int], value: float) -> np.ndarray:
    return np.full(len(devices), value, dtype=np.float32)
