"""Log lines a person can read: no item is ever printed whole."""

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class OneLineLogFormatter(LogFormatter):
    """Scrapy's formatter, without the items."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult | None:  # type: ignore[override]  # see below
        """Say nothing: the account of pages counts it. None is allowed, Scrapy's annotation does not say so."""
        return None

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Name the page and the reason."""
        return {"level": logging.DEBUG, "msg": "dropped (%(reason)s): %(url)s", "args": _args(item, exception)}

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Name the page; the traceback follows, as this is the program's mistake."""
        return {"level": logging.ERROR, "msg": "error in a pipeline: %(url)s", "args": _args(item, exception)}


def _args(item: Any, exception: BaseException) -> dict[str, Any]:
    return {"url": getattr(item, "url", "?"), "reason": exception}
