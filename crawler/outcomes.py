"""The account of pages: every URL or file asked for ends in exactly one outcome, with a reason where it has one.

Kept as stats (`outcome/STATE` and `outcome/STATE/REASON`) for the closing table and the verdict; what is fetched has
its lasting account in the ledger.
"""

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the workers name outcomes, and import no Scrapy for it: they start sooner
    from scrapy.statscollectors import StatsCollector

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """Where a page ends."""

    RECORDED = "recorded"
    UNCHANGED = "unchanged"  # as it was when it was last read
    LISTING = "listing"  # read for its links only
    DUPLICATE = "duplicate"  # the same document as another URL
    REDIRECTED = "redirected"
    OUT_OF_SCOPE = "out_of_scope"
    DISALLOWED = "disallowed"  # by robots.txt
    GONE = "gone"  # 404 or 410
    EXCLUDED = "excluded"  # no document: no text, no HTML
    FAILED = "failed"  # the network, the server, or a page that could not be read


_EXPECTED = frozenset((Outcome.RECORDED, Outcome.UNCHANGED, Outcome.LISTING, Outcome.REDIRECTED, Outcome.OUT_OF_SCOPE))


def count_outcome(
    stats: "StatsCollector", outcome: Outcome, url: str, reason: str | None = None, detail: str = ""
) -> None:
    """Count where a page ended, and say so in the log where a user would want to know."""
    stats.inc_value(f"outcome/{outcome}")
    if reason is not None:
        stats.inc_value(f"outcome/{outcome}/{reason}")
    level = logging.DEBUG if outcome in _EXPECTED else logging.WARNING if outcome is Outcome.FAILED else logging.INFO
    because = f" ({reason})" if reason is not None else ""
    logger.log(level, "%s%s: %s%s", outcome, because, url, f": {detail}" if detail else "")
