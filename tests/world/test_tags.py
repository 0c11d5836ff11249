"""A whole system: devices go to an application while it has their tag registered, by MEC 014."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from tests.exclusive import simulated_town

from .conftest import Wayside, free_port

pytestmark = pytest.mark.slow

TREE = Path(__file__).resolve().parents[2]
CLOUD = "203.0.113.10"


@pytest.fixture(scope="module")
def package(short_folder: Path) -> Path:
    """hello-edge, for whose traffic rule only the devices of ``vip`` count."""
    project = short_folder / "vip"
    files = project / "files"
    files.mkdir(parents=True)
    example = TREE / "examples" / "hello-edge"
    (files / "main.py").write_text((example / "files" / "main.py").read_text())
    app = yaml.safe_load((example / "app.yaml").read_text())
    app |= {"id": "hello-vip-1.0", "name": "hello-vip"}
    del app["appd"]["appDNSRule"]
    app["appd"]["appTrafficRule"][0]["trafficFilter"][0]["tag"] = ["vip"]
    (project / "app.yaml").write_text(yaml.safe_dump(app))
    return project


def serve(running: Wayside, project: Path) -> str:
    """Have the application run; return its instance."""
    csar = project / "vip.csar"
    running.run("app", "build", str(project), "--output", str(csar))
    running.run("app", "sign", str(csar))
    running.run("app", "onboard", str(csar))
    return str(running.json("app", "start", "hello-vip")["id"])


def served(running: Wayside, device: str) -> str:
    """Who serves a device that asks the cloud."""
    body = {"device": device, "address": CLOUD, "port": 8080}
    answer = httpx.post(f"{running.url}/lab/v1/requests", json=body, trust_env=False)
    (one,) = answer.json()["served"]
    return str(one["servedBy"])


def put(running: Wayside, instance: str, state: int) -> httpx.Response:
    """Register (1) or unregister (0) the tag, as the application would."""
    url = f"{running.url}/mec1/ui/v1/{instance}/ue_identity_tag_info"
    states = {"ueIdentityTags": [{"ueIdentityTag": "vip", "state": state}]}
    return httpx.put(url, json=states, trust_env=False)


def show_it(running: Wayside, project: Path) -> None:
    """Have a tag known, registered, given to another device, unregistered, forgotten."""
    (made, _) = running.json("tags", "set", "vip", "ue1")
    assert (made["host"], made["devices"]) == ("mec1", ["10.45.1.1"])
    instance = serve(running, project)
    assert served(running, "ue1") == "cloud"

    assert put(running, instance, 1).status_code == 200
    assert [served(running, device) for device in ("ue1", "ue2")] == ["edge", "cloud"]
    assert instance[:8] in running.run("tags", "list").stdout

    running.run("tags", "add", "vip", "ue2", "--host", "mec1")
    running.run("tags", "remove", "vip", "10.45.1.1", "--host", "mec1")
    assert [served(running, device) for device in ("ue1", "ue2")] == ["cloud", "edge"]

    assert put(running, instance, 0).status_code == 200
    assert served(running, "ue2") == "cloud"
    put(running, instance, 1)
    assert served(running, "ue2") == "edge"
    running.run("tags", "forget", "vip")
    assert served(running, "ue2") == "cloud"
    assert "vip" not in {each["tag"] for each in running.json("tags", "list")}
    running.run("app", "stop", instance)


@pytest.mark.netns
def test_real_packets_of_tagged_devices_follow_the_registration(
    system: Wayside, package: Path
) -> None:
    show_it(system, package)


@pytest.mark.netns
def test_without_its_tag_the_application_is_refused_with_the_remedy(
    system: Wayside, package: Path
) -> None:
    refused = system.run("app", "start", "hello-vip", check=False)
    assert refused.returncode == 1
    assert "the tag 'vip' is not known on this host" in refused.stderr


@pytest.fixture
def simulated(short_folder: Path) -> Iterator[Wayside]:
    """A town without a single namespace, whose settings know another tag."""
    scenario = short_folder / "tagged.toml"
    town = (TREE / "scenarios" / "town.toml").read_text()
    host = "[hosts.capacity]\ncpu_milli = 2000"
    assert host in town
    said = '[hosts.services.ui.tags]\nstaff = ["10.45.1.2"]\n'
    scenario.write_text(town.replace(host, said + host))
    running = Wayside(short_folder / "tagged", free_port(), "simulated")
    with simulated_town():
        running.run(
            "up", "--port", str(running.port), "--mode", "simulated", "--scenario", str(scenario)
        )
        try:
            yield running
        finally:
            running.run("down", check=False)


def test_the_simulated_town_does_the_same_and_knows_the_tags_of_its_settings(
    simulated: Wayside, package: Path
) -> None:
    (staff,) = simulated.json("tags", "list")
    assert (staff["tag"], staff["inSettings"]) == ("staff", True)
    refused = simulated.run("tags", "set", "staff", "ue1", "--host", "mec1", check=False)
    assert (refused.returncode, "host's settings" in refused.stderr) == (1, True)
    show_it(simulated, package)
