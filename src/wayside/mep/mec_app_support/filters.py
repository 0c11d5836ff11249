"""What a traffic filter and a name may look like, so that a bad rule is refused when it is sent.

Never decides what a filter matches: the data plane's plan does. Ref: MEC 011 clause 7.1.5.2.
"""

import re
from ipaddress import ip_address, ip_network

from wayside.core.errors import Unprocessable
from wayside.model.rules import IpAddressType, TrafficFilter

PORT_MAX = 65535
PROTOCOL_NUMBER_MAX = 255
PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}")
NAME_LENGTH_MAX = 253
LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
ADDRESSES = ("src_address", "dst_address", "src_tunnel_address", "tgt_tunnel_address")
PORTS = ("src_port", "dst_port", "src_tunnel_port", "dst_tunnel_port")
NUMBERS = (("q_ci", "qCI", 255), ("d_scp", "dSCP", 63), ("t_c", "tC", 255))


def check_filter(given: TrafficFilter, path: str) -> None:
    """Return where every member can be read; raise Unprocessable naming the first that cannot."""
    for name in ADDRESSES:
        for text in getattr(given, name):
            _check_network(text, f"{path}.{_camel(name)}")
    for name in PORTS:
        for text in getattr(given, name):
            _check_ports(text, f"{path}.{_camel(name)}")
    for text in given.protocol:
        if not (PROTOCOL.fullmatch(text) or _number(text, PROTOCOL_NUMBER_MAX)):
            raise _unfit(f"{path}.protocol", f"{text!r} is no protocol name or number")
    for name, wire_name, most in NUMBERS:
        value = getattr(given, name)
        if value is not None and not 0 <= value <= most:
            raise _unfit(f"{path}.{wire_name}", f"{value} is outside 0 to {most}")


def check_address(text: str, kind: IpAddressType, path: str) -> None:
    """Return where ``text`` is an address of that family; raise Unprocessable otherwise."""
    try:
        version = ip_address(text).version
    except ValueError as fault:
        raise _unfit(path, f"{text!r} is no IP address") from fault
    if version != (4 if kind is IpAddressType.IP_V4 else 6):
        raise _unfit(path, f"{text} is not of the type {kind}; correct ipAddressType")


def check_name(text: str, path: str) -> None:
    """Return where ``text`` is a domain name; raise Unprocessable otherwise. Ref: RFC 1035."""
    labels = text.removesuffix(".").split(".")
    if len(text) > NAME_LENGTH_MAX or not all(LABEL.fullmatch(label) for label in labels):
        raise _unfit(path, f"{text[:80]!r} is no domain name")


def _check_network(text: str, path: str) -> None:
    """Accept an address, a prefix, or ``first-last``."""
    try:
        first, found, last = text.partition("-")
        if not found:
            ip_network(text, strict=False)
        elif ip_address(first).version != ip_address(last).version:
            raise ValueError("two families")
    except ValueError as fault:
        raise _unfit(
            path, f"{text!r} is no IP address, prefix (10.0.0.0/8) or range (first-last)"
        ) from fault


def _check_ports(text: str, path: str) -> None:
    first, found, last = text.partition("-")
    sound = _number(first, PORT_MAX) and (not found or _number(last, PORT_MAX))
    if not sound or (found and int(first) > int(last)):
        raise _unfit(path, f"{text!r} is no port (80) or range of ports (8000-8010)")


def _number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= most


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def _unfit(path: str, sentence: str) -> Unprocessable:
    return Unprocessable(f"{path}: {sentence}.", field=path)
