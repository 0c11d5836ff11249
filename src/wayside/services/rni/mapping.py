"""Measures as the whole numbers that 3GPP reports. Pure; arrays in, arrays out.

A number stands for an interval; below the table's first the first, above its last the last.
What is not known (NaN) is ``UNKNOWN``.
"""

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.values import Reals

Levels = NDArray[np.int32]

UNKNOWN = -1
TS_NS = 1e9 / (15_000 * 2048)
"""The basic time unit. Ref: TS 36.211 clause 4."""
FINE_TS_MAX = 4096
"""Up to here timing advances are told in steps of 2 Ts, beyond in steps of 8."""
ADVANCE_MAX = 7690


def rsrp(power_dbm: Reals) -> Levels:
    """Return RSRP_00 (below -140 dBm) to RSRP_97 (-44 and above). Ref: TS 36.133 clause 9.1.4."""
    return _levels(power_dbm, first=-141.0, per_unit=1.0, last=97)


def rsrq(quality_db: Reals) -> Levels:
    """Return RSRQ_00 (below -19.5 dB) to RSRQ_34 (-3 and above). Ref: TS 36.133 clause 9.1.7."""
    return _levels(quality_db, first=-20.0, per_unit=2.0, last=34)


def sinr(sinr_db: Reals) -> Levels:
    """Return 0 (below -23 dB) to 127 (40 and above), in LTE and in NR alike.

    Ref: TS 36.133 clause 9.1.17, TS 38.133 clause 10.1.16.
    """
    return _levels(sinr_db, first=-23.5, per_unit=2.0, last=127)


def nr_rsrp(power_dbm: Reals) -> Levels:
    """Return 0 (below -156 dBm) to 126 (-31 and above). Ref: TS 38.133 clause 10.1.6."""
    return _levels(power_dbm, first=-157.0, per_unit=1.0, last=126)


def nr_rsrq(quality_db: Reals) -> Levels:
    """Return 0 (below -43 dB) to 127 (20 and above). Ref: TS 38.133 clause 10.1.11."""
    return _levels(quality_db, first=-43.5, per_unit=2.0, last=127)


def timing_advance(advance_ns: Reals) -> Levels:
    """Return TIME_ADVANCE_00 (below 2 Ts) to _7690 (49232 Ts and more). Ref: TS 36.133 9.1.10."""
    known = np.nan_to_num(advance_ns.astype(np.float64), nan=0.0)
    steps = np.maximum(known, 0.0) / TS_NS
    fine = np.floor(steps / 2)
    coarse = FINE_TS_MAX // 2 + np.floor((steps - FINE_TS_MAX) / 8)
    found = np.where(steps < FINE_TS_MAX, fine, coarse)
    told = np.minimum(found, ADVANCE_MAX).astype(np.int32)
    told[np.isnan(advance_ns)] = UNKNOWN
    return told


def _levels(values: Reals, *, first: float, per_unit: float, last: int) -> Levels:
    known = np.nan_to_num(values.astype(np.float64), nan=first)
    told = np.clip(np.floor((known - first) * per_unit), 0, last).astype(np.int32)
    told[np.isnan(values)] = UNKNOWN
    return told
