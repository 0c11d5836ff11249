"""How the rule bench speaks to Mp1 and to the host's DNS, and the application that it uses."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from bench.application import APP_D_ID, STEER, write_project
from bench.rules import Mp1, ask_until

from wayside.core.clock import Nanoseconds
from wayside.csar.lint import lint

CLOUD = "203.0.113.10"
NOW = Nanoseconds(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two joined sockets that keep messages apart, as datagrams are."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.settimeout(5)
        theirs.settimeout(5)
        yield ours, theirs


def test_a_put_is_one_whole_request(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    mp1 = Mp1(ours, "/mec_app_support/v2/applications/i")
    mp1.send(mp1.request("PUT", "traffic_rules/r", b"{}"))
    head, _, body = theirs.recv(4096).partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /mec_app_support/v2/applications/i/traffic_rules/r HTTP/1.1\r\n")
    assert b"Content-Length: 2" in head
    assert body == b"{}"


def test_a_refusal_ends_the_bench_with_what_was_said(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    theirs.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nnot today")
    with pytest.raises(RuntimeError, match="403: not today"):
        Mp1(ours, "").finish()


def test_answers_with_the_old_address_are_not_taken(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    asked = []

    def answer() -> None:
        for last in (1, 1, 2):
            question = theirs.recv(512)
            asked.append(question)
            theirs.send(question + bytes([10, 60, 1, last]))

    server = threading.Thread(target=answer)
    server.start()
    ask_until(ours, bytes([10, 60, 1, 2]))
    server.join()
    assert len({question[:2] for question in asked}) == 3
    assert all(question[2:] == asked[0][2:] for question in asked)


def test_the_benchs_application_is_a_sound_project(tmp_path: Path) -> None:
    project = write_project(tmp_path, CLOUD)
    assert lint(project, now=NOW) == []
    described = yaml.safe_load((project / "app.yaml").read_text())
    steer, otherwise = described["appd"]["appTrafficRule"]
    assert described["id"] == APP_D_ID
    assert steer["trafficRuleId"] == STEER
    assert steer["trafficFilter"] == otherwise["trafficFilter"]
    assert steer["priority"] < otherwise["priority"]
    assert otherwise["action"] == "DROP"
