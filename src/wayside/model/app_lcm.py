"""Application instances and operations on them. Ref: MEC 010-2 clause 6.2.2.

What belongs to one reference point alone says so in its docstring; the element that serves that
point refuses it elsewhere. Never moves an instance from state to state: MEO and MEPM do.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from wayside.core.errors import Unprocessable
from wayside.core.wire import Wire

from .appd import (
    AppNetworkPolicy,
    DNSRuleDescriptor,
    FeatureDependency,
    LatencyDescriptor,
    ServiceDependency,
    ServiceDescriptor,
    TrafficRuleDescriptor,
    TransportDependency,
    UserContextTransferCapability,
)
from .common import LinkType, ProblemDetails, TimeStamp
from .coordination import AppTermCandsForCoord, WaysideCoordination
from .placement import WaysidePlacement
from .resources import (
    OsContainerDescriptor,
    VirtualComputeDescriptor,
    VirtualStorageDescriptor,
)
from .services import KeyValuePairs
from .stopping import Seconds
from .stopping import StopType as StopType


class InstantiationState(StrEnum):
    """Whether an instance has resources. Ref: MEC 010-2 table 6.2.2.4.2-1."""

    NOT_INSTANTIATED = "NOT_INSTANTIATED"
    INSTANTIATED = "INSTANTIATED"


class OperationalState(StrEnum):
    """Whether an instantiated application runs. Ref: MEC 010-2 table 6.2.2.4.2-1."""

    STARTED = "STARTED"
    STOPPED = "STOPPED"


INSTANTIATED = InstantiationState.INSTANTIATED
APP_LCM = "/app_lcm/v1"


def instance_path(id: str) -> str:
    """Return the path of an application instance's resource."""
    return f"{APP_LCM}/app_instances/{id}"


class MepInformation(Wire):
    """A MEC platform. Ref: MEC 010-2 clause 6.2.2.22."""

    mep_name: str | None = None
    mep_id: str


class CreateAppInstanceRequest(Wire):
    """An instance to come. Ref: MEC 010-2 clause 6.2.2.3.

    ``app_placement_info`` is for Mm3* alone. Ours, for Mm3 alone: ``wayside_app_instance_id`` is
    the identifier that the MEO has given the instance, so that it is one and the same everywhere
    and that a repeated request makes no second instance.
    """

    app_d_id: str
    app_instance_name: str | None = None
    app_instance_description: str | None = None
    app_placement_info: MepInformation | None = None
    wayside_app_instance_id: str | None = None


