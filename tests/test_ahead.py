"""Entries ahead of the records: in order whoever asks first, and few in memory however far the next page to read is."""

from collections.abc import Collection, Iterator

import pytest

from crawler.extraction.page import PageContext
from crawler.publish import ArchivedBody, StoredPage
from crawler.spiders.ahead import MOST_AHEAD, Ahead
from crawler.spiders.entries import Entry, Part
from crawler.storage.archive import RecordPointer
from crawler.storage.visits import Fetched, Response

COUNT = 700


class Made:
    """Entries of numbers, some of which have to be read, and how often each was made."""

    def __init__(self, unread: Collection[int], count: int = COUNT) -> None:
        self.unread = unread
        self.count = count
        self.made = [0] * count

    def __call__(self, after: str | None, last: str | None) -> Iterator[Entry]:
        for number in range(0 if after is None else int(after) + 1, self.count if last is None else int(last) + 1):
            self.made[number] += 1
            yield make_entry(number, cached=number not in self.unread)


def make_entry(number: int, *, cached: bool) -> Entry:
    url = f"{number:06}"
    page = StoredPage(ArchivedBody("", RecordPointer("", 0)), PageContext(id=url, url=url, collection="c"))
    part = Part(Response(number, Fetched(200, ""), ()), ends=False, located=page, cached=cached)
    return Entry(url, {}, None, None, part)


@pytest.mark.parametrize(
    "unread",
    [
        pytest.param((), id="none"),
        pytest.param(range(COUNT), id="all"),
        pytest.param((0,), id="the first"),
        pytest.param((COUNT - 1,), id="the last"),
        pytest.param((3, 400, 401, 690), id="some, far apart"),
        pytest.param(range(0, COUNT, 7), id="each seventh"),
        pytest.param(range(MOST_AHEAD, COUNT, MOST_AHEAD + 1), id="at the edges of stretches"),
    ],
)
@pytest.mark.parametrize("window", [1, 4, 50])
def test_entries_and_their_pages_come_in_order(unread: Collection[int], window: int) -> None:
    make = Made(unread)
    ahead = Ahead(make)
    pages = ahead.pages()
    told: list[str] = []  # as the workers would have them: up to a window ahead of the entry that waits for its page
    taken: list[str] = []
    asked = 0
    for entry in ahead:
        for part in entry.parts:
            if not part.cached:
                asked += 1
                while len(told) < asked + window - 1 and (page := next(pages, None)) is not None:
                    told.append(page.context.url)
                assert told[asked - 1] == part.page.context.url
        taken.append(entry.url)
    assert taken == [f"{number:06}" for number in range(COUNT)]
    assert told == [f"{number:06}" for number in sorted(unread)]
    assert max(make.made) <= 2
    assert all(make.made[number] == 1 for number in unread), "what the workers read is made once"


def test_what_nobody_reads_ahead_is_made_once() -> None:
    make = Made(())
    assert len(list(Ahead(make))) == COUNT
    assert max(make.made) == 1


def test_few_entries_are_in_memory_however_far_the_next_page_is() -> None:
    make = Made((0, 20_000), count=20_001)
    ahead = Ahead(make)
    pages = ahead.pages()
    entries = iter(ahead)
    assert next(entries).url == "000000"
    assert [page.context.url for page in (next(pages), next(pages))] == ["000000", "020000"]
    assert len(ahead._made) <= MOST_AHEAD + 2
    assert [int(entry.url) for entry in entries] == list(range(1, 20_001))
