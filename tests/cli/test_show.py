"""``wayside app show``: tables for people that leave nothing out, one document for programs."""

import json
from collections.abc import Iterator

import pytest

from wayside.cli import show
from wayside.cli.output import output
from wayside.cli.placement import print_placement
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppInstanceLinks,
    AppLcmOpOcc,
    AppLcmOpOccLinks,
    LcmOperation,
    LcmOperationState,
    OperationalState,
)
from wayside.model.app_pkgm import (
    AppPkgInfo,
    AppPkgLinks,
    AppPkgSWImageInfo,
    OnboardingState,
    PackageOperationalState,
    UsageState,
)
from wayside.model.common import LinkType, ProblemDetails, TimeStamp
from wayside.model.images import ChecksumData
from wayside.model.placement import WaysideCandidate, WaysidePlacement
from wayside.model.rules import (
    DestinationInterface,
    DnsRule,
    FilterType,
    InterfaceType,
    IpAddressType,
    RuleAction,
    RuleState,
    TrafficFilter,
    TrafficRule,
)

THERE = LinkType(href="/there")
PLACED = WaysidePlacement(
    host_id="mec1",
    explanation="it is the nearest.",
    considered=(
        WaysideCandidate(host_id="mec1", latency_ns=500_000, headroom=0.5),
        WaysideCandidate(host_id="mec2", latency_ns=4_000_000, refused=("Its latency is 4 ms.",)),
        WaysideCandidate(host_id="mec3"),
    ),
    hosts_considered=3,
    addresses=("10.60.1.2",),
)
PACKAGE = AppPkgInfo(
    links=AppPkgLinks(self=THERE, app_d=THERE, app_pkg_content=THERE),
    id="pkg-1",
    app_d_id="shop-1.0",
    app_provider="Example",
    app_name="shop",
    app_software_version="1.0",
    app_d_version="1.0",
    checksum=ChecksumData(algorithm="SHA-256", hash="ab" * 32),
    software_images=(AppPkgSWImageInfo(id="web", name="web-image", version="2.0"),),
    onboarding_state=OnboardingState.ONBOARDED,
    operational_state=PackageOperationalState.ENABLED,
    usage_state=UsageState.IN_USE,
    mec_info=("3.1.1",),
    wayside_notes=("mecVersion is assumed.",),
)
INSTANCE = AppInstanceInfo(
    links=AppInstanceLinks(self=THERE),
    id="0123456789",
    app_d_id="shop-1.0",
    app_provider="Example",
    app_name="shop",
    app_soft_version="1.0",
    app_d_version="1.0",
    app_pkg_id="pkg-1",
    instantiation_state="NOT_INSTANTIATED",  # type: ignore[arg-type]
    wayside_placement=PLACED,
).moved(OperationalState.STARTED)
FAILED = AppLcmOpOcc(
    links=AppLcmOpOccLinks(self=THERE, app_instance=THERE),
    id="op-1",
    operation_state=LcmOperationState.FAILED,
    start_time=TimeStamp(seconds=1_800_000_000, nano_seconds=900_000_000),
    state_entered_time=TimeStamp(seconds=1_800_000_002, nano_seconds=150_000_000),
    lcm_operation=LcmOperation.INSTANTIATE,
    app_instance_id=INSTANCE.id,
    error=ProblemDetails(title="Conflict", status=409, detail="The host is full."),
)
STEER = TrafficRule(
    traffic_rule_id="steer",
    filter_type=FilterType.FLOW,
    priority=7,
    traffic_filter=(TrafficFilter(dst_address=("203.0.113.10",), dst_port=("80", "443"), q_ci=1),),
    action=RuleAction.FORWARD_DECAPSULATED,
    dst_interface=DestinationInterface(interface_type=InterfaceType.IP, dst_ip_address="10.60.1.2"),
    state=RuleState.ACTIVE,
)
NAME = DnsRule(
    dns_rule_id="name",
    domain_name="shop.example",
    ip_address_type=IpAddressType.IP_V4,
    ip_address="10.60.1.2",
    state=RuleState.INACTIVE,
)
SHOWN = show.ShownInstance(
    instance=INSTANCE,
    package=PACKAGE,
    operations=(FAILED,),
    traffic_rules=(STEER,),
    dns_rules=(NAME,),
)


