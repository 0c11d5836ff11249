"""The probe says what was really tried, what each lack costs, and leaves nothing behind."""

import os
import subprocess
from pathlib import Path

import pytest

from wayside.linux import probe
from wayside.linux.commands import CommandFailed, find, run
from wayside.linux.probe import Way, judge
from wayside.linux.trials import TRIALS


def test_every_finding_says_what_its_absence_costs_and_what_helps() -> None:
    for found in probe.findings():
        assert found.detail
        assert found.cost_of_absence.endswith(".")
        assert found.remedy.endswith(".")


def test_names_are_unique_and_every_trial_is_reported() -> None:
    names = [found.name for found in probe.findings()]
    assert len(set(names)) == len(names)
    assert {trial.name for trial in TRIALS} <= set(names)
    assert set(probe.NEEDED) <= set(names)


def test_a_finding_agrees_with_trying_it_by_hand() -> None:
    if find("unshare") is None or os.geteuid() != 0:
        pytest.skip("not root: the trial by hand would need another namespace")
    for name, qdisc in (
        ("netem", "netem delay 1ms"),
        ("tbf", "tbf rate 1mbit burst 9k latency 9ms"),
    ):
        by_hand = ["unshare", "-n", "tc", "qdisc", "add", "dev", "lo", "root", *qdisc.split()]
        worked = subprocess.run(by_hand, capture_output=True, check=False).returncode == 0
        assert probe.available(name) is worked


def test_the_probe_leaves_no_namespace_group_or_interface() -> None:
    def left() -> list[str]:
        places = [Path("/run/netns"), Path("/sys/fs/cgroup"), Path("/sys/class/net")]
        groups = [str(path) for path in Path("/sys/fs/cgroup").glob("**/wayside-probe-*")]
        return groups + [
            str(path) for place in places if place.is_dir() for path in place.iterdir()
        ]

    before = set(left())
    probe.findings.cache_clear()
    probe.findings()
    assert not {path for path in set(left()) - before if "wayside-probe" in path or "/net/" in path}


def test_root_with_all_it_takes_makes_namespaces_directly() -> None:
    assert judge(found(), uid=0, nested=False).way is Way.ROOT
    assert "a user namespace" in judge(found(), uid=0, nested=True).reason


def test_an_ordinary_user_goes_into_a_user_namespace() -> None:
    assert judge(found(), uid=1000, nested=False).way is Way.USERNS


@pytest.mark.parametrize("name", probe.NEEDED)
def test_without_a_necessary_thing_the_town_is_simulated_and_says_why(name: str) -> None:
    mode = judge(found(without=(name,)), uid=0, nested=False)
    assert mode.way is Way.SIMULATED
    assert name in mode.reason


def test_delays_need_either_netem_or_packet_sockets() -> None:
    assert judge(found(without=("netem",)), uid=0, nested=False).way is Way.ROOT
    assert judge(found(without=("packet sockets",)), uid=0, nested=False).way is Way.ROOT
    neither = found(without=("netem", "packet sockets"))
    assert judge(neither, uid=0, nested=False).way is Way.SIMULATED


def found(without: tuple[str, ...] = ()) -> tuple[probe.Finding, ...]:
    names = (*probe.NEEDED, "netem", "packet sockets")
    return tuple(probe.Finding(name, name not in without, "tried", "c.", "r.") for name in names)


def test_a_command_that_fails_says_which_and_why() -> None:
    with pytest.raises(CommandFailed, match=r"`ls /no/such/place` failed: .*No such file"):
        run(["ls", "/no/such/place"])
