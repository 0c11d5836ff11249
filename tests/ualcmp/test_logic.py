"""What MEC 016 allows, who serves a device, and where it is reached: decisions without a system."""

from typing import Any

import pytest
from tests.model.descriptors import a_traffic_rule, an_appd
from tests.ualcmp.proxy import in_city, wish

from wayside.core.errors import BadRequest, Unprocessable
from wayside.core.wire import decode, encode
from wayside.model.appd import (
    AppD,
    InterfaceDescriptor,
    LatencyDescriptor,
    TrafficFilter,
    UserContextTransferCapability,
)
from wayside.model.resources import (
    AdditionalServiceData,
    AppExternalCpd,
    PortProtocol,
    ServicePortData,
)
from wayside.model.rules import InterfaceType
from wayside.refpoints.mm9 import UserAppPlace
from wayside.ualcmp.choosing import Choice, Running, choices
from wayside.ualcmp.dev_app.logic import (
    ListFilter,
    changed,
    charcs_of,
    check_filter,
    check_new,
    entry_of,
    meets,
)
from wayside.ualcmp.dev_app.model import AppContext, UserAppInstanceInfo
from wayside.ualcmp.news import news_of
from wayside.ualcmp.policy import Offer, Policy
from wayside.ualcmp.reference import Reference, reference_of


