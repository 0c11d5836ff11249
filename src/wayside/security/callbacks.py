"""Where notifications may go in the operator profile: a fence against server-side request forgery.

Pure: it judges URIs and the addresses that others resolved; never resolves or calls anything.
Ref: MEC 009 clause 6.12.3; ours: what is allowed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias
from urllib.parse import urlsplit

from wayside.chassis.callbacks import require_callback
from wayside.core.errors import Unprocessable

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

NAT64 = IPv6Network("64:ff9b::/96")
METADATA = tuple(
    ip_network(text)
    for text in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds tell a machine its own secrets."""
NUMERIC_LABEL = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
"""A name whose last label is a number is an address to inet_aton: 127.1, 0177.0.0.1, 2130706433."""


@dataclass(frozen=True)
class CallbackFence:
    """Lets notifications go to an instance's own addresses, and to what the operator allows."""

    pool: Network | None
    """The network that this host's instances get their addresses from; None: no instances here."""
    allowed: tuple[Network, ...] = ()
    """The operator's; loopback, link-local, multicast and metadata addresses stay closed in it."""

    def require(self, url: str, own: Sequence[str]) -> None:
        """Return where ``url`` may become a callback of the one whose addresses are ``own``.

        A name is let in where the operator allows any network; ``reach`` judges what it resolves
        to, each time. Raises Unprocessable otherwise.
        """
        require_callback(url)
        host = urlsplit(url).hostname or ""
        address = literal(host)
        if address is None:
            _require_name(host)
            if not self.allowed:
                raise _closed(host, "is a name, and the operator allows no network beside")
        elif address not in {literal(each) for each in own} and not self._open(address):
            raise _closed(host, "is not one of the application's own addresses, nor in")

    def reach(self, host: str, resolved: Sequence[str]) -> str:
        """Return the address to connect to for ``host``, one of ``resolved``.

        A name that resolves to anything closed is refused whole: it is not luck which one is
        taken. Raises Unprocessable.
        """
        address = literal(host)
        if address is not None:
            if not (self._of_an_instance(address) or self._open(address)):
                raise _closed(host, "is neither an instance's address nor in")
            return str(address)
        addresses = [literal(each) for each in resolved]
        if not addresses or not all(each and self._open(each) for each in addresses):
            raise _closed(host, f"resolves to {', '.join(resolved) or 'nothing'}, not only to")
        return resolved[0]

    def _of_an_instance(self, address: Address) -> bool:
        return self.pool is not None and address in self.pool

    def _open(self, address: Address) -> bool:
        return not is_closed(address) and any(
            address.version == network.version and address in network for network in self.allowed
        )


def literal(host: str) -> Address | None:
    """Return the address that ``host`` is, an IPv4 address in IPv6's clothes as itself, or None."""
    try:
        address = ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is None and address in NAT64:
            inside = IPv4Address(int(address) & 0xFFFFFFFF)
        return inside or address
    return address


def is_closed(address: Address) -> bool:
    """Tell whether nothing is ever sent there, whatever the operator allows."""
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or any(address.version == n.version and address in n for n in METADATA)
    )


def _require_name(host: str) -> None:
    if NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise Unprocessable(
            f"The callback's host {host[:80]!r} is an address in an unusual spelling; write IPv4 "
            "as four decimal numbers, IPv6 in brackets."
        )


def _closed(host: str, why: str) -> Unprocessable:
    return Unprocessable(
        f"The callback's host {host[:80]!r} {why} the networks that the operator allows "
        "(guard.callback_networks). Give the application's own address."
    )
