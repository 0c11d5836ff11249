"""Ways through the town, and the latencies that placement goes by."""

from wayside.access.lab.model import Scenario
from wayside.access.lab.paths import latency_ns, serving_host, way


def test_a_way_names_every_node_between(scenario: Scenario) -> None:
    found = way(scenario, "ue3", "cloud")
    assert found.nodes == ("ue3", "cell2", "mec2", "core", "cloud")
    assert found.delay_ms == 14.0


def test_latency_is_one_way_from_every_cell(scenario: Scenario) -> None:
    assert latency_ns(scenario, "mec1") == {"cell1": 0, "cell2": 26_000_000}
    assert latency_ns(scenario, "mec2") == {"cell1": 22_000_000, "cell2": 4_000_000}


def test_a_device_is_served_by_the_first_host_on_its_way(scenario: Scenario) -> None:
    assert serving_host(scenario, "ue1") == "mec1"
    assert serving_host(scenario, "cell2") == "mec2"
    assert serving_host(scenario, "cloud") is None
