"""The operations of ``mec_service_mgmt``. Ref: MEC 011 clause 8.2.

Never decides: each operation hands on to the registry and says what it did.
"""

from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.authorisation import Caller
from wayside.core.ids import AppInstanceId, SerInstanceId, SubscriptionId
from wayside.core.operations import Api, delete, get, patch, post, put
from wayside.core.replies import Answer, Created, Entry, Page
from wayside.core.requests import IfMatch, ListQuery, PeerAddress
from wayside.mep.consumers import Consumers
from wayside.mep.registrations import Registrations
from wayside.mep.subscription_links import Mp1SubscriptionLinkList, link_list
from wayside.model.services import LocalityType, ServiceInfo, TransportInfo

from .discovery import Discovery
from .logic import Query, check_subscription, service_path, subscriptions_path
from .model import (
    SerAvailabilityNotificationSubscription,
    ServiceLivenessInfo,
    ServiceLivenessUpdate,
)
from .registry import ServiceRegistry

WHOLE = ListQuery()
READ, WRITE = "mec_service_mgmt:read", "mec_service_mgmt:write"


class ServiceMgmt(
    Api,
    name="mec_service_mgmt",
    version="v1",
    spec="MEC 011 V3.1.1",
    title="MEC service management",
):
    """Offering services, finding them, and hearing of their changes."""

    def __init__(
        self,
        registry: ServiceRegistry,
        registrations: Registrations,
        subscriptions: SubscriptionBook[SerAvailabilityNotificationSubscription],
        *,
        discovery: Discovery,
        consumers: Consumers,
    ) -> None:
        self._registry = registry
        self._discovery = discovery
        self._consumers = consumers
        self._registrations = registrations
        self._subscriptions = subscriptions

    @get("/services", clause="8.2.3.3.1", scope=READ)
    async def list_services(
        self,
        query: ListQuery = WHOLE,
        caller: Caller | None = None,
        address: PeerAddress | None = None,
        *,
        ser_instance_id: tuple[str, ...] = (),
        ser_name: tuple[str, ...] = (),
        ser_category_id: str | None = None,
        consumed_local_only: bool | None = None,
        is_local: bool | None = None,
        scope_of_locality: LocalityType | None = None,
    ) -> Page[ServiceInfo]:
        """Find services; at most one of ser_instance_id, ser_name and ser_category_id.

        ``isLocal`` is as the caller sees it; what other platforms share is found too.
        """
        return Page(
            self._discovery.list(
                Query(
                    ser_instance_id,
                    ser_name,
                    ser_category_id,
                    consumed_local_only,
                    is_local,
                    scope_of_locality,
                ),
                here=self._consumers.here(caller, address),
            )
        )

    @get("/services/{serviceId}", clause="8.2.4.3.1", scope=READ)
    async def get_service(
        self,
        service_id: SerInstanceId,
        caller: Caller | None = None,
        address: PeerAddress | None = None,
    ) -> Entry[ServiceInfo]:
        """Read one service, offered here or shared by another platform."""
        return self._discovery.get(service_id, here=self._consumers.here(caller, address))

    @get("/transports", clause="8.2.5.3.1", scope=READ)
    async def list_transports(self) -> tuple[TransportInfo, ...]:
        """List the transports that the platform itself provides for services."""
        return self._registry.list_transports()

    @get("/applications/{appInstanceId}/services", clause="8.2.6.3.1", scope=READ)
    async def list_app_services(
        self,
        app_instance_id: AppInstanceId,
        query: ListQuery = WHOLE,
        *,
        ser_instance_id: tuple[str, ...] = (),
        ser_name: tuple[str, ...] = (),
        ser_category_id: str | None = None,
        consumed_local_only: bool | None = None,
        is_local: bool | None = None,
        scope_of_locality: LocalityType | None = None,
    ) -> Page[ServiceInfo]:
        """Find services that the instance offers, with the filters of the whole list."""
        self._registrations.require_known(app_instance_id)
        return Page(
            self._registry.list_of(
                app_instance_id,
                Query(
                    ser_instance_id,
                    ser_name,
                    ser_category_id,
                    consumed_local_only,
                    is_local,
                    scope_of_locality,
                ),
            )
        )

    @post("/applications/{appInstanceId}/services", clause="8.2.6.3.4", scope=WRITE)
    async def create_service(
        self, app_instance_id: AppInstanceId, body: ServiceInfo
    ) -> Created[ServiceInfo]:
        """Offer a service; subscribers hear of it."""
        self._registrations.require_present(app_instance_id)
        entry = await self._registry.create(app_instance_id, body)
        return Created(service_path(app_instance_id, entry.id), entry)

    @get("/applications/{appInstanceId}/services/{serviceId}", clause="8.2.7.3.1", scope=READ)
    async def get_app_service(
        self, app_instance_id: AppInstanceId, service_id: SerInstanceId
    ) -> Entry[ServiceInfo]:
        """Read one service that the instance offers."""
        self._registrations.require_known(app_instance_id)
        return self._registry.get_of(app_instance_id, service_id)

    @put(
        "/applications/{appInstanceId}/services/{serviceId}",
        clause="8.2.7.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_service(
        self,
        app_instance_id: AppInstanceId,
        service_id: SerInstanceId,
        body: ServiceInfo,
        if_match: IfMatch | None = None,
    ) -> Entry[ServiceInfo]:
        """Replace a service whole; subscribers hear what changed."""
        self._registrations.require_present(app_instance_id)
        return await self._registry.replace(app_instance_id, service_id, body, if_match=if_match)

    @delete("/applications/{appInstanceId}/services/{serviceId}", clause="8.2.7.3.5", scope=WRITE)
    async def delete_service(
        self, app_instance_id: AppInstanceId, service_id: SerInstanceId
    ) -> None:
        """Offer the service no more; subscribers hear of it."""
        self._registrations.require_known(app_instance_id)
        await self._registry.delete(app_instance_id, service_id)

    @get(
        "/applications/{appInstanceId}/services/{serviceId}/liveness",
        clause="8.2.10.3.1",
        scope=READ,
    )
    async def get_liveness(
        self, app_instance_id: AppInstanceId, service_id: SerInstanceId
    ) -> ServiceLivenessInfo:
        """Read when the service was last heard."""
        self._registrations.require_known(app_instance_id)
        return self._registry.liveness(app_instance_id, service_id)

    @patch(
        "/applications/{appInstanceId}/services/{serviceId}/liveness",
        clause="8.2.10.3.3",
        scope=WRITE,
        errors=(409,),
    )
    async def modify_liveness(
        self, app_instance_id: AppInstanceId, service_id: SerInstanceId, body: ServiceLivenessUpdate
    ) -> Answer[ServiceLivenessInfo | None]:
        """Send a heartbeat: 204, or 200 with the interval where it revived the service."""
        self._registrations.require_known(app_instance_id)
        if not await self._registry.hear(app_instance_id, service_id):
            return Answer(204)
        return Answer(200, self._registry.liveness(app_instance_id, service_id))

    @get("/applications/{appInstanceId}/subscriptions", clause="8.2.8.3.1", scope=READ)
    async def list_subscriptions(self, app_instance_id: AppInstanceId) -> Mp1SubscriptionLinkList:
        """List the instance's subscriptions as links."""
        self._registrations.require_known(app_instance_id)
        return link_list(self._subscriptions.list(app_instance_id))

    @post("/applications/{appInstanceId}/subscriptions", clause="8.2.8.3.4", scope=WRITE)
    async def create_subscription(
        self, app_instance_id: AppInstanceId, body: SerAvailabilityNotificationSubscription
    ) -> Created[SerAvailabilityNotificationSubscription]:
        """Subscribe to changes of services, those that the criteria mean or all."""
        self._registrations.require_present(app_instance_id)
        check_subscription(body)
        entry = await self._subscriptions.create(app_instance_id, body)
        return Created(f"{subscriptions_path(app_instance_id)}/{entry.id}", entry)

    @get(
        "/applications/{appInstanceId}/subscriptions/{subscriptionId}",
        clause="8.2.9.3.1",
        scope=READ,
    )
    async def get_subscription(
        self, app_instance_id: AppInstanceId, subscription_id: SubscriptionId
    ) -> Entry[SerAvailabilityNotificationSubscription]:
        """Read one subscription of the instance."""
        self._registrations.require_known(app_instance_id)
        return self._subscriptions.get(app_instance_id, subscription_id)

    @delete(
        "/applications/{appInstanceId}/subscriptions/{subscriptionId}",
        clause="8.2.9.3.5",
        scope=WRITE,
    )
    async def delete_subscription(
        self, app_instance_id: AppInstanceId, subscription_id: SubscriptionId
    ) -> None:
        """End a subscription."""
        self._registrations.require_known(app_instance_id)
        await self._subscriptions.delete(app_instance_id, subscription_id)
