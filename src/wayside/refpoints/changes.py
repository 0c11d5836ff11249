"""News of instances and operations, held back until there is some: declared once for Mm3 and Mm9.

Never serves: each MEPM does on Mm3, the MEO on Mm9.
"""

from wayside.core.operations import Api, get
from wayside.core.wire import Wire


class HostChanges(Wire):
    """What has changed since a mark, on a host or, at the MEO, in the system."""

    mark: str
    """What to ask after the next time."""
    complete: bool
    """False where the mark is of another run of the manager, or too old: anything may have changed,
    and the lists below say nothing."""
    app_instances: tuple[str, ...] = ()
    """Instances that are in another state, reached elsewhere, or no more."""
    app_lcm_op_occs: tuple[str, ...] = ()
    """Operations that have ended, for good or for now."""


class Changes(
    Api,
    name="wayside_changes",
    version="v1",
    spec="Ours",
    title="What changes",
):
    """News of instances and operations, held back until there is some."""

    @get(
        "/changes",
        clause="Ours: beside the subscriptions of MEC 010-2 clause 7.4.3, which need a callback",
        scope="wayside_changes:read",
    )
    async def get_changes(self, *, after: str | None = None, wait_s: int = 0) -> HostChanges:
        """Return what has changed since the mark ``after``: at once, or once there is something.

        After ``wait_s`` seconds (30 at most) without a change it answers with none. What is named
        is to be read anew; nothing else is said of it.
        """
        raise NotImplementedError