def context(**changes: Any) -> AppContext:
    return decode(encode(wish(**changes)), AppContext)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contextId": "1"}, "$.contextId"),
        ({"appPackageSource": "http://10.45.1.1/a.csar"}, "$.appInfo.appDId"),
        ({"appDId": None}, "$.appInfo.appDId"),
        ({"appLocationUpdates": True, "appAutoInstantiation": True}, "$.appAutoInstantiation"),
        ({"appLocationUpdates": True, "callbackReference": None}, "$.callbackReference"),
        ({"appAutoInstantiation": True, "callbackReference": None}, "$.callbackReference"),
        (
            {"userAppInstanceInfo": [{}, {"appLocation": {}}]},
            "$.appInfo.userAppInstanceInfo[1].appLocation",
        ),
    ],
)
def test_what_does_not_go_together_in_a_new_context_is_refused_by_name(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_new(context(**changes))
    assert refused.value.field == field


def test_only_one_of_both_wishes_is_fine_and_false_is_no_wish() -> None:
    check_new(context(appLocationUpdates=True, appAutoInstantiation=False))
    check_new(context(appLocationUpdates=False, callbackReference=None))


@pytest.mark.parametrize(
    ("member", "length"),
    [("associateDevAppId", 32), ("appName", 32), ("appProvider", 32), ("appDescription", 128)],
)
def test_strings_are_as_long_as_the_tables_allow(member: str, length: int) -> None:
    context(**{member: "x" * length})
    with pytest.raises(Unprocessable):
        context(**{member: "x" * (length + 1)})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"associateDevAppId": "other"}, "$.associateDevAppId"),
        ({"appLocationUpdates": True}, "$.appLocationUpdates"),
        ({"appName": "other"}, "$.appInfo.appName"),
        ({"appDVersion": "2"}, "$.appInfo.appDVersion"),
        ({"contextId": "2"}, "$.contextId"),
        ({"userAppInstanceInfo": [{}, {}]}, "$.appInfo.userAppInstanceInfo"),
        (
            {"userAppInstanceInfo": [{"appInstanceId": "another"}]},
            "$.appInfo.userAppInstanceInfo[0].appInstanceId",
        ),
    ],
)
def test_a_put_may_change_callback_and_location_alone(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        changed(context(contextId="1"), context(**changes))
    assert refused.value.field == field


def test_what_a_put_leaves_out_stays() -> None:
    present = context(contextId="1", appLocationUpdates=True)
    after = changed(present, context(callbackReference=None))
    assert after == present
    there = [{"appLocation": in_city("Cannes")}]
    after = changed(
        present, context(callbackReference="http://10.45.1.1/x", userAppInstanceInfo=there)
    )
    assert after.callback_reference == "http://10.45.1.1/x"
    assert after.app_info.user_app_instance_info[0].app_location is not None


def test_latency_is_there_and_back_in_ms_where_the_descriptor_has_one_way_in_ns() -> None:
    app_d = an_appd(app_latency=LatencyDescriptor(max_latency=2_300_000))
    charcs = charcs_of(app_d)
    assert (charcs.latency, charcs.memory, charcs.storage) == (5, 64, 0)
    assert charcs_of(an_appd(app_latency=None)).latency is None


def test_continuity_is_required_where_users_state_can_move() -> None:
    moves = UserContextTransferCapability(
        stateful_application=True, user_context_transfer_support=True
    )
    assert charcs_of(an_appd(user_context_transfer_capability=moves)).service_cont == 1
    assert charcs_of(an_appd()).service_cont == 0


def test_the_list_is_filtered_by_each_attribute() -> None:
    entry = entry_of(an_appd(app_description="x" * 200), [], "acme")
    assert len(entry.app_info.app_description) == 128
    for wanted in (
        ListFilter(),
        ListFilter(appname=("other", "app"), appprovider=("Example",), appsoftversion=("1.0",)),
        ListFilter(vendorid=("acme",), servicecont=0),
    ):
        assert meets(entry, wanted)
    for wanted in (
        ListFilter(appname=("other",)),
        ListFilter(appprovider=("other",)),
        ListFilter(appsoftversion=("2.0",)),
        ListFilter(vendorid=("other",)),
        ListFilter(servicecont=1),
    ):
        assert not meets(entry, wanted)
    assert not meets(entry_of(an_appd(), [], None), ListFilter(vendorid=("acme",)))
    with pytest.raises(BadRequest):
        check_filter(ListFilter(servicecont=2))


def at(host_id: str, latency_ns: int | None, *, has_room: bool = True) -> UserAppPlace:
    return UserAppPlace(host_id=host_id, has_room=has_room, latency_ns=latency_ns)


def test_the_nearest_place_comes_first_and_there_one_that_runs() -> None:
    near, far = at("near", 1), at("far", 9)
    there, here = Running("1", "far", 0), Running("2", "near", 3)
    found = list(choices([near, far], [there, here], seats_max=9))
    assert found == [Choice(near, here), Choice(near), Choice(far, there), Choice(far)]


def test_among_places_as_near_one_that_runs_comes_before_any_that_is_started() -> None:
    one, two = at("one", None), at("two", None)
    runs = Running("1", "two", 0)
    assert next(choices([one, two], [runs], seats_max=1)) == Choice(two, runs)


def test_who_is_full_takes_no_more_and_who_has_fewest_takes_the_next() -> None:
    here = at("here", 1, has_room=False)
    running = [Running("1", "here", 5), Running("2", "here", 2), Running("3", "here", 3)]
    found = [c.joined.app_instance_id for c in choices([here], running, seats_max=5) if c.joined]
    assert found == ["2", "3"]
    assert list(choices([here], [], seats_max=5)) == []


def served_on(*ports: str, protocol: tuple[str, ...] = ("TCP",)) -> AppD:
    rule = a_traffic_rule(traffic_filter=(TrafficFilter(dst_port=ports, protocol=protocol),))
    return an_appd(app_traffic_rule=(rule,))


@pytest.mark.parametrize(
    ("app_d", "uri"),
    [
        (served_on("80", "8080"), "http://10.60.1.2/"),
        (served_on("8080-8090"), "http://10.60.1.2:8080/"),
        (served_on("443"), "https://10.60.1.2/"),
        (served_on("8443"), "https://10.60.1.2:8443/"),
        (served_on("5000", protocol=("17",)), "udp://10.60.1.2:5000/"),
        (served_on("5000", protocol=()), "http://10.60.1.2:5000/"),
        (an_appd(), "http://10.60.1.2/"),
    ],
)
def test_a_reference_uri_has_the_ports_that_lead_to_the_instance(app_d: AppD, uri: str) -> None:
    assert reference_of(app_d).at(("10.60.1.2/32",)) == uri


def test_a_rule_that_leads_elsewhere_says_nothing_of_the_instances_ports() -> None:
    elsewhere = InterfaceDescriptor(interface_type=InterfaceType.IP, dst_ip_address="${gateway.ip}")
    rule = a_traffic_rule(
        traffic_filter=(TrafficFilter(dst_port=("9",)),), dst_interface=(elsewhere,)
    )
    assert reference_of(an_appd(app_traffic_rule=(rule,))) == Reference(scheme="http")


def test_ports_of_a_connection_point_go_before_those_of_rules() -> None:
    port = ServicePortData(
        name="web", protocol=PortProtocol.TCP, port=7000, port_configurable=False
    )
    data = AdditionalServiceData(port_data=(port,))
    point = AppExternalCpd(cpd_id="eth0", additional_service_data=(data,))
    app_d = served_on("80")
    found = reference_of(an_appd(app_traffic_rule=app_d.app_traffic_rule, app_ext_cpd=(point,)))
    assert found.at(("fd00::2",)) == "http://[fd00::2]:7000/"
    assert found.at(()) is None


def info(id: str | None, uri: str | None = None) -> UserAppInstanceInfo:
    return UserAppInstanceInfo(app_instance_id=id, reference_uri=uri)


def test_an_address_that_changes_is_told_as_that_and_all_else_as_an_update() -> None:
    one, two, blank = info("1", "http://a/"), info("2", "http://b/"), info(None)

    def told(before: Any, after: Any, *, moved: bool = False) -> list[str]:
        news = news_of("c", before, after, moved=moved)
        return [type(each).__name__.removesuffix("Notification") for each in news]

    assert told([one], [two]) == ["AddressChange"]
    assert told([one, two], [info("1", "http://c/"), info("2", "http://d/")]) == [
        "AddressChange", "AddressChange",
    ]  # fmt: skip
    assert told([blank], [one]) == ["ApplicationContextUpdate"]
    assert told([one, two], [None, two]) == ["ApplicationContextUpdate"]
    assert told([one], [two], moved=True) == ["ApplicationContextUpdate"]
    assert told([one], [one], moved=True) == []


def test_a_policy_offers_what_it_lists_and_knows_cells_by_address() -> None:
    policy = Policy(
        offered={"a": Offer("a", "acme", 3)},
        contexts_per_instance=9,
        cells={},
    )
    assert (policy.offers("a"), policy.offers("b")) == (True, False)
    assert (policy.vendor_of("a"), policy.vendor_of("b")) == ("acme", None)
    assert (policy.seats_of("a"), policy.seats_of("b")) == (3, 9)
    assert [list(policy.cells_of(each)) for each in (None, "nonsense", "10.45.1.1")] == [[]] * 3
