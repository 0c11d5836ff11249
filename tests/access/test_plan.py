"""The plan of a town, read as data: what would be done, without doing it."""

from wayside.access.lab.model import Scenario
from wayside.access.lab.plan import DelayBy, NodePlan, TownPlan, plan_town


def planned(scenario: Scenario, delay_by: DelayBy = DelayBy.LINE) -> TownPlan:
    return plan_town(scenario, prefix="p", delay_by=delay_by)


def node(plan: TownPlan, name: str) -> NodePlan:
    return next(found for found in plan.nodes if found.node == name)


def test_every_node_has_a_namespace_under_the_prefix(scenario: Scenario) -> None:
    names = [found.namespace for found in planned(scenario).nodes]
    assert names == [
        *("p-ue1", "p-ue2", "p-ue3", "p-ue4", "p-cell1", "p-cell2", "p-mec1", "p-mec2"),
        *("p-core", "p-cloud", "p-system", "p-links"),
    ]


def test_equal_scenarios_give_equal_plans_and_others_do_not(scenario: Scenario) -> None:
    assert planned(scenario) == planned(scenario)
    assert planned(scenario).digest != planned(scenario, DelayBy.NETEM).digest


def test_interfaces_are_called_after_the_neighbour(scenario: Scenario) -> None:
    assert planned(scenario).cables[4] == (
        "link add name mec1 netns p-cell1 address 02:57:53:00:04:01"
        " type veth peer name cell1 netns p-mec1 address 02:57:53:00:04:02"
    )


def test_the_delay_line_stands_in_the_middle_of_delayed_links_only(scenario: Scenario) -> None:
    plan = planned(scenario)
    middles = [line for line in plan.cables if "p-links" in line]
    assert len(middles) == 2 * len(plan.delayed) == 6
    assert [(link.name, link.near, link.far) for link in plan.delayed] == [
        ("cell2-mec2", "d5a", "d5b"),
        ("mec1-core", "d6a", "d6b"),
        ("mec2-core", "d7a", "d7b"),
    ]
    assert node(plan, "links").ip_lines[:2] == ("link set dev d5a up", "link set dev d5b up")


def test_with_netem_the_kernel_delays_and_nothing_stands_between(scenario: Scenario) -> None:
    plan = planned(scenario, DelayBy.NETEM)
    assert not any("links" in line for line in plan.cables)
    assert node(plan, "core").tc_lines == (
        "qdisc replace dev mec1 root netem delay 12ms rate 200mbit limit 1133",
        "qdisc replace dev mec2 root netem delay 10ms rate 200mbit limit 1100",
    )


def test_rates_bound_both_directions_of_a_link(scenario: Scenario) -> None:
    plan = planned(scenario)
    line = "qdisc replace dev {} root tbf rate 200mbit burst 100000 latency 50ms"
    assert node(plan, "mec1").tc_lines == (line.format("core"),)
    assert line.format("mec1") in node(plan, "core").tc_lines
    assert node(plan, "ue1").tc_lines == ()


def test_a_device_sends_everything_to_its_cell(scenario: Scenario) -> None:
    assert node(planned(scenario), "ue1").ip_lines == (
        "address add 10.45.1.1 peer 10.45.1.254 dev cell1",
        "link set dev cell1 up",
        "neighbour replace 10.45.1.254 lladdr 02:57:53:00:00:02 dev cell1 nud permanent",
        "route replace default via 10.45.1.254 dev cell1",
    )


def test_the_core_knows_the_way_back_to_devices_and_applications(scenario: Scenario) -> None:
    routes = [line for line in node(planned(scenario), "core").ip_lines if "route" in line]
    assert "route replace default via 10.46.8.2 dev cloud" in routes
    assert "route replace 10.45.1.0/24 via 10.46.6.1 dev mec1" in routes
    assert "route replace 10.60.2.0/24 via 10.46.7.1 dev mec2" in routes


def test_only_cells_hosts_and_core_forward(scenario: Scenario) -> None:
    forwarding = [
        found.node
        for found in planned(scenario).nodes
        if ("net.ipv4.ip_forward", "1") in found.sysctls
    ]
    assert forwarding == ["cell1", "cell2", "mec1", "mec2", "core"]


def test_nobody_checks_the_way_back_of_steered_flows(scenario: Scenario) -> None:
    for found in planned(scenario).nodes:
        assert ("net.ipv4.conf.all.rp_filter", "0") in found.sysctls


def test_a_host_process_is_told_all_it_needs(scenario: Scenario) -> None:
    facts = planned(scenario).hosts[1]
    assert facts.namespace == "p-mec2"
    assert facts.oam_address == "10.255.0.12"
    assert facts.system_address == "10.255.0.1"
    assert facts.device_interfaces == ("cell2",)
    assert facts.uplink_interface == "core"
    assert (facts.dns_address, facts.dns_port) == ("10.50.2.1", 53)
    assert facts.upstream_dns == "203.0.113.53"
    assert (facts.mp1_address, facts.app_pool) == ("10.60.2.1", "10.60.2.0/24")
    assert facts.cells == ("cell2",)
    assert facts.latency_ns == {"cell1": 22_000_000, "cell2": 4_000_000}


def test_the_management_network_is_closed_before_the_local_table_is_looked_up(
    scenario: Scenario,
) -> None:
    rules = [line for line in node(planned(scenario), "mec1").ip_lines if "rule" in line]
    assert "rule add pref 4 to 10.255.0.0/24 blackhole" in rules
    assert "rule add pref 5 iif cell1 to 10.60.1.1 blackhole" in rules
    assert rules[0] == "rule add pref 10 lookup local"
    assert rules[-1] == "rule del pref 0"


def test_interface_names_fit_into_the_kernel(scenario: Scenario) -> None:
    for line in planned(scenario).cables:
        words = line.split()
        names = [words[index + 1] for index, word in enumerate(words) if word == "name"]
        assert all(len(name) <= 15 for name in names)


def test_devices_alone_reach_the_proxy_and_nothing_else_of_the_system_level(
    scenario: Scenario,
) -> None:
    plan = planned(scenario)
    rules = [line for line in node(plan, "core").ip_lines if line.startswith("rule")]
    assert rules == [
        "rule add pref 5 from 10.45.0.0/16 to 10.47.0.1 lookup main",
        "rule add pref 6 to 10.47.0.1 blackhole",
    ]
    inside = node(plan, "system").ip_lines
    assert "rule add pref 3 iif core to 10.47.0.0/29 lookup local" in inside
    assert "rule add pref 4 iif core blackhole" in inside
    assert "route replace default via 10.47.0.2 dev core src 10.47.0.5" in inside
    assert plan.hosts[0].ualcmp_address == "10.47.0.1"
    assert plan.hosts[0].cell_networks == {"10.45.1.0/24": "cell1", "10.45.2.0/24": "cell2"}
