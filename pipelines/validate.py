"""Validate: lets no record leave that breaks the schema or has no text."""

from scrapy.exceptions import DropItem

from crawler.extraction.record import find_violation
from items import Record


class Validate:
    """Record in, record out, or dropped with a one-word reason (stat `outcome/excluded/REASON`)."""

    def process_item(self, item: Record) -> Record:
        """Check one record."""
        violation = find_violation(item)
        if violation is not None:
            raise DropItem(violation)
        return item
