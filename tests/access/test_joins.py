"""The ways between hosts, read as data."""

from pathlib import Path

from wayside.access.lab import joins, scenario

TOWN = Path(__file__).resolve().parents[2] / "scenarios" / "handover.toml"


def test_only_the_other_hosts_speak_in_the_ways_between_hosts() -> None:
    town = scenario.load(TOWN)
    lines = list(joins.lines(town, "mec1"))
    assert lines[0].startswith("link add to-mec2 ")
    assert "remote 10.50.2.1" in lines[0]
    port = "to 10.50.1.1 ipproto udp dport 4789"
    assert f"rule add pref 4 iif core from 10.50.2.1 {port} lookup local" in lines
    assert f"rule add pref 5 {port} blackhole" in lines
    assert list(joins.lines(town, "cell1")) == []
