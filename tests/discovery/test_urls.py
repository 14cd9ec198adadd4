from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.urls import absolute_url, hostname, in_scope, is_loopback, normalize_url

HOSTS = ("example.org",)


@pytest.mark.parametrize(
    ("url", "normalized"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://example.org/a/", "https://example.org/a/"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?utm_source=x&page=2&UTM_Medium=y", "https://example.org/a?page=2"),
        ("https://example.org/a?fbclid=1&gclid=2&mc_cid=3&mc_eid=4", "https://example.org/a"),
        ("https://example.org/a?source=x&ref=y", "https://example.org/a?ref=y&source=x"),
        ("https://example.org/a?PHPSESSID=77", "https://example.org/a"),
        ("https://example.org/a?sid=9f8a7b6c5d4e&b=1", "https://example.org/a?b=1"),
        ("https://example.org/a?session_id=AbCdEfGhIjKlMnOpQrStUv", "https://example.org/a"),
        ("https://example.org/a?sid=42&session=spring", "https://example.org/a?session=spring&sid=42"),
        ("https://example.org/a?SessID=9f8a-7b6,&zenid=abcdef12", "https://example.org/a"),
        ("https://example.org/a?sid=abcdefgh", "https://example.org/a?sid=abcdefgh"),  # a word
        ("https://example.org/a?sid=12345678", "https://example.org/a?sid=12345678"),  # a number
        ("https://example.org/a?sid=a1b2c3d", "https://example.org/a?sid=a1b2c3d"),  # too short
        ("https://example.org/a?session=abcdefghijabcdefghi", "https://example.org/a?session=abcdefghijabcdefghi"),
        ("https://example.org/a?id=9f8a7b6c5d4e", "https://example.org/a?id=9f8a7b6c5d4e"),  # names no session
        ("https://example.org/(f(x))/(A(y))", "https://example.org/"),
        ("https://example.org/a?replytocom=443", "https://example.org/a"),
        ("https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
        ("https://example.org/a(S)/b", "https://example.org/a(S)/b"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a;jsessionid=77?b=1", "https://example.org/a?b=1"),
        ("https://example.org/a;JSESSIONID=77/b", "https://example.org/a/b"),
        ("https://example.org/Pressemitteilung für alle", "https://example.org/Pressemitteilung%20f%C3%BCr%20alle"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("https://me:pass@example.org/", "https://me:pass@example.org/"),
        ("  https://example.org/\n", "https://example.org/"),
        ("javascript:void(0)", "javascript:void(0)"),
        ("/relative", "/relative"),
        ("http://example.org:port/", "http://example.org:port/"),
    ],
)
def test_normalize_url(url: str, normalized: str) -> None:
    assert normalize_url(url) == normalized
    assert normalize_url(normalized) == normalized


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Example.org:8080/", "www.example.org"),
        ("http://user@example.org/", "example.org"),
        ("http://[::1]/", "::1"),
        ("https://", None),
        ("https:///path", None),
        ("http://[broken/", None),
        ("http://example.org:99999999/", None),
        ("mailto:me@example.org", None),
        ("example.org", None),
        ("", None),
    ],
)
def test_hostname(url: str, host: str | None) -> None:
    assert hostname(url) == host


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:8000/", True),
        ("http://news.localhost/", True),
        ("http://127.8.0.1/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost.example.org/", False),
        ("http://10.0.0.1/", False),
        ("http://notlocalhost/", False),
        ("file:///localhost", False),
    ],
)
def test_is_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://example.org/news/1", None),
        ("http://www.example.org/news/1", None),
        ("https://example.org:8443/news/1", None),
        ("https://example.org/news/report.pdf", None),
        ("https://example.org/news/a b é", None),
        ("https://donate.example.org/news/1", "host"),
        ("https://example.org.evil.test/news/", "host"),
        ("https://exa mple.org/news/", "host"),
        ("https://example.org:none/news/", "host"),
        ("https:///news/", "host"),
        ("mailto:me@example.org", "scheme"),
        ("javascript:alert('https://example.org/news/')", "scheme"),
        ("/news/1", "scheme"),
        ("", "scheme"),
        ("https://example.org/a/b/a/b", "repeating_path"),
        ("https://example.org/en/a/b/c/a/b/c/d", "repeating_path"),
        ("https://example.org/news/x/news/y/news", "repeating_path"),
        ("https://example.org/news/news/a", None),
        ("https://example.org/news/a/news/b", None),
        ("https://example.org/1/news/1/news", "repeating_path"),
        ("https://example.org/news/1/2/a/1/2/a", "repeating_path"),
        ("https://example.org/news/1/2/1/2/1/2", None),
        ("https://example.org/news/11/11/11/11/a", None),
        ("https://example.org/news/" + "a" * 1975, None),
        ("https://example.org/news/" + "a" * 1976, "too_long"),
        ("https://example.org/news/PHOTO.JPG?size=2", "extension"),
        ("https://example.org/news/data.tar.gz", "extension"),
        ("https://example.org/news/talk.mp4", "extension"),
        ("https://example.org/news/brief.docx", "extension"),
        ("https://example.org/news/?print=1", r"deny:[?&]print="),
        ("https://example.org/about", "allow"),
    ],
)
def test_in_scope(url: str, rule: str | None) -> None:
    assert in_scope(url, HOSTS, allow=["/news/"], deny=["/never/", r"[?&]print="]) == rule


