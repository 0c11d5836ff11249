"""Allocations as trees and as text: what is made, what is rewritten, what goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.core.errors import Unprocessable
from wayside.dataplane import lanes
from wayside.dataplane.lanes import APPLICATION, REST, SESSION_FIRST, Held
from wayside.model.bandwidth import Direction, Flow
from wayside.refpoints.mp2 import Allocation

DOWN, UP = Direction.DOWNLINK, Direction.UPLINK
M = 1_000_000
TO_DEVICE = Flow(destination="10.45.1.2", destination_port=9000, protocol=17)


def _tree(*allocations: Allocation) -> lanes.Tree:
    (tree,) = lanes.trees(allocations).values()
    return tree


def _text(tree: lanes.Tree, held: Held | None = None) -> str:
    return "\n".join(lanes.change(tree, held or Held())[0])


def test_each_instance_and_direction_has_a_tree_and_what_is_for_the_whole_adds_up() -> None:
    found = lanes.trees(
        [
            Allocation("a/1", "app1", DOWN, 10 * M),
            Allocation("a/2", "app1", DOWN, 5 * M),
            Allocation("a/3", "app1", DOWN, 2 * M, (TO_DEVICE,)),
            Allocation("b/1", "app2", UP, 7 * M),
        ]
    )
    assert found[("app1", DOWN)].rate_bps == 15 * M
    assert [lane.rate_bps for lane in found[("app1", DOWN)].lanes] == [2 * M]
    assert found[("app2", UP)] == ("app2", UP, 7 * M, ())
    assert len(found) == 2


def test_a_session_alone_leaves_the_rest_of_the_application_without_a_limit() -> None:
    text = _text(_tree(Allocation("a/1", "app1", DOWN, 2 * M, (TO_DEVICE,))))
    assert f"classid ba:10 htb rate {2 * M}bit ceil {2 * M}bit" in text
    assert f"classid ba:2 htb rate {lanes.UNLIMITED_BPS}bit" in text


def test_sessions_come_beside_what_the_rest_of_the_application_has() -> None:
    text = _text(
        _tree(
            Allocation("a/1", "app1", DOWN, 10 * M),
            Allocation("a/2", "app1", DOWN, 4 * M, (TO_DEVICE,)),
        )
    )
    assert f"classid ba:2 htb rate {10 * M}bit ceil {10 * M}bit" in text
    assert f"classid ba:10 htb rate {4 * M}bit ceil {4 * M}bit" in text
    assert f"classid ba:1 htb rate {14 * M}bit" in text


def test_ends_change_places_for_what_comes_from_the_devices() -> None:
    down = _text(_tree(Allocation("a", "app1", DOWN, M, (TO_DEVICE,))))
    up = _text(_tree(Allocation("a", "app1", UP, M, (TO_DEVICE,))))
    assert "match ip dst 10.45.1.2/32 match ip protocol 17 0xff match ip dport 9000" in down
    assert "match ip src 10.45.1.2/32 match ip protocol 17 0xff match ip sport 9000" in up


@pytest.mark.parametrize(
    ("flow", "protocols"),
    [
        (Flow(), {"ip", "ipv6"}),
        (Flow(destination="fd45::2"), {"ipv6"}),
        (Flow(source="10.60.1.2", source_port=80), {"ip"}),
    ],
)
def test_a_flow_is_looked_for_in_the_families_it_may_have(flow: Flow, protocols: set[str]) -> None:
    text = _text(_tree(Allocation("a", "app1", DOWN, M, (flow,))))
    assert {line.split("protocol ")[1].split()[0] for line in text.splitlines()
            if line.startswith("filter add")} == protocols  # fmt: skip


def test_a_port_without_a_protocol_means_tcp_and_udp() -> None:
    text = _text(
        _tree(Allocation("a", "app1", DOWN, M, (Flow(source="10.60.1.2", source_port=80),)))
    )
    assert "match ip protocol 6 0xff" in text and "match ip protocol 17 0xff" in text


def test_the_flow_with_more_members_is_asked_first() -> None:
    wide, narrow = Flow(destination="10.45.1.2"), TO_DEVICE
    text = _text(
        _tree(
            Allocation("a", "app1", DOWN, M, (wide,)), Allocation("b", "app1", DOWN, M, (narrow,))
        )
    )
    assert text.index("flowid ba:11") < text.index("flowid ba:10")


def test_a_change_keeps_the_classes_of_what_stays_and_takes_the_others_away() -> None:
    first = _tree(*(Allocation(key, "app1", DOWN, M, (TO_DEVICE,)) for key in "abc"))
    _, held = lanes.change(first, Held())
    second = _tree(*(Allocation(key, "app1", DOWN, M, (TO_DEVICE,)) for key in "bd"))
    lines, now = lanes.change(second, held)
    assert now.numbers["b"] == held.numbers["b"]
    assert now.numbers["d"] not in held.numbers.values()
    gone = {f"class del dev ba-app1 classid ba:{held.numbers[key]:x}" for key in "ac"}
    assert {line for line in lines if line.startswith("class del")} == gone


def test_filters_are_written_beside_the_old_ones_which_then_go() -> None:
    tree = _tree(Allocation("a", "app1", DOWN, M, (TO_DEVICE,)))
    _, held = lanes.change(tree, Held())
    lines, again = lanes.change(tree, held)
    assert not held.places & again.places
    added, gone = (
        [n for n, line in enumerate(lines) if line.startswith(f"filter {word}")]
        for word in ("add", "del")
    )
    assert max(added) < min(gone)


def test_what_a_former_process_left_goes_after_the_new_filters_are_there() -> None:
    held = Held(stale=frozenset({0x10, 0x11}), places=frozenset({("ip", 10)}))
    lines, now = lanes.change(_tree(Allocation("a", "app1", DOWN, M, (TO_DEVICE,))), held)
    assert now.numbers == {"a": 0x12}
    assert lines[-2:] == [
        "class del dev ba-app1 classid ba:10",
        "class del dev ba-app1 classid ba:11",
    ]
    assert "filter del dev ba-app1 parent ba: protocol ip pref 10" in lines


def test_a_device_whose_name_leaves_no_room_is_refused_by_name() -> None:
    with pytest.raises(Unprocessable, match="abcdefghijklm"):
        lanes.make(_tree(Allocation("a", "abcdefghijklm", DOWN, M)))


allocations = st.builds(
    Allocation,
    st.text("abc", min_size=1, max_size=3),
    st.just("app1"),
    st.just(UP),
    st.integers(1, 10**10),
    st.sampled_from([(), (TO_DEVICE,), (Flow(), TO_DEVICE)]),
)
wishes = st.lists(st.lists(allocations, max_size=6, unique_by=lambda each: each.key), min_size=1)


@given(wishes)
def test_after_any_changes_the_classes_are_those_of_the_last_wish(
    steps: list[list[Allocation]],
) -> None:
    held, classes = Held(), set[str]()
    for step in steps:
        tree = lanes.trees(step).get(("app1", UP), lanes.Tree("app1", UP, None, ()))
        lines, held = lanes.change(tree, held)
        for line in lines:
            words = line.split()
            if words[:2] == ["class", "replace"]:
                classes.add(words[words.index("classid") + 1])
            if words[:2] == ["class", "del"]:
                classes.remove(words[-1])
    numbers = {APPLICATION, REST, *held.numbers.values()}
    assert classes == {f"ba:{number:x}" for number in numbers}
    assert set(held.numbers) == {each.key for each in steps[-1] if each.flows}
    assert all(number >= SESSION_FIRST for number in held.numbers.values())
