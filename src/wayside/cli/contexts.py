"""Systems that commands may speak to, and who asks there: given now, or saved under a name.

What is saved names files, never a secret itself. Never speaks to a system.
"""

import os
from pathlib import Path

import msgspec

from wayside.core.errors import NotFound
from wayside.system.settings import Settings


class Context(Settings):
    """A system, and the client of its token issuer that commands speak for."""

    url: str
    """The front door's, or the system level's where there is no front door."""
    client_id: str | None = None
    """None: no token is asked for, as in the sandbox profile."""
    client_secret_file: Path | None = None
    """Holds the client's secret, readable by its owner alone."""
    trust: Path | None = None
    """PEM, the authorities that may vouch for the system; None: those of this machine."""


class Wish(msgspec.Struct, frozen=True):
    """What the global options, or the environment, say of the system; None: nothing."""

    context: str | None = None
    url: str | None = None
    client_id: str | None = None
    client_secret_file: Path | None = None
    trust: Path | None = None

    def over(self, context: Context) -> Context:
        """Return ``context`` with what was given in place of what it says itself."""
        given = {
            name: value
            for name in Context.__struct_fields__
            if (value := getattr(self, name)) is not None
        }
        return msgspec.structs.replace(context, **given)


NOTHING = Wish()
"""Commands mean the system that runs on the state folder."""


class _Saved(Settings):
    contexts: dict[str, Context] = msgspec.field(default_factory=dict)


def contexts_file() -> Path:
    """Return where contexts are saved: of the user, not of a state folder."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "wayside" / "contexts.toml"


def saved_contexts() -> dict[str, Context]:
    """Return what was saved, by name; raise Unprocessable naming the faults of the file."""
    file = contexts_file()
    return dict(_Saved.load(file).contexts) if file.exists() else {}


def saved_context(name: str) -> Context:
    """Return the context of this name; raise NotFound naming those there are."""
    found = saved_contexts()
    if name not in found:
        known = ", ".join(found) or "none; see `wayside context add --help`"
        raise NotFound(f"There is no context {name!r}; there are: {known}.", field="context")
    return found[name]


def save_contexts(contexts: dict[str, Context]) -> None:
    """Have these be all contexts; the file is readable by its owner alone, and whole."""
    file = contexts_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    _Saved(contexts=contexts).save(draft)
    draft.replace(file)
