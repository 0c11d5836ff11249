"""Files that their owner alone may read. Never shows what it reads or writes."""

from pathlib import Path

from wayside.core.errors import Unprocessable


def private_file(path: Path, content: bytes) -> None:
    """Write ``content`` whole, mode 0600 from the first moment on, or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)


def secret_in(path: Path, *, field: str) -> str:
    """Return the secret that a file holds, the space around it taken off.

    Raises Unprocessable naming ``field`` where it cannot be read, or where others may read it.
    """
    try:
        secret, mode = path.read_text().strip(), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as fault:
        raise Unprocessable(f"{field}: {path} cannot be read: {fault}.", field=field) from fault
    if mode & 0o077:
        raise Unprocessable(f"{field}: others may read {path}; chmod 600 it.", field=field)
    return secret
