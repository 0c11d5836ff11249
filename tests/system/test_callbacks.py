"""What leads to the machine's own loopback, from an orchestrator that has another one."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.adapters.test_poster import Answering, serving

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.adapters.origins import is_loopback
from wayside.adapters.poster import HttpPoster
from wayside.core.tasks import Nursery
from wayside.linux.probe import Way
from wayside.system.callbacks import relay_of, serve_callbacks
from wayside.system.launch import Launch
from wayside.system.process import Hands
from wayside.system.settings import GuardSettings, Profile, SystemSettings
from wayside.system.state import CALLBACKS, StateFolder

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


def wanted(folder: Path, way: Way = Way.ROOT, profile: Profile = Profile.SANDBOX) -> Launch:
    return Launch(
        StateFolder(folder), scenario="town", port=8080, way=way.value, reason="a test",
        profile=profile,
    )  # fmt: skip


@pytest.fixture
async def relayed() -> AsyncIterator[HttpPoster]:
    """A poster whose loopback is another, and the front door's way to ours."""
    with tempfile.TemporaryDirectory(prefix="ws", dir="/tmp") as folder:
        async with Nursery() as nursery:
            launch = wanted(Path(folder))
            launch.state.run.mkdir()
            server = await serve_callbacks(launch, Hands(SystemClock(), nursery, CountedIds()))
            assert server is not None
            poster = HttpPoster(relay=launch.state.socket(CALLBACKS))
            yield poster
            await poster.close()
            await server.close()


async def test_a_notification_arrives_as_it_was_sent_and_its_status_comes_back(
    relayed: HttpPoster,
) -> None:
    subscriber = Answering(NO_CONTENT)
    async with serving(subscriber) as url:
        status = await relayed.post(f"{url}/told/%7Eme/", b'{"a": 1}', timeout_s=5)
    assert status == 204
    assert subscriber.bodies == [b'{"a": 1}']
    head = subscriber.heads[0].decode().splitlines()
    assert head[0] == "POST /told/%7Eme/ HTTP/1.1"
    assert f"host: {url.removeprefix('http://')}" in [line.lower() for line in head]


async def test_where_nobody_listens_it_did_not_arrive(relayed: HttpPoster) -> None:
    async with serving(Answering(NO_CONTENT)) as url:
        pass
    assert await relayed.post(url, b"{}", timeout_s=5) == 503


@pytest.mark.parametrize(
    ("origin", "loopback"),
    [
        ("http://127.0.0.1:9000", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:9000", True),
        ("http://localhost:9000", True),
        ("https://127.0.0.1:9000", False),
        ("http://10.0.0.1", False),
        ("http://localhost.example", False),
        ("http://", False),
    ],
)
def test_only_what_leads_to_loopback_goes_that_way(origin: str, loopback: bool) -> None:
    assert is_loopback(origin) is loopback


async def test_an_operators_notifications_never_do(tmp_path: Path) -> None:
    operator = GuardSettings(profile=Profile.OPERATOR)
    assert relay_of(SystemSettings(state=tmp_path, guard=operator, in_namespace="x")) is None
    assert relay_of(SystemSettings(state=tmp_path)) is None, "it shares the machine's loopback"
    assert relay_of(SystemSettings(state=tmp_path, in_namespace="x")) is not None
    async with Nursery() as nursery:
        hands = Hands(SystemClock(), nursery, CountedIds())
        for launch in (wanted(tmp_path, profile=Profile.OPERATOR), wanted(tmp_path, Way.SIMULATED)):
            assert await serve_callbacks(launch, hands) is None
