"""What an application sees and gets: its files, its environment, its command. Decided as data.

Reads the host's folders to know which exist; never mounts or starts anything.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from wayside.core.errors import Unprocessable
from wayside.csar.image import ImageConfig
from wayside.vim.images import Image
from wayside.vim.networks import short

from .bubblewrap import INSIDE_UID
from .driver import Box, Container
from .orders import Bind, View

SYSTEM_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/certs")
"""What programs of /usr need of /etc; nothing of it says who or where this host is."""
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
DATA, HOME_OF_IMAGE = "/data", "/app"
TMP_BYTES = 64 * 1024 * 1024

OWN_FILES = {
    "passwd": "root:x:0:0:root:/:/bin/false\napp:x:{uid}:{uid}:app:/data:/bin/false\n",
    "group": "root:x:0:\napp:x:{uid}:\n",
    "hosts": "127.0.0.1 localhost\n{address} {name}\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def view_of(box: Box, image: Image) -> View:
    """Return a container's files: the image read-only, /data and /tmp to write."""
    data = Bind(str(box.data), DATA, writable=True)
    if not image.uses_host:
        return View(root=str(image.root), binds=(data,), tmp_bytes=TMP_BYTES)
    own = [Bind(str(etc_of(box) / name), f"/etc/{name}") for name in sorted(OWN_FILES)]
    files = [Bind(str(entry), f"/{entry.name}") for entry in sorted(image.root.iterdir())]
    base = host_view()
    return replace(base, binds=(*base.binds, *own, *files, data))


def host_view() -> View:
    """Return the host's base alone: /usr, the libraries, and the Python that runs Wayside."""
    present = [place for place in SYSTEM_FOLDERS if Path(place).exists()]
    links = [place for place in present if Path(place).is_symlink()]
    places = ["/usr", *(place for place in present if place not in links)]
    places += [place for place in SYSTEM_FILES if Path(place).exists()]
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        places.append(sys.base_prefix)
    return View(
        root=None,
        binds=tuple(Bind(place, place) for place in places),
        links=tuple((str(Path(place).readlink()), place) for place in links),
        tmp_bytes=TMP_BYTES,
    )


def etc_of(box: Box) -> Path:
    """Return the folder of the few files that the instance has in /etc of its own."""
    return box.folder / "etc"


def make_folder(box: Box, user: int | None) -> None:
    """Make the instance's folder: its data, its log, and an /etc that says who it is."""
    box.data.mkdir(parents=True, exist_ok=True)
    box.data.chmod(0o700)
    box.log.touch(0o640)
    if user is not None:
        os.chown(box.data, user, user)
        os.chown(box.log, user, user)
    own = etc_of(box)
    own.mkdir(exist_ok=True)
    uid = INSIDE_UID if user is None else user
    name = short(box.app_instance_id)
    for file, text in OWN_FILES.items():
        (own / file).write_text(text.format(uid=uid, address=box.address, name=name))
        (own / file).chmod(0o644)


def environment_of(image: Image, given: Mapping[str, str]) -> dict[str, str]:
    """Return the application's whole environment: the image's, then what is given.

    ``python3`` is found in its PATH where the image uses the host's base.
    """
    told = dict(each.split("=", 1) for each in image.config.env if "=" in each)
    environment = {"HOME": DATA, **told, **given}
    python = f"{sys.base_prefix}/bin"
    if "PATH" not in environment:
        before = f"{python}:" if image.uses_host and python != "/usr/bin" else ""
        environment["PATH"] = before + SEARCH_PATH
    elif image.uses_host and python not in environment["PATH"].split(":"):
        environment["PATH"] += f":{python}"
    return environment


def folder_of(config: ImageConfig, root: Path) -> str:
    """Return the folder to start in: the image's wish, else /app where there is one."""
    if config.cwd != "/" or not (root / HOME_OF_IMAGE[1:]).is_dir():
        return config.cwd
    return HOME_OF_IMAGE


def check_commands(box: Box) -> None:
    """Refuse an image whose command is found neither in its files nor on the host's base."""
    for container in box.containers:
        if container.image.uses_host:  # else resolved inside: links of its root mean nothing here
            _check_command(container)


def _check_command(container: Container) -> None:
    image = container.image
    command, path = image.config.argv[0], environment_of(image, {})["PATH"]
    if command.startswith("/"):
        found = any(Path(p).exists() for p in (command, f"{image.root}{command}"))
    elif "/" in command:
        folder = folder_of(image.config, image.root)
        found = (image.root / folder.lstrip("/") / command).exists()
    else:
        inside = ":".join(f"{image.root}{place}" for place in path.split(":"))
        found = shutil.which(command, path=f"{path}:{inside}") is not None
    if not found:
        raise Unprocessable(
            f"Image of container {container.name}: entrypoint {command} is neither in the image "
            f"nor in {path} of this host. Name an executable of the image, or python3."
        )
