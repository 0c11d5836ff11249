"""Trying an enclosure before any application depends on it. Leaves nothing behind."""

import os
import tempfile
from pathlib import Path

from wayside.core.errors import Internal
from wayside.vim.networks import UIDS_FROM

from . import sandbox, starting
from .orders import Orders
from .rights import may_become


def complaint(enclosure: str, tool: str = "") -> str | None:
    """Enclose a command that does nothing; return why that fails, or None where it works."""
    orders = Orders(
        argv=("/usr/bin/true",),
        environment={},
        folder="/",
        view=sandbox.host_view(),
        enclosure=enclosure,
        hostname="trial",
        tool=tool,
        uid=UIDS_FROM if may_become(UIDS_FROM) else None,
    )
    with tempfile.TemporaryDirectory(prefix="wayside-trial-") as folder:
        log = Path(folder) / "log"
        try:
            part = starting.start(orders, log)
        except Internal as fault:
            return fault.detail
        _, status = os.waitpid(part.monitor.pid, 0)
        return None if status == 0 else log.read_text(errors="replace").strip() or "it failed"
