"""The token that an element shows to others: asked for once, kept until shortly before its end.

Never checks a token, and never writes one down.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

import httpx
import msgspec

from wayside.chassis.http.pool import Ask, HttpClient
from wayside.core.clock import Clock
from wayside.core.errors import BadGateway, Unauthorised, Unavailable

from .clients import Client
from .token_api import FORM, AccessToken, TokenError
from .tokens import TokenIssuer

RENEW_SHARE = 0.1
"""The last part of a token's life in which it is not used any more."""

AskToken = Callable[[], Awaitable[AccessToken]]


@dataclass
class TokenSource:
    """Gives the element's own token, a new one in good time. Fits ``HttpClient(token=…)``."""

    ask: AskToken
    clock: Clock
    _token: str = ""
    _until_s: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> str:
        """Return a token that is still good; raises the Problem for which there is none."""
        async with self._turn:
            if not self._token or self.clock.monotonic() >= self._until_s:
                asked_s = self.clock.monotonic()
                given = await self.ask()
                self._token = given.access_token
                self._until_s = asked_s + given.expires_in * (1 - RENEW_SHARE)
            return self._token


def issued_by(issuer: TokenIssuer, client: Client) -> AskToken:
    """Return how an element that issues tokens has its own: with all scopes of ``client``."""

    async def ask() -> AccessToken:
        scopes = frozenset(client.scopes)
        return AccessToken(
            access_token=issuer.issue(client, scopes),
            expires_in=issuer.lifetime_s,
            scope=" ".join(sorted(scopes)),
        )

    return ask


@dataclass(frozen=True)
class TokenEndpoint:
    """A token endpoint and who this element is there. Ref: RFC 6749 clauses 2.3.1, 4.4."""

    url: str
    client_id: str
    secret: str
    http: HttpClient
    scopes: tuple[str, ...] = ()
    """Those asked for; none: all that the client has."""

    async def ask(self) -> AccessToken:
        """Return a token with the scopes asked for.

        Raises Unauthorised where the endpoint refuses, Unavailable where it does not answer.
        """
        name, secret = quote_plus(self.client_id), quote_plus(self.secret)
        basic = base64.b64encode(f"{name}:{secret}".encode()).decode()
        headers = {
            "authorization": f"Basic {basic}",
            "content-type": FORM,
            "accept": "application/json",
        }
        asked = {"scope": " ".join(self.scopes)} if self.scopes else {}
        form = urlencode({"grant_type": "client_credentials"} | asked).encode()
        answer = await self.http.send(self.url, Ask("POST", "", headers=headers, content=form))
        try:
            content = await answer.aread()
        except httpx.TransportError as fault:
            raise Unavailable(f"The answer of {self.url} was cut short.") from fault
        finally:
            await answer.aclose()
        return self._read(answer.status_code, content)

    def _read(self, status: int, content: bytes) -> AccessToken:
        try:
            if status == 200:
                return msgspec.json.decode(content, type=AccessToken)
            if status in (400, 401):
                refusal = msgspec.json.decode(content, type=TokenError)
                raise Unauthorised(
                    f"{self.url} gives {self.client_id!r} no token: {refusal.error} "
                    f"({refusal.error_description}). Look at its entry in the clients file."
                )
        except msgspec.MsgspecError as fault:
            raise BadGateway(f"{self.url} answered what is no token: {fault}.") from fault
        raise Unavailable(f"{self.url} gave no token now: it answered {status}.")
