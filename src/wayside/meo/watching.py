"""Watches the hosts: what changes there is heard at once, a host that is back is looked at whole.

One request waits at each host; the news goes to whoever waits for it, and idle instances are
brought in line. Never begins anything on a host.
"""

import logging

from wayside.chassis.backoff import Backoff
from wayside.chassis.reconcile import Reconciler
from wayside.core.clock import Clock, Nanoseconds
from wayside.core.errors import Forbidden, NotFound
from wayside.core.tasks import Nursery
from wayside.refpoints.changes import HostChanges

from .agreement import Agreement
from .follow import AWAY
from .news import News
from .topology import Host, Topology

WAIT_S = 5
"""How long a request waits at a host; less than what clients allow an answer to take."""
WHOLE_EVERY_S = 300.0
"""Everything is compared this often, whatever was heard."""
UNTOLD_EVERY_S = 60.0
"""The same for a host whose manager does not tell what changes."""
RESTLESS_S = 0.2
"""How often a manager is asked that answers at once though it has nothing to tell."""
SILENT_S = 10.0
"""A host that has not answered for so long is shown as silent."""

log = logging.getLogger(__name__)


class HostWatch:
    """The eye on one host."""

    def __init__(self, host: Host, agreement: Agreement, news: News, clock: Clock) -> None:
        self._host = host
        self._agreement = agreement
        self._news = news
        self._clock = clock
        self._backoff = Backoff(longest_s=5.0)
        self._mark: str | None = None
        self._compared = self._heard = clock.monotonic()
        self._failures = 0
        self._silent = True
        """Whether it may be shown as silent: from before a restart, too."""

    async def look(self) -> float:
        """Wait for news and see to it; return the seconds until the next look."""
        host_id, began = self._host.site.host_id, self._clock.monotonic()
        try:
            told = await self._host.changes.get_changes(after=self._mark, wait_s=WAIT_S)
            await self._is_back()
            await self._see_to(told)
        except AWAY as problem:
            self._mark = None  # Whatever comes next, the whole host is looked at.
            self._news.lost(host_id)
            return await self._is_away(problem.detail)
        except (NotFound, Forbidden) as refusal:
            log.info("the manager of %s does not tell what changes: %s", host_id, refusal.detail)
            await self._agreement.with_host(self._host)
            return UNTOLD_EVERY_S
        waited = self._clock.monotonic() - began >= WAIT_S / 2
        return 0.0 if waited or not told.complete or told.app_instances else RESTLESS_S

    async def _see_to(self, told: HostChanges) -> None:
        if told.complete and self._clock.monotonic() - self._compared < WHOLE_EVERY_S:
            self._news.tell(*told.app_lcm_op_occs)
            for id_ in told.app_instances:
                await self._agreement.with_instance(self._host, id_)
        else:
            self._news.tell_everybody()
            await self._agreement.with_host(self._host)
            self._compared = self._clock.monotonic()
        self._mark = told.mark

    async def _is_back(self) -> None:
        host_id = self._host.site.host_id
        self._news.heard(host_id)
        if self._failures:
            log.info("the host %s answers", host_id)
        self._failures = 0
        self._heard = self._clock.monotonic()
        if self._silent:
            await self._agreement.heard(host_id)
            self._silent = False

    async def _is_away(self, why: str) -> float:
        self._failures += 1
        if self._failures == 1:
            log.warning("the host %s is away: %s", self._host.site.host_id, why)
        silent_s = self._clock.monotonic() - self._heard
        if silent_s >= SILENT_S:
            self._silent = True
            since = Nanoseconds(self._clock.now() - round(silent_s * 1e9))
            await self._agreement.silent(self._host.site.host_id, since)
        return self._backoff.wait_s(self._failures)


class Watch:
    """The eye on all hosts."""

    def __init__(
        self, topology: Topology, agreement: Agreement, news: News, *, clock: Clock,
        nursery: Nursery,
    ) -> None:  # fmt: skip
        self._topology = topology
        self._agreement = agreement
        self._clock = clock
        self._loops = [
            Reconciler(
                clock,
                nursery,
                every_s=UNTOLD_EVERY_S,
                work=HostWatch(host, agreement, news, clock).look,
                name=f"watch on {host.site.host_id}",
            )
            for host in topology.list()
        ]

    async def start(self) -> None:
        """Begin to watch; a host that is no part of the system (any more) is shown as silent.

        Its instances stay as they were known, so that nothing is lost by a mistake in the settings;
        they can be terminated, which asks nobody.
        """
        for host_id in self._agreement.hosts() - self._topology.ids:
            await self._agreement.silent(host_id, self._clock.now())
        for loop in self._loops:
            loop.start()
