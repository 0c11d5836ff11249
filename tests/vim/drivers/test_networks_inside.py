"""The instance's network as it really behaves: its own address, and steered flows."""

import json
import socket

import pytest
from tests.vim.workshop import WAITS, Bench, facts, said

from wayside.linux import netns
from wayside.vim.drivers.driver import Box

CLOUD = "203.0.113.10"
SERVES = """
import socket
server = socket.create_server(("0.0.0.0", 80))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 5000))
print("ready", flush=True)
with server.accept()[0] as client:
    client.sendall(b"edge " + client.recv(100))
data, sender = udp.recvfrom(100)
udp.sendto(b"edge " + data, sender)
"""

pytestmark = pytest.mark.netns


def _steer(bench: Bench, box: Box) -> None:
    """Send the cloud's address to the instance, as the data plane does with a rule."""
    assert bench.host is not None
    line = f"route replace {CLOUD}/32 via {box.address} dev app{box.number} onlink"
    netns.batch(bench.host, [line])


async def test_a_steered_flow_reaches_the_application_and_its_reply_has_the_clouds_address(
    enclosed: Bench,
) -> None:
    box = await enclosed.box(SERVES)
    await enclosed.run(box)
    _steer(enclosed, box)
    assert enclosed.host is not None
    with netns.socket_in(enclosed.host) as device:
        device.settimeout(5)
        device.connect((CLOUD, 80))
        device.sendall(b"hello")
        assert device.recv(100) == b"edge hello"
        assert device.getpeername() == (CLOUD, 80)
    with netns.socket_in(enclosed.host, kind=socket.SOCK_DGRAM) as device:
        device.settimeout(5)
        device.sendto(b"datagram", (CLOUD, 5000))
        assert device.recvfrom(100) == (b"edge datagram", (CLOUD, 5000))


async def test_an_instance_has_its_own_address_alone_and_the_gateway_answers_it(
    enclosed: Bench,
) -> None:
    gateway = enclosed.address(1)
    asks = f"import socket\npeer = socket.create_connection(('{gateway}', 8080), timeout=5)\n"
    asks += """
import json, socket
print(json.dumps({"own": peer.getsockname()[0], "heard": peer.recv(100).decode(),
                  "devices": sorted(name for _, name in socket.if_nameindex())}))
"""
    assert enclosed.host is not None
    with netns.socket_in(enclosed.host) as platform:
        platform.bind((gateway, 8080))
        platform.listen()
        platform.settimeout(10)
        box = await enclosed.box(asks + WAITS)
        await enclosed.driver.start(box, {})
        client, sender = platform.accept()
        with client:
            client.sendall(b"platform")
        told = await facts(box)
    assert sender[0] == box.address
    assert told == {"own": box.address, "heard": "platform", "devices": ["eth0", "lo"]}


async def test_an_application_may_not_send_with_an_address_that_is_not_its_own(
    enclosed: Bench,
) -> None:
    forge = """
import json, socket
def attempt(act):
    try:
        act()
        return "done"
    except OSError as fault:
        return type(fault).__name__
print(json.dumps({
    "raw": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
    "packet": attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    "bind": attempt(lambda: socket.socket().bind(("10.45.1.11", 0))),
}))
"""
    box = await enclosed.box(forge + WAITS)
    await enclosed.run(box)
    told = await facts(box)
    assert told["raw"] == told["packet"] == "PermissionError"
    assert told["bind"] != "done"


async def test_attaching_again_makes_the_network_anew(enclosed: Bench) -> None:
    box = await enclosed.box()
    assert (await enclosed.driver.attach(box)).device == f"app{box.number}"
    await enclosed.run(box)
    assert "ready" in await said(box, "ready")
    assert enclosed.host is not None
    links = json.loads(netns.run_in(enclosed.host, ["ip", "-j", "link"]))
    assert [link["ifname"] for link in links] == ["lo", f"app{box.number}"]


async def test_a_network_that_is_gone_after_a_reboot_is_made_at_the_next_start(
    enclosed: Bench,
) -> None:
    box = await enclosed.box()
    netns.delete(enclosed.namespace(box))
    running = await enclosed.run(box)
    assert enclosed.driver.alive(running)
