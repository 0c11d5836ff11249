"""A new project that works at once: what ``wayside app new`` writes.

Never overwrites a file, and writes nothing where the name will not do.
"""

import re
from importlib.resources import files
from pathlib import Path

from wayside.core.errors import Conflict, Unprocessable

NAME = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
NAME_MAX = 40
SKELETON = {
    "app.yaml": "app.yaml",
    "README.md": "README.md",
    "files/main.py": "main.txt",
}
"""File of the project to file of the skeleton; main.txt is no module of ours."""


def new_project(folder: Path, name: str, *, provider: str = "Example") -> Path:
    """Write a project of an application called ``name`` into ``folder``; return ``folder``.

    Raises Unprocessable for a name that is no name, Conflict where the folder has something in it.
    """
    if not NAME.match(name) or len(name) > NAME_MAX:
        raise Unprocessable(
            f"{name!r} cannot name an application. Use up to {NAME_MAX} lower-case letters, digits "
            "and single dashes, a letter first: my-app.",
            field="name",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} exists and is not empty. Choose another name or place.")
    skeleton = files("wayside.csar") / "skeleton"
    words = {"@name@": name, "@provider@": provider.replace('"', "'")}
    for target, source in SKELETON.items():
        text = (skeleton / source).read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
