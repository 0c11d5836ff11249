"""What subscribers are told. Ref: MEC 012 clause 6.4.

Measures are the whole numbers of 3GPP's tables (``mapping``), never dBm. Ours: ``_links`` holds the
subscription's link, as in the tables and in the types of MEC 009.
"""

from typing import Annotated, TypeAlias

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import TimeStamp
from wayside.model.subscriptions import NotificationLinks
from wayside.refpoints.net.values import Origin

from .model import (
    AssociateId,
    Ecgi,
    ErabQosParameters,
    Nrcgi,
    Plmn,
    S1BearerInfoDetailed,
    TempUeId,
    Uint8,
)
from .wishes import HoStatus, S1Event, Trigger, TriggerNr


class _Notification(Wire, tag_field="notificationType"):
    """What all of them have; the time is that of the fact."""

    time_stamp: TimeStamp | None = None
    links: NotificationLinks = msgspec.field(name="_links")
    wayside_origin: Origin | None = None


class CellChangeNotification(_Notification, tag="CellChangeNotification"):
    """A handover. Ref: MEC 012 clause 6.4.2; several targets only before it or where it failed."""

    associate_id: tuple[AssociateId, ...] = ()
    src_ecgi: Ecgi
    trg_ecgi: Annotated[tuple[Ecgi, ...], msgspec.Meta(min_length=1)]
    ho_status: HoStatus
    temp_ue_id: TempUeId | None = None


class RabEstNotification(_Notification, tag="RabEstNotification"):
    """A bearer was established. Ref: MEC 012 clause 6.4.3."""

    ecgi: Ecgi
    associate_id: tuple[AssociateId, ...] = ()
    erab_id: int
    erab_qos_parameters: ErabQosParameters | None = None
    temp_ue_id: TempUeId | None = None


class RabModNotification(_Notification, tag="RabModNotification"):
    """A bearer was changed. Ref: MEC 012 clause 6.4.4."""

    ecgi: Ecgi
    associate_id: tuple[AssociateId, ...] = ()
    erab_id: int
    erab_qos_parameters: ErabQosParameters | None = None


class ErabReleaseInfo(Wire):
    """Which bearer. Ref: MEC 012 clause 6.4.5."""

    erab_id: int


class RabRelNotification(_Notification, tag="RabRelNotification"):
    """A bearer was released. Ref: MEC 012 clause 6.4.5."""

    ecgi: Ecgi
    associate_id: tuple[AssociateId, ...] = ()
    erab_release_info: ErabReleaseInfo


class EutranNeighbourCellMeasInfo(Wire):
    """A neighbour of LTE as it is heard. Ref: MEC 012 clause 6.4.6, TS 36.133 clause 9.1."""

    ecgi: Ecgi
    rsrp: Uint8 | None = None
    rsrq: Uint8 | None = None
    sinr: Uint8 | None = None


class NrNCellInfo(Wire):
    """A neighbour of NR by its name. Ref: MEC 012 clause 6.4.6."""

    nr_n_cell_plmn: Annotated[tuple[Plmn, ...], msgspec.Meta(min_length=1)]
    nr_n_cell_g_id: str


class NewRadioMeasNeiInfo(Wire):
    """A neighbour of NR as a device of LTE hears it. Ref: MEC 012 clause 6.4.6, TS 38.133 10.1."""

    nr_n_cell_info: tuple[NrNCellInfo, ...]
    nr_n_cell_rsrp: Uint8 | None = None
    nr_n_cell_rsrq: Uint8 | None = None
    nr_n_cell_rssi: Uint8 | None = None
    """The SINR, whatever the standard's name says."""


class MeasRepUeNotification(_Notification, tag="MeasRepUeNotification"):
    """What a device of LTE measured. Ref: MEC 012 clause 6.4.6, TS 36.133 clause 9.1."""

    ecgi: Ecgi
    associate_id: tuple[AssociateId, ...] = ()
    rsrp: Uint8
    rsrq: Uint8
    sinr: Uint8 | None = None
    trigger: Trigger
    eutran_neighbour_cell_meas_info: tuple[EutranNeighbourCellMeasInfo, ...] = ()
    new_radio_meas_nei_info: tuple[NewRadioMeasNeiInfo, ...] = ()


