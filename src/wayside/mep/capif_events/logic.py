"""Which change is which event, and who hears of it. Pure. Ref: TS 29.222 clause 8.3."""

from msgspec import UNSET
from msgspec.structs import replace

from wayside.core.errors import Unprocessable
from wayside.mep.capif.model import ServiceAPIDescription
from wayside.mep.mec_service_mgmt.logic import ServiceChange
from wayside.mep.mec_service_mgmt.model import ChangeType
from wayside.model.services import ServiceInfo, ServiceState

from .model import (
    CAPIFEvent,
    CAPIFEventDetail,
    CAPIFEventFilter,
    EventNotification,
    EventSubscription,
    EventSubscriptionPatch,
    NotificationMethod,
    ReportingInformation,
)

ROOT = "/capif-events/v1"
NOT_OF_SERVICES = {
    "rep_period": "repPeriod",
    "samp_ratio": "sampRatio",
    "partition_criteria": "partitionCriteria",
    "grp_rep_time": "grpRepTime",
    "notif_flag": "notifFlag",
}
"""What a report may be asked for that makes no sense for a change of a service, by its field."""


def subscriptions_path(subscriber_id: str) -> str:
    """Return the path of an instance's subscriptions."""
    return f"{ROOT}/{subscriber_id}/subscriptions"


def event_of(change: ServiceChange) -> CAPIFEvent:
    """Return what CAPIF calls a change: a service that is not ACTIVE cannot be invoked."""
    if change.type is ChangeType.ADDED:
        return CAPIFEvent.SERVICE_API_AVAILABLE
    if change.type is ChangeType.ATTRIBUTES_CHANGED:
        return CAPIFEvent.SERVICE_API_UPDATE
    active = change.service.state is ServiceState.ACTIVE
    if change.type is ChangeType.STATE_CHANGED and active:
        return CAPIFEvent.SERVICE_API_AVAILABLE
    return CAPIFEvent.SERVICE_API_UNAVAILABLE


def check_subscription(wanted: EventSubscription) -> None:
    """Raise Unprocessable where there are more filters than events that they could be for.

    So too where the reports are asked for in a way that changes of services do not come in.
    """
    if len(wanted.event_filters) > len(wanted.events):
        raise Unprocessable(
            f"$.eventFilters: there are {len(wanted.event_filters)} for {len(wanted.events)} "
            "events; give one for each event, in their order.",
            field="$.eventFilters",
        )

    for number, each in enumerate(wanted.event_filters):
        if each.api_invoker_ids:
            name = f"$.eventFilters[{number}].apiInvokerIds"
            raise Unprocessable(
                f"{name}: no event of services is about an invoker; leave it out.", field=name
            )
    asked = wanted.event_req or ReportingInformation()
    if asked.notif_method is NotificationMethod.PERIODIC:
        raise Unprocessable(
            "$.eventReq.notifMethod: a change of a service is told when it happens, not PERIODIC; "
            "write ON_EVENT_DETECTION or ONE_TIME.",
            field="$.eventReq.notifMethod",
        )
    for field, said in NOT_OF_SERVICES.items():
        if getattr(asked, field) not in (None, ()):
            name = f"$.eventReq.{said}"
            raise Unprocessable(
                f"{name}: it is of devices' or periodic reports; leave it out.", field=name
            )


def reports_max(subscription: EventSubscription) -> int | None:
    """Return after how many reports the subscription ends; None: it goes on."""
    asked = subscription.event_req or ReportingInformation()
    return 1 if asked.notif_method is NotificationMethod.ONE_TIME else asked.max_report_nbr


def patched(present: EventSubscription, patch: EventSubscriptionPatch) -> EventSubscription:
    """Return the subscription after a merge patch. Ref: RFC 7396."""
    changed = present
    if patch.events is not UNSET:
        changed = replace(changed, events=patch.events)
    if patch.event_filters is not UNSET:
        changed = replace(changed, event_filters=patch.event_filters or ())
    if patch.event_req is not UNSET:
        changed = replace(changed, event_req=patch.event_req)
    if patch.notification_destination is not UNSET:
        changed = replace(changed, notification_destination=patch.notification_destination)
    return changed


def wants(subscription: EventSubscription, event: CAPIFEvent, service: ServiceInfo) -> bool:
    """Tell whether a subscriber is to hear of an event of a service."""
    filters = subscription.event_filters
    return any(
        each is event and (number >= len(filters) or _passes(filters[number], service))
        for number, each in enumerate(subscription.events)
    )


def _passes(wanted: CAPIFEventFilter, service: ServiceInfo) -> bool:
    transport = service.transport_info
    return (not wanted.api_ids or service.ser_instance_id in wanted.api_ids) and (
        not wanted.aef_ids or (transport is not None and transport.id in wanted.aef_ids)
    )


def notification_of(
    subscription_id: str, event: CAPIFEvent, described: ServiceAPIDescription
) -> EventNotification:
    """Return what a subscriber is told; of what is gone, its identifier alone."""
    gone = event is CAPIFEvent.SERVICE_API_UNAVAILABLE
    return EventNotification(
        subscription_id=subscription_id,
        events=event,
        event_detail=CAPIFEventDetail(
            service_api_descriptions=() if gone else (described,),
            api_ids=(described.api_id or "",),
        ),
    )
