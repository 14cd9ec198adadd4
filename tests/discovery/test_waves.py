import itertools
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.waves import (
    LEAST_GAIN,
    PATIENCE,
    TRIED,
    TRIED_HERE,
    TRIED_PLAIN,
    Held,
    Reason,
    Tried,
    count_places,
    find_wave,
    find_worth,
)
from tests.discovery.sites import HOME, Crawl, Site

SITE = "https://example.org"
WORDS = ("jails", "tenants", "water", "votes", "schools", "courts", "police", "asylum", "wages", "rents")


def held(*urls: str, parent: int | None = None, first: int = 1_000) -> list[Held]:
    return [Held(number, url, parent) for number, url in enumerate(urls, first)]


def visited(*urls: str, gain: int = 0, first: int = 1, tonight: bool = True) -> list[Tried]:
    return [Tried(number, url, None, gain, tonight=tonight) for number, url in enumerate(urls, first)]


def numbered(pattern: str, many: int, first: int = 0) -> list[str]:
    return [SITE + pattern.format(number) for number in range(first, first + many)]


def released(waiting: list[Held], known: list[Tried]) -> set[str]:
    urls = {one.id: one.url for one in waiting}
    return {urls[page] for page in find_wave(waiting, known).released}


# --- what brings something new -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pages", "worth"),
    [
        ([], set()),
        ([Tried(1, "a", None, LEAST_GAIN - 1)], set()),
        ([Tried(1, "a", None, LEAST_GAIN)], {1}),
        ([Tried(1, "a", None, 0), Tried(2, "b", 1, 90)], {1, 2}),
        # but not the page before that one
        ([Tried(1, "a", None, 0), Tried(2, "b", 1, 0), Tried(3, "c", 2, 90)], {2, 3}),
        # what only leads on hands the worth on, to the first that does not
        ([Tried(1, "a", None, 0), Tried(2, "b", 1, 0, passes=True), Tried(3, "c", 2, 90)], {1, 2, 3}),
        (
            [
                Tried(1, "a", None, 0),
                Tried(2, "b", 1, 0),
                Tried(3, "c", 2, 0, passes=True),
                Tried(4, "d", 3, 0, passes=True),
                Tried(5, "e", 4, 90),
            ],
            {2, 3, 4, 5},
        ),
        ([Tried(2, "b", 1, 90)], {2}),  # of the parent nothing is known
        ([Tried(1, "a", 1, 90, passes=True)], {1}),  # no circle
        ([Tried(1, "a", 2, 0, passes=True), Tried(2, "b", 1, 90, passes=True)], {1, 2}),
    ],
)
def test_worth(pages: list[Tried], worth: set[int]) -> None:
    assert find_worth(pages) == worth


@pytest.mark.parametrize(
    ("many", "useful", "tonight", "places"),
    [
        (0, (), True, 12),
        (1, (), True, 11),
        (11, (), True, 1),
        (12, (), True, 0),
        (30, (), True, 0),
        (12, (), False, 1),  # a later run tries one more
        (30, (), False, 1),
        (3, (3,), True, 12),
        (12, (1,), True, 12),
        (13, (1,), True, 0),  # useful long ago
        (13, (2,), True, 13),
        (24, (13,), True, 24),  # as many more as there were, where a large shape goes on
        (24, (12,), True, 0),
        (100, (51,), True, 100),
        (100, (50,), True, 0),
        (100, (50,), False, 1),
    ],
)
def test_places(many: int, useful: tuple[int, ...], tonight: bool, places: int) -> None:
    tried = [Tried(number, "a", None, 0, tonight=tonight) for number in range(1, many + 1)]
    assert count_places(tried, frozenset(useful), 12) == places


# --- what is visited next ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waves", "known"),
    [
        # without a query, with one, of a service, by a code only another
        (
            [["/about"], ["/events?month=6"], ["/tag/jails"], ["/about?t=a1b2c3d4e5f6"]],
            ["/"],
        ),
        ([["/about"], ["/events?page=2"]], ["/"]),
        # a code is no kind of its own where the page without is not known
        ([["/about"], ["/form?t=a1b2c3d4e5f6", "/news?month=1"]], ["/"]),
    ],
)
def test_what_is_found_in_several_ways_is_found_by_the_straight_one(waves: list[list[str]], known: list[str]) -> None:
    seen = visited(*(SITE + path for path in known))
    left = [SITE + path for wave in waves for path in wave]
    for wave in waves:
        chosen = released(held(*left), seen)
        assert chosen == {SITE + path for path in wave}
        seen += visited(*sorted(chosen), gain=100, first=len(seen) + 1)
        left = [url for url in left if url not in chosen]


