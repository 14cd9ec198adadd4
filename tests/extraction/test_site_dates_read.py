"""What was learned of a site's dates, applied: to candidates, and to whole sites that are read by it."""

from datetime import date

import pytest

from crawler.extraction.date_choice import choose_dates
from crawler.extraction.model import DatePlace, Distrust, SiteDates
from crawler.extraction.site_dates import apply_dates, find_shown_places
from items import DateCandidate, DateKind, Dates, DateSource, Page
from tests.extraction.site_dates_making import SHOWN, STAMP, find_day, state
from tests.extraction.site_making import find_url, learn_site, make_article, read

# --- What is learned, applied ----------------------------------------------------------------------------------------

LEARNED = SiteDates(
    "MDY",
    (
        DatePlace(DateSource.BYLINE, "p.date", 9, 9, 9, trusted=True, order="DMY"),
        DatePlace(DateSource.META, "dc.date", 9, 0, 1, distrust=Distrust.CONSTANT),
    ),
)


def test_candidates_are_marked_with_what_was_learned_of_their_place() -> None:
    candidates = [
        state(DateSource.BYLINE, "3/4/15", "p.date"),
        state(DateSource.META, STAMP, "dc.date"),
        state(DateSource.META, STAMP, "other"),
        state(DateSource.LINE, "3/4/15", "p.date"),
    ]
    found = apply_dates(LEARNED, candidates)
    assert [(one.source, one.raw, one.place) for one in found] == [
        (one.source, one.raw, one.place) for one in candidates
    ]
    assert [(one.order, one.distrust, one.trusted) for one in found] == [
        ("DMY", None, True),
        ("MDY", "constant", False),
        ("MDY", None, False),
        ("MDY", None, False),
    ]


def test_the_order_of_the_organization_file_outranks_what_was_learned() -> None:
    known = DateCandidate(DateSource.BYLINE, DateKind.PUBLISHED, "3/4/15", "p.date")
    elsewhere = DateCandidate(DateSource.META, DateKind.PUBLISHED, "3/4/15", "nowhere")
    assert [one.order for one in apply_dates(LEARNED, [known, elsewhere], "YMD")] == ["YMD", "YMD"]


def test_a_learned_line_that_is_a_byline_has_the_order_of_its_place() -> None:
    place = DatePlace(DateSource.LINE, "p.far", documents=5, agreeing=5, days=5, trusted=True, order="DMY")
    byline = DateCandidate(DateSource.BYLINE, DateKind.PUBLISHED, "03/04/2015", "p.far")
    (found,) = apply_dates(SiteDates(None, (place,)), [byline])
    assert (found.order, found.trusted) == ("DMY", True)


def test_nothing_learned_marks_nothing() -> None:
    candidates = (state(DateSource.BYLINE, "3/4/15"), state(DateSource.META, STAMP))
    assert apply_dates(SiteDates(), candidates) == candidates


def test_the_places_of_the_date_are_shown_ones_that_are_trusted() -> None:
    places = tuple(
        DatePlace(source, f"{source}{trusted}", 9, 9, 9, trusted=trusted)
        for source in DateSource
        for trusted in (True, False)
    )
    assert find_shown_places(SiteDates(None, places)) == {f"{source}True" for source in SHOWN}
    assert find_shown_places(SiteDates()) == frozenset()


# --- Whole sites -----------------------------------------------------------------------------------------------------


def date_page(page: Page) -> Dates:
    """Date a page as the pipeline does."""
    return choose_dates(
        page.date_candidates,
        order=page.date_order,
        languages=page.languages,
        fetched_at=page.provenance.fetched_at,
    )


def write(page: int, *, head: str = "", above: str = "", outside: str = "") -> bytes:
    body = make_article(page, above=lambda _: above, outside=lambda _: outside)
    return body.replace(b"</head>", f"{head}</head>".encode())


def find_dated_url(page: int) -> str:
    return f"https://keepers.example/{find_day(page).replace('-', '/')}/article-{page}"


_STAMPS = (
    f'<script type="application/ld+json">{{"@type": "WebPage", "datePublished": "{STAMP}T03:10:00Z"}}</script>',
    f"<meta property='article:published_time' content='{STAMP}T03:10:00Z'>",
)


