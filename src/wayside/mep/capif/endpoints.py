"""Where a service is reached, in MEC's words and in CAPIF's. Pure.

Ref: MEC 011 clause 8.1.5.3, TS 29.222 clauses 8.2.4.2.3 and 8.2.4.2.4.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from wayside.core.errors import Unprocessable
from wayside.model.services import Address, EndPointInfo, TransportType

from .model import AefProfile, InterfaceDescription

PORTS = {"http": 80, "https": 443}
_PROTECTED = frozenset({"PSK", "PKI", "OAUTH"})
"""Security methods, all of which are over TLS. Ref: TS 33.122 clause 6.5."""

Interfaces = tuple[InterfaceDescription, ...]


def interfaces_of(end: EndPointInfo) -> tuple[str | None, Interfaces, EndPointInfo | None]:
    """Return an end point as ``domainName``, ``interfaceDescriptions``, and what neither says."""
    if end.alternative is not None:
        return None, (), end
    if end.addresses:
        return None, tuple(_interface(each.host, each.port) for each in end.addresses), None
    if len(end.fqdn) == 1:
        return end.fqdn[0], (), None
    if end.fqdn:
        return None, tuple(InterfaceDescription(fqdn=each) for each in end.fqdn), None
    described = [_of_uri(each) for each in end.uris]
    whole = [each for each in described if each is not None]
    return None, tuple(whole), None if len(whole) == len(described) else end


def _of_uri(uri: str) -> InterfaceDescription | None:
    """Return where a URI leads; None where it has no host, or a port that is none."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
    return _interface(host, port, parts.path.rstrip("/") or None) if host else None


def _interface(host: str, port: int | None, prefix: str | None = None) -> InterfaceDescription:
    try:
        version = ip_address(host).version
    except ValueError:
        return InterfaceDescription(fqdn=host, port=port, api_prefix=prefix)
    if version == 4:
        return InterfaceDescription(ipv4_addr=host, port=port, api_prefix=prefix)
    return InterfaceDescription(ipv6_addr=host, port=port, api_prefix=prefix)


def endpoint_of(profile: AefProfile, present: EndPointInfo | None) -> EndPointInfo:
    """Return where a profile says that the service is reached.

    What says the same as ``present`` is ``present``: a URI has more to it than an interface.
    Raises Unprocessable where the profile says no way, or more than one.
    """
    said = profile.transport_info
    if said is not None and said.endpoint is not None:
        return said.endpoint
    domain, interfaces = profile.domain_name, profile.interface_descriptions
    if (domain is None) == (not interfaces):
        raise _unfit("", "give either domainName or interfaceDescriptions")
    if present is not None and interfaces_of(present) == (domain, _places(interfaces), None):
        return present
    if domain is not None:
        return EndPointInfo(fqdn=(domain,))
    hosts = [_host_of(number, each) for number, each in enumerate(interfaces)]
    if said is None or said.type in (None, TransportType.REST_HTTP):
        pairs = zip(hosts, interfaces, strict=True)
        return EndPointInfo(uris=tuple(_uri(host, each, profile) for host, each in pairs))
    return EndPointInfo(addresses=tuple(_addresses(hosts, interfaces)))


def _places(interfaces: Interfaces) -> Interfaces:
    """Return the interfaces without how they are protected."""
    return tuple(
        InterfaceDescription(
            ipv4_addr=each.ipv4_addr,
            ipv6_addr=each.ipv6_addr,
            fqdn=each.fqdn,
            port=each.port,
            api_prefix=each.api_prefix,
        )
        for each in interfaces
    )


def _host_of(number: int, interface: InterfaceDescription) -> str:
    given = [each for each in (interface.ipv4_addr, interface.ipv6_addr, interface.fqdn) if each]
    if len(given) != 1:
        raise _unfit(f".interfaceDescriptions[{number}]", "give one of ipv4Addr, ipv6Addr and fqdn")
    for name, address, version in (
        ("ipv4Addr", interface.ipv4_addr, 4),
        ("ipv6Addr", interface.ipv6_addr, 6),
    ):
        if address is not None and not _is_address(address, version):
            raise _unfit(f".interfaceDescriptions[{number}].{name}", f"{address[:64]!r} is none")
    return given[0]


def _is_address(text: str, version: int) -> bool:
    try:
        return ip_address(text).version == version
    except ValueError:
        return False


def _uri(host: str, interface: InterfaceDescription, profile: AefProfile) -> str:
    methods = interface.security_methods or profile.security_methods
    scheme = "https" if interface.port == PORTS["https"] or _PROTECTED & set(methods) else "http"
    shown = f"[{host}]" if interface.ipv6_addr else host
    port = "" if interface.port in (None, PORTS[scheme]) else f":{interface.port}"
    prefix = (interface.api_prefix or "").strip("/")
    return f"{scheme}://{shown}{port}/{prefix}"


def _addresses(hosts: Sequence[str], interfaces: Interfaces) -> list[Address]:
    found = []
    for number, (host, each) in enumerate(zip(hosts, interfaces, strict=True)):
        if each.port is None:
            raise _unfit(f".interfaceDescriptions[{number}].port", "it is needed off HTTP")
        found.append(Address(host=host, port=each.port))
    return found


def _unfit(field: str, sentence: str) -> Unprocessable:
    path = f"$.aefProfiles[0]{field}"
    return Unprocessable(f"{path}: {sentence}.", field=path)
