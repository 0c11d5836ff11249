"""The catalogue: packages as resources, their states, and who may use them.

Never reads a package's content: ``onboarding`` does. Ref: MEC 010-2 clauses 5.2, 7.3.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from wayside.chassis.store import Wish
from wayside.core.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Problem
from wayside.core.replies import Entry
from wayside.core.states import StateTable
from wayside.model.app_pkgm import (
    AppPkgArtifactInfo,
    AppPkgInfo,
    AppPkgInfoModifications,
    AppPkgLinks,
    AppPkgSWImageInfo,
    CreateAppPkg,
    OnboardingState,
    PackageOperationalState,
    UsageState,
    WaysideUpload,
)
from wayside.model.appd import AppD
from wayside.model.common import LinkType, ProblemDetails

from .books import Books
from .files import PackageFiles, algorithm_of

ROOT = "/app_pkgm/v1"


class PackageEvent(StrEnum):
    """What moves a package's on-boarding."""

    UPLOAD = "the upload of its content"
    UPLOADED = "the end of the upload"
    ACCEPTED = "its acceptance"
    REFUSED = "its refusal"


_S, _E = OnboardingState, PackageEvent
MOVES: StateTable[OnboardingState, PackageEvent] = StateTable(
    "The package",
    {
        (_S.CREATED, _E.UPLOAD): _S.UPLOADING,
        (_S.UPLOADING, _E.UPLOADED): _S.PROCESSING,
        (_S.UPLOADING, _E.REFUSED): _S.CREATED,
        (_S.PROCESSING, _E.ACCEPTED): _S.ONBOARDED,
        (_S.PROCESSING, _E.REFUSED): _S.CREATED,
    },
)
"""Ref: MEC 010-2 table 6.2.3.3.2-1. The standard has no state for failure: a refused package is
CREATED again, says why, and its content may be sent anew."""


@dataclass(frozen=True)
class Content:
    """What a package's file was found to hold."""

    app_d: AppD
    signing_certificate: str | None = None
    """PEM."""
    artifacts: tuple[AppPkgArtifactInfo, ...] = ()
    notes: tuple[str, ...] = ()
    """What was left out or assumed of a package in another's layout."""


class Catalogue:
    """The packages of the system."""

    def __init__(self, books: Books, files: PackageFiles) -> None:
        self._books = books
        self._files = files
        self.receiving: set[str] = set()
        """Packages whose content comes in just now: nobody else may touch them."""

    async def create(self, request: CreateAppPkg) -> Entry[AppPkgInfo]:
        """Make a package, CREATED, DISABLED and NOT_IN_USE.

        Raises Unprocessable where its checksum is of an algorithm that is not known here.
        """
        algorithm_of(request.checksum)
        id_ = self._books.store.new_id()
        package = AppPkgInfo(
            links=_links(id_),
            id=id_,
            app_d_id=id_,
            app_provider=request.app_provider,
            app_name=request.app_pkg_name,
            app_software_version=request.app_pkg_version,
            app_d_version=request.app_pkg_version,
            checksum=request.checksum,
            software_images=(),
            onboarding_state=OnboardingState.CREATED,
            operational_state=PackageOperationalState.DISABLED,
            usage_state=UsageState.NOT_IN_USE,
            mec_info=(),
            user_defined_data=request.user_defined_data,
        )
        return await self._books.packages.create(id_, package)

    def by_app_d(self, app_d_id: str) -> Entry[AppPkgInfo]:
        """Return the package that holds a descriptor; raise NotFound."""
        for entry in self._books.packages.list(app_d_id=app_d_id):
            return entry
        raise NotFound(f"There is no package with the descriptor {app_d_id}. List the packages.")

    def onboarded(self, app_d_id: str) -> AppPkgInfo | None:
        """Return the ONBOARDED package of a descriptor, or None."""
        for entry in self._books.packages.list(app_d_id=app_d_id):
            if entry.value.onboarding_state is OnboardingState.ONBOARDED:
                return entry.value
        return None

    def require_onboarded(self, id: str) -> AppPkgInfo:
        """Return a package whose content can be read; raise Conflict where it is not there yet."""
        return _readable(self._books.packages.get(id).value)

    def require_enabled(self, id: str) -> None:
        """Return where instances may be made of the package; raise Conflict otherwise."""
        _enabled(self._books.packages.get(id).value)

    def taking(self, id: str) -> Wish[AppPkgInfo]:
        """Return the wish to have the package IN_USE; it raises Conflict where it is DISABLED."""

        def change(package: AppPkgInfo) -> AppPkgInfo:
            return msgspec.structs.replace(_enabled(package), usage_state=UsageState.IN_USE)

        return self._books.packages.modification(id, change)

    async def modify(self, id: str, wanted: AppPkgInfoModifications) -> AppPkgInfoModifications:
        """Enable or disable; raise Conflict where it is so already or not ONBOARDED."""

        def change(package: AppPkgInfo) -> AppPkgInfo:
            _readable(package)
            if package.operational_state is wanted.operational_state:
                raise Conflict(f"The package {id} is {wanted.operational_state} already.")
            return msgspec.structs.replace(package, operational_state=wanted.operational_state)

        await self._books.packages.modify(id, change)
        return wanted

    async def delete(self, id: str) -> None:
        """Remove a package and its files.

        Raises Forbidden (the method's table has 403 and no 409) unless it is DISABLED, NOT_IN_USE
        and not being on-boarded. An upload in pieces that nobody sends to can be given up so.
        """
        entry = self._books.packages.get(id)
        _deletable(entry.value, receiving=id in self.receiving)
        wishes: list[Wish[Any]] = [self._books.packages.deletion(id, if_match=entry.etag)]
        if self._books.descriptors.find(id) is not None:
            wishes.append(self._books.descriptors.deletion(id))
        try:
            await self._books.store.commit(*wishes)
        except PreconditionFailed:  # It was changed meanwhile: judge it as it is now.
            return await self.delete(id)
        return self._files.remove(id)

    def moving(
        self, id: str, event: PackageEvent, *, upload: WaysideUpload | None = None
    ) -> Wish[AppPkgInfo]:
        """Return the wish to move the on-boarding; it raises Conflict where there is no such move.

        ``upload`` is how far the upload is then, None where there is none.
        """

        def change(package: AppPkgInfo) -> AppPkgInfo:
            after = MOVES.after(package.onboarding_state, event)
            return msgspec.structs.replace(
                package,
                onboarding_state=after,
                onboarding_failure_details=None,
                wayside_upload=upload,
            )

        return self._books.packages.modification(id, change)

    async def refuse(self, id: str, problem: Problem) -> None:
        """Have the package CREATED again, with the reason; nothing of its content is left."""
        self._files.remove(id)

        def change(package: AppPkgInfo) -> AppPkgInfo:
            return msgspec.structs.replace(
                package,
                onboarding_state=MOVES.after(package.onboarding_state, PackageEvent.REFUSED),
                onboarding_failure_details=ProblemDetails.of(problem),
                wayside_upload=None,
            )

        await self._books.packages.modify(id, change)

    async def accept(self, id: str, content: Content) -> None:
        """Have the package ONBOARDED, ENABLED and described by its content.

        Raises Conflict where another package has the same descriptor.
        """
        app_d = content.app_d
        other = self.onboarded(app_d.app_d_id)
        if other is not None and other.id != id:
            raise Conflict(
                f"appDId: the package {other.id} has the descriptor {app_d.app_d_id} already. "
                "Delete that package, or give this one an appDId of its own."
            )

        def change(package: AppPkgInfo) -> AppPkgInfo:
            after = MOVES.after(package.onboarding_state, PackageEvent.ACCEPTED)
            return msgspec.structs.replace(described(package, content), onboarding_state=after)

        await self._books.store.commit(
            self._books.packages.modification(id, change),
            self._books.descriptors.creation(id, app_d),
        )


