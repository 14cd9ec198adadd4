"""One page: bytes in, a page out, and nothing raised but that it is unreadable."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.extraction.document import UnreadableError
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import build_record, find_violation
from items import DateCandidate, DateKind, DateSource, Page, RemovedReason
from tests.extraction.making import PROSE

CONTEXT = PageContext(id="a1", url="https://bridge.example/open", collection="bridge")
TEXT = replace(CONTEXT, format="text")
CODED = "\n\n".join(
    ("Keepers", "Fish", "<https://bridge.example/2015/03/27/x>", "Open Letter", "By Ana Lee", "28 March 2015", PROSE)
)
PARTS = st.sampled_from(
    [
        *(
            f"<{tag}>".encode()
            for tag in "p /p div /div table tr td /table h1 /h1 title html /html body frameset".split()
        ),
        *(
            f"<{tag}>".encode()
            for tag in "/html svg pre br li ul /ul blockquote b /b i xmp plaintext select o:p".split()
        ),
        *(f"<{tag}>".encode() for tag in "article /article template noscript iframe meta&charset=undefined".split()),
        b"<a href='http://[x'>",
        b"<a href=x>",
        b"</a>",
        b"<meta charset=undefined>",
        b"<base href='http://[x'>",
        b"<link rel=canonical href='//[x'>",
        b"<time datetime='2015-99-99'>",
        b'<script type=\'application/ld+json\'>{"headline":"\\ud800"}</script>',
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"<?xml",
        b"&#0;&#xD800;&#1;",
        b"March 27, 2015 ",
        b"By Ana Lee ",
        b"words of prose and more of them ",
        b"\x00",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xe9",
        b"\x1b$B",
        b"\x0c\n",
    ]
)


def read(body: str | bytes, context: PageContext = CONTEXT) -> Page:
    return extract_page(body.encode() if isinstance(body, str) else body, context)


def test_a_page_of_html() -> None:
    head = "<title>The open bridge</title><link rel='canonical' href='/o'><base href='/base/'>"
    page = read(
        f"<html lang='en'><head>{head}</head><body><nav><a href='/'>Home</a></nav><article>"
        "<h1><a href='t.pdf'>The open bridge</a></h1>"
        f"<p>By Ana Lee</p><p>27 March 2015</p><p>{PROSE}</p><p>{PROSE} <a href='f.pdf?v=1'>Again</a>.</p></article>"
    )
    assert (page.title, page.authors, page.language, page.languages) == ("The open bridge", ("Ana Lee",), "en", ("en",))
    assert page.canonical_url == "https://bridge.example/o"
    assert [block.reason for block in page.blocks] == [
        RemovedReason.TITLE,
        RemovedReason.BYLINE,
        RemovedReason.BYLINE,
        None,
        None,
    ]
    assert [link.url for link in page.attachments] == ["https://bridge.example/base/f.pdf?v=1"]
    assert [(one.source, one.raw) for one in page.date_candidates] == [(DateSource.BYLINE, "27 March 2015")]
    assert page.blocks_outside == 1
    assert (page.provenance.method, page.provenance.encoding) == ("generic", "utf-8")


def test_a_date_is_found_above_the_title_below_the_text_and_by_its_label() -> None:
    text = f"<p>{PROSE}</p>" * 3
    above = read(f"<p>27 March 2015</p><article><h1>The open bridge</h1>{text}</article>")
    below = read(f"<article><h1>The open bridge</h1>{text}<p>27 March 2015</p></article>")
    labelled = read(f"<article><h1>The open bridge</h1>{text}</article><hr><div><p>Published: 27 March 2015</p></div>")
    assert [[(one.source, one.raw) for one in page.date_candidates] for page in (above, below, labelled)] == [
        [(DateSource.BYLINE, "27 March 2015")],
        [(DateSource.LINE, "27 March 2015")],
        [(DateSource.LINE, "27 March 2015")],
    ]


def test_where_a_page_states_no_day_htmldate_is_asked_and_only_there() -> None:
    text = f"<h1>The open bridge</h1>{f'<p>{PROSE}</p>' * 9}"
    prose = f"<p>{PROSE} It was on 27 March 2015. {PROSE}</p>"
    found = read(f"<article>{text}{prose}{text}</article>")
    assert [(one.source, one.raw) for one in found.date_candidates] == [(DateSource.HTMLDATE, "27 March 2015")]
    stated = "<meta name='date' content='{}'>"
    day = read(f"<head>{stated.format('2015-03-28')}</head><article>{text}{prose}</article>")
    assert [(one.source, one.raw) for one in day.date_candidates] == [(DateSource.META, "2015-03-28")]
    month = read(f"<article>{text}{prose}</article>", replace(CONTEXT, url="https://bridge.example/2015/03/open"))
    assert [one.source for one in month.date_candidates] == [DateSource.URL, DateSource.HTMLDATE]
    other = read(f"<article>{text}{prose}</article>", replace(CONTEXT, url="https://bridge.example/2015/04/open"))
    assert [one.source for one in other.date_candidates] == [DateSource.URL]


def test_a_statement_is_given_once() -> None:
    page = read(
        f"<article><h1>The open bridge</h1><p>Published 27 March 2015</p><p>{PROSE}</p><p>{PROSE}</p></article>"
    )
    assert [(one.source, one.raw) for one in page.date_candidates] == [(DateSource.BYLINE, "27 March 2015")]


def test_a_coded_text_file_names_its_source() -> None:
    page = read(CODED, replace(TEXT, url="file:coded.txt"))
    assert (page.url, page.organization, page.topics, page.document_type) == (
        "https://bridge.example/2015/03/27/x",
        "Keepers",
        ("Fish",),
        "Open Letter",
    )
    assert (page.authors, page.provenance.method) == (("Ana Lee",), "coded-text")
    assert [block.text for block in page.blocks if block.reason is None] == [PROSE]
    assert [one.raw for one in page.date_candidates] == ["28 March 2015", "2015-03-27"]


def test_what_the_caller_says_comes_before_the_header() -> None:
    known = replace(TEXT, url="urn:x:1", organization="Other", topics=("Boats",), document_type="Speech")
    page = read(CODED, known)
    assert (page.url, page.organization, page.topics, page.document_type) == ("urn:x:1", "Other", ("Boats",), "Speech")


def test_a_markdown_file_has_its_first_heading_for_a_title() -> None:
    page = read(f"# The open bridge\n\n{PROSE}", TEXT)
    assert (page.title, page.provenance.method) == ("The open bridge", "text")
    assert [block.reason for block in page.blocks] == [RemovedReason.TITLE, None]


def test_what_the_caller_knows_stays_with_the_page() -> None:
    feed = DateCandidate(DateSource.FEED, DateKind.PUBLISHED, "2015-03-27")
    context = replace(CONTEXT, date_candidates=(feed,), languages=("fr",), date_order="DMY", annotations=(("k", "v"),))
    page = read(f"<p>{PROSE}</p>", context)
    assert page.date_candidates == (feed,)
    assert (page.language, page.languages, page.date_order, page.annotations) == ("fr", ("fr",), "DMY", {"k": "v"})


def test_a_page_that_was_parsed_again_says_so() -> None:
    page = read(f"<html><body><p>{PROSE}</p></body></html><html><body><p>{PROSE} Again.</p></body></html>")
    assert page.provenance.method.endswith("+html5-reparse")
    assert [block.text for block in page.blocks] == [PROSE, f"{PROSE} Again."]


def test_the_content_digest_is_of_the_text_alone() -> None:
    one = read(f"<nav>a</nav><article><p>{PROSE}</p></article>", CONTEXT)
    other = read(f"<nav>b</nav><article class='x'><p>{PROSE}</p></article>", replace(CONTEXT, url="https://b.example/"))
    assert one.content_digest == other.content_digest
    assert one.provenance.payload_digest != other.provenance.payload_digest
    assert read(f"<p>{PROSE} More.</p>").content_digest != one.content_digest


@pytest.mark.parametrize(
    ("body", "form", "reason"),
    [
        (b"", "html", "no_text"),
        (b"<html><body><script>x</script></body></html>", "html", "no_text"),
        (b"%PDF-1.7", "html", "not_html_pdf"),
        (b"%PDF-1.7", "text", "not_text_pdf"),
        (b"{\\rtf1 x}", "text", "not_text_rtf"),
        (b"\n \n", "text", "no_text"),
    ],
)
def test_what_is_no_page(body: bytes, form: Literal["html", "text"], reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(body, replace(CONTEXT, format=form))
    assert caught.value.reason == reason


@given(
    st.one_of(st.binary(max_size=300), st.lists(PARTS, max_size=40).map(b"".join)),
    st.sampled_from(["html", "html", "text"]),
    st.sampled_from([None, None, "text/html; charset=utf-16", "text/html; charset=undefined", "charset=\xff"]),
)
@example(b"<html></html><frameset>", "html", None)
@example(b"[](x)", "text", None)
@example(b"!<meta>&#1", "html", None)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_unreadable_and_always_alike(
    body: bytes, form: Literal["html", "text"], content_type: str | None
) -> None:
    context = replace(CONTEXT, format=form, content_type=content_type)
    try:
        page = extract_page(body, context)
    except UnreadableError:
        return
    assert extract_page(body, context) == page
    assert [block.position for block in page.blocks] == sorted({block.position for block in page.blocks})
    stripped = strip_furniture(page.blocks)
    record = build_record(replace(page, blocks=stripped.kept, removed=stripped.removed))
    assert find_violation(record) in (None, "no_text")
