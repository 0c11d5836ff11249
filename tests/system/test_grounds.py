"""Where a packet ends in the simulated town, by what the walk said of it."""

import pytest

from wayside.dataplane.model import WalkAnswer
from wayside.model.rules import RuleAction
from wayside.system.grounds import end_of

CLOUD, INSTANCE = "203.0.113.10", "10.60.1.2"


@pytest.mark.parametrize(
    ("action", "end"),
    [
        (RuleAction.FORWARD_DECAPSULATED, INSTANCE),
        (RuleAction.FORWARD_ENCAPSULATED, INSTANCE),
        (RuleAction.DUPLICATE_DECAPSULATED, CLOUD),
        (RuleAction.DUPLICATE_ENCAPSULATED, CLOUD),
        (RuleAction.PASSTHROUGH, CLOUD),
        (RuleAction.DROP, None),
        (None, CLOUD),
    ],
)
def test_a_walked_packet_ends_where_its_rule_sends_it(
    action: RuleAction | None, end: str | None
) -> None:
    assert end_of(WalkAnswer(simulated=True, action=action, address=INSTANCE), CLOUD) == end
