"""Files that their owner alone may read. Never reads one and never shows what it writes."""

from pathlib import Path


def private_file(path: Path, content: bytes) -> None:
    """Write ``content`` whole, mode 0600 from the first moment on, or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)
