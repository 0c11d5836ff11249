"""A core is reached over TLS with a token, reports over TLS, and is refused by field."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.access.nef.cores import NR1, TABLE, nr
from tests.access.nef.twin import TwinNef
from tests.system.authority import Authority
from tests.system.operators import free_port

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds, new_uuid
from wayside.chassis.http import Element, HttpServer, Request, Response, respond
from wayside.core.errors import Unprocessable
from wayside.core.tasks import Nursery
from wayside.refpoints.net.values import Technology
from wayside.security.sandbox import SandboxAuthoriser
from wayside.security.tls import serving, trusting
from wayside.system.process import Hands
from wayside.system.sources import chosen
from wayside.system.state import StateFolder


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with Nursery() as nursery:
        yield Hands(SystemClock(), nursery, new_uuid)


def a_file(folder: Path, more: str, **changed: str) -> Path:
    (folder / "core.toml").write_text(TABLE)
    said = {
        "url": '"http://127.0.0.1:1"',
        "scs_as_id": '"wayside"',
        "table": '"core.toml"',
        "listen": f'{{ host = "127.0.0.1", port = {free_port()} }}',
        "notify": '"http://127.0.0.1:2"',
    } | changed
    lines = "\n".join(f"{name} = {value}" for name, value in said.items())
    path = folder / "s.toml"
    path.write_text(f'[source]\nkind = "nef"\n{lines}\n{more}')
    return path


async def test_a_core_is_asked_and_reports_over_tls_with_a_token(
    hands: Hands, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "pki")
    theirs, ours = authority.issue("nef"), authority.issue("wayside")
    port, reports = free_port(), free_port()
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("quay")
    tls = trusting(authority.trust, field="trust")
    seen: set[str | None] = set()
    async with httpx.AsyncClient(verify=tls) as callbacks:
        twin = TwinNef(callbacks)
        twin.places["crane@port.example"] = nr(0x4001)
        twin.addresses["10.45.9.4"] = "gate@port.example"

        async def token(request: Request) -> Response:
            return respond(200, b'{"access_token":"t0ken","token_type":"Bearer","expires_in":60}')

        async def nef(request: Request) -> Response:
            seen.add(request.header(b"authorization"))
            return await twin.answer(request)

        element = Element(
            title="NEF", apis=(), authoriser=SandboxAuthoriser(), clock=hands.clock,
            new_id=CountedIds("request"),
        )  # fmt: skip
        element.mount("/token", token)
        element.mount("/*", nef)
        server = HttpServer(element, nursery=hands.nursery)
        files = serving(theirs.certificate, theirs.key, field="tls")
        await server.listen_tcp("127.0.0.1", port, tls=files)
        path = a_file(
            tmp_path,
            f'[source.token]\nurl = "https://127.0.0.1:{port}/token"\nclient_id = "mec"\n'
            f'secret_file = "secret"\n',
            url=f'"https://127.0.0.1:{port}"',
            listen=f'{{ host = "127.0.0.1", port = {reports}, certificate = "{ours.certificate}",'
            f' key = "{ours.key}" }}',
            notify=f'"https://127.0.0.1:{reports}"',
            trust=f'"{authority.trust}"',
        )
        choice = chosen(path)
        assert choice is not None
        async with choice.open(StateFolder(tmp_path / "state"), hands) as source:
            telling = hands.nursery.start(source.run(), name="nef")
            async with asyncio.timeout(10):
                picture = source.network.picture
                while (  # noqa: ASYNC110 - nobody tells
                    len(twin.subscriptions) < 12 or picture.cells[Technology.NR][0] != NR1
                ):
                    await asyncio.sleep(0.01)
            (crane,) = twin.of(
                "3gpp-monitoring-event",
                externalId="crane@port.example",
                locationType="CURRENT_LOCATION",
            )
            assert await twin.report(crane, locationInfo=nr(0x4002)) == 204
            assert int(source.network.picture.cells[Technology.NR][0]) != NR1
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        assert twin.subscriptions == {}, "nothing is left at the NEF"
        assert seen == {"Bearer t0ken"}
        await server.close()


@pytest.mark.parametrize(
    ("changed", "more", "fault"),
    [
        ({"listen": '{ host = "10.0.0.1", port = 9000 }'}, "", "source.listen.certificate: beyond"),
        ({"listen": '{ host = "mec", port = 9000 }'}, "", "source.listen.host: 'mec' is not an"),
        (
            {"listen": '{ host = "127.0.0.1", port = 9000, certificate = "c" }'},
            "",
            "source.listen.key: certificate and key go together",
        ),
        (
            {},
            '[source.token]\nurl = "https://x"\nclient_id = "a"\nsecret_file = "s"\n',
            "source.token: a secret and its tokens go over https",
        ),
        ({"table": '"none.toml"'}, "", "No such file"),
    ],
)
async def test_a_core_that_cannot_be_asked_safely_is_refused_by_field(
    hands: Hands, tmp_path: Path, changed: dict[str, str], more: str, fault: str
) -> None:
    choice = chosen(a_file(tmp_path, more, **changed))
    assert choice is not None
    with pytest.raises(Unprocessable, match=fault):
        async with choice.open(StateFolder(tmp_path), hands):
            raise AssertionError("it must not open")
