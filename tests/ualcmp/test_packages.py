"""Packages that devices bring: fetched, on-boarded as any, shared by source, and gone with use."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.ualcmp.proxy import (
    APP_LIST,
    AVAILABILITY,
    CONTEXTS,
    SOURCE,
    Proxies,
    in_city,
    path_of,
    seats,
    web_app,
    wish,
)

from wayside.core.requests import ListQuery
from wayside.model.app_pkgm import AppPkgInfo
from wayside.ualcmp.policy import Policy


@pytest.fixture
async def proxies(tmp_path: Path) -> AsyncIterator[Proxies]:
    async with Proxies(tmp_path) as running:
        running.bring(web_app())
        yield running


async def packages(proxies: Proxies) -> list[AppPkgInfo]:
    page = await proxies.packages.list_app_packages(ListQuery())
    return [entry.value for entry in page.entries]


def brought(**changes: Any) -> dict[str, Any]:
    """The body of a POST for an application that is not of the list."""
    return wish(**({"appDId": None, "appPackageSource": SOURCE} | changes))


async def test_a_device_brings_its_application_and_is_served_by_it(proxies: Proxies) -> None:
    context = await proxies.context(appDId=None, appPackageSource=SOURCE)
    (package,) = await packages(proxies)
    assert package.user_defined_data == {"waysideAppPackageSource": SOURCE}
    (instance,) = (await proxies.instances()).values()
    assert (instance.app_d_id, [instance.id]) == ("app-1.0", seats(context))
    listed = (await proxies.ask("GET", APP_LIST)).json
    assert listed == {"appList": []}, "what a device brought is not offered to others"
    refused = await proxies.ask("POST", CONTEXTS, wish())
    assert (refused.status, refused.json["field"]) == (422, "$.appInfo.appDId")


async def test_who_names_the_same_source_shares_it_and_the_last_one_takes_it_along(
    proxies: Proxies,
) -> None:
    contexts = [
        await proxies.context(appDId=None, appPackageSource=SOURCE, associateDevAppId=f"phone-{n}")
        for n in range(2)
    ]
    assert proxies.shelf.fetched == [SOURCE]
    assert seats(contexts[0]) == seats(contexts[1])
    for context, left in zip(contexts, (1, 0), strict=True):
        await proxies.ask("DELETE", path_of(context))
        await proxies.idle()
        assert len(await packages(proxies)) == left
    assert list((proxies.folder / "fetched").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "status", "field", "why"),
    [
        ({"appName": "other"}, 422, "$.appInfo.appName", "'app', not 'other'"),
        ({"appSoftVersion": "2.0"}, 422, "$.appInfo.appSoftVersion", "'1.0', not '2.0'"),
        (
            {"appPackageSource": "http://10.45.1.1/none.csar"}, 422, "$.appInfo.appPackageSource",
            "none.csar did not answer",
        ),
        (
            {"appPackageSource": "ftp://10.45.1.1/own.csar"}, 422, "$.appInfo.appPackageSource",
            "no absolute http or https URI",
        ),
    ],
)  # fmt: skip
async def test_a_package_that_is_not_what_was_said_is_refused_and_nothing_is_left(
    proxies: Proxies, changes: dict[str, Any], status: int, field: str | None, why: str
) -> None:
    refused = await proxies.ask("POST", CONTEXTS, brought(**changes))
    assert (refused.status, refused.json.get("field")) == (status, field)
    assert why in refused.detail
    await proxies.idle()
    assert await packages(proxies) == []
    assert not list(proxies.journals["ualcmp"].load("brought_packages"))


async def test_what_the_orchestrator_says_of_a_package_is_told_to_the_device(
    proxies: Proxies,
) -> None:
    proxies.shelf.files[SOURCE] = b"no descriptor at all"
    refused = await proxies.ask("POST", CONTEXTS, brought())
    assert (refused.status, refused.json["field"]) == (422, "$.appInfo.appPackageSource")
    assert "not JSON" in refused.detail
    await proxies.idle()
    assert await packages(proxies) == []


async def test_a_package_that_is_too_large_is_never_on_boarded(tmp_path: Path) -> None:
    async with Proxies(tmp_path, policy=Policy(package_bytes_max=100)) as proxies:
        proxies.bring(web_app())
        refused = await proxies.ask("POST", CONTEXTS, brought())
        assert (refused.status, "more than 100 bytes" in refused.detail) == (422, True)


async def test_where_the_operator_lets_nobody_bring_packages_nothing_is_fetched(
    proxies: Proxies,
) -> None:
    proxies.shelf.refuses = "The callback's host is closed."
    refused = await proxies.ask("POST", CONTEXTS, brought())
    assert (refused.status, refused.detail) == (422, "The package source's host is closed.")
    assert proxies.shelf.fetched == []


async def test_locations_of_a_package_are_told_and_it_is_not_kept(proxies: Proxies) -> None:
    info = {"appName": "app", "appProvider": "Example", "appDVersion": "1.0"}
    body = {"associateDevAppId": "phone-1", "appInfo": info | {"appPackageSource": SOURCE}}
    proxies.fill("mec1")
    told = await proxies.ask("POST", AVAILABILITY, body)
    assert (told.status, told.json["associateDevAppId"]) == (200, "phone-1")
    assert told.json["appInfo"]["availableLocations"] == [{"appLocation": in_city("Cannes")}]
    assert await packages(proxies) == []


async def test_locations_of_an_application_of_the_list_are_told_by_its_names(
    proxies: Proxies,
) -> None:
    await proxies.onboard(web_app())
    info = {"appName": "app", "appProvider": "Example", "appDVersion": "1.0"}
    body = {"associateDevAppId": "phone-1", "appInfo": info}
    told = (await proxies.ask("POST", AVAILABILITY, body)).json
    assert len(told["appInfo"]["availableLocations"]) == 2
    proxies.fill()
    told = (await proxies.ask("POST", AVAILABILITY, body)).json
    assert told["appInfo"]["availableLocations"] == []
    body = {"associateDevAppId": "phone-1", "appInfo": info | {"appDVersion": "9"}}
    refused = await proxies.ask("POST", AVAILABILITY, body)
    assert (refused.status, refused.json["field"]) == (422, "$.appInfo.appName")
