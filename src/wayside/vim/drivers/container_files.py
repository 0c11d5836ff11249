"""The files that podman needs to make a container: its environment, and a root to show things in.

Never writes into an image: all lies in the instance's own folder.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from .orders import View

FOLDERS = ("proc", "dev", "sys", "tmp", "run", "etc")
"""What podman mounts or writes in every root."""


@contextlib.contextmanager
def environment(file: Path, told: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield the options that give a container the environment ``told``.

    It is in a file that its owner alone can read, and that is gone afterwards: command lines can
    be read by every user. Only a value of several lines, which no such file can hold, is on it.
    """
    file.touch(mode=0o600)
    try:
        file.write_text("".join(f"{n}={v}\n" for n, v in told.items() if "\n" not in v))
        yield [
            f"--env-file={file}",
            *(f"--env={name}={value}" for name, value in told.items() if "\n" in value),
        ]
    finally:
        file.unlink()


def root(view: View, folder: Path) -> str:
    """Return the root as podman takes it: the image's own, or a folder made at ``folder``.

    The image's is shown through a layer that takes what podman writes (the host's name, and the
    like); the folder has a place for each thing of ``view``, and its links.
    """
    if view.root is not None:
        return f"{view.root}:O"
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for target, name in view.links:
        if not (link := folder / name[1:]).is_symlink():
            link.symlink_to(target)
    for bind in view.binds:
        place = folder / bind.target[1:]
        if Path(bind.source).is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    return str(folder)