class GeographicalPoint(Wire):
    """A GeoJSON Point: longitude, latitude (degrees, WGS 84). Ref: RFC 7946 clause 3.1.2."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


class CivicAddressElement(Wire):
    """One element of a civic address. Ref: RFC 4776 clause 3.4."""

    ca_type: int
    ca_value: str


class CivicAddress(Wire):
    """A civic address. Ref: MEC 010-2 table 6.2.2.31.2-1."""

    civic_address_element: tuple[CivicAddressElement, ...]


class LocationInformation(Wire):
    """Where an instance is. Ref: MEC 010-2 clause 6.2.2.31."""

    country_code: str
    civic_address: CivicAddress | None = None
    geographical_position: GeographicalPoint | None = None


class InstantiatedAppState(Wire):
    """How an instantiated application is. Ref: MEC 010-2 table 6.2.2.4.2-1."""

    operational_state: OperationalState
    app_inst_location: LocationInformation | None = None


class AppInstanceLinks(Wire):
    """Links of an instance: tasks only while they are possible. Ref: table 6.2.2.4.2-1."""

    self: LinkType
    instantiate: LinkType | None = None
    terminate: LinkType | None = None
    operate: LinkType | None = None
    configure_platform_for_app: LinkType | None = msgspec.field(
        default=None, name="configure_platform_for_app"
    )
    """On Mm3* alone."""


class AppInstanceInfo(Wire):
    """An application instance. Ref: MEC 010-2 clause 6.2.2.4.

    Ours: ``mep_information`` names the platform that serves it, ``wayside_placement`` says why
    it is there and under which addresses it is reached, and ``wayside_coordination`` which others
    were to end for it, where that was asked.
    """

    links: AppInstanceLinks = msgspec.field(name="_links")
    id: str
    app_instance_name: str | None = None
    app_instance_description: str | None = None
    app_d_id: str
    app_provider: str
    app_name: str
    app_soft_version: str
    app_d_version: str
    app_pkg_id: str
    instantiation_state: InstantiationState
    instantiated_app_state: InstantiatedAppState | None = None
    mep_information: MepInformation | None = None
    wayside_placement: WaysidePlacement | None = None
    wayside_coordination: WaysideCoordination | None = None
    wayside_runs_elsewhere: bool = False
    """Ours, on Mm3* alone: a VNFM runs it, and this host's platform is configured for it."""

    def moved(self, state: OperationalState | None) -> "AppInstanceInfo":
        """Return the instance INSTANTIATED and in ``state``, or NOT_INSTANTIATED for None.

        Its links are those of the tasks that are possible then.
        """
        self_href = instance_path(self.id)
        tasks = self._tasks(state)
        links = {task: LinkType(href=f"{self_href}/{task}") for task in tasks}
        given = InstantiationState.NOT_INSTANTIATED if state is None else INSTANTIATED
        return msgspec.structs.replace(
            self,
            links=AppInstanceLinks(self=LinkType(href=self_href), **links),
            instantiation_state=given,
            instantiated_app_state=None if state is None else self._in(state),
        )

    def _tasks(self, state: OperationalState | None) -> tuple[str, ...]:
        if self.wayside_runs_elsewhere:
            return ("configure_platform_for_app",) if state is None else ("terminate",)
        return ("instantiate",) if state is None else ("terminate", "operate")

    def reached_at(self, addresses: tuple[str, ...]) -> "AppInstanceInfo":
        """Return the instance with the addresses under which it is reached."""
        held = self.wayside_placement
        if held is None or held.addresses == addresses:
            return self
        placement = msgspec.structs.replace(held, addresses=addresses)
        return msgspec.structs.replace(self, wayside_placement=placement)

    def silent_since(self, at: TimeStamp | None) -> "AppInstanceInfo":
        """Return the instance on a host that is silent since ``at`` or before; None: it answers."""
        held = self.wayside_placement
        if held is None:
            return self
        since = None if at is None else held.host_silent_since or at
        placement = msgspec.structs.replace(held, host_silent_since=since)
        return msgspec.structs.replace(self, wayside_placement=placement)

    def unplaced(self) -> "AppInstanceInfo":
        """Return the instance as one that no host has."""
        return msgspec.structs.replace(self, mep_information=None, wayside_placement=None)

    def unasked(self) -> "AppInstanceInfo":
        """Return the instance without the question that was asked for it last."""
        return msgspec.structs.replace(self, wayside_coordination=None)

    def located(self, where: LocationInformation | None) -> "AppInstanceInfo":
        """Return the instance with its location, where it is INSTANTIATED."""
        if self.instantiated_app_state is None:
            return self
        state = msgspec.structs.replace(self.instantiated_app_state, app_inst_location=where)
        return msgspec.structs.replace(self, instantiated_app_state=state)

    def _in(self, state: OperationalState) -> InstantiatedAppState:
        held = self.instantiated_app_state
        where = None if held is None else held.app_inst_location
        return InstantiatedAppState(operational_state=state, app_inst_location=where)

    @property
    def operational_state(self) -> OperationalState | None:
        """STARTED or STOPPED, or None while NOT_INSTANTIATED."""
        held = self.instantiated_app_state
        return None if held is None else held.operational_state


class MECHostInformation(Wire):
    """A MEC host. Ref: MEC 010-2 clause 6.2.2.17. Ours: ``host_id`` holds the key ``hostId``."""

    host_name: str | None = None
    host_id: KeyValuePairs


