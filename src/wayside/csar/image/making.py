"""Making an image as a recipe says: from nothing, a root file system or an archive, and files.

Without Docker, registry or network. Never runs what it copies, never reads outside of the folder
that the recipe stands in, and changes no layer of its base.
"""

import posixpath
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from platform import machine
from typing import Any

import msgspec

from wayside.core.errors import Unprocessable
from wayside.model.faults import Fault

from .documents import LAYER, Config, Descriptor, RootFs, RunConfig
from .layout import BASE_ANNOTATION, ImageConfig, Layout, config_of
from .recipe import RECIPE_FILES, SCRATCH, Copy, Recipe
from .storing import Blobs, member
from .writing import IGNORED, is_executable, run_config

MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "riscv64": "riscv64"}
"""The kernel's name of an architecture, and OCI's."""


def make_image(recipe: Recipe, folder: Path, image: Path) -> None:
    """Write the image that ``recipe`` describes to ``image``; its files come from ``folder``.

    ``copy_faults`` must have found nothing. Raises Unprocessable where the base is no image.
    """
    with tempfile.TemporaryDirectory() as work:
        making = _Making(recipe, folder, Path(work))
        making.base()
        making.files()
        making.write(image)


def copy_faults(recipe: Recipe, folder: Path, file: str) -> Iterator[Fault]:
    """Yield what a recipe names and its folder lacks, with the line in ``file``."""
    if recipe.base != SCRATCH and not _inside(folder, recipe.base):
        sentence = f"FROM {recipe.base}: there is no such image archive or root file system."
        remedy = "Name an OCI image (tar) or a folder beside this file; nothing is downloaded."
        yield Fault("recipe-base", sentence, remedy, file=file, line=recipe.base_line)
    for copy in recipe.copies:
        for source in copy.sources:
            found = [*_matches(folder, source)]
            bad = [each for each in found if not _is_plain(each)]
            if not found or bad:
                sentence = f"COPY {source}: " + (
                    f"{bad[0].name} is a link or a special file." if bad else "no such file here."
                )
                remedy = "Name plain files and folders beside this file."
                yield Fault("recipe-copy", sentence, remedy, file=file, line=copy.line)


