"""The MEC hosts of the system: their sites, and the reference points to each.

Never remembers what a host answered: it is asked when it matters.
"""

import asyncio
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from wayside.core.errors import NotFound, Problem
from wayside.refpoints import mm3
from wayside.refpoints.mm3 import Changes
from wayside.refpoints.mm4 import Capacity, Mm4

from .site import HostSite


@dataclass(frozen=True)
class Host:
    """A MEC host and how it is spoken to."""

    site: HostSite
    mm3: mm3.AppLcm
    changes: Changes
    mm4: Mm4


@dataclass(frozen=True)
class Reading:
    """What a host said of its capacity; None, with the reason, where it said nothing."""

    host: Host
    capacity: Capacity | None
    silence: str = ""


class Topology:
    """All hosts that applications may be placed on."""

    def __init__(self, hosts: Iterable[Host]) -> None:
        self._hosts = {host.site.host_id: host for host in hosts}

    @property
    def ids(self) -> Set[str]:
        """The identifiers of all hosts."""
        return self._hosts.keys()

    def list(self) -> Sequence[Host]:
        """Return the hosts in the order of the settings."""
        return tuple(self._hosts.values())

    def find(self, host_id: str) -> Host | None:
        """Return a host; None for one that is no part of the system (any more)."""
        return self._hosts.get(host_id)

    def get(self, host_id: str) -> Host:
        """Return a host; raise NotFound naming those that there are."""
        try:
            return self._hosts[host_id]
        except KeyError:
            known = ", ".join(self._hosts) or "none"
            raise NotFound(f"There is no MEC host {host_id}; known: {known}.") from None

    async def read(self) -> Sequence[Reading]:
        """Ask all hosts at once for their capacity; one that is silent keeps no other waiting."""
        return await asyncio.gather(*(_read(host) for host in self._hosts.values()))


async def _read(host: Host) -> Reading:
    try:
        return Reading(host, await host.mm4.get_capacity())
    except Problem as problem:
        return Reading(host, None, f"It does not tell its capacity: {problem.detail}")