@pytest.mark.parametrize(
    ("pattern", "tried"),
    [
        ("/story-{}", TRIED_PLAIN),
        ("/press/{}/a", TRIED_PLAIN),
        ("/calendar?month={}", TRIED),
        ("/tag/jails-{}", TRIED_PLAIN),
        ("/about?t=a1b2c3d4e5f{}", TRIED),  # the first is visited, the others differ by codes only
    ],
)
def test_a_few_of_a_shape_are_tried(pattern: str, tried: int) -> None:
    known = visited(HOME, f"{SITE}/about", gain=100)
    waiting = held(*numbered(pattern, 99))
    first = released(waiting, known)
    assert len(first) == tried
    known += visited(*first, first=3)
    left = [one for one in waiting if one.url not in first]
    assert not find_wave(left, known).released
    known[-1] = Tried(known[-1].id, known[-1].url, None, LEAST_GAIN)
    assert len(released(left, known)) == tried


def test_on_a_large_site_more_pages_without_a_query_are_tried() -> None:
    known = visited(HOME, *numbered("/news/article-{}.html", 4_999), gain=100)
    assert len(released(held(*numbered("/old/{}", 99)), known)) == 50
    assert len(released(held(*numbered("/old?id={}", 99)), known)) == TRIED


def test_pages_of_shapes_that_were_tried_least_come_first() -> None:
    known = visited(*numbered("/list?day={}", 6))
    waiting = held(*numbered("/list?day={}", 20, 6), *numbered("/list?month={}", 20))
    assert sum("month" in url for url in released(waiting, known)) == TRIED
    known = visited(*numbered("/x?day={}", 10), *numbered("/z?day={}", 9))
    waiting = held(*numbered("/x?day={}", 2, 10), *numbered("/z?day={}", 3, 9), *numbered("/y?day={}", 20))
    # Five more with a parameter `day` anywhere are visited, all of the shape of which none was tried.
    assert released(waiting, known) == set(numbered("/y?day={}", 20)) & released(waiting, known)
    assert len(released(waiting, known)) == TRIED_PLAIN - 19


def test_a_folder_that_brings_nothing_is_given_up_whatever_the_shapes_in_it() -> None:
    known = visited(*(f"{SITE}/maze/{word}/a-{number}" for word in WORDS for number in range(3)))
    waiting = held(f"{SITE}/maze/rivers/one", f"{SITE}/other/rivers/one")
    assert released(waiting, known) == {f"{SITE}/other/rivers/one"}
    known[-1] = Tried(known[-1].id, known[-1].url, None, 100)
    assert released(waiting, known) == {one.url for one in waiting}


@pytest.mark.parametrize("pattern", ["/{}/a?print=1", "/{}/flyer"])
def test_what_brings_nothing_anywhere_is_tried_twice_elsewhere(pattern: str) -> None:
    known = visited(*(SITE + pattern.format(f"{word}/{number}") for word in WORDS[:5] for number in range(5)))
    waiting = held(*(SITE + pattern.format(f"new/{number}") for number in range(9)))
    assert len(released(waiting, known)) == TRIED_HERE


def test_a_parameter_that_brings_nothing_is_given_up_whatever_stands_beside_it() -> None:
    known = visited(*(f"{SITE}/list?day=1&{word}{letter}=1" for word in WORDS[:6] for letter in "ab"))
    waiting = held(f"{SITE}/list?day=1&z=1", f"{SITE}/other?day=1&z=1")
    assert released(waiting, known) == {f"{SITE}/other?day=1&z=1"}


@pytest.mark.parametrize(("ways", "path", "goes_on"), [(1, "/list?day={}", True), (2, "/list?day={}", True),
    (3, "/list?day={}", False), (1, "/maze/{}/", False)])  # fmt: skip
def test_a_way_is_gone_though_its_shape_brought_nothing(ways: int, path: str, goes_on: bool) -> None:
    known = visited(*numbered(path, 40))  # a folder is given up with all ways in it
    waiting = [Held(100 + way, SITE + path.format(way + 50), way + 1) for way in range(ways)]
    assert (len(released(waiting, known)) == ways) is goes_on
    assert not released(held(*(one.url for one in waiting)), known)  # found on pages of other shapes


def test_a_choice_is_made_by_address_and_the_latest_by_number() -> None:
    known = visited(HOME, *numbered("/list?day={}", 13))
    waiting = held(*numbered("/list?month={}", 40))
    assert find_wave(waiting[::-1], known).released == find_wave(waiting, known).released
    known[1] = Tried(2, known[1].url, None, 100)  # useful long ago
    assert released(held(f"{SITE}/list?day=77"), known) == released(held(f"{SITE}/list?day=77"), known[::-1]) == set()


