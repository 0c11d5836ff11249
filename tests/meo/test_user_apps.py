"""Where applications for users can be, as the UALCMP asks the orchestrator."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.model.descriptors import an_appd
from tests.ualcmp.proxy import Proxies, in_city

from wayside.chassis.client import connect
from wayside.core.errors import Unprocessable
from wayside.core.ids import AppPkgId
from wayside.core.wire import decode, encode
from wayside.meo.site import HostSite
from wayside.meo.wayside_user_apps.logic import location_of
from wayside.model.app_lcm import InstantiateAppRequest, LocationConstraints
from wayside.model.app_pkgm import AppPkgInfoModifications, PackageOperationalState
from wayside.model.appd import LatencyDescriptor
from wayside.refpoints import mm9
from wayside.refpoints.mm9 import UserApp, UserAppQuery

NEAR = LatencyDescriptor(max_latency=3_000_000)


@pytest.fixture
async def proxies(tmp_path: Path) -> AsyncIterator[Proxies]:
    async with Proxies(tmp_path) as running:
        yield running


async def query(proxies: Proxies, **wanted: Any) -> tuple[UserApp, ...]:
    apps = connect(mm9.UserApps, proxies.url("meo"), proxies.http)
    return (await apps.query_user_apps(UserAppQuery(**wanted))).apps


async def test_places_are_told_the_nearest_to_the_users_first_with_whether_there_is_room(
    proxies: Proxies,
) -> None:
    await proxies.onboard(an_appd(app_latency=None))
    proxies.fill("mec1")
    (app,) = await query(proxies, cells=("mec2-cell",))
    assert [(p.host_id, p.latency_ns, p.has_room) for p in app.places] == [
        ("mec2", 2_000_000, True), ("mec1", None, False),
    ]  # fmt: skip
    assert app.app_d == an_appd(app_latency=None)


async def test_a_host_that_is_too_far_from_the_users_own_cell_is_no_place(
    proxies: Proxies,
) -> None:
    await proxies.onboard(an_appd(app_latency=NEAR))
    (app,) = await query(proxies, cells=("mec2-cell",))
    assert [each.host_id for each in app.places] == ["mec2"]
    assert app.refusals == {"latency from the user's cell": 1}
    (app,) = await query(proxies)
    assert {each.host_id for each in app.places} == {"mec1", "mec2"}


async def test_what_is_disabled_or_not_asked_for_is_left_out(proxies: Proxies) -> None:
    package = await proxies.onboard()
    await proxies.onboard(an_appd(app_d_id="other-1.0"))
    assert [each.app_d.app_d_id for each in await query(proxies)] == ["app-1.0", "other-1.0"]
    assert len(await query(proxies, app_d_ids=("other-1.0", "none"))) == 1
    disabled = AppPkgInfoModifications(operational_state=PackageOperationalState.DISABLED)
    await proxies.packages.modify_app_package(AppPkgId(package.id), disabled)
    assert [each.app_d.app_d_id for each in await query(proxies)] == ["other-1.0"]


async def test_an_instance_goes_to_the_host_that_the_proxy_chose_and_to_no_other(
    proxies: Proxies,
) -> None:
    await proxies.onboard(an_appd(app_latency=None))
    for host_id in ("mec1", "mec2"):
        id_ = await proxies.create()
        request = InstantiateAppRequest(wayside_host_id=host_id)
        await proxies.ended((await proxies.lcm.instantiate_app_instance(id_, request)).location)
        placement = (await proxies.instance(id_)).wayside_placement
        assert placement is not None and placement.host_id == host_id
    proxies.fill("mec1")
    id_ = await proxies.create()
    request = InstantiateAppRequest(wayside_host_id="mec1")
    occ = await proxies.ended((await proxies.lcm.instantiate_app_instance(id_, request)).location)
    assert occ.error is not None and "mec1 is nearest to the device" in occ.error.detail


async def test_a_location_that_means_nothing_is_refused(proxies: Proxies) -> None:
    with pytest.raises(Unprocessable, match="countryCode"):
        await query(proxies, location_constraints=LocationConstraints())


def test_a_host_is_where_its_address_says_or_in_an_area_or_nowhere_known(
    tmp_path: Path,
) -> None:
    site = Proxies(tmp_path).sites["mec1"]
    assert location_of(site) == decode(encode(in_city("Valbonne")), LocationConstraints)
    area = location_of(HostSite("a", "A", position=site.position))
    assert area is not None and area.area is not None and area.country_code is None
    area.check()
    assert location_of(HostSite("a", "A")) is None
