"""Who wants to be told of instances and operations. Ref: MEC 010-2 clauses 6.2.2.5 to 6.2.2.30.

Pure: says whether a subscription means an instance or an operation; never sends anything.
What is told is in ``app_lcm_notifications``.
"""

from enum import IntEnum, StrEnum
from typing import TypeAlias

import msgspec

from wayside.core.errors import Unprocessable
from wayside.core.wire import Wire

from .app_lcm import AppInstanceInfo, AppLcmOpOcc, LcmOperation, LcmOperationState
from .common import SelfLink
from .subscriptions import SubscriptionsLinks

FILTER = "$.appInstanceSubscriptionFilter"


class AppInstanceSubscriptionType(StrEnum):
    """What a subscription is about; one type each. Ref: MEC 010-2 clause 7.4.3.3.1."""

    STATE_CHANGE = "AppInstanceStateChangeSubscription"
    OP_OCC_STATE_CHANGE = "AppLcmOpOccStateChangeSubscription"
    IDENTIFIER_CREATION = "AppIdentifierCreationSubscription"
    IDENTIFIER_DELETION = "AppIdentifierDeletionSubscription"


class AppInstanceState(StrEnum):
    """How an instance is, in one word. Ref: MEC 010-2 table 6.2.2.11.2-1."""

    NOT_INSTANTIATED = "NOT_INSTANTIATED"
    STARTED = "STARTED"
    STOPPED = "STOPPED"

    @classmethod
    def of(cls, info: AppInstanceInfo) -> "AppInstanceState":
        """Return the state of an instance."""
        return cls(info.operational_state or cls.NOT_INSTANTIATED)


class AppInstSelectorType(IntEnum):
    """By what instances are selected. Ref: MEC 010-2 table 6.2.2.5.2-1."""

    VOID = 0
    APP_IDENTITY = 1
    APP_NAME = 2
    APP_D_ID = 3
    APP_FROM_PROVIDER = 4


class Versions(Wire):
    """Versions of a product. Ref: MEC 010-2 table 6.2.2.5.2-1."""

    app_soft_version: str
    app_d_version: tuple[str, ...] = ()

    def mean(self, info: AppInstanceInfo) -> bool:
        """Tell whether the instance is of one of these versions."""
        return self.app_soft_version == info.app_soft_version and (
            not self.app_d_version or info.app_d_version in self.app_d_version
        )


class AppProducts(Wire):
    """A product of a provider, in the given versions or in any. Ref: table 6.2.2.5.2-1."""

    app_name: str
    versions: tuple[Versions, ...] = ()

    def mean(self, info: AppInstanceInfo) -> bool:
        """Tell whether the instance is of this product."""
        return self.app_name == info.app_name and (
            not self.versions or any(each.mean(info) for each in self.versions)
        )


class AppsFromProviders(Wire):
    """A provider's products, the given ones or all. Ref: MEC 010-2 table 6.2.2.5.2-1."""

    app_provider: str
    app_products: tuple[AppProducts, ...] = ()

    def mean(self, info: AppInstanceInfo) -> bool:
        """Tell whether the instance is of one of these products."""
        return self.app_provider == info.app_provider and (
            not self.app_products or any(each.mean(info) for each in self.app_products)
        )


class AppInstanceSubscriptionFilter(Wire):
    """Which instances are meant; VOID means all. Ref: MEC 010-2 clause 6.2.2.5.

    APP_D_ID and APP_FROM_PROVIDER mean instances to come too. Ours: so do the others, which costs
    nothing and misses nothing.
    """

    app_inst_selector_type: AppInstSelectorType
    app_instances: tuple[str, ...] = ()
    apps_from_providers: tuple[AppsFromProviders, ...] = ()

    def means(self, info: AppInstanceInfo) -> bool:
        """Tell whether the instance is selected."""
        kind = self.app_inst_selector_type
        if kind is AppInstSelectorType.VOID:
            return True
        if kind is AppInstSelectorType.APP_FROM_PROVIDER:
            return any(each.mean(info) for each in self.apps_from_providers)
        found = {
            AppInstSelectorType.APP_IDENTITY: info.id,
            AppInstSelectorType.APP_NAME: info.app_instance_name,
            AppInstSelectorType.APP_D_ID: info.app_d_id,
        }[kind]
        return found in self.app_instances

    def check(self, at: str) -> None:
        """Return where the list that the selector asks for is given, and no other.

        Raises Unprocessable naming the list.
        """
        kind = self.app_inst_selector_type
        providers = kind is AppInstSelectorType.APP_FROM_PROVIDER
        named = kind not in (AppInstSelectorType.VOID, AppInstSelectorType.APP_FROM_PROVIDER)
        for name, given, wanted in (
            ("appInstances", self.app_instances, named),
            ("appsFromProviders", self.apps_from_providers, providers),
        ):
            if bool(given) is not wanted:
                remedy = "give at least one" if wanted else "leave it out"
                raise Unprocessable(
                    f"{name} with appInstSelectorType {int(kind)} ({kind.name}): {remedy}.",
                    field=f"{at}.{name}",
                )


