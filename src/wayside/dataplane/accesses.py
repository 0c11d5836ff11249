"""The hand on access networks: marks, policy routes and copies in a host's namespace, read back.

Each change takes some milliseconds, beside the loop. Never decides which access network is better.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Mapping, Sequence, Set

from wayside.core.errors import Problem, Unavailable
from wayside.linux.nftables import Nft, NftFailed
from wayside.linux.rtnetlink import PolicyRoutes
from wayside.model.accesses import AccessPath
from wayside.refpoints.mp2 import AccessChoice, AccessState

from . import paths as text
from .apply import RETURN_PATH, allow
from .probing import Prober

log = logging.getLogger(__name__)

PREFERENCE = 1001
"""Of our ``ip rule`` entries: after those of steering, before the main one."""

RENEW_S = 1.0
NAMES = re.compile(r"^\t(chain|set) (e(\d+)_\w+) \{", re.M)


class KernelAccesses:
    """Access networks chosen by nftables and policy routes. Port: ``Accesses``.

    The first wish takes the place of what a former process left. ``namespace`` None: the one this
    process is in. With two paths or more each is looked at all the time, by echoes.
    """

    simulated = False

    def __init__(self, paths: Sequence[AccessPath], *, namespace: str | None = None) -> None:
        self.paths = tuple(paths)
        self._namespace = namespace
        self._nft = Nft(namespace)
        self._routes = PolicyRoutes(namespace, preference=PREFERENCE)
        self._prober = Prober(self.paths if len(self.paths) > 1 else (), namespace=namespace)
        self._turn = asyncio.Lock()
        self._epoch: int | None = None
        self._choices: tuple[AccessChoice, ...] = ()
        self._indexes: dict[int, int] = {}
        self._away: dict[int, frozenset[str]] = {}

    @property
    def is_settled(self) -> bool:
        """Whether it is known of each how it is; see ``Accesses``."""
        return self._prober.is_settled

    def states(self) -> Mapping[int, AccessState]:
        """Return how each is found to be; see ``Accesses``."""
        return self._prober.states()

    async def steer(self, choices: Sequence[AccessChoice]) -> None:
        """Make ``choices`` all that is enforced; see ``Accesses``."""
        async with self._turn:
            await asyncio.to_thread(self._steer, tuple(choices))

    async def leave(self, away: Mapping[int, Set[str]]) -> None:
        """Have these devices not be reached by these paths; see ``Accesses``."""
        async with self._turn:
            wanted = {
                number: frozenset(away.get(path.id, ()))
                for number, path in enumerate(self.paths, 1)
            }
            if wanted != self._away:
                await asyncio.to_thread(self._leave, wanted)

    async def watch(self) -> None:
        """Look at the paths, and renew what went with a device that was made again.

        Returns only when cancelled.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._prober.watch())
            group.create_task(self._renew())

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                async with self._turn:
                    if self._choices:
                        await asyncio.to_thread(self._renew_once)
            except Problem as problem:  # the next look tries again
                log.warning("%s", problem.detail)

    def remove(self) -> None:
        """Take everything out of the kernel that was put there."""
        self._nft.run(text.remove())
        self._drop_routes(keep=())
        self._choices = ()

    def close(self) -> None:
        """Let go of the kernel; what is in force stays in force."""
        self._nft.close()
        self._routes.close()

    def _renew_once(self) -> None:
        if self._put_routes() != self._indexes:
            self._steer(self._choices)

    def _steer(self, choices: tuple[AccessChoice, ...]) -> None:
        if not choices:
            self.remove()
            return
        self._indexes = indexes = self._put_routes()
        present = {family: self._present(family) for family in text.FAMILIES}
        if self._epoch is None:
            self._epoch = max(
                (epoch for each in present.values() for _, _, epoch in each), default=0
            )
        in_force, epoch = self._epoch, self._epoch + 1
        numbers = range(1, len(self.paths) + 1)
        for family, version in text.FAMILIES.items():
            unasked = [(kind, name) for kind, name, of in present[family] if of != in_force]
            self._nft.run(text.base(family, numbers) + text.drop(family, unasked))
            if not self._choices and family == "ip":
                self._identify()
                self._fill_away()
            there = {
                number: path
                for number, path in enumerate(self.paths, 1)
                if path.version == version and number in indexes
            }
            for each in text.fill(family, choices, there, indexes=indexes, epoch=epoch):
                self._nft.run(each)
            self._nft.run(text.turn(family, choices, epoch=epoch))
        self._epoch, self._choices = epoch, choices

    def _leave(self, wanted: dict[int, frozenset[str]]) -> None:
        before, self._away = self._away, wanted
        if not self._choices:
            return
        try:
            for number, gone in wanted.items():
                was = before.get(number, frozenset())
                for each in text.leave(number, gone - was, was - gone):
                    self._nft.run(each)
        except NftFailed as fault:
            log.warning("who is away is told anew: %s", fault.detail)
            self._fill_away()

    def _identify(self) -> None:
        """Have copies be told apart, where a former process has not seen to it."""
        if f"chain {text.IDENTIFY} " not in self._nft.run(f"list table ip {text.TABLE}"):
            self._nft.run(text.identify(secrets.randbelow(1 << 16)))

    def _fill_away(self) -> None:
        """Fill the sets of devices that are away, which were just made or are another process's."""
        for number in range(1, len(self.paths) + 1):
            self._nft.run(f"flush set ip {text.TABLE} {text.away_of(number)}\n")
            for each in text.leave(number, self._away.get(number, ()), ()):
                self._nft.run(each)

    def _put_routes(self) -> dict[int, int]:
        """Make the routes of all paths whose device is there; return the devices' indexes."""
        indexes = {}
        for number, path in enumerate(self.paths, 1):
            try:
                indexes[number] = self._routes.put(
                    text.mark_of(number), gateway=path.gateway, device=path.interface
                )
            except Unavailable as fault:
                log.debug("access network %s: %s", path.id, fault.detail)
                continue
            allow(self._namespace, RETURN_PATH.format(device=path.interface.replace(".", "/")), "0")
        self._drop_routes(keep=[text.mark_of(number) for number in indexes])
        return indexes

    def _drop_routes(self, *, keep: Sequence[int]) -> None:
        for version in text.FAMILIES.values():
            for mark in self._routes.marks(version):
                if mark not in keep:
                    self._routes.drop(mark, version=version)

    def _present(self, family: str) -> list[tuple[str, str, int]]:
        """Return kind, name and epoch of what our table of a family holds."""
        try:
            listed = self._nft.run(f"list table {family} {text.TABLE}")
        except NftFailed:
            return []
        return [(kind, name, int(epoch)) for kind, name, epoch in NAMES.findall(listed)]


class SimulatedAccesses:
    """Choices that are kept, with no packet to carry. Port: ``Accesses``."""

    simulated = True

    def __init__(self, paths: Sequence[AccessPath] = ()) -> None:
        self.paths = tuple(paths)
        self.choices: tuple[AccessChoice, ...] = ()
        self.away: Mapping[int, Set[str]] = {}
        self.is_settled = True

    def states(self) -> Mapping[int, AccessState]:
        """Return nothing: nothing is looked at; see ``Accesses``."""
        return {}

    async def steer(self, choices: Sequence[AccessChoice]) -> None:
        """Make ``choices`` all that is kept; see ``Accesses``."""
        self.choices = tuple(choices)

    async def leave(self, away: Mapping[int, Set[str]]) -> None:
        """Keep which devices are away; see ``Accesses``."""
        self.away = away
