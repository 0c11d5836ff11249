"""The operations of multi-access traffic steering. Ref: MEC 015 V2.2.1 clause 9.

Never decides: each operation sees that the caller asks for itself, and hands on.
"""

from wayside.chassis.query import require_one_filter
from wayside.core.authorisation import Caller, require_own, speaks_for
from wayside.core.ids import AppInstanceId
from wayside.core.operations import Api, delete, get, post, put
from wayside.core.replies import Created, Entry
from wayside.core.requests import IfMatch
from wayside.refpoints.hosting import Instances

from .book import SessionBook
from .model import MtsCapabilityInfo, MtsSessionInfo

READ, WRITE = "mts:read", "mts:write"
ROOT = "/mts/v1"


class TrafficSteering(
    Api, name="mts", version="v1", spec="MEC 015 V2.2.1", title="Multi-access traffic steering"
):
    """Sessions whose packets take the access network that fits them."""

    def __init__(self, book: SessionBook, instances: Instances) -> None:
        self._book = book
        self._instances = instances

    @get("/mts_capability_info", clause="9.3.3.1", scope=READ)
    async def get_mts_capability_info(self) -> MtsCapabilityInfo:
        """Return the host's access networks as they are now, and the modes that it can do."""
        return self._book.capability()

    @get("/mts_sessions", clause="9.4.3.1", scope=READ)
    async def list_mts_sessions(
        self,
        *,
        app_instance_id: tuple[str, ...] = (),
        app_name: tuple[str, ...] = (),
        session_id: tuple[str, ...] = (),
        caller: Caller | None = None,
    ) -> tuple[MtsSessionInfo, ...]:
        """List the sessions of some instances or applications, some sessions, or all the caller's.

        The filters exclude each other.
        """
        require_one_filter(
            app_instance_id=app_instance_id, app_name=app_name, session_id=session_id
        )
        return tuple(
            entry.value
            for entry in self._book.all()
            if speaks_for(caller, entry.value.app_ins_id)
            and (not app_instance_id or entry.value.app_ins_id in app_instance_id)
            and (not app_name or entry.value.app_name in app_name)
            and (not session_id or entry.id in session_id)
        )

    @post("/mts_sessions", clause="9.4.3.4", scope=WRITE, errors=(404,))
    async def create_mts_session(
        self, body: MtsSessionInfo, caller: Caller | None = None
    ) -> Created[MtsSessionInfo]:
        """Begin to steer an instance's packets, or some flows of it, towards devices.

        When this is answered, packets obey; ``waysideSteering`` says where they go. 403 where the
        access networks do not give what is asked, and where packets are another session's.
        """
        require_own(caller, body.app_ins_id, "appInsId")
        app = self._present(body)
        entry = await self._instances.in_turn(app, self._book.create(body))
        return Created(f"{ROOT}/mts_sessions/{entry.id}", entry)

    @get("/mts_sessions/{sessionId}", clause="9.5.3.1", scope=READ)
    async def get_mts_session(
        self, session_id: str, caller: Caller | None = None
    ) -> Entry[MtsSessionInfo]:
        """Read a session, and where its packets go now."""
        return self._own(session_id, caller)

    @put("/mts_sessions/{sessionId}", clause="9.5.3.2", scope=WRITE, errors=(412,))
    async def replace_mts_session(
        self,
        session_id: str,
        body: MtsSessionInfo,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[MtsSessionInfo]:
        """Replace a session whole; when this is answered, packets obey. 403 as for a new one."""
        app = self._present(self._own(session_id, caller).value)
        return await self._instances.in_turn(
            app, self._book.replace(session_id, body, if_match=if_match)
        )

    @delete("/mts_sessions/{sessionId}", clause="9.5.3.5", scope=WRITE)
    async def delete_mts_session(self, session_id: str, caller: Caller | None = None) -> None:
        """End a session; its packets go where the routes lead."""
        self._own(session_id, caller)
        await self._book.delete(session_id)

    def _own(self, session_id: str, caller: Caller | None) -> Entry[MtsSessionInfo]:
        entry = self._book.get(session_id)
        require_own(caller, entry.value.app_ins_id, "sessionId")
        return entry

    def _present(self, info: MtsSessionInfo) -> AppInstanceId:
        self._instances.require_present(info.app_ins_id)
        return AppInstanceId(info.app_ins_id)
