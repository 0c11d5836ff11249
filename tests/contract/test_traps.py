"""The traps that readers of the standard fall into, and the test that shows each avoided.

Those that other rooms prove are named, and must exist; those of services that are not there yet
say so. Here are proven the ones that no single room can see.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.contract.elsewhere import missing
from tests.contract.overheard import LIFE, OverheardTiers
from tests.mep.world import APP, SERVICES, MepWorld, service

from wayside.chassis import openapi
from wayside.core.operations import operations_of
from wayside.refpoints import mm1, mm3
from wayside.system.catalogue import Listed, catalogue

ROOT = Path(__file__).resolve().parents[2]
HERE = "contract/test_traps.py::"
STANDARD = [listed for listed in catalogue() if listed.api.info.spec.startswith("MEC ")]
MANAGEMENT = {"app_pkgm", "app_lcm", "granting"}
LATER = "a later service: "
TRAPS: dict[str, tuple[str, ...]] = {
    "1 callbackUri in 010-2, callbackReference in service APIs": (
        f"{HERE}test_a_callback_is_called_as_its_specification_calls_it",
    ),
    "2 mec_app_support is v2, mec_service_mgmt is v1": (
        f"{HERE}test_each_api_has_the_version_of_its_specification",
    ),
    "3 priority 0 is the highest": (
        "mep/test_with_data_plane.py::test_priority_zero_wins",
        "dataplane/test_steering.py::test_the_smaller_priority_number_wins",
    ),
    "4 the AppD's latency is in nanoseconds, one way": (
        "access/test_paths.py::test_latency_is_one_way_from_every_cell",
        "meo/test_instances.py::test_an_instance_says_where_it_is_and_why_there",
    ),
    "5 a package in the wrong state is deleted with 403": (
        "meo/test_packages.py::test_only_a_disabled_and_unused_package_is_deleted_with_its_files",
    ),
    "6 only the Location API wraps its bodies": (f"{HERE}test_a_wrapped_body_is_refused",),
    "7 LTE trigger codes": (
        "services/rni/test_triggers.py::"
        "test_the_other_technology_has_codes_of_its_own_in_each_table",
        "services/rni/test_reports.py::test_a_trigger_is_told_when_it_begins",
    ),
    "8 a heartbeat never revives an INACTIVE service": (
        "mep/mec_service_mgmt/test_api.py::test_a_heartbeat_never_revives_an_inactive_service",
    ),
    "9 isLocal is computed for each consumer": (
        "mep/test_consumers.py::test_is_local_is_computed_for_each_consumer",
    ),
    "10 by default a service is not seen from another platform": (
        "mep/wayside_mp3/test_platforms.py::test_a_service_for_its_own_locality_is_not",
        "mep/mec_service_mgmt/test_api.py::"
        "test_an_offered_service_has_an_identifier_links_and_defaults",
    ),
    "11 the grace is told in whole seconds, never zero": (
        "mep/mec_app_support/test_logic.py::"
        "test_the_grace_that_is_told_is_whole_seconds_and_never_zero",
    ),
    "12 confirm_ready is 409 until the instance is configured": (
        "mep/mec_app_support/test_api.py::"
        "test_readiness_is_refused_until_the_management_has_configured_the_instance",
    ),
    "13 links of an instance depend on its state": (
        "meo/test_instances.py::test_an_instance_offers_exactly_the_tasks_that_are_possible",
    ),
    "14 FORCED and FORCEFUL are the same cancel mode": (
        "meo/test_interventions.py::"
        "test_a_forced_cancel_ends_a_wait_for_an_application_that_never_confirms",
    ),
    "15 fail answers 200 with the occurrence": (
        "contract/test_mec010_2.py::test_life_cycle_as_asked_and_answered_fits_the_document",
    ),
    "16 the grammar of filters, and @key": (
        "chassis/test_filters.py::test_values_with_brackets_commas_and_quotes_are_quoted",
        "chassis/test_filters.py::test_the_key_of_a_map_and_what_stands_under_it_can_be_asked",
        "chassis/test_filters.py::test_expressions_of_one_prefix_hold_for_the_same_entry",
    ),
    "17 paging skips nothing": (
        "chassis/test_lists.py::test_no_page_skips_or_repeats_whatever_comes_and_goes",
    ),
    "18 an expired subscription is 410, then 404": (
        "chassis/test_subscriptions.py::"
        "test_an_expired_subscription_says_so_and_is_gone_then_unknown",
    ),
    "19 CmconnNotification": (LATER + "MEC 029",),
    "20 wi-fiNetwork has a hyphen": ("model/test_appd.py::test_names_are_those_of_the_standard",),
    "21 the AppD's names for rules are not those of MEC 011": (
        "mepm/test_rules.py::test_the_spelling_of_010_2_becomes_that_of_011",
        "mepm/test_rules.py::test_the_tunnels_are_the_same_under_both_spellings",
    ),
    "22 counts of shapes": (
        "services/location/test_api_v3.py::test_what_is_wrong_with_an_area_is_named",
    ),
    "23 callback and WebSocket both given: the server chooses, or 400, by API": (
        "chassis/test_subscriptions.py::"
        "test_where_both_ways_are_given_the_callback_is_chosen_or_both_refused",
    ),
    "24 400 is malformed, 422 does not fit": (
        "mep/mec_app_support/test_api.py::test_malformed_json_is_a_bad_request_with_a_sentence",
        "mep/mec_service_mgmt/test_api.py::test_an_offer_that_does_not_fit_names_the_field",
    ),
    "25 Mm4 joins the MEO and the VIM": (f"{HERE}test_mm4_joins_the_meo_and_the_vim",),
    "26 attributes that travel on one reference point alone": (
        "meo/test_instances.py::test_a_body_that_mm1_does_not_allow_is_told_by_its_field",
        "mepm/test_app_lcm.py::test_what_belongs_to_other_reference_points_is_refused",
    ),
    "27 grants and STARTING exist on Mm3 alone": (
        f"{HERE}test_grants_are_on_mm3_alone",
        f"{HERE}test_starting_is_never_seen_on_mm1",
    ),
    "28 one type for each life cycle subscription": (
        f"{HERE}test_a_subscription_of_the_management_has_one_type",
    ),
    "29 suites mix versions: one is pinned for each API": (
        f"{HERE}test_each_api_has_the_version_of_its_specification",
    ),
    "30 simulated data are marked": (
        "dataplane/test_simulated.py::test_it_says_that_it_is_simulated",
        "contract/test_mec012.py::test_every_notification_fits_the_document",
        "world/test_simulated.py::test_every_figure_says_simulated",
    ),
}


def test_each_of_the_thirty_traps_is_proven_or_belongs_to_a_later_service() -> None:
    assert [int(trap.split()[0]) for trap in TRAPS] == list(range(1, 31))
    proofs = [proof for named in TRAPS.values() for proof in named]
    assert missing(proof for proof in proofs if not proof.startswith(LATER)) == []


def schemas(listed: Listed) -> dict[str, Any]:
    """The component schemas of an API."""
    found: dict[str, Any] = openapi.document(listed.api)["components"]["schemas"]
    return found


def subscriptions(listed: Listed) -> dict[str, Any]:
    """What an API's clients subscribe with, by name."""
    return {
        name: schema
        for name, schema in schemas(listed).items()
        if {"callbackUri", "callbackReference"} & schema.get("properties", {}).keys()
    }


