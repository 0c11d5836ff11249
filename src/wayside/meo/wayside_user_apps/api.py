"""Applications for users, as an operation. Never starts or reserves anything."""

from collections.abc import Iterator

from wayside.core.errors import Unprocessable
from wayside.meo.books import Books
from wayside.meo.placement.demands import requirements_of
from wayside.meo.placing import Placer
from wayside.model.app_lcm import InstantiateAppRequest
from wayside.model.app_pkgm import AppPkgInfo, PackageOperationalState
from wayside.refpoints import mm9
from wayside.refpoints.mm9 import UserApp, UserAppList, UserAppQuery

from .logic import places_of


class UserApps(mm9.UserApps):
    """Served to the UALCMP."""

    def __init__(self, books: Books, placer: Placer) -> None:
        self._books = books
        self._placer = placer

    async def query_user_apps(self, body: UserAppQuery) -> UserAppList:
        """Return the ENABLED applications with the hosts that would do now."""
        where = body.location_constraints
        if where is not None:
            try:
                where.check()
            except Unprocessable as wrong:
                raise Unprocessable(wrong.detail, field="$.locationConstraints") from wrong
        packages = list(self._enabled(body.app_d_ids))
        field = await self._placer.survey()
        request = InstantiateAppRequest(location_constraints=where)
        apps = []
        for package in packages:
            descriptor = self._books.descriptors.find(package.id)
            if descriptor is not None:  # It may be deleted just now.
                wanted = requirements_of(descriptor.value, request)
                places, refusals = places_of(wanted, field, body.cells)
                apps.append(
                    UserApp(
                        app_pkg_id=package.id,
                        app_d=descriptor.value,
                        places=places,
                        refusals=refusals,
                    )
                )
        return UserAppList(apps=tuple(apps))

    def _enabled(self, app_d_ids: tuple[str, ...]) -> Iterator[AppPkgInfo]:
        """Yield the packages whose applications may be instantiated; of those named, or all."""
        for entry in self._books.packages.list():
            package = entry.value
            if app_d_ids and package.app_d_id not in app_d_ids:
                continue
            if package.operational_state is PackageOperationalState.ENABLED:
                yield package
