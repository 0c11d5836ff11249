"""The hands on the kernel: a plan put into force in a host's namespace, and read back.

Every call blocks for about as long as the kernel needs: 0.1 ms for one rule. Never decides which
rule wins, and never touches tables or routes that are not the data plane's.
"""

import logging
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from wayside.core.errors import Unavailable
from wayside.linux import netns
from wayside.linux.nftables import Nft, NftFailed
from wayside.linux.rtnetlink import PolicyRoutes
from wayside.refpoints.mp2 import Target

from . import nft
from .groups import Delta
from .plan import Plan
from .tables import FIXED, FORWARD_BIT, TABLE, VERSIONS, install, remove

TOO_LONG = "Message too long"
"""What is said of a transaction larger than the socket's buffer, which only root may enlarge."""

log = logging.getLogger(__name__)

PREFERENCE = 1000
"""Of our ``ip rule`` entries: after the local table, before the main one."""

RETURN_PATH = "net.ipv4.conf.{device}.rp_filter"
"""Steered answers come from where the route to the asked address does not lead. Even the loose
check (2) drops what comes from a device without an address, as instances' may be."""

SYSCTLS = (
    (RETURN_PATH.format(device="all"), "0"),
    (RETURN_PATH.format(device="default"), "0"),
    # A flow that is moved to another end goes on with sequence numbers that nobody saw start.
    ("net.netfilter.nf_conntrack_tcp_be_liberal", "1"),
)


class Kernel:
    """One namespace's packet filter and policy routes, as far as they are the data plane's.

    ``interfaces`` are the devices that transit traffic comes in by, ``uplinks`` those of them
    towards the core; ``namespace`` None is the caller's own.
    """

    def __init__(
        self,
        interfaces: Sequence[str],
        *,
        uplinks: Sequence[str] = (),
        namespace: str | None = None,
    ) -> None:
        self._interfaces = tuple(interfaces)
        self._uplinks = tuple(uplinks)
        self._namespace = namespace
        self._nft = Nft(namespace)
        self._routes = PolicyRoutes(namespace, preference=PREFERENCE)
        self._held = nft.Held()
        self._stale: dict[int, Target] = {}
        self._indexes: dict[str, int] = {}

    def prepare(self) -> None:
        """Set what the namespace must allow for steering; logs what it may not set."""
        for key, value in SYSCTLS:
            self._allow(key, value)

    def generation(self) -> int:
        """Return the generation to go on from: what a former process left in force, or any.

        Any, because connections may still carry a mark of tables that were removed.
        """
        try:
            text = self._nft.run(f"list chain inet {TABLE} refresh")
        except NftFailed:
            text = ""
        found = re.search(r"ct mark set .*0x([0-9a-f]{4})0000", text)
        return int(found[1], 16) if found else secrets.randbelow(nft.STAMP_MAX)

    def rebuild(self, plan: Plan, generation: int) -> None:
        """Put all of ``plan`` into force at one instant, whatever was there before.

        A target whose device is not there is logged: its traffic goes the normal way until then.
        """
        for number, target in plan.targets():
            try:
                self._put_route(number, target)
            except Unavailable as fault:
                log.warning("no route to %s: %s", target.address, fault.detail)
        present = self._maps()
        epoch = max((int(name[1:].partition("_")[0]) for name in present), default=0) + 1
        for text in nft.fill(plan, epoch):
            self._nft.run(text)
        whole = nft.rebuild(plan, generation, epoch=epoch, indexes=self._indexes, present=present)
        self._nft.run(install(self._interfaces, self._uplinks) + whole)
        self._held, self._stale = nft.Held(epoch), {}
        wanted = {FORWARD_BIT | number for number, _ in plan.targets()}
        for version in VERSIONS:
            for mark in self._routes.marks(version):
                if mark not in wanted:
                    self._routes.drop(mark, version=version)

    def change(self, plan: Plan, delta: Delta, generation: int) -> None:
        """Put what changed into force in one transaction, after ``put_routes`` for new targets.

        Raises NftFailed where the kernel refuses; then the old plan is still in force, and
        ``rebuild`` is the way on.
        """
        text = nft.change(plan, delta, generation, indexes=self._indexes, held=self._held)
        try:
            self._nft.run(text)
        except NftFailed as fault:
            if TOO_LONG not in fault.detail:
                raise
            self.rebuild(plan, generation)
            return
        for number, target in self._stale.items():
            if plan.target(number) is None:
                self._drop_route(number, target)
        # A packet that was marked before this transaction may still ask for its route.
        self._stale = {
            number: was
            for number, was in delta.targets.items()
            if was is not None and plan.target(number) is None
        }

    def put_routes(self, plan: Plan, targets: Sequence[Target]) -> None:
        """Make the routes to targets of ``plan``, new or not: a device made again has lost them.

        Raises Unavailable where a device is not there.
        """
        known = dict(self._indexes)
        for target in targets:
            self._put_route(plan.target_number(target), target)
        now = self._indexes
        if any(known.get(each.device, now[each.device]) != now[each.device] for each in targets):
            # Copying rules name a device by number, and the number is another now.
            self._nft.run("\n".join(nft.copies(plan, self._indexes)) + "\n")

    def counters(self) -> dict[str, int]:
        """Return packets since the tables were made, by what became of them."""
        try:
            text = self._nft.run(f"list counters table inet {TABLE}")
        except NftFailed:
            return {}
        found = re.findall(r"counter (\w+) \{\s+packets (\d+)", text)
        return {name: int(packets) for name, packets in found}

    def remove(self) -> None:
        """Take our tables and policy routes away; everything goes the normal way from then on."""
        self._nft.run(remove())
        for version in VERSIONS:
            for mark in self._routes.marks(version):
                self._routes.drop(mark, version=version)
        self._held, self._stale = nft.Held(self._held.epoch), {}

    def close(self) -> None:
        """Let go of the kernel; what is in force stays in force."""
        self._nft.close()
        self._routes.close()

    def _maps(self) -> list[str]:
        """Return the names of the maps of our table that follow the plan."""
        try:
            text = self._nft.run(f"list table inet {TABLE}")
        except NftFailed:
            return []
        return [name for name in re.findall(r"^\tmap (\w+) \{", text, re.M) if name not in FIXED]

    def _put_route(self, number: int, target: Target) -> None:
        known = self._indexes.pop(target.device, None)
        index = self._routes.put(FORWARD_BIT | number, gateway=target.address, device=target.device)
        if index != known:
            self._allow(RETURN_PATH.format(device=target.device.replace(".", "/")), "0")
        self._indexes[target.device] = index

    def _allow(self, key: str, value: str) -> None:
        try:
            if self._namespace is not None:
                netns.set_sysctls(self._namespace, [(key, value)])
            else:
                parts = (part.replace("/", ".") for part in key.split("."))
                Path("/proc/sys", *parts).write_text(value)
        except OSError as fault:
            log.warning("cannot set %s to %s: %s", key, value, fault)

    def _drop_route(self, number: int, target: Target) -> None:
        self._routes.drop(FORWARD_BIT | number, version=6 if ":" in target.address else 4)
