"""robots.txt, section by section of RFC 9309."""

import time

import pytest
from protego import Protego

from crawler.discovery.robots import MAX_BYTES, find_token, parse_robots, spell_path

AGENT = "broadside"


def allowed(text: str | bytes, path: str, token: str = AGENT) -> bool:
    body = text.encode() if isinstance(text, str) else text
    return parse_robots(body).allows(f"https://example.org{path}", token)


# --- 2.2.1: the User-agent line -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user_agent", "token"),
    [
        ("Broadside", "broadside"),
        ("  BROADSIDE  ", "broadside"),
        ("Broadside/0.1.0 (+a@b.example)", "broadside"),
        ("Broadside Bot", "broadside"),
        ("broadside-news", "broadside-news"),
        ("broad_side", "broad_side"),
        ("*", "*"),
        ("* for all", "*"),
        ("**", ""),
        ("*bot", ""),
        ("", ""),
        ("123", ""),
    ],
)
def test_product_token(user_agent: str, token: str) -> None:
    assert find_token(user_agent) == token


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("User-agent: Broadside\nDisallow: /", True),
        ("USER-AGENT: bROADsIDE\nDISALLOW: /", True),
        ("User-agent: Broadside/2.0\nDisallow: /", True),
        ("User-agent: Broad\nDisallow: /", False),  # no part of a name
        ("User-agent: side\nDisallow: /", False),
        ("User-agent: Broadside-News\nDisallow: /", False),
        ("User-agent: otherbot\nDisallow: /", False),  # no group matches, and there is none for all
        ("User-agent: *\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Broadside\nDisallow: /private", False),  # the more specific group
        ("User-agent: Broadside\nDisallow: /private\n\nUser-agent: *\nDisallow: /", False),  # wherever it stands
        ("User-agent: *\nDisallow: /\n\nUser-agent: Broadside\n", False),  # a group without rules forbids nothing
        ("User-agent: *\nDisallow: /\n\nUser-agent: Broadside\nDisallow:", False),
        ("", False),
        ("\n\n# nothing\n", False),
    ],
)
def test_which_group_holds(text: str, forbidden: bool) -> None:
    assert allowed(text, "/page") is not forbidden


def test_groups_of_one_token_are_merged() -> None:
    text = (
        "User-agent: Broadside\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\n"
        "User-agent: third\nUser-agent: BROADSIDE\nDisallow: /b\n\nUser-agent: *\nDisallow: /c"
    )
    verdicts = {path: allowed(text, path) for path in ("/a", "/b", "/c", "/d")}
    assert verdicts == {"/a": False, "/b": False, "/c": True, "/d": True}
    assert not allowed(text, "/c", "fourth")


def test_several_agents_share_rules() -> None:
    text = "User-agent: one\nUser-agent: Broadside\n\n# of both\nUser-agent: two\nDisallow: /x\nAllow: /x/y"
    for token in ("one", "two", AGENT):
        assert not allowed(text, "/x", token)
        assert allowed(text, "/x/y", token)


def test_rules_before_any_group_are_ignored() -> None:
    assert allowed("Disallow: /\nAllow: /a\nUser-agent: Broadside\nDisallow: /b", "/a")


# --- 2.2.2: Allow and Disallow --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        ("Disallow: /a", "/a", False),
        ("Disallow: /a", "/ab/c", False),  # a prefix
        ("Disallow: /a", "/A", True),  # paths are case-sensitive
        ("Disallow: /a", "/x/a", True),  # from the first octet on
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),  # the longest match, in any order
        ("Allow: /a/b\nDisallow: /a", "/a/b/c", True),
        ("Allow: /a\nDisallow: /a/b", "/a/b", False),
        ("Allow: /a\nDisallow: /a", "/a", True),  # of equal ones the one that allows
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow:", "/a", True),
        ("Disallow: /\nAllow:", "/a", False),  # an empty pattern is no rule
        ("Disallow: /\nAllow: /index.html", "/", False),  # to the letter
        ("Disallow: /a?b=", "/a?b=c", False),  # with the query
        ("Disallow: /a?b=", "/a?c=d&b=c", True),
        ("Disallow: /", "", False),
        ("Disallow: private", "/private", True),  # no path: it matches nothing
    ],
)
def test_rules(rules: str, path: str, is_allowed: bool) -> None:
    assert allowed(f"User-agent: *\n{rules}", path) is is_allowed


