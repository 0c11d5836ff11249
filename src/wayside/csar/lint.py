"""Every fault of a project folder or a package, each with file, line and remedy.

Never changes what it looks at, and asks for no signature: ``verify`` does.
"""

from pathlib import Path

from wayside.core.clock import Nanoseconds
from wayside.model.faults import Fault

from .faults import FaultsFound
from .package import package_faults
from .policy import Policy
from .project import read_project


def lint(path: Path, *, now: Nanoseconds) -> list[Fault]:
    """Return all faults of the project folder or package at ``path``; none: it can be built.

    A package's signature, where there is one, must fit; ``now`` is when it is judged.
    """
    if path.is_dir():
        try:
            return list(read_project(path).faults)
        except FaultsFound as found:
            return list(found.faults)
    return package_faults(path, Policy.dev(), now=now)
