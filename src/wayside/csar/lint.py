"""Every fault of a project folder or a package, each with file, line and remedy.

Never changes what it looks at, and asks for no signature: ``verify`` does.
"""

from pathlib import Path

from wayside.core.clock import Nanoseconds
from wayside.model.faults import Fault

from .faults import FaultsFound
from .package import Findings, package_findings
from .policy import Policy
from .project import read_project


def lint(path: Path, *, now: Nanoseconds) -> list[Fault]:
    """Return all faults of the project folder or package at ``path``; none: it can be built.

    A package's signature, where there is one, must fit; ``now`` is when it is judged.
    """
    return list(findings(path, now=now).faults)


def findings(path: Path, *, now: Nanoseconds) -> Findings:
    """Return the same faults, and notes on how a package of another layout was read."""
    if path.is_dir():
        try:
            return Findings(tuple(read_project(path).faults))
        except FaultsFound as found:
            return Findings(found.faults)
    return package_findings(path, Policy.dev(), now=now)
