"""From the PUT of a rule on Mp1 until a device's packets and questions obey it.

``python -m bench rules``. The PUT goes the way an application's goes: over a kept connection from
the instance's namespace to its host's Mp1. A device sends datagrams all the time; what counts is
when the instance's socket gets the first, or the last was sent that it still gets.
"""

import http.client
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import dns.message
import msgspec

from wayside.cli import lifecycle
from wayside.core.ids import AppInstanceId, DnsRuleId, TrafficRuleId
from wayside.linux import netns
from wayside.model.app_lcm import AppInstanceInfo
from wayside.model.rules import DnsRule, RuleState, TrafficRule

from . import floors
from .application import APP_D_ID, DOMAIN, NAME, STEER, STREAM_PORT, write_project
from .figures import Figure, Note, Timings, below
from .running import Wayside
from .stream import STAMP

ROUNDS = 400
INTERVAL_US = 60
"""What the sender sleeps; with the sending itself this makes a datagram about every 100 us."""
PAUSE_S = (0.002, 0.006)
QUIET_S = 0.003
PATIENCE_S = 2.0
MP1_PORT, DNS_PORT = 8080, 53
GOAL_P50_MS, GOAL_P99_MS = 2.0, 10.0
BUFFER_BYTES = 1 << 20


@dataclass
class Measured:
    """Seconds since each PUT began to be sent."""

    steered: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    """Until the answer to the PUT was read."""
    released: list[float] = field(default_factory=list)
    named: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    """A GET of the rule on the same connection: the way there and back without any change."""
    spacing: list[float] = field(default_factory=list)


