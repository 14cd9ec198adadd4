"""What recurs over a site and is text all the same: nothing of it may go."""

import pytest

from crawler.extraction.model import Place, SiteModel, Template
from items import RemovedReason
from tests.extraction.site_making import (
    Part,
    kept_in,
    learn_site,
    make_article,
    make_page,
    make_paragraphs,
    make_sentence,
    make_site,
    make_title,
    nothing,
    on,
    read,
    read_site,
    text_of,
)

VERSE = "O river, carry what we cannot hold, and bring the ferry home before the cold"  # no sentence, by its end
SHARED = make_sentence("what everybody knows")
FREE = "Come as you are; soup is served to all who help."
LABEL = "Last words:"
SILENT = "The captain chose not to speak."


def text_on(pages: dict[str, bytes]) -> dict[str, str]:
    return {url: text_of(page) for url, page in read_site(pages).items()}


def check_kept(pages: dict[str, bytes], part: str, share: float, sites: int = 20) -> None:
    """Check that each page keeps all of its own text, and the part where it has it."""
    texts = text_on(pages)
    having = [url for url, body in pages.items() if part.encode() in body]
    assert len(having) == round(share * sites)
    assert [url for url in having if part not in texts[url]] == []
    for at, (url, text) in enumerate(texts.items()):
        assert [one for one in make_paragraphs(at) if one not in text] == [], url


def find_template(model: SiteModel, text: str) -> Template:
    """Find what was learned of a text inside a container; that it was seen is what makes a test of its staying one."""
    return next(one for layout in model.layouts for one in layout.templates if one.text == text)


@pytest.mark.parametrize("share", [0.5, 0.6, 0.8, 1.0])
def test_a_quote_that_recurs_amid_the_text_stays(share: float) -> None:
    check_kept(make_site(20, middle=on(share, f"<blockquote><p>{VERSE}</p></blockquote>")), VERSE, share)


@pytest.mark.parametrize("share", [0.5, 0.6])
def test_a_quote_that_closes_pages_stays_where_other_pages_quote_something_else(share: float) -> None:
    def quote(page: int) -> str:
        return on(share, VERSE)(page) or f"Whatever floats past pier {page} belongs to the one who sees it first."

    pages = make_site(20, below=lambda page: f"<blockquote><p>{quote(page)}</p></blockquote>")
    check_kept(pages, VERSE, share)
    if share > 0.5:
        assert find_template(learn_site(pages), VERSE).place is Place.BODY


def check_series(tag: str, numbers: int) -> None:
    """Check that the header of a series of so many parts stays above the text of three pages in five."""
    close = tag.split(maxsplit=1)[0]

    def header(page: int) -> str:
        return f"<{tag}>Part {page % numbers + 2} of our series on low bridges</{close}>"

    pages = make_site(20, above=on(0.6, header))
    texts = text_on(pages)
    lost = [
        url
        for page, url in enumerate(pages)
        if b"our series" in pages[url]
        and f"Part {page % numbers + 2} of our series on low bridges" not in texts[url].splitlines()
    ]
    assert (lost, sum(b"our series" in body for body in pages.values())) == ([], 12)


@pytest.mark.parametrize(
    ("tag", "numbers"),
    [
        ("h2", 1),
        ("h3", 1),
        ("p", 5),
        ("h2", 5),
        ("h3", 5),
        ("p class='series'", 5),
        ("div class='kicker'", 5),
        ("p", 20),
    ],
)
def test_the_header_of_a_series_stays(tag: str, numbers: int) -> None:
    check_series(tag, numbers)


@pytest.mark.parametrize("share", [0.5, 0.6, 1.0])
def test_a_sentence_amid_the_text_of_all_pages_stays(share: float) -> None:
    check_kept(make_site(20, middle=on(share, f"<p>{SHARED}</p>")), SHARED, share)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("<h2>What we saw there</h2>", "What we saw there"),
        ("<h2 class='section'>What we saw there</h2>", "What we saw there"),
        ("<ul><li>one lamp</li></ul>", "one lamp"),
        (f"<p class='note'>{SHARED}</p>", SHARED),
        (f"<div class='inset'><p>{SHARED}</p></div>", SHARED),
        (f"<blockquote class='pull'><p>{VERSE}</p></blockquote>", VERSE),
        ("<table><tr><th>Boats</th><th>Crew</th></tr></table>", "Boats | Crew"),
        (f"<pre class='verse'>{VERSE}</pre>", VERSE),
    ],
)
@pytest.mark.parametrize("share", [0.6, 1.0])
def test_what_stands_amid_the_text_stays(part: str, text: str, share: float) -> None:
    pages = make_site(20, middle=on(share, part))
    texts = text_on(pages)
    having = [url for url, body in pages.items() if part.encode() in body]
    assert len(having) == 20 * share
    assert [url for url in having if text not in texts[url]] == []


def last_words(page: int, silent: int) -> str:
    answer = SILENT if page % 10 < silent else f"Tell harbor number {page} that the {make_title(page)} was worth it."
    return f"<p>{LABEL}</p><p>{answer}</p>"


