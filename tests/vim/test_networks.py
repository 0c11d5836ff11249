"""Names, addresses and lines of the instances' networks."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from wayside.core.errors import Conflict
from wayside.vim import networks
from wayside.vim.networks import Pool

POOL = Pool(IPv4Network("10.60.1.0/24"), IPv4Address("10.60.1.1"))
UUID = "0b6f2a4e-6a53-4ac1-9d3f-d53cd6eb9a7f"


def test_neither_gateway_nor_network_nor_broadcast_is_given_away() -> None:
    small = Pool(IPv4Network("10.60.1.0/29"), IPv4Address("10.60.1.1"))
    taken: set[int] = set()
    for _ in range(small.size):
        taken.add(small.take(taken))
    assert sorted(str(small.address(number)) for number in taken) == [
        f"10.60.1.{n}" for n in range(2, 7)
    ]
    with pytest.raises(Conflict, match="addresses: asked 1, free 0 of 5"):
        small.take(taken)


def test_the_next_number_goes_on_from_the_last_and_then_round() -> None:
    assert POOL.take({7}, after=6) == 8
    assert POOL.take({2}, after=254) == 3


def test_a_namespace_is_named_after_its_instance() -> None:
    network = networks.network_of(UUID, 7, prefix="ws12345", pool=POOL)
    assert network.namespace == "ws12345-0b6f2a4e"
    assert network.address == "10.60.1.7"
    assert networks.short("app-1") != networks.short("app-2")
    assert networks.short("app-1") == networks.short("app-1")
    assert len(networks.short("x" * 64)) == 8


def test_a_device_name_fits_the_kernel_in_the_largest_pool() -> None:
    large = Pool(IPv4Network("10.0.0.0/8"), IPv4Address("10.0.0.1"))
    assert len(networks.device_of(large.network.num_addresses)) <= 15


def test_everything_goes_through_the_gateway_and_nothing_is_a_shared_link() -> None:
    network = networks.network_of(UUID, 7, prefix="p", pool=POOL)
    assert "route replace 10.60.1.7/32 dev app7 src 10.60.1.1" in network.host_lines
    assert network.inside_lines[-1] == (
        "route replace default via 10.60.1.1 dev eth0 onlink src 10.60.1.7"
    )
    assert 'iifname "eth0" ip daddr != 10.60.1.7 redirect' in network.inside_rules


def test_instances_of_different_hosts_are_different_users_and_none_is_a_real_one() -> None:
    first, second = networks.uid_of("10.60.1.7"), networks.uid_of("10.60.2.7")
    assert first != second
    assert all(200_000 <= uid < 265_536 for uid in (first, second))
