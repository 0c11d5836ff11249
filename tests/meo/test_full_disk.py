"""A disk that is really full: what was acknowledged stays, what does not fit is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DISK = "mount -t tmpfs -o size=3m tmpfs {folder} && exec {python} -m tests.meo.full_disk {folder}"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was answered, by what was asked, on a small disk of the test's own."""
    folder = tmp_path_factory.mktemp("d")
    command = ["unshare", "--mount"] + ["--user", "--map-root-user"] * (os.geteuid() != 0)
    script = DISK.format(folder=folder, python=sys.executable)
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    done = subprocess.run(
        [*command, "sh", "-c", script],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if not done.stdout and done.stderr.startswith(("mount:", "unshare:")):
        pytest.skip(f"no disk of one's own can be mounted here: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["what"]: line for line in lines}


def test_a_package_that_does_not_fit_is_refused_and_may_be_sent_again(told: Any) -> None:
    assert told["upload"]["status"] == 507
    assert "Make room" in told["upload"]["body"]["detail"]
    assert told["after it"]["body"]["onboardingState"] == "CREATED"
    assert told["upload again"]["status"] == 202


def test_what_cannot_be_kept_is_refused_and_not_shown(told: Any) -> None:
    assert told["create"]["status"] == 503
    assert "room" in told["create"]["body"]["detail"]
    assert len(told["list"]["body"]) == 1
    assert told["again"]["status"] == 201


def test_after_a_kill_everything_that_was_acknowledged_is_there_and_nothing_else(
    told: Any,
) -> None:
    assert told["kept"]["status"] == 200
    assert len(told["after the kill"]["body"]) == 2
