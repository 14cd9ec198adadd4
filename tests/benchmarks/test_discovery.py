"""The site of the discovery experiment is what it says, its judge finds what is wrong, and a short crawl of it."""

import re
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin

import pytest

from benchmarks.discovery import Experiment, cut, main, read_ledger, watch
from benchmarks.discovery_articles import LONGEST_GAP, WAYS, write_articles
from benchmarks.discovery_judge import Asked, Row, Verdict, find_shown, find_written, judge
from benchmarks.discovery_pages import Ask, misspell
from benchmarks.discovery_site import FIXED, LISTINGS, Site, organization_file
from benchmarks.discovery_traps import TRAPS
from crawler.discovery.urls import normalize_url
from crawler.organizations.load import load_organization

PAGES, PORT = 150, 8907


@cache
def _site(pages: int = PAGES, seed: int = 1, traps: tuple[str, ...] = TRAPS) -> Site:
    return Site(pages, PORT, seed, traps)


def _see_through(url: str) -> str:
    return re.sub(r"visit=[0-9a-f]{32}&?", "", url).rstrip("?&")


def _walk(site: Site, leave_out: Callable[[str], bool] = lambda _: False) -> dict[str, str]:
    """Walk the site from its first page, breadth first and around the traps: path → kind of what was asked for."""
    found: dict[str, str] = {}
    # The feeds stand in the organization file, or in the home page's head only.
    waiting = deque(["/", "/robots.txt", "/feed.xml", "/atom.xml", "/feed.json"])
    while waiting:
        target = waiting.popleft()
        kind = _kind(site, target)
        if target in found or kind.startswith("trap") or leave_out(target):
            continue
        found[target] = kind
        waiting += _lead(site, target)
    return found


@cache
def _kind(site: Site, target: str) -> str:
    return site.find(target).kind


@cache
def _lead(site: Site, target: str) -> tuple[str, ...]:
    """What a page leads to, without session ids: or the walker would not come to the end of the old systems."""
    urls = (normalize_url(urljoin(site.base + target, one.strip())) for one in find_written(site.respond(target, 1)))
    return tuple(_see_through(url.removeprefix(site.base)) for url in urls if url.startswith(site.base))


# --- The site ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("traps", [TRAPS, ()])
@pytest.mark.parametrize("pages", [PAGES, 1200])
def test_every_article_can_be_reached_and_all_that_is_needed_is_there(pages: int, traps: tuple[str, ...]) -> None:
    site = _site(pages, 1, traps)
    assert len(site.articles) == len({article.path for article in site.articles}) == pages
    found = _walk(site)
    assert {article.path for article in site.articles} <= found.keys()
    needed = {normalize_url(site.base + path) for path in site.needed}
    assert needed <= {normalize_url(site.base + path) for path in found}
    more = Counter(site.find(path).kind for path in found if Ask.read(path).key not in site.needed)
    allowed = {"asset", "forbidden by robots.txt", "listing, first page again"}
    assert more.keys() <= allowed, more


def test_each_way_has_articles_that_nothing_else_leads_to() -> None:
    site = _site()
    gates = {
        "sitemap": {"/sitemaps/stories.xml"},
        "sitemap, second": {"/news-sitemap.xml"},
        "sitemap, gzip": {"/sitemaps/packed.xml.gz"},
        "sitemap, ampersands": {"/sitemaps/ampersands.xml"},
        "sitemap, cut off": {"/sitemaps/cut.xml"},
        "sitemap, wrong namespace": {"/sitemaps/namespace.xml"},
        "sitemap, text": {"/sitemaps/list.txt"},
        "feed, RSS": {"/feed.xml"},
        "feed, Atom": {"/atom.xml"},
        "feed, JSON": {"/feed.json"},
        **{way: {path} for way, path, _, _ in LISTINGS if way != "bulk"},
        "topic": {"/topics"},
        "archive": {"/archives"},
        "query": {"/publications.php"},
        "events": {"/events/"},
        "hearings": {"/hearings"},
        "redirect": {"/history"},
        "related": {article.path for article in site.common},
    }
    assert gates.keys() == WAYS.keys()
    for way, closed in gates.items():
        kept = _walk(site, closed.__contains__)
        lost = Counter(article.way for article in site.articles if article.path not in kept)
        assert lost[way] >= 2, way
        if way != "related":
            assert lost.keys() <= {way, "related"}, (way, lost)  # what is linked from what is lost
            assert lost[way] >= sum(not article.is_common for article in site.by_way[way]) - 1


