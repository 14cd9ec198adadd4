"""Identify: makes the record of a page, with its identifier and digests."""

from crawler.extraction.record import build_record
from items import Page, Record


class Identify:
    """Page in, record out."""

    def process_item(self, item: Page) -> Record:
        """Make one record."""
        return build_record(item)
