"""Settings: typed, from TOML, with every fault said at once; and where a profile may listen."""

import tomllib
from pathlib import Path

import msgspec
import pytest
import tomli_w

from wayside.adapters.clocks import VirtualClock
from wayside.core.errors import Unprocessable
from wayside.model.services import TransportType
from wayside.system.guard import guard, require_listenable
from wayside.system.settings import (
    GuardSettings,
    HostSettings,
    ListenSettings,
    NetworkSettings,
    Profile,
    ResourceSettings,
    SystemSettings,
)
from wayside.system.state import StateFolder


def host(state: Path) -> HostSettings:
    return HostSettings(
        state=state,
        host_id="mec1",
        name="Site 1",
        meo="http://10.255.0.1:8000",
        capacity=ResourceSettings(cpu_milli=1000, memory_bytes=1, storage_bytes=1),
        network=NetworkSettings(
            device_side=("cell1",),
            uplink=("core",),
            gateway="10.60.1.1",
            pool="10.60.1.0/24",
            dns_listen=("10.50.1.1",),
        ),
    )


def test_what_was_saved_is_what_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "mec1.toml"
    wanted = host(tmp_path)
    wanted.save(file)
    assert HostSettings.load(file) == wanted


def test_all_faults_are_said_at_once_each_with_its_field(tmp_path: Path) -> None:
    file = tmp_path / "mec1.toml"
    file.write_text('state = "/x"\nhost_id = 7\nname = "n"\ncolour = "red"\n')
    with pytest.raises(Unprocessable) as refused:
        HostSettings.load(file)
    told = refused.value.detail
    for part in ("colour: no such setting", "host_id", "meo: is missing", "capacity: is missing"):
        assert part in told


@pytest.mark.parametrize("text", ["state = ", "[[[", "\x00"])
def test_what_is_no_toml_is_said_with_the_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(text)
    with pytest.raises(Unprocessable, match=r"broken\.toml"):
        SystemSettings.load(file)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.60.1.1", "::1"])
def test_the_sandbox_listens_on_loopback(tmp_path: Path, address: str) -> None:
    require_listenable(ListenSettings(host=address, port=1), host(tmp_path))


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.1", "192.168.1.1", "::", "203.0.113.1"])
def test_the_sandbox_listens_nowhere_else(tmp_path: Path, address: str) -> None:
    wanted = ListenSettings(host=address, port=1)
    for namespace in (None, "no-such-namespace"):
        settings = msgspec.structs.replace(host(tmp_path), in_namespace=namespace)
        with pytest.raises(Unprocessable, match="sandbox"):
            require_listenable(wanted, settings)
    operator = GuardSettings(profile=Profile.OPERATOR)
    require_listenable(wanted, msgspec.structs.replace(host(tmp_path), guard=operator))


def test_the_operator_profile_does_not_start_without_tls_and_key() -> None:
    with pytest.raises(Unprocessable, match="tls"):
        guard(GuardSettings(profile=Profile.OPERATOR), VirtualClock())


