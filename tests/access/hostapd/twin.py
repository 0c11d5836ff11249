"""A hostapd that speaks the protocol of its control socket, and a real one that runs no radio.

The twin is written from the answers of hostapd 2.10; it lists the stations that a test gives it,
with figures as drivers tell them. ``real`` starts the program with ``driver=none``.
"""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wayside.access.static.table import Table, parse

CAFE, BAR = "02:00:00:00:0a:01", "02:00:00:00:0a:02"
PHONE, WATCH = "02:00:00:00:01:01", "02:00:00:00:01:02"
STRANGER = "02:00:00:00:09:09"
TABLE = f"""
[[operators]]
id = "cafe"
mcc = "001"
mnc = "01"

[[cells]]
id = "cafe"
technology = "WLAN"
operator = "cafe"
zone = "square"
latitude = 43.5
longitude = 7.1
identity = 0x{CAFE.replace(":", "")}
ssid = "Town"

[[cells]]
id = "bar"
technology = "WLAN"
operator = "cafe"
zone = "square"
latitude = 43.6
longitude = 7.1
identity = 0x{BAR.replace(":", "")}
ssid = "Town"

[[cells]]
id = "mast"
technology = "NR"
operator = "cafe"
zone = "square"
latitude = 43.5
longitude = 7.1
identity = 0x4001

[[subscribers]]
id = "spare"
operator = "cafe"
address = "10.45.9.5"
supi = "imsi-001010000000008"

[[subscribers]]
id = "phone"
operator = "cafe"
address = "10.45.9.1"
supi = "imsi-001010000000001"
mac = "{PHONE}"
cell = "bar"
latitude = 43.5
longitude = 7.1

[[subscribers]]
id = "watch"
operator = "cafe"
address = "10.45.9.2"
supi = "imsi-001010000000002"
mac = "{WATCH}"
"""


def a_table(text: str = TABLE) -> Table:
    """Return the operator's table."""
    return parse(text, source="table.toml")


def station(mac: str, **lines: Any) -> str:
    """Return what hostapd says of a station, with these lines of figures."""
    flags = lines.pop("flags", "[AUTH][ASSOC][AUTHORIZED]")
    head = f"{mac}\nflags={flags}\naid=1\ncapability=0x0\ntimeout_next=NULLFUNC POLL\n"
    return head + "".join(f"{name}={value}\n" for name, value in lines.items())


FIGURES = {
    "rx_bytes": 1000,
    "tx_bytes": 5000,
    "signal": -61,
    "rx_rate_info": "650 vhtmcs 7 vhtnss 1",
    "tx_rate_info": "4333 vhtmcs 9 vhtnss 1 shortGI",
}
STATUS = {
    "state": "ENABLED",
    "freq": 5180,
    "channel": 36,
    "secondary_channel": 1,
    "ieee80211n": 1,
    "ieee80211ac": 1,
    "ieee80211ax": 0,
    "vht_oper_chwidth": 1,
    "vht_oper_centr_freq_seg0_idx": 42,
    "max_txpower": 20,
    "bss[0]": "wlan0",
    "bssid[0]": CAFE,
    "ssid[0]": "Town",
    "num_sta[0]": 0,
    "chan_util_avg": 51,
}


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, twin: "Twin") -> None:
        self._twin = twin

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._twin.asked.append(data.decode())
        answer = self._twin.answer(data.decode(), addr)
        if answer is not None:
            self._twin.send(answer, addr)


@dataclass
class Twin:
    """A hostapd at ``path``."""

    path: Path
    stations: dict[str, str] = field(default_factory=dict)
    """What is said of each, by its address; None of it is decided here."""
    status: dict[str, Any] = field(default_factory=lambda: dict(STATUS))
    asked: list[str] = field(default_factory=list)
    attached: list[Any] = field(default_factory=list)
    breaks: int = 0
    """How many more lists are broken off at their second station."""
    silent: bool = False

    async def start(self) -> None:
        """Begin to answer."""
        loop = asyncio.get_running_loop()
        self.path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(self.path))
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Protocol(self), sock=self._socket
        )

    def kill(self) -> None:
        """Be gone with no word, as after ``kill -9``: the socket's name stays."""
        self._transport.abort()
        self.attached = []

    def answer(self, command: str, addr: Any) -> str | None:
        """Return what is answered to a command, None for nothing."""
        if self.silent:
            return None
        head, _, rest = command.partition(" ")
        match head:
            case "ATTACH":
                self.attached.append(addr)
                return "OK\n"
            case "DETACH":
                self.attached.remove(addr)
                return "OK\n"
            case "STATUS":
                said = self.status | {"num_sta[0]": len(self.stations)}
                return "".join(f"{name}={value}\n" for name, value in said.items())
            case "STA-FIRST":
                return next(iter(self.stations.values()), "")
            case "STA-NEXT":
                return self._after(rest)
        return "UNKNOWN COMMAND\n"

    def _after(self, mac: str) -> str:
        if self.breaks:
            self.breaks -= 1
            return "FAIL\n"
        macs = list(self.stations)
        if mac not in macs:
            return "FAIL\n"
        following: Sequence[str] = macs[macs.index(mac) + 1 :]
        return self.stations[following[0]] if following else ""

    def send(self, text: str, addr: Any) -> None:
        """Send one datagram; the end of a list is one without a byte."""
        self._socket.sendto(text.encode(), addr)

    def tell(self, text: str) -> None:
        """Tell all who are attached."""
        for each in self.attached:
            self.send(text, each)

    def connect(self, mac: str, **figures: Any) -> None:
        """Have a station connect."""
        self.stations[mac] = station(mac, **figures)
        self.tell(f"<3>AP-STA-CONNECTED {mac}")

    def disconnect(self, mac: str) -> None:
        """Have a station disconnect: it stays in the list for a while, without its flags."""
        self.stations[mac] = station(mac, flags="")
        self.tell(f"<3>AP-STA-DISCONNECTED {mac}")


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what comes over sockets, or from another process."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.002)


HOSTAPD = shutil.which("hostapd") or shutil.which("hostapd", path="/usr/sbin:/sbin")


@asynccontextmanager
async def real(folder: Path) -> AsyncIterator[Path]:
    """Run the real hostapd without a radio until the block ends; yield its control socket."""
    assert HOSTAPD is not None
    config = folder / "hostapd.conf"
    config.write_text(f"driver=none\ninterface=ap0\nctrl_interface={folder}/control\n")
    process = await asyncio.create_subprocess_exec(
        HOSTAPD, str(config), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        path = folder / "control" / "ap0"
        await until(path.exists)
        yield path
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
