"""Data types of ``capif-events``. Ref: TS 29.222 clause 8.3.4. Never a rule: ``logic`` has them."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from wayside.core.wire import Wire
from wayside.mep.capif.model import Features, ServiceAPIDescription
from wayside.model.subscriptions import WebsockNotifConfig


class CAPIFEvent(StrEnum):
    """The events of the MEC profile. Ref: TS 29.222 clause 8.3.4.3.3."""

    SERVICE_API_AVAILABLE = "SERVICE_API_AVAILABLE"
    SERVICE_API_UNAVAILABLE = "SERVICE_API_UNAVAILABLE"
    SERVICE_API_UPDATE = "SERVICE_API_UPDATE"


class CAPIFEventFilter(Wire):
    """Which services' events are wanted; all that is given must hold. Ref: 8.3.4.2.5."""

    api_ids: tuple[str, ...] = ()
    aef_ids: tuple[str, ...] = ()


Events = Annotated[tuple[CAPIFEvent, ...], msgspec.Meta(min_length=1)]


class EventSubscription(Wire):
    """A wish to hear of services. Ref: TS 29.222 clause 8.3.4.2.2."""

    events: Events
    event_filters: tuple[CAPIFEventFilter, ...] = ()
    """One for each event, in their order."""
    notification_destination: str
    """An absolute URI that takes the notifications as POST."""
    request_test_notification: bool = False
    websock_notif_config: WebsockNotifConfig | None = None
    supported_features: Features | None = None


class EventSubscriptionPatch(Wire):
    """What a merge patch may change. Ref: TS 29.222 clause 8.3.4.2.8."""

    events: Events | UnsetType = UNSET
    event_filters: tuple[CAPIFEventFilter, ...] | UnsetType | None = UNSET
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
