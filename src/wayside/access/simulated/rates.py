"""What flows at a given quality of the signal: modulation, coding, resource blocks. Pure.

LTE and NR: the CQI of TS 38.214 table 5.2.2.1-2 (TS 36.213 table 7.2.3-1 is the same); the best one
whose efficiency is within the throughput of TR 36.942 annex A.1 at this SINR (0.6 of Shannon's).
WLAN: the rates of IEEE 802.11 at the sensitivities of its receivers (2020: table 19-24 and
27-51), noise figure 10 dB and 5 dB of losses taken off. Never shares anything among devices.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

EFFICIENCIES = (
    0.0, 0.1523, 0.2344, 0.3770, 0.6016, 0.8770, 1.1758, 1.4766, 1.9141,
    2.4063, 2.7305, 3.3223, 3.9023, 4.5234, 5.1152, 5.5547,
)  # fmt: skip
"""Bits per resource element by CQI; 0 is out of range."""
SHANNON_SHARE = 0.6
LAYER_CQI_MIN = 7
"""From here on 16QAM."""

LTE_BLOCKS = {1.4: 6, 3: 15, 5: 25, 10: 50, 15: 75, 20: 100}
"""By MHz. Ref: TS 36.104 table 5.6-1."""
NR_BLOCKS = {
    15: {5: 25, 10: 52, 15: 79, 20: 106, 25: 133, 30: 160, 40: 216, 50: 270},
    30: {5: 11, 10: 24, 15: 38, 20: 51, 25: 65, 30: 78, 40: 106, 50: 133, 60: 162, 70: 189, 80: 217,
         90: 245, 100: 273},
}  # fmt: skip
"""By subcarrier spacing in kHz, then MHz. Ref: TS 38.104 table 5.3.2-1."""
LTE_OVERHEAD = 0.25
NR_OVERHEAD_DOWN, NR_OVERHEAD_UP = 0.14, 0.08
"""Ref: TS 38.306 clause 4.1.2, FR1."""
SYMBOLS_PER_MS = 14
WLAN_AIR_SHARE = 0.65
"""Ours: what is left of the air time after preambles, acknowledgements and waiting."""

NOISE_WLAN_DBM = -86.0
"""Per 20 MHz, with the losses that the sensitivities are made for."""
_MODULATIONS = (
    (-82, 0.5), (-79, 1.0), (-77, 1.5), (-74, 2.0), (-70, 3.0), (-66, 4.0),
    (-65, 4.5), (-64, 5.0), (-59, 6.0), (-57, 20 / 3), (-54, 7.5), (-52, 25 / 3),
)  # fmt: skip
"""Sensitivity at 20 MHz in dBm, and data bits per subcarrier, by index of modulation and coding."""


class WlanStandard(StrEnum):
    """The generation of an access point."""

    N = "802.11n"
    AC = "802.11ac"
    AX = "802.11ax"


@dataclass(frozen=True)
class _Generation:
    subcarriers: dict[int, int]
    symbol_us: float
    indices: int


_GENERATIONS = {
    WlanStandard.N: _Generation({20: 52, 40: 108}, 4.0, 8),
    WlanStandard.AC: _Generation({20: 52, 40: 108, 80: 234, 160: 468}, 4.0, 10),
    WlanStandard.AX: _Generation({20: 234, 40: 468, 80: 980, 160: 1960}, 13.6, 12),
}


def nr_spacing_khz(bandwidth_mhz: float) -> int:
    """Return the subcarrier spacing of NR: 30 kHz where the bandwidth has it."""
    return 30 if bandwidth_mhz in NR_BLOCKS[30] else 15


def blocks(bandwidth_mhz: float, *, lte: bool) -> int:
    """Return how many resource blocks a carrier has."""
    if lte:
        return LTE_BLOCKS[bandwidth_mhz]
    return NR_BLOCKS[nr_spacing_khz(bandwidth_mhz)][int(bandwidth_mhz)]


def elements_per_s(bandwidth_mhz: float, *, lte: bool) -> float:
    """Return how many resource elements a carrier sends in a second."""
    spacing_khz = 15 if lte else nr_spacing_khz(bandwidth_mhz)
    return blocks(bandwidth_mhz, lte=lte) * 12 * SYMBOLS_PER_MS * (spacing_khz / 15) * 1000


def left_over(*, lte: bool) -> tuple[float, float]:
    """Return which share of the elements carries data, down and up."""
    if lte:
        return 1 - LTE_OVERHEAD, 1 - LTE_OVERHEAD
    return 1 - NR_OVERHEAD_DOWN, 1 - NR_OVERHEAD_UP


def wlan_widths_mhz(standard: WlanStandard) -> tuple[int, ...]:
    """Return the channel widths of a generation."""
    return tuple(_GENERATIONS[standard].subcarriers)


def cqi_thresholds_db() -> NDArray[np.float64]:
    """Return the SINR from which on each CQI holds, 1 to 15."""
    efficiencies = np.array(EFFICIENCIES[1:])
    found: NDArray[np.float64] = 10 * np.log10(2 ** (efficiencies / SHANNON_SHARE) - 1)
    return found


def cqi(sinr_db: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the CQI at a SINR, 0 to 15."""
    return np.searchsorted(cqi_thresholds_db(), sinr_db, side="right")


def bits_per_element(sinr_db: NDArray[np.float64], layers: int) -> NDArray[np.float64]:
    """Return bits per resource element with as many of ``layers`` as give most.

    Ours: the power is divided among the layers, they do not disturb each other, and a further one
    is opened only where each keeps ``LAYER_CQI_MIN``.
    """
    efficiencies = np.array(EFFICIENCIES)
    best = efficiencies[cqi(sinr_db)]
    for count in range(2, layers + 1):
        each = cqi(sinr_db - 10 * np.log10(count))
        best = np.where(each < LAYER_CQI_MIN, best, np.maximum(best, count * efficiencies[each]))
    return best


def wlan_index(snr_db: NDArray[np.float64], standard: WlanStandard) -> NDArray[np.int64]:
    """Return the index of modulation and coding at a SNR in the whole channel; -1 for none."""
    needed = [level - NOISE_WLAN_DBM for level, _ in _MODULATIONS]
    needed = needed[: _GENERATIONS[standard].indices]
    return np.searchsorted(np.array(needed), snr_db, side="right") - 1


def wlan_bps(
    snr_db: NDArray[np.float64], standard: WlanStandard, width_mhz: int
) -> NDArray[np.float64]:
    """Return the data rate of one spatial stream, before the air is shared."""
    generation = _GENERATIONS[standard]
    bits = np.array([0.0, *(bits for _, bits in _MODULATIONS)])
    index = wlan_index(snr_db, standard)
    return bits[index + 1] * generation.subcarriers[width_mhz] / (generation.symbol_us * 1e-6)
