"""The Range header: one range of bytes, and what it means for a content of known length.

Never reads a file. Ref: MEC 010-2 clause 6.5.3.5 (package content), RFC 9110 clause 14.
"""

import re

from wayside.core.errors import RangeNotSatisfiable
from wayside.core.requests import ByteRange

ONE_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


def parse_range(header: str) -> ByteRange | None:
    """Return the one range that ``header`` names.

    None where it names several, or is no byte range: such a header may be ignored, and the whole
    content is answered.
    """
    found = ONE_RANGE.fullmatch(header)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = (int(part) if part else None for part in found.groups())
    if first is not None and last is not None and last < first:
        return None
    return ByteRange(first, last)


def resolve(wanted: ByteRange, length: int) -> tuple[int, int]:
    """Return the first byte and the count that ``wanted`` means in ``length`` bytes.

    Raises RangeNotSatisfiable, with Content-Range, where nothing of it lies inside.
    """
    if wanted.first is None:
        count = min(wanted.last or 0, length)
        first = length - count
    else:
        first = wanted.first
        end = length if wanted.last is None else min(wanted.last + 1, length)
        count = end - first
    if count <= 0:
        raise RangeNotSatisfiable(
            f"Range: the content has {length} bytes and the range lies outside of it.",
            field="Range",
            headers={"Content-Range": f"bytes */{length}"},
        )
    return first, count
