"""A living network laid out for time to pass: what never changes, as arrays. Pure.

Never holds what changes: ``state`` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

import numpy as np
from numpy.typing import NDArray

from wayside.model.place import Position
from wayside.refpoints.net.network import Cell, Group, Network, Operator, Zone, as_mac
from wayside.refpoints.net.values import NEAREST_FIRST, Reals, Rows, Technology

from .chance import Purpose, draw, shares
from .fields import field
from .ground import Ground, ground_of
from .layers import Layer
from .masts import REACH, masts_of
from .model import CellPlan, Happening, Kind, NetworkPlan, Population
from .nearby import CELLS_MAX, nearby_of
from .roads import Roads, joined, lay

USUAL_SPEED_KMH = {
    Kind.WALKER: (3.0, 6.0),
    Kind.CAR: (30.0, 50.0),
    Kind.DRONE: (20.0, 60.0),
    Kind.FIXED: (0.0, 0.0),
}
USUAL_HEIGHT_M = {Kind.WALKER: 1.5, Kind.CAR: 1.5, Kind.DRONE: 40.0, Kind.FIXED: 1.5}
FIRST_ADDRESS = "100.64.0.1"
"""Of devices whose scenario gives none: they count through the block of RFC 6598."""
FIRST_MAC = 0x02_00_5E_00_00_00
"""Locally administered."""
_BIT28, _BIT36, _BIT48 = (1 << 28) - 1, (1 << 36) - 1, (1 << 48) - 1


@dataclass(frozen=True)
class Movers:
    """Devices that move: their rows, and what they keep for ever."""

    devices: Rows
    speed_mps: Reals
    altitude_m: Reals
    roads: Roads


@dataclass(frozen=True)
class Beginning:
    """Where everybody is at the start."""

    edge: Rows
    along_m: Reals
    x: Reals
    y: Reals
    on: NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """All of it."""

    seed: int
    network: Network
    ground: Ground
    movers: Movers
    layers: tuple[Layer, ...]
    events: tuple[Happening, ...]
    """In the order of their times."""
    beginning: Beginning


def world_of(plan: NetworkPlan, *, candidates: int = CELLS_MAX) -> World:
    """Return the network that a sound ``plan`` describes; the same plan gives the same."""
    ground = ground_of(_corners(plan))
    groups = _groups(plan)
    movers, beginning = _places(plan, groups, ground)
    return World(
        plan.seed,
        Network(
            operators=tuple(
                Operator(id=each.id, mcc=each.mcc, mnc=each.mnc) for each in plan.operators
            ),
            zones=tuple(Zone(id=each.id) for each in plan.zones),
            cells=tuple(_cell(number, each) for number, each in enumerate(plan.cells)),
            groups=groups,
        ),
        ground,
        movers,
        tuple(_layers(plan, groups, ground, candidates)),
        tuple(sorted(plan.events, key=lambda event: event.at_s)),
        beginning,
    )


def height_m(each: Population) -> float:
    """Return the height of a population's devices above ground."""
    return USUAL_HEIGHT_M[each.kind] if each.height_m is None else each.height_m


def _corners(plan: NetworkPlan) -> list[tuple[float, float]]:
    points = [(cell.latitude, cell.longitude) for cell in plan.cells]
    points += [point for road in plan.roads for point in road.points]
    for each in plan.populations:
        if each.around is not None:
            points.append((each.around.latitude, each.around.longitude))
    return points


def _cell(number: int, plan: CellPlan) -> Cell:
    bits = {Technology.LTE: _BIT28, Technology.NR: _BIT36, Technology.WLAN: _BIT48}
    base = {Technology.LTE: 0x100, Technology.NR: 0x4000, Technology.WLAN: FIRST_MAC + 0xF0_0000}
    return Cell(
        id=plan.id,
        technology=plan.technology,
        operator=plan.operator,
        zone=plan.zone,
        position=Position(latitude=plan.latitude, longitude=plan.longitude),
        height_m=plan.height_m,
        identity=(base[plan.technology] + number + 1) & bits[plan.technology],
        physical_id=plan.physical_id,
        tracking_area=plan.tracking_area,
        carrier_hz=plan.carrier_mhz * 1e6,
        bandwidth_hz=plan.bandwidth_mhz * 1e6,
        power_dbm=plan.power_dbm,
        ssid=plan.ssid,
    )


def _groups(plan: NetworkPlan) -> tuple[Group, ...]:
    found, first = [], 0
    operators = {each.id: each for each in plan.operators}
    for each in plan.populations:
        operator = operators[each.operator]
        digits = f"{first + 1:0{15 - len(operator.mcc + operator.mnc)}d}"
        found.append(
            Group(
                id=each.id,
                first=first,
                count=each.count,
                operator=each.operator,
                address=each.address or str(IPv4Address(FIRST_ADDRESS) + first),
                supi=f"imsi-{operator.mcc}{operator.mnc}{digits}",
                mac=as_mac(FIRST_MAC + first),
                radios=each.radios,
                bearers=tuple(plan.bearer for plan in each.bearers),
                data_network=each.data_network,
                alone=each.alone,
            )
        )
        first += each.count
    return tuple(found)


def _rows(group: Group) -> Rows:
    return np.arange(group.first, group.first + group.count, dtype=np.int32)


