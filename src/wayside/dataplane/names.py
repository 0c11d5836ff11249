"""The names that a host answers itself, ready encoded. Pure.

Never reads a socket, and never decides which DNS rules are ACTIVE.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.exception
import dns.name

from wayside.core.errors import Unprocessable
from wayside.model.rules import IpAddressType
from wayside.refpoints.mp2 import NameRecord

TTL_S = 30
"""How long others may keep an answer whose rule says nothing: short, so that a change is seen."""

TTL_MAX_S = 0x7FFFFFFF
A, AAAA, ANY = 1, 28, 255
INTERNET = 1
QUESTION_NAME = b"\xc0\x0c"
"""A compressed name: the one at octet 12, where the question's is."""

TYPES = {IpAddressType.IP_V4: (A, 4), IpAddressType.IP_V6: (AAAA, 6)}


@dataclass(frozen=True)
class NameTable:
    """Encoded answers by name (wire form, lower case) and type; immutable."""

    answers: Mapping[bytes, Mapping[int, tuple[int, bytes]]] = field(default_factory=dict)
    """Name → type → number of records and their octets, after the question's name."""

    def find(self, name: bytes, kind: int) -> tuple[int, bytes] | None:
        """Return the records of ``kind``; (0, b"") where the name has none, None for others' names.

        ``name`` is in wire form and lower case.
        """
        types = self.answers.get(name)
        if types is None:
            return None
        if kind == ANY:
            return sum(n for n, _ in types.values()), b"".join(raw for _, raw in types.values())
        return types.get(kind, (0, b""))


def table_of(records: Iterable[NameRecord]) -> NameTable:
    """Return the answers that ``records`` make; several for one name are all given, in order.

    Raises Unprocessable naming the DNS rule and the attribute that is wrong.
    """
    names: dict[bytes, dict[int, dict[bytes, int]]] = {}
    for record in records:
        kind, packed = _address(record)
        addresses = names.setdefault(_wire_name(record), {}).setdefault(kind, {})
        addresses[packed] = min(_ttl(record), addresses.get(packed, TTL_MAX_S))
    return NameTable(
        {
            name: {kind: _encoded(kind, addresses) for kind, addresses in types.items()}
            for name, types in names.items()
        }
    )


def _encoded(kind: int, addresses: Mapping[bytes, int]) -> tuple[int, bytes]:
    # Records of one set have one time to live. Ref: RFC 2181 clause 5.2.
    ttl = min(addresses.values())
    records = [
        QUESTION_NAME + struct.pack("!HHIH", kind, INTERNET, ttl, len(packed)) + packed
        for packed in addresses
    ]
    return len(records), b"".join(records)


def _wire_name(record: NameRecord) -> bytes:
    try:
        name = dns.name.from_text(record.domain_name)
    except (dns.exception.DNSException, UnicodeError) as fault:
        raise _wrong(record, "domainName", f"{record.domain_name!r} is no domain name") from fault
    if name == dns.name.root:
        raise _wrong(record, "domainName", "the root cannot be taken")
    return name.canonicalize().to_wire() or b""


def _address(record: NameRecord) -> tuple[int, bytes]:
    kind, version = TYPES[record.address_type]
    try:
        address = ip_address(record.address)
    except ValueError as fault:
        raise _wrong(record, "ipAddress", f"{record.address!r} is no IP address") from fault
    if address.version != version:
        raise _wrong(record, "ipAddress", f"{address} is not of the type {record.address_type}")
    return kind, address.packed


def _ttl(record: NameRecord) -> int:
    ttl = TTL_S if record.ttl_s is None else record.ttl_s
    if not 0 <= ttl <= TTL_MAX_S:
        raise _wrong(record, "ttl", f"{ttl} is not from 0 to {TTL_MAX_S}")
    return ttl


def _wrong(record: NameRecord, attribute: str, what: str) -> Unprocessable:
    rule = f"{record.app_instance_id}/{record.dns_rule_id}"
    return Unprocessable(f"DNS rule {rule}: {attribute}: {what}.", field=attribute)
