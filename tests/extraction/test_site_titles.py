"""Titles over a site: its name is no part of them, and the place of their headings outranks what single pages state."""

import pytest

from crawler.extraction.model import SiteName, TitlePlace
from crawler.extraction.title import find_title_lines
from tests.extraction.making import PROSE, make_blocks
from tests.extraction.site_making import (
    HOST,
    ORGANIZATION,
    Part,
    find_url,
    learn_site,
    make_page,
    make_paragraphs,
    make_site,
    make_title,
    nothing,
    on,
    read,
    read_site,
)


def make_titled(page: int, title_tag: str, heading: str = "", head: str = "") -> bytes:
    """Write a page of which the title tag, what stands above the text and other metadata are given."""
    text = "".join(f"<p>{one}</p>" for one in make_paragraphs(page))
    return make_page(f"<main class='content'>{heading}{text}</main>", f"<title>{title_tag}</title>{head}")


def make_titled_site(count: int, title_tag: Part, heading: Part, head: Part = nothing) -> dict[str, bytes]:
    return {find_url(at): make_titled(at, title_tag(at), heading(at), head(at)) for at in range(count)}


def one_heading(page: int) -> str:
    return f"<h1>{make_title(page)}</h1>"


def titles_of(pages: dict[str, bytes]) -> list[str | None]:
    return [page.title for page in read_site(pages).values()]


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("{} | Oars", ["Oars"]),
        ("{} - Oars", ["Oars"]),
        ("{} – Oars", ["Oars"]),
        ("{} « Oars", ["Oars"]),
        ("Oars | {}", ["Oars"]),
        ("Oars – {}", ["Oars"]),
        ("{} – News – Oars", ["News", "Oars"]),
        ("Oars | News | {}", ["News", "Oars"]),
        ("Oars « {} « Blog", ["Blog", "Oars"]),
    ],
)
@pytest.mark.parametrize("heading", [nothing, one_heading])
def test_what_the_stated_titles_share_is_no_part_of_them(form: str, names: list[str], heading: Part) -> None:
    pages = make_titled_site(8, lambda page: form.format(make_title(page)), heading)
    assert titles_of(pages) == [make_title(at) for at in range(8)]
    assert list(learn_site(pages).site_names) == [SiteName(name, 8, 8) for name in names]


def test_a_name_that_is_set_apart_by_a_colon_is_no_part_of_a_title_that_is_a_heading() -> None:
    pages = make_titled_site(8, lambda page: f"{ORGANIZATION}: {make_title(page)}", one_heading)
    assert titles_of(pages) == [make_title(at) for at in range(8)]


def test_half_of_the_pages_and_four_of_them_teach_a_name() -> None:
    def title_tag(page: int) -> str:
        return f"{make_title(page)} | Oars" if page % 2 else make_title(page)

    assert learn_site(make_titled_site(8, title_tag, nothing)).site_names == (SiteName("Oars", 4, 8),)
    assert learn_site(make_titled_site(7, title_tag, nothing)).site_names == ()
    few = make_titled_site(20, lambda page: title_tag(page) if page < 8 else make_title(page), nothing)
    assert learn_site(few).site_names == ()


def test_a_title_with_a_part_of_its_own_keeps_it() -> None:
    pages = make_titled_site(8, lambda page: f"{make_title(page)} – {make_title(page + 40)} | Oars", nothing)
    assert titles_of(pages) == [f"{make_title(at)} – {make_title(at + 40)}" for at in range(8)]


@pytest.mark.parametrize("tag", ["h1", "h1 class='site-title'", "h2 id='logo'"])
def test_a_constant_heading_with_the_site_s_name_is_no_title(tag: str) -> None:
    close = tag.split(maxsplit=1)[0]
    pages = make_titled_site(
        8,
        lambda page: f"{make_title(page)} | {ORGANIZATION}",
        lambda page: f"<{tag}>{ORGANIZATION}</{close}><h2 class='headline'>{make_title(page)}</h2>",
    )
    assert titles_of(pages) == [make_title(at) for at in range(8)]
    assert [place.path for place in learn_site(pages).title_places] == ["h2.headline"]


