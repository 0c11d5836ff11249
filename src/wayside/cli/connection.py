"""A connection to the front door: typed clients of every API, over HTTP.

Never reaches into an element's process or files.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from wayside.access.lab.api import Lab
from wayside.chassis.client import HttpClient, connect
from wayside.core.operations import Api
from wayside.mep.mec_app_support.api import AppSupport
from wayside.refpoints import mm1
from wayside.system.status import WaysideStatus

from .place import place

A = TypeVar("A", bound=Api)
T = TypeVar("T")


@dataclass(frozen=True)
class Face:
    """The system as this program sees it: its public APIs at the front door."""

    url: str
    http: HttpClient

    def at(self, trait: type[A], prefix: str = "") -> A:
        """Return a client of ``trait`` below ``prefix``."""
        return connect(trait, self.url + prefix, self.http)

    @property
    def wayside(self) -> WaysideStatus:
        """What runs."""
        return self.at(WaysideStatus)

    @property
    def lab(self) -> Lab:
        """The town."""
        return self.at(Lab)

    @property
    def packages(self) -> mm1.AppPkgm:
        """The catalogue of packages (Mm1)."""
        return self.at(mm1.AppPkgm)

    @property
    def instances(self) -> mm1.AppLcm:
        """The life cycle of applications (Mm1)."""
        return self.at(mm1.AppLcm)

    def support(self, host_id: str) -> AppSupport:
        """Return the application support of one host's platform (Mp1)."""
        return self.at(AppSupport, f"/{host_id}")


def ask(work: Callable[[Face], Awaitable[T]]) -> T:
    """Return what ``work`` gets from the running system; raises the Problem that it answered."""

    async def run() -> T:
        async with HttpClient() as http:
            return await work(Face(place.url(), http))

    return asyncio.run(run())
