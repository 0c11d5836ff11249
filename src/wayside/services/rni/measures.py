"""What devices measured at one moment, as notifications tell it of one device. Pure."""

from dataclasses import dataclass

import numpy as np

from wayside.refpoints.net.facts import Measured
from wayside.refpoints.net.values import NOBODY, Rows, Technology

from . import mapping
from .mapping import UNKNOWN, Levels
from .names import Names
from .notices import (
    EutraNeighCellMeasInfo,
    EutranNeighbourCellMeasInfo,
    MeasQuantityResultsNr,
    NewRadioMeasNeiInfo,
    NrNCellInfo,
    NrNeighCellMeasInfo,
    SCell,
    ServCellMeasInfo,
)


@dataclass(frozen=True)
class Levelled:
    """Measures of one technology as 3GPP's numbers; the n-th of all columns belong together."""

    measured: Measured
    places: Rows
    """By device, its place in the columns; NOBODY for one that is not measured."""
    rsrp: Levels
    rsrq: Levels
    sinr: Levels
    neighbour_rsrp: Levels
    timing_advance: Levels

    @classmethod
    def of(cls, measured: Measured, size: int) -> "Levelled":
        """Return the measures of some of ``size`` devices."""
        is_nr = measured.technology is Technology.NR
        power = mapping.nr_rsrp if is_nr else mapping.rsrp
        places = np.full(size, NOBODY, dtype=np.int32)
        places[measured.devices] = np.arange(len(measured.devices), dtype=np.int32)
        return cls(
            measured=measured,
            places=places,
            rsrp=power(measured.power_dbm),
            rsrq=(mapping.nr_rsrq if is_nr else mapping.rsrq)(measured.quality_db),
            sinr=mapping.sinr(measured.sinr_db),
            neighbour_rsrp=power(measured.neighbour_power_dbm),
            timing_advance=mapping.timing_advance(measured.timing_advance_ns),
        )

    def place(self, device: int) -> int:
        """Return a device's place in the columns; NOBODY where it is not measured."""
        return int(self.places[device])

    def cell(self, place: int) -> int:
        """Return what serves a device."""
        return int(self.measured.cells[place])

    def neighbour(self, place: int) -> int:
        """Return the strongest cell beside it; NOBODY where none is heard."""
        return int(self.measured.neighbours[place])


def level(column: Levels, place: int) -> int | None:
    """Return a number of a column, None where it is not known."""
    found = int(column[place])
    return None if found == UNKNOWN else found


@dataclass(frozen=True)
class Radio:
    """All that was measured at one moment, of both technologies; None: nothing of it."""

    names: Names
    lte: Levelled | None
    nr: Levelled | None

    def lte_neighbours(
        self, place: int, *, same_carrier: bool
    ) -> tuple[EutranNeighbourCellMeasInfo, ...]:
        """Return the strongest neighbour of a device of LTE, if any is heard."""
        if self.lte is None:
            return ()
        cell = self.lte.neighbour(place)
        ecgi = self.names.ecgi(cell)
        if ecgi is None or (same_carrier and not self._alike(cell, self.lte.cell(place))):
            return ()
        heard = level(self.lte.neighbour_rsrp, place)
        return (EutranNeighbourCellMeasInfo(ecgi=ecgi, rsrp=heard),)

    def nr_beside_lte(self, device: int) -> tuple[NewRadioMeasNeiInfo, ...]:
        """Return the cell of NR that serves a device of LTE too, as it hears it."""
        place = NOBODY if self.nr is None else self.nr.place(device)
        if self.nr is None or place == NOBODY:
            return ()
        nrcgi = self.names.nrcgi(self.nr.cell(place))
        assert nrcgi is not None
        cell = NrNCellInfo(nr_n_cell_plmn=(nrcgi.plmn,), nr_n_cell_g_id=nrcgi.nr_cell_id)
        return (
            NewRadioMeasNeiInfo(
                nr_n_cell_info=(cell,),
                nr_n_cell_rsrp=level(self.nr.rsrp, place),
                nr_n_cell_rsrq=level(self.nr.rsrq, place),
                nr_n_cell_rssi=level(self.nr.sinr, place),
            ),
        )

    def nr_serving(self, place: int) -> tuple[ServCellMeasInfo, ...]:
        """Return the cell of NR that serves a device, as it hears it."""
        assert self.nr is not None
        nrcgi = self.names.nrcgi(self.nr.cell(place))
        assert nrcgi is not None
        results = MeasQuantityResultsNr(
            rsrp=level(self.nr.rsrp, place),
            rsrq=level(self.nr.rsrq, place),
            sinr=level(self.nr.sinr, place),
        )
        return (
            ServCellMeasInfo(nrcgi=nrcgi, s_cell=SCell(meas_quantity_results_ssb_cell=results)),
        )

    def nr_neighbours(self, place: int) -> tuple[NrNeighCellMeasInfo, ...]:
        """Return the strongest neighbour of a device of NR, if any is heard."""
        assert self.nr is not None
        nrcgi = self.names.nrcgi(self.nr.neighbour(place))
        if nrcgi is None:
            return ()
        results = MeasQuantityResultsNr(rsrp=level(self.nr.neighbour_rsrp, place))
        return (NrNeighCellMeasInfo(nrcgi=nrcgi, meas_quantity_results_ssb_cell=results),)

    def lte_beside_nr(self, device: int) -> tuple[EutraNeighCellMeasInfo, ...]:
        """Return the cell of LTE that serves a device of NR too, as it hears it."""
        place = NOBODY if self.lte is None else self.lte.place(device)
        if self.lte is None or place == NOBODY:
            return ()
        ecgi = self.names.ecgi(self.lte.cell(place))
        assert ecgi is not None
        return (
            EutraNeighCellMeasInfo(
                ecgi=ecgi,
                rsrp=level(self.lte.rsrp, place),
                rsrq=level(self.lte.rsrq, place),
                sinr=level(self.lte.sinr, place),
            ),
        )

    def _alike(self, cell: int, other: int) -> bool:
        cells = self.names.network.cells
        return cells[cell].carrier_hz == cells[other].carrier_hz
