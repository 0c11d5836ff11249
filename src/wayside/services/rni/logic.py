"""What may be subscribed to, and what the queries of bearers answer. Pure.

Measurements of layer 2 are in ``layer2``, what is told to subscribers in ``telling``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

import msgspec

from wayside.core.errors import BadRequest, NotFound, Unprocessable
from wayside.refpoints.net.network import Bearer
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY

from .model import (
    AssociateId,
    AssociateType,
    CellUserInfo,
    ErabInfo,
    ErabQosParameters,
    QosInformation,
    S1BearerInfoDetailed,
    S1UeInfo,
    TunnelEndInfo,
    UeInfo,
)
from .names import LTE_BITS, NR_BITS, Names, check_associate, check_cell, identity_of
from .wishes import CellChangeSubscription, HoStatus, RniSubscription

S = TypeVar("S")


CRITERIA = {
    kind: next(
        (field.name, field.encode_name)
        for field in msgspec.structs.fields(kind)
        if "criteria" in field.name
    )
    for kind in get_args(RniSubscription)
}
"""What each type calls its filter criteria, here and on the wire."""


def criteria_of(subscription: RniSubscription) -> tuple[str, Any]:
    """Return the name and the value of a subscription's filter criteria."""
    name, wire_name = CRITERIA[type(subscription)]
    return wire_name, getattr(subscription, name)


def instance_of(subscription: RniSubscription) -> str | None:
    """Return the application instance that a subscription is for, where it names one."""
    found: str | None = getattr(criteria_of(subscription)[1], "app_instance_id", None)
    return found


def accepted(body: S) -> S:
    """Return a subscription as it is kept: with the status that holds where none is given.

    Raises Unprocessable where a name in it cannot be one. Ref: MEC 012 clause 6.3.2.
    """
    name, criteria = criteria_of(body)  # type: ignore[arg-type]
    for number, associate in enumerate(getattr(criteria, "associate_id", ())):
        check_associate(associate, f"$.{name}.associateId[{number}]")
    for number, ecgi in enumerate(getattr(criteria, "ecgi", ())):
        check_cell(ecgi.cell_id, bits=NR_BITS, field=f"$.{name}.ecgi[{number}].cellId")
    for number, nrcgi in enumerate(getattr(criteria, "nrcgi", ())):
        check_cell(nrcgi.nr_cell_id, bits=NR_BITS, field=f"$.{name}.nrcgi[{number}].nrCellId")
    if isinstance(body, CellChangeSubscription) and not criteria.ho_status:
        whole = msgspec.structs.replace(criteria, ho_status=(HoStatus.COMPLETED,))
        return msgspec.structs.replace(body, filter_criteria_assoc_ho=whole)
    return body


@dataclass(frozen=True)
class Asked:
    """Which devices and cells a query is about; None: all."""

    devices: frozenset[int] | None = None
    cells: frozenset[int] | None = None


@dataclass(frozen=True)
class Places:
    """How a query names them, as lists of values."""

    cell_id: Sequence[str] = ()
    ue_ipv4_address: Sequence[str] = ()
    ue_ipv6_address: Sequence[str] = ()
    nated_ip_address: Sequence[str] = ()
    gtp_teid: Sequence[str] = ()
    temp_ue_id: Sequence[str] = ()

    def associates(self) -> Iterator[tuple[str, AssociateId]]:
        """Yield the parameter that each device is named in, and its name."""
        for parameter, type_ in (
            ("ue_ipv4_address", AssociateType.UE_IPV4_ADDRESS),
            ("ue_ipv6_address", AssociateType.UE_IPV6_ADDRESS),
            ("nated_ip_address", AssociateType.NATED_IP_ADDRESS),
            ("gtp_teid", AssociateType.GTP_TEID),
        ):
            for value in getattr(self, parameter):
                yield parameter, AssociateId(type=type_, value=value)


def asked(places: Places, names: Names, picture: Picture) -> Asked:
    """Return which rows a query is about.

    Raises BadRequest where a value cannot be such a name, and NotFound where the network knows
    none of the cells, or none of the devices, that are named. Ours: one that is not known beside
    one that is means nobody.
    """
    cells = None
    if places.cell_id:
        for each in places.cell_id:
            if identity_of(each) is None:
                raise BadRequest(
                    f"cell_id: {each[:80]!r} is no cell identity; give {LTE_BITS // 4} hexadecimal "
                    "digits.",
                    field="cell_id",
                )
        cells = names.cells_called(places.cell_id)
        if not cells:
            raise _unknown("cell", "cell_id", places.cell_id)
    named = list(places.associates())
    for parameter, associate in named:
        _check_address(parameter, associate)
    if not named and not places.temp_ue_id:
        return Asked(None, cells)
    devices = names.devices_of((associate for _, associate in named), picture)
    if not devices:
        parameter = named[0][0] if named else "temp_ue_id"
        raise _unknown("device", parameter, [each.value for _, each in named] or places.temp_ue_id)
    return Asked(devices, cells)


def _check_address(parameter: str, associate: AssociateId) -> None:
    try:
        check_associate(associate, parameter)
    except Unprocessable as fault:
        raise BadRequest(
            f"{parameter}: {associate.value[:80]!r} is no address of this kind; give addresses, "
            "separated by commas.",
            field=parameter,
        ) from fault


