"""Software images as descriptors name them. Ref: MEC 010-2 clause 6.2.1, NFV-IFA 011 7.1.6.5.

Never opens an image: ``csar.image`` does.
"""

from wayside.core.wire import Wire


class ChecksumData(Wire):
    """A digest of a file, hexadecimal. Ref: NFV-IFA 011 clause 7.1.6.10."""

    algorithm: str
    """``SHA-256`` or ``SHA-512`` (also written ``sha-256``)."""
    hash: str


class SwImageDescriptor(Wire):
    """A software image of the application. ``sw_image`` is its path inside the package.

    ``disk_format``, ``min_disk`` (GB) and ``min_ram`` (MB) belong to virtual machine images alone;
    ``size`` is in bytes.
    """

    id: str
    name: str
    version: str
    checksum: ChecksumData | None = None
    container_format: str
    """How the file is packed: ``OCI`` for an OCI image layout as a tar, ``BARE`` for a disk."""
    disk_format: str | None = None
    min_disk: int | float | None = None
    min_ram: int | float | None = None
    size: int | float | None = None
    sw_image: str
    operating_system: str | None = None
    supported_virtualisation_environment: tuple[str, ...] = ()
