"""Signs of a redesign: the program's own notion of a model that no longer fits, told of each site."""

from dataclasses import replace

from crawler.corpus.reporting.redesign import Sealing, Sign, find_signs, sort_signs
from crawler.corpus.reporting.statistics import SiteCount
from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import Layout, Place, Rule, SiteModel, Template
from crawler.extraction.model_update import Fit
from tests.corpus.report_making import NAME, count_all, record, removed

SITE = (NAME, "office.example")
CLOSING = "The toll house is open from dawn to dusk."


def template(text: str, place: Place = Place.TAIL, pages: int = 20) -> Template:
    return Template(find_fingerprint(text), text, Rule.TEMPLATE, place, "p", pages, 20, fixed=True)


MODEL = SiteModel(
    SITE[1],
    pages=20,
    documents=20,
    layouts=(
        Layout(
            "div.text", 20, 20, 1.0, (template(CLOSING), template("Home", Place.BODY), template("On both", pages=10))
        ),
        Layout("div.old", 5, 6, 1.0, (template("Old papers", Place.HEAD), template("On both"))),
        Layout("div.bare", 4, 4, 1.0),
    ),
)


def fits(first: int, count: int, *, like: bool = True, closing: bool = True) -> dict[str, Fit]:
    texts = frozenset([find_fingerprint(CLOSING)] if closing else [])
    return {
        f"u{number}": Fit(like, texts, f"first {number}", f"last {number}", f"document {number}")
        for number in range(first, first + count)
    }


def a_site(*months: tuple[str, int, int]) -> SiteCount:
    count = SiteCount()
    for month, records, container in months:
        count.records[month] = records
        count.by_container[month] = container
    return count


SEALINGS = (Sealing(1, "a", ()), Sealing(2, "b", ("div.old",)))
COUNT = a_site(("2026-01", 20, 20), ("2026-02", 4, 1))


def test_pages_that_are_like_no_layout_are_a_redesign() -> None:
    found = find_signs(SITE, COUNT, MODEL, SEALINGS, {1: fits(0, 8), 2: fits(8, 5, like=False)}, 2)
    assert found.sign is Sign.REDESIGN
    assert (found.bad_runs, found.since, found.fitting) == (1, 13, 8)
    assert found.months == (("2026-01", 20, 20), ("2026-02", 4, 1))
    assert found.sealings == SEALINGS
    assert found.records == 24


def test_pages_without_the_closing_text_are_a_redesign() -> None:
    model = replace(MODEL, layouts=MODEL.layouts[:1])
    found = find_signs(SITE, COUNT, model, [], {3: fits(0, 3, closing=False), 2: fits(3, 3, closing=False)}, 2)
    assert (found.sign, found.bad_runs) == (Sign.REDESIGN, 2)


def test_a_few_pages_are_a_doubt_only() -> None:
    assert find_signs(SITE, COUNT, MODEL, [], {1: fits(0, 2, like=False)}, 2).sign is Sign.DOUBT


def test_pages_as_before_are_none() -> None:
    assert find_signs(SITE, COUNT, MODEL, [], {1: fits(0, 9)}, 2).sign is Sign.FITS


def test_a_layout_that_the_latest_run_learned_is_told() -> None:
    assert find_signs(SITE, COUNT, MODEL, SEALINGS, {}, 2).sign is Sign.RENEWED
    assert find_signs(SITE, COUNT, MODEL, SEALINGS, {}, 3).sign is Sign.NOTHING_NEW
    assert find_signs(SITE, COUNT, MODEL, SEALINGS[:1], {}, 1).sign is Sign.NOTHING_NEW


def test_where_nothing_can_be_told() -> None:
    assert find_signs(SITE, COUNT, MODEL, [], {}, 2).sign is Sign.NOTHING_NEW
    assert find_signs(SITE, COUNT, MODEL, [], None, 2).sign is Sign.FILES
    assert find_signs(SITE, COUNT, None, [], {1: fits(0, 9, like=False)}, 2).sign is Sign.NO_MODEL


def test_layouts_that_the_latest_pages_do_not_have() -> None:
    old, new = ({"fetched_at": f"2026-0{month}-01T00:00:00Z"} for month in (1, 2))
    found = count_all(
        [
            record(1, provenance=old, removed=[removed("Old papers")]),
            record(2, provenance=new, removed=[removed(CLOSING), removed("On both")]),
            record(3, provenance=new, removed=[removed("Home"), removed(CLOSING)]),
        ],
        models={SITE: MODEL},
    ).found
    signs = find_signs(SITE, found.sites[SITE], MODEL, [], {}, 2)
    assert [(one.container, one.telling, one.latest) for one in signs.layouts] == [
        ("div.text", 1, 2),
        ("div.old", 1, 0),
        ("div.bare", 0, 0),
    ]


def test_what_should_be_looked_at_comes_first() -> None:
    large = a_site(("2026-01", 900, 900))
    found = [
        find_signs((NAME, "none"), COUNT, None, [], {}, 2),
        find_signs((NAME, "fits"), COUNT, MODEL, [], {1: fits(0, 9)}, 2),
        find_signs((NAME, "large"), large, MODEL, [], {1: fits(0, 9)}, 2),
        find_signs((NAME, "new"), COUNT, MODEL, [], {1: fits(0, 9, like=False)}, 2),
        find_signs((NAME, "doubt"), COUNT, MODEL, [], {1: fits(0, 2, like=False)}, 2),
    ]
    assert [one.host for one in sort_signs(found)] == ["new", "doubt", "large", "fits", "none"]
