"""The operations of ``capif-events``. Ref: MEC 011 V3.2.1 clause 9, TS 29.222 clause 8.3.

Never decides what is told: ``logic`` does.
"""

from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.ids import AppInstanceId, SubscriptionId
from wayside.core.operations import Api, delete, patch, post, put
from wayside.core.replies import Created, Entry
from wayside.mep.mec_service_mgmt.discovery import Discovery
from wayside.mep.registrations import Registrations

from .logic import check_subscription, patched, subscriptions_path
from .model import EventSubscription, EventSubscriptionPatch
from .reporting import Reporter

WRITE = "capif-events:write"
CLAUSE = "MEC 011 clause 9.2"


class CapifEvents(
    Api,
    name="capif-events",
    version="v1",
    spec="MEC 011 V3.2.1",
    title="Events of services (CAPIF)",
):
    """Subscriptions to changes of services; ``subscriberId`` is the instance that is told."""

    def __init__(
        self,
        subscriptions: SubscriptionBook[EventSubscription],
        registrations: Registrations,
        *,
        reporter: Reporter,
        discovery: Discovery,
    ) -> None:
        self._subscriptions = subscriptions
        self._registrations = registrations
        self._reporter = reporter
        self._discovery = discovery

    @post("/{subscriberId}/subscriptions", clause=CLAUSE, scope=WRITE)
    async def create_event_subscription(
        self, subscriber_id: AppInstanceId, body: EventSubscription
    ) -> Created[EventSubscription]:
        """Subscribe the instance to events of services, those that the filters mean or all.

        With ``immRep`` it is told at once of the services that are available.
        """
        self._registrations.require_present(subscriber_id)
        check_subscription(body)
        entry = await self._subscriptions.create(subscriber_id, body)
        await self._reporter.begin(entry, (each.value for each in self._discovery.list()))
        return Created(f"{subscriptions_path(subscriber_id)}/{entry.id}", entry)

    @put("/{subscriberId}/subscriptions/{subscriptionId}", clause=CLAUSE, scope=WRITE)
    async def replace_event_subscription(
        self, subscriber_id: AppInstanceId, subscription_id: SubscriptionId, body: EventSubscription
    ) -> Entry[EventSubscription]:
        """Replace a subscription whole."""
        self._registrations.require_present(subscriber_id)
        check_subscription(body)
        return await self._subscriptions.replace(subscriber_id, subscription_id, body)

    @patch("/{subscriberId}/subscriptions/{subscriptionId}", clause=CLAUSE, scope=WRITE)
    async def modify_event_subscription(
        self,
        subscriber_id: AppInstanceId,
        subscription_id: SubscriptionId,
        body: EventSubscriptionPatch,
    ) -> Entry[EventSubscription]:
        """Change events, filters or destination of a subscription."""
        self._registrations.require_present(subscriber_id)
        present = self._subscriptions.get(subscriber_id, subscription_id)
        changed = patched(present.value, body)
        check_subscription(changed)
        return await self._subscriptions.replace(
            subscriber_id, subscription_id, changed, if_match=present.etag
        )

    @delete("/{subscriberId}/subscriptions/{subscriptionId}", clause=CLAUSE, scope=WRITE)
    async def delete_event_subscription(
        self, subscriber_id: AppInstanceId, subscription_id: SubscriptionId
    ) -> None:
        """End a subscription."""
        self._registrations.require_known(subscriber_id)
        await self._subscriptions.delete(subscriber_id, subscription_id)
