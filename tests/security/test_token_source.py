"""An element's own token: asked for once, renewed in good time, refused with a reason."""

import asyncio

import httpx
import pytest

from wayside.adapters.clocks import VirtualClock
from wayside.chassis.http.pool import HttpClient
from wayside.core.errors import BadGateway, Unauthorised, Unavailable
from wayside.security.clients import Client, hash_secret
from wayside.security.token_api import AccessToken
from wayside.security.token_source import TokenEndpoint, TokenSource, issued_by
from wayside.security.tokens import TokenIssuer


class Endpoint:
    """Gives numbered tokens; counts how often it is asked."""

    def __init__(self, *, lifetime_s: int = 100) -> None:
        self.asked = 0
        self.lifetime_s = lifetime_s
        self.away = False

    async def ask(self) -> AccessToken:
        """Give the next token, after a moment."""
        await asyncio.sleep(0)
        self.asked += 1
        if self.away:
            raise Unavailable("The endpoint is away.")
        return AccessToken(access_token=f"token-{self.asked}", expires_in=self.lifetime_s)


async def test_many_that_need_a_token_at_once_make_one_request() -> None:
    endpoint = Endpoint()
    source = TokenSource(endpoint.ask, VirtualClock())
    assert set(await asyncio.gather(*(source.token() for _ in range(20)))) == {"token-1"}
    assert endpoint.asked == 1


async def test_a_token_is_renewed_before_it_ends() -> None:
    clock, endpoint = VirtualClock(), Endpoint(lifetime_s=100)
    source = TokenSource(endpoint.ask, clock)
    await source.token()
    await clock.advance(89)
    assert await source.token() == "token-1"
    await clock.advance(2)
    assert await source.token() == "token-2"


async def test_after_a_failure_the_next_who_needs_a_token_asks_again() -> None:
    endpoint = Endpoint()
    source = TokenSource(endpoint.ask, VirtualClock())
    endpoint.away = True
    with pytest.raises(Unavailable):
        await source.token()
    endpoint.away = False
    assert await source.token() == "token-2"


async def test_an_issuer_gives_itself_a_token_with_its_own_scopes() -> None:
    from joserfc import jwt
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", private=True)
    client = Client(client_id="meo", secret_hash=hash_secret("x"), scopes=("b:read", "a:read"))
    given = await issued_by(TokenIssuer(key, VirtualClock(), lifetime_s=60), client)()
    claims = jwt.decode(given.access_token, key, algorithms=["ES256"]).claims
    assert (claims["sub"], claims["scope"]) == ("meo", "a:read b:read")
    assert given.expires_in == 60


# ---- what an endpoint may answer, from a server that answers what it is told


async def answer_once(status: str, body: bytes) -> tuple[asyncio.Server, str, list[bytes]]:
    """Serve one answer on loopback; return the server, its URL, and what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"grant_type=client_credentials"))
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}/oauth2/v1/token", heard


async def ask(status: str, body: bytes) -> tuple[AccessToken, list[bytes]]:
    server, url, heard = await answer_once(status, body)
    async with server, HttpClient() as http:
        return await TokenEndpoint(url, "mec 1", "s:cret", http).ask(), heard


async def test_an_element_proves_itself_with_http_basic_and_a_form() -> None:
    given, heard = await ask("200 OK", b'{"access_token":"t","token_type":"Bearer","expires_in":9}')
    assert (given.access_token, given.expires_in) == ("t", 9)
    proof = httpx.BasicAuth("mec+1", "s%3Acret")
    request = next(proof.auth_flow(httpx.Request("POST", "http://x")))
    head = heard[0].lower()
    assert request.headers["Authorization"].lower().encode() in head
    assert b"content-type: application/x-www-form-urlencoded" in head


@pytest.mark.parametrize(
    ("status", "body", "problem", "said"),
    [
        ("401 Unauthorized", b'{"error":"invalid_client"}', Unauthorised, "invalid_client"),
        ("400 Bad Request", b'{"error":"invalid_scope"}', Unauthorised, "clients file"),
        ("200 OK", b'{"token":"t"}', BadGateway, "no token"),
        ("200 OK", b"<html>", BadGateway, "no token"),
        ("503 Service Unavailable", b"", Unavailable, "503"),
    ],
)
async def test_whatever_else_is_answered_becomes_a_problem_that_says_why(
    status: str, body: bytes, problem: type[Exception], said: str
) -> None:
    with pytest.raises(problem, match=said):
        await ask(status, body)
