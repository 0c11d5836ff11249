"""What a tag of devices may be called. Pure. Ref: MEC 014 clause 6.2 (UeIdentityTags).

Never knows which tags there are: a platform does.
"""

import re

TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@~-]{0,127}")
"""Ours: the standard has any string; these stand in a path and in a list as they are."""

TAG_REMEDY = "letters, digits and . _ : @ ~ -, 128 at most, a letter or digit first"


def is_tag(text: str) -> bool:
    """Tell whether devices may be tagged so."""
    return TAG.fullmatch(text) is not None