class Mp1:
    """One kept connection from inside the instance to its platform."""

    def __init__(self, connection: socket.socket, path: str) -> None:
        self._connection = connection
        self._path = path

    def request(self, method: str, below_path: str, body: bytes = b"") -> bytes:
        """Return a request, ready to be sent."""
        head = (
            f"{method} {self._path}/{below_path} HTTP/1.1\r\nHost: mp1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def send(self, request: bytes) -> float:
        """Send it and return the moment just before."""
        begun = time.perf_counter()
        self._connection.sendall(request)
        return begun

    def finish(self) -> float:
        """Read the answer and return the moment after; raise RuntimeError where it is no 200."""
        answer = http.client.HTTPResponse(self._connection)
        answer.begin()
        body = answer.read()
        done = time.perf_counter()
        if answer.status != 200:
            raise RuntimeError(f"Mp1 answered {answer.status}: {body.decode()}")
        return done


@dataclass(frozen=True)
class Bench:
    """What the measurements use: a running instance with its rules, and the device's town."""

    system: Wayside
    instance: AppInstanceInfo
    mp1: Mp1
    rule: TrafficRule
    name: DnsRule

    def steering(self, rounds: int, found: Measured) -> None:
        """Switch the rule on and off ``rounds`` times under a stream of datagrams."""
        on, off = self._switches()
        get = self.mp1.request("GET", f"traffic_rules/{STEER}")
        with (
            streaming(self.system),
            receiving(self.system, self.instance, STREAM_PORT) as receiver,
        ):
            for _ in range(rounds):
                begun = self.mp1.send(get)
                found.read.append(self.mp1.finish() - begun)
                self._once(receiver, on, off, found)

    def _once(self, receiver: socket.socket, on: bytes, off: bytes, found: Measured) -> None:
        drain(receiver)
        time.sleep(random.uniform(*PAUSE_S))
        if drain(receiver):
            raise RuntimeError("datagrams were steered while the rule was INACTIVE")
        begun = self.mp1.send(on)
        receiver.recv(64)
        found.steered.append(time.perf_counter() - begun)
        found.answered.append(self.mp1.finish() - begun)
        time.sleep(random.uniform(*PAUSE_S))
        stamps = drain(receiver)
        found.spacing += [after - before for before, after in pairwise(stamps)]
        # perf_counter and monotonic are the same clock on Linux, so the sender's stamps compare.
        begun = self.mp1.send(off)
        self.mp1.finish()
        time.sleep(QUIET_S)
        found.released.append(max(0.0, max(drain(receiver), default=begun) - begun))

    def naming(self, rounds: int, found: Measured) -> None:
        """Give the name another address ``rounds`` times while the device asks for it."""
        assert self.system.device.dns is not None
        present = self.name.ip_address
        other = str(self.system.town.cloud.address)
        with closing(
            netns.socket_in(self.system.device_namespace, kind=socket.SOCK_DGRAM)
        ) as asker:
            asker.settimeout(PATIENCE_S)
            asker.connect((self.system.device.dns, DNS_PORT))
            for number in range(rounds):
                address = (other, present)[number % 2]
                wanted = msgspec.structs.replace(self.name, ip_address=address)
                put = self.mp1.request("PUT", f"dns_rules/{NAME}", msgspec.json.encode(wanted))
                time.sleep(random.uniform(*PAUSE_S))
                begun = self.mp1.send(put)
                ask_until(asker, socket.inet_aton(address))
                found.named.append(time.perf_counter() - begun)
                self.mp1.finish()

    def _switches(self) -> tuple[bytes, bytes]:
        def put(state: RuleState) -> bytes:
            rule = msgspec.structs.replace(self.rule, state=state)
            return self.mp1.request("PUT", f"traffic_rules/{STEER}", msgspec.json.encode(rule))

        off = put(RuleState.INACTIVE)
        self.mp1.send(off)
        self.mp1.finish()
        time.sleep(QUIET_S)
        return put(RuleState.ACTIVE), off


@contextmanager
def receiving(system: Wayside, instance: AppInstanceInfo, port: int) -> Iterator[socket.socket]:
    """Yield a socket in the instance's namespace that gets the datagrams to a port."""
    assert instance.wayside_placement is not None
    with closing(netns.socket_in(system.namespace_of(instance), kind=socket.SOCK_DGRAM)) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        # The kernel's own time-out: with Python's, MSG_DONTWAIT would wait too.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 2, 0))
        made.bind((instance.wayside_placement.addresses[0], port))
        yield made


@contextmanager
def streaming(system: Wayside) -> Iterator[None]:
    """Have the device send datagrams to the cloud's address, about one every 100 us."""
    opened = netns.socket_in(system.device_namespace, kind=socket.SOCK_DGRAM)
    to = [system.town.cloud.address, str(STREAM_PORT), str(INTERVAL_US)]
    with closing(opened):
        sender = subprocess.Popen(
            [sys.executable, "-m", "bench.stream", str(opened.fileno()), *to],
            cwd=Path(__file__).resolve().parents[1],
            pass_fds=[opened.fileno()],
        )
    try:
        time.sleep(0.5)
        yield
    finally:
        sender.terminate()
        sender.wait()


def drain(receiver: socket.socket) -> list[float]:
    """Return when the datagrams that wait were sent, in the order of their coming."""
    stamps: list[float] = []
    while True:
        try:
            datagram = receiver.recv(64, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return stamps
        stamps.append(STAMP.unpack(datagram)[0] / 1e9)


def ask_until(asker: socket.socket, packed: bytes) -> None:
    """Ask for the bench's name again and again, until the answer ends with ``packed``."""
    question = dns.message.make_query(DOMAIN, "A", use_edns=False).to_wire()[2:]
    deadline = time.perf_counter() + PATIENCE_S
    number = 0
    while time.perf_counter() < deadline:
        number = (number + 1) & 0xFFFF
        identity = struct.pack("!H", number)
        asker.send(identity + question)
        answer = asker.recv(512)
        if answer.startswith(identity) and answer.endswith(packed):
            return
    raise RuntimeError(f"the name did not get its new address within {PATIENCE_S} s")


def measure(system: Wayside, note: Note, rounds: int) -> Measured:
    """Instantiate the bench's application, measure, and take it away again."""
    with tempfile.TemporaryDirectory() as folder:
        system.onboard(write_project(Path(folder), system.town.cloud.address))
    instance = system.ask(lambda face: lifecycle.run_new(face, APP_D_ID))
    found = Measured()
    try:
        with connected(system, instance) as bench:
            note(f"rules: {rounds} switches of a traffic rule")
            bench.steering(rounds, found)
            note(f"rules: {rounds} changes of a DNS rule")
            bench.naming(rounds, found)
    finally:
        system.ask(lambda face: lifecycle.end(face, instance, None))
    return found


@contextmanager
def connected(system: Wayside, instance: AppInstanceInfo) -> Iterator[Bench]:
    """Yield the rules of a running instance and its own connection to its platform."""
    id, host = AppInstanceId(instance.id), system.host_of(instance)
    rule = system.ask(lambda face: face.support(host).get_traffic_rule(id, TrafficRuleId(STEER)))
    name = system.ask(lambda face: face.support(host).get_dns_rule(id, DnsRuleId(NAME)))
    listens = next(each.mp1_address for each in system.town.hosts if each.id == host)
    with closing(netns.socket_in(system.namespace_of(instance))) as connection:
        connection.settimeout(PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect((listens, MP1_PORT))
        mp1 = Mp1(connection, f"/mec_app_support/v2/applications/{id}")
        yield Bench(system, instance, mp1, rule.value, name.value)


def figures(system: Wayside, note: Note, rounds: int = ROUNDS) -> list[Figure]:
    """Return the figures of ``rounds`` switches and as many changes of a name on ``system``."""
    found = measure(system, note, rounds)
    note("rules: a durable write and an nft transaction by themselves")
    write, kernel = floors.durable_write(system.state.root), floors.nft_transaction()
    tail = (
        f"durable write p99 {write.p99_ms:.2f} ms; "
        f"a packet every {Timings(found.spacing).p50_ms:.2f} ms"
    )
    beside = (
        f"GET {Timings(found.read).p50_ms:.2f} ms, durable write {write.p50_ms:.2f} ms, "
        f"nft transaction {kernel.p50_ms:.2f} ms"
    )

    changes = found.steered, found.released, found.named
    steered, released, named = (Timings(each) for each in changes)
    answered = Timings(found.answered)
    on, off = "PUT ACTIVE -> first steered packet", "PUT INACTIVE -> last steered packet"
    name = "PUT of a DNS rule -> new answer"
    half, most = below(GOAL_P50_MS), below(GOAL_P99_MS)
    return [
        Figure("rules", f"{on}, p50", steered.p50_ms, "ms", half, beside),
        Figure("rules", f"{on}, p99", steered.p99_ms, "ms", most, tail),
        Figure(
            "rules",
            f"{off}, p50",
            released.p50_ms,
            "ms",
            half,
            f"PUT -> 200 {answered.p50_ms:.2f} ms",
        ),
        Figure(
            "rules",
            f"{off}, p99",
            released.p99_ms,
            "ms",
            most,
            f"PUT -> 200 {answered.p99_ms:.2f} ms",
        ),
        Figure("rules", f"{name}, p50", named.p50_ms, "ms", half, beside.rpartition(",")[0]),
        Figure(
            "rules",
            f"{name}, p99",
            named.p99_ms,
            "ms",
            None,
            f"durable write p99 {write.p99_ms:.2f} ms",
        ),
    ]
