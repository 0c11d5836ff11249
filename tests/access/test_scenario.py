"""A scenario is read whole, or refused with every fault in it, each by its field."""

from pathlib import Path

import pytest

from wayside.access.lab.scenario import ScenarioFault, load, parse


def faults_in(text: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioFault) as caught:
        parse(text, source="t.toml")
    return caught.value.faults


def test_the_town_that_comes_with_wayside_is_sound(town_text: str) -> None:
    town = parse(town_text, source="town.toml")
    assert [device.id for device in town.devices] == ["ue1", "ue2", "ue3", "ue4"]
    assert {link.name: link.delay_ms for link in town.links if link.delay_ms} == {
        "cell2-mec2": 4.0,
        "mec1-core": 12.0,
        "mec2-core": 10.0,
    }
    assert town.cloud.names == {"hello.example": "203.0.113.10"}


def test_all_faults_are_reported_at_once_each_with_its_field(town_text: str) -> None:
    broken = (
        town_text.replace('cell = "cell1"', "cell = 4", 1)
        .replace("cpu_milli = 2000\n", "")
        .replace('"FR"', '"France"', 1)
        .replace("delay_ms = 12.0", "delay_ms = -1.0\ncolour = 3")
    )
    fields = [fault.partition(": ")[0] for fault in faults_in(broken)]
    assert fields == [
        "devices[0].cell",
        "hosts[0].country",
        "hosts[0].capacity.cpu_milli",
        "links[6].colour",
        "links[6].delay_ms",
    ]


def test_every_line_of_the_detail_names_the_file(town_text: str) -> None:
    with pytest.raises(ScenarioFault) as caught:
        parse(town_text.replace('"FR"', '"France"'), source="my/town.toml")
    lines = caught.value.detail.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("my/town.toml: hosts[") for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"10.45.1.2"', '"10.45.1.1"', "devices[1].address: 10.45.1.1 is taken"),
        ('"10.45.1.2"', '"10.45.2.9"', "devices[1].address: cell1 takes 10.45.1.0/24"),
        ('"10.45.1.2"', '"10.45.1.254"', "devices[1].address: cell1 takes 10.45.1.0/24"),
        ('"10.45.1.2"', '"nowhere"', "devices[1].address: 'nowhere' is not an IPv4 address"),
        ('id = "mec2"', 'id = "core"', "core.id: core is the name of another node too"),
        ('id = "core"', 'id = "links"', "core.id: links is reserved"),
        ("number = 2\nname", "number = 1\nname", "hosts[1].number: 1 is taken"),
        ('"203.0.113.53"', '"10.1.1.1"', "cloud.dns_address: 10.0.0.0/8 and 127.0.0.0/8 are"),
        ('"203.0.113.53"', '"203.0.113.10"', "cloud.dns_address: it must differ"),
        ('["core", "cloud"]', '["core", "moon"]', "links[8].ends[1]: there is no node moon"),
        ('["core", "cloud"]', '["mec1", "core"]', "links: core-mec1 is given twice"),
        ('["core", "cloud"]', '["ue1", "ue2"]', "links: no way leads from core to cloud"),
        ('["ue1", "cell1"]', '["ue1", "cell2"]', "links[0].ends: a radio link joins a device"),
    ],
)
def test_parts_that_do_not_fit_together_are_named(
    town_text: str, old: str, new: str, fault: str
) -> None:
    assert old in town_text
    found = faults_in(town_text.replace(old, new, 1))
    assert any(each.startswith(fault) for each in found), found


def test_a_ring_is_refused(town_text: str) -> None:
    ring = town_text + '\n[[links]]\nends = ["mec1", "cell2"]\nkind = "access"\n'
    assert any("they form a ring" in fault for fault in faults_in(ring))


@pytest.mark.parametrize("text", ["", "links = 3", "[core]\nid = 'Core 1'", "hosts = [1]"])
def test_a_file_that_lacks_nearly_everything_still_gets_sentences(text: str) -> None:
    assert "town: missing." in faults_in(text)


def test_what_is_not_toml_is_said_so() -> None:
    assert faults_in("= =")[0].startswith("file: it is not TOML")


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioFault, match=r"no\.toml: file: No such file"):
        load(tmp_path / "no.toml")
