"""Devices are found by row, by name and by address, however many a group has."""

import pytest
from tests.refpoints.facts import NETWORK


def test_the_devices_of_a_group_count_upwards_from_the_first() -> None:
    third = NETWORK.device(2)
    assert third.id == "walker-3"
    assert third.address == "100.64.1.1"
    assert third.supi == "imsi-001010000000011"
    assert third.mac == "02:00:00:00:01:00"


def test_a_device_alone_keeps_its_own_name() -> None:
    assert NETWORK.device(5).id == "ue1"
    assert NETWORK.row_of_id("ue1") == 5


@pytest.mark.parametrize("row", range(NETWORK.size))
def test_name_and_address_lead_back_to_the_row(row: int) -> None:
    device = NETWORK.device(row)
    assert NETWORK.row_of_id(device.id) == row
    assert NETWORK.row_of_address(device.address) == row
    assert NETWORK.row_of_mac(device.mac) == row


@pytest.mark.parametrize(
    "name", ["walker", "walker-0", "walker-6", "walker-01", "walker-x", "walker-²", "ue1-1", ""]
)
def test_nobody_has_a_name_that_was_not_given(name: str) -> None:
    assert NETWORK.row_of_id(name) is None


def test_nobody_has_an_address_that_was_not_given() -> None:
    assert NETWORK.row_of_address("100.64.1.4") is None
    assert NETWORK.row_of_address("100.64.0.254") is None
    assert NETWORK.row_of_mac("02:00:00:00:00:00") is None
    for row in (6, -1):
        with pytest.raises(KeyError):
            NETWORK.device(row)
