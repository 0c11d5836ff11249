"""Control groups: found from what the kernel says, set in both versions, and gone afterwards."""

import os
import subprocess
from pathlib import Path

import pytest

from wayside.linux import cgroups
from wayside.linux.cgroup_places import Place, places
from wayside.linux.cgroups import Bounds, Group, Groups

HYBRID = """\
31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""
HYBRID_OWN = "5:memory:/docker/abc/inner\n2:cpu,cpuacct:/\n0::/\n"
UNIFIED = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
UNIFIED_OWN = "0::/user.slice/user@1000.service/app.slice/run.scope\n"


def test_version_1_groups_are_made_beside_our_own() -> None:
    found = [place for place in places(HYBRID_OWN, HYBRID) if place.version == "v1"]
    assert Place("cpu", "v1", Path("/sys/fs/cgroup/cpu,cpuacct")) in found
    assert Place("cpuacct", "v1", Path("/sys/fs/cgroup/cpu,cpuacct")) in found
    assert Place("memory", "v1", Path("/sys/fs/cgroup/memory/inner")) in found


def test_version_2_groups_are_tried_from_our_own_upwards() -> None:
    found = [str(place.path) for place in places(UNIFIED_OWN, UNIFIED) if place.controller == "cpu"]
    assert found[0].endswith("/run.scope")
    assert found[1].endswith("/app.slice")
    assert found[-1] == "/sys/fs/cgroup"


def test_version_2_bounds_are_written_as_the_kernel_wants_them(tmp_path: Path) -> None:
    groups = Groups({name: Place(name, "v2", tmp_path) for name in ("cpu", "memory", "pids")})
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "memory.swap.max").touch()
    group = groups.create("app", Bounds(cpu_milli=250, memory_bytes=4096, pids_max=9))
    assert group.folders == (tmp_path / "app",)
    written = {file.name: file.read_text() for file in (tmp_path / "app").iterdir()}
    assert written == {
        "cpu.max": "25000 100000",
        "memory.max": "4096",
        "memory.swap.max": "0",
        "pids.max": "9",
    }
    groups.create("app", Bounds())
    assert (tmp_path / "app" / "cpu.max").read_text() == "max 100000"
    assert (tmp_path / "app" / "memory.max").read_text() == "max"
    assert (tmp_path / "app" / "pids.max").read_text() == "max"


def test_version_2_figures_are_read(tmp_path: Path) -> None:
    (tmp_path / "cpu.stat").write_text("usage_usec 12\nnr_periods 5\nnr_throttled 3\n")
    (tmp_path / "memory.current").write_text("4096\n")
    (tmp_path / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    (tmp_path / "cgroup.procs").write_text("")
    usage = Group([tmp_path]).usage()
    assert usage == cgroups.Usage(
        memory_bytes=4096, cpu_ns=12_000, pids=0, throttled=3, oom_kills=1
    )


def test_version_2_needs_a_controller_that_can_be_handed_down(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    assert cgroups.choose([Place("cpu", "v2", closed)]).controllers == frozenset()
    (closed / "cgroup.subtree_control").write_text("cpu memory\n")
    # The kernel would show cpu.max in a new group; an ordinary folder does not.
    assert cgroups.choose([Place("cpu", "v2", closed)]).controllers == frozenset()
    assert [entry.name for entry in closed.iterdir()] == ["cgroup.subtree_control"]


def test_without_any_place_nothing_is_bounded_and_that_is_said() -> None:
    groups = cgroups.choose([Place("cpu", "v1", Path("/nonexistent"))])
    assert groups.controllers == frozenset()
    assert groups.describe() == "no control group may be written here"
    assert groups.create("app", Bounds(cpu_milli=100)).folders == ()


def test_processes_that_are_invisible_from_here_are_never_signalled(tmp_path: Path) -> None:
    # Version 1 lists those of an outer namespace as 0, which for kill(2) is our own group.
    (tmp_path / "cgroup.procs").write_text("0\n0\n")
    group = Group([tmp_path])
    assert group.pids() == set()
    group.kill()


def test_a_real_group_holds_kills_and_vanishes() -> None:
    groups = cgroups.find()
    if not groups.controllers:
        pytest.skip(groups.describe())
    group = groups.create(f"wayside-test-{os.getpid()}", Bounds(pids_max=5))
    try:
        with subprocess.Popen(["sleep", "60"]) as child:
            group.add(child.pid)
            assert group.pids() == {child.pid}
            group.kill()
            assert child.wait() == -9
    finally:
        group.remove()
    assert not any(folder.exists() for folder in group.folders)
    group.remove()
