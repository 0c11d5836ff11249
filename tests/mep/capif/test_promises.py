"""What is promised is compared by amount, not by text; what is not promised is not kept."""

import pytest

from wayside.mep.capif.model import (
    AddressRange,
    AefProfile,
    IpAddrInfo,
    IpAddrRange,
    ServiceKpis,
    Version,
)
from wayside.mep.capif.promises import address_of, amount, keeps, serves


def profile(kpis: ServiceKpis | None = None, ranges: IpAddrRange | None = None) -> AefProfile:
    versions = (Version(api_version="v1"),)
    return AefProfile(aef_id="a", versions=versions, service_kpis=kpis, ue_ip_range=ranges)


@pytest.mark.parametrize(
    ("said", "means"), [("1.5 GB", 1.5e9), ("2 kFLOPS", 2e3), ("2 KB", 2e3), ("1 YB", 1e24), (7, 7)]
)
def test_a_unit_is_a_power_of_a_thousand(said: int | str, means: float) -> None:
    assert amount(said) == pytest.approx(means)


@pytest.mark.parametrize(
    ("promised", "wanted", "kept"),
    [
        ({"aval_mem": "2000 MB"}, {"aval_mem": "2 GB"}, True),
        ({"aval_mem": "1999 MB"}, {"aval_mem": "2 GB"}, False),
        ({"max_restime": 1}, {"max_restime": 2}, True),
        ({"max_restime": 3}, {"max_restime": 2}, False),
        ({"availability": 99}, {"max_req_rate": 1}, False),
        ({"max_req_rate": 10, "con_band": 5}, {"max_req_rate": 10}, True),
        ({}, {}, True),
    ],
)
def test_a_promise_is_kept_where_each_figure_is_enough(
    promised: dict[str, str | int], wanted: dict[str, str | int], kept: bool
) -> None:
    assert keeps(profile(ServiceKpis(**promised)), ServiceKpis(**wanted)) is kept  # type: ignore[arg-type]


def test_who_promises_nothing_keeps_no_demand() -> None:
    assert not keeps(profile(), ServiceKpis(con_band=1))


@pytest.mark.parametrize(
    ("device", "served"),
    [
        (IpAddrInfo(ipv4_addr="10.0.0.1"), True),
        (IpAddrInfo(ipv4_addr="10.0.0.9"), True),
        (IpAddrInfo(ipv4_addr="10.0.0.10"), False),
        (IpAddrInfo(ipv6_addr="::5"), False),
    ],
)
def test_a_device_is_served_within_the_ranges_of_its_family(
    device: IpAddrInfo, served: bool
) -> None:
    ranges = IpAddrRange(ue_ipv4_addr_ranges=(AddressRange(start="10.0.0.1", end="10.0.0.9"),))
    assert serves(profile(ranges=ranges), address_of(device)) is served
    assert serves(profile(), address_of(device))
