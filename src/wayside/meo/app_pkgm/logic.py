"""What a change of a package is to those who are told of it. Pure."""

from wayside.model.app_pkgm import AppPkgInfo, OnboardingState, PackageOperationalState
from wayside.model.app_pkgm_subscriptions import AppPkgNotificationType

ONBOARDED = OnboardingState.ONBOARDED


def what_happened(
    before: AppPkgInfo | None, after: AppPkgInfo | None
) -> AppPkgNotificationType | None:
    """Return what is told of the change; None for one that is nobody's business.

    Only packages that are, or were, ONBOARDED are told of; that one comes ENABLED is a part of its
    on-boarding. Ref: MEC 010-2 table 6.2.3.6.2-1.
    """
    was, now = _onboarded(before), _onboarded(after)
    if was is None:
        return None if now is None else AppPkgNotificationType.ON_BOARDED
    if now is None:
        return AppPkgNotificationType.DELETED if after is None else None
    if was.operational_state is now.operational_state:
        return None
    enabled = now.operational_state is PackageOperationalState.ENABLED
    return AppPkgNotificationType.ENABLED if enabled else AppPkgNotificationType.DISABLED


def _onboarded(package: AppPkgInfo | None) -> AppPkgInfo | None:
    return package if package and package.onboarding_state is ONBOARDED else None
