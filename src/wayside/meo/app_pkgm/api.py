"""Package management as operations, in both trees: each a thin call. Never decides anything."""

from wayside.chassis.negotiation import accepts
from wayside.chassis.saga import SagaRunner
from wayside.core.authorisation import Caller
from wayside.core.ids import AppDId, AppPkgId, SubscriptionId
from wayside.core.replies import Accepted, Created, Entry, Page
from wayside.core.requests import Accept, FileReply, ListQuery, Upload
from wayside.meo.books import Books
from wayside.meo.catalogue import ROOT, Catalogue, path_of
from wayside.meo.files import PackageFiles
from wayside.meo.onboarding import Onboarding
from wayside.model.app_pkgm import AppPkgInfo, AppPkgInfoModifications, CreateAppPkg
from wayside.model.app_pkgm_subscriptions import (
    AppPkgSubscription,
    AppPkgSubscriptionInfo,
    AppPkgSubscriptionLinkList,
)
from wayside.refpoints import mm1

from .subscriptions import PackageSubscriptions

ZIP = "application/zip"
TEXT = "text/plain; charset=utf-8"


class AppPkgm(mm1.AppPkgm):
    """Served to the OSS; MEPMs read here too."""

    def __init__(
        self, books: Books, catalogue: Catalogue, *, files: PackageFiles, onboarding: Onboarding,
        sagas: SagaRunner, subscriptions: PackageSubscriptions,
    ) -> None:  # fmt: skip
        self._books = books
        self._catalogue = catalogue
        self._files = files
        self._onboarding = onboarding
        self._sagas = sagas
        self._subscriptions = subscriptions

    async def list_app_packages(self, query: ListQuery) -> Page[AppPkgInfo]:
        """Return all packages."""
        return Page(self._books.packages.list())

    async def get_app_package(self, app_pkg_id: AppPkgId) -> Entry[AppPkgInfo]:
        """Return a package."""
        return self._books.packages.get(app_pkg_id)

    async def get_app_d(self, app_pkg_id: AppPkgId, accept: Accept | None = None) -> FileReply:
        """Return the file that represents the AppD, zipped where only that is accepted."""
        package = self._catalogue.require_onboarded(app_pkg_id)
        if accept is not None and not accepts(accept, "text/plain"):
            return FileReply(await self._files.zipped_descriptor(package.id), ZIP, "appd.zip")
        return FileReply(self._files.descriptor(package.id), TEXT)

    async def get_package_content(self, app_pkg_id: AppPkgId) -> FileReply:
        """Return the package's file."""
        package = self._catalogue.require_onboarded(app_pkg_id)
        return FileReply(self._files.package(package.id), ZIP, f"{package.app_name}.csar")

    async def create_app_package(self, body: CreateAppPkg) -> Created[AppPkgInfo]:
        """Make a package that waits for its content."""
        made = await self._catalogue.create(body)
        return Created(path_of(made.id), made)

    async def modify_app_package(
        self, app_pkg_id: AppPkgId, body: AppPkgInfoModifications
    ) -> AppPkgInfoModifications:
        """Enable or disable."""
        return await self._catalogue.modify(app_pkg_id, body)

    async def delete_app_package(self, app_pkg_id: AppPkgId) -> None:
        """Remove a package and its files."""
        await self._catalogue.delete(app_pkg_id)

    async def replace_package_content(self, app_pkg_id: AppPkgId, body: Upload) -> Accepted[None]:
        """Take the package's file and start to check it."""
        await self._onboarding.receive(app_pkg_id, body, self._sagas)
        return Accepted(path_of(app_pkg_id))

    async def list_onboarded_app_packages(self, query: ListQuery) -> Page[AppPkgInfo]:
        """Return all packages."""
        return Page(self._books.packages.list())

    async def get_onboarded_app_package(self, app_d_id: AppDId) -> Entry[AppPkgInfo]:
        """Return the package of a descriptor."""
        return self._catalogue.by_app_d(app_d_id)

    async def get_onboarded_app_d(
        self, app_d_id: AppDId, accept: Accept | None = None
    ) -> FileReply:
        """Return the file that represents the AppD, zipped where only that is accepted."""
        return await self.get_app_d(self._id(app_d_id), accept)

    async def get_onboarded_package_content(self, app_d_id: AppDId) -> FileReply:
        """Return the package's file."""
        return await self.get_package_content(self._id(app_d_id))

    async def create_onboarded_app_package(self, body: CreateAppPkg) -> Created[AppPkgInfo]:
        """Make a package that waits for its content; its id stands in for the descriptor's."""
        made = await self._catalogue.create(body)
        return Created(f"{ROOT}/onboarded_app_packages/{made.value.app_d_id}", made)

    async def modify_onboarded_app_package(
        self, app_d_id: AppDId, body: AppPkgInfoModifications
    ) -> AppPkgInfoModifications:
        """Enable or disable."""
        return await self._catalogue.modify(self._id(app_d_id), body)

    async def delete_onboarded_app_package(self, app_d_id: AppDId) -> None:
        """Remove a package and its files."""
        await self._catalogue.delete(self._id(app_d_id))

    async def replace_onboarded_package_content(
        self, app_d_id: AppDId, body: Upload
    ) -> Accepted[None]:
        """Take the package's file and start to check it."""
        return await self.replace_package_content(self._id(app_d_id), body)

    async def create_subscription(
        self, body: AppPkgSubscription, caller: Caller | None = None
    ) -> Created[AppPkgSubscriptionInfo]:
        """Have changes of packages told to a callback."""
        return await self._subscriptions.create(body, caller)

    async def list_subscriptions(self, caller: Caller | None = None) -> AppPkgSubscriptionLinkList:
        """Return the caller's subscriptions."""
        return self._subscriptions.list(caller)

    async def get_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> Entry[AppPkgSubscriptionInfo]:
        """Return a subscription."""
        return self._subscriptions.get(subscription_id, caller)

    async def delete_subscription(
        self, subscription_id: SubscriptionId, caller: Caller | None = None
    ) -> None:
        """End a subscription."""
        await self._subscriptions.delete(subscription_id, caller)

    def _id(self, app_d_id: AppDId) -> AppPkgId:
        return AppPkgId(self._catalogue.by_app_d(app_d_id).id)
