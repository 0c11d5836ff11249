"""Work on one thing happens one after the other, and is finished once begun."""

import asyncio

import pytest

from wayside.mep.turns import Turns


async def test_work_on_one_thing_takes_turns_and_work_on_two_does_not() -> None:
    turns, order, gate = Turns(), list[str](), asyncio.Event()

    async def work(name: str) -> None:
        order.append(f"{name} begins")
        await gate.wait()
        order.append(f"{name} ends")

    tasks = [
        asyncio.ensure_future(turns.take(key, work(name)))
        for key, name in (("a", "first"), ("a", "second"), ("b", "other"))
    ]
    for _ in range(5):
        await asyncio.sleep(0)
    assert order == ["first begins", "other begins"]
    gate.set()
    await asyncio.gather(*tasks)

    assert order.index("first ends") < order.index("second begins")


async def test_who_goes_away_does_not_leave_its_work_half_done() -> None:
    turns, done, gate = Turns(), list[str](), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        done.append("all of it")

    task = asyncio.ensure_future(turns.take("a", work()))
    await asyncio.sleep(0)
    task.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await turns.take("a", asyncio.sleep(0))

    assert done == ["all of it"]


async def test_work_that_fails_gives_its_turn_on() -> None:
    turns = Turns()

    async def failing() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await turns.take("a", failing())

    await turns.take("a", asyncio.sleep(0))
