"""Data types of application mobility. Ref: MEC 021 clauses 7.2 (resources) to 7.5 (referenced)."""

from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire
from wayside.model.app_lcm import MECHostInformation
from wayside.model.associate_id import AssociateId
from wayside.model.common import SelfLink, TimeStamp
from wayside.model.subscriptions import NotificationLinks, WebsockNotifConfig


class ServiceLevel(IntEnum):
    """Whether the instance that serves a device may change. Ref: MEC 021 clause 7.4.5."""

    APP_MOBILITY_NOT_ALLOWED = 1
    APP_MOBILITY_WITH_CONFIRMATION = 2
    APP_MOBILITY_WITHOUT_CONFIRMATION = 3


class ContextTransferState(IntEnum):
    """Whether the device's context has reached the other instance. Ref: table 7.2.2-1."""

    NOT_TRANSFERRED = 0
    USER_CONTEXT_TRANSFER_COMPLETED = 1


class MobilityStatus(IntEnum):
    """How far a device's move to another host is. Ref: MEC 021 table 7.4.2-1."""

    INTERHOST_MOVEOUT_TRIGGERED = 1
    INTERHOST_MOVEOUT_COMPLETED = 2
    INTERHOST_MOVEOUT_FAILED = 3


class ServiceConsumerId(Wire):
    """Who registers: an application instance or a platform. Ref: MEC 021 table 7.2.2-1."""

    app_instance_id: str | None = None
    mep_id: str | None = None


class DeviceInformation(Wire):
    """A device that the instance serves. Ref: MEC 021 table 7.2.2-1."""

    associate_id: AssociateId
    app_mobility_service_level: ServiceLevel | None = None
    """Absent: the application keeps no state, and the instance may change without more ado."""
    context_transfer_state: ContextTransferState = ContextTransferState.NOT_TRANSFERRED


class RegistrationInfo(Wire):
    """An application mobility service. Ref: MEC 021 clause 7.2.2."""

    app_mobility_service_id: str | None = None
    """Set by the platform; absent in a POST."""
    service_consumer_id: ServiceConsumerId
    device_information: tuple[DeviceInformation, ...] = ()
    expiry_time: Annotated[int, msgspec.Meta(ge=0, le=0xFFFF_FFFF)] | None = None
    """Seconds from when the registration was accepted; 0: without end."""


class Term(Wire):
    """What is kept beside a service: when it ends, and whether it takes nothing new any more."""

    expires_ns: int | None = None
    ending: bool = False


class IpAddresses(Wire):
    """Where something is reached. Ref: MEC 021 clause 7.5.2."""

    host: str
    port: int = msgspec.field()
    """Ours: 0, where the platform knows the address and not the ports of the instance."""


class CommunicationInterface(Wire):
    """How an instance is reached. Ref: MEC 021 clause 7.5.2."""

    ip_addresses: tuple[IpAddresses, ...]


class AdjacentAppInstanceInfo(Wire):
    """An instance of the same application on another host. Ref: MEC 021 clause 7.2.3."""

    app_instance_id: str
    app_d_id: str = msgspec.field(name="appDId")
    app_instance_comm_link: tuple[CommunicationInterface, ...]
    mec_host_information: MECHostInformation | None = None
    registered_instance_id: str | None = None
    """The instance on this platform that has registered, of the same application."""


class SubscriptionType(StrEnum):
    """What a subscription is about. Ref: MEC 021 clause 7.3."""

    MOBILITY_PROCEDURE = "MobilityProcedureSubscription"
    ADJACENT_APP_INFO = "AdjacentAppInfoSubscription"


TYPE_NAMES = {
    "mobility_proc": SubscriptionType.MOBILITY_PROCEDURE.value,
    "adj_app_info": SubscriptionType.ADJACENT_APP_INFO.value,
}
"""What the list's parameter calls them. Ref: MEC 021 table 8.6.3.1-1."""


class MobilityFilter(Wire):
    """Which moves are told; all that is given must fit. Ref: MEC 021 table 7.3.2-1."""

    app_instance_id: str | None = None
    associate_id: tuple[AssociateId, ...] = ()
    """Any of these."""
    mobility_status: tuple[MobilityStatus, ...] = ()
    """Any of these; 1 where none is given, and then said in the answer."""


class AdjacentFilter(Wire):
    """Whose neighbours are told. Ref: MEC 021 table 7.3.3-1."""

    app_instance_id: str | None = None


class _Subscription(Wire):
    """What both types have. Ref: MEC 021 clauses 7.3.2, 7.3.3."""

    callback_reference: str | None = None
    request_test_notification: bool | None = None
    websock_notif_config: WebsockNotifConfig | None = None
    links: SelfLink | None = msgspec.field(default=None, name="_links")
    expiry_deadline: TimeStamp | None = None


class MobilityProcedureSubscription(
    _Subscription, tag_field="subscriptionType", tag="MobilityProcedureSubscription"
):
    """A subscription to moves of devices between hosts. Ref: MEC 021 clause 7.3.2."""

    filter_criteria: MobilityFilter


class AdjacentAppInfoSubscription(
    _Subscription, tag_field="subscriptionType", tag="AdjacentAppInfoSubscription"
):
    """A subscription to instances of the same application on others hosts. Ref: clause 7.3.3."""

    filter_criteria: AdjacentFilter


AmsSubscription = MobilityProcedureSubscription | AdjacentAppInfoSubscription


class TargetAppInfo(Wire):
    """The instance that takes over. Ref: MEC 021 table 7.4.2-1."""

    app_instance_id: str
    comm_interface: CommunicationInterface | None = None


class MobilityProcedureNotification(
    Wire, tag_field="notificationType", tag="MobilityProcedureNotification"
):
    """A device moves to another host. Ref: MEC 021 clause 7.4.2."""

    time_stamp: TimeStamp | None = None
    associate_id: Annotated[tuple[AssociateId, ...], msgspec.Meta(min_length=1)]
    mobility_status: MobilityStatus
    target_app_info: TargetAppInfo | None = None
    links: NotificationLinks = msgspec.field(name="_links")
    wayside_origin: str | None = None
    """Ours: where the fact comes from that the device moves: SIMULATED, MEASURED or STATIC."""


class AdjacentAppInfo(Wire):
    """An instance on another host. Ref: MEC 021 table 7.4.3-1."""

    app_instance_id: str
    comm_interface: tuple[CommunicationInterface, ...] = ()


class AdjacentAppInfoNotification(
    Wire, tag_field="notificationType", tag="AdjacentAppInfoNotification"
):
    """Which instances there are now on other hosts. Ref: MEC 021 clause 7.4.3."""

    time_stamp: TimeStamp | None = None
    adjacent_app_info: tuple[AdjacentAppInfo, ...] = ()
    """Absent where there is none any more."""
    links: NotificationLinks = msgspec.field(name="_links")