@pytest.mark.parametrize("stamp", _STAMPS)
def test_a_build_stamp_does_not_date_pages(stamp: str) -> None:
    site = {find_dated_url(page): write(page, head=stamp) for page in range(8)}
    model = learn_site(site)
    for page, (url, body) in enumerate(site.items()):
        dates = date_page(read(url, body, model))
        assert (dates.published, dates.conflict) == (find_day(page), False)
        (stamped,) = (one for one in dates.evidence if one.raw.startswith(STAMP))
        assert (stamped.value, stamped.reason) == (None, "constant")
        assert date_page(read(url, body)).conflict


@pytest.mark.parametrize("stamp", _STAMPS)
def test_a_build_stamp_dates_no_page_that_has_no_other_date(stamp: str) -> None:
    model = learn_site({find_dated_url(page): write(page, head=stamp) for page in range(8)})
    url, body = find_url(9), write(9, head=stamp)
    assert date_page(read(url, body)).published_earliest == STAMP
    dates = date_page(read(url, body, model))
    assert (dates.published, [one.reason for one in dates.evidence]) == (None, ["constant"])


def test_one_page_settles_the_order_of_all() -> None:
    days = ("03/04/2015", "05/06/2015", "07/08/2015", "09/10/2015", "27/03/2015")
    site = {find_url(page): write(page, above=f"<p class='when'>{day}</p>") for page, day in enumerate(days)}
    model = learn_site(site)
    assert model.dates.order == "DMY"
    url = find_url(0)
    alone = date_page(read(url, site[url]))
    assert (alone.published, [one.reason for one in alone.evidence]) == (None, ["ambiguous_order"])
    taught = date_page(read(url, site[url], model))
    assert (taught.published, taught.published_raw) == ("2015-04-03", "03/04/2015")
    assert read(url, site[url], model).date_order == "DMY"
    month_first = {one: body.replace(b"27/03/2015", b"03/27/2015") for one, body in site.items()}
    assert date_page(read(url, site[url], learn_site(month_first))).published == "2015-03-04"
    undecided = {one: body.replace(b"27/03/2015", b"11/12/2015") for one, body in site.items()}
    assert date_page(read(url, site[url], learn_site(undecided))).published is None


_FILLER = "".join(f"<div class='shelf'><p>Shelf {number} of the lending library</p></div>" for number in range(12))


def write_far(page: int, *, stated: bool) -> bytes:
    """Write a page whose day stands far below its text, in an element whose name says nothing."""
    day = date.fromisoformat(find_day(page))
    head = f'<script type="application/ld+json">{{"datePublished": "{day}"}}</script>' if stated else ""
    line = f"<div class='q'><div class='zigzag'>{day:%B} {day.day}, {day.year}</div></div>"
    return write(page, head=head, outside=f"{_FILLER}{line}")


@pytest.mark.parametrize("by_url", [True, False])
def test_a_line_that_other_dates_bear_out_dates_pages_that_have_no_other(by_url: bool) -> None:
    site = {find_dated_url(page) if by_url else find_url(page): write_far(page, stated=not by_url) for page in range(8)}
    model = learn_site(site)
    assert find_shown_places(model.dates) == {"div.q/div.zigzag"}
    url, body = find_url(9), write_far(9, stated=False)
    dates = date_page(read(url, body, model))
    assert (dates.published, dates.evidence[0].source, dates.evidence[0].place) == (
        find_day(9),
        DateSource.BYLINE,
        "div.q/div.zigzag",
    )
    assert DateSource.BYLINE not in {one.source for one in date_page(read(url, body)).evidence}


def test_a_line_that_other_dates_contradict_dates_nothing() -> None:
    site = {find_dated_url(page + 20): write_far(page, stated=False) for page in range(8)}
    model = learn_site(site)
    assert find_shown_places(model.dates) == frozenset()
    evidence = date_page(read(find_url(9), write_far(9, stated=False), model)).evidence
    assert DateSource.BYLINE not in {one.source for one in evidence}


def test_twins_of_a_site_count_once() -> None:
    body = write(0, above="<p class='when'>27/03/2015</p>")
    site = {find_url(page): body for page in range(8)}
    assert learn_site(site).dates == SiteDates()
