"""The town's address plan, pure: who has which address, derived from numbers in the scenario.

Never an address outside 10.0.0.0/8 but the cloud's own, which the scenario gives.

| who | address |
|---|---|
| device | 10.45.<cell>.x, given in the scenario |
| cell, towards its devices | 10.45.<cell>.254 |
| link number i | 10.46.<i>.1 and 10.46.<i>.2 |
| host, towards devices (DNS) | 10.50.<host>.1 |
| host, towards applications (Mp1) | 10.60.<host>.1; applications 10.60.<host>.x |
| way to the system level (Mx2) | 10.47.0.1 the UALCMP, 10.47.0.2 the core |
| management network | 10.255.0.1 the system, 10.255.0.<10 + host> the hosts |
"""

from collections.abc import Iterator

from .model import Host, Scenario

MANAGEMENT = "10.255.0.0/24"
SYSTEM_ADDRESS = "10.255.0.1"
DEVICES = "10.45.0.0/16"
MX2 = "10.47.0.0/29"
UALCMP_ADDRESS = "10.47.0.1"
"""Where devices find the UALCMP."""
UALCMP_OUTWARD = "10.47.0.5"
"""Where the system level calls devices from; nothing listens there."""
OAM = "oam"
"""The name of the management interface in a host and of the bridge in the system's namespace."""


def cell_network(number: int) -> str:
    """Return the network that a cell's devices are in."""
    return f"10.45.{number}.0/24"


def mx2_gateway() -> str:
    """Return the core's address towards the system level."""
    return "10.47.0.2"


def cell_gateway(number: int) -> str:
    """Return a cell's address towards its devices."""
    return f"10.45.{number}.254"


def link_address(index: int, end: int) -> str:
    """Return the address of end 0 or 1 of the link number ``index``."""
    return f"10.46.{index}.{end + 1}"


def oam_address(host: Host) -> str:
    """Return a host's address in the management network."""
    return f"10.255.0.{10 + host.number}"


def dns_address(host: Host) -> str:
    """Return a host's device-side address."""
    return f"10.50.{host.number}.1"


def mp1_address(host: Host) -> str:
    """Return a host's address towards its applications."""
    return f"10.60.{host.number}.1"


def app_pool(host: Host) -> str:
    """Return the network that a host's applications get their addresses from."""
    return f"10.60.{host.number}.0/24"


def owned_networks(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield (network, node that it is behind) for everything that must be reachable."""
    for cell in scenario.cells:
        yield cell_network(cell.number), cell.id
    for host in scenario.hosts:
        yield f"{dns_address(host)}/32", host.id
        yield app_pool(host), host.id
    for index, link in enumerate(scenario.links):
        if link.kind != "radio":
            yield f"10.46.{index}.0/30", link.ends[0]
    yield f"{scenario.cloud.address}/32", scenario.cloud.id
    yield f"{scenario.cloud.dns_address}/32", scenario.cloud.id
