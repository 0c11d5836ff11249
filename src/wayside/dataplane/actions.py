"""What the actions of rules have in common. Pure data."""

from wayside.model.rules import RuleAction

FORWARDS = frozenset({RuleAction.FORWARD_DECAPSULATED, RuleAction.FORWARD_ENCAPSULATED})
COPIES = frozenset({RuleAction.DUPLICATE_DECAPSULATED, RuleAction.DUPLICATE_ENCAPSULATED})
MOVING = FORWARDS | COPIES
TUNNELLED = frozenset({RuleAction.FORWARD_ENCAPSULATED, RuleAction.DUPLICATE_ENCAPSULATED})
PLAINLY = {
    RuleAction.FORWARD_ENCAPSULATED: RuleAction.FORWARD_DECAPSULATED,
    RuleAction.DUPLICATE_ENCAPSULATED: RuleAction.DUPLICATE_DECAPSULATED,
}
"""The actions that do the same without a tunnel."""
