"""A network device whose other end is a program: what a TUN device is, where that is closed.

A veth pair and a packet socket on its inner end. The device outlives the program, with its
addresses and routes. Never looks into a packet.
"""

import contextlib
import ctypes
import fcntl
import socket
import struct
from collections.abc import Sequence

from . import netns

DEVICE_ADDRESS = "02:57:54:00:00:01"
INSIDE_ADDRESS = "02:57:54:00:00:02"
"""The inner end's own; what the device sends goes to ``DEVICE_ADDRESS``, and so is not taken in
by the kernel a second time at the inner end."""
SUFFIX = "p"
MTU_BYTES = 1500

ETH_P_ALL = 0x0003
ETH_IPV4, ETH_IPV6 = b"\x08\x00", b"\x86\xdd"
ETHERNET_BYTES = 14
SOL_PACKET, PACKET_QDISC_BYPASS, PACKET_IGNORE_OUTGOING = 263, 20, 23
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
BUFFER_BYTES = 4_194_304
FRAME_BYTES_MAX = 65_600
SIOCETHTOOL = 0x8946
SET_TX_CHECKSUM, SET_TSO, SET_GSO = 0x17, 0x1F, 0x24

_ROUTED = bytes.fromhex(DEVICE_ADDRESS.replace(":", ""))
"""Who a frame is for that was routed: without ARP there is no other neighbour."""
_HEADS = {
    version: bytes.fromhex((DEVICE_ADDRESS + INSIDE_ADDRESS).replace(":", "")) + kind
    for version, kind in ((4, ETH_IPV4), (6, ETH_IPV6))
}


def lines(name: str, *, namespace: str | None = None) -> tuple[str, ...]:
    """Return the ``ip`` lines that make the pair, both ends up; for a namespace's own batch.

    Without ARP: whatever is routed to the device arrives at the program, whoever the gateway is.
    """
    inner = name + SUFFIX
    return (
        f"link add name {name} address {DEVICE_ADDRESS} mtu {MTU_BYTES} type veth"
        f" peer name {inner} address {INSIDE_ADDRESS} mtu {MTU_BYTES}",
        f"link set dev {name} arp off addrgenmode none",
        f"link set dev {inner} arp off addrgenmode none",
        f"link set dev {inner} up",
        f"link set dev {name} up",
    )


def make(names: Sequence[str], *, namespace: str | None = None) -> None:
    """Make the devices that are missing in ``namespace``; None: the caller's own."""
    there = _there(namespace) if names else set()
    missing = [name for name in names if name not in there]
    netns.batch(namespace, [line for name in missing for line in lines(name)])


def remove(names: Sequence[str], *, namespace: str | None = None) -> None:
    """Remove those of the devices that are there; takes the kernel some 10 ms each."""
    there = _there(namespace) if names else set()
    netns.batch(namespace, [f"link delete dev {name}" for name in names if name in there])


def _there(namespace: str | None) -> set[str]:
    listed = socket.if_nameindex
    return {
        name for _, name in (listed() if namespace is None else netns.inside(namespace, listed))
    }


class Tap:
    """The program's end of the device ``name`` in the caller's namespace, made where missing."""

    def __init__(self, name: str) -> None:
        self.name = name
        make([name])
        _complete_packets(name)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        # The inner end's queue is opened some time after its carrier is there; we need none.
        self._socket.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        enlarge(self._socket)
        self._socket.bind((name + SUFFIX, ETH_P_ALL))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """Return the handle to wait for packets on."""
        return self._socket.fileno()

    def read(self) -> bytes | None:
        """Return a packet that was routed to the device, from its IP header; None: none is there.

        Empty for what the kernel says to its neighbours on its own.
        """
        try:
            frame = self._socket.recv(FRAME_BYTES_MAX)
        except OSError:  # nothing more, or the device is down for now
            return None
        return frame[ETHERNET_BYTES:] if frame.startswith(_ROUTED) else b""

    def write(self, packet: bytes) -> None:
        """Have the kernel receive ``packet`` on the device; lost where it cannot take it."""
        head = _HEADS.get(packet[0] >> 4 if packet else 0)
        if head is not None:
            with contextlib.suppress(OSError):
                self._socket.send(head + packet)

    def close(self) -> None:
        """Let go; the device stays."""
        self._socket.close()


def enlarge(given: socket.socket) -> None:
    """Give a socket room for bursts: as much as this user may have."""
    for plain, forced in ((socket.SO_RCVBUF, SO_RCVBUFFORCE), (socket.SO_SNDBUF, SO_SNDBUFFORCE)):
        given.setsockopt(socket.SOL_SOCKET, plain, BUFFER_BYTES)
        with contextlib.suppress(PermissionError):
            given.setsockopt(socket.SOL_SOCKET, forced, BUFFER_BYTES)


def _complete_packets(name: str) -> None:
    """Have the kernel hand over whole packets: checksums done, no segment larger than the MTU.

    Otherwise packets of this machine's own programs arrive with unfinished checksums.
    Ref: ethtool(8), ``-K tx off tso off gso off``.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as given:
        for command in (SET_TSO, SET_GSO, SET_TX_CHECKSUM):
            value = bytearray(struct.pack("=II", command, 0))
            buffer = (ctypes.c_char * len(value)).from_buffer(value)
            request = struct.pack("16sP16x", name.encode(), ctypes.addressof(buffer))
            fcntl.ioctl(given, SIOCETHTOOL, request)
