"""A whole town whose first cell is in GTP-U: an application's own rules, on real packets."""

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.dataplane.tunnel_worlds import turned

from wayside.linux import netns, probe
from wayside.linux.gtpu import messages
from wayside.system.state import StateFolder

from .conftest import Wayside, free_port

pytestmark = [pytest.mark.netns, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
CLOUD = "203.0.113.10"
ANY_GRE = 47
APP_D_ID = "tunnels-1.0"
IN_GTP, IN_GRE, BY_MAC, OF_THE_CELL = 9000, 9001, 9002, 9003
TUNNELS = {IN_GTP: "GTP-U", IN_GRE: "GRE"}


def rule(name: str, port: int, action: str, **more: object) -> dict[str, object]:
    filters = [{"dstAddress": [f"{CLOUD}/32"], "protocol": ["UDP"], "dstPort": [str(port)]}]
    return {
        "trafficRuleId": name,
        "filterType": "FLOW",
        "priority": 100,
        "trafficFilter": filters,
        "action": action,
    } | more


def rules() -> list[dict[str, object]]:
    """What the AppD asks for, as MEC 010-2 spells it."""
    found = [
        rule(
            f"in-{kind}",
            port,
            "FORWARD_ENCAPSULATED",
            dstInterface=[
                {
                    "interfaceType": "TUNNEL",
                    "tunnelInfo": {"tunnelType": kind, "tunnelDstAddress": "${instance.ip}"},
                }
            ],
        )
        for port, kind in TUNNELS.items()
    ]
    mac = [{"interfaceType": "MAC", "dstMACAddress": "${instance.mac}"}]
    found.append(rule("by-mac", BY_MAC, "FORWARD_DECAPSULATED", dstInterface=mac))
    plain = [{"interfaceType": "IP", "dstIPAddress": "${instance.ip}"}]
    of_the_cell = rule("of-the-cell", OF_THE_CELL, "FORWARD_DECAPSULATED", dstInterface=plain)
    of_the_cell["trafficFilter"] = [
        {"srcTunnelAddress": ["10.46.4.1"], "qCI": 9, "dstPort": [str(OF_THE_CELL)]}
    ]
    return [*found, of_the_cell]


@pytest.fixture(scope="module")
def system(short_folder: Path) -> Iterator[Wayside]:
    """A town of one tunnelled cell and one plain one."""
    if probe.mode().way is not probe.Way.ROOT:
        pytest.skip("namespaces inside a user namespace are not reached from outside")
    scenario = short_folder / "tunnelled.toml"
    town = (ROOT / "scenarios" / "town.toml").read_text()
    scenario.write_text(town.replace('id = "cell1"\n', 'id = "cell1"\nbackhaul = "gtp-u"\n', 1))
    found = Wayside(short_folder / "state", free_port(), "root")
    found.run("up", "--scenario", str(scenario), "--port", str(found.port), "--mode", "root")
    try:
        yield found
    finally:
        found.run("down", check=False)


@dataclass(frozen=True)
class Running:
    """An instance of the application, and sockets where packets for it arrive."""

    system: Wayside
    id: str
    address: str

    @property
    def prefix(self) -> str:
        return StateFolder(self.system.state).prefix

    def inside(self, kind: int, port: int, protocol: int = 0) -> socket.socket:
        """Return a socket in the instance's namespace, as its own program would open it."""
        (namespace,) = (
            name
            for name in netns.names(f"{self.prefix}-mec1-")
            if self.id.startswith(name.removeprefix(f"{self.prefix}-mec1-"))
        )
        made = netns.socket_in(namespace, socket.AF_INET, kind, protocol=protocol)
        made.settimeout(5)
        made.bind((self.address, port))
        return made

    def device(self) -> socket.socket:
        made = netns.socket_in(f"{self.prefix}-ue1", socket.AF_INET, socket.SOCK_DGRAM)
        made.settimeout(5)
        return made

    def asked(self, end: socket.socket, port: int, answer: Callable[[bytes], bytes]) -> bytes:
        """Have ue1 ask the cloud's port and the instance answer; return what ue1 gets."""
        with closing(self.device()) as device:
            device.sendto(b"hello", (CLOUD, port))
            datagram, peer = end.recvfrom(2000)
            end.sendto(answer(datagram), peer)
            said, asked = device.recvfrom(2000)
            assert asked == (CLOUD, port)
            return said


@pytest.fixture(scope="module")
def running(system: Wayside, short_folder: Path) -> Running:
    project = short_folder / "tunnels"
    shutil.copytree(ROOT / "examples" / "hello-edge", project)
    description = yaml.safe_load((project / "app.yaml").read_text())
    description |= {"id": APP_D_ID, "name": "tunnels"}
    description["appd"]["appTrafficRule"] += rules()
    (project / "app.yaml").write_text(yaml.safe_dump(description))
    package = short_folder / "tunnels.csar"
    system.run("app", "build", str(project), "--output", str(package))
    system.run("app", "sign", str(package))
    system.run("app", "onboard", str(package))
    return started(system)


def started(system: Wayside) -> Running:
    made = system.json("app", "start", APP_D_ID)
    placement: Any = made["waysidePlacement"]
    assert placement["hostId"] == "mec1"
    return Running(system, made["id"], placement["addresses"][0])


def in_gtp(datagram: bytes) -> bytes:
    """Answer as an application does that speaks GTP-U."""
    message = messages.decode(datagram)
    assert message.teid == 0x010101, "the TEID that the device's own session has"
    answer = turned(message.payload, "from the instance")
    return messages.g_pdu(message.teid, message.qfi or 0, answer, is_uplink=False)


def in_gre(packet: bytes) -> bytes:
    """Answer as an application does that speaks GRE; a raw socket gives the outer header too."""
    return packet[20:24] + turned(packet[24:], "from the instance")


def test_a_device_behind_gtp_u_is_served_at_the_edge(running: Running) -> None:
    with netns.socket_in(f"{running.prefix}-ue1") as device:
        device.settimeout(5)
        device.connect((CLOUD, 8080))
        device.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: device.recv(4096), b""))
    assert b'"served_by": "edge"' in answer or b'"served_by":"edge"' in answer


