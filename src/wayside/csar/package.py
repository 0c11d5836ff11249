"""An application package that was opened, checked and may be used.

Ref: MEC 037 clause 6, NFV-SOL 004 clauses 4 and 5. Holds the file open; never changes it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple, Self

from wayside.core.clock import Nanoseconds
from wayside.core.errors import NotFound
from wayside.model.appd import AppD
from wayside.model.faults import Fault
from wayside.model.images import SwImageDescriptor
from wayside.model.resources import OsContainerDescriptor

from .archive import Archive
from .checks import Checked, check_package
from .faults import FaultsFound, problem_of_faults
from .image import ImageConfig
from .manifest import Manifest
from .policy import Policy
from .signature import Signer


@dataclass(frozen=True)
class ImageEntry:
    """A software image in the package."""

    descriptor: SwImageDescriptor
    file: str
    size_bytes: int
    sha256: str
    config: ImageConfig | None
    """How it wants to be run; None where it is no OCI image, but a disk."""
    layers: tuple[str, ...]
    """Digests of its layers as they unpack, lowest first; empty for a disk."""


@dataclass(frozen=True)
class ContainerEntry:
    """A container of the application: what it may use, and the image that says what it runs.

    Command, environment, working directory and user are those of ``image.config``.
    """

    descriptor: OsContainerDescriptor
    image: ImageEntry


class Findings(NamedTuple):
    """What there is to say of a package or project."""

    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


class Package:
    """A package that satisfies a policy. Use as a context, or close it."""

    def __init__(self, archive: Archive, checked: Checked) -> None:
        self._archive, self._checked = archive, checked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()

    @property
    def appd(self) -> AppD:
        """The application descriptor."""
        return self._checked.appd

    @property
    def manifest(self) -> Manifest:
        """The manifest, whose digests have been found right."""
        return self._checked.manifest

    @property
    def signer(self) -> Signer | None:
        """Who signed; ``trusted`` tells whether the policy's anchors vouch for them."""
        return self._checked.signer

    @property
    def images(self) -> tuple[ImageEntry, ...]:
        """The software images, in the AppD's order."""
        return tuple(
            ImageEntry(
                descriptor=each.descriptor,
                file=each.file,
                size_bytes=int(each.digests["size"]),
                sha256=each.digests["sha256"],
                config=each.config,
                layers=each.layers,
            )
            for each in self._checked.images
        )

    @property
    def containers(self) -> tuple[ContainerEntry, ...]:
        """The containers, in the AppD's order, each with its image; none for a virtual machine.

        Several may run the same image.
        """
        by_id = {image.descriptor.id: image for image in self.images}
        return tuple(
            ContainerEntry(descriptor, by_id[descriptor.image_id])
            for descriptor in self.appd.os_container_descriptor
        )

    @property
    def charts(self) -> tuple[str, ...]:
        """The files of the Helm charts that ``mciopId`` stands for."""
        return self._checked.charts

    @property
    def files(self) -> Mapping[str, int]:
        """Every file's size in bytes by its name."""
        return {name: int(found["size"]) for name, found in self._checked.digests.items()}

    @property
    def digests(self) -> Mapping[str, str]:
        """Every file's SHA-256, hexadecimal, by its name."""
        return {name: found["sha256"] for name, found in self._checked.digests.items()}

    @property
    def mf(self) -> str:
        """The manifest's name."""
        return self._checked.meta.manifest

    @property
    def template(self) -> str:
        """The name of the service template that holds the AppD."""
        return self._checked.meta.entry

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was left out or assumed, where the layout is not that of MEC 037."""
        return self._checked.notes

    def copy_descriptor(self, target: Path) -> None:
        """Write the AppD as a template of MEC 037 to ``target``."""
        descriptor = self._checked.descriptor
        if descriptor is None:
            self.copy(self.template, target)
        else:
            self._write(target, lambda file: file.write(descriptor))

    def read(self, name: str) -> bytes:
        """Return a document of the package whole; raises NotFound, TooLarge."""
        if name not in self.files:
            raise NotFound(f"The package has no file {name}. It lists its files in the manifest.")
        try:
            return self._archive.read(name)
        except FaultsFound as found:
            raise problem_of_faults(found.faults) from found

    def copy(self, name: str, target: Path) -> None:
        """Write a file of the package to ``target``, whole or not at all."""
        if name not in self.files:
            raise NotFound(f"The package has no file {name}. It lists its files in the manifest.")
        self._write(target, lambda file: self._archive.copy(name, file))

    def _write(self, target: Path, fill: Callable[[IO[bytes]], int]) -> None:
        partial = target.with_name(f".{target.name}.partial")
        try:
            with partial.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except FaultsFound as found:
            raise problem_of_faults(found.faults) from found
        finally:
            partial.unlink(missing_ok=True)

    def copy_image(self, image_id: str, target: Path) -> None:
        """Write the image that ``swImageDescriptor`` calls ``image_id`` to ``target``."""
        for image in self.images:
            if image.descriptor.id == image_id:
                return self.copy(image.file, target)
        raise NotFound(f"The package has no image {image_id}. Use an id of swImageDescriptor.")


def open_package(path: Path, policy: Policy, *, now: Nanoseconds) -> Package:
    """Return the package at ``path`` once it satisfies ``policy`` at ``now``.

    Raises BadRequest (no zip, hostile entries), TooLarge, Forbidden (not signed by anyone whom the
    policy trusts) or Unprocessable (parts that contradict the standard or each other).
    """
    archive, checked, faults = check_package(path, policy, now=now)
    if archive is not None and checked is not None and not faults:
        return Package(archive, checked)
    if archive is not None:
        archive.close()
    raise problem_of_faults(faults)


def package_faults(path: Path, policy: Policy, *, now: Nanoseconds) -> list[Fault]:
    """Return everything for which ``open_package`` would refuse ``path``; none: it would not."""
    return list(package_findings(path, policy, now=now).faults)


def package_findings(path: Path, policy: Policy, *, now: Nanoseconds) -> Findings:
    """Return the faults of the package at ``path``, and notes on how it was read."""
    archive, checked, faults = check_package(path, policy, now=now)
    if archive is not None:
        archive.close()
    return Findings(tuple(faults), () if checked is None else checked.notes)
