"""Application package management, declared once for Mm1 and Mm3. Ref: MEC 010-2 clause 7.3.

Two trees of the same resources: ``/app_packages`` by package id, ``/onboarded_app_packages`` by
descriptor id (which is the package id until the content is known). Never serves: the MEO does.
"""

from wayside.core.authorisation import Caller
from wayside.core.ids import AppDId, AppPkgId, SubscriptionId
from wayside.core.operations import Api, delete, get, patch, post, put
from wayside.core.replies import Accepted, Created, Entry, Page
from wayside.core.requests import Accept, FileReply, ListQuery, Upload
from wayside.model.app_pkgm import AppPkgInfo, AppPkgInfoModifications, CreateAppPkg
from wayside.model.app_pkgm_subscriptions import (
    AppPkgSubscription,
    AppPkgSubscriptionInfo,
    AppPkgSubscriptionLinkList,
    AppPkgSubscriptionType,
)

READ = "app_pkgm:read"
"""Whoever may read packages may be told of them: a MEPM too, which may write none."""
WRITE = "app_pkgm:write"
TYPES = AppPkgSubscriptionType
"""Each type of subscription has a scope of its own, below that of subscriptions."""
ZIP = ("application/zip",)
TEXT = ("text/plain",)


class AppPkgmQuery(
    Api,
    name="app_pkgm",
    version="v1",
    spec="MEC 010-2 V3.1.1",
    title="Application package management",
):
    """What both reference points may do: read packages, and be told of them."""

    @get("/app_packages", clause="7.3.1.3.2", scope=READ)
    async def list_app_packages(self, query: ListQuery) -> Page[AppPkgInfo]:
        """Return the packages, oldest first."""
        raise NotImplementedError

    @get("/app_packages/{appPkgId}", clause="7.3.2.3.2", scope=READ)
    async def get_app_package(self, app_pkg_id: AppPkgId) -> Entry[AppPkgInfo]:
        """Return a package's information."""
        raise NotImplementedError

    @get(
        "/app_packages/{appPkgId}/appd",
        clause="7.3.6.3.2",
        scope=READ,
        errors=(409,),
        produces=(*TEXT, *ZIP),
    )
    async def get_app_d(self, app_pkg_id: AppPkgId, accept: Accept | None = None) -> FileReply:
        """Return the descriptor's file as the package has it; 409 until it is ONBOARDED.

        As text, or in a zip where only that is accepted.
        """
        raise NotImplementedError

    @get(
        "/app_packages/{appPkgId}/package_content",
        clause="7.3.7.3.2",
        scope=READ,
        errors=(409, 416),
        produces=ZIP,
    )
    async def get_package_content(self, app_pkg_id: AppPkgId) -> FileReply:
        """Return the package's file, whole or the range asked for; 409 until it is ONBOARDED."""
        raise NotImplementedError

    @get("/onboarded_app_packages", clause="7.3.1.3.2", scope=READ)
    async def list_onboarded_app_packages(self, query: ListQuery) -> Page[AppPkgInfo]:
        """Return the packages, oldest first."""
        raise NotImplementedError

    @get("/onboarded_app_packages/{appDId}", clause="7.3.2.3.2", scope=READ)
    async def get_onboarded_app_package(self, app_d_id: AppDId) -> Entry[AppPkgInfo]:
        """Return the information of the package that holds this descriptor."""
        raise NotImplementedError

    @get(
        "/onboarded_app_packages/{appDId}/appd",
        clause="7.3.6.3.2",
        scope=READ,
        errors=(409,),
        produces=(*TEXT, *ZIP),
    )
    async def get_onboarded_app_d(
        self, app_d_id: AppDId, accept: Accept | None = None
    ) -> FileReply:
        """Return the descriptor's file as the package has it."""
        raise NotImplementedError

    @get(
        "/onboarded_app_packages/{appDId}/package_content",
        clause="7.3.7.3.2",
        scope=READ,
        errors=(409, 416),
        produces=ZIP,
    )
    async def get_onboarded_package_content(self, app_d_id: AppDId) -> FileReply:
        """Return the file of the package that holds this descriptor."""
        raise NotImplementedError

    @post("/subscriptions", clause="7.3.3.3.1", scope=READ, types=TYPES)
    async def create_subscription(
        self, body: AppPkgSubscription, caller: Caller | None = None
    ) -> Created[AppPkgSubscriptionInfo]:
        """Have packages that are on-boarded, changed or deleted told to a callback."""
        raise NotImplementedError

    @get("/subscriptions", clause="7.3.3.3.2", scope=READ, types=TYPES)
    async def list_subscriptions(self, caller: Caller | None = None) -> AppPkgSubscriptionLinkList:
        """Return the caller's subscriptions as links."""
        raise NotImplementedError

    @get("/subscriptions/{subscriptionId}", clause="7.3.4.3.2", scope=READ, types=TYPES)
    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[AppPkgSubscriptionInfo]:
        """Return a subscription of the caller's."""
        raise NotImplementedError

    @delete("/subscriptions/{subscriptionId}", clause="7.3.4.3.4", scope=READ, types=TYPES)
    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription; what still waits for its callback is not sent any more."""
        raise NotImplementedError


class AppPkgm(AppPkgmQuery):
    """All of package management."""

    @post("/app_packages", clause="7.3.1.3.1", scope=WRITE)
    async def create_app_package(self, body: CreateAppPkg) -> Created[AppPkgInfo]:
        """Make a package resource, CREATED and DISABLED, that waits for its content."""
        raise NotImplementedError

    @patch("/app_packages/{appPkgId}", clause="7.3.2.3.5", scope=WRITE, errors=(409,))
    async def modify_app_package(
        self, app_pkg_id: AppPkgId, body: AppPkgInfoModifications
    ) -> AppPkgInfoModifications:
        """Enable or disable a package for new instances; 409 where it is so already."""
        raise NotImplementedError

    @delete("/app_packages/{appPkgId}", clause="7.3.2.3.4", scope=WRITE)
    async def delete_app_package(self, app_pkg_id: AppPkgId) -> None:
        """Remove a package and its files; 403 unless it is DISABLED and NOT_IN_USE."""
        raise NotImplementedError

    @put(
        "/app_packages/{appPkgId}/package_content",
        clause="7.3.7.3.3",
        scope=WRITE,
        errors=(409, 416),
        consumes=ZIP,
    )
    async def replace_package_content(self, app_pkg_id: AppPkgId, body: Upload) -> Accepted[None]:
        """Take the package's file, or the next piece of it; once it is whole, start to check it.

        A piece says ``Content-Range: bytes FIRST-LAST/TOTAL``; pieces come in order, and what came
        stays: ``waysideUpload`` of the package says how much. 409 unless the package is CREATED or
        waits for just this piece, 416 where the range lies outside of the whole.
        """
        raise NotImplementedError

    @post("/onboarded_app_packages", clause="7.3.1.3.1", scope=WRITE)
    async def create_onboarded_app_package(self, body: CreateAppPkg) -> Created[AppPkgInfo]:
        """Make a package resource, CREATED and DISABLED, that waits for its content."""
        raise NotImplementedError

    @patch("/onboarded_app_packages/{appDId}", clause="7.3.2.3.5", scope=WRITE, errors=(409,))
    async def modify_onboarded_app_package(
        self, app_d_id: AppDId, body: AppPkgInfoModifications
    ) -> AppPkgInfoModifications:
        """Enable or disable a package for new instances; 409 where it is so already."""
        raise NotImplementedError

    @delete("/onboarded_app_packages/{appDId}", clause="7.3.2.3.4", scope=WRITE)
    async def delete_onboarded_app_package(self, app_d_id: AppDId) -> None:
        """Remove a package and its files; 403 unless it is DISABLED and NOT_IN_USE."""
        raise NotImplementedError

    @put(
        "/onboarded_app_packages/{appDId}/package_content",
        clause="7.3.7.3.3",
        scope=WRITE,
        errors=(409, 416),
        consumes=ZIP,
    )
    async def replace_onboarded_package_content(
        self, app_d_id: AppDId, body: Upload
    ) -> Accepted[None]:
        """Take the package's file, or the next piece of it; once it is whole, start to check it.

        A piece says ``Content-Range: bytes FIRST-LAST/TOTAL``; pieces come in order, and what came
        stays: ``waysideUpload`` of the package says how much. 409 unless the package is CREATED or
        waits for just this piece, 416 where the range lies outside of the whole.
        """
        raise NotImplementedError
