"""What an exposing function promises, against what an invoker asks of it. Pure.

Never guesses: a profile that promises nothing of a kind does not meet a demand of that kind.
Ref: TS 29.222 clauses 8.1.2.2.3.1 and 8.2.4.2.
"""

import ipaddress

import msgspec

from wayside.core.errors import BadRequest

from .model import AddressRange, AefLocation, AefProfile, IpAddrInfo, ServiceKpis

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PREFIXES = "kMGTPEZY"
AT_MOST = "max_restime"
"""The one figure of which less is better."""


def keeps(profile: AefProfile, wanted: ServiceKpis) -> bool:
    """Tell whether the profile promises at least what is wanted, of each kind."""
    promised = profile.service_kpis or ServiceKpis()
    return all(
        _is_enough(name, getattr(promised, name), asked)
        for name in ServiceKpis.__struct_fields__
        if (asked := getattr(wanted, name)) is not None
    )


def _is_enough(name: str, promised: int | str | None, asked: int | str) -> bool:
    if promised is None:
        return False
    if name == AT_MOST:
        return amount(promised) <= amount(asked)
    return amount(promised) >= amount(asked)


def amount(said: int | str) -> float:
    """Return a figure without its unit: ``1.5 GB`` is 1.5e9."""
    if isinstance(said, int):
        return said
    number, _, unit = said.partition(" ")
    return float(number) * 1000.0 ** (1 + PREFIXES.lower().index(unit[0].lower()))


def address_of(device: IpAddrInfo) -> Address:
    """Return a device's address; raise BadRequest unless it has exactly one, which is one."""
    given = {"ipv4Addr": device.ipv4_addr, "ipv6Addr": device.ipv6_addr}
    said = {name: value for name, value in given.items() if value is not None}
    if len(said) != 1:
        raise BadRequest("ue-ip-addr: give ipv4Addr or ipv6Addr, one of them.", field="ue-ip-addr")
    ((name, value),) = said.items()
    try:
        return (ipaddress.IPv4Address if name == "ipv4Addr" else ipaddress.IPv6Address)(value)
    except ValueError as fault:
        raise BadRequest(f"ue-ip-addr: {name}: {fault}.", field="ue-ip-addr") from fault


def serves(profile: AefProfile, device: Address) -> bool:
    """Tell whether the profile is for devices of this address; without ranges it is for all."""
    said = profile.ue_ip_range
    if said is None:
        return True
    ranges = said.ue_ipv4_addr_ranges if device.version == 4 else said.ue_ipv6_addr_ranges
    return any(_holds(each, device) for each in ranges)


def _holds(given: AddressRange, device: Address) -> bool:
    try:
        first, last = (int(ipaddress.ip_address(end)) for end in (given.start, given.end))
    except ValueError:
        return False
    return first <= int(device) <= last


def stands_at(profile: AefProfile, wanted: AefLocation) -> bool:
    """Tell whether the profile's location says all that ``wanted`` says."""
    said = profile.aef_location or {}
    return all(said.get(name) == value for name, value in msgspec.to_builtins(wanted).items())
