"""The values of traffic filters as numbers: addresses, prefixes, ports and ranges. Pure.

Never knows which attribute means what.
"""

from ipaddress import ip_address, ip_network
from typing import NamedTuple, NoReturn

from wayside.core.errors import Unprocessable

Span = tuple[int, int]
"""First and last number, both included."""

PORT_MAX = 65535


class Versioned(NamedTuple):
    """An address filter value: the family and the span of addresses."""

    version: int
    span: Span


def addresses(attribute: str, values: tuple[str, ...]) -> list[Versioned]:
    """Return single addresses and prefixes as spans. Raises Unprocessable naming ``attribute``."""
    found = []
    for value in values:
        try:
            found.append(_span_of(value.strip()))
        except ValueError as fault:
            raise Unprocessable(
                f"{attribute}: {value!r} is no IPv4 or IPv6 address or prefix.", field=attribute
            ) from fault
    return found


def _span_of(text: str) -> Versioned:
    if "/" not in text:  # a third of the time, and tags have thousands
        address = ip_address(text)
        return Versioned(address.version, (int(address), int(address)))
    network = ip_network(text, strict=False)
    first = int(network.network_address)
    return Versioned(network.version, (first, first + network.num_addresses - 1))


def ports(attribute: str, values: tuple[str, ...]) -> list[Span]:
    """Return single ports and ranges as spans. Raises Unprocessable naming ``attribute``."""
    found = []
    for value in values:
        first, dash, last = value.partition("-")
        first, last = first.strip(), last.strip() if dash else first.strip()
        if not (is_number(first) and is_number(last)):
            wrong(attribute, f"{value!r} is no port and no range first-last")
        span = (int(first), int(last))
        if not span[0] <= span[1] <= PORT_MAX:
            wrong(attribute, f"{value!r} must be from 0 to {PORT_MAX}, the smaller first")
        found.append(span)
    return found


def is_number(text: str) -> bool:
    """Tell whether ``text`` is a number of at most five digits."""
    return text.isascii() and text.isdigit() and len(text) <= 5


def wrong(attribute: str, what: str) -> NoReturn:
    """Raise Unprocessable for an attribute of a filter."""
    raise Unprocessable(f"{attribute}: {what}.", field=attribute)
