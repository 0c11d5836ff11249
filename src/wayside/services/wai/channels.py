"""Channels of IEEE 802.11: numbers, classes and the spectrum that they mean. Pure.

The classes are the global ones (IEEE 802.11-2016 and 802.11ax, table E-4); those of single
countries are not known here. Never decides what is measured.
"""

from collections.abc import Iterator
from typing import NamedTuple

from wayside.refpoints.net.network import Cell

MHZ = 1e6


class Span(NamedTuple):
    """A piece of spectrum, MHz."""

    low: float
    high: float

    def meets(self, other: "Span") -> bool:
        """Tell whether they have more than an edge in common."""
        return self.low < other.high and other.low < self.high


class _Class(NamedTuple):
    """An operating class: channel n is in the middle of a ``width`` at ``start + 5 n`` MHz."""

    start: float
    width: float
    channels: tuple[int, ...]
    shift: float = 0.0
    """Of the middle from the channel's number, where that is the number of the primary channel."""


_2_4, _5, _6 = 2407.0, 5000.0, 5950.0
_LOW, _MIDDLE = (36, 44), (52, 60)
_UPPER = (100, 108, 116, 124, 132, 140)
_HIGHEST = (149, 157, 165, 173)


def _above(channels: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(each + 4 for each in channels)


_CLASSES = {
    81: _Class(_2_4, 20, tuple(range(1, 14))),
    82: _Class(2414, 20, (14,)),
    83: _Class(_2_4, 40, tuple(range(1, 10)), 10),
    84: _Class(_2_4, 40, tuple(range(5, 14)), -10),
    115: _Class(_5, 20, (36, 40, 44, 48)),
    116: _Class(_5, 40, _LOW, 10),
    117: _Class(_5, 40, _above(_LOW), -10),
    118: _Class(_5, 20, (52, 56, 60, 64)),
    119: _Class(_5, 40, _MIDDLE, 10),
    120: _Class(_5, 40, _above(_MIDDLE), -10),
    121: _Class(_5, 20, tuple(range(100, 145, 4))),
    122: _Class(_5, 40, _UPPER, 10),
    123: _Class(_5, 40, _above(_UPPER), -10),
    124: _Class(_5, 20, (149, 153, 157, 161)),
    125: _Class(_5, 20, tuple(range(149, 178, 4))),
    126: _Class(_5, 40, _HIGHEST, 10),
    127: _Class(_5, 40, _above(_HIGHEST), -10),
    128: _Class(_5, 80, (42, 58, 106, 122, 138, 155, 171)),
    129: _Class(_5, 160, (50, 114, 163)),
    131: _Class(_6, 20, tuple(range(1, 234, 4))),
    132: _Class(_6, 40, tuple(range(3, 228, 8))),
    133: _Class(_6, 80, tuple(range(7, 216, 16))),
    134: _Class(_6, 160, tuple(range(15, 208, 32))),
    180: _Class(0, 2160, (1, 2, 3, 4, 5, 6)),
}
_60_START, _60_STEP = 56_160.0, 2160.0


def span_of(cell: Cell) -> Span | None:
    """Return the spectrum of an access point; None where nobody has told it."""
    if not cell.carrier_hz or not cell.bandwidth_hz:
        return None
    middle, half = cell.carrier_hz / MHZ, cell.bandwidth_hz / MHZ / 2
    return Span(middle - half, middle + half)


def channel_of(cell: Cell) -> int | None:
    """Return the number of the channel in the middle of an access point's band, if it is told."""
    mhz = cell.carrier_hz / MHZ
    if mhz == 2484:
        return 14
    for start, low, high in ((_2_4, 2400, 2500), (_5, 5000, 5925), (_6, 5925, 7125)):
        if low <= mhz < high:
            return round((mhz - start) / 5)
    if mhz > _60_START:
        return round((mhz - _60_START) / _60_STEP)
    return None


def class_of(cell: Cell) -> int | None:
    """Return an operating class that an access point's band is of, the first in the table.

    Of the two that each channel of 40 MHz is of this is the one with the primary channel below:
    which of the halves is primary nobody tells.
    """
    here = span_of(cell)
    found = (number for number, _, span in _all() if span == here)
    return next(found, None)


def spectrum_of(operating_class: int, channel: int) -> Span | None:
    """Return the spectrum of a channel of a class; None where there is none.

    A channel of 20 MHz stands for the wider one of the class that it is a part of.
    """
    spans = {each: span for number, each, span in _all() if number == operating_class}
    if channel in spans:
        return spans[channel]
    known = _CLASSES.get(operating_class)
    if known is None or known.start not in (_5, _6):
        return None
    middle = known.start + 5 * channel
    part = Span(middle - 10, middle + 10)
    wider = (each for each in spans.values() if each.low <= part.low and part.high <= each.high)
    return next(wider, None)


def spectra_of(operating_class: int) -> tuple[Span, ...]:
    """Return the spectrum of each channel of a class; nothing where there is no such class."""
    return tuple(span for number, _, span in _all() if number == operating_class)


def frames_phy_of(cell: Cell) -> int:
    """Return the PHY type in which an access point sends beacons: ERP (6), and OFDM (4) above."""
    return 6 if cell.carrier_hz < 3e9 else 4


def phy_of(cell: Cell) -> int:
    """Return the oldest PHY type that has an access point's band and width.

    OFDM 4, ERP 6, HT 7, DMG 8, VHT 9; HE (14 in IEEE 802.11ax) from 6 GHz on.
    """
    if cell.carrier_hz > _60_START * MHZ:
        return 8
    if cell.carrier_hz >= 5.925e9:
        return 14
    if cell.bandwidth_hz > 40 * MHZ:
        return 9
    return 7 if cell.bandwidth_hz > 20 * MHZ else frames_phy_of(cell)


def _all() -> Iterator[tuple[int, int, Span]]:
    """Yield every channel of every class with its spectrum."""
    for number, known in _CLASSES.items():
        for channel in known.channels:
            if number == 180:
                middle = _60_START + _60_STEP * channel
            else:
                middle = known.start + 5 * channel + known.shift
            yield number, channel, Span(middle - known.width / 2, middle + known.width / 2)
