"""Opening an OCI image layout in a tar, and what its config says.

Never writes; every blob's digest and size is checked before its content is used.
"""

import hashlib
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Self, TypeVar

import msgspec

from wayside.core.errors import Unprocessable

from .documents import INDEXES, Config, Descriptor, Index, Manifest, RunConfig
from .targuard import GuardedTarInfo

BASE_ANNOTATION = "io.wayside.base"
HOST_BASE = "host"
"""The image brings its own files only and uses the host's read-only /usr and Python."""

DOCUMENT_BYTES_MAX = 4 * 1024 * 1024
BLOB = re.compile(r"^sha256:([0-9a-f]{64})$")
T = TypeVar("T")


@dataclass(frozen=True)
class ImageLimits:
    """How much an image may unpack to; counted while reading."""

    entries: int = 100_000
    bytes_total: int = 4 * 1024**3
    file_bytes: int = 2 * 1024**3
    layers: int = 128


@dataclass(frozen=True)
class ImageConfig:
    """How an image wants to be run.

    ``env`` are ``NAME=value`` strings; ``cwd`` is absolute in the image's root; ``base`` is
    ``host`` or None where the image brings its whole file system.
    """

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    cwd: str = "/"
    user: str = ""
    base: str | None = None
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def argv(self) -> tuple[str, ...]:
        """What is executed: the entrypoint and its default arguments."""
        return self.entrypoint + self.cmd


class Layout:
    """An open image archive. Use as a context."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tar = _open_tar(path)
        try:
            self._members = self._list_members()
        except BaseException:
            self._tar.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()

    def image(self) -> tuple[Manifest, Config, dict[str, str]]:
        """Return the one image's manifest and config, and its annotations."""
        index = self._parse(self._read_named("index.json"), Index, "index.json")
        chosen = self._only(index, "index.json")
        if chosen.media_type in INDEXES:
            inner = self._parse(self._read_blob(chosen), Index, chosen.digest)
            chosen = self._only(inner, chosen.digest)
        manifest = self._parse(self._read_blob(chosen), Manifest, chosen.digest)
        config = self._parse(self._read_blob(manifest.config), Config, manifest.config.digest)
        annotations = chosen.annotations | (manifest.annotations or {})
        return manifest, config, annotations

    @contextmanager
    def blob(self, wanted: Descriptor) -> Iterator[IO[bytes]]:
        """Give the content of a blob whose size and digest have been found right."""
        member = self._members.get(_blob_name(self._path, wanted))
        if member is None or member.size != wanted.size:
            raise self._bad(f"blob {wanted.digest} is missing or not {wanted.size} bytes long")
        with self._open(member) as stream:
            found = hashlib.sha256()
            while piece := stream.read(1 << 20):
                found.update(piece)
            if f"sha256:{found.hexdigest()}" != wanted.digest:
                raise self._bad(f"blob {wanted.digest} does not have the digest it is named by")
            stream.seek(0)
            yield stream

    def _open(self, member: tarfile.TarInfo) -> IO[bytes]:
        stream = self._tar.extractfile(member)
        if stream is None:
            raise self._bad(f"{member.name} is not a regular file")
        return stream

    def _list_members(self) -> dict[str, tarfile.TarInfo]:
        members: dict[str, tarfile.TarInfo] = {}
        try:
            for member in self._tar:
                name = str(PurePosixPath(member.name))
                if member.isdir():
                    continue
                if not member.isreg() or member.sparse is not None:
                    raise self._bad(f"entry {member.name} is neither a plain file nor a folder")
                if name in members or len(members) >= 4096:
                    raise self._bad(f"entry {name} is there twice or one too many")
                members[name] = member
        except (tarfile.TarError, OSError) as fault:
            raise self._bad(f"the tar is damaged ({fault})") from fault
        return members

    def _only(self, index: Index, where: str) -> Descriptor:
        images = [each for each in index.manifests if not _is_attestation(each)]
        if len(images) != 1:
            raise self._bad(f"{where} lists {len(images)} images; an archive must hold one")
        return images[0]

    def _read_blob(self, wanted: Descriptor) -> bytes:
        if wanted.size > DOCUMENT_BYTES_MAX:
            raise self._bad(f"document {wanted.digest} is over {DOCUMENT_BYTES_MAX} bytes")
        with self.blob(wanted) as stream:
            return stream.read()

    def _read_named(self, name: str) -> bytes:
        member = self._members.get(name)
        if member is None or member.size > DOCUMENT_BYTES_MAX:
            raise self._bad(f"{name} is missing or too large, so it is no OCI image layout")
        with self._open(member) as stream:
            return stream.read()

    def _parse(self, raw: bytes, type_: type[T], where: str) -> T:
        try:
            return msgspec.json.decode(raw, type=type_)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            raise self._bad(f"{where} does not fit the OCI format ({fault})") from fault

    def _bad(self, what: str) -> Unprocessable:
        return bad_image(self._path, what)


def read_config(image: Path) -> ImageConfig:
    """Return how ``image`` wants to be run.

    Raises Unprocessable, naming the archive, where it is no OCI image layout in a tar.
    """
    return read_image(image)[0]


def read_image(image: Path) -> tuple[ImageConfig, tuple[str, ...]]:
    """Return how ``image`` wants to be run, and its layers' digests, lowest first.

    The digests are those of the unpacked layers. Raises Unprocessable as ``read_config`` does.
    """
    with Layout(image) as layout:
        _, document, annotations = layout.image()
    return config_of(document, annotations), document.rootfs.diff_ids


def config_of(document: Config, annotations: dict[str, str]) -> ImageConfig:
    """Return how the image with this config document wants to be run."""
    run = document.config or RunConfig()
    labels = run.labels or {}
    return ImageConfig(
        entrypoint=run.entrypoint or (),
        cmd=run.cmd or (),
        env=run.env or (),
        cwd=run.working_dir or "/",
        user=run.user or "",
        base=annotations.get(BASE_ANNOTATION) or labels.get(BASE_ANNOTATION),
        labels=labels,
    )


def bad_image(path: Path, what: str) -> Unprocessable:
    """Return the problem of an image archive that cannot be used."""
    return Unprocessable(f"Image {path.name}: {what}. Export it again as an OCI layout tar.")


def _open_tar(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, mode="r:", tarinfo=GuardedTarInfo)
    except (tarfile.TarError, OSError) as fault:
        raise bad_image(path, f"it is not an uncompressed tar ({fault})") from fault


def _blob_name(path: Path, wanted: Descriptor) -> str:
    match = BLOB.match(wanted.digest)
    if match is None:
        raise bad_image(path, f"digest {wanted.digest!r} is not sha256:<64 hexadecimal digits>")
    return f"blobs/sha256/{match[1]}"


def _is_attestation(found: Descriptor) -> bool:
    return found.annotations.get("vnd.docker.reference.type") == "attestation-manifest"