class Polygon(Wire):
    """A GeoJSON Polygon: rings of (longitude, latitude). Ref: RFC 7946 clause 3.1.6."""

    type: Literal["Polygon"]
    coordinates: Annotated[
        tuple[Annotated[tuple[tuple[float, float], ...], msgspec.Meta(min_length=4)], ...],
        msgspec.Meta(min_length=1),
    ]


class LocationConstraints(Wire):
    """Where an instance has to be. Ref: MEC 010-2 clause 6.2.2.2.

    ``country_code`` is needed where ``area`` is absent; ``area`` excludes
    ``civic_address_element``.
    """

    country_code: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] | None = None
    civic_address_element: tuple[CivicAddressElement, ...] = ()
    area: Polygon | None = None

    def check(self) -> None:
        """Return where the members go together; raise Unprocessable naming what does not."""
        if self.area is None and self.country_code is None:
            raise Unprocessable(
                "locationConstraints needs countryCode where area is absent.",
                field="$.locationConstraints.countryCode",
            )
        if self.area is not None and self.civic_address_element:
            raise Unprocessable(
                "locationConstraints has area and civicAddressElement; give one of them.",
                field="$.locationConstraints.area",
            )


class InstantiateAppRequest(Wire):
    """How to instantiate. Ref: MEC 010-2 clause 6.2.2.7.

    Descriptors given here stand in for those of the AppD. ``selected_mec_host_info`` is for Mm3
    alone and needed there; ``location_constraints`` and ``app_term_cands_for_coord`` are for Mm1
    alone.
    """

    virtual_compute_descriptor: VirtualComputeDescriptor | None = None
    os_container_descriptor: tuple[OsContainerDescriptor, ...] = ()
    virtual_storage_descriptor: tuple[VirtualStorageDescriptor, ...] = ()
    selected_mec_host_info: tuple[MECHostInformation, ...] = msgspec.field(
        default=(), name="selectedMECHostInfo"
    )
    location_constraints: LocationConstraints | None = None
    vim_connection_info: KeyValuePairs | None = None
    app_term_cands_for_coord: AppTermCandsForCoord | None = None
    wayside_host_id: str | None = None
    """Ours, for the UALCMP (Mm9): the host that is nearest to the device, and no other. An instance
    that follows a device that moves is not held to it."""

    def check(self) -> None:
        """Return where the members go together (note 4); raise Unprocessable otherwise."""
        if self.virtual_compute_descriptor is not None and self.os_container_descriptor:
            raise Unprocessable(
                "virtualComputeDescriptor and osContainerDescriptor exclude each other; give one.",
                field="$.osContainerDescriptor",
            )
        if self.location_constraints is not None:
            self.location_constraints.check()


class OperateAppRequest(Wire):
    """Start or stop. Ref: MEC 010-2 clause 6.2.2.8; timeout in seconds."""

    change_state_to: OperationalState
    stop_type: StopType | None = None
    graceful_stop_timeout: Seconds | None = None

    def check(self) -> None:
        """Return where the members go together (notes 1 and 2); raise Unprocessable otherwise."""
        starts = self.change_state_to is OperationalState.STARTED
        graceful = self.stop_type is StopType.GRACEFUL
        if starts and self.stop_type is not None:
            raise Unprocessable("stopType is for STOPPED; leave it out.", field="$.stopType")
        if graceful == (self.graceful_stop_timeout is None):
            raise Unprocessable(
                "gracefulStopTimeout is needed where stopType is GRACEFUL, and there alone.",
                field="$.gracefulStopTimeout",
            )


