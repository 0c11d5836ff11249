"""Placing an instance: the planner's question put to the hosts, its answer written down.

Never runs anything on a host.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from wayside.chassis.store import Wish
from wayside.model.app_lcm import (
    AppInstanceInfo,
    GeographicalPoint,
    InstantiateAppRequest,
    LocationInformation,
    MepInformation,
)
from wayside.model.appd import AppD
from wayside.model.overrides import overridden
from wayside.model.placement import WaysidePlacement
from wayside.refpoints.mm4 import Amount, Capacity

from .books import Books, Placed
from .placement.demands import HostOffer, Requirements, requirements_of
from .placement.field import Field
from .placement.plan import NoHost, decide
from .placement.room import Claim, claimed
from .site import HostSite
from .tenants import Tenants
from .topology import Reading, Topology
from .wayside_relocation import logic as relocations


class Placer:
    """Chooses hosts, one instance at a time, so that nothing is promised twice."""

    def __init__(self, books: Books, topology: Topology) -> None:
        self._books = books
        self._topology = topology
        self._field = Field()
        self._turn = asyncio.Lock()
        self.tenants = Tenants(books)

    async def place(
        self,
        app_instance_id: str,
        app_d: AppD,
        request: InstantiateAppRequest,
        *,
        refusals: Mapping[str, str],
        claim: Claim | None = None,
    ) -> Placed:
        """Choose a host and promise its resources to the instance; durable on return.

        ``refusals`` are hosts that have refused to run it, with what they said: they are out.
        ``claim`` is the room that others will leave, taken where there is none without that.

        An instance that is placed already stays where it is. Raises NoHost telling why no host
        will do, Conflict where the room of the claim is not enough any more.
        """
        async with self._turn:
            held = self._books.placements.find(app_instance_id)
            if held is not None:
                return held.value
            wanted = requirements_of(overridden(app_d, request), request)
            held_off = self._elsewhere(app_instance_id) or self._others(request.wayside_host_id)
            refusals = {**held_off, **refusals}
            site, placement, waits_for = await self._choose(wanted, refusals, claim)
            placed = Placed(
                app_instance_id=app_instance_id,
                host_id=site.host_id,
                amount=wanted.amount,
                host_instance_id=app_instance_id,
                waits_for=waits_for,
            )
            await self._books.store.commit(
                self._books.placements.creation(app_instance_id, placed),
                self._noting(app_instance_id, site, placement),
            )
            return placed

    async def _choose(
        self, wanted: Requirements, refusals: Mapping[str, str], claim: Claim | None
    ) -> tuple[HostSite, WaysidePlacement, tuple[str, ...]]:
        """Return the host, why it is that one, and who has to end before."""
        field = await self.survey()
        try:
            decision = decide(wanted, field, refusals=refusals)
        except NoHost as shortage:
            offer = None if claim is None else field.find(claim.host_id)
            if claim is None or offer is None:
                raise
            ending = [self.tenants.get(id_, wanted) for id_ in claim.ending]
            placement = claimed(wanted.amount, offer, claim, ending=ending, shortage=shortage)
            return offer.site, placement, claim.ending
        return decision.site, decision.placement, ()

    def _others(self, host_id: str | None) -> Mapping[str, str]:
        """Return the hosts that the proxy for device applications has not chosen; none: any will
        do."""
        if host_id is None:
            return {}
        why = f"{host_id} is nearest to the device that it is for."
        return {each: why for each in self._topology.ids if each != host_id}

    def _elsewhere(self, app_instance_id: str) -> Mapping[str, str]:
        """Return the hosts that an instance is not for, which was made for a device that moved."""
        made = self._books.relocated.find(app_instance_id)
        if made is None:
            return {}
        sites = [host.site for host in self._topology.list()]
        allowed = relocations.serving(sites, made.value.cell)
        return relocations.refusals(self._topology.ids, allowed, made.value.cell)

    async def survey(self) -> Field:
        """Return all hosts as they are now; each is asked."""
        readings = await self._topology.read()
        self._field.tell(*(self._offer(reading) for reading in readings))
        return self._field

    async def release(self, app_instance_id: str) -> None:
        """Take the promise back; nothing to do where there is none."""
        if self._books.placements.find(app_instance_id) is None:
            return
        await self._books.store.commit(
            self._books.placements.deletion(app_instance_id),
            self._books.instances.modification(app_instance_id, AppInstanceInfo.unplaced),
        )

    def _noting(
        self, app_instance_id: str, site: HostSite, placement: WaysidePlacement
    ) -> Wish[Any]:
        return self._books.instances.modification(
            app_instance_id,
            lambda info: msgspec.structs.replace(
                info,
                mep_information=MepInformation(mep_name=site.name, mep_id=site.host_id),
                wayside_placement=placement,
            ),
        )

    def _offer(self, reading: Reading) -> HostOffer:
        site = reading.host.site
        here = self._books.placements.list(host_id=site.host_id)
        return HostOffer(
            site=site,
            capacity=reading.capacity,
            promised=_promised([each.value for each in here], reading.capacity),
            services={
                name: carriages
                for each in here
                if each.value.settled
                for name, carriages in self.tenants.produced(each.value.app_instance_id).items()
            },
            silence=reading.silence,
        )


def _promised(here: Sequence[Placed], capacity: Capacity | None) -> Amount:
    """Return what is promised to instances there that the host's own figures do not count yet."""
    counted = frozenset(() if capacity is None else capacity.app_instances or ())
    promises = [placed for placed in here if not placed.settled]
    return total([each.amount for each in promises if each.host_instance_id not in counted])


def total(amounts: list[Amount]) -> Amount:
    """Return the sum of amounts."""
    return Amount(
        cpu_milli=sum(each.cpu_milli for each in amounts),
        memory_bytes=sum(each.memory_bytes for each in amounts),
        storage_bytes=sum(each.storage_bytes for each in amounts),
    )


def location_of(site: HostSite) -> LocationInformation | None:
    """Return a site's location as an instance shows it; None where the country is not known."""
    if site.country is None or site.position is None:
        return None
    point = (site.position.longitude, site.position.latitude)
    return LocationInformation(
        country_code=site.country,
        geographical_position=GeographicalPoint(type="Point", coordinates=point),
    )
