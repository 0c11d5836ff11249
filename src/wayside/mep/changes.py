"""What instances change of their own rules: checked first, then stored and in force.

Never creates or deletes a rule: applications cannot. Ref: MEC 011 clauses 7.2.8 and 7.2.10.
"""

from wayside.chassis.collection import Collection
from wayside.chassis.etags import require_match
from wayside.core.replies import Entry
from wayside.model.rules import DnsRule, TrafficRule

from .instances import Instance, InstanceState, no_such_instance
from .mec_app_support.logic import check_activation, check_dns_rule, check_traffic_rule
from .rules import Rules
from .turns import Turns


class RuleChanges:
    """PUT of a rule. Each raises NotFound, PreconditionFailed, Forbidden or Unprocessable, and
    then nothing has changed."""

    def __init__(self, instances: Collection[Instance], rules: Rules, turns: Turns) -> None:
        self._instances = instances
        self._rules = rules
        self._turns = turns

    async def replace_traffic(
        self, app_instance_id: str, rule_id: str, wanted: TrafficRule, *, if_match: str | None
    ) -> Entry[TrafficRule]:
        """Return the changed rule, in force or out of force as its state says."""
        return await self._turns.take(
            app_instance_id, self._replace_traffic(app_instance_id, rule_id, wanted, if_match)
        )

    async def _replace_traffic(
        self, app_instance_id: str, rule_id: str, wanted: TrafficRule, if_match: str | None
    ) -> Entry[TrafficRule]:
        instance = self._find(app_instance_id)
        present = self._rules.get_traffic(app_instance_id, rule_id)
        require_match(if_match, present.etag, what=f"traffic rule {rule_id}")
        check_traffic_rule(present.value, wanted)
        self._rules.tags.require_known(wanted)
        check_activation(wanted.state, in_force=instance.state is InstanceState.READY)
        return await self._rules.replace_traffic(instance, wanted, if_match=if_match)

    async def replace_dns(
        self, app_instance_id: str, rule_id: str, wanted: DnsRule, *, if_match: str | None
    ) -> Entry[DnsRule]:
        """Return the changed rule, answered by the host's DNS or not as its state says."""
        return await self._turns.take(
            app_instance_id, self._replace_dns(app_instance_id, rule_id, wanted, if_match)
        )

    async def _replace_dns(
        self, app_instance_id: str, rule_id: str, wanted: DnsRule, if_match: str | None
    ) -> Entry[DnsRule]:
        instance = self._find(app_instance_id)
        present = self._rules.get_dns(app_instance_id, rule_id)
        require_match(if_match, present.etag, what=f"DNS rule {rule_id}")
        check_dns_rule(present.value, wanted)
        check_activation(wanted.state, in_force=instance.state is InstanceState.READY)
        return await self._rules.replace_dns(instance, wanted, if_match=if_match)

    def _find(self, app_instance_id: str) -> Instance:
        found = self._instances.find(app_instance_id)
        if found is None:
            raise no_such_instance(app_instance_id)
        return found.value