class MeasTaNotification(_Notification, tag="MeasTaNotification"):
    """A device's timing advance. Ref: MEC 012 clause 6.4.7, TS 36.133 table 9.1.10-1."""

    ecgi: Ecgi
    associate_id: tuple[AssociateId, ...] = ()
    timing_advance: Annotated[int, msgspec.Meta(ge=0)]


class SecondaryCell(Wire):
    """A cell beside the primary one. Ref: MEC 012 clause 6.4.8."""

    ecgi: Ecgi


class CaReconfNotification(_Notification, tag="CaReconfNotification"):
    """Other cells are aggregated now. Ref: MEC 012 clause 6.4.8."""

    ecgi: Ecgi
    associate_id: tuple[AssociateId, ...] = ()
    secondary_cell_add: tuple[SecondaryCell, ...] = ()
    secondary_cell_remove: tuple[SecondaryCell, ...] = ()


class NotifiedS1Ue(Wire):
    """Whose bearers on S1-U. Ref: MEC 012 clause 6.4.10."""

    temp_ue_id: TempUeId | None = None
    associate_id: tuple[AssociateId, ...] = ()
    ecgi: Annotated[tuple[Ecgi, ...], msgspec.Meta(min_length=1)]
    s1_bearer_info: tuple[S1BearerInfoDetailed, ...]


class S1BearerNotification(_Notification, tag="S1BearerNotification"):
    """Something happened to a bearer on S1-U. Ref: MEC 012 clause 6.4.10."""

    s1_event: S1Event
    s1_ue_info: NotifiedS1Ue


class MeasQuantityResultsNr(Wire):
    """Measures of a cell of NR. Ref: MEC 012 clause 6.5.11, TS 38.133 clause 10.1."""

    rsrp: Uint8 | None = None
    rsrq: Uint8 | None = None
    sinr: Uint8 | None = None


class SCell(Wire):
    """Measures of a serving cell. Ref: MEC 012 clause 6.4.11."""

    meas_quantity_results_ssb_cell: MeasQuantityResultsNr | None = None


class ServCellMeasInfo(Wire):
    """A serving cell of NR as it is heard. Ref: MEC 012 clause 6.4.11."""

    nrcgi: Nrcgi
    s_cell: SCell


class NrNeighCellMeasInfo(Wire):
    """A neighbour of NR as it is heard. Ref: MEC 012 clause 6.4.11."""

    nrcgi: Nrcgi
    meas_quantity_results_ssb_cell: MeasQuantityResultsNr | None = None


class EutraNeighCellMeasInfo(Wire):
    """A neighbour of LTE as a device of NR hears it. Ref: MEC 012 clause 6.4.11."""

    ecgi: Ecgi
    rsrp: Uint8 | None = None
    rsrq: Uint8 | None = None
    sinr: Uint8 | None = None


class NrMeasRepUeNotification(_Notification, tag="NrMeasRepUeNotification"):
    """What a device of NR measured. Ref: MEC 012 clause 6.4.11.

    Neighbours are of NR or of LTE, never of both.
    """

    associate_id: tuple[AssociateId, ...] = ()
    trigger_nr: TriggerNr
    serv_cell_meas_info: tuple[ServCellMeasInfo, ...] = ()
    nr_neigh_cell_meas_info: tuple[NrNeighCellMeasInfo, ...] = ()
    eutra_neigh_cell_meas_info: tuple[EutraNeighCellMeasInfo, ...] = ()


RniNotification: TypeAlias = (
    CellChangeNotification
    | RabEstNotification
    | RabModNotification
    | RabRelNotification
    | MeasRepUeNotification
    | NrMeasRepUeNotification
    | MeasTaNotification
    | CaReconfNotification
    | S1BearerNotification
)
