"""Application life cycle management, declared once for Mm1 and Mm3. Ref: MEC 010-2 7.4, 7.6.

Never serves: the MEO does on Mm1, each MEPM on Mm3.
"""

from wayside.core.authorisation import Caller
from wayside.core.ids import AppInstanceId, AppLcmOpOccId, SubscriptionId
from wayside.core.operations import Api, delete, get, post
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
)
from wayside.model.app_lcm_subscriptions import (
    AppInstanceSubscriptionLinkList,
    AppInstanceSubscriptionType,
    SubscriptionInfo,
    SubscriptionRequest,
)

READ = "app_lcm:read"
WRITE = "app_lcm:write"
TYPES = AppInstanceSubscriptionType
"""Each type of subscription has a scope of its own, below that of subscriptions."""


class AppLcm(
    Api,
    name="app_lcm",
    version="v1",
    spec="MEC 010-2 V3.1.1",
    title="Application life cycle management",
):
    """Application instances, and the operations that move them from state to state."""

    @post("/app_instances", clause="7.4.1.3.1", scope=WRITE, errors=(409,))
    async def create_app_instance(self, body: CreateAppInstanceRequest) -> Created[AppInstanceInfo]:
        """Make an instance of an enabled package's application, NOT_INSTANTIATED."""
        raise NotImplementedError

    @get("/app_instances", clause="7.4.1.3.2", scope=READ)
    async def list_app_instances(self, query: ListQuery) -> Page[AppInstanceInfo]:
        """Return the instances, oldest first."""
        raise NotImplementedError

    @get("/app_instances/{appInstanceId}", clause="7.4.2.3.2", scope=READ)
    async def get_app_instance(self, app_instance_id: AppInstanceId) -> Entry[AppInstanceInfo]:
        """Return an instance."""
        raise NotImplementedError

    @delete("/app_instances/{appInstanceId}", clause="7.4.2.3.4", scope=WRITE, errors=(409,))
    async def delete_app_instance(self, app_instance_id: AppInstanceId) -> None:
        """Forget an instance; 409 while it is INSTANTIATED or an operation on it is not closed."""
        raise NotImplementedError

    @post(
        "/app_instances/{appInstanceId}/instantiate",
        clause="7.4.6.3.1",
        scope=WRITE,
        errors=(409,),
    )
    async def instantiate_app_instance(
        self, app_instance_id: AppInstanceId, body: InstantiateAppRequest
    ) -> Accepted[None]:
        """Start to give the instance resources and run it; 409 unless NOT_INSTANTIATED."""
        raise NotImplementedError

    @post(
        "/app_instances/{appInstanceId}/terminate",
        clause="7.4.7.3.1",
        scope=WRITE,
        errors=(409,),
    )
    async def terminate_app_instance(
        self, app_instance_id: AppInstanceId, body: TerminateAppRequest
    ) -> Accepted[None]:
        """Start to end the instance and give its resources back; 409 unless INSTANTIATED."""
        raise NotImplementedError

    @post(
        "/app_instances/{appInstanceId}/operate",
        clause="7.4.8.3.1",
        scope=WRITE,
        errors=(409,),
    )
    async def operate_app_instance(
        self, app_instance_id: AppInstanceId, body: OperateAppRequest
    ) -> Accepted[None]:
        """Start to start or stop the instance; 409 unless INSTANTIATED and in the other state."""
        raise NotImplementedError

    @get("/app_lcm_op_occs", clause="7.4.9.3.2", scope=READ)
    async def list_app_lcm_op_occs(self, query: ListQuery) -> Page[AppLcmOpOcc]:
        """Return the operation occurrences, oldest first."""
        raise NotImplementedError

    @get("/app_lcm_op_occs/{appLcmOpOccId}", clause="7.4.10.3.2", scope=READ)
    async def get_app_lcm_op_occ(self, app_lcm_op_occ_id: AppLcmOpOccId) -> Entry[AppLcmOpOcc]:
        """Return an operation occurrence: its state, and why it failed if it did."""
        raise NotImplementedError

    @post(
        "/app_lcm_op_occs/{appLcmOpOccId}/cancel",
        clause="7.4.11.3.1",
        scope=WRITE,
        errors=(409,),
    )
    async def cancel_app_lcm_op_occ(
        self, app_lcm_op_occ_id: AppLcmOpOccId, body: CancelRequest
    ) -> Accepted[None]:
        """Have the operation unwind and end FAILED_TEMP; 409 unless PROCESSING.

        GRACEFUL lets the step that runs come to its end, FORCED does not wait for it.
        """
        raise NotImplementedError

    @post(
        "/app_lcm_op_occs/{appLcmOpOccId}/fail",
        clause="7.4.12.3.1",
        scope=WRITE,
        errors=(409,),
    )
    async def fail_app_lcm_op_occ(self, app_lcm_op_occ_id: AppLcmOpOccId) -> Entry[AppLcmOpOcc]:
        """Close an operation as FAILED for good; 409 unless FAILED_TEMP.

        Answers 200 with the occurrence, as the table of the method says (the flow says 202).
        """
        raise NotImplementedError

    @post(
        "/app_lcm_op_occs/{appLcmOpOccId}/retry",
        clause="7.4.13.3.1",
        scope=WRITE,
        errors=(409,),
    )
    async def retry_app_lcm_op_occ(self, app_lcm_op_occ_id: AppLcmOpOccId) -> Accepted[None]:
        """Start the operation again from its beginning; 409 unless FAILED_TEMP."""
        raise NotImplementedError

    @post("/subscriptions", clause="7.4.3.3.1", scope=WRITE, types=TYPES)
    async def create_subscription(
        self, body: SubscriptionRequest, caller: Caller | None = None
    ) -> Created[SubscriptionInfo]:
        """Have changes of instances or operations told to a callback; one type a subscription.

        422 for a type that is not of this reference point, and a filter that means nothing.
        """
        raise NotImplementedError

    @get("/subscriptions", clause="7.4.3.3.2", scope=READ, types=TYPES)
    async def list_subscriptions(
        self,
        caller: Caller | None = None,
        *,
        subscriptiontype: AppInstanceSubscriptionType | None = None,
    ) -> AppInstanceSubscriptionLinkList:
        """Return the caller's subscriptions as links, those of one type where it is given."""
        raise NotImplementedError

    @get("/subscriptions/{subscriptionId}", clause="7.4.4.3.2", scope=READ, types=TYPES)
    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[SubscriptionInfo]:
        """Return a subscription of the caller's."""
        raise NotImplementedError

    @delete("/subscriptions/{subscriptionId}", clause="7.4.4.3.4", scope=WRITE, types=TYPES)
    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription; what still waits for its callback is not sent any more."""
        raise NotImplementedError
