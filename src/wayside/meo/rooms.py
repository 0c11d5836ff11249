"""Room for an instance that no host has room for: who might end, who does, and that they end.

Joins the planner's options, the question to the OSS and the terminations; each is done elsewhere.
Ref: MEC 010-2 clause 5.5.1.
"""

from wayside.core.errors import Conflict
from wayside.core.wire import Wire
from wayside.model.app_lcm import InstantiateAppRequest
from wayside.model.appd import AppD
from wayside.model.coordination import WaysideCoordinationState
from wayside.model.overrides import overridden

from .making_room import RoomMaker
from .placement.demands import requirements_of
from .placement.plan import NoHost
from .placement.room import Claim, Room, least_lacking, room_for
from .placing import Placer
from .wayside_coordination.asking import Asking
from .wayside_coordination.logic import option_of
from .wayside_coordination.questions import Questions


class Shortage(Wire):
    """That no host has room for an instance, and the question that is asked for that."""

    app_lcm_op_occ_id: str
    coordination_id: str
    detail: str
    """Why no host will do as it is."""
    short_of_room: tuple[str, ...]
    """The hosts that would do with more room."""


class Rooms:
    """What the saga of an instantiation needs to have room made."""

    def __init__(
        self, placer: Placer, *, questions: Questions, asking: Asking, maker: RoomMaker,
        suggests: bool,
    ) -> None:  # fmt: skip
        self._placer = placer
        self._questions = questions
        self._asking = asking
        self._maker = maker
        self._suggests = suggests

    def may_be_made(self, request: InstantiateAppRequest, shortage: NoHost) -> bool:
        """Tell whether some host would do with more room, and others may be ended for that."""
        named = request.app_term_cands_for_coord is not None
        return bool(shortage.short_of_room) and (named or self._suggests)

    async def ask(self, short: Shortage, app_d: AppD, request: InstantiateAppRequest) -> None:
        """Return when the question is answered with CONTINUE; what was asked is not asked anew.

        Raises Conflict where no candidate would make room, and what ``Asking.answer`` raises.
        """
        asked = self._questions.find(short.coordination_id)
        if asked is None:
            room = await self._room(short.short_of_room, app_d, request)
            asked = await self._asking.note(short.coordination_id, short.app_lcm_op_occ_id, room)
        if asked.state is WaysideCoordinationState.FUTILE:
            raise Conflict(f"{short.detail} {asked.explanation}")
        await self._asking.answer(asked)

    async def withdraw(self, coordination_id: str) -> None:
        """Have the question not be answered any more; nothing to do where it was not asked."""
        asked = self._questions.find(coordination_id)
        if asked is not None:
            await self._asking.withdraw(asked)

    def claim(self, coordination_id: str) -> Claim | None:
        """Return the room that those who were selected leave; None where none was selected."""
        asked = self._questions.get(coordination_id)
        if not asked.terminate_apps:
            return None
        option = option_of(asked, asked.terminate_apps)
        return Claim(option.host_id, option.app_inst_id_termination_cands)

    async def clear(self, coordination_id: str) -> None:
        """Return when those who were selected have ended; raise Conflict where one does not."""
        asked = self._questions.get(coordination_id)
        await self._maker.end(asked.terminate_apps, for_op_occ_id=asked.app_lcm_op_occ_id)

    async def _room(
        self, short_of_room: tuple[str, ...], app_d: AppD, request: InstantiateAppRequest
    ) -> Room:
        wanted = requirements_of(overridden(app_d, request), request)
        field = await self._placer.survey()
        known = filter(None, (field.find(host_id) for host_id in short_of_room))
        heard = [offer for offer in known if offer.capacity is not None]
        tenants = self._placer.tenants
        named = request.app_term_cands_for_coord
        if named is None:
            heard = least_lacking(wanted.amount, heard)
            sets = [tenants.on(offer.site.host_id) for offer in heard]
        else:
            sets = [each.app_inst_id_termination_cands for each in named.termination_options]
        candidates = {id_: tenants.get(id_, wanted) for each in sets for id_ in each}
        room = room_for(wanted.amount, heard, sets=sets, tenants=candidates)
        return room if named is not None else room.told_of_suggested()
