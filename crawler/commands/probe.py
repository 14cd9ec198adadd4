"""`scrapy probe SLUG`: what works with an organization's file on the live site, and what to change in it."""

import argparse
import sys
from typing import Any

from scrapy.settings import Settings

from crawler.asking import AskingCommand
from crawler.collection import require_no_options
from crawler.errors import UserError
from crawler.probing.report import join_lines, write_report
from crawler.spiders.organization import OrganizationSpider
from crawler.verdict import CHECKS_FAILED


class Command(AskingCommand):
    """Asks a site for one thing of each kind and says what came of it."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<organization> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Try an organization's file on the live site with about ten requests"

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Probe and print; 3 where no records would come out."""
        require_no_options("probe", args)
        assert self.crawler_process is not None
        loader: Any = self.crawler_process.spider_loader
        if len(args) != 1:
            raise UserError(f"probe takes the name of one organization, not {len(args)}")
        organizations = loader.organizations
        if args[0] not in organizations and args[0] not in loader.errors:
            raise UserError(f"there is no organization {args[0]!r}; there are: {', '.join(organizations)}")
        spider = loader.load(args[0])
        assert issubclass(spider, OrganizationSpider)
        probe = self.probe(settings, args[0], loader.origins[args[0]], spider.organization)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        sys.stdout.write(join_lines(write_report(probe)))
        if not probe.gives_records:
            self.exitcode = CHECKS_FAILED
