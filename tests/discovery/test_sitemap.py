import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.markup import MAX_BYTES
from crawler.discovery.sitemap import Sitemap, SitemapEntry, parse_sitemap

URLSET = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc> https://example.org/news/1 </loc>
    <lastmod>2015-03-27</lastmod>
    <image:image><image:loc>https://example.org/1.jpg</image:loc></image:image>
  </url>
  <url><loc>https://example.org/?a=1&amp;b=2</loc></url>
</urlset>"""
PAGES = (SitemapEntry("https://example.org/news/1", "2015-03-27"), SitemapEntry("https://example.org/?a=1&b=2"))


def urls(sitemap: Sitemap) -> list[str]:
    return [entry.url for entry in sitemap.pages]


@pytest.mark.parametrize(
    "body",
    [
        URLSET,
        gzip.compress(URLSET),
        gzip.compress(URLSET[:100]) + gzip.compress(URLSET[100:]),
        b"\xef\xbb\xbf" + URLSET,
        b"\n\n" + URLSET,
        URLSET.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        URLSET.replace(b' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', b""),
        URLSET.replace(b"sitemaps.org/schemas/sitemap/0.9", b"google.com/schemas/sitemap/0.84"),
        URLSET.replace(
            b"<loc> https://example.org/news/1 </loc>", b"<loc><![CDATA[https://example.org/news/1]]></loc>"
        ),
        URLSET.replace(b"a=1&amp;b=2", b"a=1&b=2"),
        URLSET.replace(b"?a=1&amp;b=2", b"<![CDATA[?a=1&b=2]]>"),
    ],
)
def test_every_spelling_of_a_urlset(body: bytes) -> None:
    assert parse_sitemap(body) == Sitemap(pages=PAGES)


def test_prefixes_declared_or_not() -> None:
    body = b"<s:urlset><s:url><s:loc>https://example.org/1</s:loc></s:url></s:urlset>"
    assert parse_sitemap(body) == Sitemap(pages=(SitemapEntry("https://example.org/1"),))


def test_index() -> None:
    body = b"""<sitemapindex><sitemap><loc>https://example.org/1.xml.gz</loc><lastmod>2020</lastmod></sitemap>
        <sitemap><loc>/relative.xml</loc></sitemap></sitemapindex>"""
    sitemap = parse_sitemap(body)
    assert sitemap.sitemaps == (SitemapEntry("https://example.org/1.xml.gz", "2020"),)
    assert sitemap.pages == ()
    assert sitemap.problems == ("1 × <sitemap> without an absolute http(s) URL, the first: '/relative.xml'",)


def test_news_sitemap_gives_the_publication_date() -> None:
    body = b"""<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>
        <loc>https://example.org/1</loc>
        <news:news><news:title>A</news:title><news:publication_date>2020-01-02</news:publication_date></news:news>
        </url></urlset>"""
    assert parse_sitemap(body).pages == (SitemapEntry("https://example.org/1", published="2020-01-02"),)


def test_plain_text() -> None:
    sitemap = parse_sitemap(b"\xef\xbb\xbfhttps://example.org/1\r\n\r\nhttps://example.org/2\nnot a URL\n")
    assert urls(sitemap) == ["https://example.org/1", "https://example.org/2"]
    assert sitemap.problems == ("1 × line without an absolute http(s) URL, the first: 'not a URL'",)


def test_a_feed_as_sitemap() -> None:
    body = b"<rss><item><link>https://example.org/1</link><pubDate>Fri, 27 Mar 2015</pubDate></item></rss>"
    assert parse_sitemap(body) == Sitemap(pages=(SitemapEntry("https://example.org/1", published="Fri, 27 Mar 2015"),))


def test_a_urlset_after_an_error_page() -> None:
    sitemap = parse_sitemap(b"<html><body><b>Warning</b>: foo &nbsp; in index.php<br></body></html>" + URLSET)
    assert sitemap.pages == PAGES
    assert sitemap.problems == ("text before the root element was skipped",)


def test_broken_xml_gives_what_can_be_read() -> None:
    sitemap = parse_sitemap(
        b"<urlset>\n<url><loc>https://example.org/1</loc>\n<url><loc>https://example.org/2</loc></url>"
    )
    assert urls(sitemap) == ["https://example.org/1", "https://example.org/2"]
    assert sitemap.problems[0].startswith("broken XML, line ")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no entries"),
        (b"<urlset></urlset>", "no entries"),
        (b"<html><body>Not found</body></html>", "neither a sitemap nor a feed"),
        (gzip.compress(URLSET)[:-20], "gzip ends too early"),
        (b"\x1f\x8bnonsense", "broken gzip"),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, problem: str) -> None:
    assert any(said.startswith(problem) for said in parse_sitemap(body).problems)


def test_a_bomb_is_a_problem_and_not_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    tracemalloc.start()
    sitemap = parse_sitemap(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sitemap.problems[0] == f"longer than {MAX_BYTES} bytes unpacked: the rest was not read"
    assert peak < 6 * MAX_BYTES


def test_a_long_sitemap_is_read_whole() -> None:
    body = b"<urlset>" + b"<url><loc>https://example.org/1</loc></url>" * 50_001 + b"</urlset>"
    sitemap = parse_sitemap(body)
    assert len(sitemap.pages) == 50_001
    assert sitemap.problems == ("50001 entries, where the protocol allows 50000",)


def test_entities_are_neither_expanded_nor_fetched() -> None:
    body = b"""<?xml version="1.0"?><!DOCTYPE urlset [
        <!ENTITY secret SYSTEM "file:///etc/passwd"><!ENTITY host "https://example.org/">
        <!ENTITY more "&host;&host;&host;">]>
        <urlset><url><loc>&secret;</loc></url><url><loc>&more;</loc></url>
        <url><loc>https://example.org/1</loc></url></urlset>"""
    sitemap = parse_sitemap(body)
    assert urls(sitemap) == ["https://example.org/1"]
    assert sitemap.problems == ("2 × <url> without an absolute http(s) URL, the first: '&secret;'",)


PIECES = st.lists(
    st.sampled_from(
        [
            b"<urlset>",
            b"</urlset>",
            b"<url>",
            b"</url>",
            b"<loc>",
            b"</loc>",
            b"http://a.org/",
            b"<![CDATA[",
            b"]]>",
            b"<!DOCTYPE a [",
            b"&amp;",
            b"&#0;",
            b"&#xD800;",
            b"&",
            b"\xff",
            b"\x00",
            b"<?xml encoding='idna'?>",
            b"<rss>",
            b"<item>",
            b"<link>",
            b"\xfe\xff",
            b"\x1f\x8b",
            b"<!--",
            b"http://[",
            b"<sitemapindex ",
            b"a:b='",
            b"'>",
        ]
    )
).map(b"".join)


@given(st.one_of(st.binary(), PIECES, PIECES.map(gzip.compress)))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    sitemap = parse_sitemap(body)
    assert sitemap.pages or sitemap.sitemaps or sitemap.problems