def _places(plan: NetworkPlan, groups: Sequence[Group], ground: Ground) -> tuple[Movers, Beginning]:
    size = sum(group.count for group in groups)
    x, y = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    on = np.ones(size, dtype=np.bool_)
    nets: dict[tuple[str, ...], tuple[Roads, int]] = {}
    moving: list[tuple[Rows, Reals, Reals, Rows, Reals]] = []
    edges = 0
    for each, group in zip(plan.populations, groups, strict=True):
        rows = _rows(group)
        on[rows] = not each.off
        if each.kind is Kind.FIXED:
            x[rows], y[rows] = _standing(plan.seed, each, rows, ground)
            continue
        names = tuple(sorted(each.roads or {road.id for road in plan.roads}))
        if names not in nets:
            nets[names] = lay([road for road in plan.roads if road.id in names], ground), edges
            edges += len(nets[names][0].x)
        roads, begin = nets[names]
        edge, along = _begun(plan.seed, roads, rows)
        altitude = np.full(len(rows), height_m(each), dtype=np.float32)
        moving.append((rows, _speeds(plan.seed, each, rows), altitude, edge + begin, along))
    movers, edge, along = _joined(moving, [roads for roads, _ in nets.values()])
    return movers, Beginning(edge, along, x, y, on)


def _joined(
    moving: Sequence[tuple[Rows, Reals, Reals, Rows, Reals]], nets: Sequence[Roads]
) -> tuple[Movers, Rows, Reals]:
    if not moving:
        none, nothing = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        empty = Roads(*(nothing,) * 6, none, none, none)
        return Movers(none, nothing, nothing, empty), none, nothing
    rows, speed, altitude, edge, along = (
        np.concatenate(column) for column in zip(*moving, strict=True)
    )
    return Movers(rows, speed, altitude, joined(nets)), edge.astype(np.int32), along


def _begun(seed: int, roads: Roads, rows: Rows) -> tuple[Rows, Reals]:
    """Return an edge and a place on it for each device, evenly over the length of all roads."""
    ends = np.cumsum(roads.length_m.astype(np.float64))
    place = shares(draw(seed, Purpose.WAY, rows)) * ends[-1]
    edge = np.minimum(np.searchsorted(ends, place, side="right"), len(ends) - 1)
    along = place - (ends[edge] - roads.length_m[edge])
    return edge.astype(np.int32), np.clip(along, 0, roads.length_m[edge]).astype(np.float32)


def _speeds(seed: int, each: Population, rows: Rows) -> Reals:
    low, high = each.speed_kmh or USUAL_SPEED_KMH[each.kind]
    drawn = shares(draw(seed, Purpose.SPEED, rows))
    return ((low + (high - low) * drawn) / 3.6).astype(np.float32)


def _standing(
    seed: int, each: Population, rows: Rows, ground: Ground
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places in the circle, evenly by area."""
    assert each.around is not None
    east, north = ground.metres(np.array(each.around.latitude), np.array(each.around.longitude))
    radius = each.around.radius_m * np.sqrt(shares(draw(seed, Purpose.PLACE, 0, rows)))
    angle = 2 * np.pi * shares(draw(seed, Purpose.PLACE, 1, rows))
    return np.round(east + radius * np.cos(angle), 2), np.round(north + radius * np.sin(angle), 2)


def _layers(
    plan: NetworkPlan, groups: Sequence[Group], ground: Ground, candidates: int
) -> list[Layer]:
    found = []
    for operator in plan.operators:
        for technology in NEAREST_FIRST:  # traffic flows by the first that serves
            cells = [
                number
                for number, cell in enumerate(plan.cells)
                if cell.operator == operator.id and cell.technology is technology
            ]
            users = [
                (each, group)
                for each, group in zip(plan.populations, groups, strict=True)
                if each.operator == operator.id and technology in each.radios
            ]
            if cells and users:
                found.append(_layer(plan, cells, users, (ground, candidates)))
    return found


def _layer(
    plan: NetworkPlan,
    numbers: Sequence[int],
    users: Sequence[tuple[Population, Group]],
    layout: tuple[Ground, int],
) -> Layer:
    ground, candidates = layout
    cells = [plan.cells[number] for number in numbers]
    heights = list(dict.fromkeys(height_m(each) for each, _ in users))
    masts, tables = masts_of(cells, heights, ground, plan.seed)
    environments = list(dict.fromkeys(cell.environment for cell in cells))
    counts = [group.count for _, group in users]

    def rows(value: Callable[[Population], int]) -> Rows:
        return np.repeat(np.array([value(each) for each, _ in users], dtype=np.int32), counts)

    def reals(value: Callable[[Population], float]) -> Reals:
        return np.repeat(np.array([value(each) for each, _ in users], dtype=np.float32), counts)

    return Layer(
        technology=cells[0].technology,
        rule=plan.rules.of(cells[0].technology),
        cells=np.array(numbers, dtype=np.int32),
        devices=np.concatenate([_rows(group) for _, group in users]),
        masts=masts,
        tables=tables,
        nearby=nearby_of(masts, tables, ground, candidates),
        field=np.concatenate([field(plan.seed, each) for each in environments]),
        height=rows(lambda each: heights.index(height_m(each)) * REACH),
        altitude_m=reals(height_m),
        downlink_bps=reals(lambda each: each.traffic.downlink_mbps * 1e6),
        uplink_bps=reals(lambda each: each.traffic.uplink_mbps * 1e6),
        devices_max=np.array([*(cell.devices_max for cell in cells), 0], dtype=np.int32),
        air_down=np.array([_air(cell)[0] for cell in cells], dtype=np.float32),
        air_up=np.array([_air(cell)[1] for cell in cells], dtype=np.float32),
    )


def _air(cell: CellPlan) -> tuple[float, float]:
    """Return which parts of its resources a cell's ways have; in a WLAN they share the air."""
    if cell.technology is not Technology.WLAN or cell.downlink_share is None:
        return 1.0, 1.0
    return cell.downlink_share, 1 - cell.downlink_share
