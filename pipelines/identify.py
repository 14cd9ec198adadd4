"""Identify: makes the record of a page, with its identifier and digests."""

from crawler.extraction.record import make_record
from items import Page, Record


class Identify:
    """Page in, record out. A record that was made before passes."""

    def process_item(self, item: Page | Record) -> Record:
        """Make one record, unless it was made ahead."""
        if isinstance(item, Record):
            return item
        return make_record(item)