@pytest.mark.parametrize("listed", STANDARD, ids=lambda listed: listed.name)
def test_a_callback_is_called_as_its_specification_calls_it(listed: Listed) -> None:
    name = "callbackUri" if listed.api.info.name in MANAGEMENT else "callbackReference"
    for schema in subscriptions(listed).values():
        assert {"callbackUri", "callbackReference"} & schema["properties"].keys() == {name}


def test_each_api_has_the_version_of_its_specification() -> None:
    served = {listed.api.info.root: listed.api.info.spec for listed in STANDARD}
    assert (
        served.items()
        >= {
            "/app_pkgm/v1": "MEC 010-2 V3.1.1",
            "/app_lcm/v1": "MEC 010-2 V3.1.1",
            "/granting/v1": "MEC 010-2 V3.1.1",
            "/mec_app_support/v2": "MEC 011 V3.1.1",
            "/mec_service_mgmt/v1": "MEC 011 V3.1.1",
        }.items()
    )


async def test_a_wrapped_body_is_refused() -> None:
    async with MepWorld() as world:
        await world.ready()
        path = f"{SERVICES}/applications/{APP}/services"
        answer = await world.http.post(path, json={"ServiceInfo": service()})
        assert answer.status_code == 422
        assert (await world.http.get(path)).json() == []


def test_mm4_joins_the_meo_and_the_vim() -> None:
    law = (ROOT / ".importlinter").read_text().partition("[importlinter:contract:mm4]")[2]
    allowed = set(re.findall(r"^ +(wayside\.\w+)$", law.split("[importlinter")[0], re.MULTILINE))
    assert {"wayside.meo", "wayside.vim"} <= allowed
    assert "wayside.mep" not in allowed


def test_grants_are_on_mm3_alone() -> None:
    assert issubclass(mm3.Granting, mm3.granting.Granting)
    for name in ("AppPkgm", "AppLcm"):
        for operation in operations_of(getattr(mm1, name)):
            assert "grant" not in operation.path
    assert not hasattr(mm1, "Granting")


async def test_starting_is_never_seen_on_mm1(tmp_path: Path) -> None:
    async with OverheardTiers(tmp_path) as tiers:
        await tiers.running()
        told = [answer.json() for answer in tiers.heard(LIFE) if "op_occs" in str(answer.url)]
    assert {occurrence["operationState"] for occurrence in told} <= {"PROCESSING", "COMPLETED"}


def test_a_subscription_of_the_management_has_one_type() -> None:
    for listed in STANDARD:
        if listed.api.info.name in MANAGEMENT:
            for name, schema in subscriptions(listed).items():
                kind = schema["properties"]["subscriptionType"]
                assert kind.get("type") != "array", name
