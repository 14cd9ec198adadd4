"""The report as a page: sound, safe whatever the records hold, small, and the same each time."""

import json
import random
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from lxml import html

from crawler.corpus.reporting.page import published, sources, style
from crawler.corpus.reporting.page.charts import draw_bar, draw_columns
from crawler.corpus.reporting.page.markup import Html, clean_text, isolate, link, quote, share, shorten, write
from crawler.corpus.reporting.page.whole import render_report
from crawler.corpus.reporting.statistics import NOTHING_STATED
from crawler.extraction import date_choice
from crawler.extraction.model import Distrust, Layout, Place, Position, Rule, SiteModel, Template
from crawler.outcomes import Outcome
from crawler.storage.ledger import State
from crawler.storage.visits import Account
from items import DateSource, RemovedReason
from tests.corpus.report_making import HOSTILE, NAME, evidence, make_report, record, removed

VOID = ("meta", "br", "path", "rect")
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
HOST = "office.example"


class Tags(HTMLParser):
    """What a page consists of; every element that is opened must be closed in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def hostile_records() -> list[dict[str, Any]]:
    """Records with a hostile text in each field that holds what others wrote."""
    found = []
    for number, text in enumerate(HOSTILE):
        date = "2015-03-27"
        one = record(number, f"{text}\n\nSecond paragraph, {text}", date=date)
        one |= {
            "url": (
                f"javascript:alert({text!r})",
                f"https://a.example/{text}",
                f"https://a.example/שלום?{number}&b='c'",
            )[number % 3],
            "title": text,
            "authors": [text],
            "organization": text,
            "document_type": text,
            "language": text,
            "removed": [removed(text, support=3), removed(f"{text} again", "share", 2)],
            "date_evidence": [
                evidence("byline", text, date) | {"place": text},
                evidence("line", text, None, reason="none"),
            ],
        }
        one["provenance"]["method"] = "container"
        found.append(one)
    found.append(found[0] | {"id": "0" * 20, "text": f"{HOSTILE[1]} " * 60})
    found.append(found[0] | {"id": "1" * 20, "text": f"{HOSTILE[1]} " * 60, "title": HOSTILE[8]})
    return found


def hostile_model() -> SiteModel:
    templates = tuple(
        Template(
            f"{number:016}", text, Rule.TEMPLATE, Place.TAIL, text, 5, 9, fixed=True, examples=("https://secret/",)
        )
        for number, text in enumerate(HOSTILE)
    )
    position = Position("p", HOSTILE[1], Rule.FIELD, Place.HEAD, 5, 9, examples=("the text of one page",))
    return SiteModel(HOST, 9, layouts=(Layout(HOSTILE[2], 9, 9, 1.0, templates, (position,), ("https://secret/",)),))


@pytest.fixture(scope="module")
def hostile() -> str:
    report = make_report(
        hostile_records(),
        accounts=[Account(State.EXCLUDED, text.replace("\ud800", "").replace("\udfff", ""), 1, 0) for text in HOSTILE],
        models={HOST: hostile_model()},
        left_out=dict.fromkeys(HOSTILE, 1),
    )
    return render_report(report).decode("utf-8")


def test_the_page_is_sound(hostile: str) -> None:
    tags = Tags()
    tags.feed(hostile)
    assert tags.open == []
    names = Counter(name for name, _ in tags.seen)
    assert (
        names["h1"]
        == names["main"]
        == names["title"]
        - names["svg"]
        + sum("aria-hidden" in attributes for name, attributes in tags.seen if name == "svg")
        == 1
    )
    levels = [int(name[1]) for name, _ in tags.seen if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in tags.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name in ("href", "aria-labelledby"):
        for _, attributes in tags.seen:
            for target in (attributes.get(name) or "").split():
                assert name != "href" or target.startswith(("#", "https://")), target
                if name == "aria-labelledby" or target.startswith("#"):
                    assert target.removeprefix("#") in ids
    tree = html.fromstring(hostile)
    assert tree.get("lang") == "en"
    assert len(tree.xpath("//nav//a")) == len(tree.xpath("//main/section")) == 9
    for table in tree.xpath("//table"):
        assert table.xpath("./caption")
        widths = {len(row) for row in table.xpath(".//tr")}
        assert len(widths) == 1


def test_nothing_of_others_is_markup(hostile: str) -> None:
    tags = Tags()
    tags.feed(hostile)
    names = {name for name, _ in tags.seen}
    assert names & {"script", "img", "iframe", "object", "embed", "form", "input", "base", "link"} == set()
    attributes = {name for _, found in tags.seen for name in found}
    assert [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")] == []
    assert len(re.findall("<style>", hostile)) == len(re.findall("</style>", hostile)) == 1
    assert "content=\"default-src 'none'; style-src 'sha256-" in hostile
    links = [found for name, found in tags.seen if name == "a" and not (found["href"] or "").startswith("#")]
    assert links
    assert {found["rel"] for found in links} == {"noopener noreferrer"}
    assert all(re.match("https?://", found["href"] or "") for found in links)


def test_nothing_of_others_steers_the_page(hostile: str) -> None:
    assert STEERING.search(hostile) is None
    assert "\N{REPLACEMENT CHARACTER}txt.exe \N{REPLACEMENT CHARACTER} never closed" in hostile
    tree = html.fromstring(hostile)
    # What is written from right to left stands in an element that has a direction of its own.
    for node in tree.xpath("//body//text()"):
        if re.search("[\u0590-\u06ff]", node):
            holder = node.getparent()
            assert (
                holder.tag in ("bdi", "desc")
                or (holder.tag == "title" and holder.getparent().tag == "svg")
                or (holder.get("dir") == "auto")
            ), (holder.tag, node)


def test_what_was_written_is_shown_as_it_was(hostile: str) -> None:
    text = html.fromstring(hostile).text_content()
    for one in HOSTILE:
        assert " ".join(clean_text(one).split()) in " ".join(text.split())
    assert "&amp;lt;b&amp;gt; &amp;amp;amp; &amp;#60;" in hostile


def test_what_a_takedown_list_may_name_is_not_shown(hostile: str) -> None:
    """Models hold examples of pages that are in no record of the corpus."""
    assert "secret" not in hostile
    assert "the text of one page" not in hostile


def test_pieces() -> None:
    assert write("<b> & \ud800\u202e") == "&lt;b&gt; &amp; \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    assert write(Html("<b>")) == "<b>"
    assert quote("\"\n<'") == "&quot; &lt;&#x27;"
    assert clean_text("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd\te"
    assert shorten("one  two\nthree", 9) == "one two…"
    assert shorten("one two", 7) == "one two"
    assert shorten("a" * 10**6, 5) == "aaaa…"
    assert isolate("<\u2069>") == "<bdi>&lt;\N{REPLACEMENT CHARACTER}&gt;</bdi>"


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/b?c=1&d=2#e",
        "HTTP://a.example",
        "https://münchen.example/ü",
        "http://[::1]/",
        "http://a.b:8/",
    ],
)
def test_addresses_of_the_web_are_links(url: str) -> None:
    found = html.fragment_fromstring(link(url))
    assert (found.tag, found.get("href"), found.text_content()) == ("a", url, url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:a.txt",
        "//a.example",
        "https://",
        "https:///a",
        "https://a.example/ b",
        "https://a.example/\u202e",
        "https://a.example/\u2028",
        "https://a.example/\ud800",
        'https://a.example/"onclick="x',
        "https://a.example/<b>",
        " https://a.example/",
        "java\tscript:x",
        "https://[a/",
        f"https://a.example/{'b' * 3000}",
        "",
    ],
)
def test_other_addresses_are_text(url: str) -> None:
    assert html.fragment_fromstring(link(url)).tag == "span"


def test_shares_are_never_rounded_to_nothing_or_all() -> None:
    assert [share(part, 1000) for part in (0, 1, 5, 500, 999, 1000)] == [
        "0 %",
        "< 1 %",
        "< 1 %",
        "50 %",
        "> 99 %",
        "100 %",
    ]
    assert share(0, 0) == "–"


# --- Numbers ----------------------------------------------------------------------------------------------------------


def rows(page: str, section: str, caption: str) -> list[list[str]]:
    """Give the cells of the table of a section whose caption begins so, its head first."""
    (table,) = [
        one
        for one in html.fromstring(page).xpath(f"//section[@id='{section}']//table")
        if one.find("caption").text_content().startswith(caption)
    ]
    return [[cell.text_content().strip() for cell in row] for row in table.xpath(".//tr")]


@pytest.fixture(scope="module")
def page() -> str:
    records = [
        record(1, date="2013-03-27", document_type="News"),
        record(2, date="2013-03", document_type="News"),
        record(3, date="2015-12-01", document_type="Brief"),
        record(4, date="2015", document_type="Brief", removed=[removed("Share", support=4)]),
        record(5, removed=[removed("Share", support=4), removed("By A", "byline", 1)]),
        record(
            6,
            date_published="2014-21",
            date_published_earliest="2014-03-01",
            date_published_latest="2014-05-31",
            date_published_precision="season",
        ),
        record(7, "the same words again " * 30, date="2015-12-02", word_count=120),
        record(8, "the same words again " * 30, date="2015-12-03", word_count=120),
    ]
    accounts = [Account(State.RECORDED, None, 7, 7), Account(State.GONE, "http_404", 3, 1)]
    return render_report(make_report(records, accounts=accounts, left_out={"a request": 2})).decode()


def test_the_calendar(page: str) -> None:
    found = rows(page, "published", "Records by year and month")
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    assert found == [
        ["Year", *months, "year only", "season", "All"],
        ["2013", "", "", "2", *[""] * 9, "", "", "2"],
        ["2014", *[""] * 12, "", "1", "1"],
        ["2015", *[""] * 11, "3", "1", "", "4"],
        ["All", "0", "0", "2", *["0"] * 8, "3", "1", "1", "7"],
    ]
    assert "1 record of 8 (12 %) has no date and is in no year below." in page


def test_types_by_month(page: str) -> None:
    assert rows(page, "published", "Records by month of publication and document type") == [
        ["Month", "Brief", "News", "no type", "All"],
        ["2013-03", "", "2", "", "2"],
        ["2015-12", "1", "", "2", "3"],
        ["2014, season", "", "", "1", "1"],
        ["2015, year only", "1", "", "", "1"],
        ["no date", "", "", "1", "1"],
        ["All", "2", "2", "4", "8"],
    ]
    charts = html.fromstring(page).xpath("//figure//*[name()='svg'][@role='img']")
    assert len(charts) == 3 + 1
    titles = [chart.xpath("./*[name()='title']")[0].text for chart in charts]
    assert titles[0] == "Brief: records a month"
    assert "Columns from 2013-03 to 2015-12, one for each month; the highest is 2 in 2013-03." in page
    assert "2 records without a single month are not in the pictures." in page


def test_long_spans_are_drawn_by_year() -> None:
    records = [record(number, date=f"{1990 + number}-01-11") for number in range(35)]
    text = render_report(make_report(records)).decode()
    assert "Columns from 1990 to 2024, one for each year" in text
    assert len(rows(text, "published", "Records by month of publication and document type")) == 37
    apart = [record(1, date="1802-03-11"), record(2, date="2024-03-11")]
    text = render_report(make_report(apart)).decode()
    assert [row[0] for row in rows(text, "published", "Records by year and month")] == ["Year", "1802", "2024", "All"]


def test_the_other_tables(page: str) -> None:
    evidence_rows = rows(page, "dates", "Records by evidence")
    assert evidence_rows[0][1:5] == ["day", "month", "season", "year"]
    assert evidence_rows[-1][1:6] == ["4", "1", "1", "1", "7"]
    missing = {row[0]: row[1:3] for row in rows(page, "missing", "Records that lack a field")}
    assert missing["date_published"] == ["1", "12 %"]
    assert missing["near_duplicate_of"] == ["7", "88 %"]
    assert missing["authors"] == ["8", "100 %"]
    assert "title" not in missing
    lengths = rows(page, "lengths", "Records by words")
    assert [row[1] for row in lengths[1:]] == ["6", "", "", "2", *[""] * 6]
    assert [row[1:5] for row in rows(page, "removed", "Blocks by the reason")[1:]] == [
        ["2", "2", "25 %", "2"],
        ["1", "1", "12 %", "2"],
        ["3", "2", "", "4"],
    ]
    assert rows(page, "removed", "Removed texts")[1:] == [["Share", "template", "2", "4"]]
    accounts = rows(page, "accounts", f"URLs of {NAME}")
    assert [row[1:4] for row in accounts[1:]] == [["", "7", "7"], ["http_404", "3", "1"], ["", "10", "8"]]
    assert rows(page, "redesign", "Records by method")[1][:2] == ["container", "8"]
    text = html.fromstring(page).text_content()
    assert "2 records form 1 cluster of nearly the same text; 1 of them names another as the original" in text
    assert "2 by the takedown lists: a request 2" in text


def test_a_collection_of_files_says_what_it_cannot_tell() -> None:
    text = render_report(make_report([record(1, change=None, revision=None)], run=None)).decode()
    assert "Read from files, which have no ledger" in text
    assert "the latest reading of the files" in text


def test_every_reason_and_state_is_explained() -> None:
    records = [record(1, removed=[removed("x", reason, number) for number, reason in enumerate(RemovedReason)])]
    ends = [Account(state, None, 1, 0) for state in State if state not in ("held", "pending", "in_flight", "stored")]
    text = render_report(make_report(records, accounts=ends)).decode()
    for row in rows(text, "removed", "Blocks by the reason")[1:-1] + rows(text, "accounts", "URLs of")[1:-1]:
        assert " " in row[0], row


def test_every_source_precision_and_reason_of_a_date_is_known() -> None:
    assert set(published._SOURCES) == {*DateSource, ""}
    assert set(published._PRECISIONS) == set(date_choice._PRECISIONS)
    given = {"none", "ambiguous_order", "ambiguous_month", "relative", "invalid", "future", *Distrust}
    assert set(published._REASONS) == {NOTHING_STATED, *given}
    assert set(sources._OUTCOMES) == set(Outcome)


def test_a_date_of_an_unknown_precision_is_shown_all_the_same() -> None:
    odd = record(1, date="2015-03-27") | {"date_published_precision": "decade"}
    text = render_report(make_report([odd, odd | {"id": "2", "date_published_precision": None}])).decode()
    assert rows(text, "dates", "Records by evidence")[-1][1:4] == ["1", "1", "2"]


def test_kept_and_removed_stand_side_by_side_in_their_order() -> None:
    out = [removed("third", position=9), removed("first", "title", 1), removed("second", "byline", 4, 7)]
    text = render_report(make_report([record(1, "One.\n\nTwo.", removed=out, title=None)])).decode()
    (article,) = html.fromstring(text).xpath("//article")
    kept, taken = article.xpath(".//*[@role='region']")
    assert kept.xpath("string(.//*[@class='plain'])") == "One.\n\nTwo."
    assert [one.text for one in taken.xpath(".//*[@class='plain']")] == ["first", "second", "third"]
    assert {one.get("tabindex") for one in (kept, taken)} == {"0"}
    assert "byline, 7 pages: became the record’s authors or date. Block 4." in text
    assert "without a title" in text


# --- Size, sameness, colors -------------------------------------------------------------------------------------------


def many_records(count: int) -> list[dict[str, Any]]:
    """Records of thirty years with all that makes a page grow: long texts, many types, sites, blocks, duplicates."""
    chance = random.Random(7)
    same = " ".join(f"word{number}" for number in range(80))
    reasons = list(RemovedReason)
    found = []
    for number in range(count):
        date = f"{chance.randint(1994, 2024)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        long = number % 100 == 0
        text = "& < > \" ' " * 4_000 if long else f"{same} {number % 700}" if number % 3 else f"{number} & so on"
        one = record(number, text, date=date if number % 9 else None, document_type=f"Type & {number % 150}")
        one["url"] = f"https://host{number % 300}.example/{'&' * 300}/{number}"
        one["title"] = f"{'&' * 2_000} {number}"
        one["provenance"]["fetched_at"] = f"20{10 + number % 16}-{1 + number % 12:02}-01T00:00:00Z"
        one["provenance"]["method"] = ("container", "generic")[number % 2]
        one["removed"] = [
            removed("&" * (3_000 if long else 600) + str(chance.randint(0, 5_000)), chance.choice(reasons), place)
            for place in range(200 if long else 2)
        ]
        one["date_evidence"] += [evidence("line", "&" * 3_000, None, reason="none")] * 30
        found.append(one)
    return found


def test_the_page_of_ten_thousand_records_is_small() -> None:
    records = many_records(10_000)
    things = tuple(
        Template(f"{number:016}", "&" * 3_000, Rule.TEMPLATE, Place.TAIL, "&" * 900, 5, 9, fixed=True)
        for number in range(300)
    )
    model = SiteModel("", 9, layouts=tuple(Layout("&" * 900, 9, 9, 1.0, things) for _ in range(30)))
    models = {f"host{number}.example": model for number in range(300)}
    accounts = [Account(State.EXCLUDED, f"deny:{'&' * 900}{number}", 1, 0) for number in range(1_000)]
    ordinary = render_report(make_report(records))
    # All that could make it larger at once: the longest records, models and reasons without end, the largest sample.
    longest = [one for one in records if len(one["text"]) > 10**4]
    worst = render_report(make_report(longest, sample=50, models=models, accounts=accounts))
    assert len(ordinary) < 2_000_000
    assert len(worst) < 3_000_000


def test_long_texts_are_shortened_with_a_note() -> None:
    text = render_report(make_report([record(1, "word " * 100_000, removed=[removed("out " * 1_000)])])).decode()
    assert "Shortened: 492,000 further characters not shown." in text
    assert "Shortened by 2,500 characters." in text
    assert "Texts longer than 8,000 characters are shortened." in text


def test_of_many_blocks_the_first_are_shown() -> None:
    blocks = [removed("a", position=number) for number in range(5_000)]
    page = render_report(make_report([record(number, removed=blocks) for number in range(50)], sample=50))
    assert "4,940 further blocks not shown." in page.decode()
    assert len(page) < 3_000_000


def test_the_same_records_give_the_same_page() -> None:
    records = [record(number, date=f"20{10 + number % 10}-03-27") for number in range(60)]
    page = render_report(make_report(records))
    assert render_report(make_report(json.loads(json.dumps(records)))) == page
    assert render_report(make_report(records, seed=1)) != page


def contrast(one: str, other: str) -> float:
    """The contrast of two colors by WCAG 2.2."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colors_can_be_told_apart() -> None:
    assert round(contrast("#000000", "#ffffff")) == 21
    for ink in (style.INK, style.QUIET, style.COLOR, style.REASON):
        assert contrast(ink, style.PAPER) >= 4.5
    assert all(contrast(style.INK, tint) >= 7 for tint in style.TINTS)
    assert contrast(style.REASON, style.REMOVED) >= 4.5
    assert contrast(style.COLOR, style.PAPER) >= 3


def test_charts() -> None:
    drawn = draw_columns([0, 5, 10, 0], "A & B", "<most>", "x")
    assert "A &amp; B" in drawn
    assert "&lt;most&gt;" in drawn
    assert 'd="M11 100v-50h8v50zM21 100v-100h8v100z"' in drawn
    assert 'd=""' in draw_columns([], "A", "B", "x")
    assert "v-50" in draw_columns([50], "A", "B", "x", most=100)
    assert [re.findall('width="([^"]+)"', draw_bar(part, 1000))[0] for part in (0, 1, 500, 1000)] == [
        "0",
        "1",
        "50",
        "100",
    ]
