"""One wish of Mp2 as the plan takes it, and what undoes it where the kernel refuses. Pure.

Never decides what a rule matches (``matches``) nor what the kernel is told (``nft``).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wayside.refpoints.mp2 import RuleKey, SteeringRule

from .groups import Members
from .plan import Plan
from .tags import members_of


def read_tags(given: Mapping[str, Sequence[str] | None]) -> dict[str, Members | None]:
    """Return whom tags are to stand for; raise Unprocessable naming what is no address."""
    return {
        tag: None if addresses is None else members_of(tag, addresses)
        for tag, addresses in given.items()
    }


class Wish(NamedTuple):
    """Rules and tags that are to come, and those that are to go."""

    put: Sequence[SteeringRule]
    remove: Sequence[RuleKey]
    tags: Mapping[str, Members | None]

    @classmethod
    def whole(
        cls, plan: Plan, rules: Sequence[SteeringRule], tags: Mapping[str, Sequence[str]]
    ) -> "Wish":
        """Return the wish that ``rules`` and ``tags`` be all that there is."""
        wanted = {steering.key for steering in rules}
        gone = [key for key in plan.rules if key not in wanted]
        known: dict[str, Sequence[str] | None] = {**dict.fromkeys(plan.tags.members), **tags}
        return cls(rules, gone, read_tags(known))

    def before(self, plan: Plan) -> "Before":
        """Return what ``plan`` has of all that the wish names."""
        keys = [*(steering.key for steering in self.put), *self.remove]
        return Before(
            {key: plan.rules.get(key) for key in keys},
            {tag: plan.tags.members.get(tag) for tag in self.tags},
        )


class Before(NamedTuple):
    """What there was before a wish, of all that it names; None: nothing."""

    rules: Mapping[RuleKey, SteeringRule | None]
    tags: Mapping[str, Members | None]

    def still_holds(self, plan: Plan) -> bool:
        """Tell whether all of it is in ``plan`` as it was."""
        return plan.holds(self.rules) and all(
            plan.tags.members.get(tag) == members for tag, members in self.tags.items()
        )

    def again(self, plan: Plan, *, half: int = 0) -> Plan:
        """Return a new plan that has what ``plan`` has, and of what the wish names this."""
        rules = {**plan.rules, **self.rules}.values()
        tags = {**plan.tags.members, **self.tags}
        return Plan(
            (each for each in rules if each is not None),
            plan.access,
            tags={tag: members for tag, members in tags.items() if members is not None},
            half=half,
        )


NOTHING = Before({}, {})