def test_a_rule_of_the_descriptor_wraps_in_gtp_u(running: Running) -> None:
    with closing(running.inside(socket.SOCK_DGRAM, messages.PORT)) as end:
        assert running.asked(end, IN_GTP, in_gtp) == b"from the instance"


def test_a_rule_of_the_descriptor_wraps_in_gre(running: Running) -> None:
    with closing(running.inside(socket.SOCK_RAW, 0, ANY_GRE)) as end:
        assert running.asked(end, IN_GRE, in_gre) == b"from the instance"


@pytest.mark.parametrize("port", [BY_MAC, OF_THE_CELL])
def test_a_destination_by_hardware_address_and_a_filter_on_the_tunnel_hold(
    running: Running, port: int
) -> None:
    with closing(running.inside(socket.SOCK_DGRAM, port)) as end:
        assert running.asked(end, port, lambda _: b"here") == b"here"


def test_tunnels_carry_on_while_the_host_is_killed_and_after_it_is_back(running: Running) -> None:
    system = running.system
    with closing(running.inside(socket.SOCK_DGRAM, messages.PORT)) as end:
        os.kill(system.processes()["mec1"], signal.SIGKILL)
        assert running.asked(end, IN_GTP, in_gtp) == b"from the instance"
        for _ in range(100):
            if system.json("status")["ready"]:
                break
        assert running.asked(end, IN_GTP, in_gtp) == b"from the instance"


def test_two_instances_in_conflict_are_told_and_the_winner_gets_the_packets(
    running: Running,
) -> None:
    system, other = running.system, started(running.system)
    (told,) = system.json("rules", "conflicts", "--host", "mec1")
    assert told["complete"]
    (conflict,) = (
        each for each in told["conflicts"] if each["winner"]["trafficRuleId"] == "by-mac"
    )
    winner, loser = conflict["winner"], conflict["loser"]
    assert {winner["appInstanceId"], loser["appInstanceId"]} == {running.id, other.id}
    first = running if winner["appInstanceId"] == running.id else other
    assert winner["addresses"] == [first.address]
    with closing(first.inside(socket.SOCK_DGRAM, BY_MAC)) as end:
        assert first.asked(end, BY_MAC, lambda _: b"the winner") == b"the winner"
    assert "by-mac" in system.run("rules", "conflicts").stdout
    assert "conflict" in system.run("logs", "mec1", "-n", "400").stdout
    system.run("app", "stop", "--forceful", other.id)
    assert system.json("rules", "conflicts", "--host", "mec1")[0]["conflicts"] == []


def test_no_tunnel_is_left_when_its_instance_is_gone(running: Running) -> None:
    running.system.run("app", "stop", "--forceful", running.id)

    def tunnels() -> list[str]:
        devices = netns.inside(f"{running.prefix}-mec1", socket.if_nameindex)
        return [name for _, name in devices if name.startswith(("gtp-", "gre-"))]

    for _ in range(100):
        if not tunnels():
            break
        running.system.json("status")
    assert tunnels() == []
