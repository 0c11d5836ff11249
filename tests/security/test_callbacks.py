"""The fence around callbacks: an instance's own addresses, what the operator allows, no more."""

from ipaddress import ip_network

import pytest

from wayside.core.errors import Unprocessable
from wayside.security.callbacks import CallbackFence

OWN = ["10.60.1.2"]
CLOSED = CallbackFence(ip_network("10.60.1.0/24"))
OPEN = CallbackFence(
    ip_network("10.60.1.0/24"),
    tuple(ip_network(each) for each in ("0.0.0.0/0", "::/0")),
)


@pytest.mark.parametrize("host", ["10.60.1.2:8080", "[::ffff:10.60.1.2]"])
def test_the_applications_own_address_is_always_open(host: str) -> None:
    CLOSED.require(f"http://{host}/in", OWN)
    OPEN.require(f"http://{host}/in", OWN)


def test_the_address_of_another_instance_is_not() -> None:
    with pytest.raises(Unprocessable, match="own addresses"):
        CLOSED.require("http://10.60.1.3/in", OWN)


def test_what_the_operator_allows_is_open() -> None:
    one = CallbackFence(ip_network("10.60.1.0/24"), (ip_network("10.2.0.0/16"),))
    one.require("http://10.2.3.4/in", OWN)
    with pytest.raises(Unprocessable, match="callback_networks"):
        one.require("http://10.3.3.4/in", OWN)


FORBIDDEN = [
    "127.0.0.1",
    "127.9.9.9",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "0.0.0.0",
    "[::]",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "[fe80::1]",
    "224.0.0.1",
    "[ff02::1]",
    "255.255.255.255",
]
ODD = [
    "127.1",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.0.0.1.",
]


@pytest.mark.parametrize("host", FORBIDDEN)
def test_loopback_link_local_multicast_and_metadata_are_never_open(host: str) -> None:
    with pytest.raises(Unprocessable, match="own addresses"):
        OPEN.require(f"http://{host}/in", OWN)
    with pytest.raises(Unprocessable):
        OPEN.reach(host.strip("[]"), [host.strip("[]")])


@pytest.mark.parametrize("host", ODD)
def test_an_address_in_an_unusual_spelling_is_refused_for_its_spelling(host: str) -> None:
    with pytest.raises(Unprocessable, match="unusual spelling"):
        OPEN.require(f"http://{host}/in", OWN)


def test_a_name_is_let_in_only_where_a_network_is_allowed_for_it_to_lead_to() -> None:
    OPEN.require("http://app.example/in", OWN)
    with pytest.raises(Unprocessable, match="is a name"):
        CLOSED.require("http://app.example/in", OWN)


@pytest.mark.parametrize(
    "closed", ["127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1%lo"]
)
def test_a_name_with_one_closed_address_is_not_called_at_all(closed: str) -> None:
    assert OPEN.reach("app.example", ["10.2.0.1", "10.2.0.2"]) == "10.2.0.1"
    with pytest.raises(Unprocessable, match=r"app\.example.*resolves to"):
        OPEN.reach("app.example", ["10.2.0.1", closed])


def test_a_name_does_not_open_an_instances_address() -> None:
    with pytest.raises(Unprocessable, match="resolves to"):
        CLOSED.reach("app.example", ["10.60.1.3"])
    assert CLOSED.reach("10.60.1.3", ["10.60.1.3"]) == "10.60.1.3"


def test_a_callback_is_still_one_by_the_standards_rule() -> None:
    with pytest.raises(Unprocessable, match="user part"):
        CLOSED.require("http://me:secret@10.60.1.2/in", OWN)