def test_the_feeds_are_named_where_they_should_be() -> None:
    site = _site()
    home = site.respond("/", 1).body.decode()
    assert 'type="application/feed+json"' in home
    assert "feed.json" not in site.respond("/news", 1).body.decode() + organization_file(site)
    organization = load_organization("discovery", organization_file(site), "discovery.toml")
    assert [url.removeprefix(site.base) for url in organization.discovery.feeds or ()] == ["/feed.xml", "/atom.xml"]
    assert organization.discovery.follow_links


def test_the_site_follows_from_its_seed() -> None:
    one, again = Site(PAGES, PORT, 3), Site(PAGES, PORT, 3)
    for path in [*one.places, "/search?q=a", "/voices?offset=900", "/events/2031/05/", "/library/?visit=0a"]:
        assert one.respond(path, 7) == again.respond(path, 7), path
    assert one.needed == again.needed
    assert {article.path for article in Site(PAGES, PORT, 4).articles} != {article.path for article in one.articles}
    with pytest.raises(ValueError, match="too few"):
        Site(50, PORT)


def test_articles_are_distinct_and_dated() -> None:
    site = _site()
    texts = [" ".join(article.paragraphs) for article in site.articles]
    assert len({*texts}) == len({article.title for article in site.articles}) == PAGES
    for article in site.articles[::7]:
        body = site.respond(article.path, 1).body.decode()
        assert f"{article.day:%B} {article.day.day}, {article.day.year}" in body
        assert all(paragraph in body for paragraph in article.paragraphs)
        for name in ("about", "contact", "privacy"):
            assert f'href="/{name}' in body
    listing = site.respond("/news", 1).body.decode()
    assert site.by_way["listing, Drupal"][0].lead in listing


def test_what_is_related_is_related_to_more() -> None:
    site = _site(1200)
    own = {article.path for article in site.by_way["related"]}
    linked = {one: origin for origin, links in site.extra.items() for one in links}
    assert own <= linked.keys()
    assert any(linked[path] in own for path in own)


def test_calendars_have_gaps() -> None:
    for calendar in (*_site().calendars.values(), *_site(1200).calendars.values()):
        months = sorted(calendar.months)
        gaps = [after - before - 1 for before, after in pairwise(months)]
        assert max(gaps) == LONGEST_GAP


def test_addresses_stand_as_they_are_normalized_and_misspelled_ones_mean_the_same() -> None:
    site = _site(1200)
    spellings = set()
    for path in site.needed:
        assert normalize_url(site.base + path) == site.base + path
    for article in site.articles:
        for where in ("a", "b", "c"):
            written = misspell(article.path, site.base, where)
            spellings.add(written.replace(article.path, "")[:12])
            assert normalize_url(urljoin(site.base + "/topics", written.strip())) == site.base + article.path
    assert len(spellings) > 8
    # No misspelling changes where an article stands on its own listing when the trap is off.
    assert "utm_" not in _site(1200, 1, ()).respond("/news", 1).body.decode()


