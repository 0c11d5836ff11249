"""Where scenarios are found: built-in ones by name, others by path. Never reads their content."""

from pathlib import Path

from wayside.core.errors import NotFound

FOLDERS = (
    Path(__file__).resolve().parents[3] / "scenarios",
    Path(__file__).resolve().parents[1] / "scenarios",
)
"""In a clone, and in an installed package."""


def names() -> list[str]:
    """Return the names of the built-in scenarios."""
    return sorted({path.stem for folder in FOLDERS for path in folder.glob("*.toml")})


def scenario_path(wanted: str) -> Path:
    """Return the file of a scenario; raise NotFound naming those there are."""
    for candidate in (Path(wanted), *(folder / f"{wanted}.toml" for folder in FOLDERS)):
        if candidate.is_file():
            return candidate.resolve()
    raise NotFound(
        f"There is no scenario {wanted!r}: neither a file, nor one of {', '.join(names())}.",
        field="scenario",
    )
