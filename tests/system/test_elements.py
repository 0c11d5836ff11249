"""From a town to the settings of its elements: they find each other, and files hold them whole."""

from pathlib import Path

import pytest

from wayside.access.lab.model import Scenario
from wayside.access.lab.scenario import load
from wayside.linux.probe import Way
from wayside.system.elements import MANAGEMENT_PORT, host_settings, system_settings
from wayside.system.grounds import Namespaces
from wayside.system.launch import Launch
from wayside.system.scenarios import scenario_path
from wayside.system.settings import HostSettings, PackagePolicy, Profile, SystemSettings
from wayside.system.state import StateFolder


@pytest.fixture
def town() -> Scenario:
    """The built-in town."""
    return load(scenario_path("town"))


def wanted(folder: Path) -> Launch:
    return Launch(
        state=StateFolder(folder),
        scenario=str(scenario_path("town")),
        port=0,
        way=Way.ROOT.value,
        reason="a test",
    )


def settings_of(folder: Path, town: Scenario) -> tuple[SystemSettings, list[HostSettings]]:
    launch = wanted(folder)
    ground = Namespaces(launch, town)
    hosts = [host_settings(launch, ground, host, others=town.hosts) for host in town.hosts]
    return system_settings(launch, ground, town.hosts), hosts


def test_orchestrator_and_managers_know_each_other_by_the_addresses_they_listen_on(
    tmp_path: Path, town: Scenario
) -> None:
    system, hosts = settings_of(tmp_path, town)
    (here,) = system.listen
    for entry, host in zip(system.hosts, hosts, strict=True):
        (there,) = host.listen
        assert entry.host_id == host.host_id
        assert entry.mm3 == entry.mm4 == f"http://{there.host}:{MANAGEMENT_PORT}"
        assert host.meo == f"http://{here.host}:{here.port}"


def test_each_element_lives_in_a_namespace_of_this_folder_alone(
    tmp_path: Path, town: Scenario
) -> None:
    system, hosts = settings_of(tmp_path, town)
    others = settings_of(tmp_path / "another", town)[1]
    prefix = StateFolder(tmp_path).prefix
    names = [system.in_namespace, *(host.in_namespace for host in hosts)]
    assert names == [f"{prefix}-system", f"{prefix}-mec1", f"{prefix}-mec2"]
    assert not {host.in_namespace for host in others} & set(names)


def test_hosts_share_neither_addresses_nor_pools(tmp_path: Path, town: Scenario) -> None:
    networks = [host.network for host in settings_of(tmp_path, town)[1]]
    for attribute in ("gateway", "pool", "dns_listen"):
        assert len({getattr(network, attribute) for network in networks}) == len(networks)


def test_what_up_starts_is_the_sandbox_and_admits_signed_packages_alone(
    tmp_path: Path, town: Scenario
) -> None:
    system, hosts = settings_of(tmp_path, town)
    assert {each.guard.profile for each in (system, *hosts)} == {Profile.SANDBOX}
    assert system.package_policy is PackagePolicy.SIGNED
    assert system.trust == (StateFolder(tmp_path).developer_certificate,)


def test_the_files_that_up_writes_are_read_back_whole(tmp_path: Path, town: Scenario) -> None:
    system, hosts = settings_of(tmp_path, town)
    system.save(tmp_path / "system.toml")
    assert SystemSettings.load(tmp_path / "system.toml") == system
    for host in hosts:
        host.save(tmp_path / "host.toml")
        assert HostSettings.load(tmp_path / "host.toml") == host


def test_every_platform_finds_every_other_where_it_listens(tmp_path: Path, town: Scenario) -> None:
    _, hosts = settings_of(tmp_path, town)
    listening = {
        host.host_id: f"http://{host.listen[0].host}:{host.listen[0].port}" for host in hosts
    }
    for host in hosts:
        peers = {peer.host_id: peer.mp3 for peer in host.platform.peers}
        assert peers == {name: url for name, url in listening.items() if name != host.host_id}
