"""Volumes, counted by the kernel from real packets."""

from collections.abc import Iterator

import pytest
from tests.dataplane.worlds import KernelWorld, Lab

from wayside.dataplane.metering import TABLE, KernelMeter
from wayside.linux import netns

pytestmark = pytest.mark.netns

UE, APP1, APP2 = "10.45.1.2", "10.60.1.2", "10.60.1.3"
HEADERS_BYTES = 28
"""Of IPv4 and UDP."""


@pytest.fixture
def meter(lab: Lab) -> Iterator[KernelMeter]:
    made = KernelMeter(["cell"], namespace=lab.names["host"])
    yield made
    made.remove()
    made.close()
    assert TABLE not in netns.run_in(lab.names["host"], ["nft", "list", "tables"])


async def test_what_a_pair_exchanges_is_counted_in_both_directions(
    meter: KernelMeter, kernel: KernelWorld
) -> None:
    kernel.send(APP1)
    assert await meter.exchanged(["app1"]) == {}, "what was before is nobody's"
    assert kernel.send(APP1).answers == ("app1",)
    once = len("hello") + len("app1") + 2 * HEADERS_BYTES
    assert await meter.exchanged(["app1"]) == {("app1", UE): once}
    kernel.send(APP1)
    kernel.send(APP2)
    kernel.send()
    assert await meter.exchanged(["app1"]) == {("app1", UE): 2 * once}


async def test_what_is_not_asked_for_any_more_is_not_counted(
    meter: KernelMeter, kernel: KernelWorld
) -> None:
    await meter.exchanged(["app1", "app2"])
    kernel.send(APP1)
    kernel.send(APP2)
    assert {device for device, _ in await meter.exchanged(["app1", "app2"])} == {"app1", "app2"}
    before = await meter.exchanged(["app2"])
    assert set(before) == {("app2", UE)}
    kernel.send(APP1)
    kernel.send(APP2, source="10.45.2.2")
    assert set(await meter.exchanged(["app2"])) == {("app2", UE), ("app2", "10.45.2.2")}


async def test_a_new_process_goes_on_counting(
    meter: KernelMeter, kernel: KernelWorld, lab: Lab
) -> None:
    await meter.exchanged(["app1"])
    kernel.send(APP1)
    counted = await meter.exchanged(["app1"])
    follower = KernelMeter(["cell"], namespace=lab.names["host"])
    assert await follower.exchanged(["app1"]) == counted != {}
    follower.close()
