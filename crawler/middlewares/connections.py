"""Connections to many hosts: how many are kept open while nothing goes over them.

Twisted keeps an idle connection for four minutes, for each host its own. A list over a thousand hosts would soon have
all files open that the system grants a process, and a run that can open no file fails.
"""

import contextlib
import resource
from collections.abc import Hashable
from itertools import islice
from typing import Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from twisted.web.client import HTTPConnectionPool

MAX_IDLE = 100  # connections of http, and of https
_WANTED_FILES = 4096  # many systems grant 1,024 or 256 and allow more to who asks


class IdleBoundPool(HTTPConnectionPool):
    """Twisted's pool, which closes the connections that are idle for longest where there are many."""

    def _putConnection(self, key: Hashable, connection: Any) -> None:  # noqa: N802 - named so by the base class
        super()._putConnection(key, connection)  # type: ignore[no-untyped-call]
        for closing in islice(self._timeouts.values(), max(len(self._timeouts) - MAX_IDLE, 0)):
            closing.reset(0)


class BoundedHTTP11DownloadHandler(HTTP11DownloadHandler):
    """Scrapy's handler of http and https with a bounded number of idle connections."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        theirs = self._pool
        self._pool = IdleBoundPool(theirs._reactor, persistent=True)  # type: ignore[no-untyped-call]
        self._pool.maxPersistentPerHost = theirs.maxPersistentPerHost
        self._pool._factory = theirs._factory
        allow_files()


def allow_files() -> None:
    """Ask the system for as many open files as many connections need, as far as it lets a process ask."""
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if most == resource.RLIM_INFINITY else min(_WANTED_FILES, most)
    if granted != resource.RLIM_INFINITY and granted < wanted:
        with contextlib.suppress(OSError, ValueError):  # some systems allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
