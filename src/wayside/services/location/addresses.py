"""What devices are called towards applications: pseudonyms, unless the operator wants otherwise.

An ``acr:`` of ours is the subscriber's number enciphered with the platform's own key, so that it
is stable on one platform, says nothing elsewhere, and needs no table to be read back. Pure.
"""

from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address
from typing import Literal
from urllib.parse import quote

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from wayside.core.errors import BadRequest, Unprocessable
from wayside.refpoints.net.network import Group, Network

Scheme = Literal["acr", "ipv4", "names"]
ACR = "acr:"
KEY_BYTES = 16
BLOCK_BYTES = 16
IMSI = "imsi-"
REMEDY = "Ask GET /queries/users for the address, or for that of an IPv4 address that you see."


class Pseudonyms:
    """Subscribers as ``acr:`` and 32 hexadecimal digits, and back.

    One block of AES for each: the number, its length, and seven octets of nought by which what was
    made up is told from what was given out.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())

    def of_group(self, group: Group) -> list[str]:
        """Return the pseudonyms of a group's devices, in their order."""
        digits = group.supi.removeprefix(IMSI)
        blocks = np.zeros((group.count, BLOCK_BYTES), dtype=np.uint8)
        blocks[:, 7] = len(digits)
        numbers = np.arange(group.count, dtype=np.uint64) + np.uint64(int(digits))
        blocks[:, 8:] = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
        enciphered = self._cipher.encryptor().update(blocks.tobytes()).hex()
        width = 2 * BLOCK_BYTES
        return [
            f"{ACR}{enciphered[at : at + width]}" for at in range(0, width * group.count, width)
        ]

    def supi_of(self, pseudonym: str) -> str | None:
        """Return whose pseudonym of this platform it is; None where it is none."""
        try:
            block = bytes.fromhex(pseudonym.removeprefix(ACR))
        except ValueError:
            return None
        if len(block) != BLOCK_BYTES:
            return None
        plain = self._cipher.decryptor().update(block)
        if any(plain[:7]):
            return None
        return f"{IMSI}{int.from_bytes(plain[8:]):0{plain[7]}d}"


class Addressing:
    """Which addresses are understood, and how devices are called in answers."""

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        *,
        accepts: Sequence[Scheme] = ("acr", "ipv4"),
        shows: Scheme = "acr",
        names: Mapping[str, str] | None = None,
    ) -> None:
        """``names``: URIs of the operator's, ``sip:`` and ``tel:``, and the devices they mean."""
        self._pseudonyms = pseudonyms
        self._accepts = frozenset(accepts)
        self._shows = shows
        self._names = dict(names or {})
        self._called: tuple[Network | None, list[str]] = None, []

    def row(self, network: Network, address: str) -> int | None:
        """Return the row of the device with this address; None where it is not there now.

        Raises Unprocessable where nobody can have it, or where its scheme is not accepted.
        """
        if address in self._names and "names" in self._accepts:
            return network.row_of_id(self._names[address])
        plain = address.removeprefix(ACR)
        if is_ipv4(plain):
            if "ipv4" not in self._accepts:
                raise self._refused(address)
            return network.row_of_address(plain)
        supi = self._pseudonyms.supi_of(address) if address.startswith(ACR) else None
        if supi is None or "acr" not in self._accepts:
            raise self._refused(address)
        return row_of_supi(network, supi)

    def asked(self, network: Network, address: str) -> int | None:
        """Return the row as ``row`` does, for an address in a query: raises BadRequest."""
        try:
            return self.row(network, address)
        except Unprocessable as problem:
            raise BadRequest(problem.detail, field="address") from problem

    def find(self, network: Network, address: str) -> int | None:
        """Return the row of the device with this address; None where it is not here."""
        try:
            return self.row(network, address)
        except Unprocessable:
            return None

    def shown(self, network: Network, row: int) -> str:
        """Return what the device of this row is called."""
        return self.all_shown(network)[row]

    def all_shown(self, network: Network) -> Sequence[str]:
        """Return what devices are called, by row."""
        if self._called[0] is not network:
            self._called = network, self._call(network)
        return self._called[1]

    def _call(self, network: Network) -> list[str]:
        called = [""] * network.size
        for group in network.groups:
            called[group.first : group.first + group.count] = self._group(group)
        if self._shows == "names":
            for uri, device in self._names.items():
                row = network.row_of_id(device)
                if row is not None:
                    called[row] = uri
        return called

    def _group(self, group: Group) -> list[str]:
        if self._shows != "ipv4":
            return self._pseudonyms.of_group(group)
        first = IPv4Address(group.address)
        return [f"{ACR}{first + number}" for number in range(group.count)]

    def _refused(self, address: str) -> Unprocessable:
        return Unprocessable(
            f"address: {address[:80]!r} is no address that this platform knows "
            f"(it takes {', '.join(sorted(self._accepts))}). {REMEDY}",
            field="address",
        )


def in_query(address: str) -> str:
    """Return an address as a query string has it."""
    return address if address.startswith(ACR) else quote(address, safe=":")


def is_ipv4(text: str) -> bool:
    """Tell whether a text is an IPv4 address in dotted decimals."""
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def row_of_supi(network: Network, supi: str) -> int | None:
    """Return the row of the subscriber; None where the network does not know it."""
    digits = supi.removeprefix(IMSI)
    for group in network.groups:
        first = group.supi.removeprefix(IMSI)
        if len(first) == len(digits):
            number = int(digits) - int(first)
            if 0 <= number < group.count:
                return group.first + number
    return None
