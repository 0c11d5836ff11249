"""Both tiers on a small disk that is full for a while; prints what was asked and answered.

``python -m tests.meo.full_disk FOLDER`` inside a mount namespace of its own.
"""

import asyncio
import json
import sys
from pathlib import Path

from tests.meo.tiers import Reply, Tiers, ask
from tests.model.descriptors import an_appd

from wayside.adapters.sqlite import SqliteJournal
from wayside.core.wire import encode

PACKAGES, INSTANCES = "/app_pkgm/v1/app_packages", "/app_lcm/v1/app_instances"
ZIP = "application/zip"
STUFFED = 600_000
"""Bytes of a package that does not fit."""


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk up to so many bytes; return the file that does."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            file.truncate(max(0, file.tell() - leave))
    return filler


def told(what: str, answer: Reply) -> None:
    """Print an answer for the test."""
    body = answer.json if answer.content else {}
    print(json.dumps({"what": what, "status": answer.status, "body": body}))  # noqa: T201


async def run(folder: Path) -> None:
    """Keep something, fill the disk, be refused, make room, and come back after a kill."""
    tiers = Tiers(folder)
    tiers.journals["meo"] = SqliteJournal(folder / "meo.db")
    async with tiers:
        await tiers.onboard()
        kept = await tiers.create()
        blank = await tiers.create_package(encode(an_appd(app_d_id="other")))
        filler = fill(folder, leave=200_000)
        path = f"{PACKAGES}/{blank}/package_content"
        told("upload", await ask(tiers, "PUT", path, b"x" * STUFFED, content_type=ZIP))
        told("after it", await ask(tiers, "GET", f"{PACKAGES}/{blank}"))
        filler.unlink()
        filler = fill(folder, leave=0)
        body = {"appDId": "app-1.0", "appInstanceName": "x" * 100_000}
        told("create", await ask(tiers, "POST", INSTANCES, body))
        told("list", await ask(tiers, "GET", INSTANCES))
        filler.unlink()
        told("again", await ask(tiers, "POST", INSTANCES, {"appDId": "app-1.0"}))
        content = encode(an_appd(app_d_id="other"))
        told("upload again", await ask(tiers, "PUT", path, content, content_type=ZIP))
        await tiers.kill("meo")
        await tiers.journals["meo"].close()
        tiers.journals["meo"] = SqliteJournal(folder / "meo.db")
        await tiers.boot("meo")
        told("kept", await ask(tiers, "GET", f"{INSTANCES}/{kept}"))
        told("after the kill", await ask(tiers, "GET", INSTANCES))


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
