"""On-boarding: a package's file received, checked off the loop, and accepted or refused.

Nothing of a refused package is left but the reason. Never trusts a package: ``csar`` opens it.
Ref: MEC 010-2 clause 5.2.2.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from wayside.chassis.saga import Saga, SagaRunner, Step
from wayside.core.clock import Clock
from wayside.core.errors import Problem, Unavailable, Unprocessable
from wayside.core.requests import Upload
from wayside.core.tasks import Nursery
from wayside.core.wire import Wire
from wayside.model.app_pkgm import OnboardingState
from wayside.model.images import ChecksumData

from .books import Books
from .catalogue import Catalogue, Content, PackageEvent
from .files import PackageFiles, algorithm_of, digest_of
from .uploading import Uploads

Opener = Callable[[Path, Path], Content]
"""Opens the package in the first file, checks it whole, writes the file that represents its AppD to
the second; raises Unprocessable telling every fault. Runs in a thread."""


class Checking(Wire):
    """What the saga knows."""

    app_pkg_id: str


class Onboarding:
    """Takes packages in, one check at a time."""

    def __init__(
        self, books: Books, catalogue: Catalogue, files: PackageFiles, *, opener: Opener,
        clock: Clock, nursery: Nursery,
    ) -> None:  # fmt: skip
        self._books = books
        self._catalogue = catalogue
        self._files = files
        self._opener = opener
        self._uploads = Uploads(books, catalogue, files, clock=clock, nursery=nursery)
        self._turn = asyncio.Lock()

    def saga(self) -> Saga[Checking]:
        """Return the saga that checks a package whose file is there."""
        return Saga("onboard", Checking, (Step("check", self._check),), self._finished)

    async def clean(self, sagas: SagaRunner) -> None:
        """Mend what a restart has cut short: pieces are kept, other uploads and strange files not.

        To be called before sagas are resumed.
        """
        packages = self._books.packages.list()
        self._files.keep_only(entry.id for entry in packages)
        for entry in packages:
            uploading = entry.value.onboarding_state is OnboardingState.UPLOADING
            if uploading and await self._uploads.resume(entry.id):
                await self._begin(entry.id, sagas)

    async def receive(self, id: str, upload: Upload, sagas: SagaRunner) -> None:
        """Receive a package's file or a piece of it.

        On return it is durable; a package that is whole is PROCESSING, and being checked. Raises
        Conflict unless the package waits for just this, and what the upload raises: then a package
        that was sent whole is CREATED again, one in pieces has what came.
        """
        await self._uploads.receive(id, upload, lambda: self._begin(id, sagas))

    async def _begin(self, id: str, sagas: SagaRunner) -> None:
        uploaded = self._catalogue.moving(id, PackageEvent.UPLOADED)
        await sagas.start("onboard", id, Checking(app_pkg_id=id), also=[uploaded])

    async def _check(self, at: Checking) -> Checking:
        async with self._turn:
            package = self._books.packages.get(at.app_pkg_id).value
            if package.onboarding_state is OnboardingState.PROCESSING:
                content = await asyncio.to_thread(self._opened, at.app_pkg_id, package.checksum)
                await self._catalogue.accept(at.app_pkg_id, content)
        return at

    async def _finished(self, at: Checking, problem: Problem | None) -> None:
        package = self._books.packages.find(at.app_pkg_id)
        if package is None or problem is None:
            return
        if package.value.onboarding_state is OnboardingState.PROCESSING:
            await self._catalogue.refuse(at.app_pkg_id, problem)

    def _opened(self, id: str, promised: ChecksumData) -> Content:
        self._files.seal(id)
        path = self._files.package(id)
        if not path.is_file():
            raise Unavailable("The package's file is lost; upload it again.")
        check_digest(path, promised)
        return self._opener(path, self._files.descriptor(id))


def check_digest(path: Path, promised: ChecksumData) -> None:
    """Return where the file has the digest; raise Unprocessable naming both otherwise."""
    found = digest_of(path, algorithm_of(promised))
    if found != promised.hash.lower():
        raise Unprocessable(
            f"checksum: the content has the {promised.algorithm} digest {found}, and "
            f"{promised.hash} was promised. Upload the right file, or create the package anew.",
            field="$.checksum.hash",
        )
