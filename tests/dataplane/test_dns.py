"""The host's DNS: its own names, the others', and whatever strangers send."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.core.errors import Unavailable, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.core.tasks import Nursery
from wayside.dataplane.dns import DnsServer, DnsSettings
from wayside.dataplane.names import table_of
from wayside.dataplane.questions import answer_of, is_query, question_of, refusal_of
from wayside.model.rules import IpAddressType
from wayside.refpoints.mp2 import NameRecord

HOST = "127.0.0.1"


def record(
    name: str = "hello.edge", address: str = "10.60.1.2", ttl_s: int | None = None
) -> NameRecord:
    kind = IpAddressType.IP_V6 if ":" in address else IpAddressType.IP_V4
    return NameRecord(AppInstanceId("app"), "dns-1", name, kind, address, ttl_s)


class Asker:
    """A device that asks over UDP and TCP, and an upstream that answers with TXT or not at all."""

    def __init__(self, server: DnsServer, port: int) -> None:
        self.server = server
        self.port = port

    async def ask(self, name: str, kind: str = "A", **options: object) -> dns.message.Message:
        query = dns.message.make_query(name, kind, **options)  # type: ignore[arg-type]  # as named
        return dns.message.from_wire(await self.raw(query.to_wire()))

    async def raw(self, message: bytes, limit_s: float = 2.0) -> bytes:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.setblocking(False)
            device.connect((HOST, self.port))
            await loop.sock_sendall(device, message)
            return await asyncio.wait_for(loop.sock_recv(device, 65535), limit_s)

    async def over_tcp(self, *messages: bytes) -> list[bytes]:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        writer.write(b"".join(struct.pack("!H", len(each)) + each for each in messages))
        answers = []
        for _ in messages:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answers.append(await reader.readexactly(length))
        writer.close()
        return answers


class Upstream(asyncio.DatagramProtocol):
    """Answers every A question with 192.0.2.1, times of big.test with 60 addresses."""

    def __init__(self) -> None:
        self.asked: list[dns.message.Message] = []
        self.is_silent = False
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        self.asked.append(query)
        if self.is_silent or self._transport is None:
            return
        answer = dns.message.make_response(query)
        name = query.question[0].name
        count = 60 if "big" in str(name) else 1
        addresses = [f"192.0.2.{n + 1}" for n in range(count)]
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", *addresses))
        self._transport.sendto(answer.to_wire(), addr)


@pytest.fixture
async def upstream() -> AsyncIterator[tuple[Upstream, int]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Upstream, local_addr=(HOST, 0))
    yield protocol, transport.get_extra_info("sockname")[1]
    transport.close()


@pytest.fixture
async def asker(upstream: tuple[Upstream, int]) -> AsyncIterator[Asker]:
    async with Nursery() as nursery:
        settings = DnsSettings((HOST,), port=0, upstream=(HOST, upstream[1]), timeout_s=0.3)
        server = DnsServer(settings, nursery)
        port = await server.start()
        yield Asker(server, port)
        await server.close()


def _addresses(answer: dns.message.Message) -> list[str]:
    return [item.address for rrset in answer.answer for item in rrset]


async def test_a_name_of_ours_is_answered_with_authority_whatever_its_case(asker: Asker) -> None:
    asker.server.replace([record()])
    answer = await asker.ask("HELLO.Edge")
    assert _addresses(answer) == ["10.60.1.2"]
    assert answer.flags & dns.flags.AA
    assert str(answer.question[0].name) == "HELLO.Edge."
    assert answer.answer[0].ttl == 30


async def test_a_rules_own_ttl_holds(asker: Asker) -> None:
    asker.server.replace([record(ttl_s=5)])
    assert (await asker.ask("hello.edge")).answer[0].ttl == 5


async def test_the_other_family_and_other_types_have_no_data(asker: Asker) -> None:
    asker.server.replace([record()])
    for kind in ("AAAA", "MX", "HTTPS"):
        answer = await asker.ask("hello.edge", kind)
        assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
    asker.server.replace([record(), record(address="fd60::2")])
    assert _addresses(await asker.ask("hello.edge", "AAAA")) == ["fd60::2"]
    assert sorted(_addresses(await asker.ask("hello.edge", "ANY"))) == ["10.60.1.2", "fd60::2"]


async def test_several_instances_of_one_name_are_all_told(asker: Asker) -> None:
    asker.server.replace([record(), record(address="10.60.1.3"), record(address="10.60.1.2")])
    assert _addresses(await asker.ask("hello.edge")) == ["10.60.1.2", "10.60.1.3"]


async def test_the_next_question_after_a_change_gets_the_new_answer(
    asker: Asker, upstream: tuple[Upstream, int]
) -> None:
    asker.server.replace([record()])
    assert _addresses(await asker.ask("hello.edge")) == ["10.60.1.2"]
    asker.server.replace([record(address="10.60.1.9")])
    assert _addresses(await asker.ask("hello.edge")) == ["10.60.1.9"]
    asker.server.replace([])
    assert _addresses(await asker.ask("hello.edge")) == ["192.0.2.1"]
    assert len(upstream[0].asked) == 1


async def test_a_wrong_record_is_refused_by_name_and_the_old_ones_stay(asker: Asker) -> None:
    asker.server.replace([record()])
    six = NameRecord(AppInstanceId("app"), "dns-1", "b", IpAddressType.IP_V6, "10.0.0.1")
    for wrong, attribute in (
        (record(name="a..b"), "domainName"),
        (record(name="x" * 64), "domainName"),
        (record(name="."), "domainName"),
        (record(address="nowhere"), "ipAddress"),
        (record(ttl_s=-1), "ttl"),
        (six, "ipAddress"),
    ):
        with pytest.raises(Unprocessable, match=rf"DNS rule app/dns-1: {attribute}") as refused:
            asker.server.replace([record(name="new.edge"), wrong])
        assert refused.value.field == attribute
    assert _addresses(await asker.ask("hello.edge")) == ["10.60.1.2"]


async def test_other_names_are_forwarded_under_another_id_with_their_options(
    asker: Asker, upstream: tuple[Upstream, int]
) -> None:
    query = dns.message.make_query("example.org", "A", use_edns=0, payload=1232, want_dnssec=True)
    answer = dns.message.from_wire(await asker.raw(query.to_wire()))
    assert (answer.id, _addresses(answer)) == (query.id, ["192.0.2.1"])
    (asked,) = upstream[0].asked
    assert asked.id != query.id
    assert (asked.edns, asked.payload, bool(asked.ednsflags & dns.flags.DO)) == (0, 1232, True)


async def test_edns_is_answered_with_edns_by_the_fast_path_too(asker: Asker) -> None:
    asker.server.replace([record()])
    answer = await asker.ask("hello.edge", use_edns=0, payload=1232)
    assert (answer.edns, _addresses(answer)) == (0, ["10.60.1.2"])


async def test_a_silent_upstream_is_a_server_failure(
    asker: Asker, upstream: tuple[Upstream, int]
) -> None:
    upstream[0].is_silent = True
    answer = await asker.ask("example.org")
    assert answer.rcode() == dns.rcode.SERVFAIL
    assert str(answer.question[0].name) == "example.org."


async def test_without_an_upstream_other_names_are_refused() -> None:
    async with Nursery() as nursery:
        server = DnsServer(DnsSettings((HOST,), port=0), nursery)
        asker = Asker(server, await server.start())
        assert (await asker.ask("example.org")).rcode() == dns.rcode.REFUSED
        await server.close()


async def test_long_answers_are_cut_for_udp_and_whole_over_tcp(asker: Asker) -> None:
    answer = await asker.ask("big.test")
    assert answer.flags & dns.flags.TC
    query = dns.message.make_query("big.test", "A")
    (raw,) = await asker.over_tcp(query.to_wire())
    assert len(_addresses(dns.message.from_wire(raw))) == 60


async def test_a_connection_carries_several_questions(asker: Asker) -> None:
    asker.server.replace([record()])
    queries = [dns.message.make_query("hello.edge", kind).to_wire() for kind in ("A", "AAAA")]
    answers = [dns.message.from_wire(raw) for raw in await asker.over_tcp(*queries)]
    assert [_addresses(each) for each in answers] == [["10.60.1.2"], []]


async def test_a_connection_that_sends_rubbish_is_closed(asker: Asker) -> None:
    reader, writer = await asyncio.open_connection(HOST, asker.port)
    writer.write(b"\x00\x03abc")
    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()


@pytest.mark.parametrize(
    ("flags", "counts", "code"),
    [
        (0x2800, (1, 0, 0, 0), dns.rcode.NOTIMP),
        (0x0100, (0, 0, 0, 0), dns.rcode.FORMERR),
        (0x0100, (2, 0, 0, 0), dns.rcode.FORMERR),
        (0x0100, (1, 5, 0, 0), dns.rcode.FORMERR),
    ],
)
async def test_malformed_questions_are_answered_as_such(
    asker: Asker, flags: int, counts: tuple[int, ...], code: dns.rcode.Rcode
) -> None:
    body = b"\x05hello\x04edge\0\0\x01\0\x01" if counts[0] == 1 else b""
    raw = await asker.raw(struct.pack("!HHHHHH", 77, flags, *counts) + body)
    assert struct.unpack_from("!H", raw)[0] == 77
    assert raw[3] & 15 == code


async def test_it_answers_on_after_garbage(asker: Asker) -> None:
    asker.server.replace([record()])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for garbage in (b"", b"\0", b"\xff" * 12, bytes(range(256)), b"\0" * 512, b"\x80" * 40):
            stranger.sendto(garbage, (HOST, asker.port))
        whole = dns.message.make_query("hello.edge", "A").to_wire()
        for end in range(len(whole)):
            stranger.sendto(whole[:end], (HOST, asker.port))
    assert _addresses(await asker.ask("hello.edge")) == ["10.60.1.2"]


async def test_an_address_that_is_not_there_is_said_so() -> None:
    async with Nursery() as nursery:
        server = DnsServer(DnsSettings(("203.0.113.99",), port=0), nursery)
        with pytest.raises(Unavailable, match=r"DNS cannot listen on 203\.0\.113\.99"):
            await server.start()


NAMES = table_of([record()])
QUESTION = b"\x05hello\x04edge\0\0\x01\0\x01"


@given(st.binary(max_size=80))
def test_no_message_is_too_strange_to_be_read(message: bytes) -> None:
    question = question_of(message)
    if question is not None:
        answer_of(message, question, NAMES)
    if is_query(message):
        dns.message.from_wire(refusal_of(message, 1), ignore_trailing=True)


@given(st.binary(max_size=20), st.integers(0, 65535))
def test_what_follows_a_question_never_breaks_its_answer(tail: bytes, flags: int) -> None:
    message = struct.pack("!HHHHHH", 9, flags & 0x07FF, 1, 0, 0, 1) + QUESTION + tail
    question = question_of(message)
    if question is not None:
        answer = answer_of(message, question, NAMES)
        assert answer is not None
        assert _addresses(dns.message.from_wire(answer)) == ["10.60.1.2"]
