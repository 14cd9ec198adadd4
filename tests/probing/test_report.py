"""The screenful of a probe, and the file that is drafted from one."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from crawler.discovery.scoring import FoundListing
from crawler.organizations.load import load_organization
from crawler.probing.draft import find_slug, write_draft
from crawler.probing.findings import (
    CONVENTION,
    FILE,
    HOMEPAGE,
    NOBODY,
    ROBOTS,
    Answer,
    ArticleFinding,
    EntriesFinding,
    HomepageFinding,
    ListingFinding,
    Probe,
    RobotsFinding,
)
from crawler.probing.report import LINES, WIDTH, advise, write_report, write_toml

HOME = "https://www.harborlaw.example/"
FILE_TEXT = f'name = "Harbor Law Collective"\nhomepage = "{HOME}"\n'
NEWS = FoundListing(f"{HOME}news", "News", "news")
PRESS = FoundListing(f"{HOME}press/releases", "Press releases", "press releases")


def answer(path: str = "", status: int | None = 200, error: str | None = None, target: str | None = None) -> Answer:
    return Answer(HOME + path, status, error, target)


def article(number: int = 1, **given: Any) -> ArticleFinding:
    fields: dict[str, Any] = {
        "answer": answer(f"news/{number}"),
        "title": f"Number {number}",
        "words": 300,
        "date": "2016-03-04",
        "date_raw": "March 4, 2016",
        "date_source": "byline",
        "document_type": "News",
        "language": "en",
    }
    return ArticleFinding(**{**fields, **given})


def probe(text: str = "", **given: Any) -> Probe:
    fields: dict[str, Any] = {
        "slug": "harborlaw",
        "origin": "my-organizations/harborlaw.toml",
        "organization": load_organization("harborlaw", FILE_TEXT + text, "x"),
        "day": "2026-11-23",
        "version": "broadside 0.1.0",
        "seconds": 12.3,
        "requests": 8,
        "robots": RobotsFinding(answer("robots.txt"), True, (), 5.0, (f"{HOME}sitemap.xml",)),
        "homepage": HomepageFinding(answer(), "Harbor Law", ("en",), (f"{HOME}feed",), (PRESS, NEWS)),
        "sitemap": EntriesFinding(
            answer("sitemap.xml"), ROBOTS, 0, 210, 200, "2026-11-20", 3, Counter({"extension": 10})
        ),
        "feed": EntriesFinding(answer("feed"), HOMEPAGE, 0, 10, 10, "2026-11-20"),
        "listing": ListingFinding(answer("news"), FILE, 40, 30, 12, f"{HOME}news?page=2"),
        "articles": (article(1), article(2), article(3)),
    }
    return Probe(**{**fields, **given})


LISTED = '[discovery]\nlistings = ["/news"]\n'


def test_a_site_that_works() -> None:
    assert write_report(probe(LISTED)) == [
        "broadside 0.1.0: probe of harborlaw, 2026-11-23, 8 requests in 12 s",
        "Harbor Law Collective, https://www.harborlaw.example/ (my-organizations/harborlaw.toml)",
        "",
        "robots.txt  200; allows homepage and seeds; Crawl-delay 5 s; 1 sitemap",
        "homepage    200 /; languages en; 1 feed and 2 listings found on it",
        "sitemap     200 /sitemap.xml; named by robots.txt",
        "            index of 3; in one of them 210 pages, 200 of them in scope; newest 2026-11-20",
        "feed        200 /feed; named by the homepage",
        "            10 pages, 10 of them in scope; newest 2026-11-20",
        "listing     200 /news; named by the file",
        "            40 links, 30 in scope, 12 to documents; next page /news?page=2",
        "article     200 /news/1",
        '            "Number 1"',
        '            2016-03-04 (byline: "March 4, 2016"); 300 words; News; en',
        "article     200 /news/2",
        '            "Number 2"',
        '            2016-03-04 (byline: "March 4, 2016"); 300 words; News; en',
        "article     200 /news/3",
        '            "Number 3"',
        '            2016-03-04 (byline: "March 4, 2016"); 300 words; News; en',
        "",
        "works       records come out: 3 of 3 articles read, 3 dated",
        "change      nothing",
    ]
    assert write_report(probe("verified = false\n" + LISTED))[-1] == "change      verified = true: the file works"


def test_a_file_does_not_count_as_tried_while_something_cannot_be_had() -> None:
    feed = EntriesFinding(Answer("https://feeds.example/x", None, "no answer (download timeout)"), HOMEPAGE)
    sitemap = EntriesFinding(answer("sitemap.xml", 503), ROBOTS)
    said = write_report(probe("verified = false\n" + LISTED, sitemap=sitemap, feed=feed))
    assert said[-3:] == [
        "change      nothing, but the sitemap /sitemap.xml and the feed https://feeds.example/x could not be",
        "            had: try again, and leave verified = false until then",
        "            feeds.example is not among the file's hosts; [urls] hosts adds it",
    ]
    none = EntriesFinding(answer("sitemap.xml", 404), CONVENTION)
    said = write_report(probe("verified = false\n" + LISTED, sitemap=none, listing=None))
    assert said[-1] == "change      verified = true: the file works", "there is no sitemap, and none is named"


def test_the_homepage_is_no_listing_that_the_file_names() -> None:
    said = write_report(probe(listing=ListingFinding(answer(), NOBODY, 40, 30, 12)))
    assert "listing     200 /; the homepage, as no listing is named" in said


@pytest.mark.parametrize(
    ("text", "given", "change"),
    [
        (
            LISTED,
            {"robots": RobotsFinding(answer("robots.txt"), False), "homepage": None},
            "homepage: robots.txt forbids",
        ),
        (
            LISTED,
            {"robots": RobotsFinding(answer("robots.txt", None, "no answer"), True), "homepage": None},
            "nothing yet",
        ),
        (
            LISTED,
            {"robots": RobotsFinding(answer("robots.txt", 503), True), "homepage": None},
            "nothing yet: the server",
        ),
        (LISTED, {"homepage": HomepageFinding(answer(status=404))}, "homepage: 404; name the address"),
        (
            LISTED,
            {"homepage": HomepageFinding(answer(target="https://harborlaw.test/"))},
            'homepage = "https://harborlaw.test/": the site has moved there',
        ),
        (
            'seeds = ["/a", "/b"]\n' + LISTED,
            {"robots": RobotsFinding(answer("robots.txt"), True, (f"{HOME}b",))},
            'seeds = ["/a"]: robots.txt forbids the others',
        ),
        (
            LISTED,
            {"robots": RobotsFinding(answer("robots.txt"), True, (), 30.0)},
            "nothing for it, but know: Crawl-delay 30",
        ),
        (LISTED, {"sitemap": EntriesFinding(answer("sitemap.xml", 404), ROBOTS)}, "[discovery] sitemaps = []"),
        (LISTED, {"sitemap": EntriesFinding(answer("s.xml", 404), FILE)}, "[discovery] sitemaps: remove it"),
        (
            LISTED,
            {"sitemap": EntriesFinding(answer("s.xml"), FILE, 0, 9, 0, out_of_scope=Counter({"host:news.example": 9}))},
            '[urls] hosts = ["news.example"]: 9 of the sitemap\'s pages are there',
        ),
        (
            LISTED,
            {"sitemap": EntriesFinding(answer("s.xml"), FILE, 0, 9, 0, out_of_scope=Counter({"allow": 9}))},
            "[urls] allow: it keeps 9 of the sitemap's pages out; loosen it",
        ),
        (
            LISTED,
            {"feed": EntriesFinding(answer("rss", 404), FILE)},
            '[discovery] feeds = ["/feed"]: the file\'s cannot be read',
        ),
        (
            LISTED,
            {"listing": ListingFinding(answer("news", 404), FILE)},
            '[discovery] listings = ["/press/releases"]: /news cannot be read',
        ),
        (
            "",
            {"listing": ListingFinding(answer("news"), HOMEPAGE, 9, 9, 9)},
            '[discovery] listings = ["/news", "/press/',
        ),
        (
            '[discovery]\nlisting_links = "h2"\n',
            {"listing": ListingFinding(answer("news"), FILE), "homepage": HomepageFinding(answer())},
            "[discovery] listing_links: it matches no link in scope",
        ),
        (LISTED, {"articles": ()}, "[discovery] listings, feeds or sitemaps: name a place that leads to documents"),
        (LISTED, {"articles": (article(date=None, undated="ambiguous_order"),)}, 'date_order = "MDY" or "DMY"'),
        ('languages = ["en"]\n' + LISTED, {"articles": (article(language="ru"),)}, 'languages = ["en", "ru"]: of the'),
        (
            LISTED + '[[document_types]]\nurl = "/press/"\ntype = "Press"\n',
            {"articles": (article(document_type=None),)},
            "[[document_types]] url: none matches /news/…",
        ),
        (LISTED, {"articles": (article(words=9),)}, "look at an article in a browser"),
    ],
)
def test_what_to_change(text: str, given: dict[str, Any], change: str) -> None:
    found = probe(text, **given)
    assert any(said.startswith(change) for said in advise(found)), advise(found)
    assert write_report(found)[-1] != "change      nothing"


def test_exit_status_follows_from_records() -> None:
    assert probe().gives_records
    assert not probe(articles=()).gives_records
    assert not probe(articles=(article(answer=answer("a", 404)), article(words=0))).gives_records
    assert not probe(articles=(article(answer=answer("a", error="no HTML page: application/pdf")),)).gives_records


def test_a_report_is_a_screenful_whatever_a_site_says() -> None:
    wild = "\x1b[2J" + "so long a title " * 30 + "\nand another line\u2028"
    found = probe(
        articles=tuple(article(number, title=wild, date_raw=wild, directives=("noindex",) * 40) for number in range(3)),
        feed=EntriesFinding(answer("x" * 300, target=HOME + "y" * 300), FILE, 7, problems=(wild,)),
        homepage=HomepageFinding(answer("z" * 200), wild, ("en",) * 90, (f"{HOME}{'q' * 200}",) * 9, (PRESS, NEWS) * 9),
        listing=ListingFinding(answer("news", 500), FILE),
    )
    lines = write_report(found)
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH
    assert not any(character in line for line in lines for character in "\x1b\n\u2028")


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://www.harborlaw.example/", "harborlaw"),
        ("https://harborlaw.org.uk/en/", "harborlaw"),
        ("https://news.harbor-law.test", "harbor-law"),
        ("http://127.0.0.1:8000/", "site-127-0-0-1"),
        ("http://localhost:8000/", "localhost"),
        ("https://pages.example/", "pages-site"),
        ("https://мемориал.example/", "xn--80akjebc7a2a"),
    ],
)
def test_short_names(url: str, slug: str) -> None:
    assert find_slug(url) == slug or (slug.startswith("xn--") and find_slug(url).startswith("xn--"))
    load_organization(find_slug(url), FILE_TEXT, "x")


def test_a_draft_loads_and_says_what_was_found() -> None:
    text = write_draft(probe(listing=None))
    organization = load_organization("harborlaw", text, "x")
    assert organization.name == "Harbor Law"
    assert organization.homepage == HOME
    assert organization.languages == ("en",)
    assert organization.discovery.listings == (PRESS.url, NEWS.url)
    assert not organization.verified
    assert '\n# time_zone = "America/New_York"\n' in text


def test_a_draft_of_a_site_that_says_nothing() -> None:
    text = write_draft(probe(homepage=HomepageFinding(answer())))
    organization = load_organization("harborlaw", text, "x")
    assert organization.name == "Harbor Law Collective"
    assert organization.languages == organization.discovery.listings == ()


@pytest.mark.parametrize(
    "name", ['Law "Harbor" \\ Co', "Tab\tand\x7f\x00\x1b", "Мемориал", "line\nbreak", "\ud800half"]
)
def test_any_name_can_be_written(name: str) -> None:
    found = probe()
    assert found.homepage is not None
    text = write_draft(replace(found, homepage=replace(found.homepage, name=name)))
    text.encode("utf-8")
    assert load_organization("harborlaw", text, "x").name
    assert write_toml(["a", 'b"']) == '["a", "b\\""]'


def test_listings_that_failed_or_lie_elsewhere_are_left_out() -> None:
    other = FoundListing("https://other.example/news", "News", "news")
    homepage = HomepageFinding(answer(), "Harbor", ("en",), (), (PRESS, NEWS, other))
    text = write_draft(probe(homepage=homepage, listing=ListingFinding(answer("news", 404), HOMEPAGE)))
    assert load_organization("harborlaw", text, "x").discovery.listings == (PRESS.url,)
