"""Mp2 on a real kernel: the standing wish, kept in step with what the host's namespace does.

Never answers a name itself (``dns`` does) and never decides which rules are in force.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from wayside.core.errors import Problem
from wayside.refpoints.mp2 import NameRecord, RuleKey, SteeringRule, Target
from wayside.refpoints.n3 import N3Side

from .access import Access
from .apply import Kernel
from .carrying import checked
from .dns import DnsServer
from .packets import Packet
from .plan import Plan
from .relaying import Relaying
from .telling import tell
from .tunnels import AppTunnel, table_of
from .walk import NORMAL, Verdict, walk
from .wishes import NOTHING, Before, Wish, read_tags

log = logging.getLogger(__name__)

WATCH_S = 0.5
"""How often it is looked whether the tunnel relay runs, and whether it has more than it needs: a
tunnel stays as long at most after its last rule."""


@dataclass(frozen=True)
class DataPlaneSettings:
    """Where transit traffic comes in."""

    device_interfaces: tuple[str, ...]
    """The host's network devices towards cells, where devices' packets arrive."""
    uplink_interfaces: tuple[str, ...] = ()
    """Those towards the core, where the answers arrive. Neither list names an instance's device
    or that of operation and maintenance: what comes in there is never steered."""
    namespace: str | None = None
    """The network namespace to work in; None: the one this process is in."""
    n3: tuple[N3Side, ...] = ()
    """The links on which devices' packets are in GTP-U; their tunnel devices are among
    ``device_interfaces``."""
    tunnel_source: str | None = None
    """The host's address in the tunnels to instances; None: there are none."""

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Every device that transit traffic comes in by."""
        return self.device_interfaces + self.uplink_interfaces

    @property
    def access(self) -> Access:
        """The same, as the plan needs it."""
        return Access(self.n3, self.tunnel_source, self.uplink_interfaces)


class KernelDataPlane:
    """Mp2 by nftables and policy routes. Port: ``Mp2``.

    The first wish after construction is put into force whole, over what a former process left;
    later ones change only what they touch. Calls to the kernel take about 0.1 ms and are made in
    the loop: a thread would cost more. What the tunnel relay is asked for takes longer and is
    waited for in a thread; then the others wait for their turn.
    """

    simulated = False

    def __init__(
        self,
        settings: DataPlaneSettings,
        names: DnsServer,
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._names = names
        self._kernel = Kernel(
            settings.interfaces,
            uplinks=settings.uplink_interfaces,
            namespace=settings.namespace,
            now_s=now_s,
        )
        self._relaying = Relaying(settings.namespace)
        self._turn = asyncio.Lock()
        self._kernel.prepare()
        self._generation = self._kernel.generation()
        self._plan = self._empty()
        self._in_step = False
        """Whether the kernel holds exactly ``_plan``; if not, the next wish rebuilds it."""

    @property
    def plan(self) -> Plan:
        """The plan in force; to be read only."""
        return self._plan

    @property
    def generation(self) -> int:
        """The generation in force; starts anywhere, and grows by one with each change."""
        return self._generation

    def counters(self) -> Mapping[str, int]:
        """Return packets since the tables were made, by what became of them."""
        return self._kernel.counters()

    def walk(self, packet: Packet) -> Verdict:
        """Return where the first packet of a flow with this header goes, by the plan."""
        interface = packet.in_interface
        if interface is not None and interface not in self._settings.interfaces:
            return NORMAL
        return walk(self._plan, packet)

    async def replace(
        self, rules: Sequence[SteeringRule], tags: Mapping[str, Sequence[str]] | None = None
    ) -> int:
        """Make ``rules`` all that is steered; return the generation. See ``Mp2``."""
        return await self._apply(Wish.whole(self._plan, rules, tags or {}))

    async def change(
        self,
        *,
        put: Sequence[SteeringRule] = (),
        remove: Sequence[RuleKey] = (),
        tags: Mapping[str, Sequence[str] | None] | None = None,
    ) -> int:
        """Add or replace ``put``, take away ``remove``; return the generation. See ``Mp2``."""
        return await self._apply(Wish(put, remove, read_tags(tags or {})))

    async def name(self, records: Sequence[NameRecord]) -> None:
        """Make ``records`` all the names that the host's DNS answers itself."""
        self._names.replace(records)

    def remove(self) -> None:
        """Take everything out of the kernel that this data plane put there."""
        self._kernel.remove()
        self._relaying.end()
        self._plan, self._in_step = self._empty(), False

    async def watch(self) -> None:
        """Start the tunnel relay again whenever it ends, and have it drop what no rule needs.

        Returns only when cancelled.
        """
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                async with self._turn:
                    await self._carry(_targets(self._plan))
                if self._relaying.is_needed:
                    await asyncio.to_thread(self._relaying.renew)
            except Problem as problem:  # the next look tries again
                log.warning("%s", problem.detail)

    def close(self) -> None:
        """Let go of the kernel; rules and relay stay in force for the next process."""
        self._kernel.close()

    async def _apply(self, wish: Wish) -> int:
        async with self._turn:
            await self._carry_also(wish.put)
            before = wish.before(self._plan)
            try:
                self._plan.change(put=wish.put, remove=wish.remove, tags=wish.tags)
                news = self._plan.conflicts.take_news()
                self._put_into_force(wish.put)
            except Problem:
                self._undo(before)
                raise
            tell(news)
            return self._generation

    async def _carry_also(self, put: Sequence[SteeringRule]) -> None:
        """Have the relay do what rules need that are not in force yet: they must be sound."""
        targets = [target for steering in put for target in steering.targets if target.tunnel]
        for steering in put if targets else ():
            checked(steering, self._plan.access)
        await self._carry([*targets, *_targets(self._plan)], also=self._relaying.table.tunnels)

    async def _carry(self, targets: Iterable[Target], also: Sequence[AppTunnel] = ()) -> None:
        """Have the relay carry to ``targets``, and in the tunnels ``also``; in a thread."""
        table = table_of(self._plan.access, targets)
        tunnels = tuple(dict.fromkeys((*table.tunnels, *also)))
        table = msgspec.structs.replace(table, tunnels=tunnels)
        if not self._relaying.obeys(table):
            await asyncio.to_thread(self._relaying.tell, table)

    def _put_into_force(self, put: Sequence[SteeringRule]) -> None:
        if self._in_step:
            targets = dict.fromkeys(target for steering in put for target in steering.targets)
            self._kernel.put_routes(self._plan, list(targets))
            if self._plan.is_settled:
                return
            delta = self._plan.take_delta()
            self._in_step = self._kernel.change(self._plan, delta, self._generation + 1)
            if not self._in_step:
                self._plan = NOTHING.again(self._plan, half=self._kernel.next_half)
        if not self._in_step:
            self._kernel.rebuild(self._plan, self._generation + 1)
            self._plan.settle()
        self._in_step = True
        self._generation += 1

    def _empty(self) -> Plan:
        """Return a plan without rules that may take the place of what the kernel holds."""
        return Plan(access=self._settings.access, half=self._kernel.next_half)

    def _undo(self, before: Before) -> None:
        """Return the plan to what the kernel still holds; its numbers may differ from now on."""
        if self._in_step and self._plan.is_settled and before.still_holds(self._plan):
            return
        self._plan = before.again(self._plan, half=self._kernel.next_half)
        self._plan.take_delta()
        self._plan.conflicts.take_news()
        self._in_step = False


def _targets(plan: Plan) -> list[Target]:
    return [target for _, target in plan.targets()]
