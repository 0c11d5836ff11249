"""How access networks are, measured by echoes (ICMP) to the far end of each, all the time.

Knows the way to the access point or cell alone: what radio adds behind it is its operator's to say.
Never decides what is good enough.
"""

import asyncio
import itertools
import logging
import os
import socket
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from time import monotonic

from wayside.linux import icmp, netns
from wayside.model.accesses import AccessPath, Figures
from wayside.refpoints.mp2 import AccessState

log = logging.getLogger(__name__)

EVERY_S = 0.1
ANSWER_S_MAX = 1.0
"""An echo that is not answered within it is lost."""

SILENCE_S = 0.5
"""A path that answered, and then none of the echoes of this long, is down."""

WINDOW, LATEST = 100, 20
"""How many echoes tell the loss, and how many answers the delay."""

PACKET_BYTES_MAX = 2048

_identifiers = itertools.count(os.getpid())


@dataclass
class Samples:
    """Echoes of one path, the latest: when each was sent, and how long its answer took."""

    sent: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=WINDOW))
    took: dict[int, float] = field(default_factory=dict)

    def send(self, number: int, at: float) -> None:
        """Note an echo that leaves."""
        if len(self.sent) == WINDOW:
            self.took.pop(self.sent[0][0], None)
        self.sent.append((number, at))

    def answer(self, number: int, at: float) -> None:
        """Note an answer; one to no echo of ours, or too late, is none."""
        left = next((left for sent, left in self.sent if sent == number), None)
        if left is not None and at - left <= ANSWER_S_MAX:
            self.took.setdefault(number, at - left)

    def state(self, now: float) -> AccessState | None:
        """Return how the path is found to be; None: nothing is known yet."""
        due = [number for number, at in self.sent if number in self.took or now - at > ANSWER_S_MAX]
        trips = [self.took[number] for number in due if number in self.took]
        silent = [at for number, at in self.sent if number not in self.took]
        answered = [at for number, at in self.sent if number in self.took]
        last = answered[-1] if answered else None
        since = [at for at in silent if last is None or at > last]
        patience = SILENCE_S if last is not None else ANSWER_S_MAX
        if since and now - since[0] > patience + (trips[-1] if trips else 0):
            return AccessState(is_up=False, figures=Figures())
        if not trips:
            return None
        jitter = [abs(after - before) / 2 for before, after in pairwise(trips[-LATEST:])]
        return AccessState(
            is_up=True,
            figures=Figures(
                delay_ns=_nanos(median(trips[-LATEST:]) / 2),
                jitter_ns=_nanos(sum(jitter) / len(jitter)) if jitter else None,
                loss=1 - len(trips) / len(due),
            ),
        )


class Prober:
    """Looks at some paths. ``namespace`` None: from the one this process is in."""

    def __init__(self, paths: Sequence[AccessPath], *, namespace: str | None = None) -> None:
        self._paths = tuple(paths)
        self._namespace = namespace
        self._samples = {path.id: Samples() for path in self._paths}

    def states(self) -> Mapping[int, AccessState]:
        """Return how each path is found to be, of which anything is known yet."""
        now = monotonic()
        found = {id_: samples.state(now) for id_, samples in self._samples.items()}
        return {id_: state for id_, state in found.items() if state is not None}

    @property
    def is_settled(self) -> bool:
        """Whether anything is known of each."""
        return len(self.states()) == len(self._paths)

    async def watch(self) -> None:
        """Look at all of them; returns only when cancelled."""
        async with asyncio.TaskGroup() as group:
            for path in self._paths:
                group.create_task(self._look(path))
            if not self._paths:
                await asyncio.Event().wait()

    async def _look(self, path: AccessPath) -> None:
        """Send an echo every so often; a device that is away is tried again."""
        identifier = next(_identifiers) & 0xFFFF
        samples, numbers = self._samples[path.id], itertools.count()
        while True:
            try:
                with self._open(path) as echo:
                    await self._ask(echo, path, identifier, samples, numbers=numbers)
            except OSError as fault:
                log.debug("access network %s: %s", path.id, fault)
                samples.send(-1, monotonic())
            await asyncio.sleep(EVERY_S)

    async def _ask(
        self,
        echo: socket.socket,
        path: AccessPath,
        identifier: int,
        samples: Samples,
        *,
        numbers: Iterator[int],
    ) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(echo, _hear, echo, path, identifier, samples)
        try:
            for number in numbers:
                samples.send(number & 0xFFFF, monotonic())
                echo.send(icmp.request(identifier, number & 0xFFFF, version=path.version))
                await asyncio.sleep(EVERY_S)
        finally:
            loop.remove_reader(echo)

    def _open(self, path: AccessPath) -> socket.socket:
        is_four = path.version == 4
        family = socket.AF_INET if is_four else socket.AF_INET6
        protocol = socket.IPPROTO_ICMP if is_four else socket.IPPROTO_ICMPV6
        if self._namespace is None:
            made = socket.socket(family, socket.SOCK_RAW, protocol)
        else:
            made = netns.socket_in(self._namespace, family, socket.SOCK_RAW, protocol=protocol)
        try:
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, path.interface.encode())
            made.connect((path.gateway, 0))
        except OSError:
            made.close()
            raise
        return made


def _hear(echo: socket.socket, path: AccessPath, identifier: int, samples: Samples) -> None:
    """Note the answers that have come."""
    while True:
        try:
            packet = echo.recv(PACKET_BYTES_MAX)
        except OSError:
            return
        number = icmp.number_of_reply(packet, identifier, version=path.version)
        if number is not None:
            samples.answer(number, monotonic())


def _nanos(seconds: float) -> int:
    return round(seconds * 1e9)
