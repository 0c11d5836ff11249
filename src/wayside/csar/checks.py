"""All checks on a package, in the order in which one makes the next safe.

Zip, metadata, manifest, digests, signature, template, images. Collects every fault that it can
reach. Never decides the answer to a caller: ``faults`` does.
"""

import hashlib
import posixpath
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from wayside.core.clock import Nanoseconds
from wayside.core.errors import Problem
from wayside.model.appd import AppD
from wayside.model.images import SwImageDescriptor

from .archive import Archive
from .edgegallery import is_edgegallery, read_edgegallery_template, read_layout
from .faults import Fault, FaultsFound
from .image import ImageConfig, read_image
from .manifest import Manifest, parse_manifest
from .metadata import META, ToscaMeta, parse_meta
from .outer import Outer, open_outer
from .policy import Policy
from .signature import Signer
from .signing import judge_signature, load_certificates
from .template_reading import Template, read_template
from .template_writing import write_template

REBUILD = "Build the package again from its project: wayside app build."
IDENTITY = {
    "vnfd_id": "app_d_id",
    "vnf_provider_id": "app_provider",
    "vnf_product_name": "app_name",
    "vnf_software_version": "app_soft_version",
    "vnf_package_version": "app_d_version",
}
"""Manifest metadata that must be what the AppD says. Ref: MEC 037 table 6.2.2-1, note 1."""
LAYOUTS = ("OCI", "DOCKER")
"""Formats that are read as an OCI layout in a tar; what ``docker save`` writes is one, too."""


