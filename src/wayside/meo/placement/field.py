"""All hosts at once, as arrays: which of them would do, in which order. Pure.

Kept up to date host by host; a decision among ten thousand hosts takes milliseconds. It agrees with
``judging``, which tells people why. Never explains.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wayside.meo.site import HostSite
from wayside.refpoints.mm4 import Amount

from .demands import HostOffer, Requirements
from .judging import AREA, CIVIC_ADDRESS, COUNTRY, LATENCY, RESOURCES, SILENCE
from .labels import Labels
from .profile import Profile, profile_of, shortcomings, wishes_met

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

FAR = 1 << 62
"""The latency of a host that does not know its own, in ns."""
WHOLE = 1_000_000
PROFILES_MAX = 4_096
"""Kinds of host that are remembered beyond those in use, before they are counted anew."""


@dataclass(frozen=True)
class Standing:
    """How all hosts stand to one demand."""

    fits: Mask
    """Who meets every demand."""
    but_for_room: Mask
    """Who meets every demand but, perhaps, that there is room."""
    refusals: Counter[str]
    """How many hosts do not meet a demand, by its name."""
    nearest_ns: Integers
    wishes: Integers
    """How many wishes each meets."""
    within: Integers
    """How many of each one's cells are within the limit; 0 without a limit."""
    headroom: Integers
    """What would stay free of each one's scarcest resource, in millionths."""
    identifier: Integers
    """The place of each one's identifier among all."""

    def best(self, at_most: int | None = None) -> Integers:
        """Return those who fit, the best first: ``at_most`` so many, or all.

        More cells within the latency limit, more wishes met, more headroom, less latency, then the
        identifier; so the same figures always give the same host.
        """
        (rows,) = np.nonzero(self.fits)
        rows = _least(rows, -self._merit[rows], at_most)
        keys = self.identifier[rows], self.nearest_ns[rows], -self._merit[rows]
        return rows[np.lexsort(keys)][:at_most]

    def nearest_refused(self, at_most: int) -> Integers:
        """Return those who do not fit, the nearest first."""
        (rows,) = np.nonzero(~self.fits)
        rows = _least(rows, self.nearest_ns[rows], at_most)
        return rows[np.lexsort((self.identifier[rows], self.nearest_ns[rows]))][:at_most]

    @cached_property
    def _merit(self) -> Integers:
        """The first three figures of the order as one number."""
        wishes_max: int = self.wishes.max(initial=0)
        merit: Integers = self.within * (wishes_max + 1) + self.wishes
        return merit * (WHOLE + 1) + self.headroom


