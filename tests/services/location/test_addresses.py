"""What devices are called, and what an answer gives away."""

import pytest
from msgspec import structs
from tests.services.street import network

from wayside.core.errors import BadRequest, Unprocessable
from wayside.refpoints.net.network import Network
from wayside.services.location.addresses import Addressing, Pseudonyms, in_query

KEY, OTHER_KEY = b"k" * 16, b"o" * 16
NETWORK = network()
PSEUDONYMS = Pseudonyms(KEY)


def test_a_pseudonym_leads_back_to_its_device_alone_and_to_nobody_elsewhere() -> None:
    addressing = Addressing(PSEUDONYMS)
    called = [addressing.shown(NETWORK, row) for row in range(NETWORK.size)]
    assert len(set(called)) == NETWORK.size
    assert [addressing.row(NETWORK, each) for each in called] == list(range(NETWORK.size))
    other = Addressing(Pseudonyms(OTHER_KEY))
    for each in called:
        with pytest.raises(Unprocessable):
            other.row(NETWORK, each)


def test_a_pseudonym_is_the_subscribers_whatever_its_row() -> None:
    car, alone = NETWORK.groups
    turned = Network(
        operators=NETWORK.operators,
        zones=NETWORK.zones,
        cells=NETWORK.cells,
        groups=(structs.replace(alone, first=0), structs.replace(car, first=1)),
    )
    addressing = Addressing(PSEUDONYMS)
    assert addressing.shown(NETWORK, 0) == addressing.shown(turned, 1)
    assert addressing.row(turned, addressing.shown(NETWORK, 5)) == 0


@pytest.mark.parametrize(
    "wrong", ["acr:", "acr:xyz", "acr:" + "0" * 32, "tel:+1", "10.60.0.300", ""]
)
def test_what_nobody_can_have_is_refused(wrong: str) -> None:
    addressing = Addressing(PSEUDONYMS)
    with pytest.raises(Unprocessable, match="no address that this platform knows"):
        addressing.row(NETWORK, wrong)
    with pytest.raises(BadRequest):
        addressing.asked(NETWORK, wrong)
    assert addressing.find(NETWORK, wrong) is None


def test_ipv4_addresses_are_understood_unless_the_operator_forbids_it() -> None:
    open_, closed = Addressing(PSEUDONYMS), Addressing(PSEUDONYMS, accepts=("acr",))
    for address in ("10.60.0.2", "acr:10.60.0.2"):
        assert open_.row(NETWORK, address) == 1
        with pytest.raises(Unprocessable):
            closed.row(NETWORK, address)
    assert open_.row(NETWORK, "10.99.0.1") is None


def test_an_operator_may_have_devices_called_otherwise() -> None:
    by_ip = Addressing(PSEUDONYMS, shows="ipv4")
    assert by_ip.shown(NETWORK, 1) == "acr:10.60.0.2"
    names = {"tel:+4930123": "car-1", "sip:gone@x": "nobody"}
    named = Addressing(PSEUDONYMS, accepts=("acr", "names"), shows="names", names=names)
    assert named.shown(NETWORK, 0) == "tel:+4930123"
    assert named.shown(NETWORK, 1).startswith("acr:")
    assert named.row(NETWORK, "tel:+4930123") == 0 and named.row(NETWORK, "sip:gone@x") is None
    assert in_query("tel:+4930123") == "tel:%2B4930123"
