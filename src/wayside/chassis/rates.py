"""How often one caller may ask: a bucket of requests for each, filled at a steady rate.

Pure but for the clock. Never answers and never knows what is asked for: the element does.
"""

import math
from dataclasses import dataclass, field

from wayside.core.clock import Clock
from wayside.core.errors import TooManyRequests

CALLERS_MAX = 8_192
"""Callers that are remembered; those whose buckets are full again are forgotten first."""


@dataclass
class RateLimit:
    """Lets each caller ask ``per_s`` times a second, and ``burst`` times at once."""

    per_s: float
    burst: int
    clock: Clock
    _full_at_s: dict[str, float] = field(default_factory=dict)
    """Per caller, when its bucket is full again: one number says all of it."""

    def take(self, caller: str) -> None:
        """Count one request of ``caller``; raise TooManyRequests where its bucket is empty.

        Retry-After says in whole seconds when one more will be taken. A refused request is not
        counted, so that who comes again in time is taken.
        """
        now_s = self.clock.monotonic()
        full_at_s = max(self._full_at_s.get(caller, now_s), now_s) + 1 / self.per_s
        wait_s = full_at_s - now_s - self.burst / self.per_s
        if wait_s > 1e-9:
            raise TooManyRequests(
                f"This caller may ask {self.per_s:g} times a second, and {self.burst} times at "
                "once; come again when Retry-After has passed.",
                headers={"Retry-After": str(math.ceil(wait_s))},
            )
        if caller not in self._full_at_s and len(self._full_at_s) >= CALLERS_MAX:
            self._forget(now_s)
        self._full_at_s[caller] = full_at_s

    def _forget(self, now_s: float) -> None:
        """Forget callers with full buckets; all of them where none is full: then nobody waits."""
        self._full_at_s = {name: s for name, s in self._full_at_s.items() if s > now_s}
        if len(self._full_at_s) >= CALLERS_MAX:
            self._full_at_s.clear()
