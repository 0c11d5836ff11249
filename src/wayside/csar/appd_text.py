"""From data under the AppD's wire names to an AppD, each fault with the line that caused it.

Never knows the notation that the data was written in: the caller says where things stand.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from wayside.model.appd import AppD

from .faults import Fault, FaultsFound
from .yamltext import Path, YamlText, field_name

PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
MESSAGE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)


def checked_appd(wire: Mapping[str, Any], text: YamlText, places: Mapping[Path, Path]) -> AppD:
    """Return ``wire`` as an AppD; raises FaultsFound with a fault for each field that is wrong."""
    faults: list[Fault] = []
    for each in msgspec.structs.fields(AppD):
        name = each.encode_name
        if name in wire:
            try:
                msgspec.convert(wire[name], each.type)
            except msgspec.ValidationError as fault:
                faults.append(_fault(fault, (name,), text, places))
        elif each.required:
            faults.append(
                text.fault(
                    "appd-missing",
                    f"{name} is missing.",
                    f"Add what {name} is made of (MEC 010-2 clause 6.2.1.2).",
                    places.get((), ()),
                )
            )
    if faults:
        raise FaultsFound(faults)
    return msgspec.convert(dict(wire), AppD)


def path_of(field: str) -> Path:
    """Return ``appTrafficRule[0].priority`` as a path."""
    return tuple(int(number) if number else name for name, number in PART.findall(field))


def nearest(places: Mapping[Path, Path], wire: Path) -> Path:
    """Return where ``wire`` stands, or the nearest thing above it."""
    rest: Path = ()
    while wire not in places and wire:
        wire, rest = wire[:-1], (wire[-1], *rest)
    return (*places.get(wire, ()), *rest)


def _fault(
    fault: msgspec.ValidationError, at: Path, text: YamlText, places: Mapping[Path, Path]
) -> Fault:
    match = MESSAGE.match(str(fault))
    what = match["what"] if match else str(fault)
    inner = path_of((match["path"] or "$")[1:]) if match else ()
    wire = (*at, *inner)
    place = nearest(places, wire)
    remedy = "Correct the value"
    if "Expected `str`" in what:
        remedy = "Put the value in quotes, or take away what is not text"
    elif "missing required field" in what:
        remedy = "Add it"
    found = text.fault("appd-type", f"{what}.", f"{remedy} (MEC 010-2 clause 6.2.1).", place)
    return replace(found, field=field_name(wire))
