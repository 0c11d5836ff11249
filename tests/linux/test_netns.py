"""Namespaces are made, entered and deleted, and the caller never moves."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from wayside.core.errors import NotFound, Unavailable
from wayside.linux import netns, processes
from wayside.linux.commands import CommandFailed

pytestmark = pytest.mark.netns

MakeNamespace = Callable[[], str]


def own_namespace() -> str:
    return str(Path("/proc/thread-self/ns/net").readlink())


def test_a_namespace_exists_from_create_to_delete(make_namespace: MakeNamespace) -> None:
    name = make_namespace()
    assert netns.exists(name)
    assert name in netns.names(name)
    netns.delete(name)
    assert not netns.exists(name)
    assert not netns.path(name).exists()


def test_creating_twice_and_deleting_twice_is_the_same_as_once(
    make_namespace: MakeNamespace,
) -> None:
    name = make_namespace()
    inode = netns.path(name).stat().st_ino
    netns.create(name)
    assert netns.path(name).stat().st_ino == inode
    netns.delete(name)
    netns.delete(name)


def test_a_file_left_by_a_crash_is_no_namespace(make_namespace: MakeNamespace) -> None:
    name = make_namespace()
    netns.delete(name)
    netns.path(name).touch()
    assert not netns.exists(name)
    netns.create(name)
    assert netns.exists(name)


def test_loopback_is_up_inside(make_namespace: MakeNamespace) -> None:
    assert "UP" in netns.run_in(make_namespace(), ["ip", "link", "show", "lo"])


def test_batch_lines_join_two_namespaces(make_namespace: MakeNamespace) -> None:
    one, other = make_namespace(), make_namespace()
    netns.batch(None, [f"link add name a netns {one} type veth peer name b netns {other}"])
    netns.batch(one, ["address add 10.9.0.1/30 dev a", "link set dev a up"])
    netns.batch(other, ["address add 10.9.0.2/30 dev b", "link set dev b up"])
    with (
        netns.socket_in(other, socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        netns.socket_in(one, socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("10.9.0.2", 4000))
        receiver.settimeout(5)
        sender.sendto(b"over", ("10.9.0.2", 4000))
        assert receiver.recv(10) == b"over"


def test_a_faulty_line_is_named_with_what_ip_said(make_namespace: MakeNamespace) -> None:
    with pytest.raises(CommandFailed, match=r"nosuch.*\n?.*:2"):
        netns.batch(make_namespace(), ["link set lo up", "link set nosuch up"])


def test_entering_leaves_the_caller_where_it_was(make_namespace: MakeNamespace) -> None:
    before = own_namespace()
    assert netns.inside(make_namespace(), own_namespace) != before
    assert own_namespace() == before


def test_what_fails_inside_is_raised_outside(make_namespace: MakeNamespace) -> None:
    def fail() -> None:
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        netns.inside(make_namespace(), fail)


def test_settings_are_written_for_the_namespace_alone(make_namespace: MakeNamespace) -> None:
    one, other = make_namespace(), make_namespace()
    netns.set_sysctls(one, [("net.ipv4.ip_forward", "1")])

    def forwards() -> str:
        return Path("/proc/sys/net/ipv4/ip_forward").read_text().strip()

    assert (netns.inside(one, forwards), netns.inside(other, forwards)) == ("1", "0")


def test_an_unknown_setting_is_named(make_namespace: MakeNamespace) -> None:
    with pytest.raises(Unavailable, match=r"net\.ipv4\.no_such: it cannot be set to 1"):
        netns.set_sysctls(make_namespace(), [("net.ipv4.no_such", "1")])


def test_a_command_inside_sees_the_control_groups(make_namespace: MakeNamespace) -> None:
    inside = netns.run_in(make_namespace(), ["ls", "/sys/fs/cgroup"])
    assert set(inside.split()) == {entry.name for entry in Path("/sys/fs/cgroup").iterdir()}


async def test_a_started_process_is_found_in_its_namespace(
    make_namespace: MakeNamespace, tmp_path: Path
) -> None:
    name = make_namespace()
    log = tmp_path / "out"
    pid = netns.start_in(name, ["/bin/sh", "-c", "echo said; exec sleep 60"], log=log)
    process = processes.identify(pid)
    assert process is not None
    while not log.read_text():
        pass
    assert netns.pids_in(name) == [pid]
    assert await processes.terminate(process, grace_s=5)
    assert netns.pids_in(name) == []
    assert log.read_text() == "said\n"


def test_an_unknown_namespace_is_not_found() -> None:
    with pytest.raises(NotFound, match="no-such"):
        netns.run_in("no-such", ["true"])
    assert netns.pids_in("no-such") == []
