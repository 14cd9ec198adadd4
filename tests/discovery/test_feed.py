import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.feed import Feed, FeedEntry, parse_feed

BASE = "https://example.org/news/feed"


def test_rss_2() -> None:
    body = b"""<?xml version="1.0"?>
    <rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
    <channel><title>News</title><link>https://example.org/</link>
    <item><media:title>A picture</media:title><title>Torture &amp;#8212; &lt;em&gt;again&lt;/em&gt;</title>
      <link>https://example.org/1#top</link><pubDate>Fri, 27 Mar 2015 10:00:00 -0400</pubDate>
      <atom:updated>2015-03-28</atom:updated></item>
    <item><title><![CDATA[Q&A]]></title><link>/2?a=1&b=2</link></item>
    <item><guid isPermaLink="true">https://example.org/3</guid></item>
    <item><guid isPermaLink="false">https://example.org/4</guid><title>No address</title></item>
    </channel></rss>"""
    feed = parse_feed(body, BASE)
    assert feed.entries == (
        FeedEntry("https://example.org/1", "Torture — again", "Fri, 27 Mar 2015 10:00:00 -0400", "2015-03-28"),
        FeedEntry("https://example.org/2?a=1&b=2", "Q&A"),
        FeedEntry("https://example.org/3"),
    )
    assert feed.problems == ("1 × entry without an http(s) address",)


def test_rdf_with_dublin_core() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title></channel>
      <item rdf:about="https://example.org/1"><title>One</title><dc:date>2004-05-06</dc:date></item></rdf:RDF>"""
    assert parse_feed(body, BASE) == Feed((FeedEntry("https://example.org/1", "One", "2004-05-06"),))


def test_atom_1() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/blog/">
      <link rel="self" href="/feed"/><title>Blog</title>
      <entry><title type="html">a &lt;b&gt;bold&lt;/b&gt; claim</title>
        <link rel="edit" href="edit/1"/><link type="application/pdf" href="1.pdf"/><link href="1"/>
        <id>tag:example.org,2015:1</id><published>2015-03-27</published><updated>2015-03-28</updated></entry>
      <entry><title>1 &lt; 2</title><id>https://example.org/2</id></entry>
      <entry><title type="xhtml"><div>An <i>old</i> one</div></title><content src="3"/></entry>
      </feed>"""
    assert parse_feed(body, BASE) == Feed(
        (
            FeedEntry("https://example.org/blog/1", "a bold claim", "2015-03-27", "2015-03-28"),
            FeedEntry("https://example.org/2", "1 < 2"),
            FeedEntry("https://example.org/blog/3", "An old one"),
        )
    )


def test_json_feed() -> None:
    items = [
        {"id": "1", "url": "/1", "title": "One\x00", "date_published": "2015-03-27", "date_modified": "2015-03-28"},
        {"id": "https://example.org/2", "title": 7},
        {"id": "3"},
        "four",
    ]
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
    assert parse_feed(body, BASE) == Feed(
        (FeedEntry("https://example.org/1", "One", "2015-03-27", "2015-03-28"), FeedEntry("https://example.org/2")),
        ("2 × entry without an http(s) address",),
    )


def test_an_old_feed_with_html_entities_and_windows_quotes() -> None:
    body = b"""<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x/r.dtd">
      <rss version="0.91"><channel><item><title>It\x92s caf&eacute;&nbsp;time</title><link>https://example.org/1</link>
      </item></channel></rss>"""
    assert parse_feed(gzip.compress(body), BASE) == Feed((FeedEntry("https://example.org/1", "It’s café time"),))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no feed"),
        (b"<html><body>Not found</body></html>", "no feed"),
        (b"<urlset><url><loc>https://example.org/</loc></url></urlset>", "no feed"),
        (b"<rss><channel></channel></rss>", "no entries"),
        (b'{"items": 3}', "JSON without a list of items"),
        (b"{", "broken JSON"),
        (b'{"items":' + b"[" * 100_000, "broken JSON"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, problem: str) -> None:
    feed = parse_feed(body, BASE)
    assert feed.entries == ()
    assert feed.problems[0].startswith(problem)


PIECES = st.lists(
    st.sampled_from(
        [
            b"<rss>",
            b"<item>",
            b"</item>",
            b"<link>",
            b"</link>",
            b"<link href='http://[' rel=''/>",
            b"http://a.org",
            b"&x;",
            b"<feed xml:base='http://['>",
            b"<entry>",
            b"<title type='html'>",
            b"<RDF>",
            b'{"items":[',
            b'{"url":"',
            b'"}]}',
            b"<![CDATA[",
            b"]]>",
            b"<",
            b"&#1;",
            b"\\ud800",
            b"\xff",
            b"<guid>",
            b"<content src='a'/>",
            b"<a:title>",
        ]
    )
).map(b"".join)


@given(st.one_of(st.binary(), PIECES), st.one_of(st.just(BASE), st.text(st.characters())))
def test_no_bytes_make_it_raise(body: bytes, base_url: str) -> None:
    feed = parse_feed(body, base_url)
    assert feed.entries or feed.problems
