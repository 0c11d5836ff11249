"""Choices of access networks as text: what comes before what, and what goes when."""

from tests.dataplane.access_worlds import CELL, PATHS, WLAN

from wayside.dataplane import paths
from wayside.model.accesses import AccessPath, FlowMatch
from wayside.refpoints.mp2 import AccessChoice

NUMBERED = dict(enumerate(PATHS, 1))
INDEXES = {1: 11, 2: 12}


def text(*choices: AccessChoice, family: str = "ip", epoch: int = 3) -> str:
    there = {n: path for n, path in NUMBERED.items() if path.version == paths.FAMILIES[family]}
    filled = paths.fill(family, choices, there, indexes=INDEXES, epoch=epoch)
    return "".join(filled) + paths.turn(family, choices, epoch=epoch)


def test_the_choice_that_asks_most_of_a_packet_is_asked_first() -> None:
    made = text(
        AccessChoice("all", "app1", (CELL,)),
        AccessChoice("one", "app1", (WLAN,), flows=(FlowMatch(destination_port=80, dscp=46),)),
        AccessChoice("port", "app1", (WLAN,), flows=(FlowMatch(destination_port=81),)),
    )
    rules = [line.partition("iifname ")[2] for line in made.splitlines() if "iifname" in line]
    assert rules == [
        '"app1" meta l4proto { 6, 17 } th dport 80 ip dscp 46 goto e3_choice1',
        '"app1" meta l4proto { 6, 17 } th dport 81 goto e3_choice2',
        '"app1" goto e3_choice0',
    ]


def test_a_path_that_is_not_there_is_left_out_and_one_way_makes_no_copies() -> None:
    made = text(AccessChoice("a", "app1", (9, WLAN), copied=True))
    assert "dup" not in made and "meta mark set 0x40002 return" in made


def test_each_family_has_its_own_flows_and_paths() -> None:
    four = AccessChoice("a", "app1", (WLAN,), flows=(FlowMatch(destination="10.45.1.2"),))
    six = AccessChoice("b", "app1", (WLAN,), flows=(FlowMatch(flow_label=7, protocol=17),))
    assert "goto e3_choice0" in text(four, six) and "goto e3_choice1" not in text(four, six)
    other = text(four, six, family="ip6")
    assert "meta l4proto 17 ip6 flowlabel 7 goto e3_choice1" in other
    assert "goto e3_choice0" not in other and "meta mark set" not in other


def test_sets_go_after_the_chains_that_ask_them() -> None:
    made = paths.drop("ip", [("set", "e1_devices1"), ("chain", "e1_choice0")])
    assert made.splitlines() == [
        "flush chain ip wayside_access e1_choice0",
        "delete chain ip wayside_access e1_choice0",
        "delete set ip wayside_access e1_devices1",
    ]


def test_many_devices_are_added_some_at_a_time() -> None:
    devices = tuple(f"10.45.{n >> 8}.{n & 255}" for n in range(1000))
    path = AccessPath(id=1, interface="cell", gateway="10.46.0.1", devices=devices)
    made = list(paths.fill("ip", (), {1: path}, indexes={1: 1}, epoch=1))
    assert [len(each.split(",")) for each in made[1:]] == [400, 400, 200]
