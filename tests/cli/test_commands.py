"""The program without a running system: it teaches, lists, makes packages, and explains faults."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

COMMANDS = [
    "", "up", "down", "status", "doctor", "demo", "logs", "app", "app new", "app build",
    "app lint", "app sign", "app verify", "app diff", "app onboard", "app start", "app stop",
    "app list", "app show", "app secret", "rules", "rules conflicts", "tags", "tags list",
    "wlan", "wlan points", "wlan stations",
    "traffic", "traffic list", "traffic networks", "traffic steer", "traffic release",
    "tags set", "tags add", "tags remove", "tags forget", "token", "context",
    "context add", "context list", "context remove", "api", "api list", "api show", "api openapi",
    "run", "run system", "run host", "coordination", "coordination list", "coordination show",
    "coordination accept", "coordination refuse", "app plan", "client", "client add",
    "client list", "client remove", "network", "network check", "network run",
]  # fmt: skip


def wayside(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program on a state folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "wayside.cli", *words],
        env=os.environ | {"WAYSIDE_STATE": str(state), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(tmp_path: Path, command: str) -> None:
    done = wayside(tmp_path, *command.split(), "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert len(done.stdout.splitlines()) > 6


def test_every_api_is_listed_with_root_version_and_operations(tmp_path: Path) -> None:
    apis = json.loads(wayside(tmp_path, "api", "list", "--json").stdout)
    by_name = {api["name"]: api for api in apis}
    assert by_name["mec_app_support"]["root"] == "/mec_app_support/v2"
    assert len(by_name["mec_app_support"]["operations"]) == 18
    assert by_name["app_lcm"]["version"] == "v1"
    assert len(by_name) == len(apis)
    for name in by_name:
        document = json.loads(wayside(tmp_path, "api", "openapi", name).stdout)
        assert document["openapi"].startswith("3.1")
        assert document["paths"]


def test_an_unknown_api_is_a_sentence_that_names_those_there_are(tmp_path: Path) -> None:
    done = wayside(tmp_path, "api", "show", "nothing")
    assert done.returncode == 1
    assert "mec_service_mgmt" in done.stderr
    assert "Traceback" not in done.stderr
    problem = json.loads(wayside(tmp_path, "api", "show", "nothing", "--json").stderr)
    assert (problem["status"], problem["field"]) == (404, "name")


def test_a_command_that_needs_a_system_says_how_to_start_one(tmp_path: Path) -> None:
    done = wayside(tmp_path, "app", "list")
    assert done.returncode == 1
    assert "wayside up" in done.stderr


def test_an_application_from_nothing_to_a_verified_package(tmp_path: Path) -> None:
    def step(*words: str) -> str:
        done = wayside(tmp_path / "state", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    step("app", "new", "my-app", "--folder", str(tmp_path))
    project, package = tmp_path / "my-app", tmp_path / "my-app.csar"
    assert "no fault" in step("app", "lint", str(project))
    step("app", "build", str(project), "--output", str(package))
    step("app", "sign", str(package))
    assert "my-app-1.0" in step("app", "verify", str(package))
    broken = bytearray(package.read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    package.write_bytes(broken)
    done = wayside(tmp_path / "state", "app", "verify", str(package))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_lint_names_file_line_and_remedy(tmp_path: Path) -> None:
    wayside(tmp_path, "app", "new", "my-app", "--folder", str(tmp_path))
    file = tmp_path / "my-app" / "app.yaml"
    file.write_text(file.read_text().replace("priority: 100", "priority: 700"))
    line = next(
        number for number, text in enumerate(file.read_text().splitlines(), 1) if "700" in text
    )
    done = wayside(tmp_path, "app", "lint", str(tmp_path / "my-app"))
    assert done.returncode == 1
    assert f"app.yaml:{line}" in done.stdout
    faults = json.loads(wayside(tmp_path, "app", "lint", str(tmp_path / "my-app"), "--json").stdout)
    assert faults[0]["line"] == line
    assert faults[0]["remedy"]


def test_doctor_says_what_each_missing_thing_costs(tmp_path: Path) -> None:
    found = json.loads(wayside(tmp_path, "doctor", "--json").stdout)
    assert found["mode"] in ("root", "userns", "simulated")
    assert all(finding["remedy"] and finding["cost_of_absence"] for finding in found["findings"])
