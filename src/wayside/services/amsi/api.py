"""The operations of application mobility. Ref: MEC 021 clause 8.

Never decides: each operation sees that the caller asks for itself, and hands on.
"""

from msgspec.structs import replace

from wayside.chassis.etags import entry_of
from wayside.chassis.subscribing import holder_of, require_held
from wayside.chassis.subscriptions import SubscriptionBook
from wayside.core.authorisation import Caller, held_of, require_own, speaks_for
from wayside.core.ids import SubscriptionId
from wayside.core.operations import Api, delete, get, post, put
from wayside.core.replies import Created, Entry, Page
from wayside.core.requests import IfMatch, ListQuery
from wayside.model.common import SubscriptionLinkList
from wayside.refpoints.hosting import Instances, Neighbours

from .book import MobilityBook
from .logic import adjacent_info, with_defaults
from .model import (
    AdjacentAppInstanceInfo,
    AmsSubscription,
    RegistrationInfo,
    SubscriptionType,
)

READ, WRITE = "amsi:read", "amsi:write"
TYPES = SubscriptionType
ROOT = "/amsi/v1"
SUBSCRIPTIONS = f"{ROOT}/subscriptions"
WHOLE = ListQuery()


class ApplicationMobility(
    Api, name="amsi", version="v1", spec="MEC 021 V2.2.1", title="Application mobility"
):
    """Application instances that follow their devices from host to host."""

    def __init__(
        self,
        book: MobilityBook,
        instances: Instances,
        neighbours: Neighbours,
        subscriptions: SubscriptionBook[AmsSubscription],
    ) -> None:
        self._book = book
        self._instances = instances
        self._neighbours = neighbours
        self._subscriptions = subscriptions

    @get("/app_mobility_services", clause="8.3.3.1", scope=READ)
    async def list_app_mobility_services(
        self, query: ListQuery = WHOLE, caller: Caller | None = None
    ) -> Page[RegistrationInfo]:
        """List the caller's application mobility services."""
        return Page(
            [
                entry
                for entry in self._book.all()
                if speaks_for(caller, entry.value.service_consumer_id.app_instance_id)
            ]
        )

    @post("/app_mobility_services", clause="8.3.3.4", scope=WRITE, errors=(404,))
    async def create_app_mobility_service(
        self, body: RegistrationInfo, caller: Caller | None = None
    ) -> Created[RegistrationInfo]:
        """Register an instance and the devices that it serves, for when these move.

        Devices are named by their IPv4 address (type 1); 422 for another name.
        """
        app = body.service_consumer_id.app_instance_id
        require_own(caller, app, "serviceConsumerId.appInstanceId")
        if app is None:
            entry = await self._book.create(body)
        else:
            self._instances.require_present(app)
            entry = await self._instances.in_turn(app, self._book.create(body))
        return Created(f"{ROOT}/app_mobility_services/{entry.id}", entry)

    @get("/app_mobility_services/{appMobilityServiceId}", clause="8.4.3.1", scope=READ)
    async def get_app_mobility_service(
        self, app_mobility_service_id: str, caller: Caller | None = None
    ) -> Entry[RegistrationInfo]:
        """Read one of the caller's services."""
        return self._own(app_mobility_service_id, caller)

    @put(
        "/app_mobility_services/{appMobilityServiceId}",
        clause="8.4.3.2",
        scope=WRITE,
        errors=(412,),
    )
    async def replace_app_mobility_service(
        self,
        app_mobility_service_id: str,
        body: RegistrationInfo,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[RegistrationInfo]:
        """Replace a service whole: its devices, its time, and whether a context is transferred.

        ``contextTransferState`` 1 of a device that moves says that the other instance has its
        state. The expiry time counts anew where it is another one.
        """
        self._own(app_mobility_service_id, caller)
        return await self._book.replace(app_mobility_service_id, body, if_match=if_match)

    @delete("/app_mobility_services/{appMobilityServiceId}", clause="8.4.3.5", scope=WRITE)
    async def delete_app_mobility_service(
        self, app_mobility_service_id: str, caller: Caller | None = None
    ) -> None:
        """Deregister."""
        self._own(app_mobility_service_id, caller)
        await self._book.delete(app_mobility_service_id)

    @post(
        "/app_mobility_services/{appMobilityServiceId}/deregister_task",
        clause="8.5.3.4",
        scope=WRITE,
    )
    async def deregister_app_mobility_service(
        self, app_mobility_service_id: str, caller: Caller | None = None
    ) -> None:
        """Deregister when the service's time is up, and begin no move of its devices until then.

        At once where it has no end of its own.
        """
        self._own(app_mobility_service_id, caller)
        await self._book.end_in_time(app_mobility_service_id)

    @get("/queries/adjacent_app_instances", clause="8.8.3.1", scope=READ)
    async def list_adjacent_app_instances(
        self, query: ListQuery = WHOLE, caller: Caller | None = None
    ) -> Page[AdjacentAppInstanceInfo]:
        """List the instances on other hosts of the applications that have registered here.

        ``registeredInstanceId`` says whose neighbour each is; only of the caller's own.
        """
        return Page(
            [
                entry_of(f"{app}.{found.app_instance_id}", adjacent_info(found, app))
                for app in self._book.registered()
                if speaks_for(caller, app)
                for found in self._neighbours.adjacent(self._neighbours.app_d_of(app))
            ]
        )

    @get("/subscriptions", clause="8.6.3.1", scope=READ, types=TYPES)
    async def list_subscriptions(
        self, *, subscriptiontype: str | None = None, caller: Caller | None = None
    ) -> SubscriptionLinkList:
        """List the caller's subscriptions as links, those of one type where it is given.

        ``mobility_proc`` or ``adj_app_info``, or the type's own name.
        """
        return self._subscriptions.list(
            holder_of(caller), subscription_type=subscriptiontype, held=held_of(caller)
        )

    @post("/subscriptions", clause="8.6.3.4", scope=WRITE, types=TYPES)
    async def create_subscription(
        self, body: AmsSubscription, caller: Caller | None = None
    ) -> Created[AmsSubscription]:
        """Subscribe to moves of devices, or to instances of the same application elsewhere."""
        require_own(caller, body.filter_criteria.app_instance_id, "filterCriteria.appInstanceId")
        entry = await self._subscriptions.create(holder_of(caller), _wanted(body, caller))
        return Created(f"{SUBSCRIPTIONS}/{entry.id}", entry)

    @get("/subscriptions/{subscriptionId}", clause="8.7.3.1", scope=READ, types=TYPES)
    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[AmsSubscription]:
        """Read one of the caller's subscriptions."""
        found = self._subscriptions.get(holder_of(caller), subscription_id)
        require_held(caller, found.value)
        return found

    @put(
        "/subscriptions/{subscriptionId}", clause="8.7.3.2", scope=WRITE, errors=(412,), types=TYPES
    )
    async def replace_subscription(
        self,
        subscription_id: SubscriptionId,
        body: AmsSubscription,
        if_match: IfMatch | None = None,
        caller: Caller | None = None,
    ) -> Entry[AmsSubscription]:
        """Replace a subscription whole."""
        require_own(caller, body.filter_criteria.app_instance_id, "filterCriteria.appInstanceId")
        await self.get_subscription(subscription_id, caller)
        return await self._subscriptions.replace(
            holder_of(caller), subscription_id, _wanted(body, caller), if_match=if_match
        )

    @delete("/subscriptions/{subscriptionId}", clause="8.7.3.5", scope=WRITE, types=TYPES)
    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self.get_subscription(subscription_id, caller)
        await self._subscriptions.delete(holder_of(caller), subscription_id)

    def _own(self, service_id: str, caller: Caller | None) -> Entry[RegistrationInfo]:
        entry = self._book.get(service_id)
        require_own(caller, entry.value.service_consumer_id.app_instance_id, "appMobilityServiceId")
        return entry


def _wanted(body: AmsSubscription, caller: Caller | None) -> AmsSubscription:
    """Return a subscription as it is kept: an instance's own is about itself alone."""
    bound = None if caller is None else caller.app_instance_id
    if bound is not None:
        body = replace(body, filter_criteria=replace(body.filter_criteria, app_instance_id=bound))
    require_held(caller, body)
    return with_defaults(body)
