"""The place to break a process: it kills where it is asked to, once, and nowhere else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from wayside.system.faults import VARIABLE

WORK = """
import sys
from pathlib import Path
from wayside.system.faults import fault_point
look = fault_point(Path(sys.argv[1]))
for saga, step in (("onboard", "check"), ("instantiate", "place"), ("instantiate", "undo place")):
    look(saga, "id", step)
    print(f"{saga}/{step}", flush=True)
"""
ALL = ["onboard/check", "instantiate/place", "instantiate/undo place"]


def run(folder: Path, wanted: str | None) -> tuple[int, list[str]]:
    """Return how a process ended that goes through three steps, and which it did."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(folder)],
        env=environment | ({VARIABLE: wanted} if wanted is not None else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_nothing_happens_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert run(tmp_path, None) == (0, ALL)
    assert run(tmp_path, "") == (0, ALL)
    assert run(tmp_path, "instantiate/follow,terminate/place") == (0, ALL)
    assert list(tmp_path.iterdir()) == []


def test_the_process_dies_right_before_the_step_and_only_the_first_time(tmp_path: Path) -> None:
    assert run(tmp_path, "instantiate/place") == (-signal.SIGKILL, ALL[:1])
    assert run(tmp_path, "instantiate/place") == (0, ALL)


def test_several_places_are_several_deaths(tmp_path: Path) -> None:
    wanted = "instantiate/undo place,onboard/check"
    ends = [run(tmp_path, wanted) for _ in range(3)]
    assert ends == [(-signal.SIGKILL, []), (-signal.SIGKILL, ALL[:2]), (0, ALL)]
