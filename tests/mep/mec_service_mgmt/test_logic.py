"""What may be offered, who is told what, and who is alive."""

import pytest
from msgspec.structs import replace

from wayside.core.errors import BadRequest, Conflict, Unprocessable
from wayside.mep.mec_service_mgmt import logic
from wayside.mep.mec_service_mgmt.api import ServiceMgmt
from wayside.mep.mec_service_mgmt.logic import Query, ServiceChange
from wayside.mep.mec_service_mgmt.model import (
    ChangeType,
    FilteringCriteria,
    SerAvailabilityNotificationSubscription,
)
from wayside.model.common import LinkType, SelfLink
from wayside.model.services import (
    CategoryRef,
    EndPointInfo,
    LocalityType,
    SecurityInfo,
    SerializerType,
    ServiceInfo,
    ServiceState,
    TransportInfo,
    TransportType,
)

CATEGORY = CategoryRef(href="https://catalogue.example/1", id="c1", name="Vision", version="1")
TRANSPORT = TransportInfo(
    id="t1",
    name="REST",
    type=TransportType.REST_HTTP,
    protocol="HTTP",
    version="2.0",
    endpoint=EndPointInfo(uris=("http://10.60.1.2:8000/",)),
    security=SecurityInfo(),
)
BUS = replace(TRANSPORT, id="bus", type=TransportType.MB_TOPIC_BASED, protocol="MQTT")
WANTED = ServiceInfo(
    ser_name="faces",
    ser_category=CATEGORY,
    version="1.0",
    state=ServiceState.ACTIVE,
    transport_info=TRANSPORT,
    serializer=SerializerType.JSON,
)
HERE = logic.registered(WANTED, owner="app1", identifier="s1", interval_s=None)
BEATING = logic.registered(WANTED, owner="app1", identifier="s1", interval_s=30)


def subscription(criteria: FilteringCriteria | None) -> SerAvailabilityNotificationSubscription:
    return SerAvailabilityNotificationSubscription(
        links=SelfLink(
            self=LinkType(href="/mec_service_mgmt/v1/applications/app2/subscriptions/7")
        ),
        subscription_type="SerAvailabilityNotificationSubscription",
        callback_reference="http://10.60.1.3/told",
        filtering_criteria=criteria,
    )


def test_the_paths_of_services_are_those_that_the_api_serves() -> None:
    assert ServiceMgmt.info.root == logic.ROOT
    assert logic.owner_of(HERE) == "app1"


def test_a_registered_service_says_its_defaults() -> None:
    assert HERE.scope_of_locality is LocalityType.MEC_HOST
    assert HERE.consumed_local_only is True
    assert HERE.is_local is True
    assert HERE.links is not None and HERE.links.liveness is None


def test_what_a_client_says_of_the_platforms_attributes_is_not_believed() -> None:
    claimed = replace(WANTED, is_local=False, links=None, consumed_local_only=False)

    service = logic.registered(claimed, owner="app1", identifier="s1", interval_s=None)

    assert service.is_local is True
    assert service.consumed_local_only is False


def test_a_transport_of_the_platform_is_written_out_in_the_answer() -> None:
    wanted = replace(WANTED, transport_info=None, transport_id="bus")

    service = logic.registered(
        logic.offered(wanted, {"bus": BUS}), owner="app1", identifier="s1", interval_s=None
    )

    assert service.transport_info == BUS
    assert service.transport_id is None


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (replace(WANTED, ser_instance_id="mine"), "$.serInstanceId"),
        (replace(WANTED, ser_name=""), "$.serName"),
        (replace(WANTED, transport_info=None), "$.transportInfo"),
        (replace(WANTED, transport_id="bus"), "$.transportInfo"),
        (replace(WANTED, transport_info=None, transport_id="ghost"), "$.transportId"),
        (
            replace(WANTED, transport_info=replace(TRANSPORT, endpoint=EndPointInfo())),
            "$.transportInfo.endpoint",
        ),
        (
            replace(
                WANTED,
                transport_info=replace(
                    TRANSPORT, endpoint=EndPointInfo(uris=("http://a/",), fqdn=("a",))
                ),
            ),
            "$.transportInfo.endpoint",
        ),
    ],
)
def test_an_offer_that_does_not_fit_names_the_field(wanted: ServiceInfo, field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        logic.offered(wanted, {"bus": BUS})

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (replace(HERE, ser_instance_id="s2"), "$.serInstanceId"),
        (replace(HERE, transport_info=None), "$.transportInfo"),
        (replace(HERE, transport_id="bus"), "$.transportId"),
        (replace(HERE, version=""), "$.version"),
    ],
)
def test_a_replacement_that_does_not_fit_names_the_field(wanted: ServiceInfo, field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        logic.check_replacement(HERE, wanted)

    assert refused.value.field == field


def test_everything_but_the_identifier_of_a_service_may_be_replaced() -> None:
    logic.check_replacement(HERE, replace(HERE, ser_name="people", version="2", ser_category=None))


def test_only_the_state_differs() -> None:
    change = logic.change_of(HERE, replace(HERE, state=ServiceState.INACTIVE))

    assert change is not None and change.type is ChangeType.STATE_CHANGED


def test_an_attribute_and_the_state_differ() -> None:
    change = logic.change_of(HERE, replace(HERE, version="2", state=ServiceState.INACTIVE))

    assert change is not None and change.type is ChangeType.ATTRIBUTES_CHANGED


def test_a_replacement_by_the_same_is_no_change() -> None:
    assert logic.change_of(HERE, HERE) is None


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        (None, True),
        (FilteringCriteria(), True),
        (FilteringCriteria(ser_instance_ids=("s1", "s2")), True),
        (FilteringCriteria(ser_instance_ids=("s2",)), False),
        (FilteringCriteria(ser_names=("faces",)), True),
        (FilteringCriteria(ser_names=("Faces",)), False),
        (FilteringCriteria(ser_categories=(CATEGORY,)), True),
        (FilteringCriteria(ser_categories=(replace(CATEGORY, id="c2"),)), False),
        (FilteringCriteria(states=(ServiceState.ACTIVE,)), True),
        (FilteringCriteria(states=(ServiceState.SUSPENDED, ServiceState.INACTIVE)), False),
        (FilteringCriteria(is_local=True), True),
        (FilteringCriteria(is_local=False), False),
        (FilteringCriteria(ser_names=("faces",), states=(ServiceState.INACTIVE,)), False),
    ],
)
def test_criteria_are_joined_by_and(criteria: FilteringCriteria | None, told: bool) -> None:
    assert logic.match(criteria, ServiceChange(ChangeType.ADDED, HERE)) is told


