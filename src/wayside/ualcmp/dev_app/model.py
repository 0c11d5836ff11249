"""Data types of the device application interface. Ref: MEC 016 V2.2.1 clause 6.

Strings are as long as the tables allow: 32 characters, descriptions 128.
"""

from enum import IntEnum
from typing import Annotated, TypeAlias

import msgspec

from wayside.core.wire import Wire
from wayside.model.app_lcm import LocationConstraints

SHORT_MAX, DESCRIPTION_MAX, INSTANCES_MAX = 32, 128, 8
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=SHORT_MAX)]
Description = Annotated[str, msgspec.Meta(max_length=DESCRIPTION_MAX)]


class ServiceCont(IntEnum):
    """Required service continuity mode. Ref: MEC 016 table 6.2.2-1."""

    SERVICE_CONTINUITY_NOT_REQUIRED = 0
    SERVICE_CONTINUITY_REQUIRED = 1


class AppCharcs(Wire):
    """What an application uses and gives. Ref: MEC 016 table 6.2.2-1."""

    memory: int | None = None
    """Mbytes at most."""
    storage: int | None = None
    """Mbytes at most."""
    latency: int | None = None
    """Target round trip time in milliseconds."""
    bandwidth: int | None = None
    """Required, in kbit/s."""
    service_cont: ServiceCont | None = None


class OfferedAppInfo(Wire):
    """An application that is available. Ref: MEC 016 table 6.2.2-1, ``appInfo``."""

    app_d_id: str
    app_name: Short
    app_provider: Short
    app_soft_version: Short
    app_d_version: str
    app_description: Description
    app_location: tuple[LocationConstraints, ...] = ()
    """Where an instance can be now; none: no host has room, or none says where it is."""
    app_charcs: AppCharcs | None = None


class VendorSpecificExt(Wire):
    """Whom of the device applications' vendors an entry is for. Ref: MEC 016 table 6.2.2-1."""

    vendor_id: Short


class AppListEntry(Wire):
    """One application of the list. Ref: MEC 016 table 6.2.2-1, ``appList``."""

    app_info: OfferedAppInfo
    vendor_specific_ext: VendorSpecificExt | None = None


class ApplicationList(Wire, omit_defaults=False):
    """The applications available to a device application. Ref: MEC 016 clause 6.2.2."""

    app_list: tuple[AppListEntry, ...] = ()


class UserAppInstanceInfo(Wire):
    """An instance that serves a device. Ref: MEC 016 table 6.2.3-1, ``userAppInstanceInfo``."""

    app_instance_id: str | None = None
    """In answers alone; absent while none serves."""
    reference_uri: str | None = msgspec.field(default=None, name="referenceURI")
    """Where the device reaches it. In answers alone."""
    app_location: LocationConstraints | None = None
    """In a request where it has to be, in an answer where it is."""


InstanceInfos = Annotated[
    tuple[UserAppInstanceInfo, ...], msgspec.Meta(min_length=1, max_length=INSTANCES_MAX)
]


class ContextAppInfo(Wire):
    """The application of a context. Ref: MEC 016 table 6.2.3-1, ``appInfo``."""

    app_d_id: str | None = None
    """Where the application is one of the list."""
    app_name: Short
    app_provider: Short
    app_soft_version: Short | None = None
    app_d_version: str
    app_description: Description | None = None
    user_app_instance_info: InstanceInfos
    app_package_source: str | None = None
    """Where the application is not of the list: the URI of its package."""


class AppContext(Wire):
    """An application context. Ref: MEC 016 clause 6.2.3."""

    context_id: Short | None = None
    """Set by the system."""
    associate_dev_app_id: Short
    callback_reference: str | None = None
    app_location_updates: bool | None = None
    app_auto_instantiation: bool | None = None
    app_info: ContextAppInfo


class AvailableLocation(Wire):
    """A place for an instance. Ref: MEC 016 tables 6.2.4-1 and 6.4.5-1."""

    app_location: LocationConstraints | None = None


class LocatedAppInfo(Wire):
    """The application that locations are asked for. Ref: MEC 016 table 6.2.4-1, ``appInfo``."""

    app_name: Short
    app_provider: Short
    app_soft_version: Short | None = None
    app_d_version: str
    app_description: Description | None = None
    available_locations: tuple[AvailableLocation, ...] | None = None
    """In the answer alone."""
    app_package_source: str | None = None


class ApplicationLocationAvailability(Wire):
    """Where an application can be. Ref: MEC 016 clause 6.2.4."""

    associate_dev_app_id: Short
    app_info: LocatedAppInfo


class AddressChangeNotification(
    Wire, tag_field="notificationType", tag="AddressChangeNotification"
):
    """The instance is reached elsewhere from now on. Ref: MEC 016 clause 6.4.2."""

    context_id: str
    app_instance_id: str
    reference_uri: str = msgspec.field(name="referenceURI")


class ApplicationContextDeleteNotification(
    Wire, tag_field="notificationType", tag="ApplicationContextDeleteNotification"
):
    """The context is no more. Ref: MEC 016 clause 6.4.3."""

    context_id: str


class ServingInstance(Wire):
    """An instance that serves. Ref: MEC 016 table 6.4.4-1, ``userAppInstanceInfo``."""

    app_instance_id: str
    reference_uri: str = msgspec.field(name="referenceURI")
    app_location: LocationConstraints | None = None


class ApplicationContextUpdateNotification(
    Wire, tag_field="notificationType", tag="ApplicationContextUpdateNotification"
):
    """Who serves the context by now. Ref: MEC 016 clause 6.4.4."""

    context_id: str
    user_app_instance_info: tuple[ServingInstance, ...]


class ApplicationLocationAvailabilityNotification(
    Wire, tag_field="notificationType", tag="ApplicationLocationAvailabilityNotification"
):
    """Where an instance could be by now. Ref: MEC 016 clause 6.4.5."""

    context_id: str | None = None
    available_locations: tuple[AvailableLocation, ...]


Notification: TypeAlias = (
    AddressChangeNotification
    | ApplicationContextDeleteNotification
    | ApplicationContextUpdateNotification
    | ApplicationLocationAvailabilityNotification
)