class Field:
    """The hosts as they are now. ``offers`` holds the same as objects, in the same order."""

    def __init__(self, offers: Iterable[HostOffer] = ()) -> None:
        self.offers: list[HostOffer] = []
        self._rows: dict[str, int] = {}
        self._lay_out()
        self.tell(*offers)

    def tell(self, *offers: HostOffer) -> None:
        """Know these hosts, each told once, new ones too, as they are now."""
        news = [offer for offer in offers if self._held(offer.site.host_id) != offer]
        new = [offer for offer in news if offer.site.host_id not in self._rows]
        moved = [offer for offer in news if self._moved(offer)]
        for offer in new:
            self._rows[offer.site.host_id] = len(self.offers)
            self.offers.append(offer)
        for offer in news:
            self.offers[self._rows[offer.site.host_id]] = offer
        if new or moved or len(self._profiles) > PROFILES_MAX + len(self.offers):
            self._lay_out()
        else:
            for offer in news:
                self._note(self._rows[offer.site.host_id], offer)

    def offer(self, host_id: str) -> HostOffer:
        """Return a host as it is now; raise KeyError where it is not known."""
        return self.offers[self._rows[host_id]]

    def find(self, host_id: str) -> HostOffer | None:
        """Return a host as it is now; None where it is not known any more."""
        row = self._rows.get(host_id)
        return None if row is None else self.offers[row]

    @property
    def free(self) -> Integers:
        """What each host has free: CPU, memory, storage; less than nothing where it owes."""
        return self._free.copy()

    def standing(self, wanted: Requirements) -> Standing:
        """Return who meets every demand, how well, and how many fail each."""
        refusals: Counter[str] = Counter()
        fits, wishes = self._by_profile(wanted, refusals)
        self._by_place(wanted, fits, refusals)
        self._refuse(fits, ~self._speaks, SILENCE, refusals)
        within = np.zeros(len(fits), dtype=np.int64)
        if wanted.latency_ns_max is not None:
            within = self._within(wanted.latency_ns_max)
            self._refuse(fits, within == 0, LATENCY, refusals)
        but_for_room, asked = fits.copy(), vector(wanted.amount)
        for column, (_, spoken, _) in enumerate(RESOURCES):
            short = self._speaks & (self._free[:, column] < asked[column])
            self._refuse(fits, short, spoken, refusals)
        return Standing(
            fits, but_for_room, refusals, self._nearest, wishes, within, self._headroom(asked),
            self._identifier,
        )  # fmt: skip

    def kind(self, row: int) -> Profile:
        """Return what a host has by kind."""
        return self._kinds[int(self._profile[row])]

    def _held(self, host_id: str) -> HostOffer | None:
        row = self._rows.get(host_id)
        return None if row is None else self.offers[row]

    def _moved(self, offer: HostOffer) -> bool:
        held = self._held(offer.site.host_id)
        if held is None:
            return False
        site, now = held.site, offer.site
        return site.latency_ns != now.latency_ns or site.position != now.position

    def _lay_out(self) -> None:
        sites = [offer.site for offer in self.offers]
        self._profiles: dict[Profile, int] = {}
        self._kinds: list[Profile] = []
        self._country = Labels(len(sites))
        self._civic: dict[int, Labels] = {}
        self._profile = np.zeros(len(sites), dtype=np.int64)
        self._free = np.zeros((len(sites), len(RESOURCES)), dtype=np.int64, order="F")
        self._total = np.zeros((len(sites), len(RESOURCES)), dtype=np.int64, order="F")
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
        number = self._profiles.setdefault(profile, len(self._profiles))
        if number == len(self._kinds):
            self._kinds.append(profile)
        self._profile[row] = number
        self._note_place(row, offer.site)
        self._speaks[row] = offer.capacity is not None
        if offer.capacity is not None:
            total, taken = vector(offer.capacity.total), vector(offer.capacity.allocated)
            self._total[row] = total
            self._free[row] = total - taken - vector(offer.promised)

    def _note_place(self, row: int, site: HostSite) -> None:
        self._country.note(row, site.country)
        for ca_type in site.civic_address.keys() - self._civic.keys():
            self._civic[ca_type] = Labels(len(self.offers))
        for ca_type, labels in self._civic.items():
            word = site.civic_address.get(ca_type)
            labels.note(row, None if word is None else word.casefold())

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

    def _by_place(self, wanted: Requirements, fits: Mask, refusals: Counter[str]) -> None:
        if wanted.country_code is not None:
            self._refuse(fits, ~self._country.are(wanted.country_code), COUNTRY, refusals)
        if wanted.civic_address:
            there = np.ones(len(fits), dtype=np.bool_)
            for each in wanted.civic_address:
                known = self._civic.get(each.ca_type, Labels(len(fits)))
                there &= known.are(each.ca_value.casefold())
            self._refuse(fits, ~there, CIVIC_ADDRESS, refusals)
        if wanted.area is not None:
            inside = wanted.area.holds(self._longitude, self._latitude)
            self._refuse(fits, ~inside, AREA, refusals)

    def _refuse(self, fits: Mask, bad: Mask, demand: str, refusals: Counter[str]) -> None:
        if count := int(np.count_nonzero(bad)):
            refusals[demand] += count
            fits &= ~bad

    def _within(self, limit_ns: int) -> Integers:
        near = self._owner[self._cells <= limit_ns]
        return np.bincount(near, minlength=len(self.offers)).astype(np.int64)

    def _headroom(self, asked: Integers) -> Integers:
        """Return each host's scarcest share that would stay free, in millionths."""
        scarcest = np.ones(len(self._free))
        for column in range(len(RESOURCES)):
            total = self._total[:, column]
            left = np.ones(len(total))
            np.divide(self._free[:, column] - asked[column], total, out=left, where=total > 0)
            np.minimum(scarcest, left, out=scarcest)
        millionths: Integers = np.rint(scarcest.clip(0.0, 1.0) * WHOLE).astype(np.int64)
        return millionths


def _least(rows: Integers, figure: Integers, at_most: int | None) -> Integers:
    """Return those of ``rows`` whose figure is among the ``at_most`` least, and who equal them."""
    if at_most is None or at_most >= len(rows):
        return rows
    if at_most == 0:
        return rows[:0]
    least: Integers = rows[figure <= np.partition(figure, at_most - 1)[at_most - 1]]
    return least


def vector(amount: Amount) -> Integers:
    """Return an amount as a row: CPU, memory, storage."""
    return np.array([getattr(amount, name) for name, _, _ in RESOURCES], dtype=np.int64)


def ranked(standing: Standing, at_most: int) -> Integers:
    """Return the best hosts that fit, and of the others the nearest: ``at_most`` in all."""
    best = standing.best(at_most)
    return np.concatenate([best, standing.nearest_refused(at_most - len(best))])
