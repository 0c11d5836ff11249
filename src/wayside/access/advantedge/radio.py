"""A radius of coverage made into a cell that reaches about so far. Pure.

AdvantEDGE has circles; here a cell has a carrier and a power, and what it reaches follows. The
power is the one at which the mean of what is heard at the radius, in sight as often as it is there,
is what a device begins with.
"""

from dataclasses import dataclass
from math import log10

import numpy as np

from wayside.access.simulated import pathloss, rates
from wayside.access.simulated.model import WLAN_RULE, Rule
from wayside.access.simulated.pathloss import Environment, Way
from wayside.refpoints.net.values import Technology

DEVICE_M = 1.5
POWER_DBM = (-10.0, 60.0)
"""What a cell may send."""


@dataclass(frozen=True)
class Radio:
    """How the cells of one kind send."""

    technology: Technology
    carrier_mhz: float
    bandwidth_mhz: float
    height_m: float
    environment: Environment

    @property
    def begin_dbm(self) -> float:
        """The weakest signal that a device begins with."""
        rule = WLAN_RULE if self.technology is Technology.WLAN else Rule()
        return rule.attach_dbm

    def power_dbm(self, radius_m: float) -> float:
        """Return the power that reaches ``radius_m``, within what a cell may send."""
        way = Way(self.environment, self.carrier_mhz * 1e6, self.height_m, DEVICE_M)
        ground = np.array([max(radius_m, 10.0)])
        seen = float(pathloss.sight(way, ground)[0])
        loss = seen * float(pathloss.seen_db(way, ground)[0])
        loss += (1 - seen) * float(pathloss.hidden_db(way, ground)[0])
        lte = self.technology is Technology.LTE
        elements = 1
        if self.technology is not Technology.WLAN:
            elements = 12 * rates.blocks(self.bandwidth_mhz, lte=lte)
        low, high = POWER_DBM
        return round(min(max(self.begin_dbm + loss + 10 * log10(elements), low), high), 1)


RADIOS = {
    "POA-4G": Radio(Technology.LTE, 1800.0, 20.0, 25.0, Environment.UMA),
    "POA-5G": Radio(Technology.NR, 3500.0, 100.0, 10.0, Environment.UMI),
    "POA-WIFI": Radio(Technology.WLAN, 5240.0, 80.0, 5.0, Environment.UMI),
    "POA": Radio(Technology.NR, 3500.0, 100.0, 10.0, Environment.UMI),
}
"""By type of the point of access; one that is of no kind is taken as one of 5G."""