class AppLcmOpOccSubscriptionFilter(Wire):
    """Which operations are meant: those that fit all that is given. Ref: clause 6.2.2.6."""

    app_instance_subscription_filter: AppInstanceSubscriptionFilter | None = None
    notification_types: str | None = None
    operation_types: LcmOperation | None = None
    operation_states: LcmOperationState | None = None

    def means(self, occ: AppLcmOpOcc, info: AppInstanceInfo) -> bool:
        """Tell whether the operation and its instance are selected."""
        selected = self.app_instance_subscription_filter
        return (
            (selected is None or selected.means(info))
            and self.operation_types in (None, occ.lcm_operation)
            and self.operation_states in (None, occ.operation_state)
        )

    def check(self) -> None:
        """Return where the members go together; raise Unprocessable naming what does not."""
        at = "$.appLcmOpOccSubscriptionFilter"
        if self.notification_types not in (None, "AppLcmOpOccNotification"):
            raise Unprocessable(
                "notificationTypes can be AppLcmOpOccNotification alone; give that, or leave it "
                "out.",
                field=f"{at}.notificationTypes",
            )
        if self.app_instance_subscription_filter is not None:
            self.app_instance_subscription_filter.check(f"{at}.appInstanceSubscriptionFilter")


class _OfInstances(Wire):
    """What subscriptions to instances have in common."""

    callback_uri: str
    app_instance_subscription_filter: AppInstanceSubscriptionFilter | None = None

    def check(self) -> None:
        """Return where the filter can be applied; raise Unprocessable naming what is wrong."""
        if self.app_instance_subscription_filter is not None:
            self.app_instance_subscription_filter.check(FILTER)

    def means(self, info: AppInstanceInfo) -> bool:
        """Tell whether the instance is selected."""
        selected = self.app_instance_subscription_filter
        return selected is None or selected.means(info)


class _OfOperations(Wire):
    """What a subscription to operations says."""

    callback_uri: str
    app_lcm_op_occ_subscription_filter: AppLcmOpOccSubscriptionFilter | None = None

    def check(self) -> None:
        """Return where the filter can be applied; raise Unprocessable naming what is wrong."""
        if self.app_lcm_op_occ_subscription_filter is not None:
            self.app_lcm_op_occ_subscription_filter.check()


class AppInstSubscriptionRequest(
    _OfInstances, tag_field="subscriptionType", tag="AppInstanceStateChangeSubscription"
):
    """A wish to be told of states of instances, of one or of all. Ref: clause 6.2.2.12."""

    app_instance_state: AppInstanceState | None = None


class AppInstSubscriptionInfo(AppInstSubscriptionRequest):
    """A subscription to states of instances. Ref: MEC 010-2 clause 6.2.2.10."""

    links: SelfLink = msgspec.field(name="_links")
    id: str


class AppLcmOpOccSubscriptionRequest(
    _OfOperations, tag_field="subscriptionType", tag="AppLcmOpOccStateChangeSubscription"
):
    """A wish to be told of states of operations. Ref: MEC 010-2 clause 6.2.2.14."""


class AppLcmOpOccSubscriptionInfo(AppLcmOpOccSubscriptionRequest):
    """A subscription to states of operations. Ref: MEC 010-2 clause 6.2.2.15."""

    links: SelfLink = msgspec.field(name="_links")
    id: str


class AppInstIdCreationSubscriptionRequest(
    _OfInstances, tag_field="subscriptionType", tag="AppIdentifierCreationSubscription"
):
    """A wish to be told of new instances. Ref: MEC 010-2 clause 6.2.2.25."""

    def check(self) -> None:
        """Return where the filter can mean instances to come (note); raise Unprocessable else."""
        super().check()
        selected = self.app_instance_subscription_filter
        if selected is not None and selected.app_inst_selector_type not in (
            AppInstSelectorType.APP_D_ID,
            AppInstSelectorType.APP_FROM_PROVIDER,
        ):
            raise Unprocessable(
                "Instances to come are selected by 3 (APP_D_ID) or 4 (APP_FROM_PROVIDER); leave "
                "the filter out to be told of all.",
                field=f"{FILTER}.appInstSelectorType",
            )


class AppInstIdCreationSubscriptionInfo(AppInstIdCreationSubscriptionRequest):
    """A subscription to new instances. Ref: MEC 010-2 clause 6.2.2.26."""

    links: SelfLink = msgspec.field(name="_links")
    id: str


class AppInstIdDeletionSubscriptionRequest(
    _OfInstances, tag_field="subscriptionType", tag="AppIdentifierDeletionSubscription"
):
    """A wish to be told of instances that are deleted. Ref: MEC 010-2 clause 6.2.2.28."""


class AppInstIdDeletionSubscriptionInfo(AppInstIdDeletionSubscriptionRequest):
    """A subscription to instances that are deleted. Ref: MEC 010-2 clause 6.2.2.29."""

    links: SelfLink = msgspec.field(name="_links")
    id: str


SubscriptionRequest: TypeAlias = (
    AppInstSubscriptionRequest
    | AppLcmOpOccSubscriptionRequest
    | AppInstIdCreationSubscriptionRequest
    | AppInstIdDeletionSubscriptionRequest
)
SubscriptionInfo: TypeAlias = (
    AppInstSubscriptionInfo
    | AppLcmOpOccSubscriptionInfo
    | AppInstIdCreationSubscriptionInfo
    | AppInstIdDeletionSubscriptionInfo
)
KEPT_AS: dict[type[SubscriptionRequest], type[SubscriptionInfo]] = {
    AppInstSubscriptionRequest: AppInstSubscriptionInfo,
    AppLcmOpOccSubscriptionRequest: AppLcmOpOccSubscriptionInfo,
    AppInstIdCreationSubscriptionRequest: AppInstIdCreationSubscriptionInfo,
    AppInstIdDeletionSubscriptionRequest: AppInstIdDeletionSubscriptionInfo,
}
"""What is asked for → as what it is kept."""


class AppInstanceSubscriptionLinkList(Wire):
    """A caller's subscriptions. Ref: MEC 010-2 clause 6.2.2.19."""

    links: SubscriptionsLinks = msgspec.field(name="_links")