def test_a_constant_heading_that_all_stated_titles_hold_is_no_title() -> None:
    """Nothing sets the name apart in the stated titles, so it is known by its standing everywhere alone."""
    pages = make_titled_site(
        8,
        lambda page: f"{ORGANIZATION} presents the {make_title(page)}",
        lambda page: f"<h1 class='brand'>{ORGANIZATION}</h1><h2 class='headline'>{make_title(page)}</h2>",
    )
    assert [place.path for place in learn_site(pages).title_places] == ["h2.headline"]
    assert titles_of(pages) == [make_title(at) for at in range(8)]


def test_a_constant_heading_that_the_metadata_repeat_is_no_title() -> None:
    pages = make_titled_site(
        8,
        lambda page: f"{make_title(page)} | {ORGANIZATION}",
        lambda page: f"<h1>{ORGANIZATION}</h1><h2 class='headline'>{make_title(page)}</h2>",
        on(1, f"<meta property='og:title' content='{ORGANIZATION}'>"),
    )
    assert titles_of(pages) == [make_title(at) for at in range(8)]


@pytest.mark.parametrize(
    ("stated", "stating"),
    [
        ("<title>Home</title>", 10),
        ("<title>Home</title><meta property='og:title' content='Home'>", 10),
        (f"<title>{ORGANIZATION}</title>", 9),  # states the site, no page
        ("<title></title>", 9),
        (f"<title>{make_title(77)} | Oars</title><meta property='og:title' content='{make_title(77)}'>", 10),
    ],
)
def test_the_place_of_titles_outranks_what_single_pages_state(stated: str, stating: int) -> None:
    pages = make_site(10)
    head, rest = pages[find_url(3)].split(b"<title>", 1)
    pages[find_url(3)] = head + stated.encode() + rest.split(b"</title>", 1)[1]
    model = learn_site(pages)
    assert model.title_places == (TitlePlace("h1.headline", 9, stating),)
    assert titles_of(pages) == [make_title(at) for at in range(10)]


def test_a_page_without_a_heading_in_the_place_says_its_title_itself() -> None:
    model = learn_site(make_site(8))
    page = make_titled(30, f"{make_title(30)} | {ORGANIZATION}")
    assert read(find_url(30), page, model).title == make_title(30)


def test_a_place_with_several_headings_holds_no_title() -> None:
    model = learn_site(make_site(8))
    twice = f"<h1 class='headline'>{make_title(60)}</h1><h1 class='headline'>{make_title(61)}</h1>"
    page = make_titled(30, f"{make_title(30)} | {ORGANIZATION}", twice)
    assert read(find_url(30), page, model).title == make_title(30)


def test_headings_that_the_pages_do_not_state_are_no_place_of_titles() -> None:
    pages = make_titled_site(
        8,
        lambda page: f"{make_title(page)} | {ORGANIZATION}",
        lambda page: f"<h2 class='motto'>{make_title(page + 50)}</h2>",
    )
    assert learn_site(pages).title_places == ()
    assert titles_of(pages) == [make_title(at) for at in range(8)]


def test_the_title_is_a_field_and_no_text() -> None:
    for url, page in read_site(make_site(8)).items():
        first = page.blocks[0]
        assert (first.text, first.reason) == (page.title, "title"), url


def test_what_stands_above_the_title_is_no_text() -> None:
    def label(page: int) -> str:
        return (
            f"<p class='kind'>{['News', 'Opinion', 'Letter'][page % 3]}</p><h1 class='headline'>{make_title(page)}</h1>"
        )

    pages = make_titled_site(9, lambda page: f"{make_title(page)} | {ORGANIZATION}", label)
    for at, page in enumerate(read_site(pages).values()):
        assert [block.text for block in page.blocks if block.reason is None] == make_paragraphs(at)
        assert page.title == make_title(at)


def test_a_site_of_which_nothing_is_stated_has_no_names() -> None:
    text = "".join(f"<p>{one}</p>" for one in make_paragraphs(0))
    pages = {f"https://{HOST}/{at}": make_page(f"<main>{text} {at}</main>") for at in range(5)}
    model = learn_site(pages)
    assert (model.site_names, model.title_places) == ((), ())


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("The bridge", "THE BRIDGE!"),
        ("Strasse", "Straße"),
        ("ffi ffi", "ﬃ ﬃ"),
        ("Bridge", "Brid-\n  ge."),
        ("ab", "abc"),
    ],
)
def test_a_title_is_found_where_its_folded_form_is_longer_and_where_the_line_is(title: str, text: str) -> None:
    blocks = make_blocks("a", text, PROSE, title)
    assert find_title_lines(blocks, title) == ({3} if text == "abc" else {1, 3})
