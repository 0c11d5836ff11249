"""GTP-U without a network: messages against bytes written by hand, and one side's decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.linux.gtpu import messages
from wayside.linux.gtpu.end import NOTHING, Bearer, TunnelEnd, device_end
from wayside.linux.gtpu.messages import Kind, Malformed, Message, UnknownExtension

UE, CLOUD = bytes((10, 45, 1, 1)), bytes((203, 0, 113, 10))
UPLINK = b"\x45" + bytes(11) + UE + CLOUD + b"hello"
DOWNLINK = b"\x45" + bytes(11) + CLOUD + UE + b"hello"
G_PDU = bytes.fromhex("34ff0021000101010000008501100900") + UPLINK
BEARER = Bearer("10.45.1.1", "10.46.4.1", 0x010101, 0x010102, 9)


def host_end() -> TunnelEnd:
    return TunnelEnd([BEARER], address="10.46.4.2", is_uplink=False)


def test_a_packet_is_written_as_the_standard_draws_it() -> None:
    assert messages.g_pdu(0x010101, 9, UPLINK, is_uplink=True) == G_PDU
    assert messages.decode(G_PDU) == Message(255, 0x010101, UPLINK, None, 9, True)


def test_a_packet_without_optional_fields_is_read_too() -> None:
    plain = bytes.fromhex("30ff00190000abcd") + UPLINK
    assert messages.decode(plain) == Message(255, 0xABCD, UPLINK)


def test_sequence_numbers_and_skippable_extensions_are_read_over() -> None:
    body = bytes.fromhex("0007004001beef8501000500") + b"x"  # a UDP port, then the container
    found = messages.decode(bytes.fromhex("36ff000d00000001") + body)
    assert found == Message(255, 1, b"x", 7, 5, False)


def test_an_extension_that_must_be_understood_is_refused_with_the_list_of_known_ones() -> None:
    strange = bytes.fromhex("34ff000900000001000000c001000000") + b"x"
    with pytest.raises(UnknownExtension):
        messages.decode(strange)
    answer = messages.decode(host_end().release(strange, "10.46.4.1").answer or b"")
    assert (answer.kind, answer.payload) == (Kind.EXTENSIONS_NOTIFICATION, b"\x8d\x01\x85")


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        G_PDU[:7],
        b"\x54" + G_PDU[1:],  # version 2
        b"\x24" + G_PDU[1:],  # GTP'
        G_PDU[:-1],  # shorter than it says
        bytes.fromhex("34ff00040000000100000085"),  # the container is missing
        bytes.fromhex("34ff0008000000010000008500100900"),  # of no length
        bytes.fromhex("34ff0008000000010000008502100900"),  # longer than the message
        bytes.fromhex("32ff0002000000010000"),
    ],
)
def test_what_is_no_message_is_counted_and_goes_nowhere(wrong: bytes) -> None:
    with pytest.raises(Malformed):
        messages.decode(wrong)
    end = host_end()
    assert end.release(wrong, "10.46.4.1") == NOTHING
    assert end.counters == {"malformed": 1}


def test_a_bearers_packet_is_let_out_and_its_answer_wrapped_for_the_base_station() -> None:
    end = host_end()
    assert end.release(G_PDU, "10.46.4.1").packet == UPLINK
    wrapped = messages.g_pdu(0x010102, 9, DOWNLINK, is_uplink=False)
    assert end.wrap(DOWNLINK) == (wrapped, "10.46.4.1")
    assert end.counters == {"released": 1, "wrapped": 1}


@pytest.mark.parametrize(
    ("datagram", "peer"),
    [
        (G_PDU, "10.46.5.1"),
        (messages.g_pdu(0x010101, 8, UPLINK, is_uplink=True), "10.46.4.1"),
        (messages.g_pdu(0x010101, 9, UPLINK, is_uplink=False), "10.46.4.1"),
        (messages.g_pdu(0x010101, 9, DOWNLINK, is_uplink=True), "10.46.4.1"),
        (messages.g_pdu(0x010101, 9, UPLINK[:19], is_uplink=True), "10.46.4.1"),
    ],
    ids=["another base station", "another QFI", "downlink", "another device", "no IP header"],
)
def test_nothing_is_let_out_whose_outer_header_is_not_its_bearers(
    datagram: bytes, peer: str
) -> None:
    end = host_end()
    assert end.release(datagram, peer) == NOTHING
    assert end.counters == {"not_of_bearer": 1}


def test_the_sender_of_an_unknown_teid_is_told_which() -> None:
    unknown = messages.g_pdu(0xBAD, 9, UPLINK, is_uplink=True)
    told = messages.decode(host_end().release(unknown, "10.46.4.1").answer or b"")
    assert told.kind == Kind.ERROR_INDICATION
    assert told.payload == bytes.fromhex("1000000bad8500040a2e0402")


def test_an_echo_is_answered_with_its_sequence_number() -> None:
    answer = host_end().release(messages.echo_request(0x1234), "10.46.4.1").answer
    assert answer == bytes.fromhex("3202000600000000123400000e00")


@pytest.mark.parametrize("kind", [Kind.END_MARKER, Kind.ERROR_INDICATION, 99])
def test_other_messages_are_only_counted(kind: int) -> None:
    end = host_end()
    assert end.release(bytes((0x30, kind, 0, 0, 0, 0, 0, 1)), "10.46.4.1") == NOTHING
    assert end.counters.total() == 1


def test_a_packet_of_no_bearer_is_not_wrapped() -> None:
    end = host_end()
    assert end.wrap(UPLINK) is None
    assert end.wrap(b"") is None
    assert end.counters == {"no_tunnel": 2}


def test_the_ends_of_ipv6_packets_are_found_too() -> None:
    packet = b"\x60" + bytes(7) + bytes(range(16)) + bytes(range(16, 32))
    assert device_end(packet, is_source=True) == bytes(range(16))
    assert device_end(packet, is_source=False) == bytes(range(16, 32))
    assert device_end(packet[:39], is_source=True) is None


@given(st.lists(st.tuples(st.integers(0, len(G_PDU) - 1), st.integers(0, 255)), max_size=3))
def test_what_is_let_out_is_what_reading_each_field_would_let_out(
    changes: list[tuple[int, int]],
) -> None:
    """Most is told by its first octets at once; whatever differs in one is read field by field."""
    octets = bytearray(G_PDU)
    for place, value in changes:
        octets[place] = value
    try:
        message = messages.decode(bytes(octets))
        is_ours = (message.kind, message.teid) == (Kind.G_PDU, BEARER.teid_here)
        is_ours = is_ours and message.qfi in (None, BEARER.qfi) and message.is_uplink is not False
        is_ours = is_ours and device_end(message.payload, is_source=True) == UE
        wanted = message.payload if is_ours else None
    except (Malformed, UnknownExtension):
        wanted = None
    assert host_end().release(bytes(octets), BEARER.peer).packet == wanted
