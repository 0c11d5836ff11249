"""A device, a host with two applications, and a cloud: of namespaces, or walked through the plan.

Both say the same of a packet: who received it, and whose answers came back to the device.
"""

import itertools
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from wayside.dataplane.access import Access
from wayside.dataplane.dns import DnsServer
from wayside.dataplane.packets import Packet
from wayside.dataplane.plane import DataPlaneSettings, KernelDataPlane
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.linux import netns
from wayside.model.rules import RuleAction

from .rules import CLOUD, UE, UE_V6

PORTS = (80, 8080, 9000, 9001, 9002)
QUIET_S = 0.03
"""How long nothing must arrive before it is taken as not coming: a hundred times the way."""

ENOUGH = 20
"""More ends than one packet and its answers can reach, unless an answer is answered for ever."""

_numbers = itertools.count()


class Seen(NamedTuple):
    """What became of one packet."""

    reached: tuple[str, ...]
    answers: tuple[str, ...]


class World(Protocol):
    plane: KernelDataPlane | SimulatedDataPlane

    def send(self, destination: str = CLOUD, port: int = 9000, **header: object) -> Seen: ...

    def connect(self, destination: str = CLOUD, port: int = 9000) -> str | None: ...


class WalkedWorld:
    """The simulated data plane; a packet is carried to each end and its answer back."""

    def __init__(self, names: DnsServer) -> None:
        self.plane = SimulatedDataPlane(names, access=Access(uplinks=("core",)))

    def send(
        self,
        destination: str = CLOUD,
        port: int = 9000,
        *,
        source: str | None = None,
        source_port: int = 40000,
        dscp: int = 0,
        protocol: int = 17,
    ) -> Seen:
        origin = source or (UE_V6 if ":" in destination else UE)
        packet = Packet(origin, destination, protocol, source_port, port, dscp, "cell")
        verdict = self.plane.carry(packet)
        self._copied: list[str] = []
        reached = ["cloud"]
        if verdict.action is RuleAction.DROP:
            reached = []
        elif verdict.target is not None:
            steered = verdict.action is RuleAction.FORWARD_DECAPSULATED
            reached = ([] if steered else ["cloud"]) + [verdict.target.device]
        answers = [name for name in reached if self._answers(packet, name)]
        return Seen(tuple(sorted([*reached, *self._copied])), tuple(sorted(answers)))

    def connect(self, destination: str = CLOUD, port: int = 9000) -> str | None:
        seen = self.send(destination, port, protocol=6, source_port=41000 + next(_numbers))
        return seen.answers[0] if seen.answers else None

    def _answers(self, packet: Packet, name: str) -> bool:
        device = "core" if name == "cloud" else name
        answer = Packet(*packet.flow.reverse, dscp=0, in_interface=device)
        verdict = self.plane.carry(answer)
        if verdict.action is RuleAction.DUPLICATE_DECAPSULATED and verdict.target is not None:
            self._copied.append(verdict.target.device)
            echo = Packet(*packet.flow, dscp=0, in_interface=verdict.target.device)
            if self.plane.carry(echo).action is not RuleAction.DROP:
                self._copied.append("cloud")  # as if the device had sent once more
        return verdict.action is not RuleAction.DROP


class Lab:
    """Namespaces ue, host, app1, app2 and cloud, joined by veth; sockets that answer."""

    def __init__(self) -> None:
        prefix = f"wdp{os.getpid()}x{next(_numbers)}"
        self.names = {each: f"{prefix}-{each}" for each in ("ue", "host", "app1", "app2", "cloud")}
        self._sockets: dict[tuple[str, int, int], socket.socket] = {}
        self._listeners: dict[tuple[str, int], socket.socket] = {}

    def realise(self) -> None:
        netns.create(*self.names.values())
        for name in self.names.values():
            netns.set_sysctls(name, AT_ONCE)
        for line in LINKS:
            netns.batch(None, [line.format(**self.names)])
        for where, lines in INSIDE.items():
            netns.batch(self.names[where], lines)
        netns.set_sysctls(self.names["host"], SYSCTLS)
        for app in ("app1", "app2"):
            netns.run_in(self.names[app], ["nft", "-f", "-"], stdin=REDIRECT)
        for where in ("app1", "app2", "cloud"):
            for port in PORTS:
                for family in (socket.AF_INET, socket.AF_INET6):
                    self._open(where, port, family)
            threading.Thread(target=self._serve, args=(where,), daemon=True).start()

    def release(self) -> None:
        for each in (*self._sockets.values(), *self._listeners.values()):
            each.close()
        netns.delete(*self.names.values())

    def socket_of(self, where: str, port: int, *, address: str) -> socket.socket:
        """Return a UDP socket that is bound there, opened at the first call."""
        version = 6 if ":" in address else 4
        key = (f"{where} {address}", port, version)
        if key not in self._sockets:
            family = socket.AF_INET6 if version == 6 else socket.AF_INET
            made = netns.socket_in(self.names[where], family, socket.SOCK_DGRAM)
            made.bind((address, port))
            self._sockets[key] = made
        return self._sockets[key]

    def servers(self) -> dict[socket.socket, str]:
        """Return the sockets that datagrams arrive at, with the names of their ends."""
        return {each: key[0] for key, each in self._sockets.items() if key[0] in self.names}

    def _open(self, where: str, port: int, family: int) -> None:
        made = netns.socket_in(self.names[where], family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Answers must leave with the address that was asked, also at the cloud's second address.
        made.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        made.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
        self._sockets[(where, port, family)] = made
        if family == socket.AF_INET:
            listener = netns.socket_in(self.names[where])
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("0.0.0.0", port))
            listener.listen()
            self._listeners[(where, port)] = listener

    def _serve(self, where: str) -> None:
        """Greet each TCP connection with the name of this end until the listeners are closed."""
        mine = [each for key, each in self._listeners.items() if key[0] == where]
        while all(each.fileno() >= 0 for each in mine):
            try:
                ready, _, _ = select.select(mine, [], [], 0.1)
                for each in ready:
                    connection, _ = each.accept()
                    with connection:
                        connection.sendall(where.encode())
            except (OSError, ValueError):
                continue


