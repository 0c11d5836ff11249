"""A host that is full, an instance that needs room on it, and whoever answers who may end."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.meo.test_kills import Broken

from wayside.core.ids import AppInstanceId
from wayside.model.app_lcm import AppLcmOpOcc, InstantiateAppRequest, OperationalState
from wayside.model.coordination import (
    AppTermCandsForCoord,
    LcmCoordResult,
    TerminateApp,
    TerminationOption,
    WaysideCoordination,
    WaysideCoordinationAnswer,
    WaysideCoordinationState,
)
from wayside.refpoints.mm4 import Amount

State = WaysideCoordinationState
ROOM = Amount(cpu_milli=600, memory_bytes=4 << 30, storage_bytes=40 << 30)
"""Two instances of 250 thousandths of a core find room, a third does not."""


class Full(Broken):
    """``mec1`` has two instances, ``first`` and ``second``; ``third`` is made and needs room."""

    def __init__(self, folder: Path, *hosts: str) -> None:
        super().__init__(folder, *hosts)
        for twin in self.hosts.values():
            twin.vim.total = ROOM

    async def __aenter__(self) -> "Full":
        await super().__aenter__()
        self.first = await self.running()
        self.second = await self.create()
        await self.instantiate(self.second)
        self.third = await self.create()
        return self

    async def begin(self, *sets: Sequence[str]) -> str:
        """Begin to instantiate ``third`` where these may end; return the operation's path."""
        options = tuple(
            TerminationOption(app_inst_id_termination_cands=tuple(each)) for each in sets
        )
        named = AppTermCandsForCoord(termination_options=options) if sets else None
        request = InstantiateAppRequest(app_term_cands_for_coord=named)
        begun = await self.lcm.instantiate_app_instance(self.third, request)
        assert begun.location is not None
        return begun.location

    async def asked(self, *, after: str = "") -> WaysideCoordination:
        """Return the question once there is one (``after`` another), asked or futile."""
        async with asyncio.timeout(10):
            while True:
                asked = (await self.instance(self.third)).wayside_coordination
                if asked is not None and asked.id != after:
                    return asked
                await asyncio.sleep(0.002)

    async def heard(self) -> None:
        """Return when the OSS has said where it will answer."""
        async with asyncio.timeout(10):
            while True:
                if (await self.asked()).oss_coordination_id is not None:
                    return
                await asyncio.sleep(0.002)

    async def answer(self, *ids: str, result: LcmCoordResult = LcmCoordResult.CONTINUE) -> None:
        """Say who ends."""
        selected = tuple(TerminateApp(app_instance_id=id_) for id_ in ids)
        await self.questions.answer_coordination(
            (await self.asked()).id,
            WaysideCoordinationAnswer(coordination_result=result, terminate_apps=selected),
        )

    async def made(self, *sets: Sequence[str], ending: Sequence[str]) -> AppLcmOpOcc:
        """Instantiate ``third`` where ``ending`` are selected; return how it ended."""
        location = await self.begin(*sets)
        await self.answer(*ending)
        return await self.ended(location)

    async def ending(self) -> None:
        """Return when the host ends somebody."""
        async with asyncio.timeout(5):
            while True:
                if self.hosts["mec1"].mep.grace:
                    return
                await asyncio.sleep(0.002)

    def release(self) -> None:
        """Let the host go on to end who is held."""
        held = self.hosts["mec1"].mep.hold
        assert held is not None
        held.set()

    async def state_of(self, id: AppInstanceId) -> OperationalState | None:
        """Whether an instance runs."""
        return (await self.instance(id)).operational_state

    async def on_host(self, host_id: str = "mec1") -> list[str]:
        """Which instances have resources there."""
        return sorted(self.hosts[host_id].vim.amounts)
