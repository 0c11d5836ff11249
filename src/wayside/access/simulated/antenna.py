"""How strong an antenna is in each direction. Ref: TR 36.814 table A.2.1.1-2. Pure.

Never knows a device.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]

WIDTH_DEG, FRONT_TO_BACK_DB = 70.0, 25.0
HEIGHT_DEG, SIDE_LOBES_DB = 10.0, 20.0


@dataclass(frozen=True)
class Antenna:
    """A sector's antenna, or one that looks everywhere (``azimuth_deg`` None)."""

    gain_dbi: float
    azimuth_deg: float | None = None
    tilt_deg: float = 0.0
    """Downwards."""


def across_db(off_deg: Degrees) -> Degrees:
    """Return what is lost beside the axis, by the angle in the horizontal plane; negative."""
    found: Degrees = -np.minimum(12 * np.square(off_deg / WIDTH_DEG), FRONT_TO_BACK_DB)
    return found


def below_db(antenna: Antenna, down_deg: Degrees) -> Degrees:
    """Return what is lost above and below the tilted axis; nothing where it looks everywhere."""
    if antenna.azimuth_deg is None:
        return np.zeros_like(down_deg)
    off = (down_deg - antenna.tilt_deg) / HEIGHT_DEG
    found: Degrees = -np.minimum(12 * np.square(off), SIDE_LOBES_DB)
    return found
