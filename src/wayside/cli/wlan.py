"""``wayside wlan``: access points and their stations, as applications are told of them (MEC 028).

Asks the platforms of the hosts (Mp1). All hosts hear the same network: without ``--host`` the first
one that serves it is asked. Never changes anything.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from wayside.core.errors import NotFound, Problem
from wayside.core.replies import Page
from wayside.core.requests import ListQuery
from wayside.services.wai.api import WlanInformation
from wayside.services.wai.model import ApInfo, StaInfo
from wayside.services.wai.wlan import RCPI_FROM_DBM, WHOLE

from .connection import Face, ask
from .hosts import HostOption, hosts_of
from .output import output

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Access points and their stations (MEC 028).")


def complete_point(incomplete: str) -> list[str]:
    """Return the access points that start so, for the shell's tab key."""
    try:
        found = _values(ask(lambda face: _asked(face, None, _points)))
    except Problem:  # the tab key must not print an error
        return []
    return [each.ap_id.bssid for each in found if each.ap_id.bssid.startswith(incomplete.lower())]


Point = Annotated[
    str | None,
    typer.Option("--ap", help="Only those of this BSSID.", autocompletion=complete_point),
]


@app.command()
def points(host: HostOption = None) -> None:
    """Show the access points that are on: their network, channel, stations, and how busy."""
    found = _values(ask(lambda face: _asked(face, host, _points)))
    output.table(
        [
            (
                each.ap_id.bssid,
                " ".join(each.ap_id.ssid),
                "" if each.channel is None else each.channel,
                "" if each.bss_load is None else each.bss_load.sta_count,
                "" if each.bss_load is None else f"{each.bss_load.channel_utilization / WHOLE:.0%}",
                each.wayside_origin,
            )
            for each in found
        ],
        columns=("BSSID", "SSID", ">CHANNEL", ">STATIONS", ">BUSY", "ORIGIN"),
        value=found,
        empty="No access point is known, or none is on.",
    )


@app.command()
def stations(ap: Point = None, host: HostOption = None) -> None:
    """Show the stations: where they are associated, how strong they are, and their rates."""
    wanted = None if ap is None else f"(eq,apAssociated/bssid,'{ap.lower()}')"

    async def listed(wlan: WlanInformation) -> Page[StaInfo]:
        return await wlan.list_sta_information(ListQuery(filter=wanted))

    found = _values(ask(lambda face: _asked(face, host, listed)))
    output.table(
        [_station(each) for each in found],
        columns=("STATION", "ADDRESS", "ACCESS POINT", ">DBM", ">DOWN MBIT/S", ">UP", "ORIGIN"),
        value=found,
        empty="No station is associated.",
    )


def _station(each: StaInfo) -> tuple[object, ...]:
    rate = each.sta_data_rate
    return (
        each.sta_id.mac_id,
        " ".join(each.sta_id.ip_address),
        "" if each.ap_associated is None else each.ap_associated.bssid,
        "" if each.rssi is None else f"{each.rssi.rssi / 2 + RCPI_FROM_DBM:g}",
        "" if rate is None else _mbps(rate.sta_last_data_downlink_rate),
        "" if rate is None else _mbps(rate.sta_last_data_uplink_rate),
        each.wayside_origin,
    )


def _mbps(kbps: int | None) -> str:
    return "" if kbps is None else f"{kbps / 1000:.1f}"


async def _points(wlan: WlanInformation) -> Page[ApInfo]:
    return await wlan.list_ap_information(ListQuery())


async def _asked(
    face: Face, host: str | None, work: Callable[[WlanInformation], Awaitable[T]]
) -> T:
    """Return what the first host answers that serves MEC 028; raise NotFound where none does."""
    for each in await hosts_of(face, host):
        try:
            return await work(face.at(WlanInformation, f"/{each}"))
        except NotFound:
            continue
    raise NotFound("No host serves WLAN access information; `services.wai` says whether it does.")


def _values(page: Page[T]) -> list[T]:
    return [each.value for each in page.entries]
