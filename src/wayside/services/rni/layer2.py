"""Measurements of layer 2 from how busy cells are and what flows. Pure.

A cell's figures of guaranteed bit rates and of others are known where no device in it has a bearer
with such a rate: all is of the others. Elsewhere no fact tells one from the other, and both are
left out. Ref: MEC 012 clause 6.2.4a, TS 36.314 clause 4.1.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY, Rows, Technology

from .logic import Asked
from .model import CellInfo, CellUEInfo
from .names import Names

E = TypeVar("E", CellInfo, CellUEInfo)
Figures = Mapping[str, int]
"""Values that entries are to have, by the names of their members."""

CELLULAR = (Technology.LTE, Technology.NR)
BPS_PER_KBPS = 1000


def guaranteed(picture: Picture) -> NDArray[np.bool_]:
    """Return for each device whether it has a bearer with a guaranteed rate."""
    found = np.zeros(picture.network.size, dtype=np.bool_)
    for group in picture.network.groups:
        found[group.first : group.first + group.count] = any(map(_is_guaranteed, group.bearers))
    for device, bearers in picture.exceptions():
        found[device] = any(map(_is_guaranteed, bearers))
    return found


def _is_guaranteed(bearer: Any) -> bool:
    return bool(bearer.downlink_guaranteed_bps or bearer.uplink_guaranteed_bps)


def cells_of(picture: Picture, names: Names, who: Asked, wanted: Figures) -> tuple[CellInfo, ...]:
    """Return what is known of cells: of those that serve the devices asked for, if any are."""
    shares = _shares(picture)
    downlink, uplink = _active(picture)
    mixed = _mixed(picture)
    here = _serving(picture, who)
    found = []
    for cell in names.told:
        ecgi = names.ecgi(cell)
        if ecgi is None or (here is not None and cell not in here):
            continue
        if who.cells is not None and cell not in who.cells:
            continue
        figures: dict[str, int] = {}
        if cell in shares:
            down, up = shares[cell]
            figures |= {"dl_total_prb_usage_cell": down, "ul_total_prb_usage_cell": up}
            if cell not in mixed:
                figures |= _split("dl_{}_prb_usage_cell", down) | _split("ul_{}_prb_usage_cell", up)
        if downlink is not None and uplink is not None and cell not in mixed:
            figures |= _split("number_of_active_ue_dl_{}_cell", int(downlink[cell]))
            figures |= _split("number_of_active_ue_ul_{}_cell", int(uplink[cell]))
        found.append(CellInfo(ecgi=ecgi, **figures))
    return _fitting(found, wanted)


def devices_of(
    picture: Picture, names: Names, who: Asked, wanted: Figures
) -> tuple[CellUEInfo, ...]:
    """Return what is known of devices in their cells: what flows, in kilobits per second."""
    mixed = guaranteed(picture)
    found = []
    for technology in CELLULAR:
        measured = picture.measured.get(technology)
        if measured is None:
            continue
        here = _chosen(measured.devices, measured.cells, who)
        columns = (
            measured.devices[here],
            measured.cells[here],
            np.round(measured.downlink_bps[here] / BPS_PER_KBPS),
            np.round(measured.uplink_bps[here] / BPS_PER_KBPS),
        )
        for device, cell, down, up in zip(*(each.tolist() for each in columns), strict=True):
            ecgi = names.ecgi(cell)
            if ecgi is None:
                continue
            figures: dict[str, int] = {}
            if not mixed[device]:
                figures = _split("dl_{}_throughput_ue", int(down))
                figures |= _split("ul_{}_throughput_ue", int(up))
            (associate,) = names.associates(device)
            found.append(CellUEInfo(ecgi=ecgi, associate_id=associate, **figures))
    return _fitting(found, wanted)


def _split(name: str, total: int) -> dict[str, int]:
    """Return a figure where nothing is of guaranteed rates."""
    return {name.format("gbr"): 0, name.format("nongbr"): total}


def _shares(picture: Picture) -> dict[int, tuple[int, int]]:
    """Return what share of each cell is in use, down and up, in percent."""
    loaded = picture.loaded
    if loaded is None:
        return {}
    down, up = (
        np.round(np.nan_to_num(share) * 100).astype(int).tolist()
        for share in (loaded.downlink_share, loaded.uplink_share)
    )
    return dict(zip(loaded.cells.tolist(), zip(down, up, strict=True), strict=True))


def _active(picture: Picture) -> tuple[NDArray[np.intp] | None, NDArray[np.intp] | None]:
    """Return for each cell how many devices something flows to, and from; None: not told."""
    told = [picture.measured[each] for each in CELLULAR if each in picture.measured]
    if not told:
        return None, None
    cells = np.concatenate([each.cells for each in told])
    size = len(picture.network.cells)
    down = np.concatenate([each.downlink_bps > 0 for each in told])
    up = np.concatenate([each.uplink_bps > 0 for each in told])
    return np.bincount(cells[down], minlength=size), np.bincount(cells[up], minlength=size)


def _mixed(picture: Picture) -> frozenset[int]:
    """Return the cells that serve a device with a guaranteed rate."""
    rows = np.flatnonzero(guaranteed(picture))
    found = (np.unique(picture.cells[each][rows]).tolist() for each in CELLULAR)
    return frozenset(cell for cells in found for cell in cells)


def _serving(picture: Picture, who: Asked) -> frozenset[int] | None:
    """Return the cells that serve the devices asked for; None where all devices are."""
    if who.devices is None:
        return None
    rows = sorted(who.devices)
    found = (picture.cells[each][rows].tolist() for each in CELLULAR)
    return frozenset(cell for cells in found for cell in cells if cell != NOBODY)


def _chosen(devices: Rows, cells: Rows, who: Asked) -> NDArray[np.intp]:
    mask = np.ones(len(devices), dtype=np.bool_)
    if who.devices is not None:
        mask &= np.isin(devices, sorted(who.devices))
    if who.cells is not None:
        mask &= np.isin(cells, sorted(who.cells))
    return np.flatnonzero(mask)


def _fitting(found: list[E], wanted: Figures) -> tuple[E, ...]:
    """Return the entries that have the values wanted; what is not known fits none."""

    def fits() -> Iterator[E]:
        for each in found:
            if all(getattr(each, name) == value for name, value in wanted.items()):
                yield each

    return tuple(fits()) if wanted else tuple(found)
