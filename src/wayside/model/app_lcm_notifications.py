"""What subscribers are told of instances and operations. Ref: MEC 010-2 clauses 6.2.2.11 to .30.

Pure: from how something was and is, to what is told. ``notificationType`` is the name of the
subscription's type, as the tables say. Never sends anything.
"""

from dataclasses import dataclass

import msgspec

from wayside.core.wire import Wire

from .app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    LcmOperation,
    LcmOperationState,
    LocationInformation,
    instance_path,
)
from .app_lcm_subscriptions import (
    AppInstanceState,
    AppInstIdCreationSubscriptionInfo,
    AppInstIdDeletionSubscriptionInfo,
    AppInstSubscriptionInfo,
    AppLcmOpOccSubscriptionInfo,
    SubscriptionInfo,
)
from .common import LinkType, TimeStamp
from .subscriptions import NotificationLinks


@dataclass(frozen=True)
class Moment:
    """What notifications of one change have in common: identifier and time."""

    id: str
    time_stamp: TimeStamp


class _Notification(Wire):
    """What all notifications have."""

    id: str
    subscription_id: str
    time_stamp: TimeStamp
    app_instance_id: str


class AppInstNotification(
    _Notification, tag_field="notificationType", tag="AppInstanceStateChangeSubscription"
):
    """An instance has come to another state. Ref: MEC 010-2 clause 6.2.2.11."""

    links: NotificationLinks = msgspec.field(name="_links")
    app_instance_state: AppInstanceState
    app_pkg_id: str
    app_d_id: str
    app_inst_location: LocationInformation | None = None


class AppInstanceIdentifierCreationNotification(
    _Notification, tag_field="notificationType", tag="AppIdentifierCreationSubscription"
):
    """There is a new instance. Ref: MEC 010-2 clause 6.2.2.27."""

    links: "InstanceLinks" = msgspec.field(name="_links")


class AppInstanceIdentifierDeletionNotification(
    _Notification, tag_field="notificationType", tag="AppIdentifierDeletionSubscription"
):
    """An instance is no more. Ref: MEC 010-2 clause 6.2.2.30."""

    links: "InstanceLinks" = msgspec.field(name="_links")


class AppLcmOpOccNotification(
    _Notification, tag_field="notificationType", tag="AppLcmOpOccStateChangeSubscription"
):
    """An operation has come to another state. Ref: MEC 010-2 clause 6.2.2.16."""

    links: "OperationLinks" = msgspec.field(name="_links")
    operation_type: LcmOperation
    operation_state: LcmOperationState
    app_lcm_op_occ_id: str


class InstanceLinks(Wire):
    """Links of a notification about an instance."""

    app_instance: LinkType
    subscription: LinkType


class OperationLinks(Wire):
    """Links of a notification about an operation."""

    app_instance: LinkType
    subscription: LinkType
    app_lcm_op_occ: LinkType


def of_instance(
    to: SubscriptionInfo, before: AppInstanceInfo | None, after: AppInstanceInfo | None, *,
    at: Moment,
) -> Wire | None:  # fmt: skip
    """Return what a subscriber is told of a change of an instance, if anything."""
    info = after or before
    if info is None or isinstance(to, AppLcmOpOccSubscriptionInfo) or not to.means(info):
        return None
    links = InstanceLinks(
        app_instance=LinkType(href=instance_path(info.id)), subscription=to.links.self
    )
    if isinstance(to, AppInstSubscriptionInfo):
        return _state(to, before, after, at=at)
    kind: type[
        AppInstanceIdentifierCreationNotification | AppInstanceIdentifierDeletionNotification
    ]
    if isinstance(to, AppInstIdCreationSubscriptionInfo) and before is None:
        kind = AppInstanceIdentifierCreationNotification
    elif isinstance(to, AppInstIdDeletionSubscriptionInfo) and after is None:
        kind = AppInstanceIdentifierDeletionNotification
    else:
        return None
    return kind(
        links=links,
        id=at.id,
        subscription_id=to.id,
        time_stamp=at.time_stamp,
        app_instance_id=info.id,
    )


def _state(
    to: AppInstSubscriptionInfo, before: AppInstanceInfo | None, after: AppInstanceInfo | None, *,
    at: Moment,
) -> Wire | None:  # fmt: skip
    """Return what is told of a new state; making and deleting an instance is none."""
    if before is None or after is None:
        return None
    state = AppInstanceState.of(after)
    if state is AppInstanceState.of(before) or to.app_instance_state not in (None, state):
        return None
    held = after.instantiated_app_state
    return AppInstNotification(
        links=NotificationLinks(subscription=to.links.self),
        id=at.id,
        subscription_id=to.id,
        time_stamp=at.time_stamp,
        app_instance_id=after.id,
        app_instance_state=state,
        app_pkg_id=after.app_pkg_id,
        app_d_id=after.app_d_id,
        app_inst_location=None if held is None else held.app_inst_location,
    )


def of_operation(
    to: SubscriptionInfo, occ: AppLcmOpOcc, info: AppInstanceInfo, *, at: Moment
) -> Wire | None:
    """Return what a subscriber is told of an operation's new state, if anything."""
    if not isinstance(to, AppLcmOpOccSubscriptionInfo):
        return None
    wanted = to.app_lcm_op_occ_subscription_filter
    if wanted is not None and not wanted.means(occ, info):
        return None
    return AppLcmOpOccNotification(
        links=OperationLinks(
            app_instance=occ.links.app_instance,
            subscription=to.links.self,
            app_lcm_op_occ=occ.links.self,
        ),
        id=at.id,
        subscription_id=to.id,
        time_stamp=at.time_stamp,
        app_instance_id=occ.app_instance_id,
        operation_type=occ.lcm_operation,
        operation_state=occ.operation_state,
        app_lcm_op_occ_id=occ.id,
    )
