"""The living network of an AdvantEDGE scenario, as a scenario of ours says it. Pure.

Never makes up a place: a device without one stands where its point of access does, and without that
it is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wayside.core.wire import Wire
from wayside.refpoints.net.values import Technology

from .elements import Access, Elements, Node, Where, elements_of, where_of
from .left import Left, left_of
from .model import GeoData, Scenario
from .radio import RADIOS
from .reading import ForeignFault
from .town import town_of

Table = dict[str, Any]
KMH_PER_MPS = 3.6
KMH_MAX = 1000.0
WALK_KMH_MAX = 8.0
RADIUS_M = 200.0
"""Of a point of access that says none."""
TECHNOLOGIES = {"4g": Technology.LTE, "5g": Technology.NR, "wifi": Technology.WLAN}


@dataclass(frozen=True)
class Translated:
    """A scenario of ours, and what is not in it."""

    tables: Table
    report: "Report"


class Report(Wire, omit_defaults=False):
    """What became of a scenario of AdvantEDGE."""

    cells: int
    devices: int
    hosts: int
    town: bool
    """Whether `wayside up` can make a town of it, beside the living network."""
    renamed: dict[str, str]
    notes: tuple[str, ...]
    """What became of things that have no counterpart of their own."""
    left: tuple[Left, ...]
    """Fields that have none at all."""


def translated(scenario: Scenario, values: Any, *, source: str) -> Translated:
    """Return the scenario as ours; ``values`` is the same, plain, for what is left.

    Raises ForeignFault where no point of access has a place.
    """
    elements = elements_of(scenario)
    if not elements.accesses:
        raise ForeignFault(
            source, ["deployment.domains: no point of access has a place (geoData.location)."]
        )
    town, why = town_of(scenario, elements)
    if town is None:
        elements.notes.append(f"no town is made of it, only the living network: {why}")
    network = _network(elements, town)
    tables = {**(town or {}), "network": network}
    report = Report(
        cells=len(network["cells"]),
        devices=len(network["populations"]),
        hosts=len(elements.hosts),
        town=town is not None,
        renamed=elements.renamed,
        notes=tuple(elements.notes),
        left=left_of(values),
    )
    return Translated(tables, report)


def _network(elements: Elements, town: Table | None) -> Table:
    addresses = {each["id"]: each["address"] for each in (town or {}).get("devices", ())}
    roads: list[Table] = []
    populations: list[Table] = []
    here = {RADIOS.get(a.theirs.type, RADIOS["POA"]).technology for a in elements.accesses}
    for device in elements.devices:
        found = _population(device, elements, sorted(here), roads)
        if found is not None:
            if device.id in addresses:
                found["address"] = addresses[device.id]
            populations.append(found)
    return {
        "operators": [_operator(id, elements) for id in elements.operators],
        "zones": [{"id": id} for id in elements.zones],
        "cells": [_cell(each, elements) for each in elements.accesses],
        "roads": roads,
        "populations": populations,
    }


def _operator(id: str, elements: Elements) -> Table:
    config = elements.operators[id].cellular_domain_config
    mcc, mnc = (config.mcc, config.mnc) if config is not None else (None, None)
    if mcc is None or mnc is None or not _is_plmn(mcc, mnc):
        if mcc or mnc:
            elements.notes.append(f"{id}: {mcc}-{mnc} is no MCC and MNC: 001-01 is taken.")
        return {"id": id, "mcc": "001", "mnc": "01"}
    return {"id": id, "mcc": mcc, "mnc": mnc}


def _is_plmn(mcc: str, mnc: str) -> bool:
    digits = mcc.isascii() and mcc.isdecimal() and mnc.isascii() and mnc.isdecimal()
    return digits and len(mcc) == 3 and len(mnc) in (2, 3)


def _cell(access: Access, elements: Elements) -> Table:
    radio = RADIOS.get(access.theirs.type, RADIOS["POA"])
    if access.theirs.type not in RADIOS or access.theirs.type == "POA":
        elements.notes.append(f"{access.theirs.name}: of no kind; it is taken as a cell of 5G.")
    geo = access.theirs.geo_data
    radius_m = geo.radius if geo is not None and geo.radius else RADIUS_M
    found: Table = {
        "id": access.id,
        "technology": str(radio.technology),
        "operator": access.operator,
        "zone": access.zone,
        "latitude": access.where[0],
        "longitude": access.where[1],
        "carrier_mhz": radio.carrier_mhz,
        "bandwidth_mhz": radio.bandwidth_mhz,
        "power_dbm": radio.power_dbm(radius_m),
        "height_m": radio.height_m,
        "environment": str(radio.environment),
    }
    if radio.technology is Technology.WLAN:
        found["ssid"] = access.theirs.name
    elif radio.technology is Technology.NR:
        found["downlink_share"] = 0.75
    return found


def _population(
    device: Node, elements: Elements, here: list[Technology], roads: list[Table]
) -> Table | None:
    """Return a device, its road added to ``roads``; None where nobody knows its place."""
    name, geo = device.theirs.name, device.theirs.geo_data or GeoData()
    found: Table = {
        "id": device.id,
        "kind": "fixed",
        "count": 1,
        "alone": True,
        "operator": device.operator or next(iter(elements.operators)),
        "radios": [str(each) for each in _radios(device, here)],
        "off": device.theirs.connected is False,
    }
    speed_kmh = min((geo.velocity or 0.0) * KMH_PER_MPS, KMH_MAX)
    points = list(_points(geo))
    loop = (geo.eop_mode or "LOOP") == "LOOP"
    if loop and len(points) > 2 and points[0] == points[-1]:
        points.pop()
    if speed_kmh > 0 and len(points) > 1:
        road = {"id": f"road-{device.id}", "points": [list(each) for each in points], "loop": loop}
        roads.append(road)
        found["kind"] = "walker" if speed_kmh <= WALK_KMH_MAX else "car"
        found["roads"] = [road["id"]]
        found["speed_kmh"] = [round(speed_kmh, 3)] * 2
        if geo.location is not None:
            elements.notes.append(f"{name}: it begins anywhere on its path, not at its location.")
        return found
    where = where_of(geo.location.coordinates) if geo.location is not None else None
    if where is None and points:
        where = points[0]
    if where is None and device.access is not None:
        where = device.access.where
        elements.notes.append(f"{name}: it has no place; it stands where {device.access.id} does.")
    if where is None:
        elements.notes.append(f"{name}: left out: it has no geoData.location; give it one.")
        return None
    found["around"] = {"latitude": where[0], "longitude": where[1], "radius_m": 0.0}
    return found


def _radios(device: Node, here: list[Technology]) -> list[Technology]:
    """Return what the device hears with; who says nothing of it hears with all that there is."""
    said = [each.strip().lower() for each in (device.theirs.wireless_type or "").split(",")]
    return [TECHNOLOGIES[each] for each in dict.fromkeys(said) if each in TECHNOLOGIES] or here


def _points(geo: GeoData) -> Iterator[Where]:
    """Yield the points of a path that are on the map, none twice in a row."""
    before: Where | None = None
    for coordinates in geo.path.coordinates if geo.path is not None else ():
        where = where_of(coordinates)
        if where is not None and where != before:
            yield where
            before = where
