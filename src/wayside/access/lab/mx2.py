"""The way from devices to the system level (Mx2): a cable from the core, and who may use it. Pure.

Devices reach the UALCMP's one address; nobody else does, and nobody reaches management this way.
What the system level itself asks for (callbacks of devices, their packages) it asks from another
address, so that answers come back whoever gives them.
"""

from collections.abc import Iterator

from .addresses import DEVICES, MX2, OAM, UALCMP_ADDRESS, UALCMP_OUTWARD, mx2_gateway
from .model import Scenario

MACS = ("02:57:53:01:00:01", "02:57:53:01:00:02")
"""Of the system's end and the core's: locally administered."""
BITS = MX2.partition("/")[2]


def cables(scenario: Scenario, prefix: str) -> Iterator[str]:
    """Yield the ``ip`` line that joins core and system, each end called after the other."""
    system, core = scenario.system.id, scenario.core.id
    ends = [
        f"{core} netns {prefix}-{system} address {MACS[0]}",
        f"{system} netns {prefix}-{core} address {MACS[1]}",
    ]
    yield f"link add name {ends[0]} type veth peer name {ends[1]}"


def system_lines(scenario: Scenario) -> Iterator[str]:
    """Yield what is done in the system's namespace."""
    core = scenario.core.id
    yield f"address add {UALCMP_ADDRESS}/{BITS} dev {core}"
    yield f"address add {UALCMP_OUTWARD}/{BITS} dev {core}"
    yield f"link set dev {core} up"
    yield f"neighbour replace {mx2_gateway()} lladdr {MACS[1]} dev {core} nud permanent"
    yield f"route replace default via {mx2_gateway()} dev {core} src {UALCMP_OUTWARD}"
    # What comes in by this cable reaches these addresses, and management never.
    yield "rule add pref 10 lookup local"
    yield "rule add pref 1 iif lo lookup local"
    yield f"rule add pref 2 iif {OAM} lookup local"
    yield f"rule add pref 3 iif {core} to {MX2} lookup local"
    yield f"rule add pref 4 iif {core} blackhole"
    yield "rule del pref 0"


def core_lines(scenario: Scenario) -> Iterator[str]:
    """Yield what is done in the core's namespace."""
    system = scenario.system.id
    yield f"address add {mx2_gateway()}/{BITS} dev {system}"
    yield f"link set dev {system} up"
    for address in (UALCMP_ADDRESS, UALCMP_OUTWARD):
        yield f"neighbour replace {address} lladdr {MACS[0]} dev {system} nud permanent"
    yield f"rule add pref 5 from {DEVICES} to {UALCMP_ADDRESS} lookup main"
    yield f"rule add pref 6 to {UALCMP_ADDRESS} blackhole"
