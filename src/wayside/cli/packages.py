"""``wayside app new, build, lint, sign, verify, diff``: packages on disk, no system needed."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text

from wayside.adapters.clocks import SystemClock
from wayside.core.errors import Problem, Unprocessable
from wayside.csar.build import build_package
from wayside.csar.diff import differences
from wayside.csar.keys import Identity, load_identity, new_provider, write_identity
from wayside.csar.lint import findings
from wayside.csar.package import open_package
from wayside.csar.policy import Policy
from wayside.csar.scaffold import new_project
from wayside.csar.signing import sign_package, sign_whole
from wayside.system.developer import developer_identity
from wayside.system.state import StateFolder

from .output import output
from .place import place

clock = SystemClock()

Folder = Annotated[
    Path, typer.Argument(help="The project's folder, with app.yaml in it.", file_okay=False)
]
Package = Annotated[Path, typer.Argument(help="The package file (CSAR).", dir_okay=False)]


def new(
    name: Annotated[str, typer.Argument(help="What the application is called.")],
    folder: Annotated[
        Path | None, typer.Option(help="The folder to make it in; this one by default.")
    ] = None,
) -> None:
    """Write the project of a new application, that works: change it, build it, start it."""
    target = new_project((folder or Path()) / name, name)
    output.value(
        {"folder": str(target)},
        text=f"Wrote [bold]{escape(str(target))}[/]. Next: wayside app build {escape(str(target))}",
    )


def build(
    folder: Folder = Path(),
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="The package's file.")
    ] = None,
) -> None:
    """Build the package of a project: AppD, image and manifest in a MEC 037 CSAR."""
    _require_there(folder)
    with output.progress(f"building {folder}"):
        package = build_package(folder, target)
    shown, size = escape(str(package)), package.stat().st_size
    output.value(
        {"package": str(package), "bytes": size},
        text=f"Built [bold]{shown}[/] ({size:,} bytes), not signed yet. "
        f"Next: wayside app sign {shown}",
    )


def lint(
    path: Annotated[Path, typer.Argument(help="A project's folder or a package file.")] = Path(),
) -> None:
    """Show every fault of a project or package with file, line and remedy; exit 1 for any."""
    _require_there(path)
    found, notes = findings(path, now=clock.now())
    output.table(
        [
            (
                ":".join(str(part) for part in (f.file, f.line) if part is not None),
                f.code,
                Text.assemble(f.sentence, " ", (f.remedy, "dim")),
            )
            for f in found
        ],
        columns=("WHERE", "FAULT", "WHAT TO DO"),
        value=found,
        empty=escape(f"{path}: no fault."),
    )
    for note in notes:
        output.note(f"Note: {note}")
    if found:
        raise typer.Exit(1)


def sign(
    package: Package,
    key: Annotated[
        Path | None, typer.Option(help="Your private key, PEM; this machine's own by default.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--cert", help="Its certificate and those above it, PEM.")
    ] = None,
    new_key: Annotated[
        str | None,
        typer.Option(
            "--new-key", metavar="NAME", help="Make NAME.key and NAME.cert here and sign with them."
        ),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Option 2: a zip of the package, its signature, certificate."),
    ] = False,
    target: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write here; by default in place, with --whole a .zip"),
    ] = None,
) -> None:
    """Sign a package with CMS: its manifest (MEC 037, option 1), or with --whole all of it."""
    _require_there(package)
    identity = _identity(key, certificate, new_key)
    path = target or (package.with_suffix(".zip") if whole else package)
    with output.progress(f"signing {package.name}"):
        if whole:
            sign_whole(package, path, identity)
        else:
            _sign(package, path, identity)
    signer = identity.certificate.subject.rfc4514_string()
    output.value(
        {"package": str(path), "signer": signer},
        text=f"Signed [bold]{escape(str(path))}[/] as {escape(signer)}.",
    )


def verify(
    package: Package,
    trust: Annotated[
        list[Path] | None,
        typer.Option(help="A certificate to trust, PEM; this machine's own by default."),
    ] = None,
) -> None:
    """Check a package as on-boarding does: structure, hashes, signature, signer."""
    _require_there(package)
    anchors = trust or [place.state.developer_certificate]
    try:
        policy = Policy.trusting(*(path.read_bytes() for path in anchors))
    except (OSError, ValueError) as fault:
        raise Unprocessable(
            f"--trust: {anchors[0]} is no certificate in PEM ({fault}); name the signer's own or "
            "that of its authority.",
            field="trust",
        ) from fault
    with open_package(package, policy, now=clock.now()) as opened:
        signer = opened.signer
        subject = signer.certificate.subject.rfc4514_string() if signer else None
        output.value(
            {
                "package": str(package),
                "appDId": opened.appd.app_d_id,
                "signer": subject,
                "files": dict(opened.files),
            },
            text=escape(
                f"{package}: {opened.appd.app_d_id}, {len(opened.files)} files match their "
                f"hashes, signed by {subject}."
            ),
        )


def diff(
    first: Annotated[Path, typer.Argument(help="A package file.", dir_okay=False)],
    second: Annotated[Path, typer.Argument(help="Another one.", dir_okay=False)],
) -> None:
    """Compare two packages: AppD by attribute, images by layer, files by hash, signers.

    Exit 1 where they differ.
    """
    for each in (first, second):
        _require_there(each)
    policy, now = Policy.dev(), clock.now()
    with open_package(first, policy, now=now) as one, open_package(second, policy, now=now) as two:
        found = differences(one, two)
    output.table(
        [(each.kind, each.name, each.first or "", each.second or "") for each in found],
        columns=("KIND", "WHAT", first.name, second.name),
        value=found,
        empty=escape(f"{first} and {second} say the same."),
    )
    if found:
        raise typer.Exit(1)


def build_signed(folder: Path, state: StateFolder) -> Path:
    """Return a package of ``folder``, signed by this machine's developer, in the state folder."""
    packages = state.root / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    package = build_package(folder, packages / f"{folder.name}.csar")
    _sign(package, package, developer_identity(state, clock))
    return package


def _sign(package: Path, target: Path, identity: Identity) -> None:
    """Write the signed package whole, or leave what was there."""
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".csar", delete=False) as draft:
        path = Path(draft.name)
    try:
        sign_package(package, path, identity)
        path.chmod(0o644)
        path.replace(target)
    except Problem:
        path.unlink()
        raise


def _identity(key: Path | None, certificate: Path | None, new_key: str | None) -> Identity:
    if new_key is not None:
        identity = new_provider(new_key, now=clock.now())
        write_identity(identity, Path(), new_key)
        return identity
    if key is None and certificate is None:
        return developer_identity(place.state, clock)
    if key is None or certificate is None:
        raise Unprocessable("--key and --cert belong together; give both, or neither.")
    return load_identity(key, certificate)


def _require_there(path: Path) -> None:
    if not path.exists():
        raise Unprocessable(f"There is no {path}.", field="path")


def register(app: typer.Typer) -> None:
    """Add these commands to ``wayside app``."""
    for command in (new, build, lint, sign, verify, diff):
        app.command()(command)
