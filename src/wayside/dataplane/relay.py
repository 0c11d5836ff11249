"""The relay: the process that carries packets in and out of tunnels, beside the host's own.

``python -m wayside.dataplane.relay`` runs in the host's namespace until it is told to end. It
outlives the host's process, as the kernel's rules do, and is told what to do over a socket that
only this namespace has. Never decides what becomes of a packet: ``tunnels`` and the ends do.
"""

import contextlib
import os
import select
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from wayside.core.errors import Problem
from wayside.core.wire import decode, encode
from wayside.linux.bursts import Bursts
from wayside.linux.gtpu.messages import PORT
from wayside.linux.gtpu.port import TunnelPort
from wayside.linux.tap import Tap
from wayside.model.rules import TunnelType
from wayside.refpoints.n3 import N3Side

from .app_ports import AppPort
from .tunnels import AppEnd, AppTunnel, RelayAnswer, RelayTable, app_end, host_end

CONTROL = "\0wayside-relay"
"""An abstract address: of this network namespace, and gone with the process."""
END = b"end"
ASKING_S_MAX = 2.0


class Relay:
    """What is carried now, and what to call when something can be read."""

    def __init__(self) -> None:
        self.readers: dict[int, Callable[[], None]] = {}
        self._sides: dict[N3Side, TunnelPort] = {}
        self._ends: dict[AppTunnel, tuple[AppEnd, Tap]] = {}
        self._ports: dict[tuple[str, TunnelType], AppPort] = {}
        self._unneeded: set[str] = set()
        """Devices that were let go, and that nobody was told of yet."""

    def take(self, table: RelayTable) -> list[str]:
        """Carry all that ``table`` says, and nothing else. Raises OSError or a Problem.

        Returns the devices that are let go. What it says again is not touched: no packet of it
        is lost.
        """
        sessions = [session for side in table.n3 for session in side.sessions]
        try:
            self._take_n3(table.n3)
            for gone in self._ends.keys() - set(table.tunnels):
                self._ends.pop(gone)[1].close()
                self._unneeded.add(gone.interface)
            for tunnel in table.tunnels:
                if tunnel not in self._ends:
                    self._ends[tunnel] = (app_end(tunnel, sessions), Tap(tunnel.interface))
            self._take_ports(table.tunnels)
        finally:  # also where it breaks off: nothing that was closed may be waited for
            self.readers = dict(self._handles())
        unneeded = self._unneeded - {each.interface for each in table.tunnels}
        self._unneeded = set()
        return sorted(unneeded)

    def _take_n3(self, sides: tuple[N3Side, ...]) -> None:
        for gone in self._sides.keys() - set(sides):
            self._sides.pop(gone).close()
        for side in sides:
            if side not in self._sides:
                tap, udp = Tap(side.interface), Bursts(side.address, PORT)
                self._sides[side] = TunnelPort(tap, udp, host_end(side))

    def _take_ports(self, tunnels: tuple[AppTunnel, ...]) -> None:
        wanted = {(each.source, each.kind) for each in tunnels}
        for gone in self._ports.keys() - wanted:
            self._ports.pop(gone).close()
        for key in wanted:
            port = self._ports.get(key) or AppPort(*key)
            self._ports[key] = port
            port.serve(
                {
                    each.destination: self._ends[each]
                    for each in tunnels
                    if (each.source, each.kind) == key
                }
            )

    def _handles(self) -> Iterator[tuple[int, Callable[[], None]]]:
        for side in self._sides.values():
            yield from side.readers().items()
        for port in self._ports.values():
            yield port.fileno(), port.release
        for each, (_, tap) in self._ends.items():
            own = self._ports.get((each.source, each.kind))
            if own is not None and own.serves(each.destination):
                yield tap.fileno(), partial(own.wrap, each.destination)


def _is_ours(connection: socket.socket) -> bool:
    """Tell whether who connected is the user that this process runs as."""
    facts = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return bool(struct.unpack("3i", facts)[1] == os.geteuid())


def _obey(relay: Relay, control: socket.socket) -> None:
    """Take one request and answer it. Ends the process at its word."""
    connection, _ = control.accept()
    with connection:
        connection.settimeout(ASKING_S_MAX)
        try:
            request = b"".join(iter(lambda: connection.recv(1 << 16), b""))
            if not _is_ours(connection) or not request:
                return
            if request == END:
                sys.exit(0)
            answer = RelayAnswer(gone=tuple(relay.take(decode(request, RelayTable))))
        except (OSError, Problem) as fault:
            said = fault.detail if isinstance(fault, Problem) else str(fault)
            answer = RelayAnswer(fault=said)
        with contextlib.suppress(OSError):
            connection.sendall(encode(answer))


def _wait_for(waiting: select.epoll, before: Iterable[int], now: Iterable[int]) -> None:
    """Have ``waiting`` tell of ``now`` alone; some may be new handles of old numbers."""
    for handle in before:
        with contextlib.suppress(OSError):  # closed, and so not waited for any more
            waiting.unregister(handle)
    for handle in now:
        waiting.register(handle, select.EPOLLIN)


def main() -> None:
    """Carry what the host's process asks for until it says that this shall end."""
    relay = Relay()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control, select.epoll() as waiting:
        control.bind(CONTROL)
        control.listen()
        waiting.register(control, select.EPOLLIN)
        while True:
            asked = False
            for handle, _ in waiting.poll():
                if handle == control.fileno():
                    asked = True
                else:
                    relay.readers[handle]()
            if asked:  # last: it changes what there is to read
                before = tuple(relay.readers)
                _obey(relay, control)
                _wait_for(waiting, before, relay.readers)


if __name__ == "__main__":
    main()
