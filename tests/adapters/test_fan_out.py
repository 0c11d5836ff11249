"""A notification to a thousand subscribers over real sockets, some hundreds of them bad.

None that answers waits for one that is silent, slow, or talks nonsense.
"""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from tests.adapters.test_poster import Answering, Handler, poster, serving

from wayside.adapters.clocks import SystemClock
from wayside.chassis.delivery import CallbackRoute, Deliverer
from wayside.core.tasks import Nursery

GOOD, BAD = 1_000, 300
PATIENCE_S = 60.0
"""How long a bad callback may take."""
ON_TIME_S = 20.0
"""Nobody has waited for one that is bad; on a quiet machine it takes a second or two."""
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take everything and never answer."""
    await reader.read()
    while await reader.read(65_536):
        pass
    writer.close()


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a byte a second."""
    try:
        for byte in NO_CONTENT:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer what is no HTTP."""
    writer.write(b"\x00\xffnonsense\r\n\r\n")
    await reader.read(65_536)
    writer.close()


@pytest.mark.parametrize("bad", [silent, slow, nonsense], ids=lambda bad: bad.__name__)
async def test_a_thousand_are_told_on_time_beside_hundreds_of(bad: Handler) -> None:
    good = Answering(NO_CONTENT)
    async with AsyncExitStack() as stack:
        nursery = await stack.enter_async_context(Nursery())
        good_url = await stack.enter_async_context(serving(good))
        bad_url = await stack.enter_async_context(serving(bad))
        hand = await stack.enter_async_context(poster())
        deliverer = Deliverer(SystemClock(), nursery)
        begun = time.perf_counter()
        for number in range(BAD):
            deliverer.deliver(
                f"bad{number}", CallbackRoute(hand, f"{bad_url}/{number}", PATIENCE_S), b"{}"
            )
        for number in range(GOOD):
            deliverer.deliver(f"good{number}", CallbackRoute(hand, f"{good_url}/{number}"), b"{}")
        while deliverer.counts.delivered < GOOD and time.perf_counter() - begun < ON_TIME_S:
            await SystemClock().sleep(0.02)
        took = time.perf_counter() - begun
        for number in range(BAD):
            deliverer.forget(f"bad{number}")
    told = Counter(head.split(b" ")[1] for head in good.heads)
    assert len(told) == GOOD and set(told.values()) == {1}
    assert took < ON_TIME_S
