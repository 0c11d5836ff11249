"""The whole numbers that MEC 028 counts in, as the types of its tables. Never holds a structure."""

from typing import Annotated

from msgspec import Meta

Uint8 = Annotated[int, Meta(ge=0, le=2**8 - 1)]
Uint16 = Annotated[int, Meta(ge=0, le=2**16 - 1)]
Uint32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Unsigned = Annotated[int, Meta(ge=0)]
"""Uint64 and Uint128: more than the wire's decoder can bound."""
Period = Annotated[int, Meta(ge=1, le=2**8 - 1)]
"""Seconds; Uint8, and never at once again."""
