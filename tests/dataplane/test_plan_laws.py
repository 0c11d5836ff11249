"""Laws of the plan: it agrees with a reading of the rules one by one, however it came about."""

from ipaddress import ip_address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dataplane.rules import APP1, APP2, COPY, DROP, FORWARD, PASS, rule

from wayside.dataplane.groups import Shape, shape_of
from wayside.dataplane.matches import matches_of
from wayside.dataplane.packets import Packet
from wayside.dataplane.plan import Plan
from wayside.dataplane.walk import NORMAL, Verdict, walk
from wayside.model.rules import FilterType, TrafficFilter
from wayside.refpoints.mp2 import SteeringRule

ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.0.0.9", "10.1.0.1")
PREFIXES = (*ADDRESSES, "10.0.0.0/29", "10.0.0.0/24", "10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0")
PORTS = ("80", "81", "80-90", "85-100", "0-65535", "443")
NUMBERS = (79, 80, 81, 85, 95, 443)

filters = st.builds(
    TrafficFilter,
    src_address=st.lists(st.sampled_from(PREFIXES), max_size=2).map(tuple),
    dst_address=st.lists(st.sampled_from(PREFIXES), max_size=1).map(tuple),
    dst_port=st.lists(st.sampled_from(PORTS), max_size=2).map(tuple),
    protocol=st.lists(st.sampled_from(["TCP", "17"]), max_size=1).map(tuple),
    d_scp=st.sampled_from([None, None, 46]),
)
actions = st.sampled_from([(DROP, None), (PASS, None), (FORWARD, APP1), (COPY, APP2)])


@st.composite
def rules(draw: st.DrawFn) -> SteeringRule:
    action, target = draw(actions)
    return rule(
        f"{draw(st.sampled_from('abcdef'))}/1",
        action,
        target,
        priority=draw(st.sampled_from([1, 2])),
        per_packet=draw(st.booleans()),
        filters=tuple(draw(st.lists(filters, min_size=1, max_size=2))),
    )


packets = st.builds(
    Packet,
    source=st.sampled_from(ADDRESSES),
    destination=st.sampled_from(ADDRESSES),
    protocol=st.sampled_from([6, 17, 1]),
    source_port=st.just(0),
    destination_port=st.sampled_from(NUMBERS),
    dscp=st.sampled_from([0, 46]),
).map(lambda packet: packet if packet.protocol != 1 else _without_ports(packet))


def _without_ports(packet: Packet) -> Packet:
    return Packet(packet.source, packet.destination, packet.protocol, dscp=packet.dscp)


def _holds(filter_: TrafficFilter, packet: Packet) -> bool:
    """Read a filter as the standard does, value by value."""

    def inside(address: str, prefixes: tuple[str, ...]) -> bool:
        return not prefixes or any(ip_address(address) in ip_network(each) for each in prefixes)

    def port(number: int, ranges: tuple[str, ...]) -> bool:
        spans = [(each + "-" + each).split("-")[:2] for each in ranges]
        return any(int(first) <= number <= int(last) for first, last in spans)

    numbers = [{"TCP": 6}.get(each) or int(each) for each in filter_.protocol]
    return (
        inside(packet.source, filter_.src_address)
        and inside(packet.destination, filter_.dst_address)
        and (not numbers or packet.protocol in numbers)
        and (
            not filter_.dst_port
            or (packet.protocol in (6, 17) and port(packet.destination_port, filter_.dst_port))
        )
        and filter_.d_scp in (None, packet.dscp)
    )


def _naive(wanted: list[SteeringRule], packet: Packet) -> Verdict:
    """Try every match of every rule in the documented order; no maps, no levels."""
    found = []
    for steering in wanted:
        if not any(_holds(each, packet) for each in steering.rule.traffic_filter):
            continue
        for filter_ in steering.rule.traffic_filter:
            found += [
                (_order(shape_of(match, steering.rule.filter_type, steering.rule.priority)),
                 steering.key, steering)
                for match in matches_of(filter_, (4,))
                if _holds(filter_, packet) and _inside(match.box, match.fields, packet)
                and match.protocol in (None, packet.protocol)
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
@given(st.lists(rules(), max_size=8, unique_by=lambda each: each.key), st.lists(packets))
def test_the_walk_agrees_with_reading_the_rules_one_by_one(
    wanted: list[SteeringRule], seen: list[Packet]
) -> None:
    plan = Plan(wanted)
    for packet in seen:
        assert walk(plan, packet) == _naive(wanted, packet)


def _picture(plan: Plan) -> dict[object, object]:
    """Return the maps with outcomes spelled out: what packets can tell of a plan."""
    return {
        group: {box: plan.outcome(number) for box, number in plan.map(group).items()}
        for group in plan.all_groups()
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(rules(), st.booleans()), max_size=20))
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
