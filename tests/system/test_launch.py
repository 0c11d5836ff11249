"""From up to down on processes without namespaces: what a killed front door leaves is ended too."""

import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.exclusive import simulated_town

from wayside.core.errors import Conflict, Unavailable, Unprocessable
from wayside.linux import processes
from wayside.linux.probe import Way
from wayside.linux.processes import Process
from wayside.system import launch
from wayside.system.launch import FrontRecord, Launch
from wayside.system.scenarios import scenario_path
from wayside.system.state import WORLD, StateFolder
from wayside.system.supervise import accepts, recorded

PATIENCE_S = 30.0


@pytest.fixture
def state() -> Iterator[StateFolder]:
    """A folder with a path short enough for sockets; whatever still runs on it is ended."""
    with simulated_town(), tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        yield StateFolder(Path(folder))
        launch.stop(StateFolder(Path(folder)))


def wanted(state: StateFolder, *, port: int = 0) -> Launch:
    return Launch(
        state=state,
        scenario=str(scenario_path("town")),
        port=port,
        way=Way.SIMULATED.value,
        reason="a test",
    )


def listening(state: StateFolder, process: Process) -> FrontRecord:
    """Return the record of a front door that was started, once it listens."""
    deadline = time.monotonic() + PATIENCE_S
    while (record := launch.front_of(state, process)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return record


def elements(state: StateFolder) -> dict[str, Process]:
    """Return the elements once all of them serve."""
    deadline = time.monotonic() + PATIENCE_S
    names = ("system", "mec1", "mec2")
    while not all(accepts(state.socket(name)) for name in names):
        assert time.monotonic() < deadline, [log.read_text() for log in state.logs.glob("*.log")]
        time.sleep(0.02)
    kept = recorded(state.world_record) | recorded(state.children_record)
    return {name: processes.parse(each.process) for name, each in kept.items()}


@pytest.mark.slow
def test_a_second_start_is_refused_and_down_ends_every_process(state: StateFolder) -> None:
    record = listening(state, launch.start(wanted(state)))
    with pytest.raises(Conflict, match=record.url):
        launch.start(wanted(state))
    started = elements(state)
    assert set(started) == {WORLD, "system", "network", "mec1", "mec2"}
    assert launch.stop(state)
    assert not [name for name, process in started.items() if processes.is_running(process)]
    assert list(state.run.iterdir()) == []
    assert not launch.stop(state)


@pytest.mark.slow
def test_down_ends_what_a_killed_front_door_left(state: StateFolder) -> None:
    front = launch.start(wanted(state))
    listening(state, front)
    started = elements(state)
    os.kill(front.pid, signal.SIGKILL)
    while processes.is_running(front):
        time.sleep(0.01)
    assert launch.running(state) is None
    assert all(processes.is_running(process) for process in started.values())
    assert launch.stop(state)
    assert not [name for name, process in started.items() if processes.is_running(process)]
    assert list(state.run.iterdir()) == []


@pytest.mark.slow
def test_all_ends_also_where_somebody_deleted_the_state_folder(state: StateFolder) -> None:
    front = launch.start(wanted(state))
    listening(state, front)
    started = elements(state)
    shutil.rmtree(state.root)
    processes.send(front, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_S
    everything = [front, *started.values()]
    try:
        while any(processes.is_running(process) for process in everything):
            assert time.monotonic() < deadline, started
            time.sleep(0.05)
    finally:
        for process in everything:
            processes.send(process, signal.SIGKILL)
    state.root.mkdir()


def test_a_front_door_that_cannot_listen_says_so_and_leaves_nothing_to_end(
    state: StateFolder,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = launch.start(wanted(state, port=port))
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port}.*--port"):
            listening(state, process)
    assert not launch.stop(state)


def test_a_record_of_another_boot_is_no_running_system(state: StateFolder) -> None:
    state.run.mkdir()
    own = processes.identify(os.getpid())
    launch.write(state.front_record, FrontRecord("another-boot", str(own), "http://x"))
    assert launch.running(state) is None
    launch.write(state.front_record, FrontRecord(processes.boot_id(), str(own), "http://x"))
    assert launch.running(state) is not None
    state.front_record.unlink()


def test_a_folder_too_deep_for_sockets_is_refused_before_anything_starts(
    state: StateFolder,
) -> None:
    deep = StateFolder(state.root / ("d" * 100))
    with pytest.raises(Unprocessable, match="--state"):
        launch.start(wanted(deep))
    assert not deep.root.exists()
