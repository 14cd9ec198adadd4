"""Runs the item pipelines: they are synchronous, and need no coroutine each for each item."""

import inspect
import time
from typing import Any

from scrapy.pipelines import ItemPipelineManager
from scrapy.utils.defer import ensure_awaitable
from twisted.internet.defer import Deferred

from crawler.times import add_seconds


class SynchronousPipelines(ItemPipelineManager):
    """Scrapy's manager, which waits for those pipelines only that ask for it. Stat: `time/pipelines`."""

    async def process_item_async(self, item: Any) -> Any:
        """Pass an item from one pipeline to the next."""
        assert self.crawler is not None
        began = time.thread_time()
        try:
            for process in self.methods["process_item"]:
                assert process is not None  # as spider middlewares' may be
                arguments = (item, self._spider) if process in self._mw_methods_requiring_spider else (item,)
                item = process(*arguments)
                if isinstance(item, Deferred) or inspect.isawaitable(item):
                    item = await ensure_awaitable(item)
            return item
        finally:
            add_seconds(self.crawler.stats, "pipelines", time.thread_time() - began)
