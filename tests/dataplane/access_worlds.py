"""Two applications, a host, a cell and a WLAN, and devices that have one of them or both."""

import itertools
import os
import re
import socket
import time
from collections import Counter

from wayside.access.lab import multihomed
from wayside.linux import netns
from wayside.model.accesses import AccessPath, AccessType

CELL, WLAN = 1, 3
UE, LONE = "10.45.1.2", "10.45.1.3"
APPS = {"app1": "10.60.1.2", "app2": "10.60.1.3"}
PATHS = (
    AccessPath(
        id=CELL, kind=AccessType.NR, metered=True, interface="cell", gateway="10.46.0.1",
        devices=(UE,),
    ),
    AccessPath(
        id=WLAN, kind=AccessType.WLAN_AX, metered=False, interface="wlan", gateway="10.46.1.1",
        devices=(UE,),
    ),
)  # fmt: skip
UE_V6, APP1_V6 = "fd45::2", "fd60::2"
PATHS_V6 = (
    AccessPath(id=CELL, interface="cell", gateway="fd46:0::1", devices=("fd45::/64",)),
    AccessPath(id=WLAN, interface="wlan", gateway="fd46:1::1", devices=("fd45::/64",)),
)
PORT = 9000
IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2
SETTLE_S = 0.05

_numbers = itertools.count()

CABLES = (
    "link add name eth0 netns {app1} type veth peer name app1 netns {host}",
    "link add name eth0 netns {app2} type veth peer name app2 netns {host}",
    "link add name cell netns {host} type veth peer name host netns {cell}",
    "link add name wlan netns {host} type veth peer name host netns {wlan}",
    "link add name cell netns {ue} type veth peer name ue netns {cell}",
    "link add name wlan netns {ue} type veth peer name ue netns {wlan}",
    "link add name cell netns {lone} type veth peer name lone netns {cell}",
)


def _radio(node: str, gateway: str, device: str, address: str) -> list[str]:
    return [f"addr add {gateway} peer {address} dev {device}", f"link set {device} up"]


INSIDE = {
    **{
        app: [
            f"addr add {address}/32 dev eth0", "link set eth0 up",
            "route add 10.60.1.1 dev eth0", "route add default via 10.60.1.1",
        ]
        for app, address in APPS.items()
    },
    "host": [
        *(line for app, address in APPS.items() for line in (
            f"addr add 10.60.1.1/32 dev {app}", f"link set {app} up",
            f"route add {address} dev {app}",
        )),
        "addr add 10.46.0.2/30 dev cell", "link set cell up",
        "addr add 10.46.1.2/30 dev wlan", "link set wlan up",
        "route add 10.45.1.0/24 via 10.46.0.1",
    ],
    "cell": [
        "addr add 10.46.0.1/30 dev host", "link set host up", "route add default via 10.46.0.2",
        *_radio("cell", "10.45.1.254", "ue", UE), *_radio("cell", "10.45.1.254", "lone", LONE),
    ],
    "wlan": [
        "addr add 10.46.1.1/30 dev host", "link set host up", "route add default via 10.46.1.2",
        *_radio("wlan", "10.45.3.254", "ue", UE),
    ],
    "ue": [
        *_radio("ue", UE, "cell", "10.45.1.254"), *_radio("ue", UE, "wlan", "10.45.3.254"),
        "route add default via 10.45.1.254",
        *multihomed.lines([("cell", "10.45.1.254"), ("wlan", "10.45.3.254")]),
    ],
    "lone": [
        *_radio("lone", LONE, "cell", "10.45.1.254"), "route add default via 10.45.1.254",
    ],
}  # fmt: skip

