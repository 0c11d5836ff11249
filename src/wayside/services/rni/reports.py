"""Which reports of measures each subscriber gets, and when. Pure.

A report is due when a condition that the subscription asks for begins to hold (``triggers``), for a
new subscription also where it holds already; and every so often where it asks for periodic reports.
Of each a subscriber gets those of some devices at a time (``courses``), and of the next ones next.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wayside.model.common import TimeStamp
from wayside.refpoints.net.facts import Facts, Measured
from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Technology

from .courses import DEVICES_MAX, Course, Places
from .directory import Directory, Wanted
from .mapping import UNKNOWN
from .measures import Levelled, Radio, level
from .names import Names
from .notices import MeasRepUeNotification, MeasTaNotification, NrMeasRepUeNotification
from .telling import Telling
from .triggers import Conditions, Mask, Other, Thresholds, Triggers
from .wishes import Trigger, TriggerNr

PERIODIC = frozenset(
    {
        Trigger.NOT_AVAILABLE,
        Trigger.PERIODICAL_REPORT_STRONGEST_CELLS,
        Trigger.PERIODICAL_REPORT_STRONGEST_CELLS_FOR_SON,
        Trigger.INTRA_PERIODICAL_REPORT_STRONGEST_CELLS,
    }
)
"""Ours: where the trigger is not available, no condition is asked for: so often as the others."""
PERIODIC_NR = frozenset(
    {TriggerNr.NOT_AVAILABLE, TriggerNr.NR_PERIODICAL, TriggerNr.INTER_RAT_PERIODICAL}
)
INTER_RAT = frozenset({TriggerNr.INTER_RAT_PERIODICAL, TriggerNr.EVENT_B1, TriggerNr.EVENT_B2})
OTHER_THAN = {Technology.LTE: Technology.NR, Technology.NR: Technology.LTE}


@dataclass(frozen=True)
class _Moment:
    """All that a report of one moment is made from."""

    radio: Radio
    here: Levelled
    conditions: Conditions
    made: Mapping[str, Any]
    time_ns: int
    _by_cells: dict[frozenset[int] | None, Places] = field(default_factory=dict)

    def places(self, wanted: Wanted) -> Places:
        """Return the places of the devices that a subscription means."""
        if wanted.rows is not None:
            found = self.here.places[wanted.rows]
            own: Places = found[found != NOBODY].astype(np.intp)
            return own if wanted.cells is None else own[self._within(wanted.cells, own)]
        known = self._by_cells.get(wanted.cells)
        if known is None:
            known = np.arange(len(self.here.measured.devices), dtype=np.intp)
            if wanted.cells is not None:
                known = np.flatnonzero(self._within(wanted.cells, known))
            self._by_cells[wanted.cells] = known
        return known

    def _within(self, cells: frozenset[int], places: Places) -> Mask:
        """Return which of these places are served by the cells."""
        serving = self.here.measured.cells
        meant = np.zeros(int(serving.max(initial=0)) + 1, dtype=np.bool_)
        meant[[cell for cell in cells if cell < len(meant)]] = True
        found: Mask = meant[serving[places]]
        return found


class Reporter:
    """Measures in, reports out; remembers what was due to whom."""

    def __init__(self, thresholds: Thresholds, *, interval_s: float) -> None:
        self._thresholds = thresholds
        self._interval_ns = round(interval_s * 1e9)
        self.begin_again()

    def begin_again(self) -> None:
        """Know of no condition that holds: rows mean others from now on."""
        self._triggers = {each: Triggers(each, self._thresholds) for each in OTHER_THAN}
        self._courses: dict[str, Course] = {}

    def follow(
        self, facts: Facts, directory: Directory, names: Names, picture: Picture
    ) -> Iterator[Telling | None]:
        """Yield who is to be told what of these measures; ``picture`` knows them too.

        None after each subscription: there others may have their turn.
        """
        lte = directory["MeasRepUeSubscription"].members
        advances = directory["MeasTaSubscription"].members
        nr = directory["NrMeasRepUeSubscription"].members
        self._forget([*lte, *advances, *nr])
        told = {each.technology: each for each in facts.measured}
        known = {technology: picture.measured.get(technology) for technology in OTHER_THAN}
        if not self._courses or not told.keys() & OTHER_THAN.keys():
            return
        size = picture.network.size
        levelled = {
            technology: Levelled.of(measured, size)
            for technology, measured in known.items()
            if measured is not None
        }
        radio = Radio(names, levelled.get(Technology.LTE), levelled.get(Technology.NR))
        made = {"time_stamp": TimeStamp.of(facts.time_ns), "wayside_origin": facts.origin}  # type: ignore[arg-type]
        for technology, asked in ((Technology.LTE, (lte, advances)), (Technology.NR, (nr, ()))):
            if technology not in told:
                continue
            moment = _Moment(
                radio,
                levelled[technology],
                self._follow(told[technology], known[OTHER_THAN[technology]], size),
                made,
                facts.time_ns,
            )
            for wanted in asked[0]:
                yield from self._reports(self._courses[wanted.entry.id], moment, technology)
                yield None
            for wanted in asked[1]:
                yield from self._advances(self._courses[wanted.entry.id], moment)
                yield None

    def _forget(self, members: list[Wanted]) -> None:
        """Keep the course of those that are as before, and begin one for the others."""
        before = self._courses
        self._courses = {}
        for wanted in members:
            id_ = wanted.entry.id
            course = before.get(id_)
            if course is None or course.wanted.entry is not wanted.entry:
                course = Course(wanted)
            course.go_on(wanted)
            self._courses[id_] = course

    def _follow(self, measured: Measured, other: Measured | None, size: int) -> Conditions:
        beside = Other.of(measured.devices, other, size)
        return self._triggers[measured.technology].follow(measured, beside, size)

    def _reports(
        self, course: Course, moment: _Moment, technology: Technology
    ) -> Iterator[Telling]:
        is_lte = technology is Technology.LTE
        criteria = course.wanted.criteria
        asked = criteria.trigger if is_lte else criteria.trigger_nr
        periodic = PERIODIC if is_lte else PERIODIC_NR
        codes = frozenset(map(int, asked)) or self._triggers[technology].codes | {1}
        places = moment.places(course.wanted)
        left = DEVICES_MAX
        for place, code in self._begun(course, moment, places, codes):
            left -= 1
            yield from _report(course.wanted, moment, place, code)
        for code in sorted(codes & periodic) if self._is_due(course, moment) else ():
            devices = moment.here.measured.devices[places]
            for place in places[course.turn(devices, f"periodic {code}", left)].tolist():
                left -= 1
                yield from _report(course.wanted, moment, place, code)

    def _begun(
        self, course: Course, moment: _Moment, places: Places, codes: frozenset[int]
    ) -> Iterator[tuple[int, int]]:
        """Yield the places for which a condition is to be told now, and its trigger."""
        conditions = moment.conditions
        mask = conditions.mask(codes)
        if not mask or not len(places):
            return
        bits = (conditions.holds if course.is_new else conditions.begins)[places] & mask
        course.is_new = False
        if course.waiting is None and not bits.any():
            return
        devices = moment.here.measured.devices[places]
        if course.waiting is not None:
            bits |= course.waiting[course.slots(devices)] & conditions.holds[places]
        some = np.flatnonzero(bits)
        turn = some[course.turn(devices[some], "begun")]
        told = bits[turn]
        bits[turn] = 0
        course.waiting = None
        if len(turn) < len(some):
            size = course.slots_size(len(moment.here.places))
            course.waiting = np.zeros(size, dtype=np.uint16)
            course.waiting[course.slots(devices)] = bits
        for place, mark in zip(places[turn].tolist(), told.tolist(), strict=True):
            for code in conditions.among(mark):
                yield place, code

    def _advances(self, course: Course, moment: _Moment) -> Iterator[Telling]:
        """Tell the timing advances that are others than were told."""
        here = moment.here
        if not self._is_due(course, moment):
            return
        if course.advances is None:
            size = course.slots_size(len(here.places))
            course.advances = np.full(size, UNKNOWN, dtype=np.int16)
        places = moment.places(course.wanted)
        devices = here.measured.devices[places]
        now = here.timing_advance[places]
        new = np.flatnonzero((now != UNKNOWN) & (now != course.advances[course.slots(devices)]))
        turn = new[course.turn(devices[new], "advances")]
        course.advances[course.slots(devices[turn])] = now[turn]
        for place in places[turn].tolist():
            yield from _advance(course.wanted, moment, place)

    def _is_due(self, course: Course, moment: _Moment) -> bool:
        """Tell whether the interval is over; then the next one begins."""
        if moment.time_ns < course.next_ns:
            return False
        course.next_ns = moment.time_ns + self._interval_ns
        return True


def _advance(wanted: Wanted, moment: _Moment, place: int) -> Iterator[Telling]:
    """Yield a device's timing advance; none where its cell has no name here."""
    here, names = moment.here, moment.radio.names
    advance, ecgi = level(here.timing_advance, place), names.ecgi(here.cell(place))
    if advance is None or ecgi is None:
        return
    yield (
        wanted.entry,
        MeasTaNotification(
            **moment.made,
            links=wanted.links,
            ecgi=ecgi,
            associate_id=names.associates(int(here.measured.devices[place])),
            timing_advance=advance,
        ),
    )


