"""Running a short command to its end. Never starts anything that stays."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from wayside.core.errors import Internal, Unavailable

LIMIT_S = 30.0
"""No command run here may take longer; one that does is killed."""

PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where tools are looked for: an ordinary user's PATH often lacks the sbin folders."""


class CommandFailed(Internal):
    """A command ended with a status other than zero; the detail ends with what it said."""


def find(tool: str) -> str | None:
    """Return the full path of ``tool``, or None where it is not installed."""
    return shutil.which(tool) or shutil.which(tool, path=PLACES)


def path_of(tool: str) -> str:
    """Return the full path of ``tool``; raises Unavailable with the remedy where it is missing."""
    if found := find(tool):
        return found
    raise Unavailable(f"The command {tool} is not installed. `wayside doctor` names its package.")


def run(
    argv: Sequence[str], *, stdin: str = "", environment: Mapping[str, str] | None = None
) -> str:
    """Run ``argv`` to its end and return what it wrote to standard output.

    ``environment`` replaces this process's own.

    Blocks the calling thread. Raises CommandFailed where it fails or takes over ``LIMIT_S``
    seconds, Unavailable where the tool is missing.
    """
    command = [path_of(argv[0]), *argv[1:]]
    try:
        ended = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise CommandFailed(f"`{' '.join(argv)}` took over {LIMIT_S:.0f} s.") from fault
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip() or f"status {ended.returncode}"
        raise CommandFailed(f"`{' '.join(argv)}` failed: {said}")
    return ended.stdout
