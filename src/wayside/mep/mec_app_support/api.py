"""The operations of ``mec_app_support``. Ref: MEC 011 clause 7.2.

Never decides: each operation hands on to the platform and says what it did.
"""

from dataclasses import dataclass

from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.authorisation import Caller, require_own
from wayside.core.clock import Clock, ClockState
from wayside.core.ids import AppInstanceId, DnsRuleId, SubscriptionId, TrafficRuleId
from wayside.core.operations import Api, delete, get, post, put
from wayside.core.replies import Created, Entry, Page
from wayside.core.requests import IfMatch, ListQuery
from wayside.mep.changes import RuleChanges
from wayside.mep.platform import Platform
from wayside.mep.registrations import LetGo, Registrations
from wayside.mep.rules import Rules
from wayside.mep.subscription_links import Mp1SubscriptionLinkList, link_list
from wayside.model.common import TimeStamp
from wayside.model.rules import DnsRule, TrafficRule

from .logic import check_same_instance, subscriptions_path
from .model import (
    AppInfo,
    AppReadyConfirmation,
    AppTerminationConfirmation,
    AppTerminationNotificationSubscription,
    CurrentTime,
    NtpServer,
    PtpMaster,
    TimeSourceStatus,
    TimingCaps,
)

WHOLE = ListQuery()
READ, WRITE = "mec_app_support:read", "mec_app_support:write"


@dataclass(frozen=True)
class TimeSources:
    """What the operator says of time: whether the clock is kept, and whom applications may ask."""

    clock: Clock
    state: ClockState
    ntp_servers: tuple[NtpServer, ...] = ()
    ptp_masters: tuple[PtpMaster, ...] = ()


@dataclass(frozen=True)
class Parts:
    """The parts of the platform that application support speaks for."""

    platform: Platform
    registrations: Registrations
    rules: Rules
    changes: RuleChanges
    subscriptions: SubscriptionBook[AppTerminationNotificationSubscription]
    time: TimeSources
    let_go: LetGo
    """Takes away all that an instance has here, when it deregisters."""


