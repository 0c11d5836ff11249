"""What is different between two packages: descriptor, files, images, signers.

Compares what packages mean, not how they are packed. Never judges which is right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from .package import ImageEntry, Package
from .signature import Signer

IDS = (
    "id",
    "trafficRuleId",
    "dnsRuleId",
    "osContainerDescId",
    "cpdId",
    "serName",
    "featureName",
)
"""Attributes by which an entry of a list is known, wherever it stands."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs; None: it is not there."""

    kind: str
    """``appd``, ``file``, ``image`` or ``signer``."""
    name: str
    first: str | None
    second: str | None


def differences(first: Package, second: Package) -> list[Difference]:
    """Return what differs: the AppD attribute by attribute, then images, files, signer."""
    return [
        *_of_kind("appd", _attributes(first), _attributes(second)),
        *_of_kind("image", _images(first), _images(second)),
        *_of_kind("file", _files(first), _files(second)),
        *_of_kind("signer", _signer(first.signer), _signer(second.signer)),
    ]


def _of_kind(kind: str, first: dict[str, str], second: dict[str, str]) -> Iterator[Difference]:
    for name in [*first, *(name for name in second if name not in first)]:
        if first.get(name) != second.get(name):
            yield Difference(kind, name, first.get(name), second.get(name))


def _attributes(package: Package) -> dict[str, str]:
    """Return each attribute's value by its path; what differs with the file is told there."""
    images = tuple(
        msgspec.structs.replace(image, size=None, checksum=None)
        for image in package.appd.sw_image_descriptor
    )
    appd = msgspec.structs.replace(package.appd, sw_image_descriptor=images)
    return dict(_flat(msgspec.to_builtins(appd), ""))


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _flat(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        for number, each in enumerate(value):
            known = next((each[name] for name in IDS if name in each), number)
            yield from _flat(each, f"{path}[{known}]")
    else:
        yield path, msgspec.json.encode(value).decode()


def _images(package: Package) -> dict[str, str]:
    return {
        f"{image.descriptor.id} {what}": value
        for image in package.images
        for what, value in _image(image)
    }


def _image(image: ImageEntry) -> Iterator[tuple[str, str]]:
    yield "size", f"{image.size_bytes} bytes"
    for number, layer in enumerate(image.layers, 1):
        yield f"layer {number}", layer
    config = image.config
    if config is not None:
        yield "command", " ".join(config.argv)
        yield "working directory", config.cwd
        yield "user", config.user
        yield "base", config.base or ""
        for each in config.env:
            name, _, value = each.partition("=")
            yield f"environment {name}", value


def _files(package: Package) -> dict[str, str]:
    """Return every file's digest but the manifest's, which differs with each of them."""
    return {name: digest for name, digest in package.digests.items() if name != package.mf}


def _signer(signer: Signer | None) -> dict[str, str]:
    if signer is None:
        return {}
    return {"subject": signer.subject, "certificate": signer.fingerprint}
