"""What the data plane says in its log of rules that conflict. Never refuses one for it."""

import logging

from .conflicts import News
from .ranking import SENTENCES

log = logging.getLogger(__name__)


def tell(news: News) -> None:
    """Warn of conflicts that came with a change of the rules."""
    for conflict in news.first:
        log.warning(
            "traffic rules %s and %s of priority %d conflict: %s wins, for %s",
            conflict.winner.key,
            conflict.loser.key,
            conflict.winner.rule.priority,
            conflict.winner.key,
            SENTENCES[conflict.reason],
        )
    if news.more:
        log.warning(
            "and %d more conflicts of traffic rules: see /wayside_dataplane/v1/conflicts",
            news.more,
        )
