"""Data types of ``capif-events``. Ref: TS 29.222 clause 8.3.4. Never a rule: ``logic`` has them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from wayside.core.clock import Nanoseconds
from wayside.core.wire import Wire
from wayside.mep.capif.model import Features, ServiceAPIDescription
from wayside.model.common import TimeStamp
from wayside.model.subscriptions import WebsockNotifConfig


class CAPIFEvent(StrEnum):
    """The events of the MEC profile. Ref: TS 29.222 clause 8.3.4.3.3."""

    SERVICE_API_AVAILABLE = "SERVICE_API_AVAILABLE"
    SERVICE_API_UNAVAILABLE = "SERVICE_API_UNAVAILABLE"
    SERVICE_API_UPDATE = "SERVICE_API_UPDATE"


class NotificationMethod(StrEnum):
    """When reports are sent. Ref: TS 29.508 clause 5.6.3.4."""

    ON_EVENT_DETECTION = "ON_EVENT_DETECTION"
    ONE_TIME = "ONE_TIME"
    PERIODIC = "PERIODIC"
    """Refused: a change of a service is told when it happens."""


class ReportingInformation(Wire):
    """How events are reported. Ref: TS 29.523 clause 5.6.2.4.

    Of devices, and refused: ``sampRatio``, ``partitionCriteria``, ``grpRepTime``, ``notifFlag``.
    """

    imm_rep: bool = False
    """Whether what is available when the subscription is made is reported at once."""
    notif_method: NotificationMethod | None = None
    """Absent: ON_EVENT_DETECTION. ONE_TIME ends the subscription with its first report."""
    max_report_nbr: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """After so many reports the subscription ends."""
    mon_dur: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    """When the subscription ends."""
    rep_period: int | None = None
    """Seconds between periodic reports; refused with them."""
    samp_ratio: int | None = None
    partition_criteria: tuple[str, ...] = ()
    grp_rep_time: int | None = None
    notif_flag: str | None = None


class CAPIFEventFilter(Wire):
    """Which services' events are wanted; all that is given must hold. Ref: 8.3.4.2.5."""

    api_ids: tuple[str, ...] = ()
    api_invoker_ids: tuple[str, ...] = ()
    """Refused: no event here is about an invoker."""
    aef_ids: tuple[str, ...] = ()


Events = Annotated[tuple[CAPIFEvent, ...], msgspec.Meta(min_length=1)]


class EventSubscription(Wire):
    """A wish to hear of services. Ref: TS 29.222 clause 8.3.4.2.2."""

    events: Events
    event_filters: tuple[CAPIFEventFilter, ...] = ()
    """One for each event, in their order."""
    event_req: ReportingInformation | None = None
    notification_destination: str
    """An absolute URI that takes the notifications as POST."""
    request_test_notification: bool = False
    websock_notif_config: WebsockNotifConfig | None = None
    supported_features: Features | None = None

    @property
    def expiry_deadline(self) -> TimeStamp | None:
        """When it ends; the chassis reads it by the name that MEC's subscriptions have."""
        until = None if self.event_req is None else self.event_req.mon_dur
        return None if until is None else TimeStamp.of(Nanoseconds(round(until.timestamp() * 1e9)))


class EventSubscriptionPatch(Wire):
    """What a merge patch may change. Ref: TS 29.222 clause 8.3.4.2.8."""

    events: Events | UnsetType = UNSET
    event_filters: tuple[CAPIFEventFilter, ...] | UnsetType | None = UNSET
    event_req: ReportingInformation | UnsetType | None = UNSET
    notification_destination: str | UnsetType = UNSET


class CAPIFEventDetail(Wire):
    """What an event is about. Ref: TS 29.222 clause 8.3.4.2.4."""

    service_api_descriptions: tuple[ServiceAPIDescription, ...] = msgspec.field(
        default=(), name="serviceAPIDescriptions"
    )
    api_ids: tuple[str, ...] = ()


class EventNotification(Wire):
    """An event that happened. Ref: TS 29.222 clause 8.3.4.2.3."""

    subscription_id: str
    events: CAPIFEvent
    """One, though its name is in the plural."""
    event_detail: CAPIFEventDetail
