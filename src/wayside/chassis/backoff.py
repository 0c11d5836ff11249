"""How long to wait before the next try. Pure: never sleeps itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Waits that double from ``first_s`` up to ``longest_s``."""

    first_s: float = 0.2
    longest_s: float = 30.0

    def wait_s(self, failures: int) -> float:
        """Return the seconds to wait after this many failures in a row (1 is the first)."""
        # The exponent is bounded so that a loop that fails for weeks does not overflow.
        return min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 60))
