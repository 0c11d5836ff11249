"""Application packages as the MEO shows them. Ref: MEC 010-2 clause 6.2.3.

Never reads a package: ``csar`` does, for the MEO's catalogue.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from wayside.core.wire import Wire

from .common import LinkType, ProblemDetails
from .images import ChecksumData
from .services import KeyValuePairs


class OnboardingState(StrEnum):
    """How far the on-boarding of a package is. Ref: MEC 010-2 table 6.2.3.3.2-1."""

    CREATED = "CREATED"
    UPLOADING = "UPLOADING"
    PROCESSING = "PROCESSING"
    ONBOARDED = "ONBOARDED"


class PackageOperationalState(StrEnum):
    """Whether new instances may be made from a package. Ref: MEC 010-2 table 6.2.3.3.2-1."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class UsageState(StrEnum):
    """Whether instances made from a package exist. Ref: MEC 010-2 table 6.2.3.3.2-1."""

    IN_USE = "IN_USE"
    NOT_IN_USE = "NOT_IN_USE"


Named = Annotated[str, msgspec.Meta(min_length=1)]
"""A name that says something."""


class CreateAppPkg(Wire):
    """A package to come. Ref: MEC 010-2 clause 6.2.3.2.

    ``checksum`` is that of the package file; the content that is uploaded must have it.
    ``app_pkg_path`` is taken and not fetched: how it would be conveyed is for further study in the
    standard, so the content comes by PUT of ``package_content``.
    """

    app_pkg_name: Named
    app_pkg_version: Named
    app_provider: str | None = None
    checksum: ChecksumData
    user_defined_data: KeyValuePairs | None = None
    app_pkg_path: str | None = None


class AppPkgSWImageInfo(Wire):
    """A software image in a package. Ours: the standard leaves the type open."""

    id: str
    name: str
    version: str
    checksum: ChecksumData | None = None
    container_format: str | None = None


class AppPkgArtifactInfo(Wire):
    """A file of a package that is not an image. Ours: the standard leaves the type open."""

    artifact_path: str
    checksum: ChecksumData | None = None


class AppPkgLinks(Wire):
    """Links of a package. Ref: MEC 010-2 table 6.2.3.3.2-1."""

    self: LinkType
    app_d: LinkType
    app_pkg_content: LinkType


class WaysideUpload(Wire):
    """How much of a package's content has come, and of how much; in bytes. Ours."""

    received_bytes: int = msgspec.field()
    total_bytes: int | None = None
    """Absent where the uploader did not say it."""


class AppPkgInfo(Wire):
    """A package. Ref: MEC 010-2 clause 6.2.3.3.

    Ours: as long as its content is not known, ``app_d_id`` is the package's own ``id``, so that
    both trees of resources can name it; the names are those that its creator gave.
    """

    links: AppPkgLinks = msgspec.field(name="_links")
    id: str
    app_d_id: str
    app_provider: str | None = None
    app_name: str
    app_software_version: str
    app_d_version: str
    checksum: ChecksumData
    signing_certificate: str | None = None
    """The provider's certificate, PEM, where the package brings one."""
    software_images: tuple[AppPkgSWImageInfo, ...]
    additional_artifacts: tuple[AppPkgArtifactInfo, ...] = ()
    onboarding_state: OnboardingState
    operational_state: PackageOperationalState
    usage_state: UsageState
    mec_info: tuple[str, ...]
    user_defined_data: KeyValuePairs | None = None
    onboarding_failure_details: ProblemDetails | None = None
    """Why the last on-boarding failed; absent while none has."""
    wayside_upload: WaysideUpload | None = None
    """How far the upload is, while UPLOADING: where a broken one in pieces goes on."""
    wayside_notes: tuple[str, ...] = ()
    """Sentences on what was left out or assumed, where the package's layout is another's."""

    def with_received(self, received_bytes: int) -> "AppPkgInfo":
        """Return the package with so much of its content received; the same if none comes in."""
        if self.wayside_upload is None:
            return self
        upload = msgspec.structs.replace(self.wayside_upload, received_bytes=received_bytes)
        return msgspec.structs.replace(self, wayside_upload=upload)


class AppPkgInfoModifications(Wire):
    """What may be changed of a package. Ref: MEC 010-2 clause 6.2.3.8."""

    operational_state: PackageOperationalState
