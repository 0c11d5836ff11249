"""``wayside tags``: which devices the tags in traffic rules stand for, host by host."""

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Annotated

import typer

from wayside.core.errors import NotFound
from wayside.core.requests import IfMatch, ListQuery
from wayside.core.wire import Wire
from wayside.services.ui.api import UeTags
from wayside.services.ui.model import DeviceTag, NewTag, TagDevices

from .connection import Face, ask
from .hosts import HostOption, hosts_of
from .output import output, short

SHOWN_MAX = 4
app = typer.Typer(
    no_args_is_help=True,
    help="Tags of devices that traffic rules ask for (MEC 014): whom they stand for.",
)
Tag = Annotated[str, typer.Argument(help="The tag.")]
Devices = Annotated[
    list[str], typer.Argument(help="Addresses, prefixes, or names of the town's devices.")
]


class HostTag(Wire, omit_defaults=False):
    """A tag of one host, for programs."""

    host: str
    tag: str
    devices: tuple[str, ...]
    registered_by: tuple[str, ...]
    in_settings: bool


@app.command("list")
def list_tags(host: HostOption = None) -> None:
    """Show the tags, their devices, and the instances whose rules match for them now."""
    _print(ask(lambda face: _all(face, host)))


@app.command("set")
def set_tag(tag: Tag, devices: Devices, host: HostOption = None) -> None:
    """Have a tag, known or new, stand for these devices and no others; packets obey at once."""
    _print(ask(lambda face: _change(face, host, tag, devices, lambda _, given: given)))


@app.command("add")
def add(tag: Tag, devices: Devices, host: HostOption = None) -> None:
    """Have a tag stand for these devices too."""
    _print(ask(lambda face: _change(face, host, tag, devices, _with)))


@app.command("remove")
def remove(tag: Tag, devices: Devices, host: HostOption = None) -> None:
    """Have a tag stand for these devices no more; it stays known, if for nobody."""
    _print(ask(lambda face: _change(face, host, tag, devices, _without)))


@app.command("forget")
def forget(tag: Tag, host: HostOption = None) -> None:
    """Know a tag no more: rules that ask for it match nothing."""
    gone = ask(lambda face: _forget(face, host, tag))
    output.value(gone, text=f"The tag {tag} is forgotten at {', '.join(gone)}.")


def _with(present: Sequence[str], given: Sequence[str]) -> Sequence[str]:
    return [*present, *given]


def _without(present: Sequence[str], given: Sequence[str]) -> Sequence[str]:
    missing = [each for each in given if each not in present]
    if missing:
        raise NotFound(f"The tag does not stand for {', '.join(missing)}.", field="devices")
    return [each for each in present if each not in given]


def _print(found: Sequence[HostTag]) -> None:
    output.table(
        [
            (
                each.host,
                each.tag,
                len(each.devices),
                _some(each.devices),
                ", ".join(short(id_) for id_ in each.registered_by),
                "settings" if each.in_settings else "wayside tags",
            )
            for each in found
        ],
        columns=("HOST", "TAG", ">DEVICES", "ADDRESSES", "REGISTERED BY", "SAID IN"),
        value=found,
        empty="No tag is known. `wayside tags set TAG ADDRESS` makes one.",
    )


def _some(devices: Sequence[str]) -> str:
    more = ", …" if len(devices) > SHOWN_MAX else ""
    return ", ".join(devices[:SHOWN_MAX]) + more


async def _all(face: Face, host: str | None) -> list[HostTag]:
    found = []
    for each in await hosts_of(face, host):
        page = await _at(face, each).list_tags(ListQuery())
        found += [_of(each, entry.value) for entry in page.entries]
    return found


async def _change(
    face: Face,
    host: str | None,
    tag: str,
    given: Sequence[str],
    change: Callable[[Sequence[str], Sequence[str]], Sequence[str]],
) -> list[HostTag]:
    devices = await _addresses(face, given)
    return [
        _of(each, await _put(_at(face, each), tag, lambda present: change(present, devices)))
        for each in await hosts_of(face, host)
    ]


async def _put(
    tags: UeTags, tag: str, change: Callable[[Sequence[str]], Sequence[str]]
) -> DeviceTag:
    try:
        present = await tags.get_tag(tag)
    except NotFound:
        made = await tags.create_tag(NewTag(tag=tag, devices=_once(change(()))))
        return made.body if isinstance(made.body, DeviceTag) else made.body.value
    wanted = TagDevices(devices=_once(change(present.value.devices)))
    return (await tags.replace_tag(tag, wanted, if_match=IfMatch(present.etag))).value


def _once(devices: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(devices))


async def _forget(face: Face, host: str | None, tag: str) -> list[str]:
    hosts = await hosts_of(face, host)
    knowing = [each for each in hosts if await _knows(_at(face, each), tag)]
    if not knowing:
        raise NotFound(f"No host knows the tag {tag}; `wayside tags list` shows them.", field="tag")
    for each in knowing:
        await _at(face, each).delete_tag(tag)
    return knowing


async def _knows(tags: UeTags, tag: str) -> bool:
    try:
        await tags.get_tag(tag)
    except NotFound:
        return False
    return True


async def _addresses(face: Face, given: Sequence[str]) -> list[str]:
    """Return addresses and prefixes as they are, and those of the town's devices by name."""
    if all(_is_address(each) for each in given):
        return list(given)
    town = {device.id: device.address for device in (await face.lab.get_town()).devices}
    for each in given:
        if not _is_address(each) and each not in town:
            raise NotFound(
                f"{each!r} is no address, no prefix and no device of the town ({', '.join(town)}).",
                field="devices",
            )
    return [town.get(each, each) for each in given]


def _is_address(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _at(face: Face, host: str) -> UeTags:
    return face.at(UeTags, f"/{host}")


def _of(host: str, tag: DeviceTag) -> HostTag:
    return HostTag(
        host=host,
        tag=tag.tag,
        devices=tag.devices,
        registered_by=tag.registered_by,
        in_settings=tag.in_settings,
    )
