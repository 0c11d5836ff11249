"""The planner: same figures, same host; every refusal told with figures."""

import pytest
from tests.model.descriptors import an_appd
from tests.model.test_appd_checks import MACHINE

from wayside.core.errors import Conflict
from wayside.meo.area import GeoArea
from wayside.meo.placement.demands import HostOffer, Requirements, requirements_of
from wayside.meo.placement.plan import Decision, plan
from wayside.meo.placement.transports import REST_JSON
from wayside.meo.site import HostSite
from wayside.model.app_lcm import InstantiateAppRequest
from wayside.model.place import Position
from wayside.refpoints.mm4 import Amount, Capacity, Form

MS = 1_000_000
GIB = 1 << 30
SMALL = Amount(cpu_milli=500, memory_bytes=GIB // 4, storage_bytes=GIB)
ROOMY = Amount(cpu_milli=4000, memory_bytes=4 * GIB, storage_bytes=40 * GIB)
NOTHING = Amount()
SQUARE = ((10.0, 50.0), (12.0, 50.0), (12.0, 52.0), (10.0, 52.0), (10.0, 50.0))
HOLE = ((10.9, 50.9), (11.1, 50.9), (11.1, 51.1), (10.9, 51.1), (10.9, 50.9))


def site(host_id: str = "mec1", *, near_ms: float = 1, far_ms: float = 8) -> HostSite:
    return HostSite(
        host_id,
        name=host_id.upper(),
        position=Position(latitude=51.5, longitude=11.5),
        country="DE",
        latency_ns={"cell1": round(near_ms * MS), "cell2": round(far_ms * MS)},
    )


def offer(
    given: HostSite, *, taken: Amount = NOTHING, promised: Amount = NOTHING, **more: object
) -> HostOffer:
    return HostOffer(given, Capacity(total=ROOMY, allocated=taken), promised, **more)  # type: ignore[arg-type]


def refusals(decision: Decision) -> dict[str, tuple[str, ...]]:
    return {each.host_id: each.refused for each in decision.considered}


def test_a_host_that_is_near_enough_is_chosen_and_the_other_is_told_why_not() -> None:
    near, far = site("mec1", near_ms=1), site("mec2", near_ms=6, far_ms=9)

    decision = plan(Requirements(SMALL, latency_ns_max=2 * MS), [offer(far), offer(near)])

    assert decision.site is near
    assert refusals(decision)["mec2"] == (
        "Its latency is 6 ms one way at best (from cell1); at most 2 ms is asked for.",
    )
    assert "mec1 meets every demand" in decision.explanation
    assert "Not mec2: Its latency is 6 ms" in decision.explanation


def test_a_limit_is_met_at_the_very_limit() -> None:
    assert plan(Requirements(SMALL, latency_ns_max=MS), [offer(site())]).site.host_id == "mec1"


def test_the_host_with_more_cells_within_the_limit_wins_over_the_emptier_one() -> None:
    wide = offer(site("mec2", far_ms=2), taken=Amount(cpu_milli=2000))
    narrow = offer(site("mec1"))

    decision = plan(Requirements(SMALL, latency_ns_max=3 * MS), [narrow, wide])

    assert decision.site.host_id == "mec2"
    assert "fewer of its cells (1) are within the limit" in decision.explanation


def test_without_a_limit_the_emptier_host_wins() -> None:
    busy = offer(site("mec1"), taken=Amount(cpu_milli=3000))
    decision = plan(Requirements(SMALL), [busy, offer(site("mec2"))])
    assert decision.site.host_id == "mec2"
    assert "less would stay free there (12 %)" in decision.explanation


def test_equal_hosts_are_told_apart_by_their_identifiers_whatever_their_order() -> None:
    offers = [offer(site("mec2")), offer(site("mec1"))]
    assert plan(Requirements(SMALL), offers).site.host_id == "mec1"
    assert plan(Requirements(SMALL), offers[::-1]).site.host_id == "mec1"


def test_what_is_promised_counts_as_taken() -> None:
    promised = Amount(cpu_milli=3600)
    decision = plan(
        Requirements(SMALL), [offer(site("mec1"), promised=promised), offer(site("mec2"))]
    )
    assert decision.site.host_id == "mec2"
    assert refusals(decision)["mec1"] == (
        "CPU: 500 thousandths of a core asked for, 400 of 4000 free.",
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Amount(cpu_milli=4001), "CPU: 4001 thousandths of a core asked for, 4000 of 4000 free."),
        (Amount(memory_bytes=5 * GIB), f"memory: {5 * GIB} bytes asked for, {4 * GIB} of"),
        (Amount(storage_bytes=41 * GIB), f"storage: {41 * GIB} bytes asked for, {40 * GIB} of"),
    ],
)
def test_each_short_resource_is_named_with_its_figures(asked: Amount, sentence: str) -> None:
    with pytest.raises(Conflict) as refused:
        plan(Requirements(asked), [offer(site())])
    assert sentence in refused.value.detail


