"""Each wrong gold date is proven by its page, and all pages that prove one by an update are listed.

The pages are read here by other means than the program's, and more strictly: a date in any publication field of any
object counts, and one that cannot be read refuses the page.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import lxml.etree
import lxml.html
import pytest

from benchmarks.corpora import FOLDER, WITH_DATE, GoldPage, load_gold
from benchmarks.wrong_gold import WRONG_GOLD, Proof, WrongGold, by_page

ISO_DAY = re.compile(r"(?:1[89]|20)\d\d-\d\d-\d\d")
PUBLISHED_FIELD = re.compile(r"publish(?!er)|publication|pub_?-?date|issued", re.IGNORECASE)
UPDATE_FIELD = re.compile(r"modif|updat|lastmod", re.IGNORECASE)
PUBLISHED_WORD = re.compile(r"\b(?:published|posted|publication|released|created|veröffentlicht|erstellt|erschienen)\b")
UPDATE_WORD = re.compile(r"\b(?:updated|modified|revised|aktualisiert|geändert|mise? à jour|actualizado|aggiornato)\b")
LABEL = 40  # characters before a day in which the word stands that says what it is
MONTHS = (
    "jan ene gen",
    "feb fév fev",
    "mar mär mrz maa",
    "apr avr abr",
    "may mai maj mei mag",
    "jun juin giu",
    "jul juil lug",
    "aug août aout ago",
    "sep set",
    "oct okt out ott",
    "nov",
    "dec dez dic déc",
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of its days."""

    published: frozenset[str]  # the days in fields for a publication; "?" for what is no day
    updated: frozenset[str]  # the days in fields for an update
    shown: str  # the text, lower case
    named: str  # the text of elements that are named for a publication, lower case


def spell(day: str) -> re.Pattern[str]:
    """Find a day in the forms in which pages write it, in either order of day and month; lower case."""
    given = date.fromisoformat(day)
    year, month, number = given.year, given.month, given.day
    name = f"(?:{'|'.join(MONTHS[month - 1].split())})[^\\W\\d_]*\\.?"
    short = rf"(?:{year}|{year % 100:02})(?!\d)"
    return re.compile(
        rf"(?<!\d){year}(?P<mark>[-/._]?){month:02}(?P=mark){number:02}(?!\d(?!\d{{5}}))"
        rf"|(?<!\d){year}\s?[-/.年년]\s?0?{month}\s?[-/.月월]\s?0?{number}(?!\d)"
        rf"|(?<!\d)0?{number}\s?[-/.]\s?0?{month}\s?[-/.]\s?{short}"
        rf"|(?<!\d)0?{month}\s?[-/.]\s?0?{number}\s?[-/.]\s?{short}"
        rf"|(?<!\d)0?{number}(?:st|nd|rd|th|º|\.)?[-\s]*(?:of\s|de\s)?{name},?[-\s]*(?:de\s)?{short}"
        rf"|(?<!\w){name}[-\s]*0?{number}(?:st|nd|rd|th)?,?[-\s]*{short}"
    )


def read_source(page: GoldPage) -> str:
    body = page.body()
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")


def find_fields(tree: lxml.html.HtmlElement) -> Iterator[tuple[str, str]]:
    """Name and value of the fields of JSON-LD, `<meta>` and `<time>`."""
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                pending = [json.loads(script.text or "", strict=False)]
            except ValueError:
                continue
            while pending:
                value = pending.pop()
                if isinstance(value, list):
                    pending += value
                elif isinstance(value, dict):
                    pending += value.values()
                    yield from ((key, text) for key, text in value.items() if isinstance(text, str))
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        yield name, meta.get("content") or ""
    for time in tree.iter("time"):
        yield f"{time.get('class') or ''} {time.get('itemprop') or ''}", time.get("datetime") or ""