def test_robots_txt_itself_is_always_allowed() -> None:
    text = "User-agent: *\nDisallow: /"
    assert allowed(text, "/robots.txt")
    assert not allowed(text, "/robots.txt.html")
    assert not allowed(text, "/a/robots.txt")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [  # the table of section 2.2.2, and what follows from it
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz", True),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", True),
        ("/foo/bar?baz=https%3a%2f%2ffoo.bar", "/foo/bar?baz=https://foo.bar", True),
        ("/foo/bar/\u30c4", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%E3%83%84", "/foo/bar/\u30c4", True),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", True),
        ("/foo/bar/baz", "/foo/bar/%62%61%7A", True),
        ("/~user", "/%7Euser", True),
        ("/a b", "/a%20b", True),
        ("/a%2Fb", "/a/b", False),  # two things in a path
        ("/a%2fb", "/a%2Fb", True),
        ("/a;b=c", "/a%3Bb%3Dc", True),
        ("/a%zz", "/a%25zz", True),
        ("/*url=http://", "/go?url=http%3A%2F%2Fx", True),
        ("/*url=http%3A%2F%2F", "/go?url=http://x", True),
        ("/a%3Fb", "/a?b", False),
        ("/a?b?c", "/a?b%3Fc", True),
    ],
)
def test_percent_encoding(pattern: str, path: str, matches: bool) -> None:
    assert allowed(f"User-agent: *\nDisallow: {pattern}", path) is not matches


def test_bytes_that_are_no_utf_8_are_compared_as_they_are() -> None:
    assert not allowed(b"User-agent: *\nDisallow: /caf\xe9/", "/caf%E9/x")
    assert allowed(b"User-agent: *\nDisallow: /caf\xe9/", "/caf/x")


def test_fragment_does_not_count() -> None:
    assert spell_path("https://example.org/a?b#/c?d") == "/a?b"


# --- 2.2.3: special characters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/a/*.pdf", "/a/b/c.pdf", True),
        ("/a/*.pdf", "/a/b/c.pdf?d", True),
        ("/a/*.pdf$", "/a/b/c.pdf", True),
        ("/a/*.pdf$", "/a/b/c.pdf?d", False),
        ("/a/*.pdf$", "/a/b.pdf/c.pdf", True),
        ("*.pdf", "/c.pdf", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/a$", "/a$", False),
        ("/a$b", "/a$b", True),  # in the middle it is a character
        ("/a%24", "/a$b", True),
        ("/a%2A", "/a*b", True),
        ("/a%2A", "/axb", False),
        ("/a**b", "/a-b", True),
        ("/*", "/x", True),
        ("*", "/x", True),
        ("/$", "/", True),
        ("/$", "/x", False),
        ("/a*b*c$", "/abcbc", True),
        ("/a*ab$", "/ab", False),
        ("/*/x", "/y/x", True),
        ("/*/x", "/x", False),
        ("/a # a comment", "/a", True),
        ("/a#b", "/a", True),
    ],
)
def test_special_characters(pattern: str, path: str, matches: bool) -> None:
    assert allowed(f"User-agent: *\nDisallow: {pattern}", path) is not matches


def test_a_wildcard_counts_as_an_octet() -> None:
    text = "User-agent: *\nDisallow: /*.gif$\nAllow: /images/a"
    assert allowed(text, "/images/a.gif")
    assert not allowed(text, "/i/a.gif")


def test_no_pattern_takes_long() -> None:
    text = f"User-agent: *\nDisallow: /{'a*' * 2_000}b"
    began = time.monotonic()
    assert allowed(text, "/" + "a" * 2_000 + "c")
    assert time.monotonic() - began < 1


