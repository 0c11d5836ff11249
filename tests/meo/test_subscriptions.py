"""Who subscribes is told of packages, instances and operations: once, in order, and of no other."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.meo.tiers import Reply, Tiers, ask
from tests.model.descriptors import an_appd

from wayside.model.app_lcm import OperateAppRequest, OperationalState, StopType, TerminateAppRequest
from wayside.model.app_pkgm import AppPkgInfoModifications, PackageOperationalState

OSS, DEAD = "http://oss.example/told", "http://dead.example/told"
PACKAGES, LIFE = "/app_pkgm/v1/subscriptions", "/app_lcm/v1/subscriptions"
STATES = "AppInstanceStateChangeSubscription"
OPERATIONS = "AppLcmOpOccStateChangeSubscription"
FORCEFUL = TerminateAppRequest(termination_type=StopType.FORCEFUL)


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path) as running:
        yield running


async def subscribe(
    tiers: Tiers, path: str, type_: str, *, of: str = "meo", **more: object
) -> dict[str, Any]:
    """Subscribe; return the subscription as it was answered."""
    made = await ask(tiers, "POST", path, a_wish(type_) | more, of=of)
    assert made.status == 201, made.detail
    subscription: dict[str, Any] = made.json
    return subscription


def a_wish(type_: str) -> dict[str, object]:
    """The body of a subscription."""
    return {"subscriptionType": type_, "callbackUri": OSS}


async def told(tiers: Tiers, count: int, url: str = OSS) -> list[dict[str, Any]]:
    """What the callback has got, once it is so many, and no more come."""
    async with asyncio.timeout(10):
        while True:
            if len(tiers.callbacks.to(url)) >= count:
                break
            await asyncio.sleep(0.002)
    await asyncio.sleep(0.02)
    got = tiers.callbacks.to(url)
    assert len(got) == count, got
    return got


async def live(tiers: Tiers) -> str:
    """Have an instance live from its package to its end; return its identifier."""
    id_ = await tiers.running()
    stop = OperateAppRequest(change_state_to=OperationalState.STOPPED)
    await tiers.ended((await tiers.lcm.operate_app_instance(id_, stop)).location)
    await tiers.ended((await tiers.lcm.terminate_app_instance(id_, FORCEFUL)).location)
    await tiers.lcm.delete_app_instance(id_)
    return id_


async def enable(tiers: Tiers, id: Any, *, enabled: bool) -> None:
    state = PackageOperationalState.ENABLED if enabled else PackageOperationalState.DISABLED
    await tiers.packages.modify_app_package(id, AppPkgInfoModifications(operational_state=state))


async def test_a_package_is_told_of_from_its_on_boarding_to_its_deletion(tiers: Tiers) -> None:
    for kind in ("OnBoarding", "Change", "Deletion"):
        await subscribe(tiers, PACKAGES, f"AppPackage{kind}Subscription")
    package = await tiers.onboard()
    for enabled in (False, True, False):
        await enable(tiers, package.id, enabled=enabled)
    await tiers.packages.delete_app_package(package.id)  # type: ignore[arg-type]
    got = await told(tiers, 5)
    assert {each["notificationType"]: each["operationalState"] for each in got} == {
        "AppPackageOnBoarded": "ENABLED",
        "AppPackageDisabled": "DISABLED",
        "AppPackageEnabled": "ENABLED",
        "AppPackageDeleted": "DISABLED",
    }
    assert {(each["appPkgId"], each["appDId"]) for each in got} == {(package.id, "app-1.0")}


async def test_all_who_are_told_of_one_change_get_the_same_identifier(tiers: Tiers) -> None:
    one, other = [await subscribe(tiers, PACKAGES, ON_BOARDING) for _ in range(2)]
    await tiers.onboard()
    first, second = await told(tiers, 2)
    assert first["id"] == second["id"]
    assert {first["subscriptionId"], second["subscriptionId"]} == {one["id"], other["id"]}
    links = {each["_links"]["subscription"]["href"] for each in (first, second)}
    assert links == {f"http://meo.example{PACKAGES}/{each['id']}" for each in (one, other)}


ON_BOARDING, CHANGE = "AppPackageOnBoardingSubscription", "AppPackageChangeSubscription"


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ([{"appDId": "app-1.0"}], 1),
        ([{"appDId": "other"}], 0),
        ([{"appDId": "other"}, {"appProvider": "Acme", "appName": "app"}], 1),
        ([{"appDId": "app-1.0", "appSoftwareVersion": "9"}], 0),
        ([], 1),
    ],
)
async def test_a_filter_means_packages_that_have_all_its_attributes(
    tiers: Tiers, wanted: list[dict[str, str]], count: int
) -> None:
    app_d = an_appd()
    named = [
        each | {"appProvider": app_d.app_provider, "appName": app_d.app_name}
        if "appProvider" in each
        else each
        for each in wanted
    ]
    await subscribe(tiers, PACKAGES, ON_BOARDING, appPkgFilter=named)
    await tiers.onboard()
    await told(tiers, count)


async def test_a_filter_of_changes_may_ask_for_a_state(tiers: Tiers) -> None:
    package = await tiers.onboard()
    await subscribe(tiers, PACKAGES, CHANGE, appPkgFilter=[{"operationalState": "DISABLED"}])
    for enabled in (False, True):
        await enable(tiers, package.id, enabled=enabled)
    (got,) = await told(tiers, 1)
    assert got["notificationType"] == "AppPackageDisabled"


async def test_what_is_not_on_boarded_is_not_told_of(tiers: Tiers) -> None:
    for kind in ("OnBoarding", "Change", "Deletion"):
        await subscribe(tiers, PACKAGES, f"AppPackage{kind}Subscription")
    id_ = await tiers.create_package(b"promised")
    await tiers.upload(id_, b"spoilt")
    await tiers.packages.delete_app_package(id_)
    await told(tiers, 0)


async def test_states_of_instances_are_told_on_mm1_with_the_place(tiers: Tiers) -> None:
    await subscribe(tiers, LIFE, STATES)
    id_ = await live(tiers)
    got = await told(tiers, 3)
    states = ["STARTED", "STOPPED", "NOT_INSTANTIATED"]
    assert [each["appInstanceState"] for each in got] == states
    assert {each["notificationType"] for each in got} == {STATES}
    assert {each["appInstanceId"] for each in got} == {id_}
    assert all(each["timeStamp"].keys() == {"seconds", "nanoSeconds"} for each in got)


async def test_only_the_state_that_is_asked_for_is_told(tiers: Tiers) -> None:
    await subscribe(tiers, LIFE, STATES, appInstanceState="STOPPED")
    await live(tiers)
    (got,) = await told(tiers, 1)
    assert got["appInstanceState"] == "STOPPED"


async def test_states_of_operations_are_told_on_mm3_beginning_with_starting(tiers: Tiers) -> None:
    await subscribe(tiers, LIFE, OPERATIONS, of="mec1")
    id_ = await live(tiers)
    got = await told(tiers, 7)
    assert [(each["operationType"], each["operationState"]) for each in got] == [
        ("INSTANTIATE", "STARTING"),
        ("INSTANTIATE", "PROCESSING"),
        ("INSTANTIATE", "COMPLETED"),
        ("OPERATE", "PROCESSING"),
        ("OPERATE", "COMPLETED"),
        ("TERMINATE", "PROCESSING"),
        ("TERMINATE", "COMPLETED"),
    ]
    last = got[-1]["_links"]
    assert last["appInstance"]["href"] == f"http://mec1.example/app_lcm/v1/app_instances/{id_}"
    assert last["appLcmOpOcc"]["href"].endswith(f"/app_lcm_op_occs/{got[-1]['appLcmOpOccId']}")


async def test_operations_are_filtered_by_kind_state_and_instance(tiers: Tiers) -> None:
    mine = {"appInstSelectorType": 3, "appInstances": ["app-1.0"]}
    wanted = {"operationTypes": "TERMINATE", "operationStates": "COMPLETED"}
    for one in (mine, {"appInstSelectorType": 3, "appInstances": ["other"]}):
        filter_ = wanted | {"appInstanceSubscriptionFilter": one}
        await subscribe(tiers, LIFE, OPERATIONS, of="mec1", appLcmOpOccSubscriptionFilter=filter_)
    await live(tiers)
    (got,) = await told(tiers, 1)
    assert (got["operationType"], got["operationState"]) == ("TERMINATE", "COMPLETED")


@pytest.mark.parametrize("of", ["meo", "mec1"])
async def test_identifiers_are_told_when_they_come_and_when_they_go(tiers: Tiers, of: str) -> None:
    for what in ("Creation", "Deletion"):
        await subscribe(tiers, LIFE, f"AppIdentifier{what}Subscription", of=of)
    id_ = await live(tiers)
    got = await told(tiers, 2)
    assert [(each["notificationType"], each["appInstanceId"]) for each in got] == [
        ("AppIdentifierCreationSubscription", id_),
        ("AppIdentifierDeletionSubscription", id_),
    ]


APP = an_appd()
PRODUCT = {"appName": APP.app_name, "versions": [{"appSoftVersion": APP.app_soft_version}]}


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ({"appInstSelectorType": 0}, 3),
        ({"appInstSelectorType": 1, "appInstances": ["nobody"]}, 0),
        ({"appInstSelectorType": 2, "appInstances": ["nobody"]}, 0),
        ({"appInstSelectorType": 3, "appInstances": ["app-1.0", "other"]}, 3),
        ({"appInstSelectorType": 4, "appsFromProviders": [{"appProvider": "nobody"}]}, 0),
        (
            {
                "appInstSelectorType": 4,
                "appsFromProviders": [{"appProvider": APP.app_provider, "appProducts": [PRODUCT]}],
            },
            3,
        ),
    ],
)
async def test_each_selector_means_what_its_name_says(
    tiers: Tiers, selector: dict[str, object], count: int
) -> None:
    await subscribe(tiers, LIFE, STATES, appInstanceSubscriptionFilter=selector)
    await live(tiers)
    await told(tiers, count)


BAD: list[tuple[str, str, dict[str, object], str]] = [
    ("meo", OPERATIONS, {}, "$.subscriptionType"),
    ("mec1", STATES, {}, "$.subscriptionType"),
    (
        "meo",
        STATES,
        {"appInstanceSubscriptionFilter": {"appInstSelectorType": 1}},
        "$.appInstanceSubscriptionFilter.appInstances",
    ),
    (
        "meo",
        STATES,
        {"appInstanceSubscriptionFilter": {"appInstSelectorType": 5}},
        "$.appInstanceSubscriptionFilter.appInstSelectorType",
    ),
    (
        "meo",
        "AppIdentifierCreationSubscription",
        {"appInstanceSubscriptionFilter": {"appInstSelectorType": 1, "appInstances": ["a"]}},
        "$.appInstanceSubscriptionFilter.appInstSelectorType",
    ),
    (
        "mec1",
        OPERATIONS,
        {"appLcmOpOccSubscriptionFilter": {"notificationTypes": "Other"}},
        "$.appLcmOpOccSubscriptionFilter.notificationTypes",
    ),
    ("meo", STATES, {"callbackUri": "oss"}, "$.callbackUri"),
]


@pytest.mark.parametrize(("of", "type_", "more", "field"), BAD)
async def test_a_subscription_that_cannot_be_meant_is_refused_by_its_field(
    tiers: Tiers, of: str, type_: str, more: dict[str, object], field: str
) -> None:
    refused = await ask(tiers, "POST", LIFE, a_wish(type_) | more, of=of)
    assert (refused.status, refused.json["field"]) == (422, field), refused.detail


async def test_a_state_in_the_filter_is_for_changes_alone(tiers: Tiers) -> None:
    wanted = a_wish(ON_BOARDING) | {"appPkgFilter": [{}, {"usageState": "IN_USE"}]}
    refused = await ask(tiers, "POST", PACKAGES, wanted)
    assert (refused.status, refused.json["field"]) == (422, "$.appPkgFilter[1].usageState")


async def test_subscriptions_are_listed_as_links_and_by_type(tiers: Tiers) -> None:
    made = [
        await subscribe(tiers, LIFE, type_)
        for type_ in (STATES, "AppIdentifierCreationSubscription")
    ]

    def hrefs(answer: Reply) -> list[str]:
        assert answer.json["_links"]["self"]["href"].endswith(LIFE)
        return [each["href"] for each in answer.json["_links"].get("subscriptions", [])]

    both = hrefs(await ask(tiers, "GET", LIFE))
    assert [href.rpartition("/")[2] for href in both] == [each["id"] for each in made]
    assert hrefs(await ask(tiers, "GET", f"{LIFE}?subscriptiontype={STATES}")) == both[:1]
    assert (await ask(tiers, "GET", f"{LIFE}?subscriptiontype=Other")).status == 400


async def test_a_subscription_outlives_its_element_and_ends_when_it_is_deleted(
    tiers: Tiers,
) -> None:
    made = await subscribe(tiers, PACKAGES, ON_BOARDING)
    await tiers.restart("meo")
    await tiers.onboard()
    await told(tiers, 1)
    one = f"{PACKAGES}/{made['id']}"
    assert (await ask(tiers, "GET", one)).json == made
    assert (await ask(tiers, "DELETE", one)).status == 204
    assert (await ask(tiers, "GET", one)).status == 404
    await tiers.onboard(an_appd(app_d_id="second"))
    await told(tiers, 1)


async def test_a_dead_callback_delays_neither_operations_nor_other_subscribers(
    tiers: Tiers,
) -> None:
    tiers.callbacks.dead.add(DEAD)
    for of in ("meo", "mec1"):
        for type_ in ("AppIdentifierCreationSubscription", "AppIdentifierDeletionSubscription"):
            await subscribe(tiers, LIFE, type_, of=of, callbackUri=DEAD)
            await subscribe(tiers, LIFE, type_, of=of)
    async with asyncio.timeout(4):  # less than a callback may take to answer
        await live(tiers)
    await told(tiers, 4)
    assert tiers.callbacks.to(DEAD) == []
