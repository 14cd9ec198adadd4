"""`scrapy verify DIR`: whether a package is whole, and whether its files say the same."""

import argparse
from pathlib import Path

from scrapy.settings import Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.corpus.verifying.findings import Findings
from crawler.corpus.verifying.verification import verify_package
from crawler.errors import UserError
from crawler.verdict import CHECKS_FAILED


class Command(CollectionCommand):
    """Reads a package and nothing else; changes nothing."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<folder>"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Check a package: files, digests, records, descriptions"

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Check it; a line for each finding, and a last one; 3 where there is one."""
        require_no_options("verify", args)
        if len(args) != 1:
            raise UserError("verify takes one folder: that of a package")
        findings = Findings(print_message)
        try:
            verified = verify_package(Path(args[0]), findings)
        except KeyboardInterrupt:
            raise CommandFailedError("interrupted; not all was checked") from None
        for note in verified.notes:
            print_message(note)
        what = f"{_count(verified.records, 'record')} and {_count(verified.files, 'file')}"
        if not findings.total:
            print_message(f"well: {what}")
            return
        self.exitcode = CHECKS_FAILED
        print_message(
            f"checks failed: {_count(findings.total, 'finding')} in {_count(findings.files, 'file')}, of {what}"
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
