"""The hands on the kernel: a plan put into force in a host's namespace, and read back.

Every call blocks for about as long as the kernel needs: 0.1 ms for one rule. Never decides which
rule wins, and never touches tables or routes that are not the data plane's.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from wayside.core.errors import Unavailable
from wayside.linux import netns
from wayside.linux.nftables import Nft, NftFailed
from wayside.linux.rtnetlink import PolicyRoutes
from wayside.refpoints.mp2 import Target

from . import nft
from .asking import STAMP_MAX
from .groups import TARGETS, Delta
from .held import Held
from .meanings import copies
from .plan import Plan
from .tables import FORWARD_BIT, TABLE, VERSIONS, install, remove

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
    towards the core; ``namespace`` None is the caller's own. ``now_s`` tells how long what fell out
    of use has rested.
    """

    def __init__(
        self,
        interfaces: Sequence[str],
        *,
        uplinks: Sequence[str] = (),
        namespace: str | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interfaces = tuple(interfaces)
        self._uplinks = tuple(uplinks)
        self._namespace = namespace
        self._nft = Nft(namespace)
        self._routes = PolicyRoutes(namespace, preference=PREFERENCE)
        self._now_s = now_s
        self._held = Held(self._epoch_in_force())
        self._indexes: dict[str, int] = {}

    def prepare(self) -> None:
        """Set what the namespace must allow for steering; logs what it may not set."""
        for key, value in SYSCTLS:
            allow(self._namespace, key, value)

    def generation(self) -> int:
        """Return the generation to go on from: what a former process left in force, or any.

        Any, because connections may still carry a mark of tables that were removed.
        """
        try:
            text = self._nft.run(f"list chain inet {TABLE} refresh")
        except NftFailed:
            text = ""
        found = re.search(r"ct mark set .*0x([0-9a-f]{4})0000", text)
        return int(found[1], 16) if found else secrets.randbelow(STAMP_MAX)

    @property
    def next_half(self) -> int:
        """The half of target numbers that the next plan put into force whole must use."""
        return (self._held.epoch + 1) % len(TARGETS)

    def rebuild(self, plan: Plan, generation: int) -> None:
        """Put all of ``plan``, of the ``next_half``, into force at one instant, whatever was there.

        The maps and routes of before stay, for packets on their way, until a change once they have
        rested.
        A target whose device is not there is logged: its traffic goes the normal way until then.
        """
        for number, target in plan.targets():
            try:
                self._put_route(number, target)
            except Unavailable as fault:
                log.warning("no route to %s: %s", target.address, fault.detail)
        in_force = self._held.epoch
        present = self._maps()
        # What an epoch that is no more, or never came into force, left: nothing asks it.
        resting = self._held.former
        unasked = [each for epoch, each in present if epoch != in_force and each not in resting]
        self._nft.run("".join(f"delete {each}\n" for each in unasked))
        for text in nft.fill(plan, in_force + 1):
            self._nft.run(text)
        whole = nft.rebuild(plan, generation, epoch=in_force + 1, indexes=self._indexes)
        self._nft.run(install(self._interfaces, self._uplinks, epoch=in_force + 1) + whole)
        self._held = Held(in_force + 1, former=resting)
        for epoch, each in present:
            if epoch == in_force:
                resting.put(each, None, self._now_s())
        for route in self._routes_but(number for number, _ in plan.targets()):
            self._held.routes.put(route, None, self._now_s())

    def change(self, plan: Plan, delta: Delta, generation: int) -> bool:
        """Put what changed into force, all of it or nothing, after ``put_routes`` for new targets.

        Returns False where that is too much for one transaction, and raises NftFailed where the
        kernel refuses; then the old plan is still in force, and ``rebuild`` is the way on.
        """
        now_s = self._now_s()
        rested = self._held.take_rested(now_s)
        steps = nft.change(
            plan,
            delta,
            generation,
            indexes=self._indexes,
            held=self._held,
            rested=rested,
            now_s=now_s,
        )
        try:
            for text in steps:
                self._nft.run(text)
        except NftFailed as fault:
            if TOO_LONG not in fault.detail:
                raise
            return False
        gone = ((number, was) for number, was in rested.targets.items() if was is not None)
        routes = [(number, 6 if ":" in was.address else 4) for number, was in gone]
        for number, version in (*routes, *rested.routes):
            if plan.target(number) is None:
                self._routes.drop(FORWARD_BIT | number, version=version)
        plan.let_go(rested.outcomes, rested.targets)
        return True

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
            self._nft.run("\n".join(copies(plan, self._indexes)) + "\n")

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
        for number, version in self._routes_but(()):
            self._routes.drop(FORWARD_BIT | number, version=version)
        self._held = Held(self._held.epoch)

    def close(self) -> None:
        """Let go of the kernel; what is in force stays in force."""
        self._nft.close()
        self._routes.close()

    def _epoch_in_force(self) -> int:
        """Return the epoch whose maps the verdicts ask; 0 where there are none."""
        try:
            text = self._nft.run(f"list chain inet {TABLE} verdicts")
        except NftFailed:
            return 0
        found = re.search(r"@e(\d+)_", text)
        return int(found[1]) if found else 0

    def _maps(self) -> list[tuple[int, str]]:
        """Return what is named by an epoch in our table: the epoch, and how nft names it."""
        try:
            text = self._nft.run(f"list table inet {TABLE}")
        except NftFailed:
            return []
        return [
            (int(epoch), f"{kind} inet {TABLE} {name}")
            for kind, name, epoch in re.findall(r"^\t(map|set) (e(\d+)_\w+) \{", text, re.M)
        ]

    def _routes_but(self, wanted: Iterable[int]) -> set[tuple[int, int]]:
        """Return number and IP version of the routes to other targets than these numbers'."""
        marks = {FORWARD_BIT | number for number in wanted}
        return {
            (mark & ~FORWARD_BIT, version)
            for version in VERSIONS
            for mark in self._routes.marks(version)
            if mark not in marks
        }

    def _put_route(self, number: int, target: Target) -> None:
        known = self._indexes.pop(target.device, None)
        index = self._routes.put(FORWARD_BIT | number, gateway=target.address, device=target.device)
        if index != known:
            allow(self._namespace, RETURN_PATH.format(device=target.device.replace(".", "/")), "0")
        self._indexes[target.device] = index


def allow(namespace: str | None, key: str, value: str) -> None:
    """Set what a namespace must allow for steering; logs what may not be set."""
    try:
        if namespace is not None:
            netns.set_sysctls(namespace, [(key, value)])
        else:
            parts = (part.replace("/", ".") for part in key.split("."))
            Path("/proc/sys", *parts).write_text(value)
    except OSError as fault:
        log.warning("cannot set %s to %s: %s", key, value, fault)
