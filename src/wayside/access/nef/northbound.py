"""The NEF's interfaces as they are called from here, for ``chassis.client.connect``.

Answers come whole: what a status means is for ``keeping`` to say. Never serves them.
"""

from wayside.core.operations import Api, delete, get, post, put
from wayside.core.replies import Answer

from .model import (
    AsSessionWithQoSSubscription,
    MonitoringEventSubscription,
    TrafficInfluSub,
    UeIdInfo,
    UeIdReq,
)

SCOPE = "public"
MONITORING = "TS 29.122 clause 5.3.3"
SESSIONS = "TS 29.122 clause 5.14.3"
INFLUENCES = "TS 29.522 clause 5.4"


class MonitoringEvent(
    Api, name="3gpp-monitoring-event", version="v1", spec="TS 29.122", title="Monitoring events"
):
    """What happens to devices. Ref: TS 29.122 clause 5.3.3."""

    @get("/{scsAsId}/subscriptions", clause=MONITORING, scope=SCOPE)
    async def list_subscriptions(self, scs_as_id: str) -> Answer[bytes]:
        """Return all subscriptions of ``scsAsId``."""
        raise NotImplementedError

    @post("/{scsAsId}/subscriptions", clause=MONITORING, scope=SCOPE)
    async def create_subscription(
        self, scs_as_id: str, body: MonitoringEventSubscription
    ) -> Answer[bytes]:
        """Have events reported: 201 with a subscription, or 200 with the one report asked for."""
        raise NotImplementedError

    @put("/{scsAsId}/subscriptions/{subscriptionId}", clause=MONITORING, scope=SCOPE)
    async def replace_subscription(
        self, scs_as_id: str, subscription_id: str, body: MonitoringEventSubscription
    ) -> Answer[bytes]:
        """Have the subscription be as ``body`` says, such as longer."""
        raise NotImplementedError

    @delete("/{scsAsId}/subscriptions/{subscriptionId}", clause=MONITORING, scope=SCOPE)
    async def delete_subscription(self, scs_as_id: str, subscription_id: str) -> Answer[bytes]:
        """Have nothing reported any longer."""
        raise NotImplementedError


class AsSessionWithQoS(
    Api, name="3gpp-as-session-with-qos", version="v1", spec="TS 29.122", title="Sessions with QoS"
):
    """What is promised to flows of devices. Ref: TS 29.122 clause 5.14.3."""

    @get("/{scsAsId}/subscriptions", clause=SESSIONS, scope=SCOPE)
    async def list_subscriptions(self, scs_as_id: str) -> Answer[bytes]:
        """Return all sessions of ``scsAsId``."""
        raise NotImplementedError

    @post("/{scsAsId}/subscriptions", clause=SESSIONS, scope=SCOPE)
    async def create_subscription(
        self, scs_as_id: str, body: AsSessionWithQoSSubscription
    ) -> Answer[bytes]:
        """Have the flows promised what ``qosReference`` means: 201 with the session."""
        raise NotImplementedError

    @delete("/{scsAsId}/subscriptions/{subscriptionId}", clause=SESSIONS, scope=SCOPE)
    async def delete_subscription(self, scs_as_id: str, subscription_id: str) -> Answer[bytes]:
        """Have nothing promised any longer."""
        raise NotImplementedError


class TrafficInfluence(
    Api, name="3gpp-traffic-influence", version="v1", spec="TS 29.522", title="Traffic influence"
):
    """Where the traffic of devices leaves the core. Ref: TS 29.522 clause 5.4."""

    @get("/{afId}/subscriptions", clause=INFLUENCES, scope=SCOPE)
    async def list_subscriptions(self, af_id: str) -> Answer[bytes]:
        """Return all requests of ``afId``."""
        raise NotImplementedError

    @post("/{afId}/subscriptions", clause=INFLUENCES, scope=SCOPE)
    async def create_subscription(self, af_id: str, body: TrafficInfluSub) -> Answer[bytes]:
        """Have traffic leave the core where ``trafficRoutes`` says: 201 with the request."""
        raise NotImplementedError

    @delete("/{afId}/subscriptions/{subscriptionId}", clause=INFLUENCES, scope=SCOPE)
    async def delete_subscription(self, af_id: str, subscription_id: str) -> Answer[bytes]:
        """Leave the traffic to the core."""
        raise NotImplementedError


class UEId(Api, name="3gpp-ueid", version="v1", spec="TS 29.522", title="Identifiers of devices"):
    """Who has an address. Ref: TS 29.522, UEId."""

    @post("/retrieve", clause="TS 29.522, UEId", scope=SCOPE)
    async def retrieve(self, body: UeIdReq) -> UeIdInfo:
        """Return the external identifier of the device with this address; NotFound for none."""
        raise NotImplementedError
