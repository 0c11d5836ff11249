"""Whether the parts of a living network fit together: names, carriers, roads, events. Pure.

Never checks the form of a single field: ``reading`` did.
"""

from collections.abc import Iterable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from wayside.refpoints.net.values import Technology

from .model import CellPlan, Deed, Happening, Kind, NetworkPlan, Population
from .rates import LTE_BLOCKS, NR_BLOCKS, wlan_widths_mhz
from .roads import one_way_ends

DEVICES_MAX = 4_000_000
SPARE = IPv4Network("100.64.0.0/10")
"""Of devices whose scenario gives no address. Ref: RFC 6598."""


def faults_of(plan: NetworkPlan) -> list[str]:
    """Return every fault, each starting with the path of its field; none for a sound network."""
    return [
        *_names(plan),
        *_cells(plan),
        *_roads(plan),
        *_populations(plan),
        *_addresses(plan.populations),
        *_events(plan),
    ]


def _names(plan: NetworkPlan) -> Iterator[str]:
    for kind in ("operators", "zones", "cells"):
        if not getattr(plan, kind):
            yield f"{kind}: at least one is needed."
    for kind in ("operators", "zones", "cells", "data_networks", "roads", "populations"):
        seen: set[str] = set()
        for index, each in enumerate(getattr(plan, kind)):
            if each.id in seen:
                yield f"{kind}[{index}].id: {each.id} is taken. Names are unique among {kind}."
            seen.add(each.id)


def _known(field: str, name: str | None, kind: str, known: Iterable[str]) -> Iterator[str]:
    names = sorted(known)
    if name is not None and name not in names:
        there = f"there are {', '.join(names)}" if names else "there are none"
        yield f"{field}: there is no {kind} {name}; {there}."


def _cells(plan: NetworkPlan) -> Iterator[str]:
    operators, zones = {each.id for each in plan.operators}, {each.id for each in plan.zones}
    for index, cell in enumerate(plan.cells):
        field = f"cells[{index}]"
        yield from _known(f"{field}.operator", cell.operator, "operator", operators)
        yield from _known(f"{field}.zone", cell.zone, "zone", zones)
        widths = widths_mhz(cell)
        if cell.bandwidth_mhz not in widths:
            choices = ", ".join(f"{width:g}" for width in widths)
            yield (
                f"{field}.bandwidth_mhz: {cell.technology} has no channel of "
                f"{cell.bandwidth_mhz:g} MHz; write one of {choices}."
            )
        if cell.technology is Technology.LTE and cell.physical_id > 503:
            yield f"{field}.physical_id: {cell.physical_id} is too large; LTE has 0 to 503."


def widths_mhz(cell: CellPlan) -> tuple[float, ...]:
    """Return the bandwidths that the cell's technology has."""
    match cell.technology:
        case Technology.LTE:
            return tuple(LTE_BLOCKS)
        case Technology.NR:
            return tuple(sorted({width for each in NR_BLOCKS.values() for width in each}))
        case Technology.WLAN:
            return wlan_widths_mhz(cell.standard)


def _roads(plan: NetworkPlan) -> Iterator[str]:
    for index, road in enumerate(plan.roads):
        if any(a == b for a, b in zip(road.points, road.points[1:], strict=False)):
            yield f"roads[{index}].points: two points that follow each other are the same."
    for name in one_way_ends(plan.roads):
        index = next(at for at, road in enumerate(plan.roads) if road.id == name)
        yield (
            f"roads[{index}].oneway: nobody can leave the end of {name}. Have it end at another "
            "road's point, or set loop = true or oneway = false."
        )


def _populations(plan: NetworkPlan) -> Iterator[str]:
    roads = {road.id for road in plan.roads}
    total = sum(each.count for each in plan.populations)
    if total > DEVICES_MAX:
        yield f"populations: {total} devices are more than {DEVICES_MAX}. Lower a count."
    for index, each in enumerate(plan.populations):
        field = f"populations[{index}]"
        operators = {operator.id for operator in plan.operators}
        yield from _known(f"{field}.operator", each.operator, "operator", operators)
        networks = {network.id for network in plan.data_networks}
        yield from _known(f"{field}.data_network", each.data_network, "data network", networks)
        for at, name in enumerate(each.roads):
            yield from _known(f"{field}.roads[{at}]", name, "road", roads)
        yield from _movement(field, each, bool(roads))
        if each.alone and each.count != 1:
            yield f"{field}.count: {each.count} cannot all be called {each.id}; alone means 1."
        if len({bearer.id for bearer in each.bearers}) < len(each.bearers):
            yield f"{field}.bearers: two have the same id. Number them differently."


def _movement(field: str, each: Population, any_road: bool) -> Iterator[str]:
    if each.kind is Kind.FIXED:
        if each.around is None:
            yield f"{field}.around: missing: fixed devices stand around a point."
        if each.roads or each.speed_kmh:
            yield f"{field}.roads: fixed devices have neither roads nor a speed. Leave them out."
    else:
        if each.around is not None:
            yield f"{field}.around: a {each.kind} moves on roads; only fixed devices stand around."
        if not any_road:
            yield f"{field}.roads: a {each.kind} needs a road, and there is none. Add [[roads]]."
    if each.speed_kmh is not None and each.speed_kmh[0] > each.speed_kmh[1]:
        yield f"{field}.speed_kmh: the first is the lower. Swap them."


def _addresses(populations: tuple[Population, ...]) -> Iterator[str]:
    spans: list[tuple[int, int, str]] = []
    for index, each in enumerate(populations):
        if each.address is None:
            continue
        field = f"populations[{index}].address"
        try:
            first = int(IPv4Address(each.address))
        except AddressValueError:
            yield f"{field}: {each.address!r} is not an IPv4 address."
            continue
        last = first + each.count - 1
        if first <= int(SPARE[-1]) and int(SPARE[0]) <= last:
            yield f"{field}: {SPARE} is for devices without an address here. Choose another."
        if last > 0xFFFF_FFFF:
            yield f"{field}: there are not {each.count} addresses from {each.address} on."
        for low, high, other in spans:
            if first <= high and low <= last:
                yield f"{field}: some of these addresses are those of {other}."
        spans.append((first, last, each.id))


def _events(plan: NetworkPlan) -> Iterator[str]:
    cells = {cell.id for cell in plan.cells}
    populations = {each.id for each in plan.populations}
    for index, event in enumerate(plan.events):
        field = f"events[{index}]"
        yield from _known(f"{field}.cell", event.cell, "cell", cells)
        yield from _known(f"{field}.population", event.population, "population", populations)
        yield from _deed(field, event)


def _deed(field: str, event: Happening) -> Iterator[str]:
    match event.do:
        case Deed.SWITCH_OFF | Deed.SWITCH_ON:
            if (event.cell is None) == (event.population is None):
                yield f"{field}: name either the cell or the population that is switched."
        case Deed.LINK:
            if event.ends is None:
                yield f"{field}.ends: missing: name the two ends of the link."
        case Deed.BEARER:
            if event.population is None or event.bearer is None:
                yield f"{field}.bearer: name the population and the bearer that it gets."
