"""The town of an AdvantEDGE scenario: nodes and links as the lab makes them. Pure.

Theirs is a graph of delays, ours a tree of cables: what a zone, a domain and the deployment add is
on the cable that leaves each.
"""

from collections import Counter
from typing import Any

from .elements import Elements, Node, Where, where_of
from .model import NetChar, Scenario

Table = dict[str, Any]
CELLS_MAX = 240
LINKS_MAX = 250
DEVICES_OF_CELL_MAX = 253
DELAY_MS_MAX = 1000.0
RATE_MBPS_MAX = 100_000.0
CAPACITY = {"cpu_milli": 2000, "memory_bytes": 2 << 30, "storage_bytes": 8 << 30}


def town_of(scenario: Scenario, elements: Elements) -> tuple[Table | None, str]:
    """Return the town, and nothing; or None, and why there can be none."""
    devices = [each for each in elements.devices if each.access is not None]
    why = _why_not(elements, devices)
    if why:
        return None, why
    numbers = {each.id: number for number, each in enumerate(elements.accesses, 1)}
    links = _links(scenario, elements, devices)
    seen: Counter[str] = Counter()
    lab: list[Table] = []
    for device in devices:
        cell = device.access.id if device.access is not None else ""
        seen[cell] += 1
        address = f"10.45.{numbers[cell]}.{seen[cell]}"
        lab.append({"id": device.id, "cell": cell, "address": address})
    elements.notes.append(
        f"hosts: each has {CAPACITY['cpu_milli']} thousandths of a core, 2 GiB of memory and 8 GiB "
        "of storage, and stands in no country (XX): theirs say neither."
    )
    return {
        "town": {"name": "imported", "title": scenario.name or "Imported"},
        "cells": [
            {"id": each.id, "number": numbers[each.id], "latitude": each.where[0],
             "longitude": each.where[1]}
            for each in elements.accesses
        ],
        "devices": lab,
        "hosts": [
            _host(number, each, elements) for number, each in enumerate(elements.hosts, 1)
        ],
        "core": {"id": "core"},
        "cloud": {"id": "cloud", "address": "203.0.113.10", "dns_address": "203.0.113.53"},
        "system": {"id": "system"},
        "links": links,
    }, ""  # fmt: skip


def _why_not(elements: Elements, devices: list[Node]) -> str:
    crowd = Counter(each.access.id for each in devices if each.access is not None)
    links = len(devices) + len(elements.accesses) + len(elements.hosts) + 1
    if not elements.hosts:
        return "it has no edge node."
    if not devices:
        return "no device is below a point of access."
    if len(elements.accesses) > CELLS_MAX or len(elements.hosts) > CELLS_MAX:
        return f"it has more than {CELLS_MAX} cells or hosts."
    if links > LINKS_MAX:
        return f"it needs {links} cables, and a town has {LINKS_MAX} at most."
    if max(crowd.values()) > DEVICES_OF_CELL_MAX:
        return f"a cell has more than {DEVICES_OF_CELL_MAX} devices."
    return ""


def _links(scenario: Scenario, elements: Elements, devices: list[Node]) -> list[Table]:
    found: list[Table] = []
    for device in devices:
        if device.access is not None:
            both = (device.theirs.net_char, device.access.theirs.net_char)
            found.append(_link((device.id, device.access.id), "radio", both))
    for access in elements.accesses:
        above = _host_of(access.id, access.zone, elements)
        zone, _ = elements.zones[access.zone]
        found.append(_link((access.id, above), "access", (zone.net_char,)))
    for host in elements.hosts:
        domain = elements.operators.get(host.operator)
        char = domain.net_char if domain is not None else None
        found.append(_link((host.id, "core"), "backhaul", (host.theirs.net_char, char)))
    found.append(_link(("core", "cloud"), "internet", (scenario.deployment.net_char,)))
    return found


def _host_of(access: str, zone: str, elements: Elements) -> str:
    """Return the node nearest to a point of access: its own fog, its zone's edge, else the core."""
    own = [each.id for each in elements.hosts if each.access and each.access.id == access]
    zones = [each.id for each in elements.hosts if each.zone == zone and each.access is None]
    return (own or zones or ["core"])[0]


def _link(ends: tuple[str, str], kind: str, chars: tuple[NetChar | None, ...]) -> Table:
    known = [each for each in chars if each is not None]
    delay_ms = sum(max(each.latency or 0.0, 0.0) for each in known)
    rates = [rate for each in known for rate in (each.throughput_dl, each.throughput_ul) if rate]
    positive = [rate for rate in rates if rate > 0]
    return {
        "ends": list(ends),
        "kind": kind,
        "delay_ms": min(delay_ms, DELAY_MS_MAX),
        "rate_mbps": min([*positive, RATE_MBPS_MAX]) if positive else 0.0,
    }


def _host(number: int, host: Node, elements: Elements) -> Table:
    latitude, longitude = _place(host, elements)
    return {
        "id": host.id,
        "number": number,
        "name": host.theirs.name or host.id,
        "latitude": latitude,
        "longitude": longitude,
        "country": "XX",
        "capacity": dict(CAPACITY),
    }


def _place(host: Node, elements: Elements) -> Where:
    """Return where a host stands: as it says, at its point of access, or amid its zone's."""
    geo = host.theirs.geo_data
    said = where_of(geo.location.coordinates) if geo is not None and geo.location else None
    if said is not None:
        return said
    if host.access is not None:
        return host.access.where
    here = [each.where for each in elements.accesses if each.zone == host.zone]
    here = here or [each.where for each in elements.accesses]
    return sum(lat for lat, _ in here) / len(here), sum(lon for _, lon in here) / len(here)
