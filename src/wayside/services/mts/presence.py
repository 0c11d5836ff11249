"""Which devices an access network does not reach now, by what is told of the network. Pure.

A device that nothing is told of, or not of this kind of network, is taken to be reached.
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, ip_network

import numpy as np
from numpy.typing import NDArray

from wayside.model.accesses import AccessPath, AccessType
from wayside.refpoints.net.network import Group
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Technology

TECHNOLOGIES: Mapping[AccessType, tuple[Technology, ...]] = {
    AccessType.CELLULAR: (Technology.LTE, Technology.NR),
    AccessType.E_UTRA: (Technology.LTE,),
    AccessType.NR: (Technology.NR,),
    AccessType.WLAN: (Technology.WLAN,),
    AccessType.WLAN_ABG: (Technology.WLAN,),
    AccessType.WLAN_ABGN: (Technology.WLAN,),
    AccessType.WLAN_AC: (Technology.WLAN,),
    AccessType.WLAN_AX: (Technology.WLAN,),
    AccessType.WLAN_BGN: (Technology.WLAN,),
}

Away = Mapping[int, frozenset[str]]
"""Addresses by access network."""

Flags = NDArray[np.bool_]


class Presence:
    """Who is away, kept in step with the picture of the network: only changes are looked into."""

    def __init__(self, paths: Iterable[AccessPath]) -> None:
        self._paths = tuple(paths)
        self._forget(0)

    def see(self, picture: Picture) -> Away:
        """Return the devices that have an access network of a kind, and no cell of it serves."""
        if picture.epoch != self._epoch:
            self._forget(picture.epoch)
        for path in self._paths:
            technologies = TECHNOLOGIES.get(path.kind, ())
            networks = [ip_network(each) for each in path.devices]
            for network in networks:
                for group in picture.network.groups:
                    known = [each for each in technologies if each in group.radios]
                    if known and isinstance(network, IPv4Network):
                        self._see(path.id, network, group, picture=picture, known=known)
        return {path.id: frozenset(self._away[path.id]) for path in self._paths}

    def _forget(self, epoch: int) -> None:
        self._epoch = epoch
        self._served: dict[tuple[int, IPv4Network, int], Flags] = {}
        self._away: dict[int, set[str]] = {path.id: set() for path in self._paths}

    def _see(
        self,
        id_: int,
        network: IPv4Network,
        group: Group,
        *,
        picture: Picture,
        known: Sequence[Technology],
    ) -> None:
        base = int(IPv4Address(group.address))
        first = max(int(network.network_address) - base, 0)
        last = min(int(network.broadcast_address) - base, group.count - 1)
        if first > last:
            return
        rows = slice(group.first + first, group.first + last + 1)
        serving = [picture.cells[technology][rows] != NOBODY for technology in known]
        served: Flags = np.logical_or.reduce(serving)
        before = self._served.get((id_, network, group.first), np.ones_like(served))
        for place in np.flatnonzero(served != before):
            address = str(IPv4Address(base + first + int(place)))
            (self._away[id_].discard if served[place] else self._away[id_].add)(address)
        self._served[(id_, network, group.first)] = served