@dataclass(frozen=True)
class CheckedImage:
    """An image that is in the package and fits its descriptor."""

    descriptor: SwImageDescriptor
    file: str
    digests: dict[str, str]
    config: ImageConfig | None
    """None where it is no OCI image."""
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What the checks found out about a package."""

    meta: ToscaMeta
    manifest: Manifest
    appd: AppD
    signer: Signer | None
    images: tuple[CheckedImage, ...]
    charts: tuple[str, ...]
    digests: dict[str, dict[str, str]]
    """Of each file by its name: by hashlib names, and its ``size`` in bytes."""
    notes: tuple[str, ...] = ()
    """What a package of another layout says that was left out or assumed."""
    descriptor: bytes | None = None
    """The AppD as a template of MEC 037, where the package has none."""


def check_package(
    path: Path, policy: Policy, *, now: Nanoseconds
) -> tuple[Archive | None, Checked | None, list[Fault]]:
    """Return the open archive, what it holds and all faults; the caller closes the archive."""
    try:
        archive, outer = open_outer(path, policy.limits)
    except FaultsFound as found:
        return None, None, list(found.faults)
    checks = _Checks(archive, outer, policy, now)
    try:
        checked = checks.run()
    except FaultsFound as found:
        checks.faults += found.faults
        checked = None
    except BaseException:
        checks.archive.close()
        raise
    return checks.archive, checked, checks.faults


@dataclass
class _Checks:
    archive: Archive
    outer: Outer | None
    policy: Policy
    now: Nanoseconds
    faults: list[Fault] = field(default_factory=list)
    digests: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self) -> Checked:
        if is_edgegallery(self.archive):
            return self.run_edgegallery()
        meta = parse_meta(self.document(META))
        manifest = parse_manifest(self.document(meta.manifest), meta.manifest)
        self.measure(manifest)
        self.faults += self.digest_faults(meta, manifest)
        signer = self.signer(meta, manifest)
        template = read_template(meta.entry, self.file)
        self.faults += template.faults
        self.faults += _identity_faults(template.appd, manifest, meta.manifest)
        images = tuple(self.images(template.appd, meta))
        charts = tuple(self.charts(template, meta))
        return Checked(meta, manifest, template.appd, signer, images, charts, self.digests)

    def run_edgegallery(self) -> Checked:
        """Check the same of EdgeGallery's layout, where a manifest need not list every file."""
        found = read_layout(self.archive, self.policy.limits)
        self.archive = found.archive
        meta, manifest = found.meta, found.manifest
        self.measure(manifest)
        self.faults += [
            fault for fault in self.digest_faults(meta, manifest) if fault.code != "hash-unlisted"
        ]
        signer = self.signer(meta, manifest)
        app_class = manifest.metadata.get("app_class")
        template, notes = read_edgegallery_template(
            meta.entry, self.archive.files, self.file, app_class=app_class
        )
        self.faults += template.faults
        images = tuple(self.images(template.appd, meta))
        charts = tuple(self.charts(template, meta))
        return Checked(
            meta,
            manifest,
            template.appd,
            signer,
            images,
            charts,
            self.digests,
            notes=(*found.notes, *notes),
            descriptor=write_template(template.appd, chart=charts[0] if charts else None),
        )

    def document(self, name: str) -> bytes:
        if name not in self.archive.files:
            sentence = f"The package has no {name}, so it is no CSAR of MEC 037."
            raise FaultsFound([Fault("package-missing", sentence, REBUILD, file=name)])
        return self.archive.read(name)

    def file(self, name: str) -> bytes | None:
        return self.archive.read(name) if name in self.archive.files else None

    def measure(self, manifest: Manifest) -> None:
        """Read every file once: the total is counted here, whatever headers say."""
        total = 0
        for name in self.archive.files:
            listed = manifest.files.get(name)
            wanted = {"sha256", listed.hashlib_name} if listed else {"sha256"}
            self.digests[name] = self.archive.digests(name, *wanted)
            total += int(self.digests[name]["size"])
            if total > self.policy.limits.total_bytes:
                sentence = f"It unpacks to over {self.policy.limits.total_bytes} bytes."
                raise FaultsFound([Fault("size-limit", sentence, "Make it smaller.")])

    def digest_faults(self, meta: ToscaMeta, manifest: Manifest) -> Iterator[Fault]:
        if self.outer is not None and not manifest.files:
            return  # MEC 037 clause 6.2.2: the signature over the whole file stands for them.
        for listed in manifest.files.values():
            found = self.digests.get(listed.source)
            if found is None:
                sentence = f"{listed.source} is listed and not in the package."
                yield Fault("hash-missing", sentence, REBUILD, None, meta.manifest, listed.line)
            elif found[listed.hashlib_name] != listed.hash and listed.source != meta.manifest:
                sentence = f"{listed.source} does not have the digest that the manifest gives."
                yield Fault("hash-wrong", sentence, REBUILD, None, meta.manifest, listed.line)
        allowed = {meta.manifest, meta.certificate}
        for name in self.archive.files:
            if name not in manifest.files and name not in allowed:
                sentence = f"{name} is in the package and not listed in its manifest."
                yield Fault("hash-unlisted", sentence, REBUILD, file=name)

    def signer(self, meta: ToscaMeta, manifest: Manifest) -> Signer | None:
        found: Signer | None = None
        if manifest.cms is not None:
            raw = self.file(meta.certificate) if meta.certificate else None
            more = load_certificates(raw, meta.certificate or "", self.faults)
            found = judge_signature(
                manifest.cms,
                lambda name: hashlib.new(name, manifest.signed).digest(),
                more,
                policy=self.policy
                if self.outer is None
                else replace(self.policy, require_signature=False),
                now=self.now,
                file=meta.manifest,
                faults=self.faults,
            )
        if self.outer is not None:
            whole = judge_signature(
                self.outer.cms,
                self.outer.digest,
                load_certificates(self.outer.certificates, self.outer.name, self.faults),
                policy=self.policy,
                now=self.now,
                file=self.outer.name,
                faults=self.faults,
            )
            found = whole or found
        elif manifest.cms is None and self.policy.require_signature:
            sentence = "The package is not signed, and this system takes signed ones only."
            remedy = "Sign it: wayside app sign; or let the operator choose the policy dev."
            self.faults.append(Fault("signature-missing", sentence, remedy, file=meta.manifest))
        return found

    def images(self, appd: AppD, meta: ToscaMeta) -> Iterator[CheckedImage]:
        for number, image in enumerate(appd.sw_image_descriptor):
            where = f"swImageDescriptor[{number}]"
            file = self.placed(image.sw_image, meta)
            if file is None:
                sentence = f"Image {image.id}: there is no file {image.sw_image} in the package."
                remedy = (
                    "Put the image into the package (no registry is asked for it), "
                    "or correct swImage."
                )
                self.faults.append(
                    Fault("image-missing", sentence, remedy, f"{where}.swImage", meta.entry)
                )
                continue
            self.faults += self.image_faults(image, file, where, meta)
            is_layout = image.container_format.upper() in LAYOUTS
            config, layers = self.layout(file) if is_layout else (None, ())
            yield CheckedImage(image, file, self.digests[file], config, layers)

    def charts(self, template: Template, meta: ToscaMeta) -> Iterator[str]:
        for name, wanted in template.charts.items():
            file = self.placed(wanted, meta)
            if file is None:
                sentence = f"Helm chart {name}: there is no file {wanted} in the package."
                remedy = "Put the chart into the package, or correct the artifact's file."
                self.faults.append(Fault("chart-missing", sentence, remedy, file=meta.entry))
            else:
                yield file

    def placed(self, name: str, meta: ToscaMeta) -> str | None:
        """Return the file that a template calls ``name``, from the root or from beside itself."""
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(meta.entry), name))
        return next((each for each in (name, beside) if each in self.digests), None)

    def image_faults(
        self, image: SwImageDescriptor, file: str, where: str, meta: ToscaMeta
    ) -> Iterator[Fault]:
        remedy = "Build the package again, or correct the image's descriptor."
        if image.checksum is not None:
            name = image.checksum.algorithm.lower().replace("-", "")
            if name not in ("sha256", "sha384", "sha512"):
                sentence = f"Image {image.id}: checksum {image.checksum.algorithm} is not SHA-2."
                yield Fault("image-checksum", sentence, remedy, f"{where}.checksum", meta.entry)
            elif self.archive.digests(file, name)[name] != image.checksum.hash.lower():
                sentence = f"Image {image.id}: {file} does not have the checksum given for it."
                yield Fault("image-checksum", sentence, remedy, f"{where}.checksum", meta.entry)
        size = int(self.digests[file]["size"])
        if image.size is not None and image.size != size:
            sentence = f"Image {image.id}: {file} has {size} bytes, not {image.size}."
            yield Fault("image-size", sentence, remedy, f"{where}.size", meta.entry)

    def layout(self, file: str) -> tuple[ImageConfig | None, tuple[str, ...]]:
        with tempfile.NamedTemporaryFile() as copy:
            target: IO[bytes] = copy
            self.archive.copy(file, target)
            copy.flush()
            try:
                return read_image(Path(copy.name))
            except Problem as problem:
                sentence = problem.detail.replace(Path(copy.name).name, file)
                remedy = "Write it with wayside app build."
                self.faults.append(Fault("image-layout", sentence, remedy, file=file))
                return None, ()


def _identity_faults(appd: AppD, manifest: Manifest, name: str) -> Iterator[Fault]:
    for key, attribute in IDENTITY.items():
        said, meant = manifest.metadata.get(key, ""), getattr(appd, attribute)
        if " ".join(said.split()) != " ".join(meant.split()):
            sentence = f"{key} is {said!r}, while the AppD says {meant!r}."
            yield Fault("manifest-identity", sentence, REBUILD, key, name, manifest.lines.get(key))