def test_the_state_that_counts_is_the_one_after_the_change() -> None:
    change = logic.change_of(HERE, replace(HERE, state=ServiceState.SUSPENDED))
    assert change is not None

    assert logic.match(FilteringCriteria(states=(ServiceState.SUSPENDED,)), change)
    assert not logic.match(FilteringCriteria(states=(ServiceState.ACTIVE,)), change)


def test_a_subscriber_gets_one_notification_with_all_that_it_wants_to_hear() -> None:
    other = logic.registered(
        replace(WANTED, ser_name="cars"), owner="app1", identifier="s2", interval_s=None
    )
    changes = [ServiceChange(ChangeType.REMOVED, HERE), ServiceChange(ChangeType.REMOVED, other)]

    everything = logic.notification_of(subscription(None), changes)
    cars = logic.notification_of(subscription(FilteringCriteria(ser_names=("cars",))), changes)
    nothing = logic.notification_of(subscription(FilteringCriteria(ser_names=("x",))), changes)

    assert everything is not None and len(everything.service_references) == 2
    assert cars is not None and [r.ser_name for r in cars.service_references] == ["cars"]
    assert nothing is None


def test_a_reference_has_a_link_unless_the_service_is_gone() -> None:
    def link(change: ChangeType) -> LinkType | None:
        told = logic.notification_of(subscription(None), [ServiceChange(change, HERE)])
        assert told is not None
        return told.service_references[0].link

    assert link(ChangeType.ADDED) == LinkType(href="/mec_service_mgmt/v1/services/s1")
    assert link(ChangeType.REMOVED) is None


@pytest.mark.parametrize(
    "criteria",
    [
        FilteringCriteria(ser_instance_ids=("s1",), ser_names=("faces",)),
        FilteringCriteria(ser_names=("faces",), ser_categories=(CATEGORY,)),
    ],
)
def test_exclusive_criteria_are_refused_together(criteria: FilteringCriteria) -> None:
    with pytest.raises(Unprocessable, match="cannot be combined"):
        logic.check_subscription(subscription(criteria))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), True),
        (Query(ser_instance_id=("s1", "s9")), True),
        (Query(ser_name=("cars",)), False),
        (Query(ser_category_id="c1"), True),
        (Query(ser_category_id="c2"), False),
        (Query(consumed_local_only=True), True),
        (Query(consumed_local_only=False), False),
        (Query(is_local=False), False),
        (Query(scope_of_locality=LocalityType.MEC_HOST), True),
        (Query(scope_of_locality=LocalityType.MEC_SYSTEM), False),
        (Query(ser_name=("faces",), consumed_local_only=False), False),
    ],
)
def test_a_query_finds_what_all_its_filters_mean(query: Query, found: bool) -> None:
    query.check()

    assert query.match(HERE) is found


def test_exclusive_queries_are_refused_together() -> None:
    with pytest.raises(BadRequest) as refused:
        Query(ser_name=("faces",), ser_category_id="c1").check()

    assert refused.value.field == "ser_category_id"


def test_a_heartbeat_revives_what_was_suspended_and_never_what_is_inactive() -> None:
    suspended = logic.missed(BEATING)

    assert suspended.state is ServiceState.SUSPENDED
    assert logic.heard(suspended).state is ServiceState.ACTIVE
    with pytest.raises(Conflict, match="INACTIVE"):
        logic.heard(replace(BEATING, state=ServiceState.INACTIVE))


def test_silence_does_not_suspend_what_is_inactive() -> None:
    inactive = replace(BEATING, state=ServiceState.INACTIVE)

    assert logic.missed(inactive) == inactive


def test_a_service_without_interval_has_no_heartbeat() -> None:
    with pytest.raises(Conflict, match="livenessInterval"):
        logic.heard(HERE)


@pytest.mark.parametrize(("proposed", "asked"), [(None, None), (0, 30), (5, 5), (10**9, 3600)])
def test_the_platform_chooses_an_interval_where_heartbeats_are_offered(
    proposed: int | None, asked: int | None
) -> None:
    assert logic.LivenessSettings().interval_s(proposed) == asked