def path_of(id: str) -> str:
    """Return the path of a package."""
    return f"{ROOT}/app_packages/{id}"


def described(package: AppPkgInfo, content: Content) -> AppPkgInfo:
    """Return the package as its content describes it, ENABLED."""
    app_d = content.app_d
    return msgspec.structs.replace(
        package,
        app_d_id=app_d.app_d_id,
        app_provider=app_d.app_provider,
        app_name=app_d.app_name,
        app_software_version=app_d.app_soft_version,
        app_d_version=app_d.app_d_version,
        signing_certificate=content.signing_certificate,
        software_images=tuple(
            AppPkgSWImageInfo(
                id=image.id,
                name=image.name,
                version=image.version,
                checksum=image.checksum,
                container_format=image.container_format,
            )
            for image in app_d.sw_image_descriptor
        ),
        additional_artifacts=content.artifacts,
        operational_state=PackageOperationalState.ENABLED,
        mec_info=tuple(version.strip() for version in app_d.mec_version.split(",")),
        onboarding_failure_details=None,
        wayside_notes=content.notes,
    )


def _links(id: str) -> AppPkgLinks:
    path = path_of(id)
    return AppPkgLinks(
        self=LinkType(href=path),
        app_d=LinkType(href=f"{path}/appd"),
        app_pkg_content=LinkType(href=f"{path}/package_content"),
    )


def _readable(package: AppPkgInfo) -> AppPkgInfo:
    state = package.onboarding_state
    if state is not OnboardingState.ONBOARDED:
        raise Conflict(f"The package {package.id} is {state}; this needs it ONBOARDED.")
    return package


def _enabled(package: AppPkgInfo) -> AppPkgInfo:
    if package.operational_state is not PackageOperationalState.ENABLED:
        raise Conflict(f"The package {package.id} is DISABLED; enable it for new instances.")
    return package


def _deletable(package: AppPkgInfo, *, receiving: bool) -> None:
    if package.operational_state is PackageOperationalState.ENABLED:
        raise Forbidden(f"The package {package.id} is ENABLED; disable it before deleting it.")
    if package.usage_state is UsageState.IN_USE:
        raise Forbidden(f"The package {package.id} is IN_USE; delete its instances first.")
    if receiving or package.onboarding_state is OnboardingState.PROCESSING:
        raise Forbidden(
            f"The package {package.id} is {package.onboarding_state}; wait for the end."
        )
