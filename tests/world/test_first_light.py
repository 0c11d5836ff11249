"""First light, as a newcomer meets it: up, an application at the edge, steered packets, down."""

import json
from pathlib import Path

import pytest

from wayside.linux import netns, processes
from wayside.system.state import StateFolder

from .conftest import Wayside

pytestmark = [pytest.mark.netns, pytest.mark.slow]


@pytest.fixture(scope="module")
def shown(system: Wayside) -> dict[str, object]:
    """What the demonstration printed for programs."""
    found: dict[str, object] = system.json("demo", "--requests", "30")
    return found


def arm(shown: dict[str, object], name: str) -> dict[str, object]:
    arms = shown["arms"]
    assert isinstance(arms, list)
    found: dict[str, object] = next(a for a in arms if a["name"] == name)
    return found


def test_all_processes_run_and_the_mode_is_said(system: Wayside) -> None:
    status = system.json("status")
    assert status["ready"]
    assert status["mode"] == system.way
    assert {"system", "mec1", "mec2"} <= {p["name"] for p in status["processes"]}


def test_what_runs_in_the_sandbox_is_not_made_an_operators_by_starting_it_again(
    system: Wayside,
) -> None:
    refused = system.run("up", "--profile", "operator", check=False)
    assert refused.returncode == 1
    assert "in the sandbox profile; end it with `wayside down`" in refused.stderr
    assert system.json("status")["profile"] == "sandbox"


def test_the_same_request_is_served_at_the_edge_and_in_the_cloud(
    shown: dict[str, object],
) -> None:
    edge, cloud = arm(shown, "edge"), arm(shown, "cloud")
    assert edge["servedBy"] == "edge"
    assert cloud["servedBy"] == "cloud"
    assert edge["failures"] == cloud["failures"] == 0


def test_the_edge_answers_sooner_and_leaves_the_backhaul_alone(shown: dict[str, object]) -> None:
    edge, cloud = arm(shown, "edge"), arm(shown, "cloud")
    assert float(str(cloud["p50Ms"])) >= 24, "the backhaul has 12 ms each way"
    assert float(str(edge["p50Ms"])) < float(str(cloud["p50Ms"]))
    assert int(str(cloud["backhaulBytesOfDownload"])) >= 8_000_000
    assert int(str(edge["backhaulBytesOfDownload"])) < 100_000


def test_the_name_leads_to_the_edge_while_the_rule_is_active(shown: dict[str, object]) -> None:
    assert str(arm(shown, "edge")["nameResolvesTo"]).startswith("10.60.1.")
    assert arm(shown, "cloud")["nameResolvesTo"] == "203.0.113.10"


def test_the_picture_is_a_picture(shown: dict[str, object]) -> None:
    assert "<svg" in Path(str(shown["picture"])).read_text()[:2000]


def test_show_explains_why_this_host_and_not_the_other(
    system: Wayside, shown: dict[str, object]
) -> None:
    text = system.run("app", "show", str(shown["instance"])).stdout
    assert "mec1" in text
    assert "refused" in text
    assert "ms" in text


def test_an_application_stops_with_grace_and_leaves_no_trace(
    system: Wayside, shown: dict[str, object]
) -> None:
    instance = str(shown["instance"])
    system.run("app", "stop", instance)
    assert system.json("app", "list")["instances"] == []
    log = system.run("logs", "mec1", "-n", "400").stdout
    assert "Traceback" not in log
    again = system.json("app", "start", "hello-edge-1.0")
    assert again["instantiationState"] == "INSTANTIATED"


def test_an_application_cannot_reach_the_management_of_its_host(system: Wayside) -> None:
    script = (
        "import urllib.request, urllib.error, sys\n"
        "for url in sys.argv[1:]:\n"
        "    try:\n"
        "        print(urllib.request.urlopen(url, timeout=2).status)\n"
        "    except urllib.error.HTTPError as refused:\n"
        "        print(refused.code)\n"
        "    except OSError:\n"
        "        print('unreachable')\n"
    )
    if system.way != "root":
        pytest.skip("namespaces inside a user namespace are not reached from outside")
    (namespace,) = netns.names(f"{StateFolder(system.state).prefix}-mec1-")
    urls = [
        "http://10.60.1.1:8080/mec_service_mgmt/v1/services",
        "http://10.60.1.1:8080/app_lcm/v1/app_instances",
        "http://10.255.0.11:8000/app_lcm/v1/app_instances",
        "http://10.255.0.1:8000/app_lcm/v1/app_instances",
    ]
    said = netns.run_in(namespace, ["python3", "-c", script, *urls]).split()
    assert said == ["200", "404", "unreachable", "unreachable"]


def test_wrong_words_get_a_sentence_and_no_traceback(system: Wayside) -> None:
    done = system.run("app", "show", "nothing-like-this", check=False)
    assert done.returncode == 1
    assert "nothing-like-this" in done.stderr
    assert "Traceback" not in done.stderr
    problem = json.loads(system.run("app", "show", "none-such", "--json", check=False).stderr)
    assert problem["status"] == 404


def test_down_leaves_no_namespace_and_no_process(system: Wayside, short_folder: Path) -> None:
    before = [processes.identify(pid) for pid in system.processes().values()]
    system.run("down")
    assert netns.names(StateFolder(system.state).prefix) == []
    if system.way == "root":
        assert all(before)
        assert not [process for process in before if process and processes.is_running(process)]
    assert not list((short_folder / "state" / "run").glob("*.sock"))
