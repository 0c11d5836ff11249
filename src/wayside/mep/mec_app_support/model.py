"""Data types of application support. Ref: MEC 011 clause 7.1.

Never holds the rules (``wayside.model.rules``), which the manager and the data plane share.
"""

from enum import StrEnum
from typing import Literal

import msgspec

from wayside.core.wire import Wire
from wayside.model.appd import FeatureDependency, ServiceDependency
from wayside.model.common import LinkType, SelfLink, TimeStamp
from wayside.model.services import CategoryRef, EndPointInfo, KeyValuePairs
from wayside.refpoints.mm5 import OperationAction

TERMINATION_SUBSCRIPTION: Literal["AppTerminationNotificationSubscription"] = (
    "AppTerminationNotificationSubscription"
)


class AppTerminationNotificationSubscription(Wire):
    """An instance's wish to be told before it is stopped or terminated. Ref: 7.1.3.2."""

    links: SelfLink | None = msgspec.field(default=None, name="_links")
    """In answers only."""
    subscription_type: Literal["AppTerminationNotificationSubscription"]
    callback_reference: str
    """An absolute URI that takes the notifications as POST."""
    app_instance_id: str


class TerminationLinks(Wire):
    """The links of a termination notification. Ref: MEC 011 table 7.1.4.2-1."""

    subscription: LinkType
    confirm_termination: LinkType
    """Where to confirm before the timer ends."""


class AppTerminationNotification(Wire):
    """The platform is about to let an instance go. Ref: MEC 011 clause 7.1.4.2."""

    links: TerminationLinks = msgspec.field(name="_links")
    notification_type: Literal["AppTerminationNotification"]
    operation_action: OperationAction
    max_graceful_timeout: int
    """Seconds until it goes on without a confirmation; never 0."""


class AppTerminationConfirmation(Wire):
    """The instance has done what it had to do. Ref: MEC 011 clause 7.1.4.3."""

    operation_action: OperationAction
    """The same as in the notification."""


class AppReadyConfirmation(Wire):
    """The instance is up and running. Ref: MEC 011 clause 7.1.4.4."""

    indication: Literal["READY"]


class AppInfo(Wire):
    """An application instance as it registers itself. Ref: MEC 011 clause 7.1.2.6."""

    app_name: str
    app_provider: str | None = None
    app_category: CategoryRef | None = None
    app_d_id: str | None = None
    """Present if the instance was instantiated by the MEC management."""
    app_instance_id: str | None = None
    """Absent in the registration of an instance that has none yet: the platform allocates it."""
    endpoint: EndPointInfo | None = None
    """Present unless ``isInsByMec``."""
    app_service_required: tuple[ServiceDependency, ...] = ()
    app_service_optional: tuple[ServiceDependency, ...] = ()
    app_feature_required: tuple[FeatureDependency, ...] = ()
    app_feature_optional: tuple[FeatureDependency, ...] = ()
    is_ins_by_mec: bool | None = None
    """Absent in a request: false."""
    app_profile: KeyValuePairs | None = None
    """An EAS profile of TS 29.558."""


class TimeSourceStatus(StrEnum):
    """Whether the platform's clock is locked to UTC. Ref: MEC 011 table 7.1.2.5-1."""

    TRACEABLE = "TRACEABLE"
    NONTRACEABLE = "NONTRACEABLE"


class CurrentTime(Wire):
    """The platform's time. Ref: MEC 011 clause 7.1.2.5."""

    seconds: int
    """Since 1970-01-01 UTC."""
    nano_seconds: int
    """The rest, below one second."""
    time_source_status: TimeSourceStatus


class NtpAddressType(StrEnum):
    """What ``ntpServerAddr`` is. Ref: MEC 011 table 7.1.2.4-1."""

    IP_ADDRESS = "IP_ADDRESS"
    DNS_NAME = "DNS_NAME"


class NtpAuthentication(StrEnum):
    """How a client checks an NTP server. Ref: MEC 011 table 7.1.2.4-1."""

    NONE = "NONE"
    SYMMETRIC_KEY = "SYMMETRIC_KEY"
    AUTO_KEY = "AUTO_KEY"


class NtpServer(Wire):
    """A time server that applications may use. Ref: MEC 011 table 7.1.2.4-1."""

    ntp_server_addr_type: NtpAddressType
    ntp_server_addr: str
    min_polling_interval: int
    """As an exponent of two, in seconds: 3 to 17."""
    max_polling_interval: int
    """As an exponent of two, in seconds: 3 to 17."""
    local_priority: int
    authentication_option: NtpAuthentication
    authentication_key_num: int
    """0 where no key is used."""


class PtpMaster(Wire):
    """A PTP master that applications may use. Ref: MEC 011 table 7.1.2.4-1."""

    ptp_master_ip_address: str
    ptp_master_local_priority: int
    delay_req_max_rate: int
    """Packets per second."""


class TimingCaps(Wire):
    """How applications can get the time. Ref: MEC 011 clause 7.1.2.4."""

    time_stamp: TimeStamp
    ntp_servers: tuple[NtpServer, ...] = ()
    ptp_masters: tuple[PtpMaster, ...] = ()
