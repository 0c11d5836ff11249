"""Writing a zip so that the same content gives the same bytes.

Stamps are 1980, order is by name with TOSCA.meta first, modes are 0644. Never reads the clock.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from wayside.core.errors import TooLarge

from .metadata import META

Pieces = Callable[[], Iterator[bytes]]
STAMP = (1980, 1, 1, 0, 0, 0)


def write_zip(target: Path, files: Mapping[str, Pieces]) -> None:
    """Write ``files`` to ``target``, whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w", allowZip64=False) as archive:
            for name in sorted(files, key=lambda name: (name != META, name)):
                entry = zipfile.ZipInfo(name, STAMP)
                entry.create_system = 3
                entry.external_attr = 0o100644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w") as out:
                    for piece in files[name]():
                        out.write(piece)
        partial.replace(target)
    except (zipfile.LargeZipFile, RuntimeError) as fault:
        raise TooLarge(f"{target.name} would be over 2 GiB. Make its image smaller.") from fault
    finally:
        partial.unlink(missing_ok=True)
