"""What recurs over a site and is no text: it goes, with its reason and its support, and no word of the text with it."""

import re

import pytest

from crawler.extraction.model import Place, Rule
from items import Page, RemovedReason
from tests.extraction.site_making import (
    HOST,
    ORGANIZATION,
    Part,
    find_url,
    kept_in,
    learn_site,
    make_article,
    make_paragraphs,
    make_sentence,
    make_site,
    make_title,
    on,
    read,
    read_site,
    removed_as,
)

DEEDS = (
    "has looked after the old crossing since the days of the first ferry; its members mend what the river breaks, and "
    "ask nothing of those who walk across but a kind word."
)
FOOTER = "The toll house is open from dawn to dusk, on every day of the year"


def check_gone(pages: dict[str, bytes], find: Part, *reasons: RemovedReason) -> dict[str, Page]:
    """Check that each page keeps its paragraphs and nothing else, and that a part of it went for one of the reasons."""
    found = read_site(pages)
    for at, (url, page) in enumerate(found.items()):
        assert kept_in(page) == make_paragraphs(at), url
        text = find(at)
        if text:
            assert removed_as(page)[text] in reasons, url
    return found


@pytest.mark.parametrize("name", [f"{ORGANIZATION}", f"About {ORGANIZATION}:", f"The {ORGANIZATION}"])
@pytest.mark.parametrize("having", [4, 6, 16, 20])
def test_the_paragraph_about_the_organization_goes(name: str, having: int) -> None:
    about = f"{name} {DEEDS}"
    pages = make_site(20, below=lambda page: f"<p>{about}</p>" if page < having else "")
    found = check_gone(pages, lambda page: about if page < having else "", RemovedReason.ABOUT)
    block = next(block for block in found[find_url(0)].blocks if block.text == about)
    assert block.support == having
    model = learn_site(pages)
    template = next(one for layout in model.layouts for one in layout.templates if one.text == about)
    assert (template.rule, template.place, template.pages, template.of) == (Rule.ABOUT, Place.TAIL, having, 20)


def test_the_name_may_be_the_one_that_the_caller_knows() -> None:
    about = f"The Guild of Ferrymen {DEEDS}"
    pages = make_site(20, below=lambda page: f"<p>{about}</p>" if page < 5 else "")
    url = find_url(0)
    known = learn_site(pages, names=["Guild of Ferrymen"])
    assert removed_as(read(url, pages[url], known))[about] == RemovedReason.ABOUT
    assert about in kept_in(read(url, pages[url], learn_site(pages)))


def test_the_heading_above_the_paragraph_about_the_organization_goes_with_it() -> None:
    about = f"{ORGANIZATION} {DEEDS}"
    heading = f"About {ORGANIZATION}"
    pages = make_site(12, below=on(0.75, f"<h3>{heading}</h3><p>{about}</p>"))
    for page in check_gone(pages, on(0.75, about), RemovedReason.ABOUT).values():
        assert heading not in kept_in(page)


@pytest.mark.parametrize(
    "write",
    [
        on(1, FOOTER),
        lambda page: f"© {2010 + page} {ORGANIZATION}. All rights reserved.",
        lambda page: f"{FOOTER}, {2010 + page // 5}.",
    ],
)
@pytest.mark.parametrize("tag", ["p", "div class='legal'", "h4"])
def test_a_footer_inside_the_container_goes_whatever_its_year(write: Part, tag: str) -> None:
    pages = make_site(12, below=lambda page: f"<{tag}>{write(page)}</{tag.split(maxsplit=1)[0]}>")
    # Where generic extraction does not take it for text either, its place is known for what it is.
    found = check_gone(pages, write, RemovedReason.TEMPLATE, RemovedReason.ASIDE)
    assert {page.blocks[-1].support for page in found.values()} == {12}


def test_a_line_above_the_text_of_all_pages_goes() -> None:
    pages = make_site(12, above=on(1, "<p>For immediate release</p>"))
    check_gone(pages, on(1, "For immediate release"), RemovedReason.TEMPLATE)


def test_a_mark_at_the_end_goes_with_the_footer_below_it() -> None:
    marks = ("***", "###", "* * *", "– –", "•")
    pages = make_site(12, below=lambda page: f"<p>{marks[page % 5]}</p><p>{FOOTER}</p>")
    check_gone(pages, lambda page: marks[page % 5], RemovedReason.TRAILING)


@pytest.mark.parametrize("place", ["above", "below"])
def test_a_share_bar_in_a_place_of_its_own_goes(place: str) -> None:
    bar = "<div class='share-bar'><a href='/s/1'>Pass it on</a> <a href='/s/2'>By post</a></div>"
    pages = make_site(12, above=on(1, bar)) if place == "above" else make_site(12, below=on(1, bar))
    for page in read_site(pages).values():
        assert kept_in(page) == make_paragraphs(int(page.url.rpartition("-")[2]))


