"""How a town's addresses look on the loopback interface of one machine, pure.

For the simulated twin: 10.45.1.1 is 127.45.1.1, the cloud's 203.0.113.10 is 127.203.113.10, and
ports below 1024, which an ordinary user may not serve, lie 8000 higher. Never a real address.
"""

from dataclasses import replace

from msgspec import structs

from wayside.model.accesses import AccessPath

from .facts import HostFacts, host_facts
from .model import Scenario

PORT_SHIFT = 8000


def loopback_of(address: str) -> str:
    """Return where a town's address lives on loopback; loopback addresses stay as they are."""
    first, second, third, fourth = address.split(".")
    if first == "127":
        return address
    if first == "10":
        return f"127.{second}.{third}.{fourth}"
    return f"127.{first}.{third}.{fourth}"


def loopback_port(port: int) -> int:
    """Return the port on which a town's port is served on loopback."""
    return port if port >= 1024 else port + PORT_SHIFT


def host_number_of(address: str) -> int | None:
    """Return the number of the host whose application or DNS address this is; None for others."""
    first, second, third, _ = address.split(".")
    return int(third) if first in ("10", "127") and second in ("50", "60") else None


def loopback_facts(scenario: Scenario) -> tuple[HostFacts, ...]:
    """Return each host's facts with all addresses on loopback and no namespace."""
    return tuple(
        replace(
            facts,
            oam_address=loopback_of(facts.oam_address),
            system_address=loopback_of(facts.system_address),
            ualcmp_address=loopback_of(facts.ualcmp_address),
            cell_networks={
                _network(network): cell for network, cell in facts.cell_networks.items()
            },
            dns_address=loopback_of(facts.dns_address),
            dns_port=loopback_port(facts.dns_port),
            upstream_dns=loopback_of(facts.upstream_dns),
            upstream_dns_port=loopback_port(facts.upstream_dns_port),
            mp1_address=loopback_of(facts.mp1_address),
            accesses=tuple(_access(each) for each in facts.accesses),
            app_pool=_network(facts.app_pool),
        )
        for facts in (host_facts(scenario, host, namespace=None) for host in scenario.hosts)
    )


def _access(path: AccessPath) -> AccessPath:
    """Return an access network whose devices are on loopback."""
    return structs.replace(
        path,
        gateway=loopback_of(path.gateway),
        devices=tuple(loopback_of(each) for each in path.devices),
    )


def _network(network: str) -> str:
    """Return where a network of the town lives on loopback."""
    address, _, bits = network.partition("/")
    return f"{loopback_of(address)}/{bits}"
