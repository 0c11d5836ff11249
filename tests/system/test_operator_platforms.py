"""Two hosts in the operator profile: what is shared goes over TLS and with a token alone."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.mep.world import service
from tests.system.operators import CLIENTS, LOOPBACK, PATIENCE_S, Operator, free_port

from wayside.model.services import EndPointInfo, SecurityInfo, TransportInfo, TransportType
from wayside.system.settings import HostSettings, ListenSettings, PeerEntry, PlatformSettings

pytestmark = pytest.mark.slow

BUS = TransportInfo(
    id="bus",
    name="the operator's broker",
    type=TransportType.MB_TOPIC_BASED,
    protocol="MQTT",
    version="5.0",
    endpoint=EndPointInfo(uris=("mqtts://broker.example:8883",)),
    security=SecurityInfo(),
)


def second(made: Operator) -> HostSettings:
    """The settings of another host beside mec1, with a secret and a certificate of its own."""
    first = made.host_settings()
    secret = made.folder / "mec2.secret"
    secret.touch(mode=0o600)
    secret.write_text(CLIENTS["mec2"][0])
    made.ports["mec2"] = free_port()
    return replace(
        first,
        host_id="mec2",
        name="Site 2",
        network=replace(first.network, dns_port=free_port(), pool="127.60.2.0/24"),
        mp1_port=free_port(),
        listen=(ListenSettings(host=LOOPBACK, port=made.ports["mec2"]),),
        namespace_prefix="ws2",
        guard=replace(
            first.guard,
            tls=made.authority.issue("mec2"),
            client_id="mec2",
            client_secret_file=secret,
        ),
        platform=PlatformSettings(peers=(PeerEntry(host_id="mec1", mp3=made.url("mec1")),)),
    )


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    """A system process and two host processes that are peers."""
    with tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        made = Operator(Path(folder))
        other = second(made)
        peers = (PeerEntry(host_id="mec2", mp3=made.url("mec2")),)
        platform = PlatformSettings(peers=peers, transports=(BUS,))
        try:
            made.run("system", made.system_settings(), "system")
            made.run("host", replace(made.host_settings(), platform=platform), "mec1")
            made.run("host", other, "mec2")
            yield made
        finally:
            made.end()


def test_a_shared_service_on_the_operators_bus_is_found_on_the_other_host(
    operator: Operator,
) -> None:
    with operator.client(operator.token("oss")) as oss:
        here, there = operator.url("mec1"), operator.url("mec2")
        info = {"appName": "own", "endpoint": {"uris": ["http://192.0.2.7/"]}}
        made = oss.post(f"{here}/mec_app_support/v2/registrations", json=info)
        app = made.headers["location"].rpartition("/")[2]
        body = service(transportId="bus", scopeOfLocality="MEC_SYSTEM", consumedLocalOnly=False)
        del body["transportInfo"]
        assert oss.get(f"{here}/mec_service_mgmt/v1/transports").json()[0]["id"] == "bus"
        offered = oss.post(f"{here}/mec_service_mgmt/v1/applications/{app}/services", json=body)
        assert offered.status_code == 201, offered.text
        deadline = time.monotonic() + PATIENCE_S
        while not (found := oss.get(f"{there}/mec_service_mgmt/v1/services?ser_name=faces").json()):
            assert time.monotonic() < deadline, operator.log("mec1") + operator.log("mec2")
            time.sleep(0.05)
        assert found[0]["serInstanceId"] == offered.json()["serInstanceId"]
        assert found[0]["transportInfo"]["endpoint"] == {"uris": ["mqtts://broker.example:8883"]}


def test_who_may_not_share_cannot(operator: Operator) -> None:
    body = {"hostId": "mec1", "edition": {"incarnation": "x", "number": 1}, "services": []}
    url = f"{operator.url('mec2')}/wayside_mp3/v1/platforms/mec1/services"
    with operator.client(operator.token("reader")) as reader:
        assert reader.put(url, json=body).status_code == 403
    for another in ("mec2", "oss"):
        with operator.client(operator.token(another)) as peer:
            refused = peer.put(url, json=body)
            assert refused.status_code == 403, another
            assert "only 'mec1' speaks for mec1" in refused.json()["detail"]
    with operator.client() as nobody:
        assert nobody.put(url, json=body).status_code == 401
