"""What may be subscribed to, and by which criteria. Ref: MEC 012 clause 6.3."""

from enum import IntEnum
from typing import Annotated, TypeAlias

import msgspec

from wayside.core.wire import Wire
from wayside.model.common import SelfLink, TimeStamp
from wayside.model.subscriptions import WebsockNotifConfig

from .model import AssociateId, Ecgi, Nrcgi


class HoStatus(IntEnum):
    """How far a handover is. Ref: MEC 012 clause 6.4.2."""

    IN_PREPARATION = 1
    IN_EXECUTION = 2
    COMPLETED = 3
    REJECTED = 4
    CANCELLED = 5


class Trigger(IntEnum):
    """Why a device of LTE reported. Ref: MEC 012 clause 6.4.6, TS 36.331 clause 5.5.4.

    The standard's table has 20 and 21 twice: for other networks, and for NR.
    """

    NOT_AVAILABLE = 0
    PERIODICAL_REPORT_STRONGEST_CELLS = 1
    PERIODICAL_REPORT_STRONGEST_CELLS_FOR_SON = 2
    PERIODICAL_REPORT_CGI = 3
    INTRA_PERIODICAL_REPORT_STRONGEST_CELLS = 4
    INTRA_PERIODICAL_REPORT_CGI = 5
    EVENT_A1 = 10
    EVENT_A2 = 11
    EVENT_A3 = 12
    EVENT_A4 = 13
    EVENT_A5 = 14
    EVENT_A6 = 15
    EVENT_B1 = 20
    EVENT_B1_NR = 20
    EVENT_B2 = 21
    EVENT_B2_NR = 21
    EVENT_C1 = 30
    EVENT_C2 = 31
    EVENT_W1 = 40
    EVENT_W2 = 41
    EVENT_W3 = 42
    EVENT_V1 = 50
    EVENT_V2 = 51
    EVENT_H1 = 60
    EVENT_H2 = 61


class TriggerNr(IntEnum):
    """Why a device of NR reported: another table. Ref: MEC 012 clause 6.4.11, TS 38.331 5.5.4."""

    NOT_AVAILABLE = 0
    NR_PERIODICAL = 1
    NR_CGI = 2
    EVENT_A1 = 10
    EVENT_A2 = 11
    EVENT_A3 = 12
    EVENT_A4 = 13
    EVENT_A5 = 14
    EVENT_A6 = 15
    INTER_RAT_PERIODICAL = 20
    INTER_RAT_CGI = 21
    EVENT_B1 = 30
    EVENT_B2 = 31


class S1Event(IntEnum):
    """What happened to a bearer on S1-U. Ref: MEC 012 clause 6.3.9."""

    S1_BEARER_ESTABLISH = 1
    S1_BEARER_MODIFY = 2
    S1_BEARER_RELEASE = 3


class FilterCriteriaAssocHo(Wire):
    """Whose handovers, and how far. Ref: MEC 012 clause 6.3.2. A cell: where it begins or ends."""

    app_instance_id: str | None = None
    associate_id: tuple[AssociateId, ...] = ()
    ecgi: tuple[Ecgi, ...] = ()
    ho_status: tuple[HoStatus, ...] = ()
    """COMPLETED where none is given, and the answer says so."""


class FilterCriteriaQci(Wire):
    """Which bearers. Ref: MEC 012 clause 6.3.3."""

    app_instance_id: str | None = None
    ecgi: tuple[Ecgi, ...] = ()
    qci: int


class FilterCriteriaErab(Wire):
    """Which bearers. Ref: MEC 012 clauses 6.3.4 and 6.3.5."""

    app_instance_id: str | None = None
    erab_id: int
    ecgi: tuple[Ecgi, ...] = ()
    qci: int


class FilterCriteriaAssocTri(Wire):
    """Whose reports, where, and why. Ref: MEC 012 clause 6.3.6."""

    app_instance_id: str | None = None
    associate_id: tuple[AssociateId, ...] = ()
    ecgi: tuple[Ecgi, ...] = ()
    trigger: tuple[Trigger, ...] = ()


class FilterCriteriaAssoc(Wire):
    """Whom, and where. Ref: MEC 012 clauses 6.3.7 and 6.3.8."""

    app_instance_id: str | None = None
    associate_id: tuple[AssociateId, ...] = ()
    ecgi: tuple[Ecgi, ...] = ()


