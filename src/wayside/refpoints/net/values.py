"""The words that facts are told in: technologies, origins, and columns of rows and figures.

Never holds a record.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
"""Places in the network's lists of devices or cells; ``NOBODY`` where there is none."""

Reals = NDArray[np.float32]
"""Figures; what is not known is NaN."""

Degrees = NDArray[np.float64]
"""Latitudes or longitudes, WGS 84."""

Grades = NDArray[np.int8]
"""Small whole numbers, such as a CQI."""

NOBODY = -1


class Technology(StrEnum):
    """The kind of access network."""

    LTE = "LTE"
    NR = "NR"
    WLAN = "WLAN"


NEAREST_FIRST = (Technology.WLAN, Technology.NR, Technology.LTE)
"""Which of a device's serving cells says most of where it is, the first that there is."""


class Origin(StrEnum):
    """Where a fact comes from. What is simulated is never called otherwise, replayed or not."""

    SIMULATED = "SIMULATED"
    MEASURED = "MEASURED"
    STATIC = "STATIC"
    """Written down by the operator."""
