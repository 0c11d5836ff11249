"""Who, where, and what the queries answer. Ref: MEC 012 clauses 6.2 and 6.5.

What is subscribed to is in ``wishes``, what is told in ``notices``.
"""

from enum import IntEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import TimeStamp
from wayside.refpoints.net.values import Origin

Uint8 = Annotated[int, msgspec.Meta(ge=0, le=255)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class AssociateType(IntEnum):
    """What names a device or flow. Ref: MEC 012 clause 6.5.4."""

    RESERVED = 0
    UE_IPV4_ADDRESS = 1
    UE_IPV6_ADDRESS = 2
    NATED_IP_ADDRESS = 3
    GTP_TEID = 4


class AssociateId(Wire):
    """A device or flow by one of its names. Ref: MEC 012 clause 6.5.4."""

    type: AssociateType
    value: str


class Plmn(Wire):
    """A mobile network. Ref: MEC 012 clause 6.5.5."""

    mcc: str
    mnc: str


class Ecgi(Wire):
    """A cell of LTE. Ref: MEC 012 clause 6.5.6.

    ``cell_id`` is written as TS 29.571 does: seven hexadecimal digits for 28 bits. It is also read
    with ``0x`` before it, and as 28 binary digits.
    """

    plmn: Plmn
    cell_id: str


class Nrcgi(Wire):
    """A cell of NR. Ref: MEC 012 clause 6.5.7; nine hexadecimal digits for 36 bits."""

    plmn: Plmn
    nr_cell_id: str


class TempUeId(Wire):
    """The name that a core gave to a device. Ref: MEC 012 clause 6.2.4."""

    mmec: str
    mtmsi: str


class PlmnInfo(Wire):
    """The mobile networks around an application. Ref: MEC 012 clause 6.2.2."""

    time_stamp: TimeStamp | None = None
    app_instance_id: str
    plmn: Annotated[tuple[Plmn, ...], msgspec.Meta(min_length=1)]
    wayside_origin: Origin | None = None


class QosInformation(Wire):
    """Bit rates of a bearer, bits per second. Ref: MEC 012 clause 6.2.3."""

    erab_mbr_dl: int
    erab_mbr_ul: int
    erab_gbr_dl: int
    erab_gbr_ul: int


class ErabQosParameters(Wire):
    """What is promised to a bearer. Ref: MEC 012 clause 6.2.3."""

    qci: int
    qos_information: QosInformation | None = None
    """Absent where no rate is set."""


class ErabInfo(Wire):
    """A bearer. Ref: MEC 012 clause 6.2.3."""

    erab_id: int
    erab_qos_parameters: ErabQosParameters | None = None


class UeInfo(Wire):
    """A device and its bearers. Ref: MEC 012 clause 6.2.3."""

    associate_id: tuple[AssociateId, ...] = ()
    erab_info: tuple[ErabInfo, ...]


class CellUserInfo(Wire):
    """A cell and who is in it. Ref: MEC 012 clause 6.2.3."""

    ecgi: Ecgi
    ue_info: tuple[UeInfo, ...]


class RabInfo(Wire):
    """Radio access bearers, by cell. Ref: MEC 012 clause 6.2.3."""

    time_stamp: TimeStamp | None = None
    app_instance_id: str
    """Who asks: the instances that the request names, else the caller."""
    request_id: str
    """Ours: made here, as nothing in the request carries one."""
    cell_user_info: tuple[CellUserInfo, ...] = ()
    wayside_origin: Origin | None = None


class TunnelEndInfo(Wire):
    """One end of a bearer on S1-U. Ref: MEC 012 clause 6.2.4."""

    ip_address: str
    tunnel_id: str
    """Its TEID, eight hexadecimal digits."""


class S1BearerInfoDetailed(Wire):
    """A bearer on S1-U and both of its ends. Ref: MEC 012 clause 6.2.4."""

    erab_id: int
    enb_info: TunnelEndInfo
    s_gw_info: TunnelEndInfo


class S1UeInfo(Wire):
    """A device and its bearers on S1-U. Ref: MEC 012 clause 6.2.4."""

    temp_ue_id: TempUeId | None = None
    associate_id: Annotated[tuple[AssociateId, ...], msgspec.Meta(min_length=1)]
    ecgi: Annotated[tuple[Ecgi, ...], msgspec.Meta(min_length=1)]
    s1_bearer_info_detailed: tuple[S1BearerInfoDetailed, ...]


class S1BearerInfo(Wire):
    """Bearers on S1-U, by device. Ref: MEC 012 clause 6.2.4.

    Empty where no fact tells of tunnels: a core of 5G has no S1.
    """

    time_stamp: TimeStamp | None = None
    s1_ue_info: tuple[S1UeInfo, ...] = msgspec.field()
    wayside_origin: Origin | None = None


def _as_written(name: str) -> str:
    """Return the name on the wire: of layer 2 they have underscores, but for one."""
    return "associateId" if name == "associate_id" else name


class CellInfo(Wire, rename=_as_written):
    """What a cell's layer 2 says; shares are percent. Ref: MEC 012 clause 6.2.4a, TS 36.314."""

    ecgi: Ecgi
    dl_gbr_prb_usage_cell: Count | None = None
    ul_gbr_prb_usage_cell: Count | None = None
    dl_nongbr_prb_usage_cell: Count | None = None
    ul_nongbr_prb_usage_cell: Count | None = None
    dl_total_prb_usage_cell: Count | None = None
    ul_total_prb_usage_cell: Count | None = None
    received_dedicated_preambles_cell: Count | None = None
    received_randomly_selected_preambles_low_range_cell: Count | None = None
    received_randomly_selected_preambles_high_range_cell: Count | None = None
    number_of_active_ue_dl_gbr_cell: Count | None = None
    number_of_active_ue_ul_gbr_cell: Count | None = None
    number_of_active_ue_dl_nongbr_cell: Count | None = None
    number_of_active_ue_ul_nongbr_cell: Count | None = None
    dl_gbr_pdr_cell: Count | None = None
    ul_gbr_pdr_cell: Count | None = None
    dl_nongbr_pdr_cell: Count | None = None
    ul_nongbr_pdr_cell: Count | None = None


class CellUEInfo(Wire, rename=_as_written):
    """What layer 2 says of a device in its cell. Ref: MEC 012 clause 6.2.4a, TS 36.314.

    Throughput is in kilobits per second.
    """

    ecgi: Ecgi
    associate_id: AssociateId
    dl_gbr_delay_ue: Count | None = None
    ul_gbr_delay_ue: Count | None = None
    dl_nongbr_delay_ue: Count | None = None
    ul_nongbr_delay_ue: Count | None = None
    dl_gbr_pdr_ue: Count | None = None
    ul_gbr_pdr_ue: Count | None = None
    dl_nongbr_pdr_ue: Count | None = None
    ul_nongbr_pdr_ue: Count | None = None
    dl_gbr_throughput_ue: Count | None = None
    ul_gbr_throughput_ue: Count | None = None
    dl_nongbr_throughput_ue: Count | None = None
    ul_nongbr_throughput_ue: Count | None = None
    dl_gbr_data_volume_ue: Count | None = None
    ul_gbr_data_volume_ue: Count | None = None
    dl_nongbr_data_volume_ue: Count | None = None
    ul_nongbr_data_volume_ue: Count | None = None


class L2Meas(Wire):
    """Measurements of layer 2. Ref: MEC 012 clause 6.2.4a.

    What no fact tells is absent: preambles, discards, delays and volumes; and what is of guaranteed
    bit rates and what is not, wherever a device of the cell has a bearer with such a rate.
    """

    time_stamp: TimeStamp | None = None
    cell_info: tuple[CellInfo, ...] = ()
    cell_ue_info: tuple[CellUEInfo, ...] = msgspec.field(default=(), name="cellUEInfo")
    wayside_origin: Origin | None = None
