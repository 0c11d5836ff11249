"""The manifest (``*.mf``): who made the package, and the digest of every file in it.

Ref: MEC 037 clause 6.2.2, NFV-SOL 004 clauses 4.3 and 5.2. Never computes a digest itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .faults import Fault, FaultsFound
from .names import name_fault

BEGIN_CMS = b"-----BEGIN CMS-----"
END_CMS = b"-----END CMS-----"
REQUIRED = (
    "vnfd_id",
    "vnf_provider_id",
    "vnf_product_name",
    "vnf_release_date_time",
    "vnf_software_version",
    "vnf_package_version",
    "compatible_specification_versions",
    "mec_versions",
    "vnfm_info",
)
ALGORITHMS = {"SHA-256": ("sha256", 64), "SHA-512": ("sha512", 128)}
"""As the manifest names them: hashlib's name and the number of hexadecimal digits."""

HEX = re.compile(r"^[0-9a-f]+$")
RFC3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", re.IGNORECASE)
REMEDY = "Build the package again: wayside app build writes the manifest."


@dataclass(frozen=True)
class Listed:
    """One file's line in the manifest."""

    source: str
    algorithm: str
    hash: str
    line: int = 0

    @property
    def hashlib_name(self) -> str:
        """The algorithm as hashlib names it."""
        return ALGORITHMS[self.algorithm][0]


@dataclass(frozen=True)
class Manifest:
    """A manifest as read. ``signed`` is the part that a signature covers, byte by byte."""

    metadata: Mapping[str, str]
    files: Mapping[str, Listed]
    signed: bytes = b""
    cms: bytes | None = None
    """The CMS signature in PEM (option 1), if any."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Where each name of the metadata stands."""


def write_manifest(metadata: Mapping[str, str], digests: Mapping[str, str]) -> bytes:
    """Return an unsigned manifest: ``digests`` are SHA-256 by file name.

    White space in a value becomes one blank, so that none can pose as another line.
    """
    metadata = {key: " ".join(value.split()) for key, value in metadata.items()}
    lines = ["metadata:", *(f"  {key}: {value}" for key, value in metadata.items()), ""]
    for source in sorted(digests):
        lines += [f"Source: {source}", "Algorithm: SHA-256", f"Hash: {digests[source]}", ""]
    return "\n".join(lines).encode()


def with_signature(manifest: bytes, cms_pem: bytes) -> bytes:
    """Return the manifest with ``cms_pem`` in place of any signature it had."""
    body = cms_pem.replace(b"BEGIN PKCS7", b"BEGIN CMS").replace(b"END PKCS7", b"END CMS")
    return signed_part(manifest) + body.strip() + b"\n"


def signed_part(manifest: bytes) -> bytes:
    """Return what a signature covers: everything before the CMS block."""
    at = manifest.find(BEGIN_CMS)
    return manifest if at < 0 else manifest[:at]


def parse_manifest(raw: bytes, name: str, *, required: tuple[str, ...] = REQUIRED) -> Manifest:
    """Return what ``raw`` says; raises FaultsFound, each fault with its line.

    ``required`` are names that its metadata must have.
    """
    return _Reader(raw, name, required).read()


class _Reader:
    def __init__(self, raw: bytes, name: str, required: tuple[str, ...]) -> None:
        self.raw, self.name, self.required = raw, name, required
        self.faults: list[Fault] = []
        self.metadata: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.files: dict[str, Listed] = {}

    def read(self) -> Manifest:
        signed = signed_part(self.raw)
        cms = self.cms(signed)
        self.blocks(list(self.pairs(signed)))
        self.check_metadata()
        if self.faults:
            raise FaultsFound(self.faults)
        return Manifest(self.metadata, self.files, signed, cms, self.lines)

    def cms(self, signed: bytes) -> bytes | None:
        rest = self.raw[len(signed) :]
        if not rest:
            return None
        end = rest.find(END_CMS)
        if end < 0 or rest[end + len(END_CMS) :].strip():
            self.fault("manifest-cms", "Its signature block does not end the file.", None)
            return None
        return rest[: end + len(END_CMS)]

    def pairs(self, signed: bytes) -> Iterator[tuple[int, str, str]]:
        try:
            text = signed.decode()
        except UnicodeDecodeError as fault:
            problem = Fault("manifest-text", "It is not UTF-8 text.", REMEDY, file=self.name)
            raise FaultsFound([problem]) from fault
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            key, colon, value = (part.strip() for part in line.partition(":"))
            if not colon:
                self.fault("manifest-line", f"{line[:60]!r} is no pair.", number)
            else:
                yield number, key, value

    def blocks(self, pairs: list[tuple[int, str, str]]) -> None:
        if not pairs or pairs[0][1:] != ("metadata", ""):
            self.fault("manifest-start", "It does not start with 'metadata:'.", 1)
            return
        at = 1
        while at < len(pairs) and pairs[at][1] != "Source":
            number, key, value = pairs[at]
            if key in self.metadata:
                self.fault("manifest-twice", f"{key} is there twice.", number)
            self.metadata[key], self.lines[key] = value, number
            at += 1
        while at < len(pairs):
            at = self.source(pairs, at)

    def source(self, pairs: list[tuple[int, str, str]], at: int) -> int:
        number, _, source = pairs[at]
        found: dict[str, str] = {}
        at += 1
        while at < len(pairs) and pairs[at][1] != "Source":
            found[pairs[at][1]] = pairs[at][2]
            at += 1
        digest = found.get("Hash", "").lower()
        algorithm = found.get("Algorithm", "").upper().replace("SHA2", "SHA-2")
        if "://" in source:
            self.fault("manifest-external", f"{source} lies outside of the package.", number)
        elif why := name_fault(source):
            self.fault("manifest-name", f"Source {source!r} {why}.", number)
        elif source in self.files:
            self.fault("manifest-twice", f"{source} is listed twice.", number)
        elif algorithm not in ALGORITHMS:
            self.fault(
                "manifest-algorithm", f"{source}: {algorithm or 'no'} algorithm is known.", number
            )
        elif len(digest) != ALGORITHMS[algorithm][1] or not HEX.match(digest):
            self.fault("manifest-hash", f"{source}: its Hash is no {algorithm} digest.", number)
        else:
            self.files[source] = Listed(source, algorithm, digest, number)
        return at

    def check_metadata(self) -> None:
        for key in self.required:
            if not self.metadata.get(key):
                self.fault("manifest-missing", f"metadata has no {key}.", 1)
        released = self.metadata.get("vnf_release_date_time", "")
        if released and not RFC3339.match(released):
            self.fault(
                "manifest-date",
                f"vnf_release_date_time {released!r} is not of RFC 3339.",
                self.lines["vnf_release_date_time"],
            )

    def fault(self, code: str, sentence: str, line: int | None) -> None:
        self.faults.append(Fault(code, sentence, REMEDY, file=self.name, line=line))