def test_what_robots_forbids_is_linked() -> None:
    site = _site()
    assert "Disallow: /internal/" in site.respond("/robots.txt", 1).body.decode()
    shown = find_shown(site, [Asked(1, 200, "/"), Asked(2, 200, "/history")])
    assert site.find("/internal/board?visit=0a").kind == site.find("/internal/board").kind == "forbidden by robots.txt"
    assert {f"{site.base}/internal/board", f"{site.base}/internal/minutes-1", f"{site.base}/lost/0"} <= shown.keys()
    assert {site.respond(f"/lost/{number}", 1).status for number in (0, 1)} == {404, 410}
    assert {site.respond(path, 1).status for path in ("/old/0", "/old/2", "/older/2", "/home")} <= {301, 302, 307, 308}


# --- The traps --------------------------------------------------------------------------------------------------------

ENDLESS = ["calendar", "session", "facets", "pagination", "deep", "search"]
FILE_OR_DAY = re.compile(r"ical=1|day=|/events/\d+/\d+/\d+/")


def _entries(site: Site, trap: str) -> list[str]:
    """The site's own pages that lead into a trap."""
    if trap == "calendar":
        ends = [(one, edge(one.months)) for one in site.calendars.values() for edge in (min, max)]
        return [calendar.address(month) for calendar, month in ends]
    if trap == "pagination":
        paths = ("/press-clips", "/updates/", "/voices")
        listings = [path for path, kind in site.needed.items() if kind == "listing"]
        return [[path for path in listings if path.startswith(start)][-1] for start in paths]
    return {"session": ["/library/"], "facets": ["/resources"], "deep": ["/guide/"], "search": ["/about"]}[trap]


def _steps(site: Site, trap: str, start: str, at_end: int) -> Iterator[str]:
    """Follow a trap's links: of those that were not followed yet, the first or the last one."""
    seen: set[str] = set()
    target = start
    for count in range(50):
        url = site.base + target
        seen.add(normalize_url(url))
        found = [normalize_url(urljoin(url, written.strip())) for written in find_written(site.respond(target, count))]
        new = [one for one in found if one not in seen and one.startswith(site.base)]
        new = [one for one in new if site.find(one.removeprefix(site.base)).kind == f"trap: {trap}"]
        new = [one for one in new if not FILE_OR_DAY.search(one)]
        assert new, f"{target} leads nowhere"
        target = new[at_end].removeprefix(site.base)
        assert site.respond(target, 1).status == 200
        yield target


@pytest.mark.parametrize("at_end", [0, -1])
@pytest.mark.parametrize("trap", ENDLESS)
def test_a_trap_has_no_end(trap: str, at_end: int) -> None:
    site = _site()
    off = _site(PAGES, 1, tuple(one for one in TRAPS if one != trap))
    for start in _entries(site, trap):
        assert site.find(start).is_needed
        steps = list(_steps(site, trap, start, at_end))
        assert len({*steps}) == 50
        assert f"trap: {trap}" not in {off.find(step).kind for step in steps}
        written = [normalize_url(urljoin(off.base + start, one.strip())) for one in find_written(off.respond(start, 1))]
        assert f"{off.base}{steps[0]}" not in written


def test_traps_that_end_are_many_and_lead_nowhere_new() -> None:
    site = _site(1200)
    for article in site.articles:
        if article.way.startswith("session"):  # there all links are that trap's
            continue
        answer = site.respond(article.path, 1)
        shown = [normalize_url(urljoin(site.base + article.path, one.strip())) for one in find_written(answer)]
        kinds = Counter(_kind(site, url.removeprefix(site.base)) for url in shown if url.startswith(site.base))
        assert kinds["trap: variants"] >= 2
        assert kinds["trap: tags"] >= 3
    tags = [f"/tag/{name}" for name in site.tags]
    assert len(tags) >= 70
    named = {url for number, tag in enumerate(tags) for url in find_shown(site, [Asked(number, 200, tag)])}
    articles = {url.removeprefix(site.base) for url in named} & site.by_key.keys()
    assert articles <= {article.path for article in site.common}
    assert len(articles) > 100


