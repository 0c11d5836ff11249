"""Life cycle management as operations, the same at the MEO and at each MEPM: each a thin call.

Never decides anything: what an element does with its instances is its own.
Ref: MEC 010-2 clause 7.4.
"""

from typing import Protocol

from wayside.core.authorisation import Caller
from wayside.core.ids import AppInstanceId, AppLcmOpOccId, SubscriptionId
from wayside.core.replies import Accepted, Created, Entry, Page
from wayside.core.requests import ListQuery
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    CancelRequest,
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
from wayside.refpoints import app_lcm

from .collection import Collection
from .lcm_subscriptions import LcmSubscriptions
from .occurrence_tasks import OccurrenceTasks
from .occurrences import Occurrences

Begun = Accepted[None]


class Life(Protocol):
    """What an element does with its instances; the operations' paths are returned."""

    async def create(self, request: CreateAppInstanceRequest) -> Entry[AppInstanceInfo]:
        """Make an instance, NOT_INSTANTIATED."""
        ...

    async def delete(self, id: AppInstanceId) -> None:
        """Forget an instance."""
        ...

    async def instantiate(self, id: AppInstanceId, request: InstantiateAppRequest) -> str:
        """Begin to instantiate."""
        ...

    async def terminate(self, id: AppInstanceId, request: TerminateAppRequest) -> str:
        """Begin to terminate."""
        ...

    async def operate(self, id: AppInstanceId, request: OperateAppRequest) -> str:
        """Begin to start or stop."""
        ...


class LifeCycle(app_lcm.AppLcm):
    """The operations; an element inherits its reference point's declaration beside this."""

    def __init__(
        self, instances: Collection[AppInstanceInfo], occurrences: Occurrences, *, life: Life,
        tasks: OccurrenceTasks, subscriptions: LcmSubscriptions,
    ) -> None:  # fmt: skip
        self._instances = instances
        self._occurrences = occurrences.entries
        self._life = life
        self._tasks = tasks
        self._subscriptions = subscriptions

    async def create_app_instance(self, body: CreateAppInstanceRequest) -> Created[AppInstanceInfo]:
        """Make an instance, or return the one that was made under its id."""
        made = await self._life.create(body)
        return Created(instance_path(made.id), made)

    async def list_app_instances(self, query: ListQuery) -> Page[AppInstanceInfo]:
        """Return the instances."""
        return Page(self._instances.list())

    async def get_app_instance(self, app_instance_id: AppInstanceId) -> Entry[AppInstanceInfo]:
        """Return an instance."""
        return self._instances.get(app_instance_id)

    async def delete_app_instance(self, app_instance_id: AppInstanceId) -> None:
        """Forget an instance that has no resources."""
        await self._life.delete(app_instance_id)

    async def instantiate_app_instance(
        self, app_instance_id: AppInstanceId, body: InstantiateAppRequest
    ) -> Begun:
        """Begin to instantiate."""
        return Accepted(await self._life.instantiate(app_instance_id, body))

    async def terminate_app_instance(
        self, app_instance_id: AppInstanceId, body: TerminateAppRequest
    ) -> Begun:
        """Begin to terminate."""
        return Accepted(await self._life.terminate(app_instance_id, body))

    async def operate_app_instance(
        self, app_instance_id: AppInstanceId, body: OperateAppRequest
    ) -> Begun:
        """Begin to start or stop."""
        return Accepted(await self._life.operate(app_instance_id, body))

    async def list_app_lcm_op_occs(self, query: ListQuery) -> Page[AppLcmOpOcc]:
        """Return the operations."""
        return Page(self._occurrences.list())

    async def get_app_lcm_op_occ(self, app_lcm_op_occ_id: AppLcmOpOccId) -> Entry[AppLcmOpOcc]:
        """Return an operation."""
        return self._occurrences.get(app_lcm_op_occ_id)

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