def line_with(text: str, *words: str) -> str:
    """The one line that has all of ``words``."""
    (found,) = (line for line in text.splitlines() if all(word in line for word in words))
    return found


def test_each_host_has_a_row_with_its_figures_and_why_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_placement(PLACED)
    printed = capsys.readouterr().out
    assert "50%" in line_with(printed, "mec1", "chosen", "0.50 ms")
    assert "4.00 ms" in line_with(printed, "mec2", "refused", "Its latency is 4 ms.")
    assert line_with(printed, "mec3", "fits")
    assert "Why mec1: it is the nearest." in printed


def test_of_many_hosts_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_placement(
        WaysidePlacement(
            host_id="mec1",
            explanation="nearest",
            considered=PLACED.considered,
            hosts_considered=10_000,
            refusals={"latency": 9_000},
        )
    )
    printed = capsys.readouterr().out
    assert "9997 more hosts" in printed
    assert "latency 9000" in printed


def test_an_instance_is_shown_with_operations_rules_and_the_notes_of_its_package(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show.print_instance(SHOWN)
    printed = capsys.readouterr().out
    assert "STARTED" in printed
    assert "2.25" not in line_with(printed, "INSTANTIATE", "FAILED", "1.25 s", "The host is full.")
    assert line_with(printed, "steer", "ACTIVE", "7", "10.60.1.2", "dstPort 80|443, qCI 1")
    assert line_with(printed, "name", "INACTIVE", "shop.example", "10.60.1.2")
    assert "Note: mecVersion is assumed." in printed


def test_a_host_that_is_away_is_told_and_the_rest_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show.print_instance(show.ShownInstance(instance=INSTANCE, rules_unknown="mec1 is away."))
    printed = capsys.readouterr().out
    assert "rules are not known: mec1 is away." in printed
    assert "chosen" in printed


def test_a_package_is_shown_with_images_and_instances(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_package(show.ShownPackage(package=PACKAGE, instances=(INSTANCE,)))
    printed = capsys.readouterr().out
    assert "shop 1.0 by Example" in printed
    assert line_with(printed, "web-image", "2.0")
    assert line_with(printed, INSTANCE.id, "STARTED", "mec1", "10.60.1.2")


def test_a_package_without_instances_says_how_to_make_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show.print_package(show.ShownPackage(package=PACKAGE))
    assert "wayside app start shop-1.0" in capsys.readouterr().out


@pytest.fixture
def for_programs() -> Iterator[None]:
    output.as_json = True
    yield
    output.as_json = False


@pytest.mark.usefixtures("for_programs")
def test_programs_get_one_document_with_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_instance(SHOWN)
    shown = json.loads(capsys.readouterr().out)
    assert shown["instance"]["waysidePlacement"]["hostId"] == "mec1"
    assert shown["operations"][0]["operationState"] == "FAILED"
    assert shown["trafficRules"][0]["trafficRuleId"] == "steer"
    assert shown["dnsRules"][0]["domainName"] == "shop.example"
    assert shown["package"]["waysideNotes"] == ["mecVersion is assumed."]


def test_a_silent_host_is_said_to_be_silent_and_since_when() -> None:
    since = TimeStamp(seconds=1_800_000_000, nano_seconds=0)
    assert show.host_of(INSTANCE) == PLACED.host_id
    silent = f"{PLACED.host_id}, silent since 2027-01-15 08:00:00Z"
    assert show.host_of(INSTANCE.silent_since(since)) == silent
    assert show.host_of(INSTANCE.silent_since(since).silent_since(None)) == PLACED.host_id
    assert show.host_of(INSTANCE.unplaced()) == ""


def test_an_empty_filter_is_all_traffic() -> None:
    assert show.matched(TrafficFilter()) == "all traffic"