def test_variants_show_the_article_again() -> None:
    site = _site()
    article = site.by_way["listing, WordPress"][1]
    text = article.paragraphs[1]
    for more in ("?print=1", "?replytocom=12", "print/", "?utm_source=a", "?visit=12ab"):
        assert text in site.respond(article.path + more, 1).body.decode()
        assert site.find(article.path + more).is_trap
    assert site.respond(f"{article.path}?share=email", 1).status == 302
    assert b"<rss" in site.respond(f"{article.path}feed/", 1).body


def test_no_two_answers_give_the_same_session() -> None:
    site = _site()
    first, second = (find_shown(site, [Asked(count, 200, "/library/")]) for count in (1, 2))
    assert len(first) > 20
    assert not first.keys() & second.keys()
    portal = site.respond("/portal/list.do", 3).body.decode()
    assert ";jsessionid=" in portal
    assert not site.find(site.by_way["session, sid"][0].path).is_trap


def test_what_does_not_exist_is_not_there() -> None:
    site = _site()
    for target in (
        "/nowhere",
        "/events/2031/13/",
        "/events/2031/05/40/",
        "/tag/none",
        "/press-clips?paged=x",
        "/no?visit=1",
        "*",
    ):
        assert site.find(target).kind == "not on the site", target
        assert site.respond(target, 1).status == 404


# --- The judge --------------------------------------------------------------------------------------------------------


def _perfect(site: Site) -> tuple[list[Asked], list[Row], list[dict[str, str]]]:
    """What a perfect crawl leaves: it asks for what is needed and puts the rest down with a reason."""
    asked = [Asked(count, site.respond(path, 1).status, path) for count, path in enumerate(site.needed, start=1)]
    rows = [Row(site.base + path, "listing", None) for path in site.needed]
    rows += [Row(url, "excluded", "a trap") for url in find_shown(site, asked) if url not in {row.url for row in rows}]
    records = [
        {"url": site.base + article.path, "date_published": article.day.isoformat()} for article in site.articles
    ]
    return asked, rows, records


def _failures(verdict: Verdict) -> str:
    return "; ".join(verdict.failures(1.15, need_dates=True))


def test_the_judge_finds_nothing_wrong_with_a_perfect_crawl() -> None:
    site = _site()
    verdict = judge(site, *_perfect(site))
    assert _failures(verdict) == ""
    assert (verdict.recall, verdict.ratio, verdict.seen > 200) == (1.0, 1.0, True)
    assert any("article" in line for line in verdict.table())
    assert any("no record came out" in line for line in judge(site, [], [], []).table())


def test_the_judge_finds_what_is_wrong() -> None:
    site = _site()
    asked, rows, records = _perfect(site)
    lost = site.by_way["feed, JSON"][0]
    without = [record for record in records if not record["url"].endswith(lost.path)]
    verdict = judge(site, asked, rows, without)
    assert _failures(verdict) == "1 articles have no record"
    assert verdict.recall < 1
    assert cut(verdict.recall) == "0.993"
    assert f"  {lost.path} (feed, JSON)" in list(verdict.table())

    many = [*asked, *(Asked(1000 + number, 200, f"/guide/{'help/' * number}") for number in range(1, 60))]
    verdict = judge(site, many, rows, records)
    assert "× the needed fetches" in _failures(verdict)
    assert verdict.requests["trap: deep"] == 59

    print_url = f"{site.base}{site.articles[0].path}?print=1"
    for more in ("/search?q=river", "/events/2031/05/", print_url.removeprefix(site.base)):
        verdict = judge(site, asked, rows, [*records, {"url": site.base + more, "date_published": ""}])
        assert _failures(verdict) == "1 records of what is a trap", more
    twice = [*records, {"url": f"{records[0]['url']}?visit=12ab", "date_published": ""}]
    assert _failures(judge(site, asked, rows, twice)) == "1 records of what is a trap"
    instead = [{**records[0], "url": f"{records[0]['url']}?visit=12ab"}, *records[1:]]
    assert judge(site, asked, rows, instead).under_sessions == 1
    assert _failures(judge(site, asked, rows, instead)) == ""
    verdict = judge(site, asked, rows, [*records, {"url": f"{site.base}/about", "date_published": ""}])
    assert (_failures(verdict), verdict.others) == ("", Counter({"fixed": 1}))
    wrong = [{**records[0], "date_published": "2015"}, *records[1:]]
    assert _failures(judge(site, asked, rows, wrong)) == "1 records with a wrong date"