def _unknown(what: str, parameter: str, values: Sequence[str]) -> NotFound:
    given = ", ".join(values)[:80]
    return NotFound(
        f"{parameter}: the network knows no {what} {given}; leave {parameter} out to see all.",
        field=parameter,
    )


@dataclass(frozen=True)
class Bearers:
    """Which bearers a query is about: those that fit all that is given."""

    erab_id: frozenset[int] = frozenset()
    qci: int | None = None
    erab_mbr_dl: int | None = None
    erab_mbr_ul: int | None = None
    erab_gbr_dl: int | None = None
    erab_gbr_ul: int | None = None

    def mean(self, bearer: Bearer) -> bool:
        """Tell whether a bearer is meant; where no rate is set, every rate is 0."""
        rates = qos_of(bearer).qos_information
        return (
            (not self.erab_id or bearer.id in self.erab_id)
            and self.qci in (None, bearer.q_ci)
            and all(
                getattr(self, name) in (None, 0 if rates is None else getattr(rates, name))
                for name in QosInformation.__struct_fields__
            )
        )


def qos_of(bearer: Bearer) -> ErabQosParameters:
    """Return what is promised to a bearer.

    Where only a rate is guaranteed, that is the largest too. Ref: TS 23.401 clause 4.7.3.
    """
    rates = QosInformation(
        erab_mbr_dl=max(bearer.downlink_bps_max, bearer.downlink_guaranteed_bps),
        erab_mbr_ul=max(bearer.uplink_bps_max, bearer.uplink_guaranteed_bps),
        erab_gbr_dl=bearer.downlink_guaranteed_bps,
        erab_gbr_ul=bearer.uplink_guaranteed_bps,
    )
    is_set = any(getattr(rates, name) for name in QosInformation.__struct_fields__)
    return ErabQosParameters(qci=bearer.q_ci, qos_information=rates if is_set else None)


def users_of(
    picture: Picture, names: Names, who: Asked, which: Bearers
) -> tuple[CellUserInfo, ...]:
    """Return the bearers of devices by the cell that they are in, cells without any left out."""
    found = []
    told: dict[tuple[Bearer, ...], tuple[ErabInfo, ...]] = {}
    for cell in _cells(names, who):
        devices = []
        for device in _devices(picture, cell, who):
            bearers = picture.bearers(device)
            erabs = told.get(bearers)
            if erabs is None:
                erabs = told[bearers] = _erabs([each for each in bearers if which.mean(each)])
            if erabs and anchor_of(picture, names, device) == cell:
                devices.append(UeInfo(associate_id=names.associates(device), erab_info=erabs))
        ecgi = names.ecgi(cell)
        if devices and ecgi is not None:
            found.append(CellUserInfo(ecgi=ecgi, ue_info=tuple(devices)))
    return tuple(found)


def tunnels_of(
    picture: Picture, names: Names, who: Asked, erab_ids: frozenset[int]
) -> tuple[S1UeInfo, ...]:
    """Return the bearers whose tunnels the source tells, by device."""
    found = []
    wanted = Bearers(erab_id=erab_ids)
    for device, bearers in picture.exceptions():
        cell = anchor_of(picture, names, device)
        ecgi = names.ecgi(cell)
        told = tuple(
            detail
            for bearer in bearers
            if wanted.mean(bearer) and (detail := detailed(bearer)) is not None
        )
        if not told or ecgi is None or not _means(who, device, cell):
            continue
        found.append(
            S1UeInfo(
                associate_id=names.associates(device), ecgi=(ecgi,), s1_bearer_info_detailed=told
            )
        )
    return tuple(found)


def detailed(bearer: Bearer) -> S1BearerInfoDetailed | None:
    """Return both ends of a bearer's tunnel; None where the source does not tell them."""
    tunnel = bearer.tunnel
    if tunnel is None:
        return None
    base, gateway = tunnel.base_station, tunnel.gateway
    return S1BearerInfoDetailed(
        erab_id=bearer.id,
        enb_info=TunnelEndInfo(ip_address=base.address, tunnel_id=f"{base.teid:08x}"),
        s_gw_info=TunnelEndInfo(ip_address=gateway.address, tunnel_id=f"{gateway.teid:08x}"),
    )


def anchor_of(picture: Picture, names: Names, device: int) -> int:
    """Return the cell with an ECGI that serves a device, NOBODY where none does; LTE first."""
    for serving in picture.cells.values():
        cell = int(serving[device])
        if cell != NOBODY and names.ecgi(cell) is not None:
            return cell
    return NOBODY


def _cells(names: Names, who: Asked) -> Iterator[int]:
    for cell in names.told:
        if who.cells is None or cell in who.cells:
            yield cell


def _devices(picture: Picture, cell: int, who: Asked) -> Iterator[int]:
    for device in picture.devices_of_cell(cell).tolist():
        if who.devices is None or device in who.devices:
            yield device


def _means(who: Asked, device: int, cell: int) -> bool:
    return (who.devices is None or device in who.devices) and (
        who.cells is None or cell in who.cells
    )


def _erabs(bearers: Sequence[Bearer]) -> tuple[ErabInfo, ...]:
    return tuple(ErabInfo(erab_id=each.id, erab_qos_parameters=qos_of(each)) for each in bearers)
