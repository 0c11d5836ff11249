"""Laws of the planner, on any hosts and demands: it never breaks a demand and never wavers."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.core.errors import Conflict
from wayside.meo.area import GeoArea
from wayside.meo.placement.demands import HostOffer, Requirements
from wayside.meo.placement.field import Field
from wayside.meo.placement.judging import judge
from wayside.meo.placement.labels import Labels
from wayside.meo.placement.plan import TOLD_MAX, Decision, NoHost, decide, plan
from wayside.meo.placement.transports import REST_JSON, Carriage, satisfied
from wayside.meo.site import HostSite
from wayside.model.app_lcm import CivicAddressElement
from wayside.model.appd import McioConstraint
from wayside.model.place import Position
from wayside.model.services import SerializerType, TransportType
from wayside.refpoints.mm4 import Amount, Capacity

MQTT = Carriage(TransportType.MB_TOPIC_BASED, "MQTT", frozenset({SerializerType.JSON}))
CARRIAGES = [
    REST_JSON,
    MQTT,
    Carriage(TransportType.REST_HTTP, "http", frozenset({SerializerType.XML, SerializerType.JSON})),
]
NAMES = st.frozensets(st.sampled_from(["rni", "location", "greeter"]), max_size=2)
FEATURES = st.frozensets(st.sampled_from(["UserApps", "SmartRelocation"]), max_size=2)
NETWORKS = st.frozensets(st.sampled_from(["cellular", "wi-fi", "fixed"]), max_size=2)
CAPABILITIES = st.frozensets(
    st.sampled_from(
        [McioConstraint.NODE_ADDITIONAL_CAPABILITY_GPU, McioConstraint.NODE_CAPABILITY_LOGICAL_NUMA]
    ),
    max_size=1,
)
GROUPS = st.lists(
    st.frozensets(st.sampled_from(CARRIAGES), min_size=1, max_size=2), max_size=2
).map(tuple)
AMOUNTS = st.builds(
    Amount,
    cpu_milli=st.integers(0, 8),
    memory_bytes=st.integers(0, 8),
    storage_bytes=st.integers(0, 8),
)
CITIES = ["Sophia", "sophia", "Nice"]
TRIANGLE = GeoArea((((0.0, 0.0), (4.0, 0.0), (0.0, 4.0), (0.0, 0.0)),))

requirements = st.builds(
    Requirements,
    amount=AMOUNTS,
    latency_ns_max=st.none() | st.integers(1, 6),
    features=FEATURES,
    services=st.dictionaries(st.sampled_from(["rni", "greeter"]), GROUPS, max_size=1),
    features_optional=FEATURES,
    services_optional=NAMES,
    transports=GROUPS,
    networks=NETWORKS,
    capabilities=CAPABILITIES,
    country_code=st.none() | st.sampled_from(["FR", "DE"]),
    civic_address=st.lists(
        st.builds(CivicAddressElement, ca_type=st.just(3), ca_value=st.sampled_from(CITIES)),
        max_size=1,
    ).map(tuple),
    area=st.none() | st.just(TRIANGLE),
)
sites = st.builds(
    HostSite,
    host_id=st.sampled_from([f"mec{number}" for number in range(9)]),
    name=st.just("A site"),
    position=st.none()
    | st.builds(Position, latitude=st.integers(-1, 4), longitude=st.integers(-1, 4)),
    country=st.sampled_from(["FR", "DE", None]),
    civic_address=st.dictionaries(st.just(3), st.sampled_from(CITIES), max_size=1),
    latency_ns=st.dictionaries(st.sampled_from(["cell1", "cell2", "cell3"]), st.integers(1, 6)),
    features=FEATURES,
    services=NAMES,
    networks=NETWORKS,
    capabilities=CAPABILITIES,
)
offers = st.lists(
    st.builds(
        HostOffer,
        site=sites,
        capacity=st.none() | st.builds(Capacity, total=AMOUNTS, allocated=st.just(Amount())),
        promised=AMOUNTS,
        services=st.dictionaries(
            st.sampled_from(["greeter"]), st.tuples(st.sampled_from(CARRIAGES)), max_size=1
        ),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda offer: offer.site.host_id,
)


def outcome(wanted: Requirements, given_offers: list[HostOffer]) -> Decision | None:
    try:
        return plan(wanted, given_offers)
    except Conflict:
        return None


@given(requirements, offers)
@settings(max_examples=400, deadline=None)
def test_the_arrays_let_in_exactly_whom_the_sentences_let_in(
    wanted: Requirements, given_offers: list[HostOffer]
) -> None:
    standing = Field(given_offers).standing(wanted)
    judged = [judge(wanted, offer) for offer in given_offers]
    assert [bool(fit) for fit in standing.fits] == [not each.refused for each in judged]
    best = outcome(wanted, given_offers)
    if best is None:
        assert not len(standing.best())
    else:
        assert given_offers[standing.best(1)[0]].site.host_id == best.site.host_id


@given(requirements, offers, st.integers(1, 6))
@settings(deadline=None)
def test_the_best_few_are_the_first_of_all(
    wanted: Requirements, given_offers: list[HostOffer], few: int
) -> None:
    standing = Field(given_offers).standing(wanted)
    assert list(standing.best(few)) == list(standing.best())[:few]


@given(requirements, offers)
@settings(deadline=None)
def test_whatever_the_order_of_the_hosts_the_same_is_chosen(
    wanted: Requirements, given_offers: list[HostOffer]
) -> None:
    one, other = outcome(wanted, given_offers), outcome(wanted, given_offers[::-1])
    assert (one and one.site) == (other and other.site)


@given(requirements, offers)
@settings(deadline=None)
def test_more_room_never_makes_a_host_refuse(
    wanted: Requirements, given_offers: list[HostOffer]
) -> None:
    before = {each.host_id for each in judged_fit(wanted, given_offers)}
    roomier = [
        HostOffer(each.site, each.capacity, Amount(), each.services) for each in given_offers
    ]
    assert before <= {each.host_id for each in judged_fit(wanted, roomier)}


def judged_fit(wanted: Requirements, given_offers: list[HostOffer]) -> list[HostSite]:
    return [each.site for each in given_offers if not judge(wanted, each).refused]


@given(requirements, offers, offers)
@settings(deadline=None)
def test_a_field_that_was_told_news_is_as_one_that_never_knew_else(
    wanted: Requirements, old: list[HostOffer], new: list[HostOffer]
) -> None:
    told = Field(old)
    told.tell(*new)
    now = {each.site.host_id: each for each in (*old, *new)}
    fresh = Field(list(now.values()))
    one, other = told.standing(wanted), fresh.standing(wanted)
    assert [told.offers[row].site.host_id for row in one.best()] == [
        fresh.offers[row].site.host_id for row in other.best()
    ]
    assert one.refusals == other.refusals


@given(requirements, offers)
@settings(deadline=None)
def test_who_would_do_with_more_room_is_told_and_nobody_else(
    wanted: Requirements, given_offers: list[HostOffer]
) -> None:
    try:
        plan(wanted, given_offers)
    except NoHost as none:
        free = msgspec.structs.replace(wanted.amount, cpu_milli=0, memory_bytes=0, storage_bytes=0)
        small = Requirements(**{**vars(wanted), "amount": free})
        owing = {each.site.host_id for each in given_offers if not_owing(each)}
        would = {each.host_id for each in judged_fit(small, given_offers)}
        assert would <= set(none.short_of_room)
        assert set(none.short_of_room) & owing <= would
    except Conflict:
        pytest.fail("there were hosts")


def not_owing(offer: HostOffer) -> bool:
    """Whether no more is promised there than there is."""
    if offer.capacity is None:
        return True
    total, promised = offer.capacity.total, offer.promised
    return all(getattr(total, n) >= getattr(promised, n) for n in total.__struct_fields__)


def test_a_word_means_those_who_have_it_and_nobody_without() -> None:
    labels = Labels(4)
    for host, word in enumerate(["FR", None, "DE", "FR"]):
        labels.note(host, word)
    assert list(labels.are("FR")) == [True, False, False, True]
    assert not labels.are("IT").any()
    labels.note(0, None)
    assert list(labels.are("FR")) == [False, False, False, True]


def test_a_group_of_transports_must_be_offered_whole_and_one_group_is_enough() -> None:
    both, one = frozenset({REST_JSON, MQTT}), frozenset({MQTT})
    assert satisfied((both,), (REST_JSON, MQTT))
    assert not satisfied((both,), (REST_JSON,))
    assert satisfied((both, one), (MQTT,))
    assert satisfied((), ())


def test_of_very_many_hosts_the_best_are_told_and_the_others_counted() -> None:
    roomy = Capacity(total=Amount(cpu_milli=1000), allocated=Amount())
    full = Capacity(total=Amount(cpu_milli=10), allocated=Amount())
    field = Field(
        HostOffer(
            HostSite(f"mec{n:04}", "A site", latency_ns={"cell": n}), roomy if n % 2 else full
        )
        for n in range(1000)
    )

    decision = decide(Requirements(Amount(cpu_milli=500)), field)

    assert decision.site.host_id == "mec0001"
    assert len(decision.considered) == TOLD_MAX
    assert decision.placement.hosts_considered == 1000
    assert decision.placement.refusals == {"CPU": 500}
    assert "Of 1000 hosts were refused: 500 for CPU." in decision.explanation
