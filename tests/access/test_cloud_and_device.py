"""The cloud's program and the measuring client, talking over loopback."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from wayside.access.lab.cloud import Cloud, CloudConfig
from wayside.access.lab.device import Outcome, Task, perform


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def cloud() -> AsyncIterator[CloudConfig]:
    config = CloudConfig(
        "127.0.0.1",
        "127.0.0.1",
        {"hello.example": "127.0.0.1"},
        ports=(free_port(socket.SOCK_STREAM),),
        dns_port=free_port(socket.SOCK_DGRAM),
    )
    serving = Cloud(config)
    await serving.start()
    yield config
    await serving.close()


async def measured(cloud: CloudConfig, **wanted: object) -> Outcome:
    task = Task(port=cloud.ports[0], dns="127.0.0.1", dns_port=cloud.dns_port)
    return await asyncio.to_thread(perform, msgspec.structs.replace(task, **wanted))


async def raw(cloud: CloudConfig, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", cloud.ports[0])
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


async def test_every_request_is_timed_and_says_who_served_it(cloud: CloudConfig) -> None:
    seen = await measured(cloud, address="127.0.0.1", count=3)
    assert len(seen.timings_s) == 3
    assert all(0 < seconds < 5 for seconds in seen.timings_s)
    assert seen.served == (("cloud", "cloud", 3),)
    assert seen.failures == ()
    assert seen.source == "127.0.0.1"


async def test_the_greeting_tells_the_device_the_instance_and_the_time(cloud: CloudConfig) -> None:
    before = time.time_ns()
    answer = await raw(cloud, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    greeting = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert before <= greeting.pop("time_ns") <= time.time_ns()
    assert greeting == {
        "served_by": "cloud",
        "instance": "cloud",
        "host": "cloud",
        "device": "127.0.0.1",
    }


@pytest.mark.parametrize("keep_alive", [True, False])
async def test_one_connection_or_many_as_asked(cloud: CloudConfig, keep_alive: bool) -> None:
    seen = await measured(cloud, address="127.0.0.1", count=5, keep_alive=keep_alive)
    assert len(seen.timings_s) == 5


@pytest.mark.parametrize("size", [0, 1, 4096, 1_000_003])
async def test_as_many_bytes_come_as_were_asked_for(cloud: CloudConfig, size: int) -> None:
    seen = await measured(cloud, address="127.0.0.1", path=f"/bytes?n={size}", count=2)
    assert seen.bytes == 2 * size
    assert seen.octets > 2 * size


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /bytes?n=x HTTP/1.1", 400),
        (b"GET /bytes?n=99999999999 HTTP/1.1", 400),
        (b"GET /nowhere HTTP/1.1", 404),
        (b"POST / HTTP/1.1", 405),
        (b"nonsense", 400),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1", 400),
    ],
)
async def test_what_is_not_served_gets_its_status(
    cloud: CloudConfig, request_line: bytes, status: int
) -> None:
    answer = await raw(cloud, request_line + b"\r\nConnection: close\r\n\r\n")
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


async def test_a_failing_status_is_a_failure_and_not_a_timing(cloud: CloudConfig) -> None:
    seen = await measured(cloud, address="127.0.0.1", path="/nowhere", count=2)
    assert seen.timings_s == ()
    assert seen.failures == ("127.0.0.1: status 404.",) * 2


async def test_a_refused_connection_is_a_failure_that_says_so(cloud: CloudConfig) -> None:
    seen = await measured(cloud, address="127.0.0.1", port=free_port(socket.SOCK_STREAM))
    assert len(seen.failures) == 1
    assert "refused" in seen.failures[0]


async def test_a_name_is_resolved_and_the_time_it_took_is_told(cloud: CloudConfig) -> None:
    seen = await measured(cloud, name="Hello.example")
    assert seen.address == "127.0.0.1"
    assert seen.resolve_s is not None
    assert seen.served == (("cloud", "cloud", 1),)


async def test_an_unknown_name_is_a_failure(cloud: CloudConfig) -> None:
    seen = await measured(cloud, name="no.example", count=9)
    assert seen.failures == ("no.example: 127.0.0.1 knows no address of it.",)


async def test_a_silent_dns_server_is_a_failure(cloud: CloudConfig) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        seen = await measured(cloud, name="hello.example", dns_port=port, timeout_s=0.05)
    assert "did not answer" in seen.failures[0]


async def test_noise_on_the_dns_port_does_not_stop_it(cloud: CloudConfig) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noisy:
        noisy.sendto(b"noise", ("127.0.0.1", cloud.dns_port))
    assert (await measured(cloud, name="hello.example")).resolve_s is not None
