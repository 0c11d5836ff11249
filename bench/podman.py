"""The same life as in ``lifecycle``, on a host whose applications podman runs.

``python -m bench podman``. Never touches the containers of anybody else: podman has a place of its
own in the host's folder.
"""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from wayside.linux import podman
from wayside.system.scenarios import scenario_path

from . import running
from .figures import Figure, Note
from .lifecycle import BY_HAND_ROUNDS, by_hand, lives, summary
from .running import HELLO_EDGE

ROUNDS = 7
HOST = 'id = "mec1"\n'


def missing() -> str | None:
    """Return why podman cannot be measured here, or None."""
    if reason := running.missing():
        return reason
    found = podman.trial()
    return None if found.runtime is not None else f"podman cannot be used here: {found.detail}"


def figures(note: Note) -> list[Figure]:
    """Return the figures of ``ROUNDS`` lives on a town made for it."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "town.toml"
        town = scenario_path("town").read_text()
        scenario.write_text(town.replace(HOST, f'{HOST}driver = "podman"\n'))
        with running.running(str(scenario)) as system:
            system.onboard(HELLO_EDGE)
            first, *warm = asyncio.run(lives(system, ROUNDS, note))
    rows = summary(first, warm, by_hand_s=[by_hand() for _ in range(BY_HAND_ROUNDS)])
    return [
        replace(row, bench="podman", name=f"podman: {row.name.strip()}", goal=None) for row in rows
    ]
