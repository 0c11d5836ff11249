"""The state folder: one place for everything, named so that two never meet."""

from pathlib import Path

import pytest

from wayside.core.errors import NotFound, Unprocessable
from wayside.system.front import require_free
from wayside.system.scenarios import names, scenario_path
from wayside.system.state import SOCKET_PATH_BYTES_MAX, StateFolder, default_root


def test_everything_lies_below_the_root(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    places = [
        state.run, state.logs, state.pictures, state.keys, state.ending, state.developer_key,
        state.developer_certificate, state.front_record, state.launch_record, state.world_record,
        state.children_record, state.element("mec1"), state.socket("mec1"),
        state.settings("mec1"), state.log("mec1"),
    ]  # fmt: skip
    assert all(place.is_relative_to(tmp_path) for place in places)
    assert len(set(places)) == len(places)


def test_the_prefix_is_that_of_the_folder_however_it_is_named(tmp_path: Path) -> None:
    assert StateFolder(tmp_path / "x" / "..").prefix == StateFolder(tmp_path).prefix


def test_a_path_just_short_enough_for_sockets_is_usable_and_one_byte_more_is_not() -> None:
    fits = SOCKET_PATH_BYTES_MAX - len("/run/0123456789.sock")
    StateFolder(Path("/" + "a" * (fits - 1))).require_usable()
    with pytest.raises(Unprocessable, match="1 bytes too long"):
        StateFolder(Path("/" + "a" * fits)).require_usable()


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("WAYSIDE_STATE", raising=False)
    assert default_root() == tmp_path / "wayside"
    monkeypatch.setenv("WAYSIDE_STATE", str(tmp_path / "here"))
    assert default_root() == tmp_path / "here"


def test_a_scenario_is_found_by_name_or_by_path(tmp_path: Path) -> None:
    assert "town" in names()
    assert scenario_path("town").name == "town.toml"
    own = tmp_path / "own.toml"
    own.touch()
    assert scenario_path(str(own)) == own.resolve()


def test_an_unknown_scenario_is_a_sentence_that_names_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"no scenario 'atlantis'.*town"):
        scenario_path("atlantis")


@pytest.mark.parametrize("name", ["front", "world", "system", "lab", "wayside", "granting"])
def test_a_host_is_not_called_what_something_else_is_called(name: str) -> None:
    require_free(["mec1", "mec2"])
    with pytest.raises(Unprocessable, match=f"cannot be called '{name}'"):
        require_free(["mec1", name])


@pytest.mark.parametrize("prefix", ["/system/mep1", "/mec2/mep1", "/app_lcm", "/sbx1/mep1"])
def test_a_prefix_does_not_begin_like_something_else_and_leads_to_one_host(prefix: str) -> None:
    require_free(["mec1", "mec2"], ["/sbx1/mep1", "/sbx1/mep2"])
    with pytest.raises(Unprocessable, match=f"the prefix {prefix} is taken"):
        require_free(["mec1", "mec2"], ["/sbx1/mep1", prefix])
