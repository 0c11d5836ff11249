"""The hosts that a command means: all, or the one that ``--host`` names."""

from collections.abc import Sequence
from typing import Annotated

import typer

from wayside.core.errors import NotFound

from .connection import Face

HostOption = Annotated[str | None, typer.Option("--host", help="Only this host.")]


async def hosts_of(face: Face, wanted: str | None) -> Sequence[str]:
    """Return the hosts that are meant; raise NotFound where there is none of that name."""
    hosts = (await face.wayside.get_status()).hosts
    if wanted is not None and wanted not in hosts:
        raise NotFound(f"There is no host {wanted!r}; there are: {', '.join(hosts)}.", field="host")
    return hosts if wanted is None else (wanted,)
