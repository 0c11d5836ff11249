"""Which names a package may give its files. Pure.

Never repairs a name: a name that must be repaired is a name that two readers read differently.
"""

import re

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
DRIVE = re.compile(r"^[A-Za-z]:")
NAME_MAX = 1024
PART_MAX = 255


def name_fault(name: str) -> str | None:
    """Return what is wrong with ``name`` as a relative path in a package, or None."""
    parts = name.split("/")
    if CONTROL.search(name):
        return "has a control character in its name"
    if not name or len(name) > NAME_MAX or any(len(part.encode()) > PART_MAX for part in parts):
        return "has an empty or too long name"
    if "\\" in name:
        return "has a backslash in its name"
    if name.startswith("/") or DRIVE.match(name):
        return "has an absolute name"
    if ".." in parts:
        return "leads out of the package"
    if any(part != part.strip() for part in parts):
        return "has a blank at the end of a name"
    if "" in parts or "." in parts:
        return "has an empty part in its name"
    return None
