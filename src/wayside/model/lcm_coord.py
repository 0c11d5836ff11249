"""The messages of the LCM coordination interface, which the OSS serves on Mm1.

MEC 010-2 clause 6.3.5.2 refers to NFV-IFA 013 for the operation; the bodies are those of its stage
3, NFV-SOL 005 clause 12, with the application instance in the place of the NS instance. Never sends
any.
"""

import msgspec

from wayside.core.wire import Wire

from .app_lcm import LcmOperation
from .common import LinkType, ProblemDetails
from .coordination import LcmCoordResult, TerminateApp, TerminationOption


class LcmCoordLinks(Wire):
    """Links of a request and of its result."""

    self: LinkType | None = None
    """In the result alone."""
    app_lcm_op_occ: LinkType
    app_instance: LinkType


class SelectAppsInput(Wire):
    """What the OSS selects from. Ref: MEC 010-2 table 6.3.5.5.2-2."""

    app_instance_id: str
    termination_options: tuple[TerminationOption, ...] = msgspec.field()


class SelectAppsOutput(Wire):
    """What the OSS has selected. Ref: MEC 010-2 table 6.3.5.5.2-3."""

    terminate_apps: tuple[TerminateApp, ...] = ()


class LcmCoordRequest(Wire):
    """A request to coordinate an operation. Ref: NFV-SOL 005 LcmCoordRequest."""

    app_instance_id: str
    app_lcm_op_occ_id: str
    lcm_operation_type: LcmOperation
    coordination_action_name: str
    input_params: SelectAppsInput
    links: LcmCoordLinks = msgspec.field(name="_links")


class LcmCoord(Wire):
    """How a coordination has ended. Ref: NFV-SOL 005 LcmCoord."""

    id: str
    coordination_result: LcmCoordResult
    app_instance_id: str
    app_lcm_op_occ_id: str
    lcm_operation_type: LcmOperation
    coordination_action_name: str
    output_params: SelectAppsOutput | None = None
    warnings: tuple[str, ...] = ()
    error: ProblemDetails | None = None
    links: LcmCoordLinks | None = msgspec.field(default=None, name="_links")
