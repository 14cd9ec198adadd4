"""The day that htmldate answers with, and its proof."""

import time
from datetime import datetime, tzinfo

import htmldate.validators
import lxml.html
import pytest

from crawler.extraction import date_search
from crawler.extraction.date_search import search_day
from crawler.extraction.dates import Order
from crawler.extraction.document import parse_document
from items import DateCandidate, DateKind, DateSource
from tests.extraction.making import PROSE

URL = "https://bridge.example/open"
DAY = "27 March 2015"
TEXT = f"<p>{PROSE} {PROSE}</p>"


def search(
    body: str,
    *,
    head: str = "",
    url: str = URL,
    within: tuple[str, str] | None = None,
    refused: frozenset[str] = frozenset(),
    order: Order | None = None,
    languages: tuple[str, ...] = (),
    fetched_at: str | None = None,
) -> DateCandidate | None:
    source = f"<html><head>{head}</head><body>{body}</body></html>"
    return search_day(
        parse_document(source.encode()).tree,
        source,
        url,
        within=within,
        refused=refused,
        order=order,
        languages=languages,
        fetched_at=fetched_at,
    )


def prove(monkeypatch: pytest.MonkeyPatch, source: str, day: str = "2015-03-27") -> tuple[str, str] | None:
    """Look for the proof of a day, whatever htmldate would say."""
    monkeypatch.setattr(date_search, "find_date", lambda *_, **__: day)
    found = search_day(lxml.html.fromstring("<p>x</p>"), source, URL)
    return (found.raw, found.place) if found is not None else None


def test_a_day_that_the_page_states_is_taken() -> None:
    found = DateCandidate(DateSource.HTMLDATE, DateKind.PUBLISHED, DAY, "div")
    assert search(f"{TEXT}<div>Bridgetown, {DAY}</div>") == found


def test_a_page_without_a_day_has_none() -> None:
    assert search(TEXT) is None
    assert search("") is None
    assert search(f"<p>March 2015</p>{TEXT}") is None
    assert search(f"<p>© 2015</p>{TEXT}") is None


@pytest.mark.parametrize(
    ("source", "proof"),
    [
        (f"<p>{DAY}</p>", (DAY, "p")),
        ("<h2 class='x'>March 27, 2015 | Fish</h2>", ("March 27, 2015", "h2")),
        (f"<p>Published {DAY}</p>", (DAY, "p")),
        ("<p>27<sup>th</sup> of March <b>2015</b></p>", ("27 th of March 2015", "b")),
        ("<p>27 M&auml;rz 2015</p>", ("27 März 2015", "p")),
        ("<P>2015-03-27T10:00:00Z</P>", ("2015-03-27T10:00:00Z", "p")),
        (f"{DAY}", (DAY, "")),
        ("<meta name='x' content='2015-03-27'>", ("2015-03-27", "meta[content]")),
        ('<div data-day="2015-03-27">x</div>', ("2015-03-27", "div[data-day]")),
        ("<span title='2015-03-27'>x</span>", ("2015-03-27", "span[title]")),
        ('<script>{"datePublished": "2015-03-27"}</script>', ("2015-03-27", "datePublished")),
        # Only the second place is a proof.
        (f"<p>Updated {DAY}</p>{PROSE}<p>{DAY}</p>", (DAY, "p")),
        (f"<p>2015 bridges of March {PROSE}</p><i>{DAY}</i>", (DAY, "i")),
        ('<p data-x="2015" title=" 2015-03-27">', ("2015-03-27", "p[title]")),
        # What is no statement of the page's day of publication.
        ("<p>2015</p>", None),
        ("<p>March 2015</p>", None),
        ("<p>28 March 2015</p>", None),
        ("<p>27 March 2014</p>", None),
        ("<p>5 to 27 March 2015</p>", None),
        ("<p>127 March 12015</p>", None),
        ("<p>3/4/2015</p>", None),
        (f"<p>Updated {DAY}</p>", None),
        (f"<p>Last modified: {DAY}</p>", None),
        (f"<p>Aktualisiert am {DAY}</p>", None),
        (f"<p>Letzte Änderung: {DAY}</p>", None),
        (f"<p class='updated'>{DAY}</p>", None),
        (f"<p>{DAY} (updated)</p>", None),
        (f"<p>Copyright {DAY}</p>", None),
        (f"<p>© {DAY}</p>", None),
        (f"<p>&copy; {DAY}</p>", None),
        (f"<p>Expires {DAY}</p>", None),
        (f"<p class='expires'>{DAY}</p>", None),
        (f"<p>Event: {DAY}</p>", None),
        (f"<p>Deadline: {DAY}</p>", None),
        (f"<li class='comment'>{DAY}</li>", None),
        ("<a href='/2015-03-27/x'>x</a>", None),
        (f"<a href='/x'>{DAY}</a>", None),
        ("<b>2015</b> <a> 2015-03-27</a>", None),
        ("<img src='/a-2015-03-27-x'>", None),
        ("<img alt='x' data-x='/2015-03-27.jpg'>", None),
        ("<input value='2015-03-27'>", None),
        ("<p 2015-03-27>x</p>", None),
        ('<script>{"day": "2015-03-27"}</script>', None),
        ('<script>{"dateModified": "2015-03-27"}</script>', None),
        ("<script>var day = '2015-03-27'</script>", None),
    ],
)
def test_what_proves_a_day(monkeypatch: pytest.MonkeyPatch, source: str, proof: tuple[str, str] | None) -> None:
    assert prove(monkeypatch, source) == proof


