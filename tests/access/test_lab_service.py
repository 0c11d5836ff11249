"""The lab's answers, on the real town and on its simulated twin alike."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wayside.access.lab.figures import DelayRun, DownloadRun, RequestRun
from wayside.access.lab.instruments import NamespaceInstruments
from wayside.access.lab.loopback import LoopbackInstruments, LoopbackTown
from wayside.access.lab.model import Scenario
from wayside.access.lab.plan import TownPlan
from wayside.access.lab.service import LabService
from wayside.access.lab.town import Town
from wayside.adapters.clocks import SystemClock
from wayside.core.errors import Unprocessable
from wayside.linux import probe

CLOUD = "203.0.113.10"
INTERNET_DNS = "203.0.113.53"


@dataclass
class NoRules:
    """A host without traffic rules: every packet goes where it is addressed to."""

    async def walk(
        self, host_id: str, *, src: str, dst: str, protocol: str, dst_port: int
    ) -> str | None:
        return dst


@pytest.fixture(params=[pytest.param("namespaces", marks=pytest.mark.netns), "simulated"])
async def lab(
    request: pytest.FixtureRequest, scenario: Scenario, plan: TownPlan, tmp_path: Path
) -> AsyncIterator[LabService]:
    town: Town | LoopbackTown
    if request.param == "namespaces":
        if (reason := probe.missing()) is not None:
            pytest.skip(reason)
        town = Town(plan, logs=tmp_path)
        service = LabService(scenario, plan.hosts, NamespaceInstruments(plan))
    else:
        request.getfixturevalue("loopback")
        town = LoopbackTown(scenario)
        instruments = LoopbackInstruments(scenario, NoRules(), SystemClock())
        service = LabService(scenario, town.hosts, instruments)
    try:
        await town.realise()
        yield service
    finally:
        await town.release()


async def test_the_town_says_what_it_is_made_of(lab: LabService) -> None:
    town = await lab.get_town()
    assert town.simulated is (town.mode == "simulated")
    assert len(town.nodes) == 11
    assert {device.id: device.host for device in town.devices} == {
        "ue1": "mec1",
        "ue2": "mec1",
        "ue3": "mec2",
        "ue4": "mec2",
    }
    assert town.hosts[1].latency_ns["cell2"] == 4_000_000


async def test_every_delayed_link_is_measured_near_what_is_configured(lab: LabService) -> None:
    report = await lab.measure_delays(DelayRun(count=5))
    assert [link.link for link in report.links] == ["cell2-mec2", "mec1-core", "mec2-core"]
    for link in report.links:
        assert link.lost == 0
        assert link.configured_ms * 0.97 <= link.p50_ms < link.configured_ms + 15
        assert link.p50_ms <= link.p95_ms


async def test_requests_to_the_cloud_take_the_backhaul_twice_each_way(lab: LabService) -> None:
    report = await lab.run_requests(RequestRun(device="ue1", address=CLOUD, count=3))
    assert report.device_address == "10.45.1.1"
    assert [(served.served_by, served.count) for served in report.served] == [("cloud", 3)]
    assert min(report.timings_s) > 4 * 0.012 * 0.98
    assert report.backhaul_bytes > 3 * 150
    assert report.failures == ()


async def test_a_kept_connection_saves_a_round_trip(lab: LabService) -> None:
    report = await lab.run_requests(
        RequestRun(device="ue1", address=CLOUD, count=3, keep_alive=True)
    )
    assert report.timings_s[0] - min(report.timings_s[1:]) > 0.020


async def test_a_name_is_resolved_over_the_same_network(lab: LabService) -> None:
    report = await lab.run_requests(
        RequestRun(device="ue3", name="hello.example", dns=INTERNET_DNS)
    )
    assert report.address == CLOUD
    assert report.resolve_s is not None
    assert report.resolve_s > 2 * 0.014 * 0.98


async def test_a_download_is_bounded_by_the_backhauls_rate(lab: LabService) -> None:
    report = await lab.run_download(
        DownloadRun(device="ue1", address=CLOUD, path="/bytes?n=3000000")
    )
    assert report.bytes == 3_000_000
    assert report.backhaul_bytes >= 3_000_000
    assert 0 < report.throughput_bps < 205e6
    assert report.failure is None


async def test_a_request_that_is_refused_is_reported(lab: LabService) -> None:
    report = await lab.run_requests(RequestRun(device="ue1", address=CLOUD, path="/nowhere"))
    assert report.timings_s == ()
    assert report.failures == (f"{CLOUD}: status 404.",)


@pytest.mark.parametrize(
    ("run", "field"),
    [
        (RequestRun(device="ue9", address=CLOUD), "device"),
        (RequestRun(device="ue1"), "address"),
        (RequestRun(device="ue1", address=CLOUD, name="hello.example"), "address"),
        (RequestRun(device="ue1", address="example.org"), "address"),
        (RequestRun(device="ue1", name="hello.example", dns="8.8.8"), "dns"),
        (RequestRun(device="ue1", address=CLOUD, path="no-slash"), "path"),
        (RequestRun(device="ue1", address=CLOUD, path="/a b"), "path"),
        (RequestRun(device="ue1", address=CLOUD, path="/a\r\nX: y"), "path"),
    ],
)
async def test_a_faulty_order_names_its_field(
    scenario: Scenario, run: RequestRun, field: str
) -> None:
    town = LoopbackTown(scenario)
    instruments = LoopbackInstruments(scenario, NoRules(), SystemClock())
    with pytest.raises(Unprocessable) as caught:
        await LabService(scenario, town.hosts, instruments).run_requests(run)
    assert caught.value.field == field
