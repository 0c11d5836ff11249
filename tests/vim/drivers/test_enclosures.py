"""Enclosures where something is missing: no root, no working bubblewrap, no base of the host."""

import asyncio
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.csar import images
from tests.vim.workshop import PIDS_MAX, Bench, pool

from wayside.core.errors import Unprocessable
from wayside.core.ids import AppInstanceId
from wayside.linux import netns, probe, userns
from wayside.refpoints.mm4 import Amount
from wayside.vim.drivers.driver import Box, Container
from wayside.vim.drivers.process import ProcessDriver
from wayside.vim.drivers.rights import reachable_by_all
from wayside.vim.images import ImageCache, digest_of

NOBODY = 65_534
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.netns
@pytest.mark.parametrize("kind", ["bubblewrap", "plain", "podman"])
async def test_without_root_an_instance_is_enclosed_in_a_user_namespace_as_well(
    open_folder: Path, kind: str
) -> None:
    for needed in ("user namespaces", "net namespaces", "veth", "nftables redirect"):
        if not (found := probe.finding(needed)).available:
            pytest.skip(f"{needed}: {found.detail}")
    if kind != "plain" and not (found := probe.finding(kind)).available:
        pytest.skip(f"{kind}: {found.detail}")
    python = _python_of_everyone()
    argv = [python, "-m", "tests.vim.drivers.in_user_namespace", kind, str(open_folder)]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), sysconfig.get_path("platlib")])
    ended = await asyncio.to_thread(
        subprocess.run,
        [*_as_nobody(open_folder), *userns.command(argv)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("told ")]
    told = json.loads(line.removeprefix("told "))
    assert f"enclosed by {kind}" in told["limits"]
    assert (told["alive"], told["namespaces"]) == (False, [])
    if kind != "podman":  # which says in its limits that it cannot bound them there
        assert 0 < told["born"] < PIDS_MAX
    seen = told["seen"]
    # Podman makes no further user namespace: there is but one user, and it is called root.
    assert (seen["uid"], int(seen["capabilities"], 16)) == (0 if kind == "podman" else 1000, 0)
    assert seen["no_new_privileges"] == "1"
    assert len(seen["processes"]) == 2
    assert seen["write own"] != "done"
    assert seen["write data"] == "done"


def _python_of_everyone() -> str:
    """Return a Python like ours that an ordinary user can run."""
    if os.geteuid() != 0 or reachable_by_all(Path(sys.base_prefix)):
        return sys.executable
    other = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    if not Path(other).exists():
        pytest.skip("as root: no Python of this version that an ordinary user can run")
    return other


def _as_nobody(folder: Path) -> list[str]:
    """Return the words that make a command an ordinary user's, who owns ``folder``."""
    if os.geteuid() != 0:
        return []
    if not reachable_by_all(ROOT):
        pytest.skip("as root: an ordinary user cannot read this work tree")
    os.chown(folder, NOBODY, NOBODY)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


@pytest.mark.netns
async def test_a_bubblewrap_that_does_not_work_here_is_done_without() -> None:
    if why := probe.missing("net namespaces", "veth", "nftables"):
        pytest.skip(why)
    host = f"wf{os.getpid()}-host"
    netns.create(host)
    try:
        driver = ProcessDriver(
            prefix="wf", pool=pool(), host_namespace=host, bubblewrap="/bin/false"
        )
        assert driver.enclosure == "bubblewrap"
        await driver.open()
        assert driver.enclosure == "plain"
        assert driver.limits.endswith("enclosed by plain")
    finally:
        netns.delete(host)


def _shell_layer() -> list[object]:
    """Return the entries of a root with nothing but a shell and the libraries it needs."""
    listed = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True)
    files = ["/bin/sh"] + [w for w in listed.stdout.split() if w.startswith("/")]
    return [
        images.entry(name.lstrip("/"), Path(name).resolve().read_bytes(), mode=0o755)
        for name in files
    ]


async def _whole(bench: Bench) -> Box:
    archive = bench.folder / "whole.tar"
    run = {"Entrypoint": ["/bin/sh", "-c", "echo /* ; echo x > /bin/y ; exit 5"]}
    images.archive(archive, _shell_layer(), run=run)  # type: ignore[arg-type]
    image = await ImageCache(bench.folder / "images").add(archive, digest_of(archive))
    containers = (Container("app", image, Amount()),)
    return Box(
        AppInstanceId("whole"), Amount(), containers, 50, bench.address(50), bench.folder / "w"
    )


async def test_an_image_may_bring_its_whole_root(enclosed: Bench) -> None:
    box = await _whole(enclosed)
    enclosed.boxes.append(box)
    await enclosed.driver.prepare(box)
    await enclosed.driver.attach(box)
    running = await enclosed.driver.start(box, {})
    status = await enclosed.driver.ended(box, running)
    text = box.log.read_text()
    assert status == 5, text
    podmans = {"/etc", "/run", "/sys"} if enclosed.driver.name == "podman" else set()
    own = set(text.splitlines()[0].split()) - podmans
    assert own == {"/bin", "/data", "/dev", "/lib", "/lib64", "/proc", "/tmp"}
    assert "Read-only file system" in text


async def test_an_image_with_its_own_root_is_refused_where_there_are_no_namespaces(
    bench: Bench,
) -> None:
    if not bench.driver.simulated:
        pytest.skip("only plain processes cannot give it one")
    with pytest.raises(Unprocessable, match=r"io\.wayside\.base=host"):
        await bench.driver.prepare(await _whole(bench))