# --- 2.2.4: other records, and the form of lines --------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    text = end.join(("# first", "User-agent: *", "", "Disallow: /a # why", "\tDisallow : /b\t", "Disallow: /c\u2028d"))
    verdicts = {path: allowed(text, path) for path in ("/a", "/b", "/c", "/c%E2%80%A8d")}
    assert verdicts == {"/a": False, "/b": False, "/c": True, "/c%E2%80%A8d": False}


def test_byte_order_mark() -> None:
    assert not allowed(b"\xef\xbb\xbfUser-agent: *\nDisallow: /", "/a")


def test_other_records_do_not_end_a_group() -> None:
    text = (
        "User-agent: Broadside\nSitemap: https://example.org/map.xml\nCrawl-delay: 2\nNoindex: /x\nUser-agent: other\n"
        "Sitemap: /second.xml\nDisallow: /a\nHost: example.org\nDisallow: /b"
    )
    for token in (AGENT, "other"):
        assert not allowed(text, "/a", token)
        assert not allowed(text, "/b", token)
    robots = parse_robots(text.encode())
    assert robots.sitemaps == ("https://example.org/map.xml", "/second.xml")
    assert robots.crawl_delay(AGENT) == 2
    assert robots.crawl_delay("other") is None, "it stood above that line"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("10", 10.0), ("0.5", 0.5), ("1e1", 10.0), ("-1", None), ("nan", None), ("inf", None), ("soon", None), ("", None)],
)
def test_crawl_delay(value: str, seconds: float | None) -> None:
    robots = parse_robots(f"User-agent: *\nCrawl-delay: {value}\nDisallow: /a".encode())
    assert robots.crawl_delay(AGENT) == seconds
    assert robots.crawl_delay("") == seconds


@pytest.mark.parametrize("line", ["Disalow: /a", "Dissallow: /a", "Disallow /a", "disallow:/a", "Disallow:\t/a\t"])
def test_misspelled_rules_forbid(line: str) -> None:
    assert not allowed(f"Useragent: *\n{line}", "/a")


def test_a_page_in_its_place_has_no_rules() -> None:
    html = b"<!DOCTYPE html><html><body><p>Disallow: / is what we say to robots: User-agent: *</p></body></html>"
    assert allowed(html, "/a")
    assert parse_robots(html).groups == {}


@pytest.mark.parametrize("body", [b"\x00" * 100, bytes(range(256)) * 10, b"User-agent: *\nDisallow: /\xff\xfe\x00"])
def test_whatever_it_is(body: bytes) -> None:
    assert allowed(body, "/a")


# --- 2.5: limits ----------------------------------------------------------------------------------------------------


def test_what_stands_within_the_limit_counts_and_no_more() -> None:
    head = "User-agent: *\nDisallow: /first\n"
    last = "Disallow: /last\n"
    filler = "#" * (MAX_BYTES - len(head) - len(last) - 1) + "\n"
    text = f"{head}{filler}{last}Disallow: /behind\n"
    assert len(head + filler + last) == MAX_BYTES
    verdicts = {path: allowed(text, path) for path in ("/first", "/last", "/behind")}
    assert verdicts == {"/first": False, "/last": False, "/behind": True}
    assert allowed(f"{head}{filler}Disallow: /x{'x' * 100}\n", "/xx"), "half a line is no rule"


# --- Against the parser that Scrapy comes with ----------------------------------------------------------------------


def test_agrees_with_protego_where_the_standard_is_plain() -> None:
    rules = ["/a", "/a/b", "/*/c", "/d$", "/e?f=g", "/h*i*j", "/k/%C3%A9"]
    paths = ["/", "/a", "/a/b/c", "/x/c", "/d", "/de", "/e?f=g&h", "/h1i2j", "/hij", "/k/é", "/k/%c3%a9", "/a/c?x"]
    for number in range(2 ** len(rules)):
        lines = [f"{'Allow' if number >> place & 1 else 'Disallow'}: {rule}" for place, rule in enumerate(rules)]
        text = "User-agent: *\n" + "\n".join(lines)
        theirs, ours = Protego.parse(text), parse_robots(text.encode())
        for path in paths:
            url = f"https://example.org{path}"
            assert ours.allows(url, AGENT) == theirs.can_fetch(url, AGENT), (text, path)
