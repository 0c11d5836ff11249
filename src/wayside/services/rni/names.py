"""Rows of the access network in the standard's names, and back. Pure.

The standard has an ECGI where it means a cell, of LTE, and an NRCGI only in reports of NR. Whether
a cell of NR may stand for the former too is the operator's choice. Never decides who is meant.
"""

from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

from wayside.core.errors import Unprocessable
from wayside.refpoints.net.network import Bearer, Network
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import Technology

from .model import AssociateId, AssociateType, Ecgi, Nrcgi, Plmn

LTE_BITS, NR_BITS = 28, 36
ADDRESSES = {
    AssociateType.UE_IPV4_ADDRESS: IPv4Address,
    AssociateType.UE_IPV6_ADDRESS: IPv6Address,
}


def identity_of(cell_id: str) -> int | None:
    """Return the number that a cell identity stands for, hexadecimal or in binary digits."""
    digits = cell_id.removeprefix("0x").removeprefix("0X")
    is_binary = len(digits) in (LTE_BITS, NR_BITS) and set(digits) <= set("01")
    if not is_binary and not 1 <= len(digits) <= NR_BITS // 4:
        return None
    if not set(digits) <= set("0123456789abcdefABCDEF"):
        return None
    return int(digits, 2 if is_binary else 16)


def check_cell(cell_id: str, *, bits: int, field: str) -> None:
    """Return where ``cell_id`` is an identity of ``bits`` bits; raise Unprocessable naming it."""
    found = identity_of(cell_id)
    if found is None or found >= 1 << bits:
        raise Unprocessable(
            f"{field}: {cell_id[:80]!r} is no cell identity of {bits} bits; give {bits // 4} "
            "hexadecimal digits.",
            field=field,
        )


def check_associate(associate: AssociateId, field: str) -> None:
    """Return where an address is one of its kind; raise Unprocessable naming it."""
    kind = ADDRESSES.get(associate.type)
    if kind is None:
        return
    try:
        kind(associate.value)
    except ValueError as fault:
        raise Unprocessable(
            f"{field}.value: {associate.value[:80]!r} is no {associate.type.name}; {fault}.",
            field=f"{field}.value",
        ) from fault


def teid_of(bearer: Bearer) -> frozenset[int]:
    """Return the TEIDs of both ends of a bearer's tunnel; none where it is not told."""
    tunnel = bearer.tunnel
    return (
        frozenset()
        if tunnel is None
        else frozenset((tunnel.base_station.teid, tunnel.gateway.teid))
    )


class Names:
    """The names in one network; ``nr_in_ecgi``: cells of NR may stand where an ECGI is asked."""

    def __init__(self, network: Network, *, nr_in_ecgi: bool = False) -> None:
        self.network = network
        self._technologies = {Technology.LTE, *([Technology.NR] if nr_in_ecgi else [])}
        self._plmns = {each.id: Plmn(mcc=each.mcc, mnc=each.mnc) for each in network.operators}
        self._ecgis = [self._ecgi(row) for row in range(len(network.cells))]
        self._nrcgis = [self._nrcgi(row) for row in range(len(network.cells))]
        self._associates: dict[int, tuple[AssociateId, ...]] = {}

    def ecgi(self, cell: int) -> Ecgi | None:
        """Return a cell's ECGI; None where it has none."""
        return self._ecgis[cell] if cell >= 0 else None

    def nrcgi(self, cell: int) -> Nrcgi | None:
        """Return a cell's NRCGI; None where it is not of NR."""
        return self._nrcgis[cell] if cell >= 0 else None

    def plmn(self, cell: int) -> Plmn:
        """Return the mobile network that a cell belongs to."""
        return self._plmns[self.network.cells[cell].operator]

    @cached_property
    def told(self) -> tuple[int, ...]:
        """The rows of the cells that have an ECGI."""
        return tuple(row for row, ecgi in enumerate(self._ecgis) if ecgi is not None)

    @cached_property
    def plmns(self) -> tuple[Plmn, ...]:
        """The mobile networks that have a cell here, in the order of the cells."""
        cellular = (
            self._plmns[cell.operator]
            for cell in self.network.cells
            if cell.technology is not Technology.WLAN
        )
        return tuple(dict.fromkeys(cellular))

    def associates(self, device: int) -> tuple[AssociateId, ...]:
        """Return what names a device: its address."""
        found = self._associates.get(device)
        if found is None:
            address = self.network.device(device).address
            found = (AssociateId(type=AssociateType.UE_IPV4_ADDRESS, value=address),)
            self._associates[device] = found
        return found

    def cells_called(self, cell_ids: Iterable[str]) -> frozenset[int]:
        """Return the rows of the cells with an ECGI whose identity is one of these."""
        wanted = {identity_of(each) for each in cell_ids}
        return frozenset(row for row in self.told if self.network.cells[row].identity in wanted)

    def cells_of(self, ecgis: Iterable[Ecgi]) -> frozenset[int]:
        """Return the rows of these cells; those that are not known have none."""
        wanted = {(each.plmn, identity_of(each.cell_id)) for each in ecgis}
        return frozenset(row for row in self.told if self._key(row) in wanted)

    def nr_cells_of(self, nrcgis: Iterable[Nrcgi]) -> frozenset[int]:
        """Return the rows of these cells of NR; those that are not known have none."""
        wanted = {(each.plmn, identity_of(each.nr_cell_id)) for each in nrcgis}
        rows = (row for row, nrcgi in enumerate(self._nrcgis) if nrcgi is not None)
        return frozenset(row for row in rows if self._key(row) in wanted)

    def devices_of(self, associates: Iterable[AssociateId], picture: Picture) -> frozenset[int]:
        """Return the rows of these devices; nobody has a name that no fact tells."""
        found: set[int | None] = set()
        teids: set[int | None] = set()
        for each in associates:
            if each.type is AssociateType.UE_IPV4_ADDRESS:
                found.add(self.network.row_of_address(each.value))
            elif each.type is AssociateType.GTP_TEID:
                teids.add(_teid(each.value))
        if teids:
            found |= {
                device
                for device, bearers in picture.exceptions()
                if any(not teid_of(bearer).isdisjoint(teids) for bearer in bearers)
            }
        return frozenset(row for row in found if row is not None)

    def _key(self, cell: int) -> tuple[Plmn, int]:
        return self.plmn(cell), self.network.cells[cell].identity

    def _ecgi(self, row: int) -> Ecgi | None:
        cell = self.network.cells[row]
        if cell.technology not in self._technologies:
            return None
        digits = (NR_BITS if cell.technology is Technology.NR else LTE_BITS) // 4
        return Ecgi(plmn=self.plmn(row), cell_id=f"{cell.identity:0{digits}x}")

    def _nrcgi(self, row: int) -> Nrcgi | None:
        cell = self.network.cells[row]
        if cell.technology is not Technology.NR:
            return None
        return Nrcgi(plmn=self.plmn(row), nr_cell_id=f"{cell.identity:0{NR_BITS // 4}x}")


class NamesKeeper:
    """The names in the network of the moment; made anew only where it is another."""

    def __init__(self, *, nr_in_ecgi: bool) -> None:
        self._nr_in_ecgi = nr_in_ecgi
        self._names: Names | None = None

    def of(self, network: Network) -> Names:
        """Return the names in this network."""
        if self._names is None or self._names.network is not network:
            self._names = Names(network, nr_in_ecgi=self._nr_in_ecgi)
        return self._names


def _teid(value: str) -> int | None:
    """Return a TEID as ``tunnelId`` writes it: hexadecimal, with or without 0x."""
    try:
        return int(value, 16)
    except ValueError:
        return None
