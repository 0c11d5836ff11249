"""Brings what Mm1 shows of instances in line with what their hosts have.

A host is right about what runs there: an instance that it has stopped, moved or ended without the
orchestrator's doing is shown so, and who subscribed is told. Never touches an instance that an
operation works on, and nothing on a host but the name of what has ended there.
"""

import logging
from collections.abc import Set
from contextlib import suppress

from wayside.core.clock import Nanoseconds
from wayside.core.errors import Conflict, NotFound
from wayside.core.ids import AppInstanceId
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import AppInstanceInfo, LcmOperationState
from wayside.model.common import TimeStamp

from .books import Books, Placed
from .topology import Host

log = logging.getLogger(__name__)


class Agreement:
    """Looks at hosts and corrects the books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def with_host(self, host: Host) -> None:
        """Have all instances on the host shown as it shows them; raise where it is away."""
        page = await host.mm3.list_app_instances(ListQuery(all_fields=True))
        there = {entry.value.id: entry.value for entry in page.entries}
        for entry in self._books.placements.list(host_id=host.site.host_id):
            if self._differs(entry.value, there.get(entry.value.host_instance_id)):
                await self._correct(host, entry.value)

    async def with_instance(self, host: Host, host_instance_id: str) -> None:
        """Have one instance on the host shown as it shows it; raise where it is away."""
        here = {"host_id": host.site.host_id, "host_instance_id": host_instance_id}
        for entry in self._books.placements.list(**here):
            if self._rests(entry.value):
                there = await _instance(host, host_instance_id)
                if self._differs(entry.value, there):
                    await self._correct(host, entry.value)

    def hosts(self) -> Set[str]:
        """Return the identifiers of the hosts that instances are placed on."""
        return {entry.value.host_id for entry in self._books.placements.list()}

    async def silent(self, host_id: str, at: Nanoseconds) -> None:
        """Have it shown that the host does not answer, since ``at`` unless it was so before."""
        await self._note(host_id, TimeStamp.of(at))

    async def heard(self, host_id: str) -> None:
        """Have it shown no more that the host does not answer."""
        await self._note(host_id, None)

    def _rests(self, placed: Placed) -> bool:
        """Tell whether the instance runs, or did, and nothing works on it."""
        held = self._books.occurrences.open_on(placed.app_instance_id)
        failed = held is not None and held.value.operation_state is LcmOperationState.FAILED_TEMP
        return placed.settled and (held is None or failed)

    def _differs(self, placed: Placed, there: AppInstanceInfo | None) -> bool:
        """Tell whether an instance at rest is shown otherwise than it is."""
        here = self._books.instances.find(placed.app_instance_id)
        if here is None or not self._rests(placed):
            return False
        return shown_as(here.value, there) != here.value

    async def _correct(self, host: Host, placed: Placed) -> None:
        """Ask once more, with the instance kept from others, and write down what differs."""
        with suppress(Conflict), self._books.occurrences.at_rest(placed.app_instance_id):
            there = await _instance(host, placed.host_instance_id)
            if not self._differs(placed, there):
                return
            if there is not None and there.operational_state is None:
                await host.mm3.delete_app_instance(AppInstanceId(there.id))
            await self._show(placed, there)

    async def _show(self, placed: Placed, there: AppInstanceInfo | None) -> None:
        id_, state = placed.app_instance_id, None if there is None else there.operational_state
        log.warning(
            "instance %s is %s on %s, which nobody asked the orchestrator for",
            id_, state or "NOT_INSTANTIATED", placed.host_id,
        )  # fmt: skip
        shown = self._books.instances.modification(id_, lambda here: shown_as(here, there))
        gone = [self._books.placements.deletion(id_)] if state is None else []
        await self._books.store.commit(shown, *gone)

    async def _note(self, host_id: str, at: TimeStamp | None) -> None:
        for entry in self._books.placements.list(host_id=host_id):
            info = self._books.instances.get(entry.id).value
            if info.silent_since(at) != info:
                with suppress(NotFound):  # It may be deleted just now.
                    await self._books.instances.modify(entry.id, lambda now: now.silent_since(at))


def shown_as(here: AppInstanceInfo, there: AppInstanceInfo | None) -> AppInstanceInfo:
    """Return the instance as it is to be shown; ``there`` is what its host shows, None: nothing."""
    state = None if there is None else there.operational_state
    if there is None or state is None:
        return here.moved(None).unplaced()
    placement = there.wayside_placement
    return here.moved(state).reached_at(() if placement is None else placement.addresses)


async def _instance(host: Host, id: str) -> AppInstanceInfo | None:
    try:
        return (await host.mm3.get_app_instance(AppInstanceId(id))).value
    except NotFound:
        return None
