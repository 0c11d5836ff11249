"""Laws of the plan: it agrees with a reading of the rules one by one, however it came about."""

from ipaddress import ip_address

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dataplane.drawn import DEVICES, TAGGED, holds, is_of, packets, rules

from wayside.dataplane.groups import Shape, shape_of
from wayside.dataplane.matches import matches_of
from wayside.dataplane.packets import Packet
from wayside.dataplane.plan import Plan
from wayside.dataplane.walk import NORMAL, Verdict, walk
from wayside.dataplane.wishes import read_tags
from wayside.model.rules import FilterType
from wayside.refpoints.mp2 import SteeringRule


def _naive(wanted: list[SteeringRule], packet: Packet) -> Verdict:
    """Try every match of every rule in the documented order; no maps, no levels."""
    found = []
    for steering in wanted:
        if not any(holds(each, packet) for each in steering.rule.traffic_filter):
            continue
        for filter_ in steering.rule.traffic_filter:
            found += [
                (_order(shape_of(match, steering.rule.filter_type, steering.rule.priority)),
                 steering.key, steering)
                for match in matches_of(filter_, (4,))
                if holds(filter_, packet) and _inside(match.box, match.fields, packet)
                and match.protocol in (None, packet.protocol)
                and (match.tagged is None or is_of(
                    match.tagged.tag, (packet.source, packet.destination)[match.tagged.side]
                ))
            ]  # fmt: skip
    if not found:
        return NORMAL
    winner = min(found, key=lambda each: each[:2])[2]
    target = winner.targets[0] if winner.targets else None
    return Verdict(winner.rule.action, target, winner.key)


def _order(shape: Shape) -> tuple[object, ...]:
    is_packet = shape.filter_type is FilterType.PACKET
    return (shape.priority, is_packet, *shape.rank[1:])


def _inside(box: object, fields: object, packet: Packet) -> bool:
    values = (
        int(ip_address(packet.source)),
        int(ip_address(packet.destination)),
        packet.source_port,
        packet.destination_port,
    )
    pairs = zip(box, fields, strict=True)  # type: ignore[call-overload]  # a match's own
    return all(first <= values[field] <= last for (first, last), field in pairs)


@settings(max_examples=300, deadline=None)
@given(st.lists(rules(TAGGED), max_size=8, unique_by=lambda each: each.key), st.lists(packets))
def test_the_walk_agrees_with_reading_the_rules_one_by_one(
    wanted: list[SteeringRule], seen: list[Packet]
) -> None:
    plan = Plan(wanted, tags=read_tags(DEVICES))
    for packet in seen:
        assert walk(plan, packet) == _naive(wanted, packet)


def _picture(plan: Plan) -> dict[object, object]:
    """Return the maps with outcomes spelled out: what packets can tell of a plan."""
    return {
        group: {box: plan.outcome(number) for box, number in plan.map(group).items()}
        for group in plan.all_groups()
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(rules(TAGGED), st.booleans()), max_size=20))
def test_a_plan_changed_step_by_step_is_the_plan_made_at_once(
    steps: list[tuple[SteeringRule, bool]],
) -> None:
    grown = Plan()
    standing: dict[str, SteeringRule] = {}
    for steering, comes in steps:
        if comes:
            grown.change(put=[steering])
            standing[steering.key] = steering
        else:
            grown.change(remove=[steering.key])
            standing.pop(steering.key, None)
        grown.take_delta()
    assert _picture(grown) == _picture(Plan(standing.values()))
    assert sorted(o for _, o in grown.outcomes()) == sorted(
        o for _, o in Plan(standing.values()).outcomes()
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(rules(), max_size=8), st.lists(rules(), max_size=4))
def test_a_delta_tells_exactly_what_became_different(
    before: list[SteeringRule], after: list[SteeringRule]
) -> None:
    plan = Plan(before)
    plan.take_delta()
    maps = {group: dict(plan.map(group)) for group in plan.all_groups()}
    plan.change(put=after)
    delta = plan.take_delta()
    for group, boxes in delta.elements.items():
        there = maps.setdefault(group, {})
        for box in boxes:
            now = plan.map(group).get(box)
            assert there.get(box) == boxes[box]
            if now is None:
                there.pop(box, None)
            else:
                there[box] = now
    assert {g: m for g, m in maps.items() if m} == {
        group: dict(plan.map(group)) for group in plan.all_groups()
    }


@settings(max_examples=100, deadline=None)
@given(st.lists(rules(), max_size=8))
def test_no_two_ranges_of_a_map_overlap(wanted: list[SteeringRule]) -> None:
    plan = Plan(wanted)
    for group in plan.all_groups():
        boxes = list(plan.map(group))
        for place, a in enumerate(boxes):
            for b in boxes[:place]:
                spans = zip(a, b, strict=True)
                assert any(x[1] < y[0] or y[1] < x[0] for x, y in spans)
