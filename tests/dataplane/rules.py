"""Rules as tests write them: one line each."""

from wayside.model.rules import FilterType, RuleAction, RuleState, TrafficFilter, TrafficRule
from wayside.refpoints.mp2 import RuleKey, SteeringRule, Target

DROP = RuleAction.DROP
FORWARD = RuleAction.FORWARD_DECAPSULATED
PASS = RuleAction.PASSTHROUGH
COPY = RuleAction.DUPLICATE_DECAPSULATED

UE = "10.45.1.2"
UE_SECOND = "10.45.2.2"
CLOUD = "203.0.113.10"
OTHER_CLOUD = "203.0.113.11"
UE_V6, CLOUD_V6 = "fd45::2", "fd20::10"

APP1 = Target("10.60.1.2", "app1")
APP2 = Target("10.60.1.3", "app2")
APP1_V6 = Target("fd60::2", "app1")


def rule(
    key: str,
    action: RuleAction = DROP,
    to: Target | tuple[Target, ...] | None = None,
    *,
    priority: int = 10,
    per_packet: bool = False,
    filters: tuple[TrafficFilter, ...] | None = None,
    **members: object,
) -> SteeringRule:
    """Return a rule with one filter of ``members``, or with ``filters``."""
    values = {
        name: value if isinstance(value, int) else (value,) if isinstance(value, str) else value
        for name, value in members.items()
    }
    made = TrafficRule(
        traffic_rule_id=key.partition("/")[2] or key,
        filter_type=FilterType.PACKET if per_packet else FilterType.FLOW,
        priority=priority,
        traffic_filter=filters if filters is not None else (TrafficFilter(**values),),  # type: ignore[arg-type]  # the names are checked by the type itself
        action=action,
        state=RuleState.ACTIVE,
    )
    targets = to if isinstance(to, tuple) else () if to is None else (to,)
    return SteeringRule(RuleKey(key), made, targets)