class TerminateAppRequest(Wire):
    """How to terminate. Ref: MEC 010-2 clause 6.2.2.9; timeout in seconds."""

    termination_type: StopType
    graceful_termination_timeout: Seconds | None = None

    def check(self) -> None:
        """Return where the members go together; raise Unprocessable otherwise."""
        forceful = self.termination_type is StopType.FORCEFUL
        if forceful and self.graceful_termination_timeout is not None:
            raise Unprocessable(
                "gracefulTerminationTimeout is for GRACEFUL; leave it out.",
                field="$.gracefulTerminationTimeout",
            )


class ConfigPlatformForAppRequest(Wire):
    """What a platform must do for an application that runs elsewhere. Ref: clause 6.2.2.21.

    The members are those of the AppD.
    """

    app_service_required: tuple[ServiceDependency, ...] = ()
    app_service_optional: tuple[ServiceDependency, ...] = ()
    app_service_produced: tuple[ServiceDescriptor, ...] = ()
    app_feature_required: tuple[FeatureDependency, ...] = ()
    app_feature_optional: tuple[FeatureDependency, ...] = ()
    transport_dependencies: tuple[TransportDependency, ...] = ()
    app_traffic_rule: tuple[TrafficRuleDescriptor, ...] = ()
    app_dns_rule: tuple[DNSRuleDescriptor, ...] = msgspec.field(default=(), name="appDNSRule")
    app_latency: LatencyDescriptor | None = None
    user_context_transfer_capability: UserContextTransferCapability | None = None
    app_network_policy: AppNetworkPolicy | None = None


class LcmOperation(StrEnum):
    """Which operation. Ref: MEC 010-2 table 6.2.2.13.2-1."""

    INSTANTIATE = "INSTANTIATE"
    OPERATE = "OPERATE"
    TERMINATE = "TERMINATE"


class LcmOperationState(StrEnum):
    """How far an operation is; STARTING on Mm3 alone. Ref: MEC 010-2 table 6.2.2.13.2-1."""

    STARTING = "STARTING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED_TEMP = "FAILED_TEMP"
    FAILED = "FAILED"


class CancelMode(StrEnum):
    """How to cancel. Ref: MEC 010-2 clause 6.2.2.32, which says FORCED; 6.2.2.13 says FORCEFUL."""

    GRACEFUL = "GRACEFUL"
    FORCED = "FORCED"
    FORCEFUL = "FORCEFUL"


class CancelRequest(Wire):
    """The body of a cancel task. Ref: MEC 010-2 table 6.2.2.32.2-1.

    The table spells the attribute ``CancelMode``; the spelling of all others is taken too (ours).
    """

    cancel_mode: CancelMode | None = msgspec.field(default=None, name="CancelMode")
    cancel_mode_camel: CancelMode | None = msgspec.field(default=None, name="cancelMode")

    @property
    def mode(self) -> CancelMode:
        """How to cancel; raise Unprocessable where neither spelling is given."""
        mode = self.cancel_mode or self.cancel_mode_camel
        if mode is None:
            raise Unprocessable(
                "CancelMode is missing; give GRACEFUL or FORCED.", field="$.CancelMode"
            )
        return mode


class AppLcmOpOccLinks(Wire):
    """Links of an operation occurrence. Ref: MEC 010-2 table 6.2.2.13.2-1."""

    self: LinkType
    app_instance: LinkType


class AppLcmOpOcc(Wire):
    """One occurrence of an operation on an instance. Ref: MEC 010-2 clause 6.2.2.13.

    ``operation_params`` is the request: InstantiateAppRequest, OperateAppRequest or
    TerminateAppRequest. Ours, after NFV-SOL 003 clause 5.5.2.13: ``app_instance_id``, to filter by,
    and ``error``, why the operation failed.
    """

    links: AppLcmOpOccLinks = msgspec.field(name="_links")
    id: str
    operation_state: LcmOperationState
    state_entered_time: TimeStamp
    start_time: TimeStamp
    lcm_operation: LcmOperation
    operation_params: dict[str, Any] | None = None
    is_cancel_pending: bool | None = None
    cancel_mode: CancelMode | None = None
    app_instance_id: str
    error: ProblemDetails | None = None
