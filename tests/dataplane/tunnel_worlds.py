"""Devices behind a base station, and instances behind tunnels: real GTP-U, or walked.

The base station is the test itself: it sends datagrams made by hand and reads what comes back.
"""

import select
import socket
import struct
from ipaddress import ip_address
from typing import NamedTuple, Protocol

from wayside.dataplane.access import Access
from wayside.dataplane.dns import DnsServer
from wayside.dataplane.packets import Packet
from wayside.dataplane.plane import DataPlaneSettings, KernelDataPlane
from wayside.dataplane.simulated import SimulatedDataPlane
from wayside.linux import netns
from wayside.linux.gtpu import messages
from wayside.model.rules import RuleAction, TunnelType
from wayside.refpoints.mp2 import Target, Tunnel
from wayside.refpoints.n3 import N3Side, Session

from .rules import CLOUD, CLOUD_V6
from .worlds import KernelWorld, Lab

QUIET_S = 0.1
"""How long nothing must arrive before it is taken as not coming: the relay must get its turn."""

FIRST, SECOND, SIXTH = "10.99.0.1", "10.99.0.2", "fd99::1"
"""Two devices, and one of IPv6 behind the first one's base station."""
STATIONS = {FIRST: "10.45.1.2", SECOND: "10.45.2.2", SIXTH: "10.45.1.2"}
HOST = "10.45.1.1"
QCI = {FIRST: 1, SECOND: 9, SIXTH: 9}
SESSIONS = tuple(
    Session(
        device=device,
        base_station=station,
        user_plane=HOST,
        uplink_teid=0x101 + n,
        downlink_teid=0x201 + n,
        qfi=5 + n,
        q_ci=QCI[device],
    )
    for n, (device, station) in enumerate(STATIONS.items())
)
ACCESS = Access((N3Side(interface="tun-ue", address=HOST, sessions=SESSIONS),), "10.60.1.1",
                ("core",))  # fmt: skip

GTP_APP1 = Target("10.60.1.2", "gtp-app1", Tunnel(TunnelType.GTP_U))
GTP_APP2 = Target("10.60.1.3", "gtp-app2", Tunnel(TunnelType.GTP_U, "10.60.1.1"))
GRE_APP1 = Target("10.60.1.2", "gre-app1", Tunnel(TunnelType.GRE))


class Seen(NamedTuple):
    """What became of one packet: who received it, and whose answers came back in the tunnel."""

    reached: tuple[str, ...]
    answers: tuple[str, ...]


class TunnelWorld(Protocol):
    plane: KernelDataPlane | SimulatedDataPlane

    def send(self, device: str = FIRST, port: int = 9000) -> Seen: ...


class WalkedTunnels:
    """The walk with the same sessions; nothing of it is wrapped."""

    def __init__(self, names: DnsServer) -> None:
        self.plane = SimulatedDataPlane(names, access=ACCESS)

    def send(self, device: str = FIRST, port: int = 9000) -> Seen:
        packet = Packet(device, cloud_of(device), 17, 40000, port, in_interface="tun-ue")
        verdict = self.plane.carry(packet)
        reached = ["cloud"]
        if verdict.action is RuleAction.DROP:
            reached = []
        elif verdict.target is not None:
            moved = str(verdict.action).startswith("FORWARD")
            reached = ([] if moved else ["cloud"]) + [verdict.target.device]
        answers = [name for name in reached if self._answers(packet, name)]
        return Seen(tuple(sorted(reached)), tuple(sorted(answers)))

    def _answers(self, packet: Packet, name: str) -> bool:
        came = "core" if name == "cloud" else name
        answer = Packet(*packet.flow.reverse, in_interface=came)
        return self.plane.carry(answer).action is not RuleAction.DROP


