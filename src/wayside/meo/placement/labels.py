"""What each host is called in one respect, such as its country, as an array. Pure.

Comparing ten thousand hosts with a word is one comparison of numbers. Never forgets a word.
"""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
UNKNOWN = -1


class Labels:
    """A word for each of so many hosts, or none."""

    def __init__(self, hosts: int) -> None:
        self._number = np.full(hosts, UNKNOWN, dtype=np.int64)
        self._numbers: dict[str, int] = {}

    def note(self, host: int, word: str | None) -> None:
        """Know the host's word."""
        self._number[host] = (
            UNKNOWN if word is None else self._numbers.setdefault(word, len(self._numbers))
        )

    def are(self, word: str) -> Mask:
        """Return which hosts have this word."""
        known = self._numbers.get(word)
        if known is None:
            return np.zeros(len(self._number), dtype=np.bool_)
        same: Mask = self._number == known
        return same
