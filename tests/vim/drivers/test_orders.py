"""Orders cross a pipe unchanged, and become a command line that gives nothing away."""

import os
from pathlib import Path

import pytest

from wayside.vim.drivers import bubblewrap, orders
from wayside.vim.drivers.orders import BUBBLEWRAP, Bind, Orders, View
from wayside.vim.drivers.rights import may_become, reachable_by_all

VIEW = View(
    root=None,
    binds=(Bind("/usr", "/usr"), Bind("/state/data", "/data", writable=True)),
    links=(("usr/bin", "/bin"),),
    tmp_bytes=1024,
)
ORDERS = Orders(
    argv=("python3", "main.py"),
    environment={"SECRET": "hunter2"},
    folder="/app",
    view=VIEW,
    enclosure=BUBBLEWRAP,
    hostname="app",
    tool="/usr/bin/bwrap",
    doors=("/sys/fs/cgroup/x/cgroup.procs",),
    limits=((4, 0),),
    uid=200_007,
)


def test_orders_cross_a_pipe_unchanged() -> None:
    assert orders.decode(ORDERS.encode()) == ORDERS


def test_the_command_line_shows_files_read_only_except_the_data() -> None:
    line = " ".join(bubblewrap.arguments(ORDERS, info=3, gate=4))
    assert "--ro-bind /usr /usr" in line
    assert "--bind /state/data /data" in line
    assert "--symlink usr/bin /bin" in line
    assert line.endswith("--info-fd 3 --block-fd 4 -- python3 main.py")
    assert "--remount-ro /" in line


def test_the_environment_is_not_on_the_command_line() -> None:
    assert not any("hunter2" in word for word in bubblewrap.arguments(ORDERS, info=3, gate=4))


def test_a_whole_root_is_the_first_thing_that_is_mounted() -> None:
    whole = Orders(
        argv=("/app/x",),
        environment={},
        folder="/",
        view=View(root="/images/x/root"),
        enclosure=BUBBLEWRAP,
        hostname="app",
        tool="bwrap",
    )
    line = bubblewrap.arguments(whole, info=3, gate=4)
    assert line[line.index("--ro-bind") :][:3] == ["--ro-bind", "/images/x/root", "/"]
    assert "--uid" in line
    assert "--remount-ro" not in line


def test_a_user_can_be_taken_only_where_the_namespace_knows_it() -> None:
    if os.geteuid() != 0:
        pytest.skip("not root: no user can be taken at all")
    assert may_become(200_007, "0 0 4294967295\n")
    assert not may_become(200_007, "0 1000 1\n")
    assert may_become(200_007, "0 1000 1\n1 100000 300000\n")


def test_what_lies_below_a_closed_folder_is_not_reachable_by_all(open_folder: Path) -> None:
    inner = open_folder / "closed" / "inner"
    inner.mkdir(parents=True)
    assert reachable_by_all(inner)
    inner.parent.chmod(0o700)
    assert not reachable_by_all(inner)
    assert not reachable_by_all(open_folder / "missing")
