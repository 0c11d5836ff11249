"""An application that a VNFM runs: the platform is configured for it, and nothing else is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.mep.world import SUPPORT, MepWorld
from tests.mepm.manager import HERE, Manager

from wayside.core.errors import Conflict, Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import (
    AppInstanceInfo,
    AppLcmOpOcc,
    ConfigPlatformForAppRequest,
    LcmOperation,
    LcmOperationState,
    OperateAppRequest,
    OperationalState,
    StopType,
    TerminateAppRequest,
)
from wayside.model.appd import DNSRuleDescriptor
from wayside.model.rules import IpAddressType

FORCEFUL = TerminateAppRequest(termination_type=StopType.FORCEFUL)


def named(address: str) -> ConfigPlatformForAppRequest:
    """A wish that a name leads to an address."""
    rule = DNSRuleDescriptor(
        dns_rule_id="1",
        domain_name="app.example",
        ip_address_type=IpAddressType.IP_V4,
        ip_address=address,
    )
    return ConfigPlatformForAppRequest(app_dns_rule=(rule,))


WANTED = named("192.0.2.9")


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    async with Manager(tmp_path) as running:
        yield running


async def configure(manager: Manager, id: AppInstanceId) -> AppLcmOpOcc:
    return await manager.ended(await manager.api.configure_platform_for_app(id, WANTED))


async def shown(manager: Manager, id: AppInstanceId) -> AppInstanceInfo:
    return (await manager.api.get_app_instance(id)).value


def tasks(info: AppInstanceInfo) -> set[str]:
    """The tasks that the instance links to."""
    names = ("instantiate", "operate", "terminate", "configure_platform_for_app")
    return {name for name in names if getattr(info.links, name) is not None}


async def test_the_real_platform_takes_its_readiness_and_serves_its_name_until_it_is_ended(
    manager: Manager,
) -> None:
    async with MepWorld() as world:
        manager.twin.mep = world.mep.platform  # type: ignore[assignment]
        await manager.restart()
        id_ = await manager.create_elsewhere()
        ready = f"{SUPPORT}/applications/{id_}/confirm_ready"
        said = {"indication": "READY"}
        assert (await world.http.post(ready, json=said)).status_code in (404, 409)
        occ = await configure(manager, id_)
        assert occ.operation_state is LcmOperationState.COMPLETED
        assert world.plane.names == []
        assert (await world.http.post(ready, json=said)).status_code == 204
        assert [str(each.address) for each in world.plane.names] == ["192.0.2.9"]
        await manager.ended(await manager.api.terminate_app_instance(id_, FORCEFUL))
        assert world.plane.names == []
        rules = f"{SUPPORT}/applications/{id_}/dns_rules"
        assert (await world.http.get(rules)).status_code == 404


async def test_nothing_of_the_instance_is_in_the_vim(manager: Manager) -> None:
    id_ = await manager.create_elsewhere()
    occ = await configure(manager, id_)
    assert occ.lcm_operation is LcmOperation.INSTANTIATE
    assert manager.grants.asked == []
    assert manager.twin.vim.empty
    assert id_ in manager.twin.mep.configured
    occ = await manager.ended(await manager.api.terminate_app_instance(id_, FORCEFUL))
    assert occ.operation_state is LcmOperationState.COMPLETED
    assert manager.twin.empty
    await manager.api.delete_app_instance(id_)


async def test_only_the_tasks_that_are_possible_are_linked(manager: Manager) -> None:
    id_ = await manager.create_elsewhere()
    assert tasks(await shown(manager, id_)) == {"configure_platform_for_app"}
    await configure(manager, id_)
    info = await shown(manager, id_)
    assert tasks(info) == {"terminate"}
    assert info.operational_state is OperationalState.STARTED


async def test_what_the_vim_would_do_is_refused_with_what_to_do_instead(manager: Manager) -> None:
    own = await manager.create()
    with pytest.raises(Conflict, match="create it with appPlacementInfo"):
        await manager.api.configure_platform_for_app(own, WANTED)
    id_ = await manager.create_elsewhere()
    with pytest.raises(Conflict, match="use configure_platform_for_app"):
        await manager.api.instantiate_app_instance(id_, HERE)
    await configure(manager, id_)
    with pytest.raises(Conflict, match="needs NOT_INSTANTIATED"):
        await manager.api.configure_platform_for_app(id_, WANTED)
    stop = OperateAppRequest(change_state_to=OperationalState.STOPPED)
    with pytest.raises(Conflict, match="use terminate"):
        await manager.api.operate_app_instance(id_, stop)


async def test_a_rule_that_needs_an_address_of_this_host_is_refused_at_once(
    manager: Manager,
) -> None:
    id_ = await manager.create_elsewhere()
    with pytest.raises(Unprocessable, match="the instance has none here"):
        await manager.api.configure_platform_for_app(id_, named("${instance.ip}"))
    assert tasks(await shown(manager, id_)) == {"configure_platform_for_app"}


async def test_a_platform_that_refuses_leaves_nothing_and_may_be_asked_again(
    manager: Manager,
) -> None:
    id_ = await manager.create_elsewhere()
    manager.twin.mep.refuses = Unprocessable("No such domain here.")
    occ = await configure(manager, id_)
    assert occ.operation_state is LcmOperationState.FAILED
    assert manager.twin.empty
    manager.twin.mep.refuses = None
    assert (await configure(manager, id_)).operation_state is LcmOperationState.COMPLETED


async def test_it_outlives_the_manager(manager: Manager) -> None:
    id_ = await manager.create_elsewhere()
    await configure(manager, id_)
    await manager.restart()
    assert tasks(await shown(manager, id_)) == {"terminate"}
    graceful = TerminateAppRequest(
        termination_type=StopType.GRACEFUL, graceful_termination_timeout=5
    )
    await manager.ended(await manager.api.terminate_app_instance(id_, graceful))
    assert ("TERMINATING", 5.0) in manager.twin.mep.grace
    assert manager.twin.empty
