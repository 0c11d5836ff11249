"""Each instance's own network, decided as data: names, addresses, ``ip`` lines, nft text.

Never touches a network: drivers do what is said here.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from wayside.core.errors import Conflict
from wayside.model.hardware import mac_of

INSIDE_DEVICE = "eth0"
UIDS_FROM = 200_000
"""User ids above this and below 265,536 belong to instances; the kernel knows no name for them."""


@dataclass(frozen=True)
class Pool:
    """The addresses that a host gives to instances, and the gateway that they all see."""

    network: IPv4Network
    gateway: IPv4Address

    @property
    def size(self) -> int:
        """How many instances fit."""
        return len(self._numbers())

    def take(self, taken: Collection[int], after: int = 0) -> int:
        """Return the next free number above ``after``, going round; raises Conflict when full.

        Numbers count from the network's address. Going on, instead of taking the lowest, keeps
        an address unused for as long as possible after its instance has gone.
        """
        numbers = self._numbers()
        later = [number for number in numbers if number > after]
        for number in [*later, *numbers]:
            if number not in taken:
                return number
        raise Conflict(
            f"addresses: asked 1, free 0 of {len(numbers)} in {self.network}. "
            "Terminate an instance on this host, or give it a larger pool."
        )

    def address(self, number: int) -> IPv4Address:
        """Return the address of a number."""
        return self.network.network_address + number

    def _numbers(self) -> list[int]:
        last = self.network.num_addresses - 1
        return [n for n in range(1, last) if self.address(n) != self.gateway]


@dataclass(frozen=True)
class InstanceNetwork:
    """All that is needed to make, and to take away, one instance's network."""

    namespace: str
    device: str
    """The host's end of the pair; the instance's is ``eth0``."""
    address: str
    gateway: str

    @property
    def host_lines(self) -> tuple[str, ...]:
        """``ip`` lines for the host: the pair, and the one route to the instance."""
        return (
            f"link add {self.device} type veth peer name {INSIDE_DEVICE}"
            f" address {mac_of(self.address)} netns {self.namespace}",
            f"link set {self.device} up",
            f"route replace {self.address}/32 dev {self.device} src {self.gateway}",
        )

    @property
    def inside_lines(self) -> tuple[str, ...]:
        """``ip`` lines inside: no shared link, everything goes through the gateway."""
        return (
            "link set lo up",
            f"address replace {self.address}/32 dev {INSIDE_DEVICE}",
            f"link set {INSIDE_DEVICE} up",
            f"route replace default via {self.gateway} dev {INSIDE_DEVICE} onlink"
            f" src {self.address}",
        )

    @property
    def host_settings(self) -> tuple[tuple[str, str], ...]:
        """Kernel settings for the host's end.

        Replies to steered flows come from here with the address the device asked for, so the
        source cannot be checked against the route back. The instance has no right to forge one.
        """
        return ((f"net.ipv4.conf.{self.device}.rp_filter", "0"),)

    @property
    def inside_settings(self) -> tuple[tuple[str, str], ...]:
        """Kernel settings inside: an application without rights may serve port 80."""
        return (("net.ipv4.ip_unprivileged_port_start", "0"),)

    @property
    def inside_rules(self) -> str:
        """nft text inside: a steered packet keeps its destination up to here.

        It is taken in as the instance's own; connection tracking gives the reply the address the
        device asked for.
        """
        return (
            "table ip wayside {\n"
            "  chain steered {\n"
            "    type nat hook prerouting priority dstnat; policy accept;\n"
            f'    iifname "{INSIDE_DEVICE}" ip daddr != {self.address} redirect\n'
            "  }\n"
            "}\n"
        )


def network_of(instance: str, number: int, *, prefix: str, pool: Pool) -> InstanceNetwork:
    """Return the network of an instance that has a number of the pool."""
    return InstanceNetwork(
        namespace=f"{prefix}-{short(instance)}",
        device=device_of(number),
        address=str(pool.address(number)),
        gateway=str(pool.gateway),
    )


def device_of(number: int) -> str:
    """Return the host's device to an instance: at most 15 characters, unique on the host."""
    return f"app{number}"


def short(instance: str) -> str:
    """Return eight characters that stand for an instance: a UUID's first, else a digest's."""
    head = instance.split("-", 1)[0].lower()
    if len(instance) == 36 and len(head) == 8 and not set(head) - set("0123456789abcdef"):
        return head
    return hashlib.blake2s(instance.encode(), digest_size=4).hexdigest()


def uid_of(address: str) -> int:
    """Return the unprivileged user that the instance at ``address`` runs as."""
    return UIDS_FROM + (int(IPv4Address(address)) & 0xFFFF)


def gateway_lines(gateway: str) -> tuple[str, ...]:
    """``ip`` lines for the host: the gateway is one address of its own, not one per instance."""
    return (f"address replace {gateway}/32 dev lo",)


HOST_SETTINGS = (
    ("net.ipv4.ip_forward", "1"),
    ("net.ipv4.conf.all.rp_filter", "0"),
    ("net.ipv4.conf.default.rp_filter", "0"),
)
"""The kernel takes the stricter of ``all`` and the device's own setting."""
