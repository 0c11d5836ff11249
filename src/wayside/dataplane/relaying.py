"""The host's hand on its relay: starts it when there is something to carry, and tells it what.

Never carries a packet, and never ends a relay that a rule still needs.
"""

import os
import socket
import sys
import threading
import time

from wayside.core.errors import Unavailable
from wayside.core.wire import decode, encode
from wayside.linux import netns, tap
from wayside.linux.netns import command_in

from .relay import CONTROL, END
from .tunnels import RelayAnswer, RelayTable

START_S_MAX = 10.0
ANSWER_S_MAX = 5.0


class Relaying:
    """The relay of one namespace; None: the caller's own.

    Everything blocks: a new tunnel takes some 10 ms, the first of all some 200. Call it through
    ``asyncio.to_thread``; two calls at a time come one after the other.
    """

    def __init__(self, namespace: str | None = None) -> None:
        self._namespace = namespace
        self._turn = threading.RLock()
        self._table: RelayTable | None = None
        """What it was told last; None: what a former process told it, if it runs."""
        self._is_obeyed = False
        """Not where it could do only a part of what it was asked for since."""
        self._pid: int | None = None

    @property
    def table(self) -> RelayTable:
        """What the relay was told last; nothing where only a former process told it."""
        return self._table or RelayTable()

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to carry."""
        return self._table not in (None, RelayTable())

    def obeys(self, table: RelayTable) -> bool:
        """Whether ``table`` is what the relay was told last, and does."""
        return self._is_obeyed and table == self._table

    def tell(self, table: RelayTable) -> None:
        """Have the relay carry exactly ``table`` on return. Raises Unavailable with the reason.

        Nothing to do where it is what was told before: ``renew`` is for a relay that ended.
        Devices are made before and removed after, so that it never stands still for them.
        """
        with self._turn:
            if self.obeys(table):
                return
            tap.make([each.interface for each in table.tunnels], namespace=self._namespace)
            self._is_obeyed = False
            answer = self._ask(encode(table), start=table != RelayTable())
            self._table, self._is_obeyed = table, True
            tap.remove(answer.gone if answer else (), namespace=self._namespace)

    def renew(self) -> None:
        """Start the relay again where it is needed and has ended, with what it was told."""
        with self._turn:
            self._reap()
            if self.is_needed and not self._runs():
                self._ask(encode(self._table), start=True)

    def end(self) -> None:
        """End the relay, and remove the devices of instances' tunnels."""
        with self._turn:
            self.tell(RelayTable())
            self._ask(END, start=False)
            self._table = None
            if self._pid is not None:
                os.waitpid(self._pid, 0)
                self._pid = None

    def _ask(self, request: bytes, *, start: bool) -> RelayAnswer | None:
        """Send a request; return the answer, None where there was no relay or it ended."""
        connection = self._connect() or (self._start() if start else None)
        if connection is None:
            return None
        with connection:
            connection.settimeout(ANSWER_S_MAX)
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                said = b"".join(iter(lambda: connection.recv(4096), b""))
            except OSError as fault:
                raise Unavailable(f"The tunnel relay did not answer: {fault}.") from fault
        answer = decode(said, RelayAnswer) if said else None
        if answer is not None and answer.fault is not None:
            raise Unavailable(f"The tunnel relay could not do it: {answer.fault}")
        return answer

    def _start(self) -> socket.socket:
        argv = [sys.executable, "-m", "wayside.dataplane.relay"]
        if self._namespace is not None:
            argv = command_in(self._namespace, argv)
        # A session of its own: it goes on when this process ends. Its words go where ours do.
        self._pid = os.posix_spawn(argv[0], argv, os.environ, setsid=True)
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline:
            if (connection := self._connect()) is not None:
                return connection
            time.sleep(0.005)
        raise Unavailable("The tunnel relay did not start; the host's log says why.")

    def _reap(self) -> None:
        """Let a relay of ours that has ended be gone."""
        if self._pid is not None and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = None

    def _runs(self) -> bool:
        connection = self._connect()
        if connection is not None:
            connection.close()
        return connection is not None

    def _connect(self) -> socket.socket | None:
        kind = (socket.AF_UNIX, socket.SOCK_STREAM)
        made = (
            socket.socket(*kind)
            if self._namespace is None
            else netns.socket_in(self._namespace, *kind)
        )
        try:
            made.connect(CONTROL)
        except OSError:
            made.close()
            return None
        return made
