"""Builds image archives for tests, honest and hostile."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

LAYER = "application/vnd.oci.image.layer.v1.tar"


def entry(
    name: str,
    content: bytes | None = b"",
    *,
    kind: bytes = tarfile.REGTYPE,
    link: str = "",
    mode: int = 0o644,
) -> tuple[tarfile.TarInfo, bytes]:
    """One tar entry, of any kind."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, link, mode
    member.size = len(content or b"")
    return member, content or b""


def folder(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    """A folder entry."""
    return entry(name, kind=tarfile.DIRTYPE, mode=mode)


def symlink(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """A symbolic link entry."""
    return entry(name, kind=tarfile.SYMTYPE, link=target)


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """A hard link entry."""
    return entry(name, kind=tarfile.LNKTYPE, link=target)


def tar_of(entries: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A tar of entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member, content in entries:
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def archive(
    path: Path,
    *layers: Sequence[tuple[tarfile.TarInfo, bytes]],
    compressed: bool = False,
    run: dict[str, object] | None = None,
    diff_ids: list[str] | None = None,
    damage: bytes | None = None,
) -> Path:
    """Write an OCI layout with ``layers``; ``damage`` replaces the first layer's blob."""
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    plain = [tar_of(layer) for layer in layers]
    stored = [
        _store(files, gzip.compress(raw, mtime=0), f"{LAYER}+gzip")
        if compressed
        else _store(files, raw, LAYER)
        for raw in plain
    ]
    ids = diff_ids or [f"sha256:{hashlib.sha256(raw).hexdigest()}" for raw in plain]
    config = {"os": "linux", "config": run or {}, "rootfs": {"type": "layers", "diff_ids": ids}}
    manifest = {
        "schemaVersion": 2,
        "config": _store(files, json.dumps(config).encode(), "application/json"),
        "layers": stored,
    }
    listed = _store(files, json.dumps(manifest).encode(), "application/json")
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [listed]}).encode()
    if damage is not None:
        files["blobs/sha256/" + stored[0]["digest"].removeprefix("sha256:")] = damage
    path.write_bytes(tar_of([entry(name, content) for name, content in files.items()]))
    return path


def _store(files: dict[str, bytes], content: bytes, media_type: str) -> dict[str, str]:
    digest = hashlib.sha256(content).hexdigest()
    files[f"blobs/sha256/{digest}"] = content
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}  # type: ignore[dict-item]
