"""A NEF that behaves as TS 29.122 and TS 29.522 say, for tests: it keeps what it is asked, and
posts what is told of its devices. It reads JSON by itself and knows none of our types."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from wayside.adapters.clocks import SystemClock
from wayside.adapters.ids import CountedIds
from wayside.chassis.http import Element, HttpServer, Request, Response, respond
from wayside.core.tasks import Nursery
from wayside.security.sandbox import SandboxAuthoriser

MONITORING, SESSIONS = "3gpp-monitoring-event", "3gpp-as-session-with-qos"
INFLUENCES, UE_ID = "3gpp-traffic-influence", "3gpp-ueid"
Json = dict[str, Any]


@dataclass
class TwinNef:
    """What is subscribed, by path; and what it does that a test may change."""

    callbacks: httpx.AsyncClient
    subscriptions: dict[str, Json] = field(default_factory=dict)
    asked: list[tuple[str, str, Json | None]] = field(default_factory=list)
    """Every request: method, path and body."""
    posted: list[tuple[str, Json]] = field(default_factory=list)
    """Every notification: the interface and the body."""
    places: dict[str, Json] = field(default_factory=dict)
    """The locationInfo of devices, by the value that they are asked by."""
    addresses: dict[str, str] = field(default_factory=dict)
    """External identifiers by address."""
    refusing: dict[str, tuple[int, Json]] = field(default_factory=dict)
    """What is answered to a method instead."""
    losing: bool = False
    """Answers to POST are lost on their way."""
    expires: str | None = None
    """The end that is given instead of the one that was asked for."""
    count: int = 0

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        target = request.target.decode().partition("?")[0]
        pieces = [] if request.upload is None else [p async for p in request.upload.pieces()]
        body = json.loads(b"".join(pieces)) if any(pieces) else None
        self.asked.append((request.method, target, body))
        if request.method in self.refusing:
            status, said = self.refusing[request.method]
            return respond(status, json.dumps(said).encode(), media_type="application/problem+json")
        api = target.split("/")[1]
        if api == UE_ID:
            return self._who(body or {})
        if request.method == "GET":
            return _json(200, [v for k, v in self.subscriptions.items() if k.startswith(target)])
        if request.method == "POST":
            return self._subscribe(target, body or {})
        if target not in self.subscriptions:
            return _json(404, {"title": "Not Found", "cause": "SUBSCRIPTION_NOT_FOUND"})
        if request.method == "DELETE":
            del self.subscriptions[target]
            return respond(204)
        self.subscriptions[target] = {**(body or {}), "self": self.subscriptions[target]["self"]}
        return _json(200, self.subscriptions[target])

    def _who(self, body: Json) -> Response:
        found = self.addresses.get(body["ueIpAddr"]["ipv4Addr"])
        if found is None:
            return _json(404, {"title": "Not Found", "cause": "UE_NOT_FOUND"})
        return _json(200, {"externalId": found})

    def _subscribe(self, target: str, body: Json) -> Response:
        if body.get("maximumNumberOfReports") == 1:
            for name in ("externalId", "msisdn", "ipv4Addr"):
                if (place := self.places.get(body.get(name, ""))) is not None:
                    report = {"monitoringType": body["monitoringType"], "locationInfo": place}
                    return _json(200, report)
        self.count += 1
        path = f"{target}/s{self.count}"
        kept = self.subscriptions[path] = {**body, "self": f"http://nef.example{path}"}
        if self.expires is not None and "monitorExpireTime" in kept:
            kept["monitorExpireTime"] = self.expires
        if self.losing:
            return respond(504)
        return _json(201, kept, (("Location", kept["self"]),))

    def of(self, interface: str, **with_: str) -> list[Json]:
        """Return what is subscribed at an interface, with these values."""
        return [
            body
            for path, body in self.subscriptions.items()
            if path.startswith(f"/{interface}/") and with_.items() <= body.items()
        ]

    async def report(self, subscription: Json, **report: Any) -> int:
        """Post a report of this subscription's type; return the status answered."""
        body = {
            "subscription": subscription["self"],
            "monitoringEventReports": [
                {"monitoringType": subscription["monitoringType"], **report},
            ],
        }
        return await self.post(MONITORING, subscription, body)

    async def session(self, subscription: Json, event: str, **rest: Any) -> int:
        """Post an event of a session with QoS."""
        body = {"transaction": subscription["self"], "eventReports": [{"event": event, **rest}]}
        return await self.post(SESSIONS, subscription, body)

    async def post(self, interface: str, subscription: Json, body: Json) -> int:
        """Post this to where the subscription says."""
        self.posted.append((interface, body))
        answer = await self.callbacks.post(subscription["notificationDestination"], json=body)
        return answer.status_code


def _json(status: int, body: Any, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    return respond(status, json.dumps(body).encode(), headers=headers)


@asynccontextmanager
async def serving(folder: Path, callbacks: httpx.AsyncClient) -> AsyncIterator[TwinNef]:
    """Serve a twin on ``folder``'s socket ``nef``."""
    twin = TwinNef(callbacks)
    element = Element(
        title="NEF", apis=(), authoriser=SandboxAuthoriser(), clock=SystemClock(),
        new_id=CountedIds("request"),
    )  # fmt: skip
    element.mount("/*", twin.answer)
    async with Nursery() as nursery:
        server = HttpServer(element, nursery=nursery)
        await server.listen_unix(folder / "nef")
        yield twin
        await server.close()