def test_a_share_bar_amid_the_text_goes() -> None:
    bar = "<div class='share-bar'><a href='/s/1'>Pass it on</a> <a href='/s/2'>By post</a></div>"
    found = read_site(make_site(12, middle=on(1, bar)))
    for at, page in enumerate(found.values()):
        assert kept_in(page) == make_paragraphs(at)
        assert removed_as(page)["Pass it on By post"] == RemovedReason.ASIDE


@pytest.mark.parametrize("name", ["related", "more-news", "see-next"])
def test_a_list_of_links_to_other_pages_goes(name: str) -> None:
    def related(page: int) -> str:
        links = "".join(f"<li><a href='/{page + by}'>{make_title(page + by)}</a></li>" for by in (3, 7, 11))
        return f"<div class='{name}'><ul>{links}</ul></div>"

    check_gone(make_site(20, below=related), lambda page: make_title(page + 7), RemovedReason.ASIDE)


def test_tags_below_the_text_are_a_field() -> None:
    words = ("Boats", "Bridges", "Eels", "Floods", "Locks", "Mills")

    def find(page: int) -> str:
        return f"{words[page % 6]}, {words[(page // 6) % 6]}, {page} more"

    pages = make_site(20, below=lambda page: f"<p class='keywords'>{find(page)}</p>")
    found = check_gone(pages, find, RemovedReason.FIELD)
    assert {block.support for page in found.values() for block in page.blocks if block.reason == "field"} == {20}


def test_the_subtitle_is_a_field() -> None:
    def find(page: int) -> str:
        return f"What the {make_title(page + 37)} means for crossing {page}"

    pages = make_site(20, above=lambda page: f"<h2 class='subtitle'>{find(page)}</h2>")
    check_gone(pages, find, RemovedReason.FIELD)
    positions = {one.path: one for layout in learn_site(pages).layouts for one in layout.positions}
    assert (positions["h2.subtitle"].rule, positions["h2.subtitle"].place) == (Rule.FIELD, Place.HEAD)


def test_first_paragraphs_are_no_subtitles() -> None:
    pages = make_site(20, above=lambda page: f"<p class='intro'>{make_sentence(f'the opening of {page}')}</p>")
    for at, page in enumerate(read_site(pages).values()):
        assert kept_in(page) == [make_sentence(f"the opening of {at}"), *make_paragraphs(at)]


# --- A period of a site ----------------------------------------------------------------------------------------------


def _find_dated_url(page: int) -> str:
    return f"https://{HOST}/{2005 + page // 10}/{page % 10 + 1:02}/15/article-{page}"


def _site_of_ten_years(first: int, last: int) -> dict[str, bytes]:
    def below(page: int) -> str:
        return f"<p class='hours'>{FOOTER}</p>" if first <= 2005 + page // 10 <= last else ""

    return make_site(100, below=below, url=_find_dated_url)


def test_a_template_of_two_years_of_ten_goes() -> None:
    pages = _site_of_ten_years(2008, 2009)
    found = check_gone(pages, lambda page: FOOTER if 30 <= page < 50 else "", RemovedReason.TEMPLATE)
    assert {block.support for page in found.values() for block in page.blocks if block.reason == "template"} == {20}
    template = next(one for layout in learn_site(pages).layouts for one in layout.templates)
    assert (template.first_seen, template.last_seen, template.pages) == ("2008-01-15", "2009-10-15", 20)


def test_a_text_of_less_than_a_year_is_none() -> None:
    pages = _site_of_ten_years(2008, 2008)
    assert FOOTER in kept_in(read_site(pages)[_find_dated_url(30)])


def test_without_dates_there_is_no_period() -> None:
    pages = make_site(100, below=lambda page: f"<p class='hours'>{FOOTER}</p>" if 30 <= page < 50 else "")
    assert FOOTER in kept_in(read_site(pages)[find_url(30)])


def test_a_text_that_few_pages_of_a_period_have_stays() -> None:
    def below(page: int) -> str:
        return f"<p class='hours'>{FOOTER}</p>" if 30 <= page < 60 and page % 3 == 0 else ""

    pages = make_site(100, below=below, url=_find_dated_url)
    assert FOOTER in kept_in(read_site(pages)[_find_dated_url(30)])


# --- Around the container --------------------------------------------------------------------------------------------


def test_what_stands_around_the_container_is_counted_and_not_carried() -> None:
    for page in read_site(make_site(12)).values():
        assert page.blocks_outside == 3  # two items of the menu and the line at the foot
        assert all("/main.content/" in f"{block.path}/" for block in page.blocks)


def test_a_page_of_nothing_but_what_repeats_has_no_text() -> None:
    pages = make_site(12)
    form = re.sub(rb"<main.*</main>", b"<main class='content'><form><input name='q'></form></main>", make_article(3))
    page = read(find_url(99), form, learn_site(pages))
    assert (kept_in(page), page.provenance.method) == ([], "template")
    assert set(removed_as(page).values()) == {RemovedReason.TEMPLATE}
