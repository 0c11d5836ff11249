"""Packages on the host: fetched from the orchestrator once, kept by digest, gone when unused.

Never checks a signature: the orchestrator did; here the bytes must be those that it vouches for.
"""

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path

from wayside.core.clock import Clock
from wayside.core.errors import BadGateway, Conflict, NotFound, Unprocessable
from wayside.core.ids import AppDId
from wayside.core.wire import decode, encode
from wayside.model.app_pkgm import AppPkgInfo, OnboardingState
from wayside.model.appd import AppD
from wayside.model.shares import image_ids
from wayside.refpoints import mm3

from .patience import patiently

DESCRIPTOR = "appd.json"
IMAGES = "images"
ALGORITHMS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}

Unpacker = Callable[[Path, Path], AppD]
"""Reads the AppD of the package in the file and writes its images into the folder, each named by
its place in ``model.shares.image_ids``. In a thread; raises Unprocessable where it cannot."""


@dataclass(frozen=True)
class HeldPackage:
    """A package in the cache."""

    digest: str
    app_d: AppD
    images: Path
    """The folder that holds its images."""

    def image(self, image_id: str) -> Path:
        """Return the file of an image; raise Unprocessable where the package has none such."""
        ids = image_ids(self.app_d)
        if image_id not in ids:
            raise Unprocessable(
                f"The package of {self.app_d.app_d_id} has no image {image_id}. "
                f"Name one of {', '.join(ids)}.",
                field="$.osContainerDescriptor",
            )
        return self.images / str(ids.index(image_id))


class PackageCache:
    """Unpacked packages under ``folder``, one folder per digest."""

    def __init__(
        self, folder: Path, source: mm3.AppPkgm, unpacker: Unpacker, *, clock: Clock
    ) -> None:
        self._folder = folder
        self._source = source
        self._unpacker = unpacker
        self._clock = clock
        self._held: dict[str, HeldPackage] = {}
        self._turn = asyncio.Lock()

    async def info(self, app_d_id: AppDId) -> AppPkgInfo:
        """Return what the orchestrator says of a package; raise Conflict unless ONBOARDED."""
        info = (await self._source.get_onboarded_app_package(app_d_id)).value
        if info.onboarding_state is not OnboardingState.ONBOARDED:
            raise Conflict(f"The package of {app_d_id} is {info.onboarding_state}, not ONBOARDED.")
        return info

    async def fetch(self, app_d_id: AppDId) -> HeldPackage:
        """Return the package, from the cache or else from the orchestrator.

        An orchestrator that is away is waited for; raises GatewayTimeout where it stays away.
        """
        what = f"which package {app_d_id} is"
        info = await patiently(self._clock, lambda: self.info(app_d_id), what=what)
        algorithm = ALGORITHMS[info.checksum.algorithm.upper()]
        digest = info.checksum.hash.lower()
        async with self._turn:
            if not (self._folder / digest).is_dir():
                await self._download(app_d_id, digest, algorithm)
        return self.get(digest)

    def get(self, digest: str) -> HeldPackage:
        """Return a package of the cache; raise NotFound where it is not there."""
        held = self._held.get(digest)
        if held is None:
            folder = self._folder / digest
            try:
                app_d = decode((folder / DESCRIPTOR).read_bytes(), AppD)
            except FileNotFoundError as fault:
                raise NotFound(f"The package {digest} is not on this host (any more).") from fault
            self._held[digest] = held = HeldPackage(digest, app_d, folder / IMAGES)
        return held

    def prune(self, used: Set[str]) -> None:
        """Remove every package that is not among ``used``, and what a crash has left."""
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if folder.name not in used:
                self._held.pop(folder.name, None)
                shutil.rmtree(folder, ignore_errors=True)

    async def _download(self, app_d_id: AppDId, digest: str, algorithm: str) -> None:
        """Have the package unpacked in its folder: whole, or not there."""
        part = self._folder / f"{digest}.part"
        shutil.rmtree(part, ignore_errors=True)
        (part / IMAGES).mkdir(parents=True)
        try:
            reply = await patiently(
                self._clock,
                lambda: self._source.get_onboarded_package_content(app_d_id),
                what=f"what is in the package of {app_d_id}",
            )
            try:
                await asyncio.to_thread(_require_digest, reply.path, algorithm, digest)
                app_d = await asyncio.to_thread(self._unpacker, reply.path, part / IMAGES)
            finally:
                reply.path.unlink(missing_ok=True)
            (part / DESCRIPTOR).write_bytes(encode(app_d))
            part.rename(self._folder / digest)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _require_digest(path: Path, algorithm: str, digest: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != digest:
        raise BadGateway(f"The package came with the digest {found}; {digest} was vouched for.")
