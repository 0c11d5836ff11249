"""Where an EdgeGallery package keeps its parts: its metadata, manifest, template and images.

Ours. Never reads the template's values: ``template`` does.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import IO

from wayside.csar.archive import Archive
from wayside.csar.faults import Fault, FaultsFound
from wayside.csar.manifest import Manifest, parse_manifest
from wayside.csar.metadata import KEYS, META, ToscaMeta
from wayside.csar.policy import Limits

MARK = b"app_product_name"
FOLDERS = ("APPD", "Image")
"""Where a zip in the package stands for a folder of the same name."""

REQUIRED = ("app_product_name", "app_provider_id", "app_package_version")
UNJUDGED = (
    "The signature in the manifest is not judged: it covers neither TOSCA.meta nor unlisted files. "
    "The package counts as unsigned; sign all of it with wayside app sign --whole."
)


@dataclass(frozen=True)
class Foreign:
    """The parts, under the names that the rest of the checks know them by."""

    archive: Archive
    meta: ToscaMeta
    manifest: Manifest
    notes: tuple[str, ...]


class Unfolded(Archive):
    """A package whose inner zips are folders: ``Image/all.zip/web.tar`` is a file of it."""

    def __init__(self, outer: Archive, limits: Limits) -> None:
        self.name = outer.name
        self._outer, self._limits = outer, limits
        self._inner: dict[str, Archive] = {}
        try:
            for name in outer.files:
                if PurePosixPath(name).suffix == ".zip" and name.split("/")[0] in FOLDERS:
                    self._inner[name] = Archive(self._copied(name), limits, name=name)
        except BaseException:
            self.close_inner()
            raise

    def close(self) -> None:
        """Let go of the package and of the copies of its inner zips."""
        self.close_inner()
        self._outer.close()

    def close_inner(self) -> None:
        """Let go of the copies of inner zips."""
        for each in self._inner.values():
            each.close()

    @property
    def files(self) -> tuple[str, ...]:
        """All names: the package's own, and those in inner zips below the zip's name."""
        inner = (f"{zip_}/{name}" for zip_, each in self._inner.items() for name in each.files)
        return (*self._outer.files, *inner)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Return the content of a file, of an inner one too, in pieces."""
        for zip_, each in self._inner.items():
            if name.startswith(f"{zip_}/"):
                return each.pieces(name.removeprefix(f"{zip_}/"))
        return self._outer.pieces(name)

    def _copied(self, name: str) -> IO[bytes]:
        content: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the archive
        try:
            self._outer.copy(name, content)
        except BaseException:
            content.close()
            raise
        return content


def is_edgegallery(archive: Archive) -> bool:
    """Return whether the package is of EdgeGallery's layout: by its metadata and manifest."""
    if META not in archive.files or KEYS["manifest"].encode() in archive.read(META):
        return False
    manifest = _manifest(archive)
    return manifest is not None and MARK in archive.read(manifest)


def read_layout(archive: Archive, limits: Limits) -> Foreign:
    """Return the parts of ``archive``, which the result's archive closes; raises FaultsFound."""
    name = _manifest(archive) or ""
    manifest = parse_manifest(archive.read(name), name, required=REQUIRED)
    notes = [] if manifest.cms is None else [UNJUDGED]
    unlisted = sorted(set(archive.files) - {META, name} - manifest.files.keys())
    if unlisted:
        notes.append(f"Not listed in {name}, so without a digest: {', '.join(unlisted)}.")
    unfolded = Unfolded(archive, limits)
    try:
        meta = ToscaMeta(entry=_template(unfolded), manifest=name)
    except BaseException:
        unfolded.close_inner()
        raise
    return Foreign(unfolded, meta, replace(manifest, cms=None), tuple(notes))


def _manifest(archive: Archive) -> str | None:
    found = [name for name in archive.files if "/" not in name and name.endswith(".mf")]
    return found[0] if len(found) == 1 else None


def _template(archive: Archive) -> str:
    """Return the template's name; where the entry is a zip, its own metadata names it."""
    entry = _entry(archive, META)
    if not entry.endswith(".zip"):
        return entry
    inner = f"{entry}/"
    for name in archive.files:
        below = name.removeprefix(inner)
        if name.startswith(inner) and "/" not in below and below.endswith(".meta"):
            return inner + _entry(archive, name)
    sentence = f"{entry} has no TOSCA_VNFD.meta, so nothing names the template."
    remedy = "Put it there, with the line Entry-Definitions."
    raise FaultsFound([Fault("meta-missing", sentence, remedy, file=entry)])


def _entry(archive: Archive, name: str) -> str:
    for line in archive.read(name).decode(errors="replace").splitlines():
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == KEYS["entry"] and value:
            return value
    remedy = f"Write the line {KEYS['entry']}: with the template's name."
    fault = Fault("meta-missing", f"{KEYS['entry']} is missing.", remedy, file=name)
    raise FaultsFound([fault])