@pytest.mark.parametrize("silent", [5, 6, 7, 8, 9])
def test_last_statements_stay(silent: int) -> None:
    pages = make_site(20, below=lambda page: last_words(page, silent))
    texts = text_on(pages)
    for page, url in enumerate(pages):
        answer = SILENT if page % 10 < silent else f"Tell harbor number {page}"
        assert answer in texts[url], url
        assert LABEL in texts[url], url


@pytest.mark.parametrize("silent", [6, 8, 9])
def test_last_statements_stay_above_a_footer_that_goes(silent: int) -> None:
    footer = "<p class='hours'>The harbor office answers letters within a week of their arrival, by hand.</p>"
    pages = make_site(20, below=lambda page: last_words(page, silent) + footer)
    for page, (url, text) in enumerate(text_on(pages).items()):
        assert text.endswith(SILENT if page % 10 < silent else "was worth it."), url


@pytest.mark.parametrize("around", [nothing, on(1, "<p class='tags'><a href='/t'>Boats</a></p>")])
@pytest.mark.parametrize("share", [0.5, 0.6, 0.8])
def test_a_sentence_that_closes_the_pages_of_events_stays(share: float, around: Part) -> None:
    event = on(share, f"<p>{FREE}</p>")
    pages = make_site(20, below=lambda page: event(page) + around(page))
    check_kept(pages, FREE, share)
    if share > 0.5:
        assert find_template(learn_site(pages), FREE).place is Place.BODY


def test_a_press_contact_that_differs_by_page_stays() -> None:
    people = ["Ada Quill", "Ben Oar", "Cleo Marsh", "Dov Pike", "Eve Sluice", "Finn Rudder", "Gus Keel"]

    def contact(page: int) -> str:
        return f"<p>Contact: {people[page % 7]}, 555-0{100 + page * 7}</p>"

    pages = make_site(20, below=contact)
    for page, (url, text) in enumerate(text_on(pages).items()):
        assert text.endswith(f"Contact: {people[page % 7]}, 555-0{100 + page * 7}"), url


def test_a_press_contact_of_several_lines_stays() -> None:
    people = ["Ada Quill", "Ben Oar", "Cleo Marsh", "Dov Pike", "Eve Sluice", "Finn Rudder", "Gus Keel"]

    def lines(page: int) -> list[str]:
        name = people[page % 7]
        return ["Contact:", name, f"Tel: 503-555-0{100 + page * 7}", f"{name.split()[0].lower()}{page}@keepers.example"]

    pages = make_site(20, below=lambda page: "".join(f"<p>{line}</p>" for line in lines(page)))
    for page, (url, text) in enumerate(text_on(pages).items()):
        assert text.splitlines()[-7::2] == lines(page), url


@pytest.mark.parametrize("share", [0.6, 1.0])
@pytest.mark.parametrize("tag", ["p", "p class='note'"])
def test_a_sentence_above_the_text_stays(tag: str, share: float) -> None:
    note = "We wrote this for the almanac of the river."
    check_kept(make_site(20, above=on(share, f"<{tag}>{note}</p>")), note, share)


def test_a_disclaimer_of_three_pages_stays() -> None:
    note = "This page was written by a guest, whose views need not be ours."
    pages = make_site(20, below=lambda page: f"<p>{note}</p>" if page < 3 else "")
    texts = list(text_on(pages).values())
    assert [note in text for text in texts[:4]] == [True, True, True, False]


def test_text_that_all_pages_share_below_a_heading_in_the_flow_is_flagged_but_stays() -> None:
    pages = make_site(12, middle=on(1, f"<p>{SHARED}</p>"))
    model = learn_site(pages)
    found = find_template(model, SHARED)
    assert (found.place, found.pages, found.of, len(found.examples)) == (Place.BODY, 12, 12, 3)
    page = read(next(iter(pages)), pages[next(iter(pages))], model)
    assert SHARED in kept_in(page)


def test_what_a_page_says_twice_as_others_do_goes_by_no_template() -> None:
    """A refrain at both ends of every page is no footer where it also opens the text."""
    pages = {
        f"https://k.example/{page}": make_page(
            f"<main><h1>{make_title(page)}</h1><p>{VERSE}</p>"
            + "".join(f"<p>{text}</p>" for text in make_paragraphs(page))
            + f"<p>{VERSE}</p></main>",
            f"<title>{make_title(page)}</title>",
        )
        for page in range(10)
    }
    for page in read_site(pages).values():
        assert next(block.reason for block in page.blocks if block.text == VERSE) is None
        assert RemovedReason.TEMPLATE not in {block.reason for block in page.blocks}


def test_a_text_of_one_page_that_is_a_template_elsewhere_stays_amid_it() -> None:
    footer = "The toll house is open from dawn to dusk, on every day of the year."
    pages = make_site(12, below=on(1, f"<p class='hours'>{footer}</p>"))
    url = next(iter(pages))
    pages[url] = make_article(0, middle=on(1, f"<p>{footer}</p>"))
    texts = text_on(pages)
    assert footer in texts[url]
    assert [other for other, text in texts.items() if footer in text] == [url]
