"""The defects that were seen in other MEC platforms, and the test that shows each is not ours.

Those that other rooms prove are named, and must exist; those of services that are not there yet
say so. Here are proven the ones that no single room can see.
"""

from typing import Any

import pytest
from tests.contract.elsewhere import missing
from tests.mep.world import APP, CALLBACK, SERVICES, SUPPORT, MepWorld, configuration, service

from wayside.refpoints.mm5 import OperationAction

HERE = "contract/test_peers_defects.py::"
SUPPORT_API = "mep/mec_app_support/test_api.py::"
RULES_API = "mep/mec_app_support/test_rules_api.py::"
SERVICES_API = "mep/mec_service_mgmt/test_api.py::"
WLAN = "services/wai/test_api.py::"
RADIO = "services/rni/test_subscriptions.py::"
LOCATION = "services/location/test_peers.py::"
LATER = "a later service: "
DEFECTS: dict[str, tuple[str, ...]] = {
    "1 one callback that never answers freezes everything": (
        SERVICES_API
        + "test_a_callback_that_never_answers_delays_neither_the_others_nor_new_subscriptions",
        "chassis/test_delivery.py::test_a_dead_callback_never_delays_another",
        WLAN + "test_a_callback_that_never_answers_delays_neither_others_nor_new_subscriptions",
        RADIO + "test_a_callback_that_never_answers_holds_up_nobody",
        LOCATION + "test_a_callback_that_never_answers_delays_neither_others_nor_new_subscriptions",
    ),
    "2 a crash when a subscription expires, another at the first notification after a restart": (
        "chassis/test_subscriptions.py::"
        "test_an_expired_subscription_says_so_and_is_gone_then_unknown",
        SERVICES_API + "test_subscriptions_survive_a_kill_and_the_first_notification_after_it",
        WLAN + "test_a_subscription_ends_at_its_deadline_and_the_platform_lives_on",
        RADIO + "test_a_subscription_ends_at_its_deadline_and_says_so",
        LOCATION + "test_a_subscription_ends_at_its_deadline_and_the_platform_lives_on",
    ),
    "3 subscriptions are lost on restart": (
        "chassis/test_subscriptions.py::"
        "test_subscriptions_survive_and_what_expired_meanwhile_ends_at_boot",
        WLAN + "test_subscriptions_survive_a_kill_and_the_first_notification_after_it",
        RADIO + "test_subscriptions_outlive_the_platform",
        LOCATION + "test_subscriptions_survive_a_kill_and_the_first_notification_after_it",
    ),
    "4 a missing member drops the connection, malformed JSON is 500, errors are empty": (
        f"{HERE}test_a_transport_without_type_is_told_by_its_field_on_a_living_connection",
        SUPPORT_API + "test_malformed_json_is_a_bad_request_with_a_sentence",
        "properties/test_fuzz.py::test_every_answer_is_one_that_our_document_describes",
    ),
    "5 %20 comes back corrupted, confirmTermination leads nowhere, 201 without Location": (
        SUPPORT_API + "test_a_percent_sign_in_a_callback_comes_back_as_it_was_given",
        WLAN + "test_a_percent_sign_in_a_callback_comes_back_as_it_was_given",
        LOCATION + "test_a_percent_sign_in_a_callback_comes_back_as_it_was_given",
        f"{HERE}test_the_link_to_confirm_a_termination_is_where_it_is_confirmed",
        "chassis/http/test_answers.py::test_a_created_resource_is_found_at_its_location",
    ),
    "6 PUT on a service changes only its state": (
        SERVICES_API + "test_every_attribute_of_a_service_may_be_replaced",
    ),
    "7 duration never expires a location subscription; 200 of a callback is an error": (
        "services/location/test_api_v2.py::test_a_subscription_ends_when_its_duration_has_passed",
        LOCATION + "test_a_duration_of_nought_lasts_as_long_as_the_operator_says",
        LOCATION + "test_a_callback_that_answers_200_is_content",
        SERVICES_API + "test_a_callback_that_answers_200_is_content",
    ),
    "8 INACTIVE DNS rules are published, side effects come before If-Match": (
        RULES_API + "test_a_dns_rule_put_inactive_is_answered_no_more",
        f"{HERE}test_a_dns_rule_that_begins_inactive_is_not_published_until_it_is_switched_on",
        RULES_API + "test_a_dns_rule_with_the_wrong_etag_has_no_effect_at_all",
    ),
    "9 tokens outlive their client, act for anybody, leak; secrets and keys are open": (
        "security/test_tokens.py::test_a_token_bound_to_an_instance_opens_only_that_instance",
        "security/test_tokens.py::"
        "test_a_token_of_an_instance_that_is_gone_is_refused_whoever_issued_it",
        "system/test_operator.py::test_the_host_holds_no_key_that_could_sign_a_token",
        f"{HERE}test_nothing_that_authorised_a_request_comes_back_in_a_link",
    ),
    "10 confirm_ready is limited for the whole platform, rules take seconds": (
        SUPPORT_API + "test_confirmations_of_one_instance_do_not_hold_up_another",
        RULES_API + "test_confirm_ready_brings_rules_and_names_in_force_before_it_is_answered",
    ),
    "11 nanoseconds in seconds, an array for one service, 400 for an unknown one": (
        SUPPORT_API + "test_the_time_is_in_seconds_and_nanoseconds_and_honest",
        SERVICES_API + "test_a_service_by_id_is_an_object_and_an_unknown_one_is_not_found",
    ),
    "12 limits of 50 services, 50 subscriptions, 16 rules, 4 kB": (
        SERVICES_API + "test_a_platform_holds_hundreds_of_services_and_subscriptions",
        RULES_API + "test_an_instance_may_have_hundreds_of_rules_and_lists_them_page_by_page",
        f"{HERE}test_a_body_of_many_kilobytes_is_taken",
    ),
    "13 any bearer token will do; 500 without a certificate": (
        "security/test_tokens.py::test_garbage_instead_of_a_token_is_refused",
        LATER + "the federation manager and the NEF",
    ),
}