IP_PKTINFO = 8

LINKS = (
    "link add net0 netns {ue} type veth peer name cell netns {host}",
    "link add eth0 netns {app1} type veth peer name app1 netns {host}",
    "link add eth0 netns {app2} type veth peer name app2 netns {host}",
    "link add net0 netns {cloud} type veth peer name core netns {host}",
)
INSIDE = {
    "ue": [
        "addr add 10.45.1.2/32 dev net0", "addr add 10.45.2.2/32 dev net0",
        "addr add fd45::2/128 dev net0 nodad", "link set net0 up",
        "route add 10.45.1.1 dev net0", "route add default via 10.45.1.1 src 10.45.1.2",
        "route add fd45::1 dev net0", "route add default via fd45::1",
    ],
    "host": [
        "addr add 10.45.1.1/32 dev cell", "addr add fd45::1/128 dev cell nodad",
        "addr add 10.60.1.1/32 dev app1", "addr add fd60::1/128 dev app1 nodad",
        "addr add 203.0.113.1/24 dev core", "addr add fd20::1/64 dev core nodad",
        "link set cell up", "link set app1 up", "link set app2 up", "link set core up",
        "route add 10.45.1.2 dev cell", "route add 10.45.2.2 dev cell",
        "route add fd45::2 dev cell",
        "route add 10.60.1.2 dev app1", "route add 10.60.1.3 dev app2",
        "route add fd60::2 dev app1",
    ],
    "app1": [
        "addr add 10.60.1.2/32 dev eth0", "addr add fd60::2/128 dev eth0 nodad",
        "link set eth0 up", "route add 10.60.1.1 dev eth0",
        "route add default via 10.60.1.1", "route add fd60::1 dev eth0",
        "route add default via fd60::1",
    ],
    "app2": [
        "addr add 10.60.1.3/32 dev eth0", "link set eth0 up", "route add 10.60.1.1 dev eth0",
        "route add default via 10.60.1.1",
    ],
    "cloud": [
        "addr add 203.0.113.10/24 dev net0", "addr add 203.0.113.11/24 dev net0",
        "addr add fd20::10/64 dev net0 nodad", "link set net0 up",
        "route add default via 203.0.113.1", "route add default via fd20::1",
    ],
}  # fmt: skip
AT_ONCE = (("net.ipv6.conf.default.accept_dad", "0"),)
"""An address of IPv6 works at once, and not a second after its device came up."""
SYSCTLS = (("net.ipv4.ip_forward", "1"), ("net.ipv6.conf.all.forwarding", "1"))
REDIRECT = """
table inet instance {
  chain steered {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "eth0" fib daddr type != local redirect
  }
}
"""


class KernelWorld:
    """The kernel's data plane in a lab, and real packets."""

    def __init__(
        self, lab: Lab, names: DnsServer, *, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.lab = lab
        self.plane = KernelDataPlane(
            DataPlaneSettings(("cell",), ("core",), namespace=lab.names["host"]),
            names,
            now_s=now_s,
        )

    def send(
        self,
        destination: str = CLOUD,
        port: int = 9000,
        *,
        source: str | None = None,
        source_port: int = 40000,
        dscp: int = 0,
    ) -> Seen:
        origin = source or (UE_V6 if ":" in destination else UE)
        device = self.lab.socket_of("ue", source_port, address=origin)
        if ":" in destination:
            device.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)
        else:
            device.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
        device.sendto(b"hello", (destination, port))
        servers = self.lab.servers()
        reached, answers = [], []
        while ready := select.select([*servers, device], [], [], QUIET_S)[0]:
            assert len(reached) < ENOUGH, f"packets go round without end: {reached}"
            for each in ready:
                if each is device:
                    answers.append(device.recv(100).decode())
                else:
                    self._answer(each, servers[each])
                    reached.append(servers[each])
        return Seen(tuple(sorted(reached)), tuple(sorted(answers)))

    def connect(self, destination: str = CLOUD, port: int = 9000) -> str | None:
        with netns.socket_in(self.lab.names["ue"]) as device:
            device.settimeout(0.5)
            try:
                device.connect((destination, port))
                return device.recv(100).decode() or None
            except OSError:
                return None

    def close(self) -> None:
        self.plane.remove()
        self.plane.close()

    @staticmethod
    def _answer(end: socket.socket, name: str) -> None:
        """Answer a datagram from the very address that it was sent to."""
        _, facts, _, peer = end.recvmsg(100, 100)
        asked = [data for level, kind, data in facts if (level, kind) == (0, IP_PKTINFO)]
        # The kernel's answer to "which address" is the last four octets: the header's own.
        source = [(0, IP_PKTINFO, b"\0" * 4 + data[4:8] + b"\0" * 4) for data in asked]
        end.sendmsg([name.encode()], source, 0, peer)
