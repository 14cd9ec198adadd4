"""How a site dates its pages: learned from what their dates say of each other, and used to read them."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.model import DatePlace, Distrust, SiteDates
from crawler.extraction.outline import DatedPage
from crawler.extraction.site_dates import learn_dates
from items import DateCandidate, DateKind, DateSource
from tests.extraction.site_dates_making import BESIDE, STAMP, find, find_day, learn, state

# --- The order of numbers --------------------------------------------------------------------------------------------


def test_one_day_above_twelve_settles_the_order_of_its_place_and_of_the_site() -> None:
    for settling, order in (("27/03/2015", "DMY"), ("03/27/2015", "MDY"), ("27.03.15", "DMY"), ("3-27-2015", "MDY")):
        raws = ("03/04/2015", "05/06/2015", "07/08/2015", settling)
        dates = learn([[state(DateSource.BYLINE, raw)] for raw in raws])
        assert (dates.order, find(dates, DateSource.BYLINE).order) == (order, order)
        assert find(dates, DateSource.BYLINE).documents == 4


def test_numbers_that_can_be_read_either_way_teach_nothing() -> None:
    for raw in ("03/04/2015", "05/05/2015", "5/05/2015", "March 27, 2015", "2015-03-27", "99/99/2015", "soon"):
        assert learn([[state(DateSource.BYLINE, raw)]] * 6).order is None


def test_another_date_of_the_page_settles_the_order() -> None:
    pages = [
        [state(DateSource.BYLINE, f"0{page}/0{page + 1}/2015"), state(DateSource.JSON_LD, f"2015-0{page + 1}-0{page}")]
        for page in range(1, 6)
    ]
    dates = learn(pages)
    assert (dates.order, find(dates, DateSource.BYLINE).order, find(dates, DateSource.JSON_LD).order) == (
        "DMY",
        "DMY",
        None,
    )
    assert find(dates, DateSource.BYLINE).agreeing == 5


def test_a_place_that_speaks_both_ways_has_no_order() -> None:
    raws = ("27/03/2015", "03/28/2015", "03/04/2015", "30/03/2015", "29/03/2015")
    dates = learn([[state(DateSource.BYLINE, raw)] for raw in raws])
    assert (dates.order, find(dates, DateSource.BYLINE).order) == (None, None)


def test_a_place_that_speaks_both_ways_leaves_the_site_without_an_order() -> None:
    raws = ("27/03/2015", "03/28/2015", "03/04/2015", "30/03/2015", "29/03/2015")
    pages = [[state(DateSource.BYLINE, raw), state(DateSource.META, "27/05/2015", "dc.date")] for raw in raws]
    dates = learn(pages)
    assert (dates.order, find(dates, DateSource.META, "dc.date").order) == (None, "DMY")


def test_two_places_of_different_order_leave_the_site_without() -> None:
    pages = [
        [state(DateSource.BYLINE, f"{page}/03/2015", "p.date"), state(DateSource.META, f"03/{page}/2015", "dc.date")]
        for page in range(13, 19)
    ]
    dates = learn(pages)
    assert dates.order is None
    assert find(dates, DateSource.BYLINE, "p.date").order == "DMY"
    assert find(dates, DateSource.META, "dc.date").order == "MDY"


def test_the_order_of_a_site_is_that_of_dates_of_any_kind() -> None:
    pages = [[state(DateSource.BYLINE, "27/03/2015", "p.changed", DateKind.MODIFIED)]] * 4
    assert learn(pages) == SiteDates("DMY")


def test_the_order_of_a_site_reads_the_dates_of_other_places() -> None:
    pages = [
        [
            state(DateSource.LINE, f"{13 + page}/05/2015", "p.other", DateKind.EVENT),
            state(DateSource.BYLINE, f"0{page}/04/2015"),
        ]
        for page in range(1, 6)
    ]
    byline = find(learn(pages), DateSource.BYLINE)
    assert (byline.documents, byline.days, byline.order) == (5, 5, None)


# --- What bears a place out ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [-1, 0, 1])
def test_places_bear_each_other_out(later: int) -> None:
    pages = [
        [state(DateSource.URL, find_day(page), "path"), state(DateSource.META, find_day(page, later), "dc.date")]
        for page in range(6)
    ]
    assert learn(pages).places == (
        DatePlace(DateSource.META, "dc.date", 6, 6, 6, trusted=True),
        DatePlace(DateSource.URL, "path", 6, 6, 6, trusted=True),
    )


def test_two_days_apart_bears_nothing_out() -> None:
    pages = [[state(DateSource.URL, find_day(page)), state(DateSource.META, find_day(page, 2))] for page in range(6)]
    assert [(one.agreeing, one.trusted, one.distrust) for one in learn(pages).places] == [(0, False, None)] * 2


_TOGETHER = (
    (DateSource.JSON_LD, DateSource.META),
    (DateSource.BYLINE, DateSource.LINE),
    (DateSource.MARKUP, DateSource.TIME),
    (DateSource.BYLINE, DateSource.TIME),
)


@pytest.mark.parametrize("pair", _TOGETHER)
def test_what_comes_from_one_field_proves_nothing(pair: tuple[DateSource, DateSource]) -> None:
    pages = [[state(source, find_day(page)) for source in pair] for page in range(6)]
    assert [one.agreeing for one in learn(pages).places] == [0, 0]


@pytest.mark.parametrize(
    ("having", "agreeing", "trusted"),
    [(5, 5, True), (5, 4, True), (5, 3, False), (4, 4, True), (4, 3, False), (10, 8, True), (10, 7, False)],
)
def test_a_place_is_trusted_where_nearly_all_agree(having: int, agreeing: int, trusted: bool) -> None:
    pages = []
    for page in range(20):
        url = state(DateSource.URL, find_day(page, 0 if page < agreeing else 9), "path")
        pages.append([state(DateSource.LINE, find_day(page)), url] if page < having else [url])
    place = find(learn(pages), DateSource.LINE)
    assert (place.documents, place.agreeing, place.trusted, place.distrust) == (having, agreeing, trusted, None)


@pytest.mark.parametrize(("having", "trusted"), [(10, True), (8, True), (7, False)])
def test_a_place_on_nearly_all_pages_is_trusted_alone(having: int, trusted: bool) -> None:
    pages = [[state(DateSource.LINE, find_day(page))] if page < having else [] for page in range(10)]
    assert find(learn(pages), DateSource.LINE).trusted is trusted


@pytest.mark.parametrize(("contradicted", "trusted"), [(2, True), (3, False)])
def test_unless_others_contradict_it(contradicted: int, trusted: bool) -> None:
    pages = [
        [state(DateSource.LINE, find_day(page)), *([state(DateSource.URL, STAMP)] if page < contradicted else [])]
        for page in range(10)
    ]
    assert find(learn(pages), DateSource.LINE).trusted is trusted


@pytest.mark.parametrize(("days", "trusted"), [(10, True), (6, True), (5, False), (1, False)])
def test_a_place_whose_days_repeat_is_not_trusted(days: int, trusted: bool) -> None:
    pages = [
        [state(DateSource.LINE, find_day(page % days)), state(DateSource.URL, find_day(page % days))]
        for page in range(10)
    ]
    place = find(learn(pages), DateSource.LINE)
    assert (place.days, place.agreeing, place.trusted, place.distrust) == (days, 10, trusted, None)


@pytest.mark.parametrize("source", BESIDE)
def test_what_stands_beside_the_page_bears_out_and_is_not_trusted(source: DateSource) -> None:
    pages = [[state(source, find_day(page)), state(DateSource.META, find_day(page))] for page in range(6)]
    dates = learn(pages)
    assert (find(dates, source).agreeing, find(dates, source).trusted) == (6, False)
    assert (find(dates, DateSource.META).agreeing, find(dates, DateSource.META).trusted) == (6, True)


def test_a_place_with_several_days_on_a_page_is_a_list_there() -> None:
    def pages(listed: int) -> list[list[DateCandidate]]:
        return [
            [
                state(DateSource.LINE, find_day(page)),
                state(DateSource.LINE, find_day(page + 1 if page < listed else page)),
                state(DateSource.LINE, find_day(page)),
            ]
            for page in range(6)
        ]

    assert find(learn(pages(0)), DateSource.LINE).documents == 6
    assert find(learn(pages(2)), DateSource.LINE).documents == 4
    assert learn(pages(3)).places == ()


def test_only_days_of_publication_make_a_place() -> None:
    for raw, kind in (
        ("2015-03-27", DateKind.MODIFIED),
        ("2015-03-27", DateKind.EVENT),
        ("March 2015", DateKind.PUBLISHED),
        ("2015", DateKind.PUBLISHED),
        ("3/4/15", DateKind.PUBLISHED),
        ("soon", DateKind.PUBLISHED),
    ):
        assert learn([[state(DateSource.META, raw, kind=kind)]] * 6) == SiteDates()


# --- What is not believed --------------------------------------------------------------------------------------------


def test_a_build_stamp_is_constant_against_days_that_vary() -> None:
    pages = [
        [
            state(DateSource.JSON_LD, STAMP, "WebPage.datePublished"),
            state(DateSource.URL, find_day(page), "path"),
            state(DateSource.BYLINE, find_day(page), "p.date"),
        ]
        for page in range(6)
    ]
    dates = learn(pages)
    assert find(dates, DateSource.JSON_LD, "WebPage.datePublished").distrust is Distrust.CONSTANT
    assert not find(dates, DateSource.JSON_LD, "WebPage.datePublished").trusted
    for source, place in ((DateSource.URL, "path"), (DateSource.BYLINE, "p.date")):
        assert (find(dates, source, place).distrust, find(dates, source, place).trusted) == (None, True)


@pytest.mark.parametrize(("stamped", "distrust"), [(10, Distrust.CONSTANT), (8, Distrust.CONSTANT), (7, None)])
def test_nearly_all_documents_must_bear_the_stamp(stamped: int, distrust: Distrust | None) -> None:
    pages = [
        [
            state(DateSource.LINE, STAMP if page < stamped else find_day(page), "footer/p"),
            state(DateSource.URL, find_day(page)),
        ]
        for page in range(10)
    ]
    assert find(learn(pages), DateSource.LINE, "footer/p").distrust is distrust


@pytest.mark.parametrize(("contradicting", "distrust"), [(5, Distrust.CONSTANT), (4, None)])
def test_half_of_the_documents_must_contradict_the_stamp(contradicting: int, distrust: Distrust | None) -> None:
    pages = [
        [
            state(DateSource.LINE, STAMP, "footer/p"),
            *([state(DateSource.URL, find_day(page))] if page < contradicting else []),
        ]
        for page in range(10)
    ]
    assert find(learn(pages), DateSource.LINE, "footer/p").distrust is distrust


def test_nothing_is_said_of_a_constant_day_where_nothing_else_speaks() -> None:
    dates = learn([[state(DateSource.META, STAMP)]] * 6, [STAMP] * 6)
    assert dates.places == (DatePlace(DateSource.META, "place", 6, 0, 1),)
    both = learn([[state(DateSource.META, STAMP), state(DateSource.URL, STAMP)]] * 6, [STAMP] * 6)
    assert [(one.distrust, one.trusted) for one in both.places] == [(None, False)] * 2


def test_a_day_that_moves_with_the_fetch_is_the_day_of_the_visit() -> None:
    fetched = [find_day(page) for page in range(6)]
    dates = learn([[state(DateSource.LINE, day, "header/p")] for day in fetched], fetched)
    assert dates.places == (DatePlace(DateSource.LINE, "header/p", 6, 0, 6, distrust=Distrust.FETCH_DAY),)


@pytest.mark.parametrize(("same", "distrust"), [(8, Distrust.FETCH_DAY), (7, None)])
def test_nearly_all_documents_must_bear_the_day_of_their_fetch(same: int, distrust: Distrust | None) -> None:
    days = [find_day(page) for page in range(10)]
    fetched = [day if at < same else STAMP for at, day in enumerate(days)]
    assert find(learn([[state(DateSource.LINE, day)] for day in days], fetched), DateSource.LINE).distrust is distrust


def test_without_the_day_of_the_fetch_nothing_is_said_of_it() -> None:
    days = [[state(DateSource.LINE, find_day(page))] for page in range(6)]
    assert find(learn(days, [None] * 6), DateSource.LINE).distrust is None


@pytest.mark.parametrize("source", BESIDE)
def test_a_feed_of_one_day_is_not_believed_where_it_is_the_fetch_s(source: DateSource) -> None:
    pages = [[state(source, STAMP), state(DateSource.BYLINE, find_day(page))] for page in range(6)]
    assert find(learn(pages, [STAMP] * 6), source).distrust is Distrust.FETCH_DAY
    assert find(learn(pages), source).distrust is None  # an import of all pages at once, perhaps


def _contradict(documents: int, first: DateSource, second: DateSource, later: int = 30) -> Distrust | None:
    pages = []
    for page in range(10):
        others = [state(first, find_day(page, later), "other"), state(second, find_day(page, later + 1), "another")]
        pages.append([state(DateSource.DATELINE, find_day(page)), *(others if page < documents else [])])
    return find(learn(pages), DateSource.DATELINE).distrust


def test_a_place_is_contradicted_by_two_others_that_agree() -> None:
    assert _contradict(10, DateSource.URL, DateSource.META) is Distrust.CONTRADICTED
    assert _contradict(6, DateSource.URL, DateSource.BYLINE) is Distrust.CONTRADICTED
    assert _contradict(5, DateSource.URL, DateSource.META) is None  # no more than half of the documents
    assert _contradict(10, DateSource.JSON_LD, DateSource.META) is None  # which are one
    assert _contradict(10, DateSource.BYLINE, DateSource.TIME) is None
    assert _contradict(10, DateSource.URL, DateSource.META, later=0) is None


def test_three_documents_contradict_nothing() -> None:
    pages = []
    for page in range(5):
        others = [state(DateSource.URL, find_day(page, 30)), state(DateSource.META, find_day(page, 30))]
        pages.append([state(DateSource.DATELINE, find_day(page)), *(others if page < 3 else [])])
    assert find(learn(pages), DateSource.DATELINE).distrust is None


def test_two_that_disagree_contradict_nothing() -> None:
    pages = [
        [
            state(DateSource.DATELINE, find_day(page)),
            state(DateSource.URL, find_day(page, 30)),
            state(DateSource.META, find_day(page, 60)),
        ]
        for page in range(10)
    ]
    assert [one.distrust for one in learn(pages).places] == [None] * 3


# --- How many pages it takes -----------------------------------------------------------------------------------------


def test_fewer_than_four_documents_teach_nothing() -> None:
    pages = [
        [state(DateSource.URL, find_day(page)), state(DateSource.META, f"{page + 20}/03/2015")] for page in range(4)
    ]
    assert learn(pages[:3]) == SiteDates()
    assert len(learn(pages).places) == 2
    assert learn([]) == SiteDates()


def test_a_place_on_fewer_than_four_documents_is_none() -> None:
    pages = [[state(DateSource.URL, find_day(page)), state(DateSource.META, find_day(page))] for page in range(6)]
    few = [page if at < 3 else page[:1] for at, page in enumerate(pages)]
    assert [one.source for one in learn(few).places] == [DateSource.URL]


def test_twins_count_once() -> None:
    pages = [DatedPage((state(DateSource.URL, find_day(page)),)) for page in (0, 0, 0, 1, 2, 3)]
    assert learn_dates(pages, [0, 0, 0, 1, 2, 2]) == SiteDates()
    (place,) = learn_dates(pages, [0, 0, 0, 1, 2, 3]).places
    assert (place.documents, place.days) == (4, 4)


_CANDIDATES = st.builds(
    DateCandidate,
    st.sampled_from(list(DateSource)),
    st.sampled_from([DateKind.PUBLISHED, DateKind.PUBLISHED, DateKind.PUBLISHED, DateKind.MODIFIED, DateKind.EVENT]),
    st.sampled_from([*(find_day(page) for page in range(5)), STAMP, "3/4/15", "27/03/2015", "03/28/2015", "soon", ""]),
    st.sampled_from(["", "p.date", "main/p"]),
)
_PAGES = st.lists(
    st.builds(
        DatedPage,
        st.lists(_CANDIDATES, max_size=5).map(tuple),
        st.sampled_from([None, STAMP, *map(find_day, range(5))]),
    ),
    max_size=12,
)


@given(_PAGES, st.randoms(use_true_random=False), st.integers(1, 12))
@settings(max_examples=300, deadline=None)
def test_the_order_of_pages_and_of_their_dates_teaches_nothing(
    pages: list[DatedPage], dice: Random, documents: int
) -> None:
    twins = [(page, at) for at, page in enumerate(pages)] + [(page, at) for at, page in enumerate(pages[:documents])]
    learned = learn_dates([page for page, _ in twins], [number for _, number in twins])
    dice.shuffle(twins)
    shuffled = [DatedPage(tuple(dice.sample(one.candidates, len(one.candidates))), one.fetched) for one, _ in twins]
    assert learn_dates(shuffled, [number for _, number in twins]) == learned
    assert learned == learn_dates(pages, range(len(pages)))
    for place in learned.places:
        assert 4 <= place.documents <= len(pages)
        assert 1 <= place.days <= place.documents
        assert 0 <= place.agreeing <= place.documents
        assert not (place.trusted and place.distrust)
    assert list(learned.places) == sorted(learned.places, key=lambda one: (one.source, one.place))


def test_a_crawl_of_each_day_s_news_does_not_make_its_dates_a_stamp() -> None:
    days = [find_day(page) for page in range(8)]
    pages = [[state(DateSource.URL, day, "path"), state(DateSource.META, day, "date")] for day in days]
    dates = learn(pages, days)
    assert [(one.trusted, one.distrust) for one in dates.places] == [(True, None), (True, None)]


def test_two_constant_places_do_not_speak_against_each_other() -> None:
    pages = [[state(DateSource.BYLINE, "2015-03-27"), state(DateSource.META, STAMP, "date")]] * 6
    assert [one.distrust for one in learn(pages).places] == [None, None]


def test_a_place_that_differs_speaks_against_a_constant_one() -> None:
    pages = [
        [state(DateSource.URL, find_day(page), "path"), state(DateSource.META, STAMP, "date")] for page in range(6)
    ]
    assert find(learn(pages), DateSource.META, "date").distrust is Distrust.CONSTANT
