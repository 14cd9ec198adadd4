import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.novelty import LEAST_WORDS, MOST_SENTENCES, find_sentences


def sentences(html: str) -> dict[int, int]:
    return find_sentences(lxml.html.document_fromstring(f"<html><body>{html}</body></html>"))


def words(html: str) -> list[int]:
    return list(sentences(html).values())


@pytest.mark.parametrize(
    ("html", "counts"),
    [
        ("<p>The county has held people for weeks.</p>", [7]),
        ("<p>We sued the county jail.</p>", []),  # five words
        ("<p>We sued the county jail today.</p>", [LEAST_WORDS]),
        ("<p>We held 17 people in May.</p>", [6]),  # a report may differ from the one before by its figures
        ("<p>One two three four five six. Seven eight nine ten eleven twelve thirteen!</p>", [6, 7]),
        ("<p>The county has held people for weeks without …</p>", []),  # cut off: a teaser
        ("<p>The county has held people for weeks without ... read</p>", []),
        ("<p>The county has <b>held</b> <a href='/'>people</a> for we<i>eks</i>.</p>", [7]),
        ("<div>The county has held</div><div>people for weeks and weeks</div>", []),  # two blocks are two sentences
        ("<p>The county has held<br>people for weeks and weeks</p>", []),
        ("<p>The county has <!-- c -->held people for weeks</p>", [7]),
        ("<ul><li>Press<li>About us<li>Contact<li>Donate<li>Search<li>Home<li>Blog</ul>", []),
        ("text at once of the body itself <p>x</p> and some of it behind that counts", [7, 7]),
        ("", []),
    ],
)
def test_sentences(html: str, counts: list[int]) -> None:
    assert words(html) == counts


@pytest.mark.parametrize("name", ["script", "style", "template", "noscript", "select", "textarea", "svg", "iframe"])
def test_what_nobody_reads_says_nothing(name: str) -> None:
    assert words(f"<{name}>one two three four five six seven</{name}>") == []
    assert words(f"<{name}><option>one two three four five six seven</option></{name}>") == []
    assert words("<svg><text>one two three four five six seven</text></svg>") == []
    after = words(
        f"<div><{name}>one two three four five six seven</{name}> eight nine ten eleven twelve thirteen</div>"
    )
    assert after == [6]


@pytest.mark.parametrize(
    "other",
    [
        "<h2>No events are known to us in May 2031.</h2>",
        "<p>no EVENTS   are\nknown to us in May 2031?</p>",
        "<p><a>No events</a> are known to us in May 2031!</p>",
        "<li>No events are known to us, in May, 2031.</li>",
    ],
)
def test_what_says_the_same(other: str) -> None:
    assert sentences(other) == sentences("<p>No events are known to us in May 2031.</p>") != {}


def test_what_says_something_else() -> None:
    assert (
        sentences("<p>No events are known to us in June.</p>")
        .keys()
        .isdisjoint(sentences("<p>No events are known to us in May.</p>"))
    )


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("新闻中心", []),  # a menu's
        ("县里在没有任何听证的情况下把人关押数周。", [10]),
        ("县里在没有任何听证的情况下把人关押数周。我们为此提起诉讼，并要求立即释放他们！", [10, 10]),
        ("郡は何週間も人々を拘束している。", [8]),
        ("การประชุม", []),  # "meeting": its vowels are no letters of their own to Python
        ("เทศมณฑลควบคุมตัวผู้คนเป็นเวลาหลายสัปดาห์โดยไม่มีการไต่สวน", [29]),
        ("هذا البيان", []),
        ("احتجزت المقاطعة الناس لأسابيع دون جلسة استماع؟ لقد رفعنا دعوى قضائية ضدها اليوم.", [7, 6]),
        ("اِحْتَجَزَتْ المُقَاطَعَةُ النَّاسَ لِأَسَابِيعَ دُونَ جَلْسَةٍ", [6]),
        ("हमारे बारे में", []),
        ("काउंटी ने लोगों को हफ्तों तक बंद रखा है।", [9]),
        ("О нас говорят", []),
        ("Округ неделями держит людей без слушаний в суде. Мы подали на него в суд сегодня.", [8, 7]),
        ("Cafe\u0301 de\u0301ja\u0300 vu\u0301", []),  # decomposed
    ],
)
def test_languages(text: str, counts: list[int]) -> None:
    assert words(f"<p>{text}</p>") == counts


def test_how_a_page_begins_is_enough() -> None:
    html = "".join(f"<p>The county held {number} for many weeks.</p>" for number in range(2 * MOST_SENTENCES))
    found = sentences(html)
    assert len(found) == MOST_SENTENCES
    assert list(found) == list(sentences(html[: html.index(f"held {MOST_SENTENCES + 9} ")]))
    long = f"<p>The county held {'very ' * 50_000} many people.</p><p>The county held one for many weeks.</p>"
    assert len(sentences(long)) == 1, "no more of a text that has no end"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_fingerprints_are_the_ledgers_integers_and_the_same_each_time(text: str) -> None:
    tree = lxml.html.Element("p")
    tree.text = text.replace("\ufffe", "").replace("\uffff", "")
    found = find_sentences(tree)
    assert all(0 <= fingerprint < 2**63 and count >= LEAST_WORDS for fingerprint, count in found.items())
    assert find_sentences(tree) == found
