"""The program against a system of an operator: it says who asks, and names what is in the way.

The system is a process of its own, on loopback, with TLS and tokens.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.csar.packages import APP, unsigned
from tests.system.authority import Authority
from tests.system.operators import CLIENTS, Operator

pytestmark = pytest.mark.slow


class Desk:
    """Somebody at a machine elsewhere, with the program and files of their own."""

    def __init__(self, operator: Operator, home: Path) -> None:
        self.operator, self.home = operator, home
        self.nothing = os.environ | {"WAYSIDE_STATE": f"{home}/s", "XDG_CONFIG_HOME": f"{home}/c"}

    def environment(self, name: str | None = "oss", **more: str) -> dict[str, str]:
        """What the environment says of the system, and of the client of this name."""
        told = {"WAYSIDE_URL": self.operator.url(), "WAYSIDE_TRUST": str(self.trust)}
        if name is not None:
            told["WAYSIDE_CLIENT_ID"] = name
            told["WAYSIDE_CLIENT_SECRET_FILE"] = str(self.secret(CLIENTS[name][0]))
        return told | more

    @property
    def trust(self) -> Path:
        return self.operator.authority.trust

    def secret(self, secret: str, mode: int = 0o600) -> Path:
        path = self.home / f"{len(secret)}-letters-{mode:o}.secret"
        path.write_text(secret + "\n")
        path.chmod(mode)
        return path

    def __call__(
        self, *words: str, told: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "wayside.cli", *words],
            env=self.nothing | (told or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def refused(self, *words: str, told: dict[str, str]) -> str:
        """What is said where it does not go; never a traceback."""
        done = self(*words, told=told)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    """A system level, and no host."""
    with tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        made = Operator(Path(folder))
        try:
            made.run("system", made.system_settings(), "system")
            yield made
        finally:
            made.end()


@pytest.fixture
def desk(operator: Operator, tmp_path: Path) -> Desk:
    return Desk(operator, tmp_path)


# ---- the way there


def test_the_environment_says_where_the_system_is_and_who_asks(desk: Desk) -> None:
    done = desk("app", "list", "--json", told=desk.environment())
    assert json.loads(done.stdout) == {"packages": [], "instances": []}, done.stderr


def test_options_say_the_same(desk: Desk) -> None:
    done = desk(
        "--url", desk.operator.url(), "--trust", str(desk.trust), "--client-id", "oss",
        "--client-secret-file", str(desk.secret("opensesame")), "app", "list", "--json",
    )  # fmt: skip
    assert json.loads(done.stdout) == {"packages": [], "instances": []}, done.stderr


def test_a_saved_context_says_it_for_good_and_holds_no_secret(desk: Desk) -> None:
    added = desk(
        "context", "add", "lab", "--url", desk.operator.url(), "--trust", str(desk.trust),
        "--client-id", "oss", "--client-secret-file", str(desk.secret("opensesame")),
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    file = desk.home / "c" / "wayside" / "contexts.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert CLIENTS["oss"][0] not in file.read_text()
    done = desk("--context", "lab", "app", "list", "--json")
    assert json.loads(done.stdout) == {"packages": [], "instances": []}, done.stderr
    assert json.loads(desk("context", "list", "--json").stdout)["lab"]["client_id"] == "oss"
    assert desk("context", "remove", "lab").returncode == 0
    assert "no context 'lab'" in desk.refused("--context", "lab", "app", "list", told={})


def test_a_context_that_does_not_work_is_not_saved(desk: Desk) -> None:
    said = desk.refused(
        "context", "add", "lab", "--url", desk.operator.url(), "--trust", str(desk.trust),
        "--client-id", "oss", "--client-secret-file", str(desk.secret("guess")), told={},
    )  # fmt: skip
    assert "invalid_client" in said
    assert json.loads(desk("context", "list", "--json").stdout) == {}


def test_a_token_is_printed_for_other_tools(desk: Desk) -> None:
    token = desk("token", told=desk.environment("reader")).stdout.strip()
    with desk.operator.client(token) as client:
        assert client.get(f"{desk.operator.url()}/app_lcm/v1/app_instances").status_code == 200
        assert client.get(f"{desk.operator.url()}/app_pkgm/v1/app_packages").status_code == 403


# ---- what stands in the way


def test_a_scope_that_lacks_is_named_with_the_client(desk: Desk) -> None:
    said = desk.refused("app", "list", told=desk.environment("reader"))
    assert "app_pkgm:read" in said
    assert "'reader'" in said


def test_a_wrong_secret_names_the_client_and_never_the_secret(desk: Desk) -> None:
    wrong = desk.environment(WAYSIDE_CLIENT_SECRET_FILE=str(desk.secret("guess-of-mine")))
    said = desk.refused("app", "list", told=wrong)
    assert "'oss'" in said
    assert "invalid_client" in said
    assert "guess-of-mine" not in said


def test_who_does_not_say_who_asks_is_told_how(desk: Desk) -> None:
    said = desk.refused("app", "list", told=desk.environment(None))
    assert "--client-id" in said
    assert "--context" in said


def test_a_system_that_another_authority_vouches_for_is_not_spoken_to(desk: Desk) -> None:
    other = Authority(desk.home / "keys", "other").trust
    for told in (
        desk.environment(WAYSIDE_TRUST=str(other)),
        desk.environment(None, WAYSIDE_TRUST=str(other)),
    ):
        said = desk.refused("app", "list", told=told)
        assert str(other) in said
        assert "--trust" in said


def test_a_secret_that_others_may_read_is_not_used(desk: Desk) -> None:
    open_to_all = desk.secret("opensesame", mode=0o644)
    said = desk.refused(
        "app", "list", told=desk.environment(WAYSIDE_CLIENT_SECRET_FILE=str(open_to_all))
    )
    assert f"others may read {open_to_all}; chmod 600 it" in said


def test_no_secret_leaves_over_plain_http(desk: Desk) -> None:
    plain = desk.operator.url().replace("https", "http")
    said = desk.refused("app", "list", told=desk.environment(WAYSIDE_URL=plain))
    assert "TLS alone" in said


def test_a_system_level_without_a_front_door_says_what_it_can_show(desk: Desk) -> None:
    said = desk.refused("status", told=desk.environment())
    assert "is no front door" in said
    assert "`wayside app list`" in said


def test_the_machines_own_system_is_meant_where_nothing_is_said(desk: Desk) -> None:
    assert "No Wayside runs" in desk.refused("app", "list", told={})


# ---- the secrets of applications


def package(desk: Desk, name: str) -> Path:
    """A package of an application of this name; the system lets in unsigned ones."""
    named = APP.replace("app-1.0", f"{name}-1.0").replace("name: app", f"name: {name}")
    return unsigned(desk.home, named)


def gives_a_token(desk: Desk, client: str, file: Path) -> bool:
    answer = desk.operator.ask_token(
        grant_type="client_credentials", client_id=client, client_secret=file.read_text().strip()
    )
    return answer.status_code == 200


def test_whoever_on_boards_is_told_the_client_and_where_its_secret_is(desk: Desk) -> None:
    file = desk.home / "app.secret"
    told = desk.environment()
    done = desk("app", "onboard", str(package(desk, "one")), "--secret-file", str(file), told=told)
    assert done.returncode == 0, done.stderr
    assert str(file) in done.stdout
    assert file.read_text().strip() not in done.stdout + done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    client = json.loads(desk("app", "secret", "one", "--json", told=told).stdout)
    assert client["clientId"] in done.stdout
    assert gives_a_token(desk, client["clientId"], file)


def test_a_secret_is_rotated_and_the_one_before_is_refused(desk: Desk) -> None:
    told = desk.environment()
    shown = json.loads(
        desk("app", "onboard", str(package(desk, "two")), "--json", told=told).stdout
    )["waysideClient"]
    client, first = shown["clientId"], Path(shown["secretFile"])
    assert first.is_relative_to(desk.home / "s"), "in the state folder, where nothing is said"
    assert gives_a_token(desk, client, first)
    second = desk.home / "second.secret"
    rotated = desk("app", "secret", "two", "--rotate", "--secret-file", str(second), told=told)
    assert "issue 2" in rotated.stdout
    assert gives_a_token(desk, client, second)
    assert not gives_a_token(desk, client, first)


def test_a_further_version_keeps_the_secret_of_the_first_and_says_when_it_ends(desk: Desk) -> None:
    told, file = desk.environment(), desk.home / "first.secret"
    first = package(desk, "four")
    desk("app", "onboard", str(first), "--secret-file", str(file), told=told)
    again = APP.replace("app-1.0", "four-2.0").replace("name: app", "name: four")
    further = unsigned(desk.home / "further", again)
    done = desk("app", "onboard", str(further), "--json", told=told)
    known = json.loads(done.stdout)["waysideClient"]
    assert known["issue"] == 1
    assert known["endsWithPackage"] != json.loads(done.stdout)["id"]
    assert gives_a_token(desk, known["clientId"], file)
    assert "--rotate" in desk("app", "secret", "four-2.0", told=told).stdout


def test_who_may_on_board_and_give_no_secrets_is_told_so(desk: Desk) -> None:
    told = desk.environment("uploader")
    done = desk("app", "onboard", str(package(desk, "three")), told=told)
    assert done.returncode == 0, done.stderr
    assert "clients:read" in done.stdout
    said = desk.refused("app", "secret", "three", "--rotate", told=told)
    assert "clients:write" in said
    assert "'uploader'" in said
