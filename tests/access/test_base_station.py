"""A town whose first cell is joined to its host by GTP-U: real packets, in real tunnels."""

import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.access.conftest import TOWN

from wayside.access.lab import scenario as scenarios
from wayside.access.lab.echo import round_trips
from wayside.access.lab.plan import DelayBy, plan_town
from wayside.access.lab.scenario import ScenarioFault
from wayside.access.lab.town import Town
from wayside.dataplane.relaying import Relaying
from wayside.dataplane.tunnels import RelayTable
from wayside.linux import netns, probe
from wayside.linux.gtpu import messages

GTP_U = TOWN.read_text().replace('id = "cell1"\n', 'id = "cell1"\nbackhaul = "gtp-u"\n', 1)


@dataclass
class Tunnelled:
    """A town with a relay at the host's side of N3."""

    town: Town
    relay: Relaying

    def name(self, node: str) -> str:
        return self.town.plan.namespace(node)


@pytest.fixture
async def tunnelled(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Tunnelled]:
    if (reason := probe.missing()) is not None:
        pytest.skip(reason)
    scenario = scenarios.parse(GTP_U, source="test")
    by = DelayBy.NETEM if probe.available("netem") else DelayBy.LINE
    plan = plan_town(scenario, prefix=f"wg{id(request) % 100_000}", delay_by=by)
    town = Town(plan, logs=tmp_path / "logs")
    relay = Relaying(plan.namespace("mec1"))
    try:
        await town.realise()
        relay.tell(RelayTable(n3=plan.hosts[0].n3))
        yield Tunnelled(town, relay)
    finally:
        relay.end()
        await town.release()
        assert netns.names(f"{plan.prefix}-") == []


@pytest.fixture
def wire(tunnelled: Tunnelled) -> Iterator[socket.socket]:
    """What crosses the link between cell and host, seen at the host's end."""
    seen = netns.socket_in(
        tunnelled.name("mec1"), socket.AF_PACKET, socket.SOCK_DGRAM, protocol=socket.htons(3)
    )
    seen.bind(("cell1", 3))
    seen.settimeout(1)
    yield seen
    seen.close()


@pytest.mark.netns
async def test_what_a_device_sends_crosses_in_gtp_u_and_its_answer_comes_back(
    tunnelled: Tunnelled, wire: socket.socket
) -> None:
    assert len(round_trips(tunnelled.name("ue1"), "203.0.113.10", count=3)) == 3
    uplink, downlink = (messages.decode(wire.recv(2000)[28:]) for _ in range(2))
    assert (uplink.kind, uplink.teid, uplink.qfi, uplink.is_uplink) == (255, 0x010101, 9, True)
    assert (downlink.teid, downlink.is_uplink) == (0x010102, False)
    assert uplink.payload[12:20] == socket.inet_aton("10.45.1.1") + socket.inet_aton("203.0.113.10")
    assert len(round_trips(tunnelled.name("ue3"), "10.45.1.1", count=2)) == 2


@pytest.mark.netns
async def test_a_stream_of_full_segments_arrives_whole(tunnelled: Tunnelled) -> None:
    """Segments of 64 KiB with unfinished checksums are what a device's kernel really sends."""
    content = bytes(range(256)) * 8192
    listener = netns.socket_in(tunnelled.name("mec1"))
    listener.bind(("10.50.1.1", 5000))
    listener.listen()
    received = bytearray()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            while len(received) < len(content):
                received.extend(connection.recv(1 << 16))
            connection.sendall(received)

    server = threading.Thread(target=serve)
    server.start()
    with netns.socket_in(tunnelled.name("ue1")) as device:
        device.settimeout(10)
        device.connect(("10.50.1.1", 5000))
        device.sendall(content)
        back = bytearray()
        while len(back) < len(content):
            back.extend(device.recv(1 << 16))
    server.join()
    listener.close()
    assert bytes(received) == content
    assert bytes(back) == content


@pytest.mark.netns
async def test_the_host_answers_echoes_and_tells_of_unknown_teids(tunnelled: Tunnelled) -> None:
    with netns.socket_in(tunnelled.name("cell1"), socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(1)
        peer.connect(("10.46.4.2", messages.PORT))
        peer.send(messages.echo_request(7))
        answer = messages.decode(peer.recv(100))
        assert (answer.kind, answer.sequence) == (messages.Kind.ECHO_RESPONSE, 7)
        peer.send(messages.g_pdu(0xBAD, 9, b"\x45" + bytes(19), is_uplink=True))
        told = messages.decode(peer.recv(100))
        assert told.kind == messages.Kind.ERROR_INDICATION
        assert told.payload == bytes.fromhex("1000000bad850004") + socket.inet_aton("10.46.4.2")


@pytest.mark.netns
async def test_a_relay_that_was_killed_is_started_again_and_knows_what_to_do(
    tunnelled: Tunnelled,
) -> None:
    (relay,) = netns.pids_in(tunnelled.name("mec1"))
    os.kill(relay, signal.SIGKILL)
    assert round_trips(tunnelled.name("ue1"), "10.50.1.1", count=1, timeout_s=0.3) == []
    tunnelled.relay.renew()
    assert len(round_trips(tunnelled.name("ue1"), "10.50.1.1", count=2)) == 2


def test_gtp_u_needs_a_host_at_the_other_end_of_the_cells_link() -> None:
    far = GTP_U.replace('ends = ["cell1", "mec1"]', 'ends = ["cell1", "core"]')
    with pytest.raises(ScenarioFault, match=r"cells\[0\].backhaul: GTP-U ends at a MEC host"):
        scenarios.parse(far, source="test")


def test_the_host_is_told_the_sessions_and_the_tunnel_device() -> None:
    plan = plan_town(scenarios.parse(GTP_U, source="test"), prefix="p", delay_by=DelayBy.LINE)
    first, second = plan.hosts
    assert first.device_interfaces == ("tun-cell1",)
    assert [each.device for each in first.n3[0].sessions] == ["10.45.1.1", "10.45.1.2"]
    assert (second.device_interfaces, second.n3) == (("cell2",), ())
