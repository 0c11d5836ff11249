"""What the data plane says in its log of rules that conflict. Never refuses one for it."""

import logging
from collections.abc import Sequence

from .conflicts import Conflict
from .ranking import SENTENCES

LINES_MAX = 8
"""Of one change; whoever wants all asks for ``/wayside_dataplane/v1/conflicts``."""

log = logging.getLogger(__name__)


def tell(news: Sequence[Conflict]) -> None:
    """Warn of conflicts that came with a change of the rules."""
    for conflict in news[:LINES_MAX]:
        log.warning(
            "traffic rules %s and %s of priority %d conflict: %s wins, for %s",
            conflict.winner.key,
            conflict.loser.key,
            conflict.winner.rule.priority,
            conflict.winner.key,
            SENTENCES[conflict.reason],
        )
    if len(news) > LINES_MAX:
        log.warning(
            "and %d more conflicts of traffic rules: see /wayside_dataplane/v1/conflicts",
            len(news) - LINES_MAX,
        )