def test_each_of_the_thirteen_defects_is_shown_not_to_be_ours() -> None:
    assert [int(defect.split()[0]) for defect in DEFECTS] == list(range(1, 14))
    proofs = [proof for named in DEFECTS.values() for proof in named]
    assert missing(proof for proof in proofs if not proof.startswith(LATER)) == []


async def test_a_transport_without_type_is_told_by_its_field_on_a_living_connection() -> None:
    body: dict[str, Any] = service()
    del body["transportInfo"]["type"]
    async with MepWorld() as world:
        await world.ready()
        path = f"{SERVICES}/applications/{APP}/services"
        answer = await world.http.post(path, json=body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert "transportInfo" in answer.json()["detail"]
        assert answer.headers.get("connection") != "close"


async def test_the_link_to_confirm_a_termination_is_where_it_is_confirmed() -> None:
    async with MepWorld() as world:
        await world.ready()
        await world.subscribe(SUPPORT)
        end = world.mep.platform.end(APP, OperationAction.TERMINATING, 10)
        ending = world.nursery.start(end, name="end")
        await world.clock.settle()
        (told,) = world.callbacks.to(CALLBACK)
        path = told["_links"]["confirmTermination"]["href"].partition("8080")[2]
        answer = await world.http.post(path, json={"operationAction": told["operationAction"]})
        assert answer.status_code == 204
        await ending


async def test_a_dns_rule_that_begins_inactive_is_not_published_until_it_is_switched_on() -> None:
    path = f"{SUPPORT}/applications/{APP}/dns_rules/name"
    async with MepWorld() as world:
        await world.mep.platform.configure(configuration())
        assert (await world.http.get(path)).json()["state"] == "INACTIVE"
        assert world.plane.answers == {}
        await world.ready()
        assert (await world.http.get(path)).json()["state"] == "ACTIVE"
        assert world.plane.answers == {"hello.edge.example": "10.60.1.2"}


@pytest.mark.parametrize(
    "path", [f"{SERVICES}/services", f"{SUPPORT}/applications/{APP}/dns_rules"]
)
async def test_nothing_that_authorised_a_request_comes_back_in_a_link(path: str) -> None:
    async with MepWorld() as world:
        await world.ready()
        await world.offer()
        answer = await world.http.get(path, headers={"authorization": "Bearer sesame"})
        assert answer.status_code == 200
        assert "sesame" not in answer.text + str(answer.headers)


async def test_a_body_of_many_kilobytes_is_taken() -> None:
    async with MepWorld() as world:
        await world.ready()
        made = await world.offer(serName="x" * 60_000)
        assert len(made["serName"]) == 60_000