def test_a_shape_that_brought_nothing_gets_one_more_page_in_a_later_run() -> None:
    known = visited(*numbered("/list?day={}", 40), tonight=False)
    waiting = held(*numbered("/list?day={}", 9, 40))
    assert len(released(waiting, known)) == 1
    known += visited(waiting[0].url, first=50)
    assert not released(waiting[1:], known)


def test_what_is_let_go_is_told_by_reason_and_shape() -> None:
    known = visited(*numbered("/list?day={}", 12))
    chain = [Tried(100 + number, f"{SITE}/way/{number}", 99 + number, 0) for number in range(PATIENCE)]
    waiting = [
        *held(*numbered("/list?day={}", 3, 12)),
        Held(2_000, f"{SITE}/way/77", chain[-1].id),
        Held(2_001, f"{SITE}/list?day=77", chain[-1].id),
    ]
    wave = find_wave(waiting, [*known, *chain])
    assert wave.released == ()
    assert [(left.reason, left.shape, left.pages) for left in wave.let_go] == [
        (Reason.LEADS_NOWHERE, "example.org/list?day=*", (2_001,)),
        (Reason.LEADS_NOWHERE, "example.org/way/#", (2_000,)),
        (Reason.NOTHING_NEW, "example.org/list?day=*", (1_000, 1_001, 1_002)),
    ]


@pytest.mark.parametrize(("passing", "ends"), [(False, True), (True, False)])
def test_redirects_on_the_way_try_no_patience(passing: bool, ends: bool) -> None:
    chain = [
        Tried(number, f"{SITE}/{WORDS[number % 10]}/{WORDS[number // 10]}", number - 1 or None, 0, passes=passing)
        for number in range(1, PATIENCE + 1)
    ]
    wave = find_wave([Held(99, f"{SITE}/far", PATIENCE)], chain)
    assert (wave.released == ()) is ends


# --- whole sites ---------------------------------------------------------------------------------------------------


def calendar(url: str) -> tuple[int, list[str]]:
    """A calendar that goes on for ever in both directions, with a print page for each month and a day for each link."""
    if url == HOME:
        return 100, [f"{SITE}/events?month=0"]
    number = int(url.rpartition("=")[2])
    if "print" in url:
        return 0, []
    days = [f"{SITE}/events/day?d={31 * number + day}" for day in range(31)] if "month" in url else []
    return 0, [*(f"{SITE}/events?month={one}" for one in (number - 1, number + 1)), *days, f"{url}&print={number}"]


def fan(url: str) -> tuple[int, list[str]]:
    """Each page leads to ten that nobody has seen, one folder deeper."""
    return 0, [f"{url.rstrip('/')}/{word}" for word in WORDS]


def wide_fan(url: str) -> tuple[int, list[str]]:
    """The same with other words on each page, as a program makes them that means to hold crawlers."""
    random = Random(url)
    return 0, [f"{SITE}/{'/'.join(random.choices(WORDS, k=3))}/{random.randrange(10**6):x}" for _ in range(30)]


def facets(url: str) -> tuple[int, list[str]]:
    """A search with filters that can be combined in any way; the list itself is worth its visit."""
    chosen = dict(pair.split("=") for pair in url.partition("?")[2].split("&") if pair)
    more = [{**chosen, name: value} for name in WORDS[:6] for value in "abcdef" if chosen.get(name) != value]
    links = [f"{SITE}/search?" + "&".join(f"{n}={v}" for n, v in sorted(one.items())) for one in more]
    return (100 if len(chosen) <= 1 else 0), links


def chain(url: str) -> tuple[int, list[str]]:
    """A story that goes on at the next address, without saying anything."""
    number = int(url.rpartition("/")[2] or 0)
    return 0, [f"{SITE}/next/{number + 1}"]


def sessions(url: str) -> tuple[int, list[str]]:
    """Every page links to all others with a code that nobody has seen."""
    random = Random(url)
    path = url.partition("?")[0]
    code = f"{random.randrange(16**15):015x}a1"
    return (0 if "?" in url else 100), [f"{SITE}/{word}?token={code}" for word in WORDS] + [f"{path}?token={code}b"]


@pytest.mark.parametrize(
    ("site", "most"), [(calendar, 70), (fan, 300), (wide_fan, 600), (facets, 300), (chain, 14), (sessions, 40)]
)
def test_no_site_holds_a_crawl(site: Site, most: int) -> None:
    crawl = Crawl(site, most_pages=most)
    assert crawl.let_go  # it ended because nothing was worth a visit, not for want of links


