"""What a core's reports mean: where devices are served, what they are promised, where they are.

Pure but for its own memory. A report that says nothing new makes no fact, so one that comes twice
does no harm. Never guesses: a device in a cell that the table does not know is not served by any.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import cos, nan, radians, sin

import numpy as np

from wayside.refpoints.net.areas import METRES_PER_DEGREE
from wayside.refpoints.net.facts import (
    Attached,
    BearerEstablished,
    BearerModified,
    BearerReleased,
    Cause,
    Detached,
    Event,
    HandedOver,
    Moved,
)
from wayside.refpoints.net.network import Bearer, Network
from wayside.refpoints.net.values import NOBODY, Technology

from .model import (
    GeographicArea,
    LocationInfo,
    MonitoringEventReport,
    MonitoringType,
    PlmnId,
    UserLocation,
    UserPlaneEventReport,
    VelocityEstimate,
)
from .table import CoreTable, SessionLine

OUT_OF_REACH = frozenset((2, 3))
"""MAX_DETECTION_TIME_EXPIRED; what else there is means that it has left. Ref: TS 29.336 8.4.58."""
ESTABLISHED = frozenset(("SUCCESSFUL_RESOURCES_ALLOCATION", "RECOVERY_OF_BEARER", "QOS_GUARANTEED"))
RELEASED = frozenset(
    (
        "SESSION_TERMINATION",
        "LOSS_OF_BEARER",
        "RELEASE_OF_BEARER",
        "FAILED_RESOURCES_ALLOCATION",
    )
)
NOT_GUARANTEED = "QOS_NOT_GUARANTEED"
EVENTS = (*sorted(ESTABLISHED), NOT_GUARANTEED, *sorted(RELEASED))
"""All that are asked for. Ref: TS 29.122, UserPlaneEvent."""

KM_PER_H = 1 / 3.6


@dataclass(frozen=True)
class Place:
    """Where a device is and how it moves; NaN for what is not known."""

    latitude: float
    longitude: float
    altitude_m: float = nan
    speed_mps: float = nan
    heading_deg: float = nan


@dataclass(frozen=True)
class Names:
    """Who and what the core's words mean, by row of the network."""

    cells: dict[str, int]
    """``mccmnc`` and technology and identity; the table's own ids; a cell's digits in one."""
    devices: dict[str, int]
    """External identifiers, and MSISDNs."""

    def device(self, report: MonitoringEventReport) -> int | None:
        """Return whom a report names; None where it names nobody that is known."""
        for name in (report.external_id, report.msisdn):
            if name is not None and (row := self.devices.get(name)) is not None:
                return row
        return None

    def cell(self, info: LocationInfo) -> int | None:
        """Return the cell of a location: NOBODY for one that is not of the table, None for none."""
        where = info.user_location or UserLocation()
        nr, lte = where.nr_location, where.eutra_location
        if nr is not None and not nr.ignore_ncgi:
            return self._cell(nr.ncgi.plmn_id, Technology.NR, nr.ncgi.nr_cell_id)
        if lte is not None and not lte.ignore_ecgi:
            return self._cell(lte.ecgi.plmn_id, Technology.LTE, lte.ecgi.eutra_cell_id)
        if info.cell_id is not None:
            return self.cells.get(info.cell_id, self.cells.get(_digits(info.cell_id), NOBODY))
        return None

    def _cell(self, plmn: PlmnId, technology: Technology, identity: str) -> int:
        return self.cells.get(f"{plmn.mcc}{plmn.mnc} {technology} {identity.lower()}", NOBODY)


def names_of(table: CoreTable, network: Network, found: dict[int, str]) -> Names:
    """Return the words of the operator's table; ``found`` has the identifiers that were asked."""
    plmns = {each.id: each.mcc + each.mnc for each in table.operators}
    cells: dict[str, int] = {}
    for row, cell in enumerate(network.cells):
        plmn, width = plmns[cell.operator], 7 if cell.technology is Technology.LTE else 9
        cells[f"{plmn}{cell.identity:0{width}x}"] = row
        cells[f"{plmn} {cell.technology} {cell.identity:0{width}x}"] = row
    cells |= {cell.id: row for row, cell in enumerate(network.cells)}
    devices = {name: row for row, name in found.items()}
    for row, each in enumerate(table.subscribers):
        devices |= {name: row for name in (each.external_id, each.msisdn) if name is not None}
    return Names(cells, devices)


def _digits(cell_id: str) -> str:
    return cell_id.replace("-", "").replace(" ", "").lower()


