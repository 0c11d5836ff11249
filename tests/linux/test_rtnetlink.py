"""Policy routes by rtnetlink, as the ip command sees them."""

import os
from collections.abc import Iterator

import pytest

from wayside.core.errors import Unavailable
from wayside.linux import netns, probe
from wayside.linux.rtnetlink import PolicyRoutes

pytestmark = pytest.mark.netns

MARK = 0x10007


@pytest.fixture
def namespace() -> Iterator[str]:
    if (reason := probe.missing("policy routing", "veth")) is not None:
        pytest.skip(reason)
    name = f"wlr{os.getpid()}"
    netns.create(name)
    try:
        netns.batch(
            name,
            ["link add left type veth peer name right", "link set left up", "link set right up"],
        )
        yield name
    finally:
        netns.delete(name)


@pytest.fixture
def routes(namespace: str) -> Iterator[PolicyRoutes]:
    made = PolicyRoutes(namespace, preference=1000)
    yield made
    made.close()


@pytest.mark.parametrize(("version", "gateway"), [(4, "10.60.1.2"), (6, "fd60::2")])
def test_a_mark_chooses_its_own_default_route(
    routes: PolicyRoutes, namespace: str, version: int, gateway: str
) -> None:
    for _ in range(2):
        routes.put(MARK, gateway=gateway, device="left")
    ip = ["ip", f"-{version}"]
    assert netns.run_in(namespace, [*ip, "rule"]).count(f"1000:\tfrom all fwmark {MARK:#x}") == 1
    shown = netns.run_in(namespace, [*ip, "route", "show", "table", str(MARK)])
    assert f"default via {gateway} dev left" in shown and "onlink" in shown
    assert routes.marks(version) == [MARK]


def test_putting_it_again_replaces_the_route(routes: PolicyRoutes, namespace: str) -> None:
    routes.put(MARK, gateway="10.60.1.2", device="left")
    routes.put(MARK, gateway="10.60.1.3", device="right")
    shown = netns.run_in(namespace, ["ip", "route", "show", "table", str(MARK)])
    assert shown.split()[:5] == ["default", "via", "10.60.1.3", "dev", "right"]
    assert shown.count("default") == 1


@pytest.mark.parametrize(("version", "gateway"), [(4, "10.60.1.2"), (6, "fd60::2")])
def test_dropping_takes_rule_and_route_and_may_be_repeated(
    routes: PolicyRoutes, namespace: str, version: int, gateway: str
) -> None:
    before = netns.run_in(namespace, ["ip", f"-{version}", "rule"])
    routes.put(MARK, gateway=gateway, device="left")
    routes.drop(MARK, version=version)
    routes.drop(MARK, version=version)
    assert netns.run_in(namespace, ["ip", f"-{version}", "rule"]) == before
    assert routes.marks(version) == []
    shown = netns.run_in(namespace, ["ip", f"-{version}", "route", "show", "table", "all"])
    assert gateway not in shown


def test_rules_of_another_preference_are_not_ours(routes: PolicyRoutes, namespace: str) -> None:
    netns.run_in(namespace, ["ip", "rule", "add", "pref", "999", "fwmark", "5", "lookup", "5"])
    assert routes.marks(4) == []


def test_a_device_that_is_missing_or_down_is_named(routes: PolicyRoutes, namespace: str) -> None:
    with pytest.raises(Unavailable, match="no device nowhere"):
        routes.put(MARK, gateway="10.60.1.2", device="nowhere")
    netns.batch(namespace, ["link set left down"])
    with pytest.raises(Unavailable, match="Bring the device up"):
        routes.put(MARK, gateway="10.60.1.2", device="left")
