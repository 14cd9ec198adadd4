"""What the commands beside `crawl` have in common: they start no crawl, and one line on stderr says what went wrong.

It stands outside `crawler/commands`, where Scrapy takes each class that a module defines for a command.
"""

import argparse
import contextlib
import sys
from abc import abstractmethod
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings

from crawler.errors import UserError
from crawler.settings_check import require_own_settings
from crawler.storage.ledger import LedgerError
from crawler.terminal import show
from crawler.verdict import FAILED, USER_ERROR


class CommandFailedError(Exception):
    """A command cannot do what it was asked for, by nobody's mistake; the message is one line."""


class CollectionCommand(ScrapyCommand):
    """Works with what is on disk, under this project's settings only, and turns errors into an exit status."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the settings and work; 1 where that failed, 2 for a user's mistake."""
        assert self.settings is not None
        try:
            require_own_settings(self.settings)
            self.work(self.settings, args, opts)
        except UserError as error:
            self.exitcode = USER_ERROR
            print_message(error)
        except (CommandFailedError, LedgerError, OSError) as error:  # OSError: ArchiveError is one
            self.exitcode = FAILED
            print_message(error)

    @abstractmethod
    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Do what the command is for.

        Raises:
            UserError: a mistake in what was asked for.
            CommandFailedError, LedgerError, OSError: it cannot be done.
        """


def print_message(message: object) -> None:
    """Tell the user one line; stdout carries nothing but what was asked for, also where stderr is closed."""
    if sys.stderr is None:
        return
    line = show(str(message)).replace("\n", " ")
    with contextlib.suppress(BrokenPipeError):  # nobody reads it any more
        print(f"broadside: {line}", file=sys.stderr)  # noqa: T201 - for who typed the command, not for the log
