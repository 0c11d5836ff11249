"""``kill -9`` of the proxy at any step: a context is undone that nobody waits for, one that ends
ends, and neither leaves an instance, a package or a record behind.

Each step is broken twice over: before it is done, and after it was done but before that is known.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.knife import WHEN, Knife
from tests.mep.world import CALLBACK
from tests.ualcmp.proxy import (
    CONTEXTS,
    LISTED,
    SOURCE,
    UALCMP,
    Proxies,
    path_of,
    seats,
    web_app,
    wish,
)

from wayside.adapters.memory import MemoryJournal
from wayside.core.errors import Problem
from wayside.core.journal import Change
from wayside.core.requests import ListQuery

MAKING = ("package", "seat", "finished")
ENDING = ("vacate", "finished")


class MortalAt(Knife):
    """Kills the proxy at its n-th write, which is lost."""

    def __init__(self, journal: MemoryJournal, number: int) -> None:
        super().__init__(journal, "", "")
        self._left = number

    async def commit(self, changes: Sequence[Change]) -> None:
        """Keep the changes, unless it is time to die."""
        self._left -= 1
        if self._left < 0 and not self.struck.is_set():
            self.strike()
        await super().commit(changes)


class Broken(Proxies):
    """A proxy that dies at a step and is started again."""

    async def sharpen(self, step: str, when: str) -> Knife:
        """From now on, the proxy dies at the step."""
        knife = Knife(self.journals[UALCMP], step, when)
        self.journals[UALCMP] = knife
        self.looks[UALCMP] = knife.look
        await self.kill(UALCMP)
        await self.boot(UALCMP)
        return knife

    async def survive(self, knife: Knife) -> None:
        """Wait for the kill, start the proxy again, return when it is idle."""
        async with asyncio.timeout(10):
            await knife.struck.wait()
        await self.restart(UALCMP)
        await self.idle()

    async def nothing_is_left(self) -> None:
        """Return once nothing of any context is there, here and at the MEO."""

        async def gone() -> bool:
            await self.look()
            packages = await self.packages.list_app_packages(ListQuery())
            kinds = ("app_contexts", "started_instances", "brought_packages", "sagas")
            kept = any(list(self.journals[UALCMP].load(kind)) for kind in kinds)
            return not (kept or await self.instances() or packages.entries)

        await self.until(gone)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("step", MAKING)
async def test_a_context_whose_proxy_is_killed_while_it_is_made_is_undone(
    tmp_path: Path, step: str, when: str
) -> None:
    async with Broken(tmp_path) as proxies:
        proxies.bring(web_app())
        knife = await proxies.sharpen(step, when)
        body = wish(appDId=None, appPackageSource=SOURCE)
        asking = asyncio.create_task(proxies.ask("POST", CONTEXTS, body))
        await proxies.survive(knife)
        with suppress(httpx.TransportError):
            await asking
        await proxies.nothing_is_left()
        assert (await proxies.ask("GET", LISTED)).json == []


@pytest.mark.parametrize("number", range(12))
async def test_wherever_a_write_is_lost_while_a_context_is_made_nothing_is_left(
    tmp_path: Path, number: int
) -> None:
    async with Broken(tmp_path) as proxies:
        proxies.bring(web_app())
        journal = MortalAt(proxies.journals[UALCMP], number)
        proxies.journals[UALCMP] = journal
        await proxies.restart(UALCMP)
        body = wish(appDId=None, appPackageSource=SOURCE)
        asking = asyncio.create_task(proxies.ask("POST", CONTEXTS, body))
        async with asyncio.timeout(10):
            done, _ = await asyncio.wait(
                {asking, asyncio.ensure_future(journal.struck.wait())},
                return_when=asyncio.FIRST_COMPLETED,
            )
        if asking in done and asking.exception() is None and asking.result().status == 201:
            await proxies.restart(UALCMP)
            assert (await proxies.ask("DELETE", path_of(asking.result().json))).status == 204
        else:
            await proxies.restart(UALCMP)
        with suppress(httpx.TransportError):
            await asking
        await proxies.idle()
        await proxies.nothing_is_left()


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("step", ENDING)
async def test_a_context_whose_proxy_is_killed_while_it_ends_still_ends(
    tmp_path: Path, step: str, when: str
) -> None:
    async with Broken(tmp_path) as proxies:
        proxies.bring(web_app())
        context = await proxies.context(appDId=None, appPackageSource=SOURCE)
        knife = await proxies.sharpen(step, when)
        assert (await proxies.ask("DELETE", path_of(context))).status == 204
        await proxies.survive(knife)
        await proxies.nothing_is_left()


async def test_a_context_outlives_its_proxy_and_hears_what_happened_meanwhile(
    tmp_path: Path,
) -> None:
    async with Proxies(tmp_path) as proxies:
        await proxies.onboard(web_app())
        context = await proxies.context()
        await proxies.restart(UALCMP)
        assert list(await proxies.instances()) == seats(context)
        await proxies.kill(UALCMP)
        await proxies.terminate(seats(context)[0])
        await proxies.boot(UALCMP)
        told = await proxies.told("ApplicationContextDeleteNotification")
        assert told["contextId"] == context["contextId"]


async def test_what_a_device_was_not_told_before_a_kill_it_is_told_afterwards(
    tmp_path: Path,
) -> None:
    async with Proxies(tmp_path) as proxies:
        await proxies.onboard(web_app())
        context = await proxies.context()
        proxies.callbacks.dead.add(CALLBACK)
        await proxies.terminate(seats(context)[0])
        await proxies.until(lambda: list(proxies.journals[UALCMP].load("notices")))
        await proxies.kill(UALCMP)
        proxies.callbacks.dead.clear()
        await proxies.boot(UALCMP)
        await proxies.told("ApplicationContextDeleteNotification")
        await proxies.until(lambda: not list(proxies.journals[UALCMP].load("notices")))
        assert len(proxies.callbacks.to(CALLBACK)) == 1


async def test_the_orchestrator_may_be_killed_too(tmp_path: Path) -> None:
    async with Proxies(tmp_path) as proxies:
        await proxies.onboard(web_app())
        context = await proxies.context()
        await proxies.restart("meo")
        await proxies.terminate(seats(context)[0])
        await proxies.told("ApplicationContextDeleteNotification")


async def test_a_context_is_not_given_up_because_the_orchestrator_is_silent(
    tmp_path: Path,
) -> None:
    async with Proxies(tmp_path) as proxies:
        await proxies.onboard(web_app())
        context = await proxies.context()
        await proxies.kill("meo")
        with pytest.raises(Problem):
            await proxies.proxy._serving.settle(context["contextId"])
        await proxies.boot("meo")
        (shown,) = (await proxies.ask("GET", LISTED)).json
        assert shown["appInstanceIds"] == seats(context)
        assert proxies.callbacks.posted == []
