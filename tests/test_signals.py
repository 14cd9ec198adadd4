"""Signals are told as Scrapy tells them, without a task for each plain function."""

import asyncio
import logging
from typing import Any

import pytest
from scrapy import signals
from scrapy.exceptions import CloseSpider
from scrapy.utils.test import get_crawler

from crawler.extensions.signals import PlainSignals


def tell(plain: PlainSignals, signal: object, **said: Any) -> list[tuple[Any, Any]]:
    async def told() -> list[tuple[Any, Any]]:
        return await plain.send_catch_log_async(signal, **said)

    return asyncio.run(told())


def test_each_receiver_is_told_what_it_asks_for_and_waited_for() -> None:
    crawler = get_crawler()
    heard: list[tuple[str, Any]] = []

    def first(item: str) -> str:
        heard.append(("first", item))
        return "1"

    async def second(item: str, spider: None) -> str:
        await asyncio.sleep(0)
        heard.append(("second", item))
        return "2"

    def third(**known: Any) -> None:
        heard.append(("third", sorted(known)))

    crawler.signals.connect(first, signals.item_scraped)  # by Scrapy's manager, before it is replaced
    plain = PlainSignals(crawler)
    plain.connect(second, signals.item_scraped)
    plain.connect(third, signals.item_scraped)
    results = tell(plain, signals.item_scraped, item="x", response=None, spider=None)
    assert sorted(heard) == [
        ("first", "x"),
        ("second", "x"),
        ("third", ["item", "response", "sender", "signal", "spider"]),
    ]
    assert {first: "1", second: "2", third: None}.items() <= dict(results).items()
    assert tell(plain, object(), item="x") == []


@pytest.mark.parametrize("waits", [False, True])
def test_who_breaks_is_logged_and_breaks_nobody_else(waits: bool, caplog: pytest.LogCaptureFixture) -> None:
    plain = PlainSignals(get_crawler())
    told: list[str] = []

    def broken() -> None:
        raise ValueError("broken")

    async def broken_later() -> None:
        await asyncio.sleep(0)
        raise ValueError("broken")

    def other() -> None:
        told.append("other")

    breaks: Any = broken_later if waits else broken
    plain.connect(breaks, signals.spider_idle)
    plain.connect(other, signals.spider_idle)
    with caplog.at_level(logging.ERROR):
        results = dict(tell(plain, signals.spider_idle))
    assert isinstance(results[breaks], ValueError)
    assert told == ["other"]
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["Error caught on signal handler"]
    assert caplog.records[0].exc_info is not None
    caplog.clear()
    tell(plain, signals.spider_idle, dont_log=[ValueError])
    tell(plain, signals.spider_idle, dont_log=ValueError)
    assert not caplog.records
    tell(plain, signals.spider_idle, dont_log=CloseSpider)
    assert caplog.records