@dataclass
class Devices:
    """What is known of all devices; each method says what is new in it, as events."""

    technologies: tuple[Technology, ...]
    """Of the cells, by row."""
    serving: dict[int, int] = field(default_factory=dict)
    """The cell of each device that is served."""
    promised: dict[int, dict[int, Bearer]] = field(default_factory=dict)

    def served(self, device: int, cell: int) -> Iterator[Event]:
        """The device is in this cell now; NOBODY: in one that is not of ours."""
        before = self.serving.get(device, NOBODY)
        if cell == before:
            return
        if cell == NOBODY:
            yield from self.lost(device, Cause.COVERAGE)
            return
        if before != NOBODY and self.technologies[before] is self.technologies[cell]:
            self.serving[device] = cell
            yield HandedOver(device=device, source=before, target=cell)
            return
        yield from self.lost(device, Cause.LEFT)
        self.serving[device] = cell
        yield Attached(device=device, cell=cell)
        for _, bearer in sorted(self.promised.get(device, {}).items()):
            yield BearerEstablished(device=device, cell=cell, bearer=bearer)

    def lost(self, device: int, cause: Cause) -> Iterator[Event]:
        """Nothing serves the device any longer; what is promised holds when something does."""
        cell = self.serving.pop(device, NOBODY)
        if cell == NOBODY:
            return
        for _, bearer in sorted(self.promised.get(device, {}).items()):
            yield BearerReleased(device=device, cell=cell, bearer=bearer)
        yield Detached(device=device, cell=cell, cause=cause)

    def has(self, device: int, number: int, bearer: Bearer | None) -> Iterator[Event]:
        """The device's bearer ``number`` is promised as given; None: not any longer."""
        promised = self.promised.setdefault(device, {})
        before, cell = promised.pop(number, None), self.serving.get(device, NOBODY)
        if bearer is not None:
            promised[number] = bearer
        if cell == NOBODY or bearer == before:
            return
        if bearer is None and before is not None:
            yield BearerReleased(device=device, cell=cell, bearer=before)
        elif bearer is not None and before is None:
            yield BearerEstablished(device=device, cell=cell, bearer=bearer)
        elif bearer is not None:
            yield BearerModified(device=device, cell=cell, bearer=bearer)


def events_of(
    devices: Devices, names: Names, device: int, report: MonitoringEventReport
) -> Iterator[Event]:
    """Yield what a report of ``device`` says that was not known."""
    if report.monitoring_type == MonitoringType.LOSS_OF_CONNECTIVITY:
        out = report.loss_of_connect_reason in OUT_OF_REACH
        yield from devices.lost(device, Cause.COVERAGE if out else Cause.LEFT)
    elif report.location_info is not None:
        cell = names.cell(report.location_info)
        if cell is not None:
            yield from devices.served(device, cell)


def bearer_of(
    table: CoreTable, session: SessionLine, report: UserPlaneEventReport, present: Bearer | None
) -> Bearer | None:
    """Return what is promised after a report, where ``present`` was before.

    QOS_NOT_GUARANTEED without a reference that applies leaves the flow without a guarantee.
    """
    applied = report.applied_qos_ref
    line = next((each for each in table.qos if each.reference == applied), None)
    if report.event in ESTABLISHED:
        return (line or table.qos_of(session.reference)).bearer(session.bearer)
    if report.event in RELEASED:
        return None
    if report.event == NOT_GUARANTEED:
        if line is not None:
            return line.bearer(session.bearer)
        wanted = table.qos_of(session.reference)
        return Bearer(id=session.bearer, q_ci=wanted.q_ci)
    return present


def place_of(info: LocationInfo) -> Place | None:
    """Return the middle of a location's area; None where it has none, or one of unknown shape."""
    area = info.geographic_area
    if area is None or (middle := _middle(area)) is None:
        return None
    velocity = info.ue_velocity or VelocityEstimate(h_speed=nan, bearing=nan)
    return Place(
        *middle,
        nan if area.altitude is None else area.altitude,
        velocity.h_speed * KM_PER_H,
        velocity.bearing,
    )


def _middle(area: GeographicArea) -> tuple[float, float] | None:
    if area.point_list:
        count = len(area.point_list)
        return (
            sum(each.lat for each in area.point_list) / count,
            sum(each.lon for each in area.point_list) / count,
        )
    if area.point is None:
        return None
    if area.shape != "ELLIPSOID_ARC":
        return area.point.lat, area.point.lon
    away_m = area.inner_radius + area.uncertainty_radius / 2
    bearing = radians(area.offset_angle + area.included_angle / 2)
    north = away_m * cos(bearing) / METRES_PER_DEGREE
    east = away_m * sin(bearing) / METRES_PER_DEGREE / max(cos(radians(area.point.lat)), 1e-6)
    return area.point.lat + north, area.point.lon + east


def moved(places: Iterable[tuple[int, Place]]) -> Moved | None:
    """Return the places of devices as columns, the last of each; None for none."""
    last = dict(places)
    if not last:
        return None
    rows = sorted(last)

    def column(name: str) -> list[float]:
        return [getattr(last[row], name) for row in rows]

    return Moved(
        devices=np.array(rows, dtype=np.int32),
        latitude=np.array(column("latitude")),
        longitude=np.array(column("longitude")),
        altitude_m=np.array(column("altitude_m"), dtype=np.float32),
        speed_mps=np.array(column("speed_mps"), dtype=np.float32),
        heading_deg=np.array(column("heading_deg"), dtype=np.float32),
    )