SEGMENTS = st.lists(st.sampled_from(["a", "b", "c", "d", "1", "2", ""]), max_size=10)


@given(SEGMENTS)
def test_a_path_repeats_when_a_word_comes_thrice_or_several_segments_twice_in_a_row(written: list[str]) -> None:
    path = [segment for segment in written if segment]
    thrice = any(path.count(word) > 2 for word in "abcd")
    runs = [
        path[start : start + length]
        for length in range(2, 6)
        for start in range(10)
        if len(path[start + length : start + 2 * length]) == length
        and path[start : start + length] == path[start + length : start + 2 * length]
    ]
    twice = any(not "".join(run).isdigit() for run in runs)
    rule = in_scope(f"https://example.org/{'/'.join(written)}", HOSTS, (), ())
    assert rule == ("repeating_path" if thrice or twice else None)


def test_a_long_path_is_judged_at_once() -> None:
    started = perf_counter()
    assert in_scope("https://example.org" + "/1/2" * 490, HOSTS, (), ()) is None
    assert in_scope("https://example.org" + "".join(f"/{n:02x}" for n in range(500)), HOSTS, (), ()) is None
    assert perf_counter() - started < 0.5  # seconds; it took three when each length was tried


def test_without_allow_patterns_everything_of_the_host_is_in_scope() -> None:
    assert in_scope("https://example.org/about", HOSTS, (), ()) is None


def test_the_homepage_may_be_named_with_www() -> None:
    assert in_scope("https://example.org/", ["www.example.org"], (), ()) is None


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("../b?x=1#part", "https://example.org/b?x=1"),
        ("//cdn.example.net/a", "https://cdn.example.net/a"),
        ("?page=2", "https://example.org/news/?page=2"),
        ("mailto:a@example.org", None),
        ("http://[oops", None),
    ],
)
def test_absolute_url(reference: str, url: str | None) -> None:
    assert absolute_url("https://example.org/news/", reference) == url


ANY_TEXT = st.text(st.characters())  # with surrogates and control characters
URL_LIKE = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP:", "javascript:", "//", "http://[", "http://a@b:", ""]),
    st.sampled_from(["example.org", "example.org:1", "127.0.0.1", "::1]", "bücher.example", ""]),
    st.sampled_from(["/", "/..", "?", ";jsessionid=", "#", ""]),
    ANY_TEXT,
)


@given(st.one_of(ANY_TEXT, URL_LIKE))
def test_no_text_makes_them_raise(url: str) -> None:
    normalized = normalize_url(url)
    assert normalize_url(normalized) == normalized
    assert hostname(normalized) == hostname(url)
    is_loopback(url)
    in_scope(url, HOSTS, ["a"], ["b"])
    absolute_url(url, url)
    absolute_url("https://example.org/", url)