class RealTunnels:
    """The kernel, the relay, and sockets that answer in the tunnel that they were asked in."""

    def __init__(self, lab: Lab, names: DnsServer) -> None:
        self.lab = lab
        self.plane = KernelDataPlane(
            DataPlaneSettings(
                ("tun-ue", "cell"), ("core",), namespace=lab.names["host"], n3=ACCESS.n3,
                tunnel_source=ACCESS.tunnel_source,
            ),
            names,
        )  # fmt: skip
        self.received: list[messages.Message] = []
        self._stations = {each: _udp(lab, "ue", each) for each in set(STATIONS.values())}
        self._apps = {
            _udp(lab, "app1", "10.60.1.2"): "gtp-app1",
            _udp(lab, "app2", "10.60.1.3"): "gtp-app2",
            _gre(lab, "app1", "10.60.1.2"): "gre-app1",
        }

    def route(self) -> None:
        """Lead the devices' addresses into the tunnels; the relay has made the device."""
        networks = "10.99.0.0/24", "fd99::/64"
        netns.batch(self.lab.names["host"], [f"route replace {n} dev tun-ue" for n in networks])

    def devices(self) -> set[str]:
        """Return the host's network devices."""
        return {name for _, name in netns.inside(self.lab.names["host"], socket.if_nameindex)}

    def send(self, device: str = FIRST, port: int = 9000) -> Seen:
        session = next(each for each in SESSIONS if each.device == device)
        inner = udp_packet((device, 40000), (cloud_of(device), port), b"hello")
        datagram = messages.g_pdu(session.uplink_teid, session.qfi, inner, is_uplink=True)
        self._stations[STATIONS[device]].sendto(datagram, (HOST, messages.PORT))
        return self._watch(device)

    def _watch(self, device: str) -> Seen:
        servers, station = self.lab.servers(), self._stations[STATIONS[device]]
        reached, answers = [], []
        while ready := select.select([*servers, *self._apps, station], [], [], QUIET_S)[0]:
            for each in ready:
                if each is station:
                    message = messages.decode(station.recv(2000))
                    assert message.teid in {session.downlink_teid for session in SESSIONS}
                    head = HEADS_BYTES[message.payload[0] >> 4]
                    answers.append(message.payload[head:].decode())
                elif each in self._apps:
                    reached.append(self._apps[each])
                    self._answer(each, self._apps[each])
                else:
                    KernelWorld._answer(each, servers[each])
                    reached.append(servers[each])
        return Seen(tuple(sorted(reached)), tuple(sorted(answers)))

    def _answer(self, end: socket.socket, name: str) -> None:
        """Answer as an application does: the inner packet turned round, in the same tunnel."""
        datagram, peer = end.recvfrom(2000)
        if name.startswith("gre"):
            assert datagram[20:24] == b"\0\0\x08\0"
            end.sendto(datagram[20:24] + turned(datagram[24:], name), peer)
            return
        message = messages.decode(datagram)
        self.received.append(message)
        answer = turned(message.payload, name)
        end.sendto(messages.g_pdu(message.teid, message.qfi or 0, answer, is_uplink=False), peer)

    def answer_of(self, name: str, *, to: str) -> tuple[str, ...]:
        """Have an instance send an answer of the cloud to a device; return what arrives there."""
        end = next(each for each, known in self._apps.items() if known == name)
        packet = udp_packet((CLOUD, 9000), (to, 40000), name.encode())
        teid = self.received[-1].teid
        datagram = messages.g_pdu(teid, 0, packet, is_uplink=False)
        end.sendto(datagram, ("10.60.1.1", messages.PORT))
        return self._watch(to).answers

    def close(self) -> None:
        for each in (*self._stations.values(), *self._apps):
            each.close()
        self.plane.remove()
        self.plane.close()
        netns.batch(self.lab.names["host"], ["link delete dev tun-ue"])


def cloud_of(device: str) -> str:
    """Return the cloud's address of the device's family."""
    return CLOUD_V6 if ":" in device else CLOUD


HEADS_BYTES = {4: 28, 6: 48}
"""Of IP and UDP."""


def udp_packet(source: tuple[str, int], destination: tuple[str, int], data: bytes) -> bytes:
    """Return a packet with a UDP datagram; of IPv4 without the checksum that it may leave out."""
    ends = [ip_address(address).packed for address, _ in (source, destination)]
    ports = source[1], destination[1]
    length = 8 + len(data)
    if len(ends[0]) == 16:
        pseudo = b"".join(ends) + struct.pack("!II", length, 17)
        datagram = struct.pack("!HHHH", *ports, length, 0) + data
        checksum = struct.pack("!H", _sum(pseudo + datagram) or 0xFFFF)
        head = struct.pack("!IHBB", 6 << 28, length, 17, 64) + b"".join(ends)
        return head + datagram[:6] + checksum + data
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, 17, 0) + b"".join(ends)
    head = head[:10] + struct.pack("!H", _sum(head)) + head[12:]
    return head + struct.pack("!HHHH", *ports, length, 0) + data


def _sum(octets: bytes) -> int:
    """Return the checksum of RFC 1071."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def turned(packet: bytes, said: str) -> bytes:
    """Return the answer to an inner packet of IPv4, in which ``said`` is said."""
    source, destination = (str(ip_address(packet[n : n + 4])) for n in (12, 16))
    from_port, to_port = struct.unpack_from("!HH", packet, 20)
    return udp_packet((destination, to_port), (source, from_port), said.encode())


def _udp(lab: Lab, where: str, address: str) -> socket.socket:
    made = netns.socket_in(lab.names[where], socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, messages.PORT))
    return made


def _gre(lab: Lab, where: str, address: str) -> socket.socket:
    made = netns.socket_in(lab.names[where], socket.AF_INET, socket.SOCK_RAW, protocol=47)
    made.bind((address, 0))
    return made
