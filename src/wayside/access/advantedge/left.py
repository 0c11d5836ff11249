"""What of an AdvantEDGE scenario has no counterpart: every field that nobody has read. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from wayside.core.wire import Wire

USED = frozenset(
    (
        "name", "type", "deployment", "domains", "zones", "networkLocations", "physicalLocations",
        "processes", "netChar", "latency", "throughputDl", "throughputUl", "geoData", "location",
        "coordinates", "radius", "path", "eopMode", "velocity", "connected", "wirelessType",
        "cellularDomainConfig", "mcc", "mnc",
    )
)  # fmt: skip
"""What is translated, or told of by a sentence of its own."""
WHY = {
    "latencyVariation": "delays here do not vary",
    "latencyDistribution": "delays here do not vary",
    "packetLoss": "links here lose nothing but what is too much for them",
    "cellId": "cell identities are given by the living network",
    "poa4GConfig": "cell identities are given by the living network",
    "poa5GConfig": "cell identities are given by the living network",
    "poaWifiConfig": "addresses of stations are given by the living network",
    "cellularPoaConfig": "cell identities are given by the living network",
    "wireless": "every device here has a radio",
    "macId": "addresses of stations are given by the living network",
    "defaultCellId": "who is served by no cell is in none",
    "connectivity": "sessions lead where the population's data network says",
    "d2d": "devices reach each other through the network only",
    "dataNetwork": "name it as [[network.data_networks]] of the population",
    "networkLocationsInRange": "what is in range follows from the radio",
    "poaInRange": "what is in range follows from the radio",
    "d2dInRange": "devices reach each other through the network only",
    "throughput": "old name; throughputDl and throughputUl are read",
    "userMeta": "nothing here reads it",
    "meta": "nothing here reads it",
    "description": "nothing here reads it",
    "id": "names tell elements apart",
    "version": "the form of its own",
    "config": "settings of its own",
}
INTERNAL = frozenset(("id", "version"))
"""Of no consequence: never told."""


class Left(Wire, omit_defaults=False):
    """Something of theirs that is not in ours."""

    what: str
    """Its path; ``[]`` for any of a list."""
    count: int
    """How often it is there."""
    why: str


def left_of(values: Any) -> tuple[Left, ...]:
    """Return what is said in ``values`` and read by nobody, in the order of the file."""
    counts = Counter(_unread(values, ""))
    return tuple(
        Left(what=path, count=count, why=WHY.get(path.rpartition(".")[2], "no counterpart"))
        for path, count in counts.items()
    )


def _unread(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, below in value.items():
            path = f"{at}.{name}" if at else f"{name}"
            if below is None or below in ("", [], {}) or name in INTERNAL:
                continue
            if name == "processes":
                continue  # told of one by one
            if name in USED or (name.endswith("Config") and _has_used(below)):
                yield from _unread(below, path)
            else:
                yield path
    elif isinstance(value, list):
        for each in value:
            yield from _unread(each, f"{at}[]")


def _has_used(value: Any) -> bool:
    return isinstance(value, dict) and any(name in USED for name in value)
