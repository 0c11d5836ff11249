"""Both tiers of management, and every request and answer between them and to them, kept."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
from tests.contract.etsi import Contract, contract
from tests.meo.tiers import Reply, Tiers

from wayside.chassis.client import HttpClient
from wayside.chassis.http.pool import Ask
from wayside.core.operations import Api
from wayside.model.place import Position

PACKAGES, LIFE, GRANTS = "/app_pkgm/v1", "/app_lcm/v1", "/granting/v1"


class Recorder(HttpClient):
    """A client that keeps every answer, with the request that it answers."""

    def __init__(self) -> None:
        super().__init__(timeout_s=5.0)
        self.heard: list[tuple[str, httpx.Response]] = []

    async def send(self, url: str, ask: Ask) -> httpx.Response:
        answer = await super().send(url, ask)
        await answer.aread()
        self.heard.append((url, answer))
        return answer


class OverheardTiers(Tiers):
    """A MEO and the MEPM of one host in Germany."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.recorder = Recorder()
        where = Position(latitude=50.1, longitude=8.7)
        self.sites["mec1"] = replace(self.sites["mec1"], country="DE", position=where)

    def client(self) -> HttpClient:
        return self.recorder

    def heard(self, root: str, element: str = "meo") -> list[httpx.Response]:
        """What an element has answered at an API."""
        return [
            answer
            for url, answer in self.recorder.heard
            if url == self.url(element) and answer.request.url.path.startswith(root)
        ]

    def checked(self, api: type[Api], element: str = "meo") -> Contract:
        """The API's document, held against what an element was asked and has answered."""
        held = contract(api)
        for answer in self.heard(api.info.root, element):
            held.check(answer)
        return held


def path_of(answer: Reply) -> str:
    """The path of an answer's Location."""
    return httpx.URL(answer.headers["location"]).path


async def until(true: Callable[[], bool]) -> None:
    """Return when it is so."""
    async with asyncio.timeout(10):
        while True:
            if true():
                return
            await asyncio.sleep(0.002)
