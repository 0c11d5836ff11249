"""The JSON documents inside an OCI image layout, as far as we read and write them.

Ref: OCI image specification 1.0, image-layout, image-index, manifest and config.
Never touches a file.
"""

from typing import Any

import msgspec

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
PLAIN_LAYERS = frozenset({LAYER, "application/vnd.docker.image.rootfs.diff.tar"})
GZIP_LAYERS = frozenset({f"{LAYER}+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip"})
INDEXES = frozenset({INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"})


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a manifest's image runs on."""

    os: str = ""
    architecture: str = ""


class Descriptor(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A reference to a blob by media type, digest and size (bytes)."""

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    annotations: dict[str, str] = {}


class Index(msgspec.Struct, frozen=True, rename="camel"):
    """``index.json``: the images in the layout."""

    schema_version: int
    manifests: tuple[Descriptor, ...]


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", kw_only=True):
    """One image: its config and its layers, lowest first."""

    schema_version: int
    media_type: str = MANIFEST
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: dict[str, str] | None = None


class RunConfig(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """How the image wants to be run; other tools write null for what is absent."""

    user: str | None = None
    env: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str | None = None
    labels: dict[str, str] | None = None
    exposed_ports: dict[str, Any] | None = None
    """Keys such as ``8080/tcp``; their values are empty."""


class RootFs(msgspec.Struct, frozen=True):
    """Digests of the uncompressed layers, lowest first."""

    type: str
    diff_ids: tuple[str, ...]


class Config(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The image's config document."""

    architecture: str = ""
    os: str = ""
    config: RunConfig | None = None
    rootfs: RootFs
