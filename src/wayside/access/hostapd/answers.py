"""What hostapd says, understood: stations, the state of its radio, events. Pure.

The answers are lines of ``name=value``; what is missing or strange is not known. Never asks.
"""

import re
from collections.abc import Mapping
from math import nan
from typing import NamedTuple

MHZ = 1e6
RATE_BPS = 1e5
"""Rates are told in units of this."""
UTILISATION_WHOLE = 255
_MAC = r"(?P<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5})"
_STATION = re.compile(_MAC)
_EVENT = re.compile(r"<\d>AP-STA-(?P<what>CONNECTED|DISCONNECTED) " + _MAC)
_ENDS = re.compile(r"<\d>(CTRL-EVENT-TERMINATING|AP-DISABLED)")
_NO_BSSID = "00:00:00:00:00:00"


class Station(NamedTuple):
    """One station as hostapd lists it; a figure that is not told is NaN, a count None."""

    mac: str
    authorised: bool
    signal_dbm: float = nan
    downlink_bps: float = nan
    """Of the last frame to the station."""
    uplink_bps: float = nan
    mcs: int = -1
    """Of the last frame to the station."""
    sent_bytes: int | None = None
    received_bytes: int | None = None


class Radio(NamedTuple):
    """The state of one BSS and its radio."""

    enabled: bool
    bssid: str | None
    ssid: str | None
    stations: int
    carrier_hz: float
    """The middle of its band; 0 where it is not told."""
    bandwidth_hz: float
    power_dbm: float
    utilisation: float
    """The share of time in which the channel is busy, 0 to 1; NaN where hostapd does not average
    it (``chan_util_avg_period``)."""


class Heard(NamedTuple):
    """A station that has come or gone."""

    mac: str
    connected: bool


def lines_of(answer: str) -> Mapping[str, str]:
    """Return the values of an answer by their names."""
    pairs = (line.partition("=") for line in answer.splitlines())
    return {name: value for name, found, value in pairs if found}


def station_of(answer: str) -> Station | None:
    """Return the station of an answer to STA-FIRST and STA-NEXT; None at the end of the list."""
    named = _STATION.match(answer)
    if named is None:
        return None
    said = lines_of(answer)
    return Station(
        mac=named["mac"],
        authorised="[AUTHORIZED]" in said.get("flags", ""),
        signal_dbm=_known(said.get("signal")),
        downlink_bps=_rate(said.get("tx_rate_info")),
        uplink_bps=_rate(said.get("rx_rate_info")),
        mcs=_mcs(said.get("tx_rate_info", "")),
        sent_bytes=_count(said.get("tx_bytes")),
        received_bytes=_count(said.get("rx_bytes")),
    )


def is_failure(answer: str) -> bool:
    """Tell whether hostapd has refused a command."""
    return answer.startswith("FAIL")


def radio_of(answer: str, interface: str) -> Radio:
    """Return what STATUS says of the BSS on ``interface``, or of the only one."""
    said = lines_of(answer)
    numbers = [name[4:-1] for name, value in said.items() if _is_bss(name) and value == interface]
    number = numbers[0] if numbers else "0"
    bssid, ssid = said.get(f"bssid[{number}]"), said.get(f"ssid[{number}]")
    carrier, bandwidth = _band(said)
    utilisation = _count(said.get("chan_util_avg"))
    return Radio(
        enabled=said.get("state") == "ENABLED",
        bssid=bssid if bssid != _NO_BSSID else None,
        ssid=ssid or None,
        stations=_count(said.get(f"num_sta[{number}]")) or 0,
        carrier_hz=carrier * MHZ,
        bandwidth_hz=bandwidth * MHZ,
        power_dbm=float(_count(said.get("max_txpower")) or 0),
        utilisation=nan if utilisation is None else min(1.0, utilisation / UTILISATION_WHOLE),
    )


def event_of(text: str) -> Heard | None:
    """Return who has come or gone; None for any other event."""
    found = _EVENT.match(text)
    return None if found is None else Heard(found["mac"], found["what"] == "CONNECTED")


def ends(text: str) -> bool:
    """Tell whether an event says that the access point is gone."""
    return _ENDS.match(text) is not None


def _is_bss(name: str) -> bool:
    return re.fullmatch(r"bss\[\d+\]", name) is not None


def _band(said: Mapping[str, str]) -> tuple[float, float]:
    """Return the middle and the width of the band, MHz; 0 where they are not told."""
    primary = _count(said.get("freq")) or 0
    if not primary:
        return 0.0, 0.0
    for generation, prefix in (("ieee80211ax", "he"), ("ieee80211ac", "vht")):
        width = {"1": 80.0, "2": 160.0}.get(said.get(f"{prefix}_oper_chwidth", ""))
        middle = _count(said.get(f"{prefix}_oper_centr_freq_seg0_idx"))
        if said.get(generation) == "1" and width is not None and middle:
            start = 5950 if primary >= 5925 else 5000
            return float(start + 5 * middle), width
    side = _signed(said.get("secondary_channel"))
    return (primary + 10.0 * side, 40.0) if side else (float(primary), 20.0)


def _signed(text: str | None) -> int:
    return int(text) if text in ("1", "-1") else 0


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else None


def _known(text: str | None) -> float:
    """Return a power in dBm; 0 is what drivers say that know none."""
    found = re.fullmatch(r"-\d{1,3}", text or "")
    return nan if found is None else float(found[0])


def _rate(text: str | None) -> float:
    found = _count((text or "").partition(" ")[0])
    return found * RATE_BPS if found else nan


def _mcs(text: str) -> int:
    found = re.search(r"\b(?:he|vht)?mcs (\d{1,2})\b", text)
    return -1 if found is None else int(found[1])