class AppSupport(
    Api,
    name="mec_app_support",
    version="v2",
    spec="MEC 011 V3.1.1",
    title="MEC application support",
):
    """What an application asks of its platform about itself."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @get("/applications/{appInstanceId}/subscriptions", clause="7.2.3.3.1", scope=READ)
    async def list_subscriptions(self, app_instance_id: AppInstanceId) -> Mp1SubscriptionLinkList:
        """List the instance's subscriptions as links."""
        self._parts.registrations.require_known(app_instance_id)
        return link_list(self._parts.subscriptions.list(app_instance_id))

    @post(
        "/applications/{appInstanceId}/subscriptions",
        clause="7.2.3.3.4",
        scope=WRITE,
    )
    async def create_subscription(
        self, app_instance_id: AppInstanceId, body: AppTerminationNotificationSubscription
    ) -> Created[AppTerminationNotificationSubscription]:
        """Subscribe the instance to the notice of its own stop or termination."""
        self._parts.registrations.require_present(app_instance_id)
        check_same_instance(app_instance_id, body.app_instance_id)
        entry = await self._parts.subscriptions.create(app_instance_id, body)
        return Created(f"{subscriptions_path(app_instance_id)}/{entry.id}", entry)

    @get(
        "/applications/{appInstanceId}/subscriptions/{subscriptionId}",
        clause="7.2.4.3.1",
        scope=READ,
    )
    async def get_subscription(
        self, app_instance_id: AppInstanceId, subscription_id: SubscriptionId
    ) -> Entry[AppTerminationNotificationSubscription]:
        """Read one subscription of the instance."""
        self._parts.registrations.require_known(app_instance_id)
        return self._parts.subscriptions.get(app_instance_id, subscription_id)

    @delete(
        "/applications/{appInstanceId}/subscriptions/{subscriptionId}",
        clause="7.2.4.3.5",
        scope=WRITE,
    )
    async def delete_subscription(
        self, app_instance_id: AppInstanceId, subscription_id: SubscriptionId
    ) -> None:
        """End a subscription; the instance is then told nothing before it is terminated."""
        self._parts.registrations.require_known(app_instance_id)
        await self._parts.subscriptions.delete(app_instance_id, subscription_id)

    @get("/applications/{appInstanceId}/traffic_rules", clause="7.2.7.3.1", scope=READ)
    async def list_traffic_rules(
        self, app_instance_id: AppInstanceId, query: ListQuery = WHOLE
    ) -> Page[TrafficRule]:
        """List the instance's traffic rules; an instance that registered itself has none."""
        instance = self._parts.registrations.configured(app_instance_id)
        return Page(self._parts.rules.list_traffic(instance) if instance else ())

    @get(
        "/applications/{appInstanceId}/traffic_rules/{trafficRuleId}",
        clause="7.2.8.3.1",
        scope=READ,
    )
    async def get_traffic_rule(
        self, app_instance_id: AppInstanceId, traffic_rule_id: TrafficRuleId
    ) -> Entry[TrafficRule]:
        """Read one traffic rule of the instance."""
        self._parts.registrations.require_known(app_instance_id)
        return self._parts.rules.get_traffic(app_instance_id, traffic_rule_id)

    @put(
        "/applications/{appInstanceId}/traffic_rules/{trafficRuleId}",
        clause="7.2.8.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_traffic_rule(
        self,
        app_instance_id: AppInstanceId,
        traffic_rule_id: TrafficRuleId,
        body: TrafficRule,
        if_match: IfMatch | None = None,
    ) -> Entry[TrafficRule]:
        """Change a traffic rule; when this is answered, packets obey the new one."""
        self._parts.registrations.require_known(app_instance_id)
        return await self._parts.changes.replace_traffic(
            app_instance_id, traffic_rule_id, body, if_match=if_match
        )

    @get("/applications/{appInstanceId}/dns_rules", clause="7.2.9.3.1", scope=READ)
    async def list_dns_rules(
        self, app_instance_id: AppInstanceId, query: ListQuery = WHOLE
    ) -> Page[DnsRule]:
        """List the instance's DNS rules; an instance that registered itself has none."""
        instance = self._parts.registrations.configured(app_instance_id)
        return Page(self._parts.rules.list_dns(instance) if instance else ())

    @get("/applications/{appInstanceId}/dns_rules/{dnsRuleId}", clause="7.2.10.3.1", scope=READ)
    async def get_dns_rule(
        self, app_instance_id: AppInstanceId, dns_rule_id: DnsRuleId
    ) -> Entry[DnsRule]:
        """Read one DNS rule of the instance."""
        self._parts.registrations.require_known(app_instance_id)
        return self._parts.rules.get_dns(app_instance_id, dns_rule_id)

    @put(
        "/applications/{appInstanceId}/dns_rules/{dnsRuleId}",
        clause="7.2.10.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_dns_rule(
        self,
        app_instance_id: AppInstanceId,
        dns_rule_id: DnsRuleId,
        body: DnsRule,
        if_match: IfMatch | None = None,
    ) -> Entry[DnsRule]:
        """Change a DNS rule; when this is answered, the host's DNS obeys the new one."""
        self._parts.registrations.require_known(app_instance_id)
        return await self._parts.changes.replace_dns(
            app_instance_id, dns_rule_id, body, if_match=if_match
        )

    @post(
        "/applications/{appInstanceId}/confirm_ready",
        clause="7.2.12.3.4",
        scope=WRITE,
        errors=(409,),
    )
    async def confirm_ready(
        self, app_instance_id: AppInstanceId, body: AppReadyConfirmation
    ) -> None:
        """Say that the instance runs; when this is answered, its rules are in force.

        409 while the management has not configured the instance: try again in a moment.
        """
        self._parts.registrations.require_known(app_instance_id)
        await self._parts.platform.confirm_ready(app_instance_id)

    @post(
        "/applications/{appInstanceId}/confirm_termination",
        clause="7.2.11.3.4",
        scope=WRITE,
        errors=(409,),
    )
    async def confirm_termination(
        self, app_instance_id: AppInstanceId, body: AppTerminationConfirmation
    ) -> None:
        """Say that the instance can be stopped or terminated now.

        409 where nothing is pending, or something else than ``operationAction``.
        """
        self._parts.registrations.require_known(app_instance_id)
        await self._parts.platform.confirm_termination(app_instance_id, body.operation_action)

    @post("/registrations", clause="7.2.13.3.4", scope=WRITE, errors=(409,))
    async def create_registration(self, body: AppInfo, caller: Caller) -> Created[AppInfo]:
        """Register an instance; one without an identifier is given one."""
        require_own(caller, body.app_instance_id, "appInstanceId")
        entry = await self._parts.registrations.create(body)
        return Created(f"{self.info.root}/registrations/{entry.id}", entry)

    @get("/registrations/{appInstanceId}", clause="7.2.14.3.1", scope=READ)
    async def get_registration(self, app_instance_id: AppInstanceId) -> Entry[AppInfo]:
        """Read a registration."""
        return self._parts.registrations.get(app_instance_id)

    @put("/registrations/{appInstanceId}", clause="7.2.14.3.2", scope=WRITE, errors=(412,))
    async def replace_registration(
        self, app_instance_id: AppInstanceId, body: AppInfo, if_match: IfMatch | None = None
    ) -> None:
        """Replace a registration whole."""
        await self._parts.registrations.replace(app_instance_id, body, if_match=if_match)

    @delete("/registrations/{appInstanceId}", clause="7.2.14.3.5", scope=WRITE)
    async def delete_registration(self, app_instance_id: AppInstanceId) -> None:
        """Deregister; an instance that had only registered itself leaves nothing behind."""
        await self._parts.registrations.delete(app_instance_id, self._parts.let_go)

    @get("/timing/timing_caps", clause="7.2.5.3.1", scope=READ)
    async def get_timing_caps(self) -> TimingCaps:
        """Read how applications can get the time, as the operator has set it."""
        time = self._parts.time
        return TimingCaps(
            time_stamp=TimeStamp.of(time.clock.now()),
            ntp_servers=time.ntp_servers,
            ptp_masters=time.ptp_masters,
        )

    @get("/timing/current_time", clause="7.2.6.3.1", scope=READ)
    async def get_current_time(self) -> CurrentTime:
        """Read the platform's time, and whether the kernel holds it locked to UTC."""
        time = self._parts.time
        now = TimeStamp.of(time.clock.now())
        locked = time.state.traceable()
        status = TimeSourceStatus.TRACEABLE if locked else TimeSourceStatus.NONTRACEABLE
        return CurrentTime(
            seconds=now.seconds, nano_seconds=now.nano_seconds, time_source_status=status
        )


class AppSupportV1(
    AppSupport,
    name="mec_app_support",
    version="v1",
    spec="MEC 011 V3.1.1",
    title="MEC application support, for older clients",
):
    """The same resources under the version that older clients ask for."""
