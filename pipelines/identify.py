"""Identify: makes the record of a page, with its identifier and digests."""

from crawler.extraction.record import build_record
from items import Page, Record


class Identify:
    """Page in, record out. A record that was made before passes."""

    def process_item(self, item: Page | Record) -> Record:
        """Make one record."""
        return item if isinstance(item, Record) else build_record(item)