def _report(wanted: Wanted, moment: _Moment, place: int, code: int) -> Iterator[Telling]:
    """Yield a report of one device; none where what it must hold is not known."""
    here, radio = moment.here, moment.radio
    device = int(here.measured.devices[place])
    common: dict[str, Any] = {
        **moment.made,
        "links": wanted.links,
        "associate_id": radio.names.associates(device),
    }
    if here is radio.lte:
        rsrp, rsrq = level(here.rsrp, place), level(here.rsrq, place)
        ecgi = radio.names.ecgi(here.cell(place))
        if rsrp is None or rsrq is None or ecgi is None:
            return
        trigger = Trigger(code)
        is_intra = trigger is Trigger.INTRA_PERIODICAL_REPORT_STRONGEST_CELLS
        yield (
            wanted.entry,
            MeasRepUeNotification(
                **common,
                ecgi=ecgi,
                rsrp=rsrp,
                rsrq=rsrq,
                sinr=level(here.sinr, place),
                trigger=trigger,
                eutran_neighbour_cell_meas_info=radio.lte_neighbours(place, same_carrier=is_intra),
                new_radio_meas_nei_info=() if is_intra else radio.nr_beside_lte(device),
            ),
        )
        return
    triggered = TriggerNr(code)
    is_inter = triggered in INTER_RAT
    yield (
        wanted.entry,
        NrMeasRepUeNotification(
            **common,
            trigger_nr=triggered,
            serv_cell_meas_info=radio.nr_serving(place),
            nr_neigh_cell_meas_info=() if is_inter else radio.nr_neighbours(place),
            eutra_neigh_cell_meas_info=radio.lte_beside_nr(device) if is_inter else (),
        ),
    )
