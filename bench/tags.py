"""Tags of ten thousand devices: how soon one counts, and what they cost packets.

``python -m bench tags``, as root. The data plane in namespaces of this machine; sizes are measured
in turns and compared by medians.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

from tests.dataplane.rules import APP1, DROP, FORWARD, UE, rule
from tests.dataplane.worlds import KernelWorld, Lab

from wayside.core.tasks import Nursery
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.refpoints.mp2 import RuleKey, SteeringRule

from .figures import Figure, Goal, Note, at_least, below
from .steering import PORT, SETTLE_S, drain, missing, rate, sink, source

__all__ = ["figures", "missing"]

FEW, MANY = 10, 10_000
CHANGES = 60
ROUNDS = 9
TAGGED = rule("bench/1", FORWARD, APP1, tag="vip", protocol="UDP", dst_port=str(PORT))
Change = Callable[[], Awaitable[object]]


def figures(note: Note) -> list[Figure]:
    """Return what a member and a registration cost, and packets beside many members."""
    note(f"tags: of {FEW} and of {MANY:,} devices")
    found = asyncio.run(measure())
    one, few, many = "one address", f"a tag of {FEW}", f"a tag of {MANY}"
    joins, again = f"a device joins {MANY}", f"a tag of {MANY} again"

    def steered(key: str, goal: Goal) -> Figure:
        less = key.replace(str(MANY), str(FEW))
        name = f"{key}: its next packet steered, p50"
        return Figure("tags", name, found[key], "ms", goal, f"{less}: {found[less]:.2f} ms")

    def asked(key: str, beside: str, goal: Goal | None = None) -> Figure:
        name = f"forwarding, {key} asked of each packet, beside {beside}"
        compared = f"{found[beside]:,.0f} packets/s with {beside}"
        return Figure("tags", name, found[key] / found[beside], "x", goal, compared)

    return [
        steered(joins, below(100)),
        steered(again, below(10)),
        asked(many, few, at_least(0.95)),
        asked(few, one),
        asked(one, "nothing"),
    ]


async def measure() -> dict[str, float]:
    """Return every figure by its name; leaves no namespace behind."""
    lab, found = Lab(), {}
    async with Nursery() as nursery:
        try:
            lab.realise()
            world = KernelWorld(lab, DnsServer(DnsSettings(()), nursery))
            for size in (FEW, MANY):
                found[f"a device joins {size}"] = await joining(world, lab, devices(size))
                found[f"a tag of {size} again"] = await registering(world, lab, devices(size))
            found |= await forwarding(world, lab)
            world.close()
        finally:
            lab.release()
    return found


def devices(count: int) -> list[str]:
    """Return addresses of which no two are neighbours."""
    return [f"10.{64 + n // 32768}.{n // 128 % 256}.{n % 128 * 2}" for n in range(count)]


async def joining(world: KernelWorld, lab: Lab, members: Sequence[str]) -> float:
    """Return milliseconds from ``change`` to the packet of the device that it put in."""
    await world.plane.replace([TAGGED], {"vip": members})
    return await _steered(
        lab,
        on=lambda: world.plane.change(tags={"vip": [*members, UE]}),
        off=lambda: world.plane.change(tags={"vip": members}),
    )


async def registering(world: KernelWorld, lab: Lab, members: Sequence[str]) -> float:
    """Return milliseconds from the rule's coming back to the packet of a member."""
    await world.plane.replace([TAGGED], {"vip": [*members, UE]})
    await world.plane.change(remove=[RuleKey(TAGGED.key)])
    return await _steered(
        lab,
        on=lambda: world.plane.change(put=[TAGGED]),
        off=lambda: world.plane.change(remove=[RuleKey(TAGGED.key)]),
    )


async def _steered(lab: Lab, *, on: Change, off: Change) -> float:
    device, end, cloud = source(lab), sink(lab, "app1"), sink(lab, "cloud")
    taken = []
    for _ in range(CHANGES):
        began = time.perf_counter()
        await on()
        device.send(b"x")
        end.recv(100)
        taken.append(time.perf_counter() - began)
        await off()
        drain(cloud)
    for each in (device, end, cloud):
        each.close()
    return statistics.median(taken) * 1000


async def forwarding(world: KernelWorld, lab: Lab) -> dict[str, float]:
    """Return packets per second of a device that no rule means, by what is asked of each packet."""
    device, end = source(lab), sink(lab, "cloud")
    rules: dict[str, list[SteeringRule]] = {
        "nothing": [],
        "one address": [_per_packet(src_address="10.63.1.1")],
        f"a tag of {FEW}": [_per_packet(tag="few")],
        f"a tag of {MANY}": [_per_packet(tag="many")],
    }
    rates: dict[str, list[float]] = {name: [] for name in rules}
    for _ in range(ROUNDS):
        for name, wanted in rules.items():
            await world.plane.replace(wanted, {"few": devices(FEW), "many": devices(MANY)})
            await asyncio.sleep(SETTLE_S)
            rates[name].append(rate(device))
            drain(end)
    device.close()
    end.close()
    return {name: statistics.median(values) for name, values in rates.items()}


def _per_packet(**members: object) -> SteeringRule:
    return rule("bench/2", DROP, protocol="UDP", per_packet=True, **members)  # type: ignore[arg-type]  # a filter's own
