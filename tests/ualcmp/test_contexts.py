"""Contexts as a device makes, changes and ends them, and as it is told of what becomes of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.ualcmp.proxy import CONTEXTS, Proxies, in_city, web_app

from wayside.model.app_lcm import StopType, TerminateAppRequest

FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)


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
        path = f"{CONTEXTS}/{context['contextId']}"
        assert (await proxies.ask("DELETE", path)).status == 204
        assert (await proxies.ask("DELETE", path)).status == 404
        await proxies.until(lambda: not list(proxies.journals["ualcmp"].load("sagas")))
        assert len(await proxies.instances()) == left
