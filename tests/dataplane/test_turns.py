"""While elements come and go in turns, every packet meets what it met, or what it is to meet."""

from collections.abc import Iterator
from ipaddress import ip_address

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dataplane.drawn import packets, rules
from tests.dataplane.rules import DROP, rule

from wayside.dataplane.groups import Group
from wayside.dataplane.matches import Box
from wayside.dataplane.packets import Packet
from wayside.dataplane.plan import Plan
from wayside.dataplane.turns import Element, Turns, turns_of
from wayside.refpoints.mp2 import SteeringRule

Maps = dict[Group, dict[Box, int]]


def _maps(plan: Plan) -> Maps:
    return {group: dict(plan.map(group)) for group in plan.all_groups()}


def _changed(plan: Plan, put: list[SteeringRule]) -> Turns:
    plan.change(put=put)
    delta = plan.take_delta()
    return turns_of(plan, delta, delta.elements)


def _states(maps: Maps, turns: Turns, after: Maps) -> Iterator[Maps]:
    """Yield what the maps hold after each turn; fail where two ranges of a map would overlap."""

    def turn(gone: list[Element], come: list[Element]) -> Maps:
        for group, box in gone:
            del maps[group][box]
        for group, box in come:
            there = maps.setdefault(group, {})
            assert box not in there and not any(_overlap(box, each) for each in there)
            there[box] = after[group][box]
        return maps

    yield turn([], turns.come)
    for push in turns.pushes:
        yield turn(push.gone, push.come)
    yield turn([*turns.gone, *turns.changed], turns.changed)


def _overlap(one: Box, other: Box) -> bool:
    return all(a[0] <= b[1] and b[0] <= a[1] for a, b in zip(one, other, strict=True))


def _met(maps: Maps, point: tuple[int, int, int, int]) -> int | None:
    for group in sorted((each for each in maps if maps[each]), key=lambda each: each.rank):
        at = tuple((point[field], point[field]) for field in group.shape.fields)
        for box, number in maps[group].items():
            if _overlap(box, at):
                return number
    return None


def _points(seen: list[Packet]) -> list[tuple[int, int, int, int]]:
    return [
        (int(ip_address(each.source)), int(ip_address(each.destination)), 0, each.destination_port)
        for each in seen
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(rules(), max_size=8), rules(), st.lists(packets, max_size=8))
def test_while_a_rule_changes_packets_meet_what_they_met_or_what_they_are_to_meet(
    standing: list[SteeringRule], put: SteeringRule, seen: list[Packet]
) -> None:
    plan = Plan(standing)
    plan.take_delta()
    maps, points = _maps(plan), _points(seen)
    before = [_met(maps, point) for point in points]
    turns = _changed(plan, [put])
    after = _maps(plan)
    meant = [_met(after, point) for point in points]
    for state in _states(maps, turns, after):
        for point, *known in zip(points, before, meant, strict=True):
            assert _met(state, point) in known
    assert {group: boxes for group, boxes in maps.items() if boxes} == after


def test_what_is_pushed_a_level_down_is_there_before_it_goes() -> None:
    plan = Plan([rule("b/1", DROP, dst_port="80-90"), rule("c/1", DROP, dst_port="85-100")])
    plan.take_delta()
    turns = _changed(plan, [rule("a/1", DROP, dst_port="70-88")])
    levels = [
        {(group.level, box[0]) for group, box in come}
        for come in (turns.come, *(push.come for push in turns.pushes))
    ]
    assert levels == [{(2, (85, 100))}, {(1, (80, 90))}, {(0, (70, 88))}]
    assert not turns.gone


def test_ranges_that_take_each_others_places_do_so_in_one_turn() -> None:
    ports = ("80-90", "85-100")
    plan = Plan(
        rule(f"{key}/1", DROP, dst_port=each) for key, each in zip("ab", ports, strict=True)
    )
    plan.take_delta()
    maps = _maps(plan)
    turned = zip("ab", ports[::-1], strict=True)
    turns = _changed(plan, [rule(f"{key}/1", DROP, dst_port=each) for key, each in turned])
    assert len(list(_states(maps, turns, _maps(plan)))) == 3