class S1BearerSubscriptionCriteria(Wire):
    """Which bearers on S1-U. Ref: MEC 012 clause 6.3.9."""

    associate_id: tuple[AssociateId, ...] = ()
    ecgi: tuple[Ecgi, ...] = ()
    erab_id: tuple[int, ...] = ()


class FilterCriteriaNrMrs(Wire):
    """Whose reports in NR, where, and why. Ref: MEC 012 clause 6.3.11."""

    app_instance_id: str | None = None
    associate_id: tuple[AssociateId, ...] = ()
    nrcgi: tuple[Nrcgi, ...] = ()
    trigger_nr: tuple[TriggerNr, ...] = ()


class _Subscription(Wire, tag_field="subscriptionType"):
    """What all of them have. Ref: MEC 012 clause 6.3; of two ways to notify one is chosen."""

    callback_reference: str | None = None
    request_test_notification: bool | None = None
    websock_notif_config: WebsockNotifConfig | None = None
    links: SelfLink | None = msgspec.field(default=None, name="_links")
    expiry_deadline: TimeStamp | None = None


class CellChangeSubscription(_Subscription, tag="CellChangeSubscription"):
    """Tell of handovers. Ref: MEC 012 clause 6.3.2."""

    filter_criteria_assoc_ho: FilterCriteriaAssocHo


class RabEstSubscription(_Subscription, tag="RabEstSubscription"):
    """Tell of bearers that are established. Ref: MEC 012 clause 6.3.3."""

    filter_criteria_qci: FilterCriteriaQci


class RabModSubscription(_Subscription, tag="RabModSubscription"):
    """Tell of bearers that are changed. Ref: MEC 012 clause 6.3.4."""

    filter_criteria_qci: FilterCriteriaErab


class RabRelSubscription(_Subscription, tag="RabRelSubscription"):
    """Tell of bearers that are released. Ref: MEC 012 clause 6.3.5."""

    filter_criteria_qci: FilterCriteriaErab


class MeasRepUeSubscription(_Subscription, tag="MeasRepUeSubscription"):
    """Tell what devices of LTE measure. Ref: MEC 012 clause 6.3.6."""

    filter_criteria_assoc_tri: FilterCriteriaAssocTri


class MeasTaSubscription(_Subscription, tag="MeasTaSubscription"):
    """Tell timing advances. Ref: MEC 012 clause 6.3.7."""

    filter_criteria_assoc: FilterCriteriaAssoc


class CaReconfSubscription(_Subscription, tag="CaReconfSubscription"):
    """Tell when other carriers are aggregated. Ref: MEC 012 clause 6.3.8."""

    filter_criteria_assoc: FilterCriteriaAssoc


class S1BearerSubscription(_Subscription, tag="S1BearerSubscription"):
    """Tell of bearers on S1-U. Ref: MEC 012 clause 6.3.9."""

    event_type: Annotated[tuple[S1Event, ...], msgspec.Meta(min_length=1)]
    s1_bearer_subscription_criteria: S1BearerSubscriptionCriteria = msgspec.field(
        name="S1BearerSubscriptionCriteria"
    )


class NrMeasRepUeSubscription(_Subscription, tag="NrMeasRepUeSubscription"):
    """Tell what devices of NR measure. Ref: MEC 012 clause 6.3.11."""

    filter_criteria_nr_mrs: FilterCriteriaNrMrs


RniSubscription: TypeAlias = (
    CellChangeSubscription
    | RabEstSubscription
    | RabModSubscription
    | RabRelSubscription
    | MeasRepUeSubscription
    | NrMeasRepUeSubscription
    | MeasTaSubscription
    | CaReconfSubscription
    | S1BearerSubscription
)
TYPE_NAMES = {
    "cell_change": "CellChangeSubscription",
    "rab_est": "RabEstSubscription",
    "rab_mod": "RabModSubscription",
    "rab_rel": "RabRelSubscription",
    "meas_rep_ue": "MeasRepUeSubscription",
    "nr_meas_rep_ue": "NrMeasRepUeSubscription",
    "timing_advance_ue": "MeasTaSubscription",
    "ca_reconf": "CaReconfSubscription",
    "s1_bearer": "S1BearerSubscription",
}
"""What ``subscription_type`` calls them. Ref: MEC 012 clause 7.6.3.1."""
TYPES = tuple(TYPE_NAMES.values())