@pytest.mark.parametrize("idle", [PATIENCE - 1, PATIENCE])
def test_what_stands_behind_pages_that_say_nothing_is_found_within_patience(idle: int) -> None:
    way = [f"{SITE}/{WORDS[number]}" if number < 10 else f"{SITE}/{number}" for number in range(idle)]
    last = f"{SITE}/press/the-report"
    pages = dict(zip([HOME, *way], [*way, last], strict=True))
    crawl = Crawl(lambda url: (100 if url in (HOME, last) else 0, [pages[url]] if url in pages else []))
    assert (last in crawl.urls) is (idle < PATIENCE)


@pytest.mark.parametrize("months", [3, 40])
def test_a_way_from_page_to_page_is_gone_as_long_as_it_brings_something(months: int) -> None:
    """A calendar of which one month in ten has an event is walked through to its last event, and a year farther."""

    def site(url: str) -> tuple[int, list[str]]:
        month = int(url.rpartition("=")[2]) if "=" in url else 0
        return (100 if month % 10 == 0 and month <= months else 0), [f"{SITE}/events?month={month + 1}"]

    crawl = Crawl(site)
    assert len(crawl.visited) == 1 + months // 10 * 10 + PATIENCE


def test_an_archive_that_brings_something_is_visited_in_full() -> None:
    stories = numbered("/archive/{}", 500)
    crawl = Crawl(lambda url: (100, stories) if url == HOME else (50, []))
    assert crawl.urls == {HOME, *stories}
    assert not crawl.let_go


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Draw a site of few pages, each linked from one: it has no shape of which more pages than are tried exist."""
    names = st.sampled_from([*(f"/{word}" for word in WORDS), "/news/a", "/news/a/b", "/x?id=1", "/tag/t", "/long-s-l"])
    gains = st.sampled_from([0, 0, 0, 0, LEAST_GAIN - 1, LEAST_GAIN, 90])
    links: dict[str, list[str]] = {HOME: []}
    worths = {HOME: draw(gains)}
    for number in range(draw(st.integers(0, TRIED))):
        url = f"{SITE}/{number}{draw(names)}"
        latest = draw(st.booleans())  # chains are long where chance alone seldom makes them so
        parent = list(links)[-1] if latest else draw(st.sampled_from(list(links)))
        links[parent].append(url)
        links[url] = []
        worths[url] = draw(gains)
    return links, worths


@settings(max_examples=150, deadline=None)
@given(trees())
def test_a_site_without_traps_is_visited_in_full(drawn: tuple[dict[str, list[str]], dict[str, int]]) -> None:
    links, gains = drawn
    expected = {HOME}
    for _ in links:  # until nothing changes
        worth = {url for url in expected if gains[url] >= LEAST_GAIN}
        worth |= {url for url in expected if not worth.isdisjoint(links[url])}
        idle = {HOME: 0 if HOME in worth else 1}
        for url in links:  # parents come first
            for link in links[url]:
                idle[link] = 0 if link in worth else idle[url] + 1
        expected |= {link for url in expected for link in links[url] if idle[url] < PATIENCE}
    crawl = Crawl(lambda url: (gains[url], links[url]))
    assert crawl.urls == expected
    assert {left.reason for left in crawl.let_go} <= {Reason.LEADS_NOWHERE}


PATHS = st.sampled_from(
    [
        *(f"/{word}" for word in WORDS),
        *itertools.chain(
            *([f"/{word}/{n}", f"/{word}?page={n}", f"/{word}/x-y-{n}"] for word in WORDS for n in (1, 2))
        ),
        *(f"/list?day={n}" for n in range(40)),
        *(f"/jails?token=a1b2c3d4e5{n}" for n in range(9)),
        "/tag/rent",
        "/search?q=a",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PATHS, unique=True, max_size=60), st.lists(st.sampled_from([0, 0, 90]), min_size=60), st.randoms())
def test_the_order_in_which_pages_are_given_makes_no_difference(
    paths: list[str], gains: list[int], random: Random
) -> None:
    cut = random.randrange(len(paths) + 1)
    known = [
        Tried(number, SITE + path, random.randrange(number) or None, gain, passes=random.random() < 0.1)
        for number, (path, gain) in enumerate(zip(paths[:cut], gains, strict=False), 1)
    ]
    waiting = [Held(cut + n, SITE + path, random.randrange(cut + 1) or None) for n, path in enumerate(paths[cut:], 1)]
    wave = find_wave(waiting, known)
    assert set(wave.released) <= {one.id for one in waiting}
    mixed = random.sample(waiting, len(waiting))
    again = find_wave(mixed, random.sample(known, len(known)))
    assert again.released == wave.released
    assert [(one.reason, one.shape, sorted(one.pages)) for one in again.let_go] == [
        (one.reason, one.shape, sorted(one.pages)) for one in wave.let_go
    ]
