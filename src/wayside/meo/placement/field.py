"""All hosts at once, as arrays: which of them would do, in which order. Pure.

Kept up to date host by host; a decision among ten thousand hosts takes milliseconds. It agrees with
``judging``, which tells people why. Never explains.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.mm4 import Amount

from .demands import HostOffer, Requirements
from .judging import AREA, LATENCY, RESOURCES, SILENCE
from .profile import Profile, profile_of, shortcomings, wishes_met

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

FAR = 1 << 62
"""The latency of a host that does not know its own, in ns."""
PROFILES_MAX = 4_096
"""Kinds of host that are remembered beyond those in use, before they are counted anew."""


@dataclass(frozen=True)
class Standing:
    """How all hosts stand to one demand."""

    fits: Mask
    """Who meets every demand."""
    but_for_room: Mask
    """Who meets every demand but, perhaps, that there is room."""
    order: Integers
    """Those who do, the best first."""
    refusals: Counter[str]
    """How many hosts do not meet a demand, by its name."""
    nearest_ns: Integers
    wishes: Integers
    """How many wishes each meets."""
    within: Integers
    """How many of each one's cells are within the limit; 0 without a limit."""


class Field:
    """The hosts as they are now. ``offers`` holds the same as objects, in the same order."""

    def __init__(self, offers: Iterable[HostOffer] = ()) -> None:
        self.offers: list[HostOffer] = []
        self._rows: dict[str, int] = {}
        self._lay_out()
        self.tell(*offers)

    def tell(self, *offers: HostOffer) -> None:
        """Know these hosts, new ones too, as they are now."""
        new = [offer for offer in offers if offer.site.host_id not in self._rows]
        moved = [offer for offer in offers if self._moved(offer)]
        for offer in new:
            self._rows[offer.site.host_id] = len(self.offers)
            self.offers.append(offer)
        for offer in offers:
            self.offers[self._rows[offer.site.host_id]] = offer
        if new or moved or len(self._profiles) > PROFILES_MAX + len(self.offers):
            self._lay_out()
        else:
            for offer in offers:
                self._note(self._rows[offer.site.host_id], offer)

    def offer(self, host_id: str) -> HostOffer:
        """Return a host as it is now; raise KeyError where it is not known."""
        return self.offers[self._rows[host_id]]

    @property
    def free(self) -> Integers:
        """What each host has free: CPU, memory, storage; less than nothing where it owes."""
        return self._free.copy()

    def standing(self, wanted: Requirements) -> Standing:
        """Return who meets every demand, the best first, and how many fail each.

        Order: more cells within the latency limit, more wishes met, more headroom, less latency,
        then the identifier; so the same figures always give the same host.
        """
        refusals: Counter[str] = Counter()
        fits, wishes = self._by_profile(wanted, refusals)
        self._refuse(fits, ~self._speaks, SILENCE, refusals)
        within = np.zeros(len(fits), dtype=np.int64)
        if wanted.latency_ns_max is not None:
            within = self._within(wanted.latency_ns_max)
            self._refuse(fits, within == 0, LATENCY, refusals)
        if wanted.area is not None:
            inside = wanted.area.holds(self._longitude, self._latitude)
            self._refuse(fits, ~inside, AREA, refusals)
        but_for_room, asked = fits.copy(), vector(wanted.amount)
        for column, (_, spoken, _) in enumerate(RESOURCES):
            short = self._speaks & (self._free[:, column] < asked[column])
            self._refuse(fits, short, spoken, refusals)
        headroom = self._headroom(asked)
        found = np.flatnonzero(fits)
        keys = (
            self._identifier[found],
            self._nearest[found],
            -np.round(headroom[found], 6),
            -wishes[found],
            -within[found],
        )
        order = found[np.lexsort(keys)]
        return Standing(fits, but_for_room, order, refusals, self._nearest, wishes, within)

    def _moved(self, offer: HostOffer) -> bool:
        row = self._rows.get(offer.site.host_id)
        if row is None:
            return False
        held = self.offers[row].site
        return held.latency_ns != offer.site.latency_ns or held.position != offer.site.position

    def _lay_out(self) -> None:
        sites = [offer.site for offer in self.offers]
        self._profiles: dict[Profile, int] = {}
        self._profile = np.zeros(len(sites), dtype=np.int64)
        self._free = np.zeros((len(sites), len(RESOURCES)), dtype=np.int64)
        self._total = np.zeros((len(sites), len(RESOURCES)), dtype=np.int64)
        self._speaks = np.zeros(len(sites), dtype=np.bool_)
        cells = [sorted(site.latency_ns.values()) for site in sites]
        self._owner = np.repeat(np.arange(len(sites)), [len(each) for each in cells])
        self._cells = np.array([ns for each in cells for ns in each], dtype=np.int64)
        self._nearest = np.array([each[0] if each else FAR for each in cells], dtype=np.int64)
        unknown = (np.nan, np.nan)
        where = [
            unknown if site.position is None else (site.position.longitude, site.position.latitude)
            for site in sites
        ]
        self._longitude, self._latitude = np.array(where, dtype=np.float64).reshape(-1, 2).T
        names = sorted(range(len(sites)), key=lambda row: sites[row].host_id)
        self._identifier = np.empty(len(sites), dtype=np.int64)
        self._identifier[names] = np.arange(len(sites))
        for row, offer in enumerate(self.offers):
            self._note(row, offer)

    def _note(self, row: int, offer: HostOffer) -> None:
        profile = profile_of(offer)
        self._profile[row] = self._profiles.setdefault(profile, len(self._profiles))
        self._speaks[row] = offer.capacity is not None
        if offer.capacity is not None:
            total, taken = vector(offer.capacity.total), vector(offer.capacity.allocated)
            self._total[row] = total
            self._free[row] = total - taken - vector(offer.promised)

    def _by_profile(self, wanted: Requirements, refusals: Counter[str]) -> tuple[Mask, Integers]:
        """Return who is of the right kind, and how many wishes each meets; count the others."""
        kinds = len(self._profiles)
        good, wishes = np.ones(kinds, dtype=np.bool_), np.zeros(kinds, dtype=np.int64)
        sizes = np.bincount(self._profile, minlength=kinds)
        for profile, number in self._profiles.items():
            wishes[number] = wishes_met(wanted, profile)
            for demand in {demand for demand, _ in shortcomings(wanted, profile)}:
                good[number] = False
                refusals[demand] += int(sizes[number])
        return good[self._profile], wishes[self._profile]

    def _refuse(self, fits: Mask, bad: Mask, demand: str, refusals: Counter[str]) -> None:
        if count := int(np.count_nonzero(bad)):
            refusals[demand] += count
            fits &= ~bad

    def _within(self, limit_ns: int) -> Integers:
        near = self._owner[self._cells <= limit_ns]
        return np.bincount(near, minlength=len(self.offers)).astype(np.int64)

    def _headroom(self, asked: Integers) -> Reals:
        """Return each host's scarcest share that would stay free, 0 to 1."""
        left = np.ones(self._free.shape)
        np.divide(self._free - asked, self._total, out=left, where=self._total > 0)
        scarcest: Reals = left.min(axis=1)
        return scarcest.clip(0.0, 1.0)


def vector(amount: Amount) -> Integers:
    """Return an amount as a row: CPU, memory, storage."""
    return np.array([getattr(amount, name) for name, _, _ in RESOURCES], dtype=np.int64)


def ranked(standing: Standing, offers: Sequence[HostOffer], at_most: int) -> list[HostOffer]:
    """Return the best hosts that fit, and of the others the nearest: ``at_most`` in all."""
    rows = list(standing.order[:at_most])
    if len(rows) < at_most:
        others = np.flatnonzero(~standing.fits)
        nearest = np.argsort(standing.nearest_ns[others], kind="stable")
        rows += list(others[nearest][: at_most - len(rows)])
    return [offers[row] for row in rows]
