"""How much instances and devices exchange: counted by the kernel, pair by pair.

Counts only what goes between a cell's link and an instance that is asked for. Never holds a packet
back.
"""

import re
from collections.abc import Mapping, Sequence

from wayside.linux.nftables import Nft

TABLE = "wayside_volumes"
PAIRS_MAX = 65_536
"""Pairs of instance and device that are counted at once; further ones are not."""

ELEMENT = re.compile(r'"([^"]+)" \. (\S+) counter packets \d+ bytes (\d+)')


def installed(cells: Sequence[str]) -> str:
    """Return the commands that make our table, which counts nothing yet. Idempotent."""
    lines = [f"add table inet {TABLE}"]
    lines += [f"add set inet {TABLE} {name} {{ type ifname; }}" for name in ("cells", "measured")]
    lines.append(f"add chain inet {TABLE} forward {{ type filter hook forward priority 300; }}")
    for version, type_ in ((4, "ipv4_addr"), (6, "ipv6_addr")):
        lines.append(
            f"add set inet {TABLE} octets{version} {{ type ifname . {type_}; size {PAIRS_MAX};"
            " flags dynamic; counter; }"
        )
    lines.append(f"flush chain inet {TABLE} forward")
    for version, header in ((4, "ip"), (6, "ip6")):
        for pair, ends in (
            (f"oifname . {header} saddr", "iifname @cells oifname @measured"),
            (f"iifname . {header} daddr", "iifname @measured oifname @cells"),
        ):
            lines.append(
                f"add rule inet {TABLE} forward {ends} update @octets{version} {{ {pair} }}"
            )
    if cells:
        listed = ", ".join(f'"{name}"' for name in cells)
        lines.append(f"add element inet {TABLE} cells {{ {listed} }}")
    return "\n".join(lines) + "\n"


class KernelMeter:
    """Volumes by nftables, in the namespace that packets are forwarded in. Port: ``Meter``.

    ``cells`` are the host's devices towards cells. What a former process counted goes on.
    """

    simulated = False

    def __init__(self, cells: Sequence[str], *, namespace: str | None = None) -> None:
        self._cells = tuple(cells)
        self._nft = Nft(namespace, terse=False)
        self._measured: tuple[str, ...] = ()

    async def exchanged(self, devices: Sequence[str]) -> Mapping[tuple[str, str], int]:
        """Return the octets by device and address; see ``Meter``. Blocks for some 0.1 ms."""
        wanted = tuple(dict.fromkeys(devices))
        if wanted != self._measured:
            self._measure(wanted)
        if not wanted:
            return {}
        text = "".join(self._nft.run(f"list set inet {TABLE} octets{n}") for n in (4, 6))
        found = {(name, address): int(octets) for name, address, octets in ELEMENT.findall(text)}
        return {pair: octets for pair, octets in found.items() if pair[0] in wanted}

    def remove(self) -> None:
        """Count nothing any more, and leave nothing behind."""
        self._nft.run(f"add table inet {TABLE}\ndelete table inet {TABLE}\n")
        self._measured = ()

    def close(self) -> None:
        """Let go of the kernel; what is counted goes on being counted."""
        self._nft.close()

    def _measure(self, wanted: tuple[str, ...]) -> None:
        if not wanted:
            self.remove()
            return
        listed = ", ".join(f'"{name}"' for name in wanted)
        self._nft.run(
            installed(self._cells)
            + f"flush set inet {TABLE} measured\n"
            + f"add element inet {TABLE} measured {{ {listed} }}\n"
        )
        self._measured = wanted


class SimulatedMeter:
    """No packet is counted where none is sent. Port: ``Meter``."""

    simulated = True

    async def exchanged(self, devices: Sequence[str]) -> Mapping[tuple[str, str], int]:
        """Return nothing; see ``Meter``."""
        return {}