def listen(source: str) -> Said:
    tree = lxml.html.document_fromstring(source.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    published, updated = set(), set()
    for name, value in find_fields(tree):
        days = {match[0] for match in [ISO_DAY.match(value.strip())] if match}
        if PUBLISHED_FIELD.search(name):
            published |= days or ({"?"} if re.search(r"(?:19|20)\d\d", value) and "://" not in value else set())
        elif UPDATE_FIELD.search(name):
            updated |= days
    lxml.etree.strip_elements(tree, "script", "style", "noscript", "template", "head", with_tail=False)
    named = [
        " ".join(element.itertext())
        for element in tree.xpath("//*[contains(@class, 'publi') or contains(@itemprop, 'ubli')]")
        if len(element) < 8
    ]
    return Said(
        frozenset(published),
        frozenset(updated),
        " ".join(" ".join(tree.itertext()).split()).lower(),
        " ".join(" ".join(named).split()).lower(),
    )


def prove_update(page: GoldPage, gold: str) -> str | None:
    """The day of publication, where the page proves the gold day an update."""
    source = read_source(page)
    if gold not in source or not UPDATE_WORD.search(source.lower()):
        return None
    said = listen(source)
    day = spell(gold)
    if len(said.published) != 1 or gold not in said.updated or day.search(page.url):
        return None
    (true,) = said.published
    if true == "?" or true >= gold or abs((date.fromisoformat(gold) - date.fromisoformat(true)).days) <= 1:
        return None
    words = judge_words(said.shown, day)
    if "published" in words or judge_words(said.named, day) - {"updated"}:
        return None
    return true if "updated" in words else None


def judge_words(text: str, day: re.Pattern[str]) -> set[str | None]:
    """What the words before a day call it, wherever it stands in a text."""
    found: set[str | None] = set()
    for match in day.finditer(text):
        before = text[max(0, match.start() - LABEL) : match.start()]
        updated = max((word.end() for word in UPDATE_WORD.finditer(before)), default=-1)
        published = max((word.end() for word in PUBLISHED_WORD.finditer(before)), default=-1)
        found.add("updated" if updated > published else "published" if published > updated else None)
    return found


def is_absent(page: GoldPage, entry: WrongGold) -> bool:
    """Whether the gold day stands nowhere on the page, and the true one twice; its URL may say the year."""
    source = html.unescape(read_source(page)).lower()
    plain = " ".join(
        re.sub(r"<!--.*?-->|<[^>]*>|\b\d\d:\d\d\b", " ", source).split()
    )  # one date may be several elements
    gold, true = spell(entry.gold), spell(entry.true)
    if gold.search(source) or gold.search(plain) or gold.search(page.url):
        return False
    shown = len(true.findall(plain))
    return (
        shown >= 1 and shown + (entry.true in listen(read_source(page)).published) + (entry.true[:4] in page.url) >= 2
    )


def dated_page(*, field: str = "2020-01-02T10:00Z", shown: str = "Updated: March 5, 2020", url: str = "") -> GoldPage:
    class Page(GoldPage):
        def body(self) -> bytes:
            linked = json.dumps({"datePublished": field, "dateModified": "2020-03-05T10:00Z"})
            return f"<script type='application/ld+json'>{linked}</script><p>{shown}</p>".encode()

    return Page("any", "any", f"https://example.org/{url}", {})


def test_what_proves_an_update() -> None:
    assert prove_update(dated_page(), "2020-03-05") == "2020-01-02"
    assert prove_update(dated_page(shown="March 5, 2020"), "2020-03-05") is None
    assert prove_update(dated_page(shown="Updated: March 6, 2020"), "2020-03-05") is None
    assert prove_update(dated_page(shown="Updated. Published March 5, 2020"), "2020-03-05") is None
    assert prove_update(dated_page(shown="Updated 5.3.2020 <b class=published>5.3.2020</b>"), "2020-03-05") is None
    assert prove_update(dated_page(field="2020-03-04T23:00Z"), "2020-03-05") is None
    assert prove_update(dated_page(field="2020-03-08"), "2020-03-05") is None
    assert prove_update(dated_page(field="some day in 2020"), "2020-03-05") is None
    assert prove_update(dated_page(url="2020/03/05/x"), "2020-03-05") is None


@pytest.mark.parametrize(
    "text",
    "2020-03-05t10:00|20200305|20200305120000|5.3.2020|05/03/20|3/5/2020|march 5th, 2020|5. märz 2020|05 mar 2020|"
    "5 de marzo de 2020|2020年3月5日".split("|"),
)
def test_a_day_is_found_as_it_is_written(text: str) -> None:
    assert spell("2020-03-05").search(f"on {text} or so")


@pytest.mark.parametrize("text", ["2020-03-051", "15.3.2020", "march 5, 2021", "march 15, 2020", "2020-03"])
def test_another_day_is_not_found(text: str) -> None:
    assert not spell("2020-03-05").search(f"on {text} or so")


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
@pytest.mark.parametrize("corpus", WITH_DATE)
def test_the_pages_prove_their_gold_wrong(corpus: str) -> None:
    entries = by_page(WRONG_GOLD)
    proven = {}
    for page in load_gold(corpus):
        entry, gold = entries.get((corpus, page.file)), page.gold.get("date")
        if entry is not None and entry.kind is Proof.ABSENT:
            assert gold == entry.gold
            assert is_absent(page, entry), entry
        elif isinstance(gold, str) and ISO_DAY.fullmatch(gold):
            true = prove_update(page, gold)
            if true is not None:
                proven[page.file] = (gold, true)
    listed = [entry for entry in WRONG_GOLD if entry.corpus == corpus and entry.kind is Proof.UPDATE]
    assert proven == {entry.file: (entry.gold, entry.true) for entry in listed}
