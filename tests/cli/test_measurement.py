"""What the demonstration measured is summarised truly, and explained in words."""

import math

import pytest

from wayside.access.lab.figures import DownloadReport, RequestReport, Served
from wayside.cli.measurement import arm_of, percentile


def report(*timings_s: float, failures: tuple[str, ...] = (), crossed: int = 0) -> RequestReport:
    served = (Served(served_by="edge", instance="i", count=len(timings_s)),) if timings_s else ()
    return RequestReport(
        device="ue1",
        device_address="10.45.1.1",
        address="203.0.113.10",
        resolve_s=None,
        timings_s=timings_s,
        served=served,
        failures=failures,
        backhaul_bytes=crossed,
        simulated=False,
    )


DOWNLOAD = DownloadReport(
    device="ue1",
    address="203.0.113.10",
    bytes=1000,
    seconds=0.001,
    throughput_bps=8e6,
    failure=None,
    backhaul_bytes=7,
    simulated=False,
)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 2.0), (0.95, 4.0), (0.99, 4.0), (0.0, 1.0), (1.0, 4.0)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == expected


def test_the_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(percentile([], 0.5))


def test_an_arm_counts_what_failed_and_spreads_the_backhaul_over_all_requests() -> None:
    asked = report(0.001, 0.003, failures=("timed out",), crossed=300)
    arm = arm_of("edge", asked, named=report(0.001), download=DOWNLOAD)
    assert (arm.requests, arm.failures) == (3, 1)
    assert arm.p50_ms == pytest.approx(1.0)
    assert arm.backhaul_bytes_per_request == 100
    assert arm.backhaul_bytes_of_download == 7


def test_an_arm_that_nobody_served_says_so() -> None:
    arm = arm_of("edge", report(failures=("x",)), named=report(), download=DOWNLOAD)
    assert arm.served_by == "nobody"
    assert math.isnan(arm.p50_ms)
