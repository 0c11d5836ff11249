"""Packages that devices bring: fetched, on-boarded at the MEO, removed once nobody uses them.

The MEO checks signature and content as of any package. Never looks into one.
Ref: MEC 016 clause 5.2.3, table 6.2.3-1 (``appPackageSource``).
"""

import asyncio
import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from wayside.chassis.backoff import Backoff
from wayside.chassis.client import FileUpload
from wayside.core.clock import Clock
from wayside.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    Problem,
    Unavailable,
    Unprocessable,
)
from wayside.core.ids import AppPkgId
from wayside.core.requests import ListQuery
from wayside.model.app_pkgm import (
    AppPkgInfo,
    AppPkgInfoModifications,
    CreateAppPkg,
    OnboardingState,
    PackageOperationalState,
)
from wayside.model.images import ChecksumData
from wayside.refpoints import mm9

from .books import Books, Brought, key_of
from .dev_app.model import ContextAppInfo, LocatedAppInfo

log = logging.getLogger(__name__)

FIELD = "$.appInfo.appPackageSource"
MARK = "waysideAppPackageSource"
"""The key of a package's userDefinedData that tells where a device said it is."""


class Fetcher(Protocol):
    """A hand that fetches files. Adapter: ``wayside.adapters.fetcher``."""

    def require(self, url: str) -> None:
        """Return where ``url`` may be fetched at all; raise Unprocessable."""
        ...

    async def fetch(self, url: str, into: Path, *, bytes_max: int) -> None:
        """Write what ``url`` holds to ``into``; follow no redirect.

        Raises Unprocessable where it does not hold a file of at most ``bytes_max`` bytes,
        Unavailable where it does not answer.
        """
        ...


class Packages:
    """The packages that devices brought."""

    def __init__(
        self, books: Books, meo: mm9.AppPkgm, fetcher: Fetcher, *, folder: Path, bytes_max: int,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._books = books
        self._meo = meo
        self._fetcher = fetcher
        self._folder = folder
        self._bytes_max = bytes_max
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._borrowed: Counter[str] = Counter()

    def require(self, source: str) -> None:
        """Return where a package may be fetched from; raise Unprocessable naming the field."""
        try:
            self._fetcher.require(source)
        except Unprocessable as wrong:
            detail = wrong.detail.replace("callback", "package source")
            raise Unprocessable(detail, field=FIELD) from wrong

    async def ensure(self, source: str, info: ContextAppInfo | LocatedAppInfo) -> str:
        """Have the package on-boarded; return its appDId.

        Raises Unprocessable with what the MEO says of a package that it refuses, and where it
        cannot be fetched.
        """
        async with self._turns[key_of(source)]:
            held = self._books.brought.find(key_of(source))
            if held is not None and held.value.app_d_id is not None:
                found = await self._find(held.value.app_pkg_id)
                if found is not None and found.onboarding_state is OnboardingState.ONBOARDED:
                    return held.value.app_d_id
            if held is not None:
                await self._remove(held.value)
            return await self._onboard(source, info)

    @asynccontextmanager
    async def borrowed(self, source: str, info: LocatedAppInfo) -> AsyncIterator[str]:
        """Give the appDId of the package, on-boarded at least as long as the block lasts."""
        self._borrowed[source] += 1
        try:
            yield await self.ensure(source, info)
        finally:
            self._borrowed[source] -= 1
            await self.tidy()

    async def tidy(self) -> None:
        """Remove the packages that no context uses; what cannot be removed now stays for later."""
        for entry in self._books.brought.list():
            source = entry.value.source
            async with self._turns[entry.id]:
                held = self._books.brought.find(entry.id)
                if (
                    held is None
                    or self._borrowed[source]
                    or self._books.contexts.list(source=source)
                ):
                    continue
                try:
                    await self._remove(held.value)
                except Problem as problem:
                    log.info("the package from %s stays for now: %s", source, problem.detail)

    async def _onboard(self, source: str, info: ContextAppInfo | LocatedAppInfo) -> str:
        key = key_of(source)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{key}.csar"
        await self._books.brought.create(key, Brought(source=source))
        try:
            await self._fetched(source, path)
            return await self._given(path, source, info)
        except BaseException:
            await self._remove(self._books.brought.get(key).value)
            raise
        finally:
            path.unlink(missing_ok=True)

    async def _fetched(self, source: str, path: Path) -> None:
        try:
            await self._fetcher.fetch(source, path, bytes_max=self._bytes_max)
        except Unavailable as fault:
            raise Unprocessable(
                f"{FIELD}: {fault.detail} Name a source that answers.", field=FIELD
            ) from fault

    async def _given(self, path: Path, source: str, info: ContextAppInfo | LocatedAppInfo) -> str:
        """Give the file to the MEO; return the appDId of what it holds."""
        digest = await asyncio.to_thread(_sha256, path)
        request = CreateAppPkg(
            app_pkg_name=info.app_name,
            app_pkg_version=info.app_d_version or "-",
            app_provider=info.app_provider,
            checksum=ChecksumData(algorithm="SHA-256", hash=digest),
            user_defined_data={MARK: source},
        )
        made = await self._meo.create_app_package(request)
        id_ = AppPkgId(made.location.rpartition("/")[2])
        key = key_of(source)
        await self._books.brought.replace(key, Brought(source=source, app_pkg_id=id_))
        await self._meo.replace_package_content(id_, FileUpload(path, "application/zip"))
        package = await self._processed(id_)
        if package.onboarding_state is not OnboardingState.ONBOARDED:
            why = package.onboarding_failure_details
            raise Unprocessable(
                f"appPackageSource: {'the package was refused' if why is None else why.detail}",
                field=FIELD,
            )
        known = Brought(source=source, app_pkg_id=id_, app_d_id=package.app_d_id)
        await self._books.brought.replace(key, known)
        return package.app_d_id

    async def _processed(self, id: AppPkgId) -> AppPkgInfo:
        backoff, looks = Backoff(first_s=0.01, longest_s=0.5), 0
        while True:
            info = (await self._meo.get_app_package(id)).value
            if info.onboarding_state is not OnboardingState.PROCESSING:
                return info
            looks += 1
            await self._clock.sleep(backoff.wait_s(looks))

    async def _remove(self, held: Brought) -> None:
        """Remove the package and what is known of it; raise where it is in use."""
        found = await self._find(held.app_pkg_id) or await self._marked(held.source)
        if found is not None:
            id_ = AppPkgId(found.id)
            if found.operational_state is PackageOperationalState.ENABLED:
                disabled = AppPkgInfoModifications(
                    operational_state=PackageOperationalState.DISABLED
                )
                with suppress(Conflict):  # It may be so already.
                    await self._meo.modify_app_package(id_, disabled)
            try:
                await self._meo.delete_app_package(id_)
            except Forbidden as used:
                raise Unavailable(f"The package {id_} is in use: {used.detail}") from used
            except NotFound:
                pass
        await self._books.brought.delete(key_of(held.source))

    async def _find(self, id: str | None) -> AppPkgInfo | None:
        if id is None:
            return None
        try:
            return (await self._meo.get_app_package(AppPkgId(id))).value
        except NotFound:
            return None

    async def _marked(self, source: str) -> AppPkgInfo | None:
        """Return the package that was made for ``source``, though nobody noted its identifier."""
        page = await self._meo.list_app_packages(ListQuery(all_fields=True))
        for entry in page.entries:
            if (entry.value.user_defined_data or {}).get(MARK) == source:
                return entry.value
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