def test_two_state_folders_never_share_a_namespace_s_name(tmp_path: Path) -> None:
    first, second = StateFolder(tmp_path / "a"), StateFolder(tmp_path / "b")
    assert first.prefix != second.prefix
    assert first.prefix == StateFolder(tmp_path / "a").prefix
    assert len(first.prefix) <= 8


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"interface": "cell2"}, "cell2 is not among device_side"),
        ({"gateway": "wlan"}, "does not appear to be an IPv4 or IPv6 address"),
        ({"devices": ["10.45.1.1/16"]}, "has host bits set"),
        ({"kind": 4}, "kind"),
    ],
)
def test_an_access_network_that_cannot_be_is_refused(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    file = tmp_path / "mec1.toml"
    host(tmp_path).save(file)
    said = tomllib.loads(file.read_text())
    one = {"id": 1, "interface": "cell1", "gateway": "10.46.0.1"}
    said["network"]["accesses"] = [one | changes]
    file.write_text(tomli_w.dumps(said))
    with pytest.raises(Unprocessable, match=sentence):
        HostSettings.load(file)
    said["network"]["accesses"] = [one, one]
    file.write_text(tomli_w.dumps(said))
    with pytest.raises(Unprocessable, match="accesses: 1 is there twice"):
        HostSettings.load(file)


PLATFORM = """
[platform.site]
zone = "north"
[[platform.peers]]
host_id = "mec2"
mp3 = "http://10.255.0.12:8000"
[[platform.transports]]
id = "bus"
name = "the operator's broker"
type = "MB_TOPIC_BASED"
protocol = "MQTT"
version = "5.0"
endpoint = { addresses = [{ host = "192.0.2.9", port = 8883 }] }
security = { extensions = { authentication = "client certificate" } }
[[platform.ntp_servers]]
ntpServerAddrType = "DNS_NAME"
ntpServerAddr = "time.example"
minPollingInterval = 3
maxPollingInterval = 10
localPriority = 1
authenticationOption = "NONE"
authenticationKeyNum = 0
[[platform.ptp_masters]]
ptpMasterIpAddress = "192.0.2.2"
ptpMasterLocalPriority = 1
delayReqMaxRate = 16
"""


def test_a_platform_is_told_of_brokers_clocks_site_and_peers_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mec1.toml"
    host(tmp_path).save(file)
    file.write_text(file.read_text().split("[platform]")[0] + PLATFORM)
    loaded = HostSettings.load(file)
    assert loaded.platform.transports[0].type is TransportType.MB_TOPIC_BASED
    assert loaded.platform.ntp_servers[0].ntp_server_addr == "time.example"
    assert loaded.platform.ptp_masters[0].delay_req_max_rate == 16
    assert loaded.platform.peers[0].host_id == "mec2"
    loaded.save(file)
    assert HostSettings.load(file) == loaded


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("maxPollingInterval = 10", "maxPollingInterval = 2", "maxPollingInterval 2"),
        ('"192.0.2.2"', '"grandmaster"', "grandmaster"),
        ('id = "bus"', 'id = ""', "id and name"),
        (", port = 8883 }]", ', port = 8883 }], fqdn = ["a.example"]', "exactly one of uris"),
        ('zone = "north"', 'zome = "north"', "zome: no such setting"),
        ('version = "5.0"', "", "version"),
    ],
)
def test_a_fault_in_what_a_platform_tells_is_said_by_its_name(
    tmp_path: Path, right: str, wrong: str, named: str
) -> None:
    file = tmp_path / "mec1.toml"
    host(tmp_path).save(file)
    assert right in PLATFORM
    file.write_text(file.read_text().split("[platform]")[0] + PLATFORM.replace(right, wrong))
    with pytest.raises(Unprocessable, match=named):
        HostSettings.load(file)


@pytest.mark.parametrize("scope", ["all", "app_lcm:write", "vim:read", "clients:client:write", ""])
def test_no_application_is_granted_a_right_to_manage(tmp_path: Path, scope: str) -> None:
    path = tmp_path / "host.toml"
    granting = msgspec.structs.replace(
        host(tmp_path), guard=GuardSettings(application_scopes=("location:read", scope))
    )
    granting.save(path)
    with pytest.raises(Unprocessable, match="application_scopes"):
        HostSettings.load(path)
    msgspec.structs.replace(
        granting, guard=GuardSettings(application_scopes=("location:read",))
    ).save(path)
    assert HostSettings.load(path).guard.application_scopes == ("location:read",)


def test_an_oss_that_is_no_url_is_a_fault_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "system.toml"
    file.write_text('state = "/x"\n[coordination]\noss = "oss.example"\nanswer_within_s = 0\n')
    with pytest.raises(Unprocessable) as refused:
        SystemSettings.load(file)
    told = refused.value.detail
    assert "coordination.answer_within_s" in told
    file.write_text('state = "/x"\n[coordination]\noss = "oss.example"\n')
    with pytest.raises(Unprocessable, match="is no URL"):
        SystemSettings.load(file)
