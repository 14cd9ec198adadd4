"""`scrapy accept NAME`: take what a run has found that was held back."""

import argparse

from crawler.commands.crawl import Command as CrawlCommand
from crawler.errors import UserError
from crawler.spiders.accept import AcceptSpider
from crawler.spiders.base import PublishingSpider


class Command(CrawlCommand):
    """Publishes a held run as `crawl` would have done, and ends as it does."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "[options] <collection>"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Take the records of a run that was held back into the corpus"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Hand the name of the collection over as an argument of the spider."""
        if len(args) == 1:
            opts.spargs["collection"] = args[0]
        super().run(args, opts)

    def _find_spider(self, args: list[str]) -> type[PublishingSpider]:
        if len(args) != 1:
            raise UserError(f"accept takes the name of one collection, not {len(args)}")
        return AcceptSpider