def test_an_instance_may_take_the_last_of_a_host() -> None:
    assert plan(Requirements(ROOMY), [offer(site())]).considered[0].headroom == 0.0


def test_a_feature_or_service_that_is_not_there_refuses() -> None:
    wanted = Requirements(
        SMALL, features=frozenset({"SmartRelocation", "UserApps"}), services={"rni": ()}
    )
    with pytest.raises(Conflict) as refused:
        plan(wanted, [offer(site())])
    assert "It has no feature SmartRelocation." in refused.value.detail
    assert "No service rni is offered there." in refused.value.detail


def test_a_service_that_an_instance_there_produces_will_do() -> None:
    wanted = Requirements(SMALL, services={"greeter": ()})
    offers = [offer(site("mec1")), offer(site("mec2"), services={"greeter": (REST_JSON,)})]
    assert plan(wanted, offers).site.host_id == "mec2"


def test_a_host_that_runs_containers_alone_refuses_a_virtual_machine() -> None:
    runs_containers = Capacity(total=ROOMY, allocated=NOTHING, forms=(Form.CONTAINER,))
    says_nothing = Capacity(total=ROOMY, allocated=NOTHING)
    decision = plan(
        Requirements(SMALL, form=Form.MACHINE),
        [HostOffer(site("mec1"), runs_containers), HostOffer(site("mec2"), says_nothing)],
    )
    assert decision.site.host_id == "mec2"
    assert refusals(decision)["mec1"] == ("It can run a container, and this is a virtual machine.",)


def test_what_an_application_comes_as_is_read_in_its_descriptor() -> None:
    machine = an_appd(virtual_compute_descriptor=MACHINE, os_container_descriptor=())
    request = InstantiateAppRequest()
    assert requirements_of(machine, request).form is Form.MACHINE
    assert requirements_of(an_appd(), request).form is Form.CONTAINER


def test_a_host_in_another_country_is_refused() -> None:
    with pytest.raises(Conflict, match="It is in DE, not FR"):
        plan(Requirements(SMALL, country_code="FR"), [offer(site())])


def test_a_host_must_lie_in_the_area_and_not_in_its_hole() -> None:
    wanted = Requirements(SMALL, area=GeoArea((SQUARE, HOLE)))
    assert plan(wanted, [offer(site())]).site.host_id == "mec1"
    for latitude, longitude in ((49.9, 11.0), (51.0, 11.0), (51.0, 12.5)):
        there = HostSite("m", "M", position=Position(latitude=latitude, longitude=longitude))
        with pytest.raises(Conflict, match="lies outside of the area"):
            plan(wanted, [offer(there)])


def test_a_host_of_unknown_place_is_not_said_to_lie_in_an_area() -> None:
    with pytest.raises(Conflict, match="position is not known"):
        plan(Requirements(SMALL, area=GeoArea((SQUARE,))), [offer(HostSite("m", "M"))])


def test_a_silent_host_is_refused_with_what_was_heard_and_the_others_serve() -> None:
    silent = HostOffer(site("mec1"), None, silence="It does not tell its capacity: no route.")
    decision = plan(Requirements(SMALL), [silent, offer(site("mec2"))])
    assert decision.site.host_id == "mec2"
    assert refusals(decision)["mec1"] == ("It does not tell its capacity: no route.",)


def test_no_host_at_all_is_said_so() -> None:
    with pytest.raises(Conflict, match="No MEC host is known"):
        plan(Requirements(SMALL), [])


def test_the_placement_that_an_instance_shows_has_all_figures() -> None:
    placement = plan(Requirements(SMALL, latency_ns_max=2 * MS), [offer(site())]).placement
    (candidate,) = placement.considered
    assert placement.host_id == "mec1"
    assert (candidate.latency_ns, candidate.cells_within_limit) == (MS, 1)
    assert candidate.headroom == 0.875
