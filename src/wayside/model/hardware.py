"""Hardware addresses that are derived, so that whoever knows an address knows the other. Pure."""

from ipaddress import ip_address


def mac_of(address: str) -> str:
    """Return the hardware address of the instance at an IPv4 address: locally administered."""
    packed = ip_address(address).packed[-4:]
    return ":".join(f"{octet:02x}" for octet in b"\x02\x57" + packed)


def same_mac(one: str, other: str) -> bool:
    """Tell whether two texts, with colons or hyphens, are one hardware address."""
    return one.replace("-", ":").lower() == other.replace("-", ":").lower()
