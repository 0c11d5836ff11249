"""Mm3's life cycle management as operations: each a thin call. Never decides anything."""

from wayside.chassis.lcm_subscriptions import LcmSubscriptions
from wayside.chassis.occurrence_tasks import OccurrenceTasks
from wayside.core.authorisation import Caller
from wayside.core.ids import AppInstanceId, AppLcmOpOccId, SubscriptionId
from wayside.core.replies import Accepted, Created, Entry, Page
from wayside.core.requests import ListQuery
from wayside.mepm.books import Books
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    CancelRequest,
    ConfigPlatformForAppRequest,
    CreateAppInstanceRequest,
    InstantiateAppRequest,
    OperateAppRequest,
    TerminateAppRequest,
    instance_path,
)
from wayside.model.app_lcm_subscriptions import (
    AppInstanceSubscriptionLinkList,
    AppInstanceSubscriptionType,
    SubscriptionInfo,
    SubscriptionRequest,
)
from wayside.refpoints import mm3

from .instances import Instances

Begun = Accepted[None]


class AppLcm(mm3.AppLcm):
    """Served to the MEO."""

    def __init__(
        self, books: Books, instances: Instances, tasks: OccurrenceTasks,
        subscriptions: LcmSubscriptions,
    ) -> None:  # fmt: skip
        self._books = books
        self._instances = instances
        self._tasks = tasks
        self._subscriptions = subscriptions

    async def create_app_instance(self, body: CreateAppInstanceRequest) -> Created[AppInstanceInfo]:
        """Make an instance, or return the one that was made under its id."""
        made = await self._instances.create(body)
        return Created(instance_path(made.id), made)

    async def list_app_instances(self, query: ListQuery) -> Page[AppInstanceInfo]:
        """Return the host's instances."""
        return Page(self._books.instances.list())

    async def get_app_instance(self, app_instance_id: AppInstanceId) -> Entry[AppInstanceInfo]:
        """Return an instance."""
        return self._books.instances.get(app_instance_id)

    async def delete_app_instance(self, app_instance_id: AppInstanceId) -> None:
        """Forget an instance that has no resources."""
        await self._instances.delete(app_instance_id)

    async def instantiate_app_instance(
        self, app_instance_id: AppInstanceId, body: InstantiateAppRequest
    ) -> Begun:
        """Begin to instantiate on this host."""
        return Accepted(await self._instances.instantiate(app_instance_id, body))

    async def terminate_app_instance(
        self, app_instance_id: AppInstanceId, body: TerminateAppRequest
    ) -> Begun:
        """Begin to terminate."""
        return Accepted(await self._instances.terminate(app_instance_id, body))

    async def operate_app_instance(
        self, app_instance_id: AppInstanceId, body: OperateAppRequest
    ) -> Begun:
        """Begin to start or stop."""
        return Accepted(await self._instances.operate(app_instance_id, body))

    async def configure_platform_for_app(
        self, app_instance_id: AppInstanceId, body: ConfigPlatformForAppRequest
    ) -> Begun:
        """Begin to configure the platform for an instance that runs elsewhere."""
        return Accepted(await self._instances.configure(app_instance_id, body))

    async def list_app_lcm_op_occs(self, query: ListQuery) -> Page[AppLcmOpOcc]:
        """Return the host's operations."""
        return Page(self._books.occurrences.entries.list())

    async def get_app_lcm_op_occ(self, app_lcm_op_occ_id: AppLcmOpOccId) -> Entry[AppLcmOpOcc]:
        """Return an operation."""
        return self._books.occurrences.entries.get(app_lcm_op_occ_id)

    async def cancel_app_lcm_op_occ(
        self, app_lcm_op_occ_id: AppLcmOpOccId, body: CancelRequest
    ) -> Begun:
        """Have an operation unwind."""
        return Accepted(await self._tasks.cancel(app_lcm_op_occ_id, body.mode))

    async def fail_app_lcm_op_occ(self, app_lcm_op_occ_id: AppLcmOpOccId) -> Entry[AppLcmOpOcc]:
        """Close an operation for good."""
        return await self._tasks.fail(app_lcm_op_occ_id)

    async def retry_app_lcm_op_occ(self, app_lcm_op_occ_id: AppLcmOpOccId) -> Begun:
        """Begin an operation again."""
        return Accepted(await self._tasks.retry(app_lcm_op_occ_id))

    async def create_subscription(
        self, body: SubscriptionRequest, caller: Caller | None = None
    ) -> Created[SubscriptionInfo]:
        """Have changes told to a callback."""
        return await self._subscriptions.create(body, caller)

    async def list_subscriptions(
        self,
        caller: Caller | None = None,
        *,
        subscriptiontype: AppInstanceSubscriptionType | None = None,
    ) -> AppInstanceSubscriptionLinkList:
        """Return the caller's subscriptions."""
        return self._subscriptions.list(caller, subscriptiontype)

    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[SubscriptionInfo]:
        """Return a subscription."""
        return self._subscriptions.get(subscription_id, caller)

    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._subscriptions.delete(subscription_id, caller)
