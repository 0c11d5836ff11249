"""A package opened for the catalogue: what it is, who signed it, what else it holds.

Never decides whom to trust: the policy says. Ref: MEC 037 clause 6.
"""

from pathlib import Path

from wayside.core.clock import Clock
from wayside.csar.package import Package, open_package
from wayside.csar.policy import Policy
from wayside.model.app_pkgm import AppPkgArtifactInfo
from wayside.model.images import ChecksumData

from .catalogue import Content
from .onboarding import Opener


def opener_of(policy: Policy, clock: Clock) -> Opener:
    """Return what admits packages that satisfy ``policy``."""

    def open_(path: Path, descriptor: Path) -> Content:
        with open_package(path, policy, now=clock.now()) as package:
            package.copy_descriptor(descriptor)
            return content_of(package)

    return open_


def content_of(package: Package) -> Content:
    """Return what the catalogue keeps of a package; every listed file but images is an artifact."""
    images = {image.file for image in package.images}
    artifacts = tuple(
        AppPkgArtifactInfo(
            artifact_path=name,
            checksum=ChecksumData(algorithm=listed.algorithm, hash=listed.hash),
        )
        for name, listed in package.manifest.files.items()
        if name not in images
    )
    signer = package.signer
    certificate = None if signer is None else signer.pem
    return Content(package.appd, certificate, artifacts, package.notes)
