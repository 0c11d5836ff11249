"""How an application is ended or stopped. Never ends one: the MEPM does."""

from enum import StrEnum
from typing import Annotated

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=0)]
"""A time to wait."""


class StopType(StrEnum):
    """How to end: at once, or after the application was told and has confirmed."""

    FORCEFUL = "FORCEFUL"
    GRACEFUL = "GRACEFUL"
