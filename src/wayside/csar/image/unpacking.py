"""Unpacking an image's layers into a folder, trusting nothing in them.

Nothing is written outside of the folder nor through a link; devices, pipes and sockets are
refused; set-user-id and set-group-id bits, owners and extended attributes are not kept.
"""

import gzip
import shutil
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from wayside.core.errors import Problem, TooLarge, Unprocessable

from .documents import GZIP_LAYERS, PLAIN_LAYERS, Descriptor
from .layout import ImageLimits, Layout, bad_image
from .targuard import CountedStream, GuardedTarInfo

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"


def unpack(image: Path, folder: Path, *, limits: ImageLimits | None = None) -> None:
    """Write the image's file system into ``folder``, which must not exist yet or be empty.

    Files belong to whoever calls, modes keep owner bits and lose write for others. Symbolic links
    are kept as they are: resolve them only with ``folder`` as the root. Raises Unprocessable or
    TooLarge naming the entry; then ``folder`` is gone again.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Unprocessable(f"Folder {folder} is not empty. Name a new one to unpack into.")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _Unpacking(image, folder, limits or ImageLimits()).run()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@dataclass
class _Unpacking:
    image: Path
    root: Path
    limits: ImageLimits
    entries: int = 0
    bytes_left: int = field(init=False)
    fresh: set[Path] = field(default_factory=set)
    """What the present layer has written: its own whiteouts do not touch it."""

    def __post_init__(self) -> None:
        self.bytes_left = self.limits.bytes_total

    def run(self) -> None:
        with Layout(self.image) as layout:
            manifest, config, _ = layout.image()
            if not 0 < len(manifest.layers) <= self.limits.layers:
                raise self.bad(f"it has {len(manifest.layers)} layers")
            if len(config.rootfs.diff_ids) != len(manifest.layers):
                raise self.bad("config and manifest differ in the number of layers")
            for layer, diff_id in zip(manifest.layers, config.rootfs.diff_ids, strict=True):
                with layout.blob(layer) as stream:
                    self.layer(layer, stream, diff_id)

    def layer(self, layer: Descriptor, stream: IO[bytes], diff_id: str) -> None:
        self.fresh = set()
        counted = CountedStream(
            self.opened(layer, stream),
            bytes_max=self.limits.bytes_total + self.limits.entries * 1024,
        )
        try:
            source = cast(IO[bytes], counted)
            with tarfile.open(fileobj=source, mode="r|", tarinfo=GuardedTarInfo) as tar:
                for member in tar:
                    self.entry(tar, member)
            if f"sha256:{counted.drain()}" != diff_id:
                raise self.bad(f"layer {layer.digest} does not unpack to {diff_id}")
        except OverflowError as fault:
            raise self.too_large(f"layer {layer.digest}") from fault
        except (tarfile.TarError, EOFError, zlib.error, OSError) as fault:
            raise self.bad(f"layer {layer.digest} is damaged ({fault})") from fault

    def opened(self, layer: Descriptor, stream: IO[bytes]) -> IO[bytes]:
        if layer.media_type in PLAIN_LAYERS:
            return stream
        if layer.media_type in GZIP_LAYERS:
            return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
        raise self.bad(f"layer type {layer.media_type} is neither tar nor tar+gzip")

    def entry(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self.entries += 1
        if self.entries > self.limits.entries:
            raise self.too_large(f"more than {self.limits.entries} entries")
        path = self.place(member.name)
        if path.name.startswith(WHITEOUT):
            self.whiteout(path)
            return
        if path == self.root:
            if not member.isdir():
                raise self.bad(f"entry {member.name} would replace the root")
            return
        self.parents(path)
        self.write(tar, member, path)
        self.fresh.add(path)

    def write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
        if member.isdir():
            if path.is_symlink() or not path.is_dir():
                self.clear(path)
                path.mkdir()
            path.chmod(0o700 | member.mode & 0o755)
        elif member.isreg() and member.sparse is None:
            self.clear(path)
            self.file(tar, member, path)
        elif member.issym():
            self.clear(path)
            path.symlink_to(self.target(member))
        elif member.islnk():
            self.hard_link(member, path)
        else:
            raise self.bad(f"entry {member.name} is a device, pipe or other special file")

    def file(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
        source = tar.extractfile(member)
        if source is None:
            raise self.bad(f"entry {member.name} has no content")
        written = 0
        with path.open("xb") as out:
            while piece := source.read(1 << 20):
                written += len(piece)
                self.bytes_left -= len(piece)
                if self.bytes_left < 0 or written > self.limits.file_bytes:
                    raise self.too_large(f"entry {member.name}")
                out.write(piece)
        path.chmod(0o400 | member.mode & 0o755)

    def hard_link(self, member: tarfile.TarInfo, path: Path) -> None:
        target = self.place(member.linkname)
        self.parents(target)
        if target == path:
            return
        if target.is_symlink() or not target.is_file():
            raise self.bad(f"link {member.name} points to {member.linkname}, which is no file here")
        self.clear(path)
        path.hardlink_to(target)

    def target(self, member: tarfile.TarInfo) -> str:
        depth = len(self.place(member.name).relative_to(self.root).parts) - 1
        if member.linkname.startswith("/"):
            depth = 0
        for part in member.linkname.split("/"):
            depth += -1 if part == ".." else part not in ("", ".")
            if depth < 0:
                raise self.bad(f"link {member.name} points out of the image: {member.linkname}")
        if not member.linkname or "\0" in member.linkname:
            raise self.bad(f"link {member.name} has no usable target")
        return member.linkname

    def whiteout(self, path: Path) -> None:
        self.parents(path)
        if path.name == OPAQUE:
            if path.parent.is_dir():
                for child in list(path.parent.iterdir()):
                    self.hide(child)
            return
        hidden = path.name.removeprefix(WHITEOUT)
        if hidden in ("", ".", ".."):
            raise self.bad(f"whiteout {path.name} names nothing")
        self.hide(path.parent / hidden)

    def hide(self, path: Path) -> None:
        """Remove what lower layers wrote at ``path``, and nothing that this layer wrote."""
        if path.is_dir() and not path.is_symlink() and self.wrote_in(path):
            for child in list(path.iterdir()):
                self.hide(child)
        elif path not in self.fresh:
            self.clear(path)

    def wrote_in(self, path: Path) -> bool:
        return path in self.fresh or any(path in each.parents for each in self.fresh)

    def place(self, name: str) -> Path:
        """Return where an entry belongs, or refuse a name that leads out."""
        parts = [part for part in name.removeprefix("/").split("/") if part not in ("", ".")]
        if ".." in parts or "\0" in name or len(parts) > 64 or len(name) > 4096:
            raise self.bad(f"entry {name!r} leads out of the image or is too deep")
        return self.root.joinpath(*parts)

    def parents(self, path: Path) -> None:
        """Make the folders above ``path``; refuse to pass through a link or a file."""
        at = self.root
        for part in path.relative_to(self.root).parts[:-1]:
            at = at / part
            if at.is_symlink() or (at.exists() and not at.is_dir()):
                where = path.relative_to(self.root)
                raise self.bad(f"entry {where} would be written through {at.name}, no folder")
            if not at.exists():
                at.mkdir(mode=0o755)

    def clear(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def bad(self, what: str) -> Unprocessable:
        return bad_image(self.image, what)

    def too_large(self, what: str) -> Problem:
        return TooLarge(
            f"Image {self.image.name}: {what} passes what may be unpacked here "
            f"({self.limits.bytes_total} bytes, {self.limits.entries} entries). Make it smaller."
        )
