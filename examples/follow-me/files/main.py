"""follow-me: a counter over HTTP and a game tick over UDP, whose state moves with the player.

`POST /join?level=2` begins; `POST /count?n=7` counts, once for each n that follows another; each
datagram to UDP 9060 is a tick. When the platform says that a player's device is at another host
(MEC 021), the state is handed to the instance there. Standard library only. Environment: see
examples/hello-edge.
"""

import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, urlsplit

import mp1
import players as states
from mp1 import INSTANCE

ADDRESS = os.environ["MEC_APP_ADDRESS"]
HOST = os.environ.get("MEC_HOST_ID", "")
COUNT_PORT, CALLBACK_PORT, TICK_PORT = 8090, 8081, 9060
FORGET_S = 5.0
"""How long requests that are on their way still may come after a player has moved."""
TRIGGERED, COMPLETED, FAILED = 1, 2, 3

players = states.Players()
channels = {}
known_neighbours = set()
searching = set()
leaving = threading.Event()


def log(text):
    print(f"follow-me {INSTANCE}: {text}", flush=True)


def in_background(work, *arguments):
    threading.Thread(target=work, args=arguments, daemon=True).start()


def channel_to(address):
    """Return a connection to another instance; OSError where it is not reached."""
    found = channels.get(address)
    if found is None or not found.open:
        found = channels[address] = states.Channel(address)
    return found


def is_neighbour(address):
    """Tell whether an instance of this application runs there, as the platform says."""
    if address not in known_neighbours:
        known_neighbours.update(mp1.neighbours())
    return address in known_neighbours


def obey(message):
    """Do what another instance asks for, and return the answer."""
    for what in ("count", "ticks"):
        if what in message:
            state = players.step(message[what], what, message.get("number"))
            return None if state is None else shown(state)
    if "adopt" in message:
        device, state = message["adopt"], message["state"]
        players.adopt(device, state)
        in_background(register, device, state["level"])
        log(f"{device} came with {state['count']} counts")
        return True
    if "give" in message:
        return players.give(message["give"])
    return None


def register(device, level):
    service = mp1.follow(device, level)
    with players.lock:
        state = players.here.get(device)
        if state is not None:
            state["service"] = service
            return
    mp1.unfollow(service)


def shown(state):
    return {"count": state["count"], "ticks": state["ticks"], "instance": INSTANCE, "host": HOST}


def step(device, what, number=None):
    """Return the player's state after one more, whoever has it; None where nobody does."""
    state = players.step(device, what, number)
    if state is None:
        return None
    return state if "instance" in state else shown(state)


def fetch(device):
    """Look for a player's state with the other instances, and take it."""
    if device in searching:
        return
    searching.add(device)
    try:
        for address in mp1.neighbours():
            try:
                state = channel_to(address).ask({"give": device})
            except OSError:
                continue
            if state is not None:
                players.adopt(device, state)
                register(device, state["level"])
                log(f"{device} was fetched from {address}")
                return
    finally:
        searching.discard(device)


def moved(notification):
    """Do what a move of a device asks for."""
    status = notification["mobilityStatus"]
    target = notification.get("targetAppInfo", {})
    for associate in notification["associateId"]:
        device = associate["value"]
        if status == TRIGGERED and target:
            (address,) = (each["host"] for each in target["commInterface"]["ipAddresses"])
            hand_over(device, address)
        elif status == COMPLETED:
            threading.Timer(FORGET_S, players.forget, (device,)).start()
        elif status == FAILED:
            take_back(device)


def hand_over(device, address):
    try:
        state = players.hand_over(device, channel_to(address))
    except OSError as fault:
        log(f"{device} cannot go to {address}: {fault}")
        return
    if state is not None and state.get("service"):
        log(f"{device} went to {address} with {state['count']} counts")
        mp1.transferred(state["service"])


def take_back(device):
    channel = players.with_others.get(device)
    state = None if channel is None else channel.ask({"give": device})
    if state is not None:
        players.adopt(device, state)
        log(f"{device} came back from {channel.address}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def answer(self, status, body=None):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format, *arguments):
        """A line per request would slow down what is being measured."""


class Counter(Handler):
    """What players ask for over HTTP."""

    def do_POST(self):
        target = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        device = self.client_address[0]
        if target.path == "/join":
            self.join(device, parse_qs(target.query).get("level", ["2"])[0])
        elif target.path == "/count":
            self.count(device, parse_qs(target.query).get("n", [None])[0])
        else:
            self.answer(404, {"detail": "There are POST /join?level=1|2|3 and POST /count."})

    def join(self, device, level):
        if level not in ("1", "2", "3"):
            self.answer(400, {"detail": "level is 1, 2 or 3."})
            return
        with players.lock:
            present = players.here.get(device)
            with_another = players.with_others.get(device)
        if present is not None and present["level"] == int(level) and not with_another:
            self.answer(200, shown(present))
            return
        if present is not None and present.get("service"):
            mp1.unfollow(present["service"])
        state = {"count": 0, "ticks": 0, "level": int(level)}
        state["service"] = mp1.follow(device, int(level))
        players.adopt(device, state)
        self.answer(200, shown(state))

    def count(self, device, number):
        state = step(device, "count", number)
        if state is None:
            fetch(device)
            state = step(device, "count", number)
        if state is None:
            self.answer(409, {"detail": "Nobody has joined from this address; POST /join first."})
        else:
            self.answer(200, state)


class Callback(Handler):
    """What the platform calls: moves, and the notice of a termination."""

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(204)
        self.wfile.flush()
        notification = json.loads(raw)
        kind = notification.get("notificationType")
        if kind == "MobilityProcedureNotification":
            in_background(moved, notification)
        elif kind == "AppTerminationNotification":
            body = {"operationAction": notification["operationAction"]}
            in_background(mp1.call, "POST", mp1.SUPPORT + "/confirm_termination", body)
            leaving.set()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def server_bind(self):
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def tick():
    """Answer each datagram with the number that it has, and the player's state after it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as game:
        game.bind((ADDRESS, TICK_PORT))
        while True:
            raw, player = game.recvfrom(2048)
            device = player[0]
            if device in players.here:
                answer_tick(game, raw, player)
            elif device in players.with_others:
                in_background(answer_tick, game, raw, player)
            else:
                in_background(fetch, device)


def answer_tick(game, raw, player):
    state = step(player[0], "ticks")
    if state is not None:
        game.sendto(json.dumps({"tick": raw.decode("ascii", "replace")} | state).encode(), player)


def main():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leaving.set())
    for port, handler in ((COUNT_PORT, Counter), (CALLBACK_PORT, Callback)):
        in_background(Server((ADDRESS, port), handler).serve_forever)
    in_background(tick)
    states.serve(ADDRESS, is_neighbour, obey)
    mp1.enter(f"http://{ADDRESS}:{CALLBACK_PORT}/")
    log("ready")
    leaving.wait()
    log("gone")


if __name__ == "__main__":
    sys.exit(main())
