"""Which applications may end so that another finds room, and what became of that question.

Never chooses any: the MEO suggests, the OSS selects. Ref: MEC 010-2 clauses 5.5.1, 6.3.5.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from wayside.core.errors import Unprocessable
from wayside.core.wire import Wire

from .common import TimeStamp
from .stopping import Seconds, StopType

SELECT_APPS_TO_TERMINATE = "urn:etsi:mec:coord:select-apps-to-terminate"
"""The coordination action. Ref: MEC 010-2 table 6.3.5.5.2-1."""


class TerminationOption(Wire):
    """Instances that may end, all of them together. Ref: tables 6.2.2.23.2-1, 6.3.5.5.2-2."""

    app_inst_id_termination_cands: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class AppTermCandsForCoord(Wire):
    """Sets of instances that may end to make room for another. Ref: MEC 010-2 clause 6.2.2.23."""

    termination_options: Annotated[tuple[TerminationOption, ...], msgspec.Meta(min_length=1)]


class TerminateApp(Wire):
    """An instance that was selected to end. Ref: MEC 010-2 table 6.3.5.5.2-3; time-out in seconds.

    Without ``termination_type`` it ends gracefully; without time-out, the MEO's own is taken.
    """

    app_instance_id: str
    termination_type: StopType | None = None
    graceful_termination_timeout: Seconds | None = None

    def check(self, field: str) -> None:
        """Return where the members go together; raise Unprocessable naming what does not."""
        forceful = self.termination_type is StopType.FORCEFUL
        if forceful and self.graceful_termination_timeout is not None:
            raise Unprocessable(
                "gracefulTerminationTimeout is for GRACEFUL; leave it out.",
                field=f"{field}.gracefulTerminationTimeout",
            )
        if self.graceful_termination_timeout == 0:
            raise Unprocessable(
                "gracefulTerminationTimeout is 0; give at least 1, or terminationType FORCEFUL.",
                field=f"{field}.gracefulTerminationTimeout",
            )


class LcmCoordResult(StrEnum):
    """What is to become of the operation. Ref: NFV-SOL 005 LcmCoordResultType."""

    CONTINUE = "CONTINUE"
    ABORT = "ABORT"
    CANCELLED = "CANCELLED"


class WaysideCoordinationState(StrEnum):
    """What became of a question: its result, or one of ours."""

    FUTILE = "FUTILE"
    """Nobody was asked: no candidate would make room."""
    PENDING = "PENDING"
    CONTINUE = "CONTINUE"
    ABORT = "ABORT"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"


class WaysideTermCandidate(Wire):
    """An instance that was considered, and why it was suggested or was not."""

    app_instance_id: str
    host_id: str | None = None
    suggested: bool = msgspec.field()
    verdict: str


class WaysideTermOption(Wire):
    """Instances of one host that make room together, none of them in vain."""

    host_id: str
    app_inst_id_termination_cands: tuple[str, ...]


class WaysideCoordination(Wire):
    """A question to the OSS, which instances may end for another, and its answer. Ours."""

    id: str
    app_instance_id: str
    """The instance that needs the room."""
    app_lcm_op_occ_id: str
    state: WaysideCoordinationState
    asked: str = ""
    """Who answers."""
    asked_time: TimeStamp
    answer_until: TimeStamp
    """When the operation fails for want of an answer."""
    explanation: str
    """What is short, and what would help."""
    termination_options: tuple[WaysideTermOption, ...] = ()
    """What was suggested, that which ends fewest first."""
    considered: tuple[WaysideTermCandidate, ...] = ()
    terminate_apps: tuple[TerminateApp, ...] = ()
    """What was selected."""
    reason: str | None = None
    """Why it was not to go on."""
    oss_coordination_id: str | None = None
    """What the OSS calls it, where it takes its time."""


class WaysideCoordinationAnswer(Wire):
    """What whoever is asked says. Ours, after the output of MEC 010-2 table 6.3.5.5.2-3."""

    coordination_result: LcmCoordResult
    """CONTINUE or ABORT."""
    terminate_apps: tuple[TerminateApp, ...] = ()
    """With CONTINUE: all instances of one of the options; none where there is room by now."""
    reason: str | None = None
    """With ABORT: why."""
