"""Which stations a filter can mean at all, before any of them is put into words. Pure.

The filters that MEC 028 clause 5.2.3 names are for one station or one access point of thousands;
what remains is filtered by all that the filter says. Never refuses: the chassis does.
"""

from collections.abc import Iterator, Sequence

from wayside.chassis import filters
from wayside.chassis.operands import ScalarKind
from wayside.core.errors import BadRequest

from .model import StaInfo
from .wlan import Wlan, bssid_of

STATION, ACCESS_POINT = (("staId",), "macId"), (("apAssociated",), "bssid")
EXACT = ("eq", "in")


def stations_of(wlan: Wlan, text: str | None) -> Sequence[tuple[str, int]]:
    """Return the stations, address and row, without those that the filter ``text`` rules out."""
    found = wlan.stations
    macs, bssids = _named(text, *STATION), _named(text, *ACCESS_POINT)
    if macs is not None:
        found = [each for each in found if each[0] in macs]
    if bssids is not None:
        network = wlan.picture.network
        cells = {row for row in wlan.cells if bssid_of(network.cells[row]) in bssids}
        found = [each for each in found if int(wlan.serving[each[1]]) in cells]
    return found


def _named(text: str | None, prefix: tuple[str, ...], leaf: str) -> set[str] | None:
    """Return the values that the filter has for an attribute; None where it has none."""
    sets = list(_sets(text, prefix, leaf))
    return set.intersection(*sets) if sets else None


def _sets(text: str | None, prefix: tuple[str, ...], leaf: str) -> Iterator[set[str]]:
    try:
        parsed = None if text is None else filters.parse(text, StaInfo)
    except BadRequest:
        return
    for each in () if parsed is None else parsed.groups.get(prefix, ()):
        if each.leaf == leaf and each.operator in EXACT:
            yield {str(value) for value in each.operands.get(ScalarKind.STRING, ())}
