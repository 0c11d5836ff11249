"""Who wants to be told of packages, and what is told. Ref: MEC 010-2 clauses 6.2.3.4 to 6.2.3.10.

Pure: says whether a subscription means a change; never sends anything.
"""

from enum import StrEnum

import msgspec

from wayside.core.errors import Unprocessable
from wayside.core.wire import Wire

from .app_pkgm import AppPkgInfo, PackageOperationalState, UsageState
from .common import SelfLink, TimeStamp
from .subscriptions import NotificationLinks, SubscriptionsLinks


class AppPkgSubscriptionType(StrEnum):
    """What a subscription is about. Ref: MEC 010-2 table 6.2.3.7.2-1."""

    ON_BOARDING = "AppPackageOnBoardingSubscription"
    CHANGE = "AppPackageChangeSubscription"
    DELETION = "AppPackageDeletionSubscription"


class AppPkgNotificationType(StrEnum):
    """What happened to a package. Ref: MEC 010-2 table 6.2.3.6.2-1."""

    ON_BOARDED = "AppPackageOnBoarded"
    ENABLED = "AppPackageEnabled"
    DISABLED = "AppPackageDisabled"
    DELETED = "AppPackageDeleted"


TOLD = {
    AppPkgNotificationType.ON_BOARDED: AppPkgSubscriptionType.ON_BOARDING,
    AppPkgNotificationType.ENABLED: AppPkgSubscriptionType.CHANGE,
    AppPkgNotificationType.DISABLED: AppPkgSubscriptionType.CHANGE,
    AppPkgNotificationType.DELETED: AppPkgSubscriptionType.DELETION,
}
"""What happened → the type of the subscriptions that are told of it."""


class AppPkgFilter(Wire):
    """Which packages are meant: those that have all attributes given. Ref: table 6.2.3.10.2-1."""

    app_pkg_info_id: str | None = None
    app_d_id: str | None = None
    app_provider: str | None = None
    app_name: str | None = None
    app_software_version: str | None = None
    app_d_version: str | None = None
    operational_state: PackageOperationalState | None = None
    usage_state: UsageState | None = None

    def means(self, package: AppPkgInfo) -> bool:
        """Tell whether the package has all that is given here."""
        pairs = (
            (self.app_pkg_info_id, package.id),
            (self.app_d_id, package.app_d_id),
            (self.app_provider, package.app_provider),
            (self.app_name, package.app_name),
            (self.app_software_version, package.app_software_version),
            (self.app_d_version, package.app_d_version),
            (self.operational_state, package.operational_state),
            (self.usage_state, package.usage_state),
        )
        return all(wanted is None or wanted == found for wanted, found in pairs)

    def check(self, at: str) -> None:
        """Return where a subscription about on-boarding or deletion may have the filter.

        Raises Unprocessable naming the state that only a change has.
        """
        for name, value in (
            ("operationalState", self.operational_state),
            ("usageState", self.usage_state),
        ):
            if value is not None:
                raise Unprocessable(
                    f"{name} is for AppPackageChangeSubscription alone; leave it out.",
                    field=f"{at}.{name}",
                )


class AppPkgSubscription(Wire):
    """A wish to be told of packages. Ref: MEC 010-2 clause 6.2.3.7.

    A package is meant where one of the filters means it, or where there is none.
    """

    callback_uri: str
    subscription_type: AppPkgSubscriptionType
    app_pkg_filter: tuple[AppPkgFilter, ...] = ()

    def check(self) -> None:
        """Return where the filters fit the type; raise Unprocessable naming what does not."""
        if self.subscription_type is not AppPkgSubscriptionType.CHANGE:
            for number, each in enumerate(self.app_pkg_filter):
                each.check(f"$.appPkgFilter[{number}]")


class AppPkgSubscriptionInfo(Wire):
    """A subscription that is kept. Ref: MEC 010-2 clause 6.2.3.4. Ours: its filters too."""

    links: SelfLink = msgspec.field(name="_links")
    id: str
    subscription_type: AppPkgSubscriptionType
    callback_uri: str
    app_pkg_filter: tuple[AppPkgFilter, ...] = ()

    def wants(self, what: AppPkgNotificationType, package: AppPkgInfo) -> bool:
        """Tell whether the subscriber is to be told that this happened to the package."""
        if TOLD[what] is not self.subscription_type:
            return False
        return not self.app_pkg_filter or any(each.means(package) for each in self.app_pkg_filter)


class AppPkgSubscriptionLinkList(Wire):
    """A caller's subscriptions. Ref: MEC 010-2 clause 6.2.3.5."""

    links: SubscriptionsLinks = msgspec.field(name="_links")


class AppPkgNotification(Wire):
    """What is told of a package. Ref: MEC 010-2 clause 6.2.3.6.

    ``id`` is the same for all subscribers that are told of the same change; ``operational_state``
    is that after the change, the last one of a package that is deleted.
    """

    links: NotificationLinks = msgspec.field(name="_links")
    id: str
    notification_type: AppPkgNotificationType
    subscription_id: str
    time_stamp: TimeStamp
    app_pkg_id: str
    app_d_id: str
    operational_state: PackageOperationalState
