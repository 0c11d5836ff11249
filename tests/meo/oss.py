"""An OSS that serves LCM coordination over HTTP, as the tests tell it to answer."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.chassis.element import Element
from wayside.chassis.http.server import HttpServer
from wayside.core.errors import Conflict, NotFound, Problem
from wayside.core.replies import Accepted, Created, Entry
from wayside.core.tasks import Nursery
from wayside.core.wire import encode
from wayside.model.coordination import LcmCoordResult, TerminateApp
from wayside.model.lcm_coord import LcmCoord, LcmCoordRequest, SelectAppsOutput
from wayside.refpoints import mm1
from wayside.security.sandbox import SandboxAuthoriser

ROOT = "/lcmcoord/v1/coordinations"


class Oss(mm1.LcmCoordination):
    """Answers at once, or later where ``slowly`` is set."""

    def __init__(self) -> None:
        self.asked: list[LcmCoordRequest] = []
        self.cancelled: list[str] = []
        self.slowly = False
        self.nowhere = False
        """Whether it says that it will answer and not where."""
        self.problems: list[Problem] = []
        """Raised instead of answers, one after the other."""
        self.select: Callable[[LcmCoordRequest], Sequence[str]] = first_option
        self.result = LcmCoordResult.CONTINUE
        self.reads = 0
        self.read_at: list[float] = []
        self.again_s: int | None = None
        """What it says in Retry-After."""
        self.decides_after_reads = 2

    async def create_coordination(
        self, body: LcmCoordRequest
    ) -> Created[LcmCoord] | Accepted[None]:
        if self.problems:
            raise self.problems.pop(0)
        self.asked.append(body)
        path = f"{ROOT}/{len(self.asked)}"
        if self.nowhere:
            return Accepted(None)
        return (
            Accepted(path, None, self.again_s)
            if self.slowly
            else Created(path, self.said(len(self.asked)))
        )

    async def get_coordination(self, coordination_id: str) -> Entry[LcmCoord] | Accepted[None]:
        if self.problems:
            raise self.problems.pop(0)
        if not coordination_id.isdecimal() or int(coordination_id) > len(self.asked):
            raise NotFound(f"There is no coordination {coordination_id}.")
        self.reads += 1
        self.read_at.append(time.monotonic())
        if self.reads < self.decides_after_reads:
            return Accepted(None, None, self.again_s)
        said = self.said(int(coordination_id))
        return Entry(coordination_id, said, encode(said), '"1"')

    async def cancel_coordination(self, coordination_id: str) -> Accepted[None]:
        if coordination_id in self.cancelled:
            raise Conflict("It is cancelled already.")
        self.cancelled.append(coordination_id)
        return Accepted(f"{ROOT}/{coordination_id}")

    def said(self, number: int) -> LcmCoord:
        """The answer to a question."""
        body = self.asked[number - 1]
        apps = tuple(TerminateApp(app_instance_id=id_) for id_ in self.select(body))
        return LcmCoord(
            id=str(number),
            coordination_result=self.result,
            app_instance_id=body.app_instance_id,
            app_lcm_op_occ_id=body.app_lcm_op_occ_id,
            lcm_operation_type=body.lcm_operation_type,
            coordination_action_name=body.coordination_action_name,
            output_params=SelectAppsOutput(terminate_apps=apps),
            links=msgspec.structs.replace(body.links),
        )

    async def serve(self, socket: Path, nursery: Nursery) -> HttpServer:
        """Serve on a Unix socket."""
        element = Element(
            title="oss",
            apis=(self,),
            authoriser=SandboxAuthoriser(),
            clock=SystemClock(),
            new_id=CountedIds("request"),
        )
        server = HttpServer(element, nursery=nursery)
        await server.listen_unix(socket)
        return server


def first_option(body: LcmCoordRequest) -> Sequence[str]:
    """Select what is suggested first."""
    return body.input_params.termination_options[0].app_inst_id_termination_cands