@dataclass
class _Making:
    recipe: Recipe
    folder: Path
    work: Path
    blobs: Blobs = field(default_factory=Blobs)
    layers: list[Descriptor] = field(default_factory=list)
    diff_ids: list[str] = field(default_factory=list)
    document: Config = field(
        default_factory=lambda: Config(
            architecture=MACHINES.get(machine(), machine()),
            os="linux",
            rootfs=RootFs(type="layers", diff_ids=()),
        )
    )
    config: ImageConfig = field(default_factory=ImageConfig)

    def base(self) -> None:
        if self.recipe.base == SCRATCH:
            return
        place = self.folder / self.recipe.base
        if place.is_dir():
            self.layer(_tree(place, ""), "rootfs.tar")
        else:
            self.archive(place)

    def archive(self, place: Path) -> None:
        """Take over every layer of a base image as it is."""
        with Layout(place) as layout:
            manifest, self.document, notes = layout.image()
            self.config = config_of(self.document, notes)
            self.diff_ids += self.document.rootfs.diff_ids
            for number, layer in enumerate(manifest.layers):
                copy = self.work / f"base-{number}"
                with layout.blob(layer) as stream, copy.open("wb") as out:
                    while piece := stream.read(1 << 20):
                        out.write(piece)
                self.layers.append(self.blobs.store(layer.media_type, copy))

    def files(self) -> None:
        entries: dict[str, Path | None] = {
            folder.lstrip("/"): None for folder in self.recipe.folders if folder != "/"
        }
        for copy in self.recipe.copies:
            entries |= dict(_copied(self.folder, copy))
        if entries:
            self.layer(sorted(entries.items()), "files.tar")

    def layer(self, entries: Iterable[tuple[str, Path | None]], name: str) -> None:
        path = self.work / name
        with tarfile.open(path, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for at, source in entries:
                _add(tar, at, source)
        stored = self.blobs.store(LAYER, path)
        self.layers.append(stored)
        self.diff_ids.append(stored.digest)

    def write(self, image: Path) -> None:
        if not self.layers:
            self.layer((), "empty.tar")
        config = merged(self.config, self.recipe.config)
        before = self.document.config or RunConfig()
        ports: dict[str, Any] = {f"{port}/{protocol}": {} for port, protocol in self.recipe.ports}
        run = msgspec.structs.replace(
            run_config(config), exposed_ports=((before.exposed_ports or {}) | ports) or None
        )
        rootfs = RootFs(type="layers", diff_ids=tuple(self.diff_ids))
        document = msgspec.structs.replace(self.document, config=run, rootfs=rootfs)
        notes = {BASE_ANNOTATION: config.base} if config.base else None
        self.blobs.write(image, document, tuple(self.layers), notes=notes)


def merged(base: ImageConfig, more: ImageConfig) -> ImageConfig:
    """Return ``base`` with what a recipe says on top; a new entrypoint drops the old command."""
    env = dict(each.partition("=")[::2] for each in (*base.env, *more.env))
    labels = base.labels | more.labels
    cmd = more.cmd or (() if more.entrypoint else base.cmd)
    return ImageConfig(
        entrypoint=more.entrypoint or base.entrypoint,
        cmd=cmd,
        env=tuple(f"{name}={value}" for name, value in env.items()),
        cwd=more.cwd or base.cwd,
        user=more.user or base.user,
        base=labels.get(BASE_ANNOTATION) or base.base,
        labels=labels,
    )


def _inside(folder: Path, name: str) -> bool:
    """Return whether ``name`` is there and lies in ``folder``, links followed."""
    place = (folder / name).resolve()
    return place.exists() and place.is_relative_to(folder.resolve())


def _matches(folder: Path, source: str) -> list[Path]:
    """Return what ``source`` (with ``*`` and ``?``) means in ``folder``, in order of name."""
    name = posixpath.normpath(source.lstrip("/"))
    if ".." in PurePosixPath(name).parts or not _inside(folder, "."):
        return []
    if name == ".":
        return [folder]
    return sorted(each for each in folder.glob(name) if each.name not in IGNORED)


def _is_plain(path: Path) -> bool:
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        return False
    return path.is_file() or all(
        _is_plain(each) for each in path.iterdir() if each.name not in IGNORED
    )


def _copied(folder: Path, copy: Copy) -> Iterator[tuple[str, Path | None]]:
    """Yield each entry that a COPY makes; of a folder its content, as Docker does."""
    for source in copy.sources:
        for path in _matches(folder, source):
            if path.is_dir():
                yield from _tree(path, copy.target.strip("/"), leaving=folder)
            else:
                name = f"{copy.target}{path.name}" if copy.target.endswith("/") else copy.target
                yield name.lstrip("/"), path


def _tree(
    folder: Path, at: str, *, leaving: Path | None = None
) -> Iterator[tuple[str, Path | None]]:
    """Yield everything below ``folder``; of the context's top its recipe is left out."""
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if path.name in IGNORED or (folder == leaving and path.name in RECIPE_FILES):
            continue
        name = f"{at}/{path.name}".lstrip("/")
        yield name, path
        if path.is_dir() and not path.is_symlink():
            yield from _tree(path, name)


def _add(tar: tarfile.TarFile, name: str, path: Path | None) -> None:
    if path is None or (path.is_dir() and not path.is_symlink()):
        tar.addfile(member(name, kind=tarfile.DIRTYPE))
    elif path.is_symlink():
        tar.addfile(member(name, kind=tarfile.SYMTYPE, link=str(path.readlink())))
    elif path.is_file():
        mode = 0o755 if is_executable(path) else 0o644
        with path.open("rb") as file:
            tar.addfile(member(name, size=path.stat().st_size, mode=mode), file)
    else:
        raise Unprocessable(f"{path} is a special file. Take it out of the root file system.")
