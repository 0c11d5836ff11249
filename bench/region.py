"""Hosts and applications of a made-up region: data for measurements, the same for the same seed.

Sizes come in steps as sellers name them, rooms and distances as chance has it. Never measures.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wayside.meo.area import GeoArea
from wayside.meo.placement.demands import HostOffer, Requirements
from wayside.meo.site import USER_APPS, HostSite
from wayside.model.place import Position
from wayside.refpoints.mm4 import Amount, Capacity

GIB = 1 << 30
CORES = (16, 32, 64)
SIZES = (
    Amount(cpu_milli=250, memory_bytes=GIB // 4, storage_bytes=GIB),
    Amount(cpu_milli=500, memory_bytes=GIB // 2, storage_bytes=2 * GIB),
    Amount(cpu_milli=1000, memory_bytes=GIB, storage_bytes=4 * GIB),
    Amount(cpu_milli=2000, memory_bytes=4 * GIB, storage_bytes=8 * GIB),
    Amount(cpu_milli=4000, memory_bytes=8 * GIB, storage_bytes=20 * GIB),
)
OFTEN = (0.2, 0.3, 0.25, 0.15, 0.1)
"""How often each size is asked for."""
WEST, SOUTH, DEGREES = 8.0, 48.0, 4.0
"""The region is a square of so many degrees."""
GPU, LOCATION = "Gpu", "location"


def hosts(count: int, *, seed: int) -> list[HostOffer]:
    """Return hosts, each with a random share of its room taken."""
    chance = np.random.default_rng(seed)
    return [_host(number, chance) for number in range(count)]


def applications(count: int, *, seed: int) -> list[Requirements]:
    """Return demands: most for an area, many with a limit of latency, some with wishes."""
    chance = np.random.default_rng(seed + 1_000_000)
    return [_application(chance) for _ in range(count)]


def loaded(
    offers: Sequence[HostOffer], demands: Sequence[Requirements], *, load: float
) -> list[HostOffer]:
    """Return the hosts with as much room that ``demands`` take this share of their free CPU."""
    wanted = sum(each.amount.cpu_milli for each in demands) / load
    free = [_free(offer) for offer in offers]
    scale = wanted / sum(each.cpu_milli for each in free)
    return [
        replace(offer, capacity=Capacity(total=_scaled(each, scale), allocated=Amount()))
        for offer, each in zip(offers, free, strict=True)
    ]


def _host(number: int, chance: np.random.Generator) -> HostOffer:
    cores, taken = int(chance.choice(CORES)), chance.uniform(0.0, 0.8)
    total = Amount(
        cpu_milli=cores * 1000, memory_bytes=cores * 4 * GIB, storage_bytes=cores * 20 * GIB
    )
    site = HostSite(
        f"mec{number:05}",
        f"Site {number}",
        position=Position(
            latitude=SOUTH + chance.uniform(0, DEGREES), longitude=WEST + chance.uniform(0, DEGREES)
        ),
        civic_address={6: f"Street {number}"},
        latency_ns={
            f"cell{number}-{cell}": int(chance.uniform(0.3e6, 4e6))
            for cell in range(int(chance.integers(1, 4)))
        },
        features=frozenset({USER_APPS, GPU} if chance.random() < 0.5 else {USER_APPS}),
        services=frozenset({LOCATION} if chance.random() < 0.5 else ()),
    )
    return HostOffer(site, Capacity(total=total, allocated=_scaled(total, taken)))


def _application(chance: np.random.Generator) -> Requirements:
    x, y = WEST + chance.uniform(0, DEGREES), SOUTH + chance.uniform(0, DEGREES)
    r = chance.uniform(0.5, 1.5)
    square = ((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r), (x - r, y - r))
    limit_ns = int(chance.uniform(1.5e6, 5e6))
    return Requirements(
        SIZES[int(chance.choice(len(SIZES), p=OFTEN))],
        latency_ns_max=limit_ns if chance.random() < 0.5 else None,
        features_optional=frozenset({GPU} if chance.random() < 0.3 else ()),
        services_optional=frozenset({LOCATION} if chance.random() < 0.3 else ()),
        area=GeoArea((square,)) if chance.random() < 0.7 else None,
    )


def _free(offer: HostOffer) -> Amount:
    assert offer.capacity is not None
    total, taken = offer.capacity.total, offer.capacity.allocated
    return Amount(
        cpu_milli=total.cpu_milli - taken.cpu_milli,
        memory_bytes=total.memory_bytes - taken.memory_bytes,
        storage_bytes=total.storage_bytes - taken.storage_bytes,
    )


def _scaled(amount: Amount, by: float) -> Amount:
    return Amount(
        cpu_milli=int(amount.cpu_milli * by),
        memory_bytes=int(amount.memory_bytes * by),
        storage_bytes=int(amount.storage_bytes * by),
    )
