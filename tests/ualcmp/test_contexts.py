"""Contexts as a device makes, changes and ends them, and as it is told of what becomes of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.mep.world import CALLBACK
from tests.ualcmp.proxy import (
    CONTEXTS,
    DEVICE_OF_CELL_2,
    LISTED,
    Proxies,
    in_city,
    path_of,
    place,
    seats,
    web_app,
    wish,
)

from wayside.chassis.client import connect
from wayside.core.authorisation import Caller
from wayside.core.errors import NotFound, Unprocessable
from wayside.core.wire import decode, encode
from wayside.model.appd import LatencyDescriptor
from wayside.refpoints import mm3
from wayside.refpoints.mm3 import RelocationEnd, RelocationRequest, RelocationState
from wayside.ualcmp.dev_app.api import DevApp
from wayside.ualcmp.dev_app.model import AppContext
from wayside.ualcmp.policy import Policy

OTHER = "http://10.45.1.1:9001/other"


@pytest.fixture
async def proxies(tmp_path: Path) -> AsyncIterator[Proxies]:
    async with Proxies(tmp_path) as running:
        await running.onboard(web_app())
        yield running


async def test_a_context_is_answered_with_the_address_of_an_instance_that_was_started(
    proxies: Proxies,
) -> None:
    context = await proxies.context()
    (info,) = context["appInfo"]["userAppInstanceInfo"]
    instance = (await proxies.instances())[info["appInstanceId"]]
    assert instance.operational_state == "STARTED"
    assert instance.wayside_placement is not None
    (address,) = instance.wayside_placement.addresses
    assert info["referenceURI"] == f"http://{address}:8080/"
    assert info["appLocation"] in (in_city("Valbonne"), in_city("Cannes"))
    assert len(context["contextId"]) <= 32


async def test_a_further_context_joins_the_instance_and_the_last_one_ends_it(
    proxies: Proxies,
) -> None:
    first, second = await proxies.context(), await proxies.context(associateDevAppId="phone-2")
    assert first["appInfo"]["userAppInstanceInfo"] == second["appInfo"]["userAppInstanceInfo"]
    for context, left in ((first, 1), (second, 0)):
        assert (await proxies.ask("DELETE", path_of(context))).status == 204
        assert (await proxies.ask("DELETE", path_of(context))).status == 404
        await proxies.idle()
        assert len(await proxies.instances()) == left


async def test_what_others_started_is_joined_and_never_ended(proxies: Proxies) -> None:
    id_ = await proxies.create()
    await proxies.instantiate(id_)
    context = await proxies.context()
    assert seats(context) == [id_]
    await proxies.ask("DELETE", path_of(context))
    await proxies.idle()
    assert list(await proxies.instances()) == [id_]


async def test_the_nearest_place_to_the_device_serves_it(proxies: Proxies) -> None:
    here = await proxies.context()
    there = await proxies.context_from(DEVICE_OF_CELL_2, associateDevAppId="phone-2")
    assert [place(each) for each in (here, there)] == [in_city("Valbonne"), in_city("Cannes")]
    again = await proxies.context_from(DEVICE_OF_CELL_2, associateDevAppId="phone-3")
    assert seats(again) == seats(there)


async def test_a_location_that_is_asked_for_goes_before_what_is_near(proxies: Proxies) -> None:
    context = await proxies.context(userAppInstanceInfo=[{"appLocation": in_city("Cannes")}])
    assert place(context) == in_city("Cannes")


async def test_several_instances_are_each_where_they_are_asked_for(proxies: Proxies) -> None:
    wanted = [{"appLocation": in_city("Cannes")}, {"appLocation": in_city("Valbonne")}]
    context = await proxies.context(userAppInstanceInfo=wanted)
    infos = context["appInfo"]["userAppInstanceInfo"]
    assert [each["appLocation"] for each in infos] == [each["appLocation"] for each in wanted]
    assert len(set(seats(context))) == 2


async def test_an_instance_takes_no_more_contexts_than_it_may(tmp_path: Path) -> None:
    async with Proxies(tmp_path, policy=Policy(contexts_per_instance=1)) as proxies:
        await proxies.onboard(web_app())
        contexts = [await proxies.context(associateDevAppId=f"phone-{n}") for n in range(2)]
        assert len({seat for each in contexts for seat in seats(each)}) == 2


async def test_a_client_has_no_more_contexts_than_it_may(tmp_path: Path) -> None:
    async with Proxies(tmp_path, policy=Policy(contexts_per_client=1)) as proxies:
        await proxies.onboard(web_app())
        await proxies.context()
        refused = await proxies.ask("POST", CONTEXTS, wish())
        assert (refused.status, "1 application contexts at most" in refused.detail) == (403, True)


async def test_no_place_is_told_with_its_reasons_and_leaves_nothing(proxies: Proxies) -> None:
    nowhere = [{"appLocation": in_city("Nice")}]
    refused = await proxies.ask("POST", CONTEXTS, wish(userAppInstanceInfo=nowhere))
    assert refused.status == 403
    assert "2 for civic address" in refused.detail
    assert await proxies.instances() == {}
    assert (await proxies.ask("GET", LISTED)).json == []


async def test_a_host_that_refuses_is_followed_by_the_next(proxies: Proxies) -> None:
    proxies.hosts["mec1"].mep.refuses = Unprocessable("The image is for another processor.")
    assert place(await proxies.context()) == in_city("Cannes")


async def test_where_every_host_refuses_the_device_is_told_why_and_nothing_is_left(
    proxies: Proxies,
) -> None:
    for host in proxies.hosts.values():
        host.mep.refuses = Unprocessable("The image is for another processor.")
    refused = await proxies.ask("POST", CONTEXTS, wish())
    assert (refused.status, "another processor" in refused.detail) == (403, True)
    await proxies.idle()
    assert await proxies.instances() == {}


async def test_an_instance_that_others_end_ends_its_context_and_the_device_is_told(
    proxies: Proxies,
) -> None:
    context = await proxies.context()
    await proxies.terminate(seats(context)[0])
    told = await proxies.told("ApplicationContextDeleteNotification")
    assert told["contextId"] == context["contextId"]
    assert (await proxies.ask("DELETE", path_of(context))).status == 404
    await proxies.until(lambda: not list(proxies.journals["ualcmp"].load("started_instances")))
    assert await proxies.instances() == {}


async def test_another_instance_that_runs_takes_over_and_the_device_is_told_its_address(
    proxies: Proxies,
) -> None:
    context = await proxies.context()
    other = await proxies.create()
    await proxies.instantiate(other)
    await proxies.terminate(seats(context)[0])
    told = await proxies.told("AddressChangeNotification")
    assert (told["contextId"], told["appInstanceId"]) == (context["contextId"], other)
    assert told["referenceURI"] == await proxies.uri_of(other)
    assert (await proxies.ask("DELETE", path_of(context))).status == 204


async def test_an_instance_that_is_reached_elsewhere_is_told_to_the_device(
    proxies: Proxies,
) -> None:
    context = await proxies.context()
    (seat,) = seats(context)
    books = proxies.meo._books.instances
    await books.modify(seat, lambda info: info.reached_at(("10.60.9.9",)))
    told = await proxies.told("AddressChangeNotification")
    assert (told["appInstanceId"], told["referenceURI"]) == (seat, "http://10.60.9.9:8080/")


async def test_a_put_changes_the_callback_and_the_location_and_the_device_is_told(
    proxies: Proxies,
) -> None:
    context = await proxies.context()
    moved = context | {"callbackReference": OTHER}
    moved["appInfo"] |= {"userAppInstanceInfo": [{"appLocation": in_city("Cannes")}]}
    (before,) = seats(await proxies.context(associateDevAppId="phone-2"))
    assert (await proxies.ask("PUT", path_of(context), moved)).status == 204
    told = await proxies.told("ApplicationContextUpdateNotification", at=OTHER)
    (info,) = told["userAppInstanceInfo"]
    assert info["appLocation"] == in_city("Cannes")
    assert info["appInstanceId"] != before
    assert len(await proxies.instances()) == 2, "the other context needs the first instance"


async def test_a_put_that_moves_the_only_context_ends_what_it_leaves(proxies: Proxies) -> None:
    context = await proxies.context()
    (before,) = seats(context)
    moved = wish(userAppInstanceInfo=[{"appLocation": in_city("Cannes")}])
    assert (await proxies.ask("PUT", path_of(context), moved)).status == 204
    await proxies.told("ApplicationContextUpdateNotification")

    async def gone() -> bool:
        return before not in await proxies.instances()

    await proxies.until(gone)


async def test_a_put_of_what_was_answered_changes_nothing(proxies: Proxies) -> None:
    context = await proxies.context()
    assert (await proxies.ask("PUT", path_of(context), context)).status == 204
    assert proxies.callbacks.posted == []
    assert list(await proxies.instances()) == seats(context)


async def test_a_put_to_where_nobody_can_serve_is_refused_and_changes_nothing(
    proxies: Proxies,
) -> None:
    context = await proxies.context()
    moved = wish(userAppInstanceInfo=[{"appLocation": in_city("Nice")}], callbackReference=OTHER)
    refused = await proxies.ask("PUT", path_of(context), moved)
    assert (refused.status, refused.json["field"]) == (403, "$.appInfo.userAppInstanceInfo")
    (shown,) = (await proxies.ask("GET", LISTED)).json
    assert shown["callbackReference"] == CALLBACK


async def test_a_context_waits_for_its_place_where_it_is_to_be_started_there(
    proxies: Proxies,
) -> None:
    proxies.fill()
    context = await proxies.context(appAutoInstantiation=True)
    assert seats(context) == []
    (shown,) = (await proxies.ask("GET", LISTED)).json
    assert shown["state"] == "WAITING"
    proxies.empty()
    await proxies.look()
    told = await proxies.told("ApplicationContextUpdateNotification")
    (info,) = told["userAppInstanceInfo"]
    assert info["referenceURI"] == await proxies.uri_of(info["appInstanceId"])


async def test_a_context_that_asked_for_it_is_told_once_of_places_that_became_free(
    proxies: Proxies,
) -> None:
    proxies.fill()
    context = await proxies.context(appLocationUpdates=True)
    await proxies.look()
    assert proxies.callbacks.posted == []
    proxies.empty()
    for _ in range(2):
        await proxies.look()
    told = await proxies.told("ApplicationLocationAvailabilityNotification")
    assert told["contextId"] == context["contextId"]
    assert told["availableLocations"] == [
        {"appLocation": in_city("Valbonne")}, {"appLocation": in_city("Cannes")},
    ]  # fmt: skip
    assert len(proxies.callbacks.posted) == 1
    assert await proxies.instances() == {}


async def test_the_operator_sees_contexts_and_ends_one_and_its_device_is_told(
    proxies: Proxies,
) -> None:
    context = await proxies.context()
    (shown,) = (await proxies.ask("GET", LISTED)).json
    assert (shown["contextId"], shown["state"], shown["cells"]) == (
        context["contextId"], "READY", ["mec1-cell"],
    )  # fmt: skip
    assert shown["appInstanceIds"] == seats(context)
    one = f"{LISTED}/{context['contextId']}"
    assert (await proxies.ask("GET", one)).json["associateDevAppId"] == "phone-1"
    assert (await proxies.ask("DELETE", one)).status == 204
    await proxies.told("ApplicationContextDeleteNotification")
    await proxies.idle()
    assert (await proxies.ask("GET", one)).status == 404
    assert await proxies.instances() == {}


async def test_a_context_is_its_own_clients_alone(proxies: Proxies) -> None:
    context = await proxies.context()
    (api,) = proxies.proxy.apis
    assert isinstance(api, DevApp)
    for work in (
        api.delete_app_context(context["contextId"], Caller("somebody else")),
        api.replace_app_context(
            context["contextId"], decode(encode(wish()), AppContext), Caller("somebody else")
        ),
    ):
        with pytest.raises(NotFound):
            await work


async def test_a_device_that_waits_too_long_is_told_so_and_its_context_is_undone(
    tmp_path: Path,
) -> None:
    async with Proxies(tmp_path, policy=Policy(answer_within_s=0.05)) as proxies:
        await proxies.onboard(web_app())
        proxies.ready_timeout_s = 0.3
        await proxies.restart("mec1", "mec2")
        for host in proxies.hosts.values():
            host.mep.confirms = False
        refused = await proxies.ask("POST", CONTEXTS, wish())
        assert (refused.status, "undone" in refused.detail) == (504, True)
        await proxies.idle()
        assert await proxies.instances() == {}


async def test_an_instance_that_is_relocated_takes_its_context_along_and_still_ends_with_it(
    proxies: Proxies,
) -> None:
    near = LatencyDescriptor(max_latency=3_000_000)
    await proxies.onboard(web_app(app_d_id="near-1.0", app_latency=near))
    context = await proxies.context(appDId="near-1.0")
    (before,) = seats(context)
    relocations = connect(mm3.Relocations, proxies.url("meo"), proxies.http)
    request = RelocationRequest(host_id="mec1", app_instance_id=before, cell="mec2-cell")
    await relocations.begin_relocation("move-1", request)

    async def ready() -> bool:
        found = await relocations.get_relocation("move-1", wait_s=5)
        assert found.state is not RelocationState.FAILED, found.detail
        return found.state is RelocationState.READY

    await proxies.until(ready)
    await relocations.end_relocation("move-1", RelocationEnd(completed=True, end_source=True))
    told = await proxies.told("AddressChangeNotification")
    after = told["appInstanceId"]
    assert after != before
    assert (await proxies.instances())[after].wayside_placement is not None
    assert (await proxies.ask("DELETE", path_of(context))).status == 204
    await proxies.idle()
    assert await proxies.instances() == {}


async def test_a_device_that_was_told_of_a_place_has_it_used_by_asking_for_it_again(
    proxies: Proxies,
) -> None:
    there = [{"appLocation": in_city("Cannes")}]
    proxies.fill("mec2")
    context = await proxies.context(appLocationUpdates=True, userAppInstanceInfo=there)
    proxies.empty("mec2")
    await proxies.look()
    told = await proxies.told("ApplicationLocationAvailabilityNotification")
    assert told["availableLocations"] == there
    again = wish(appLocationUpdates=True, userAppInstanceInfo=there)
    assert (await proxies.ask("PUT", path_of(context), again)).status == 204
    told = await proxies.told("ApplicationContextUpdateNotification")
    (info,) = told["userAppInstanceInfo"]
    assert info["referenceURI"] == await proxies.uri_of(info["appInstanceId"])