@pytest.mark.parametrize("state", ["pending", "in_flight", "stored", "held", "no such state"])
def test_the_judge_finds_what_is_not_accounted_for(state: str) -> None:
    site = _site()
    asked, rows, records = _perfect(site)
    verdict = judge(site, asked, [*rows[:-1], Row(rows[-1].url, state, None)], records)
    assert _failures(verdict) == "1 URLs unaccounted"
    assert verdict.unaccounted[0].endswith(f"is unfinished: {state}")
    assert "not in the ledger" in judge(site, asked, rows[:-1], records).unaccounted[0]
    unexplained = [*rows[:-1], Row(rows[-1].url, "excluded", None)]
    assert judge(site, asked, unexplained, records).unaccounted[0].endswith("without a reason: excluded")
    forbidden = [*asked, Asked(9999, 200, "/internal/board")]
    assert _failures(judge(site, forbidden, rows, records)) == "1 requests of what robots.txt forbids"


def test_a_url_without_its_session_id_is_the_same_url() -> None:
    site = _site()
    asked = [Asked(1, 200, "/library/?start=2&visit=0a1b")]
    shown = find_shown(site, asked)
    assert sum("visit=" in url for url in shown) > 20
    plain = {_see_through(url) for url in shown}
    rows = [Row(url, "excluded", "a trap") for url in plain]
    assert judge(site, asked, rows, []).unaccounted == []


def test_a_crawl_that_does_not_end_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("1 200 /\n" * 10)
    for time_limit, most, words in ((0.3, 100, "after 0.3 s"), (60.0, 9, "after 10 requests")):
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
        (problem,) = watch(process, log, time_limit, most)
        assert words in problem
        assert process.poll() is not None
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], start_new_session=True)
    assert watch(process, log, 60.0, 100) == ["status"]
    assert read_ledger(tmp_path / "none") == []


# --- A crawl ----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "something").touch()
    for arguments, words in (
        (["--pages", "50"], "too few"),
        (["--keep", str(tmp_path)], "not empty"),
        (["--without", "quicksand"], "invalid choice"),
    ):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
        assert words in capsys.readouterr().err


def test_a_long_listing_is_one_listing() -> None:
    site = Site(100, PORT, 1, (), is_bulk=True)
    assert _walk(site).keys() >= {article.path for article in site.articles}
    assert "/archive?page=24" in site.needed
    assert set(site.needed.values()) == {"article", "fixed", "listing", "home", "robots.txt", "sitemap"}
    assert 'listings = ["/archive"]' in organization_file(site)
    assert all(write_articles(100, 1, WAYS)[way] for way in WAYS)
    assert "guide/" in FIXED


def test_a_crawl_of_a_listing_gives_each_item_with_its_date(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--pages", "0", "--listing", "60", "--time-limit", "100"])
    printed = capsys.readouterr().out
    assert status == 0, printed
    assert printed.splitlines()[-1].endswith("0 URLs unaccounted, 0 wrong dates")


def test_a_crawl_finds_every_article_and_no_trap(tmp_path: Path) -> None:
    # What a trap costs does not grow with the site: on a small one it is a larger share.
    verdict, _ = Experiment(PAGES, 1, TRAPS).run(tmp_path, 120.0)
    assert verdict.failures(2.2) == [], "\n".join(verdict.table())
