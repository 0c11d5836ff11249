"""What the demonstration measured, summarised: percentiles, rates, and what the backhaul carried.

Pure: never measures anything, never prints.
"""

import math
from collections.abc import Sequence

from wayside.access.lab.figures import DelayReport, DownloadReport, RequestReport
from wayside.core.wire import Wire


class Arm(Wire, omit_defaults=False):
    """One way of serving the same request: times in ms, rates in bit/s, bytes on the backhaul."""

    name: str
    served_by: str
    name_resolves_to: str
    requests: int
    failures: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    throughput_bps: float
    backhaul_bytes_per_request: float
    backhaul_bytes_of_download: int


class Demonstration(Wire, omit_defaults=False):
    """The whole demonstration; ``simulated`` tells that no packet was real."""

    simulated: bool
    device: str
    host: str
    instance: str
    request: str
    delays: DelayReport
    arms: tuple[Arm, ...]
    picture: str | None


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that ``share`` of ``values`` do not exceed; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def arm_of(
    name: str, requests: RequestReport, *, named: RequestReport, download: DownloadReport
) -> Arm:
    """Return the summary of one arm's reports; ``named`` went by the name, not the address."""
    timings_ms = [seconds * 1000 for seconds in requests.timings_s]
    asked = len(requests.timings_s) + len(requests.failures)
    return Arm(
        name=name,
        served_by=", ".join(served.served_by for served in requests.served) or "nobody",
        name_resolves_to=named.address or "nothing",
        requests=asked,
        failures=len(requests.failures),
        p50_ms=percentile(timings_ms, 0.50),
        p95_ms=percentile(timings_ms, 0.95),
        p99_ms=percentile(timings_ms, 0.99),
        throughput_bps=download.throughput_bps,
        backhaul_bytes_per_request=requests.backhaul_bytes / asked if asked else 0.0,
        backhaul_bytes_of_download=download.backhaul_bytes,
    )