@pytest.mark.parametrize(
    ("raw", "order", "languages", "found"),
    [
        ("3/4/2015", None, (), False),
        ("3/4/2015", None, ("en",), False),
        ("3/4/2015", None, ("fr",), True),
        ("3/4/2015", "DMY", (), True),
        ("3/4/2015", "MDY", (), False),
        ("3.4.2015", None, (), True),
        ("13/4/2015", None, (), True),
    ],
)
def test_an_order_that_is_not_known_proves_nothing(
    raw: str, order: Order | None, languages: tuple[str, ...], found: bool
) -> None:
    assert (search(f"<p>{raw}</p>{TEXT}", order=order, languages=languages) is not None) is found


def test_a_day_that_is_refused_is_none_of_publication() -> None:
    assert search(f"<p>{DAY}</p>{TEXT}", refused=frozenset({"2015-03-27"})) is None
    assert search(f"<p>{DAY}</p>{TEXT}", refused=frozenset({"2015-03-28"})) is not None


@pytest.mark.parametrize(
    ("within", "found"),
    [
        (("2015-03-01", "2015-03-31"), True),
        (("2015-03-27", "2015-03-27"), True),
        (("2015-04-01", "2015-04-30"), False),
        (("2014-01-01", "2014-12-31"), False),
    ],
)
def test_a_day_outside_the_month_that_the_page_states_is_another_s(within: tuple[str, str], found: bool) -> None:
    assert (search(f"<p>{DAY}</p>{TEXT}", within=within) is not None) is found


@pytest.mark.parametrize(
    ("fetched_at", "found"),
    [
        (None, True),
        ("2015-03-29T00:00:00+00:00", True),
        ("2015-03-26T12:00:00+00:00", True),  # it was tomorrow already somewhere on Earth
        ("2015-03-25T23:00:00+00:00", False),
        ("2015-03-26T01:00:00+09:00", False),
    ],
)
def test_no_page_was_published_after_it_was_fetched(fetched_at: str | None, found: bool) -> None:
    assert (search(f"<p>{DAY}</p>{TEXT}", fetched_at=fetched_at) is not None) is found


def test_no_page_is_older_than_the_web() -> None:
    assert search(f"<p>27 March 1985</p>{TEXT}") is None
    assert search(f"<p>27 March 1992</p>{TEXT}") is not None


def test_a_day_in_the_address_alone_is_not_stated() -> None:
    assert search(TEXT, url="https://bridge.example/2015/03/27/open") is None


def test_the_address_helps_to_choose_among_days() -> None:
    found = search(f"<p>28 May 2014</p>{TEXT}<p>{DAY}</p>", url="https://bridge.example/2015/03/27/open")
    assert found is not None
    assert found.raw == DAY


def test_of_two_days_the_earlier_is_asked_for() -> None:
    found = search(f"<p>28 May 2016</p>{TEXT}<p>{DAY}</p>{TEXT}")
    assert found is not None
    assert found.raw == DAY


@pytest.mark.parametrize("year", [1999, 2200])
def test_no_clock_decides(monkeypatch: pytest.MonkeyPatch, year: int) -> None:
    class AnyDatetime(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, datetime)

    class Stopped(datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Stopped":
            return cls(year, 1, 1, tzinfo=tz)

    monkeypatch.setattr(htmldate.validators, "datetime", Stopped)
    assert search(f"<p>{DAY}</p>{TEXT}") is not None
    assert search(f"<p>27 March 2035</p>{TEXT}") is not None
    assert search(f"<p>27 March 2101</p>{TEXT}") is None


def test_the_tree_stays_as_it_was() -> None:
    source = f"<html><body><script>x</script><p>{DAY}</p>{TEXT}<footer>Fish</footer></body></html>"
    tree = parse_document(source.encode()).tree
    before = lxml.html.tostring(tree)
    assert search_day(tree, source, URL) is not None
    assert lxml.html.tostring(tree) == before


@pytest.mark.parametrize("error", [ValueError, OverflowError, TypeError, AttributeError, IndexError])
def test_a_page_that_htmldate_cannot_take_has_no_day(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(date_search, "find_date", fail)
    assert search(f"<p>{DAY}</p>") is None


def test_the_first_sixty_places_of_the_year_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    places = f"<p>{'2015 boats, ' * 58}and more of them {PROSE}</p>"
    assert prove(monkeypatch, f"{places}<p>2015</p>{PROSE}<p>{DAY}</p>") == (DAY, "p")
    assert prove(monkeypatch, f"{places}<p>2015</p><p>2015</p>{PROSE}<p>{DAY}</p>") is None
    assert prove(monkeypatch, f"<p>{'No. 12015, ' * 99}{PROSE}</p><p>{DAY}</p>") == (DAY, "p")


@pytest.mark.parametrize(
    "piece", ["2015", "2015 ", "<", "<p", ">", "<a href='2015", "' 2015-03-2", "\\u200f2015", "1/1/2015 "]
)
def test_the_proof_of_hostile_markup_takes_no_time_to_speak_of(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    begun = time.process_time()
    prove(monkeypatch, piece * 100_000, "2015-03-26")
    assert time.process_time() - begun < 3
