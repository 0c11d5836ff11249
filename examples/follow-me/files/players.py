"""The players' states, wherever they are: here, or with an instance that they were handed to.

A request for a player that was handed over is passed on, over the same connection as the state
before it: so none is lost and none is counted by two. Standard library only.
"""

import json
import socket
import threading
from itertools import count as numbers

PORT = 8082
"""Where instances of the application speak to each other."""
ANSWER_S_MAX = 2.0


class Players:
    """Each player's count and ticks; one lock, as a step is short."""

    def __init__(self):
        self.lock = threading.Lock()
        self.here = {}
        """By the device's address: count, ticks, level, service."""
        self.with_others = {}
        """By the device's address: the channel to the instance that has its state."""

    def step(self, device, what, number=None):
        """Count one (``count``) or tick once (``ticks``); return the state after it, or None.

        A ``number`` that is the last one's again counts nothing: its answer was lost.
        """
        with self.lock:
            state = self.here.get(device)
            if state is not None:
                if number is None or number != state.get("number"):
                    state[what] += 1
                    state["number"] = state.get("number") if number is None else number
                return dict(state)
            channel = self.with_others.get(device)
            asked = None if channel is None else channel.send({what: device, "number": number})
        return None if asked is None else channel.answer(asked)

    def hand_over(self, device, channel):
        """Give a player's state to another instance; return once it has it, with the state."""
        with self.lock:
            state = self.here.pop(device, None)
            if state is None:
                return None
            asked = channel.send({"adopt": device, "state": state})
            self.with_others[device] = channel
        if channel.answer(asked) is None:
            self.adopt(device, state)
            return None
        return state

    def adopt(self, device, state):
        """Have a player's state here from now on."""
        with self.lock:
            self.with_others.pop(device, None)
            self.here[device] = state

    def give(self, device):
        """Give a player's state away to who asks for it; None where it is not here."""
        with self.lock:
            return self.here.pop(device, None)

    def forget(self, device):
        """Pass nothing on for a player any more."""
        with self.lock:
            self.with_others.pop(device, None)


class Channel:
    """A connection to another instance: messages in their order, answers by number."""

    def __init__(self, address):
        self.address = address
        self._socket = socket.create_connection((address, PORT), timeout=ANSWER_S_MAX)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._numbers = numbers(1)
        self._waiting = {}
        self._lock = threading.Lock()
        self.open = True
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message):
        """Send a message; return its number, under which ``answer`` waits."""
        number = next(self._numbers)
        with self._lock:
            self._waiting[number] = [threading.Event(), None]
            try:
                self._socket.sendall(json.dumps({"n": number} | message).encode() + b"\n")
            except OSError:
                self._waiting[number][0].set()
        return number

    def answer(self, number):
        """Return what is answered, None where nobody has an answer."""
        event, _ = self._waiting[number]
        event.wait(ANSWER_S_MAX)
        return self._waiting.pop(number)[1]

    def ask(self, message):
        """Send a message and return its answer."""
        return self.answer(self.send(message))

    def _read(self):
        try:
            for line in self._socket.makefile("rb"):
                told = json.loads(line)
                held = self._waiting.get(told["n"])
                if held is not None:
                    held[1] = told["answer"]
                    held[0].set()
        except (OSError, ValueError):
            pass
        self.open = False
        for event, _ in list(self._waiting.values()):
            event.set()


def serve(address, allowed, obey):
    """Serve other instances on a thread; ``obey(message)`` returns the answer to each message."""
    listener = socket.create_server((address, PORT), backlog=16)

    def accept():
        while True:
            connection, (peer, _) = listener.accept()
            threading.Thread(target=talk, args=(connection, peer), daemon=True).start()

    def talk(connection, peer):
        with connection, connection.makefile("rb") as lines:
            if not allowed(peer):
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for line in lines:
                message = json.loads(line)
                told = {"n": message["n"], "answer": obey(message)}
                connection.sendall(json.dumps(told).encode() + b"\n")

    threading.Thread(target=accept, daemon=True).start()
