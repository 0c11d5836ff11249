"""What changes of instances and operations, told to whoever waits for it.

Never keeps anything: a mark is good for one run of the element, and the newest changes only.
"""

import asyncio
import re
from collections import deque
from typing import NamedTuple

from wayside.core.clock import Clock
from wayside.core.ids import NewId
from wayside.core.tasks import Nursery
from wayside.model.app_lcm import AppInstanceInfo, AppLcmOpOcc, LcmOperationState
from wayside.refpoints import changes
from wayside.refpoints.changes import HostChanges

from .collection import Collection
from .pausing import pause

MARK = re.compile(r"(?P<run>.+)\.(?P<number>[0-9]{1,18})")
KEPT_MAX = 1_000
WAIT_S_MAX = 30
WORKING = (LcmOperationState.STARTING, LcmOperationState.PROCESSING)


class Change(NamedTuple):
    """One change: of an instance, and where an operation ended with it, that operation."""

    number: int
    app_instance_id: str
    op_occ_id: str | None = None


class LcmChanges(changes.Changes):
    """Served beside life cycle management; ``new_id`` names this run of the element."""

    def __init__(
        self,
        instances: Collection[AppInstanceInfo],
        occurrences: Collection[AppLcmOpOcc],
        *,
        new_id: NewId,
        clock: Clock,
        nursery: Nursery,
    ) -> None:
        self._clock = clock
        self._nursery = nursery
        self._run = new_id()
        self._number = 0
        self._kept: deque[Change] = deque(maxlen=KEPT_MAX)
        self._news = asyncio.Event()
        self._closed = False
        instances.watch(self._instance_changed)
        occurrences.watch(self._operation_changed)

    async def get_changes(self, *, after: str | None = None, wait_s: int = 0) -> HostChanges:
        """Return what has changed since."""
        since = self._number_of(after)
        if since == self._number and wait_s > 0:
            seconds = min(wait_s, WAIT_S_MAX)
            await pause(self._clock, self._nursery, seconds, until=self._news)
        return self._told(since)

    def close(self) -> None:
        """Answer whoever waits, and have nobody wait any more."""
        self._closed = True
        self._news.set()

    def _number_of(self, mark: str | None) -> int | None:
        """Return the number in a mark of this run; None for any other."""
        found = MARK.fullmatch(mark or "")
        if found is None or found["run"] != self._run or int(found["number"]) > self._number:
            return None
        return int(found["number"])

    def _told(self, since: int | None) -> HostChanges:
        mark = f"{self._run}.{self._number}"
        if since is None or since < self._number - len(self._kept):
            return HostChanges(mark=mark, complete=False)
        new = [change for change in self._kept if change.number > since]
        return HostChanges(
            mark=mark,
            complete=True,
            app_instances=tuple(dict.fromkeys(each.app_instance_id for each in new)),
            app_lcm_op_occs=tuple(each.op_occ_id for each in new if each.op_occ_id is not None),
        )

    def _instance_changed(
        self, before: AppInstanceInfo | None, after: AppInstanceInfo | None
    ) -> None:
        info = after or before
        if info is not None and before is not None:
            self._note(info.id)

    def _operation_changed(self, before: AppLcmOpOcc | None, after: AppLcmOpOcc | None) -> None:
        if after is not None and after.operation_state not in WORKING:
            self._note(after.app_instance_id, after.id)

    def _note(self, app_instance_id: str, op_occ_id: str | None = None) -> None:
        self._number += 1
        self._kept.append(Change(self._number, app_instance_id, op_occ_id))
        if not self._closed:
            self._news.set()
            self._news = asyncio.Event()
