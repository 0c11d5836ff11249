"""Packets of applications by the access network that was chosen for them, counted link by link."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.dataplane.access_worlds import (
    CELL,
    LONE,
    PATHS,
    PATHS_V6,
    PORT,
    UE,
    UE_V6,
    WLAN,
    AccessLab,
    read,
)

from wayside.core.tasks import Nursery
from wayside.dataplane.accesses import KernelAccesses
from wayside.linux import netns, probe
from wayside.model.accesses import Figures, FlowMatch
from wayside.refpoints.mp2 import AccessChoice, AccessState

pytestmark = pytest.mark.netns

UNKNOWN = AccessState(is_up=None, figures=Figures())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def lab() -> Iterator[AccessLab]:
    if (reason := probe.missing("nftables", "nftables duplicate", "policy routing")) is not None:
        pytest.skip(reason)
    made = AccessLab()
    try:
        made.realise()
        yield made
    finally:
        made.release()
        assert not any(netns.exists(name) for name in made.names.values())


@pytest.fixture
async def accesses(lab: AccessLab) -> AsyncIterator[KernelAccesses]:
    made = KernelAccesses(PATHS, namespace=lab.host)
    yield made
    await made.steer([])
    made.close()
    assert "wayside_access" not in lab.nft("host", "list ruleset")
    assert "fwmark" not in netns.run_in(lab.host, ["ip", "rule"])


def by(*paths: int, app: str = "app1", key: str = "a", **more: object) -> AccessChoice:
    return AccessChoice(key, app, paths, **more)  # type: ignore[arg-type]


async def test_without_a_choice_packets_go_where_the_routes_lead(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    await accesses.steer([])
    assert lab.send("app1") == {"cell": 20}


async def test_an_application_goes_by_what_is_chosen_and_its_neighbour_does_not(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    await accesses.steer([by(WLAN, CELL)])
    assert lab.send("app1") == {"wlan": 20}
    assert lab.send("app2") == {"cell": 20}
    await accesses.steer([by(CELL, WLAN), by(WLAN, app="app2", key="b")])
    assert (lab.send("app1"), lab.send("app2")) == ({"cell": 20}, {"wlan": 20})
    await accesses.steer([by(WLAN, app="app2", key="b")])
    assert (lab.send("app1"), lab.send("app2")) == ({"cell": 20}, {"wlan": 20})


async def test_a_device_with_one_link_is_reached_by_it_whatever_is_chosen(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    await accesses.steer([by(WLAN)])
    end = lab.end("lone")
    lab.send("app1", to=LONE)
    assert len(read(end)) == 20
    end.close()


async def test_a_device_that_is_away_is_reached_by_another_way_until_it_is_back(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    await accesses.leave({WLAN: {UE, "10.45.9.9"}})
    await accesses.steer([by(WLAN, CELL)])
    assert lab.send("app1") == {"cell": 20}
    await accesses.leave({WLAN: {"10.45.9.8"}})
    assert lab.send("app1") == {"wlan": 20}
    await accesses.leave({WLAN: {UE}})
    await accesses.steer([by(WLAN, CELL, copied=True)])
    assert lab.send("app1") == {"cell": 20}
    follower = KernelAccesses(PATHS, namespace=lab.host)
    await follower.steer([by(WLAN, CELL)])
    assert lab.send("app1") == {"wlan": 20}  # nobody told it that the device is away
    await follower.leave({WLAN: {UE}})
    lab.nft("host", "flush set ip wayside_access away2")
    await follower.leave({CELL: {UE}, WLAN: set()})
    assert lab.send("app1") == {"wlan": 20}
    follower.close()


async def test_a_flow_of_its_own_goes_its_own_way(accesses: KernelAccesses, lab: AccessLab) -> None:
    flow = FlowMatch(destination=UE, destination_port=PORT + 1, protocol=17)
    await accesses.steer([by(CELL), by(WLAN, key="b", flows=(flow,))])
    assert lab.send("app1", port=PORT + 1) == {"wlan": 20}
    assert lab.send("app1", port=PORT) == {"cell": 20}
    prefix = FlowMatch(destination="10.45.0.0/16", source_port=5000)
    await accesses.steer([by(WLAN, flows=(prefix,))])
    assert lab.send("app1") == {"wlan": 20}
    other = FlowMatch(destination_port=PORT, protocol=6)
    await accesses.steer([by(WLAN, flows=(other,))])
    assert lab.send("app1") == {"cell": 20}


async def test_ipv6_has_its_own_paths_and_prefixes_of_devices(lab: AccessLab) -> None:
    accesses = KernelAccesses(PATHS_V6, namespace=lab.host)
    assert lab.send("app1", to=UE_V6) == {"cell": 20}
    await accesses.steer([by(WLAN)])
    assert lab.send("app1", to=UE_V6) == {"wlan": 20}
    await accesses.steer([by(CELL, WLAN, copied=True)])
    assert lab.send("app1", to=UE_V6) == {"cell": 20, "wlan": 20}
    flow = FlowMatch(destination=UE_V6, destination_port=PORT, dscp=0, flow_label=0x12345)
    await accesses.steer([by(WLAN, flows=(flow,)), by(CELL, key="b")])
    assert lab.send("app1", to=UE_V6) == {"cell": 20}
    assert lab.send("app1") == {"cell": 20}
    await accesses.steer([])
    accesses.close()


async def test_copies_come_by_both_and_the_device_takes_each_once(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    await accesses.steer([by(CELL, WLAN, copied=True)])
    end = lab.end()
    assert lab.send("app1", 200) == {"cell": 200, "wlan": 200}
    assert sorted(map(int, read(end))) == list(range(200))
    assert lab.send("app2") == {"cell": 20}
    end.close()


async def test_copies_outlive_the_loss_of_either_link(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    end = lab.end()
    for lost in ("cell", "wlan"):
        await accesses.steer([by(CELL, WLAN, copied=True)])
        lab.nft(
            "ue",
            f"add table inet lossy\nadd chain inet lossy first {{ type filter hook "
            f'prerouting priority -360; }}\nadd rule inet lossy first iifname "{lost}" drop\n',
        )
        lab.send("app1", 50)
        lab.nft("ue", "delete table inet lossy")
        assert sorted(map(int, read(end))) == list(range(50))
    end.close()


async def test_the_device_answers_by_the_link_that_was_chosen(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    end = lab.end()
    for path, link in ((WLAN, "wlan"), (CELL, "cell")):
        await accesses.steer([by(path)])
        lab.send("app1", 1)
        before = lab.counted("host")
        for _ in range(10):
            end.sendto(b"answer", ("10.60.1.2", 5000))
        await asyncio.sleep(0.05)
        assert lab.counted("host") - before == {link: 10}
        assert len(read(lab.sender("app1"))) == 10
    end.close()


async def test_no_packet_is_lost_or_goes_astray_while_choices_change(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    end, going, sent = lab.end(), threading.Event(), [0]
    got: list[str] = []

    def stream() -> None:
        while not going.is_set():
            lab.sender("app1").sendto(str(sent[0]).encode(), (UE, PORT))
            sent[0] += 1
            got.extend(read(end))
            time.sleep(50e-6)

    await accesses.steer([by(WLAN)])
    before = lab.counted("ue")
    thread = threading.Thread(target=stream)
    thread.start()
    for _ in range(20):  # the neighbour's choices change, its own does not
        await accesses.steer([by(WLAN), by(CELL, app="app2", key="b")])
        await accesses.steer([by(WLAN), by(WLAN, app="app2", key="b")])
    going.set()
    thread.join()
    await asyncio.sleep(0.05)
    got += read(end)
    assert sent[0] > 100
    assert lab.counted("ue") - before == Counter(wlan=sent[0])
    assert list(map(int, got)) == list(range(sent[0]))
    end.close()


async def test_a_new_process_takes_the_place_of_the_one_before(
    accesses: KernelAccesses, lab: AccessLab
) -> None:
    await accesses.steer([by(WLAN), by(CELL, app="app2", key="b")])
    follower = KernelAccesses(PATHS, namespace=lab.host)
    assert lab.send("app1") == {"wlan": 20}
    await follower.steer([by(WLAN, app="app2", key="b")])
    assert (lab.send("app1"), lab.send("app2")) == ({"cell": 20}, {"wlan": 20})
    await follower.steer([by(WLAN, app="app2", key="b")])
    listed = lab.nft("host", "list table ip wayside_access")
    assert listed.count("chain e") == 2, listed  # in force, and the one before it
    follower.close()


async def test_an_access_network_that_is_not_there_changes_nothing_for_the_others(
    lab: AccessLab,
) -> None:
    gone = KernelAccesses(
        (*PATHS[:1], PATHS[1], PATHS[1].__class__(id=9, interface="nosuch", gateway="10.46.9.1")),
        namespace=lab.host,
    )
    await gone.steer([by(9, WLAN)])
    assert lab.send("app1") == {"wlan": 20}
    await gone.steer([])
    gone.close()


async def test_how_an_access_network_is_gets_measured_and_its_loss_seen(lab: AccessLab) -> None:
    async with Nursery() as nursery:
        accesses = KernelAccesses(PATHS, namespace=lab.host)
        nursery.start(accesses.watch(), name="paths")

        async def until(path: int, is_up: bool) -> None:
            async with asyncio.timeout(10):
                while accesses.states().get(path, UNKNOWN).is_up is not is_up:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

        await until(WLAN, True)
        await until(CELL, True)
        delay = accesses.states()[WLAN].figures.delay_ns
        assert delay is not None and 0 < delay < 100_000_000
        netns.run_in(lab.names["wlan"], ["ip", "link", "set", "host", "down"])
        await until(WLAN, False)
        assert accesses.states()[CELL].is_up
        netns.run_in(lab.names["wlan"], ["ip", "link", "set", "host", "up"])
        netns.run_in(lab.names["wlan"], ["ip", "route", "replace", "default", "via", "10.46.1.2"])
        await until(WLAN, True)
        assert (accesses.states()[WLAN].figures.loss or 0) > 0
        accesses.close()


async def test_a_route_that_went_with_its_device_is_made_again(lab: AccessLab) -> None:
    async with Nursery() as nursery:
        accesses = KernelAccesses(PATHS, namespace=lab.host)
        nursery.start(accesses.watch(), name="paths")
        await accesses.steer([by(WLAN, CELL)])
        assert lab.send("app1") == {"wlan": 20}
        for state in ("down", "up"):
            netns.run_in(lab.host, ["ip", "link", "set", "wlan", state])
        assert lab.send("app1") == {"cell": 20}
        async with asyncio.timeout(10):
            while lab.send("app1", 1) != {"wlan": 1}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await accesses.steer([])
        accesses.close()
