"""Grants that take a while: 202 until they are decided, then 200 or 403, over kills of the MEO."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from tests.meo.tiers import Tiers, ask

from wayside.core.errors import Unavailable
from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import (
    InstantiateAppRequest,
    LcmOperationState,
    StopType,
    TerminateAppRequest,
)
from wayside.refpoints.mm4 import Amount

GRANTS = "/granting/v1/grants"
FORCED = TerminateAppRequest(termination_type=StopType.FORCEFUL)


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path) as tiers:
        await tiers.onboard()
        yield tiers


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.002)


async def pending(tiers: Tiers) -> tuple[AppInstanceId, str | None, str]:
    """Instantiate where the host is slow to tell its capacity, from the grant on."""
    vim = tiers.hosts["mec1"].vim
    id_ = await tiers.create()

    def look(saga: str, id: str, step: str) -> None:
        if saga == "grant" and vim.holds_capacity is None:
            vim.holds_capacity = asyncio.Event()

    tiers.looks["meo"] = look
    await tiers.kill("meo")
    await tiers.boot("meo")
    begun = await tiers.lcm.instantiate_app_instance(id_, InstantiateAppRequest())
    await until(lambda: bool(list(tiers.journals["meo"].load("grants_asked"))))
    await until(lambda: vim.holds_capacity is not None)
    ((grant_id, _),) = tiers.journals["meo"].load("grants_asked")
    return id_, begun.location, f"{GRANTS}/{grant_id}"


async def test_a_slow_decision_is_202_until_it_is_made_and_200_then(tiers: Tiers) -> None:
    vim = tiers.hosts["mec1"].vim
    id_, operation, grant = await pending(tiers)

    waiting = await ask(tiers, "GET", grant)
    assert (waiting.status, waiting.content) == (202, b"")
    assert waiting.headers["location"].endswith(grant)
    assert vim.log == []

    assert vim.holds_capacity is not None
    vim.holds_capacity.set()
    assert (await tiers.ended(operation)).operation_state is LcmOperationState.COMPLETED
    given = await ask(tiers, "GET", grant)
    assert given.status == 200
    assert given.json["appInstanceId"] == id_


async def test_a_request_that_is_repeated_meanwhile_has_the_same_grant(tiers: Tiers) -> None:
    _, operation, grant = await pending(tiers)
    ((_, asked),) = tiers.journals["meo"].load("grants_asked")
    wanted = msgspec.json.decode(asked[asked.index(b"{") :])
    again = await ask(tiers, "POST", GRANTS, wanted["request"])
    assert again.status == 202
    assert again.headers["location"].endswith(grant)
    tiers.hosts["mec1"].vim.holds_capacity.set()  # type: ignore[union-attr]
    await tiers.ended(operation)
    assert (await ask(tiers, "POST", GRANTS, wanted["request"])).status == 201


@pytest.mark.parametrize("killed", ["meo", "mec1"])
async def test_a_kill_while_a_grant_is_pending_still_ends_with_a_running_instance(
    tiers: Tiers, killed: str
) -> None:
    id_, operation, _ = await pending(tiers)
    await tiers.restart(killed)
    tiers.hosts["mec1"].vim.holds_capacity.set()  # type: ignore[union-attr]
    occ = await tiers.ended(operation)
    assert occ.operation_state is LcmOperationState.COMPLETED, occ.error
    assert tiers.hosts["mec1"].mep.in_force == {id_}


async def test_a_host_whose_room_is_gone_when_it_is_asked_is_refused_with_figures(
    tiers: Tiers,
) -> None:
    vim = tiers.hosts["mec1"].vim
    other = await tiers.create()
    await tiers.instantiate(other)
    _, operation, grant = await pending(tiers)
    vim.total = Amount(cpu_milli=100)  # less than the other has: nothing is free, and no less
    vim.holds_capacity.set()  # type: ignore[union-attr]
    occ = await tiers.ended(operation)
    assert occ.operation_state is LcmOperationState.FAILED
    refused = await ask(tiers, "GET", grant)
    assert refused.status == 403
    assert "has no room any more: cpuMilli 250 asked for, 0 free" in refused.detail
    assert list(vim.amounts) == [other]


async def test_a_host_that_does_not_tell_its_room_is_waited_for_and_then_refused(
    tmp_path: Path,
) -> None:
    async with Tiers(tmp_path, patience_s=1.5) as tiers:
        await tiers.onboard()
        vim = tiers.hosts["mec1"].vim

        def look(saga: str, id: str, step: str) -> None:
            vim.silent = Unavailable("The VIM is being replaced.") if saga == "grant" else None

        tiers.looks["meo"] = look
        await tiers.kill("meo")
        await tiers.boot("meo")
        occ = await tiers.instantiate(await tiers.create())
        assert occ.operation_state is LcmOperationState.FAILED
        assert occ.error is not None
        assert "the host mec1 does not tell its capacity: The VIM is being" in occ.error.detail
        vim.silent = None
        assert vim.empty


async def test_a_host_that_has_just_what_is_asked_for_is_granted(tiers: Tiers) -> None:
    vim = tiers.hosts["mec1"].vim
    _, operation, _ = await pending(tiers)
    vim.total = msgspec.structs.replace(vim.total, cpu_milli=250)
    vim.holds_capacity.set()  # type: ignore[union-attr]
    occ = await tiers.ended(operation)
    assert occ.operation_state is LcmOperationState.COMPLETED, occ.error


async def test_what_was_given_up_while_it_was_decided_is_not_granted(tiers: Tiers) -> None:
    vim = tiers.hosts["mec1"].vim
    _, operation, grant = await pending(tiers)
    await tiers.kill("mec1")
    tiers.lose("mec1")
    await tiers.boot("mec1")
    assert (await tiers.ended(operation)).operation_state is LcmOperationState.FAILED
    assert (await ask(tiers, "GET", grant)).status == 202
    vim.holds_capacity.set()  # type: ignore[union-attr]
    async with asyncio.timeout(10):
        while (refused := await ask(tiers, "GET", grant)).status == 202:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    assert refused.status == 403
    assert "has placed no instance" in refused.detail


async def test_a_given_grant_goes_with_its_instance(tiers: Tiers) -> None:
    id_ = await tiers.create()
    await tiers.instantiate(id_)
    ((grant_id, _),) = tiers.journals["meo"].load("grants")
    assert (await ask(tiers, "GET", f"{GRANTS}/{grant_id}")).status == 200
    begun = await tiers.lcm.terminate_app_instance(id_, FORCED)
    await tiers.ended(begun.location)
    await tiers.lcm.delete_app_instance(id_)
    assert (await ask(tiers, "GET", f"{GRANTS}/{grant_id}")).status == 404


async def test_a_refused_grant_goes_with_its_instance(tiers: Tiers) -> None:
    id_, operation, grant = await pending(tiers)
    vim = tiers.hosts["mec1"].vim
    vim.total = Amount(cpu_milli=100)
    vim.holds_capacity.set()  # type: ignore[union-attr]
    await tiers.ended(operation)
    await tiers.lcm.delete_app_instance(id_)
    assert (await ask(tiers, "GET", grant)).status == 404