INSIDE_V6 = {
    "app1": [
        f"addr add {APP1_V6}/128 dev eth0 nodad", "route add fd60::1 dev eth0",
        "route add default via fd60::1",
    ],
    "host": [
        "addr add fd60::1/128 dev app1 nodad", f"route add {APP1_V6} dev app1",
        "addr add fd46:0::2/64 dev cell nodad", "addr add fd46:1::2/64 dev wlan nodad",
        "route add fd45::/64 via fd46:0::1",
    ],
    "cell": ["addr add fd46:0::1/64 dev host nodad", f"route add {UE_V6} dev ue"],
    "wlan": ["addr add fd46:1::1/64 dev host nodad", f"route add {UE_V6} dev ue"],
    "ue": [f"addr add {UE_V6}/128 dev {link} nodad" for link in ("cell", "wlan")],
}  # fmt: skip

SYSCTLS = (
    ("net.ipv6.conf.all.forwarding", "1"),
    ("net.ipv6.conf.default.accept_dad", "0"),
    ("net.ipv4.ip_forward", "1"),
    ("net.ipv4.conf.all.rp_filter", "0"),
    ("net.ipv4.conf.default.rp_filter", "0"),
)
COUNTED = """
add table inet count
add chain inet count first {{ type filter hook prerouting priority -350; }}
add counter inet count cell
add counter inet count wlan
add rule inet count first iifname "cell" {match} counter name cell
add rule inet count first iifname "wlan" {match} counter name wlan
"""


class AccessLab:
    """The namespaces; packets are counted by link as they come to the device, and to the host."""

    def __init__(self) -> None:
        prefix = f"wda{os.getpid()}x{next(_numbers)}"
        self.names = {each: f"{prefix}-{each}" for each in INSIDE}
        self._senders: dict[str, socket.socket] = {}

    @property
    def host(self) -> str:
        return self.names["host"]

    def realise(self) -> None:
        netns.create(*self.names.values())
        for name in self.names.values():
            netns.set_sysctls(name, SYSCTLS)
        for line in CABLES:
            netns.batch(None, [line.format(**self.names)])
        for where, lines in INSIDE.items():
            netns.batch(self.names[where], lines)
        for where, lines in INSIDE_V6.items():
            netns.batch(self.names[where], lines)
        self.nft("ue", multihomed.filters(["cell", "wlan"]))
        self.nft("ue", COUNTED.format(match=f"udp dport >= {PORT}"))
        self.nft("host", COUNTED.format(match=f"udp sport >= {PORT}"))

    def release(self) -> None:
        for each in self._senders.values():
            each.close()
        netns.delete(*self.names.values())

    def nft(self, where: str, text: str) -> str:
        return netns.run_in(self.names[where], ["nft", "-f", "-"], stdin=text)

    def end(self, where: str = "ue", port: int = PORT) -> socket.socket:
        made = netns.socket_in(self.names[where], socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("0.0.0.0", port))
        made.setblocking(False)
        return made

    def sender(self, app: str, *, version: int = 4) -> socket.socket:
        key = f"{app} {version}"
        if key not in self._senders:
            family = socket.AF_INET if version == 4 else socket.AF_INET6
            made = netns.socket_in(self.names[app], family, socket.SOCK_DGRAM)
            if version == 4:
                # Such packets have no identification: the host has to give copies one.
                made.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
            made.bind((APPS[app] if version == 4 else APP1_V6, 5000))
            made.setblocking(False)
            self._senders[key] = made
        return self._senders[key]

    def send(self, app: str, count: int = 20, *, to: str = UE, port: int = PORT) -> Counter[str]:
        """Send numbered datagrams to a device; return how many came by each link."""
        before = self.counted("ue")
        for number in range(count):
            sender = self.sender(app, version=6 if ":" in to else 4)
            sender.sendto(str(number).encode(), (to, port))
        time.sleep(SETTLE_S)
        return self.counted("ue") - before

    def counted(self, where: str) -> Counter[str]:
        """Return how many datagrams of ours have come in by each link."""
        said = netns.run_in(
            self.names[where], ["nft", "list", "counters", "table", "inet", "count"]
        )
        return Counter(
            {n: int(c) for n, c in re.findall(r"counter (\w+) \{\s+packets (\d+)", said)}
        )


def read(end: socket.socket) -> list[str]:
    """Return what has come to a socket."""
    found = []
    while True:
        try:
            found.append(end.recv(100).decode())
        except BlockingIOError:
            return found
