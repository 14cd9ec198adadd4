"""Where the text of a site stands: the container, several of them, and pages that have none."""

import re

import pytest

from crawler.extraction import generic
from crawler.extraction.model import SiteModel
from crawler.extraction.outline import find_containers, find_inside, find_names
from items import BlockKind, Page
from tests.extraction.site_making import (
    ORGANIZATION,
    Part,
    find_url,
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


def containers(model: SiteModel) -> list[tuple[str, int, int]]:
    return [(layout.container, layout.pages, layout.of) for layout in model.layouts]


def make_body(
    page: int, container: str = "div class='post'", around: str = "div class='wrap'", extra: str = ""
) -> bytes:
    """Write a page whose text stands in a given element inside another one."""
    inner, outer = (one.split(maxsplit=1)[0] for one in (container, around))
    text = "".join(f"<p>{one}</p>" for one in make_paragraphs(page))
    return make_page(
        f"<{around}><{container}><h1>{make_title(page)}</h1>{text}</{inner}></{outer}>{extra}",
        f"<title>{make_title(page)} | {ORGANIZATION}</title>",
    )


def check_read(pages: dict[str, bytes], numbers: list[int]) -> dict[str, Page]:
    found = read_site(pages)
    for number, (url, page) in zip(numbers, found.items(), strict=True):
        assert (kept_in(page), page.provenance.method) == (make_paragraphs(number), "container"), url
    return found


def test_the_container_is_the_deepest_element_that_holds_the_text() -> None:
    model = learn_site(make_site(8))
    assert containers(model) == [("main.content", 8, 8)]
    assert (model.pages, model.documents, model.unlike) == (8, 8, 0)
    assert model.layouts[0].examples == tuple(sorted(map(find_url, range(8)))[:3])


def test_ids_with_digits_agree() -> None:
    pages = {find_url(at): make_body(at, f"article id='post-{1000 + 37 * at}'") for at in range(8)}
    check_read(pages, list(range(8)))
    assert containers(learn_site(pages)) == [("article#post-N", 8, 8)]


def test_an_element_inside_one_of_the_same_class_is_one_container() -> None:
    pages = {find_url(at): make_body(at, "div class='box'", "div class='box'") for at in range(8)}
    check_read(pages, list(range(8)))
    assert len(containers(learn_site(pages))) == 1


def test_nested_boxes_of_one_name_lose_nothing_that_stands_in_the_outer_one() -> None:
    pages = {}
    for at in range(8):
        first, *rest = make_paragraphs(at)
        text = "".join(f"<p>{one}</p>" for one in rest)
        title = make_title(at)
        pages[find_url(at)] = make_page(
            f"<div class='box'><h1>{title}</h1><p>{first}</p><div class='box'>{text}</div></div>",
            f"<title>{title}</title>",
        )
    check_read(pages, list(range(8)))


def beside(page: int) -> str:
    """Write what stands beside the text and differs from page to page, so that no layout is all that the page holds."""
    texts = "".join(f"<p>{one}</p>" for one in make_paragraphs(page + 500))
    return f"<div class='sidebar'><div class='widget'>{texts}</div></div>"


def make_two_layouts(news: int, reports: int, below: str = "", side: Part = beside) -> dict[str, bytes]:
    pages = {find_url(at): make_body(at, "div class='news'", extra=side(at)) for at in range(news)}
    for at in range(news, news + reports):
        body = make_body(at, "section id='report'", "div class='frame'", side(at))
        pages[find_url(at)] = body.replace(b"</section>", f"{below}</section>".encode())
    return pages


def test_two_layouts_on_one_site() -> None:
    pages = make_two_layouts(8, 6)
    check_read(pages, list(range(14)))
    assert containers(learn_site(pages)) == [("div.news", 8, 8), ("section#report", 6, 6)]


def test_each_layout_has_templates_of_its_own() -> None:
    note = "The reports of the council are read aloud on market days."
    pages = make_two_layouts(20, 6, f"<p class='note'>{note}</p>")
    found = check_read(pages, list(range(26)))
    assert [block.support for block in found[find_url(20)].blocks if block.text == note] == [6]
    model = learn_site(pages)
    assert [[one.of for one in layout.templates if one.text == note] for layout in model.layouts] == [[], [6]]


def test_two_layouts_that_are_all_that_their_pages_hold_lose_nothing() -> None:
    check_read(make_two_layouts(8, 6, side=nothing), list(range(14)))


def test_further_out_pages_of_a_layout_may_differ() -> None:
    arounds = ("div class='wrap'", "div id='shell'", "section", "div class='theme-dark'")
    pages = {find_url(at): make_body(at, around=arounds[at % 4]) for at in range(12)}
    check_read(pages, list(range(12)))
    assert containers(learn_site(pages)) == [("div.post", 12, 12)]


def test_a_page_on_which_generic_extraction_finds_nothing_is_read_by_the_container(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = make_site(8)
    model = learn_site(pages)
    short = re.sub(rb"<p>.*</p>(?=</main>)", b"<p>Shut.</p><p>Come back at noon</p>", make_article(30))
    assert short.count(b"<p>") == 3
    monkeypatch.setattr(generic, "extract_generic", lambda _: None)
    page = read(find_url(30), short, model)
    assert (kept_in(page), page.provenance.method) == (["Shut.", "Come back at noon"], "container")
    assert kept_in(read(find_url(1), pages[find_url(1)], model)) == make_paragraphs(1)


def test_generic_extraction_is_not_asked_about_a_page_that_is_like_a_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = make_site(8)
    model = learn_site(pages)
    monkeypatch.setattr(generic, "extract_generic", lambda _: pytest.fail("it was asked"))
    for at, (url, body) in enumerate(pages.items()):
        assert kept_in(read(url, body, model)) == make_paragraphs(at)


def test_a_page_unlike_all_layouts_is_read_by_itself() -> None:
    model = learn_site(make_site(8))
    other = make_body(40, "div class='essay'")
    page = read(find_url(40), other, model)
    assert (kept_in(page), page.provenance.method) == (make_paragraphs(40), "generic")
    # The container is there, but holds next to nothing of the page.
    apart = "".join(f"<p>{text}</p>" for text in make_paragraphs(41))
    body = f"<main class='content'><p>Read this:</p></main><div class='essay'><h1>{make_title(41)}</h1>{apart}</div>"
    page = read(find_url(41), make_page(body, f"<title>{make_title(41)}</title>"), model)
    assert page.provenance.method == "generic"
    assert [text for text in make_paragraphs(41) if text not in kept_in(page)] == []


def test_a_page_unlike_all_layouts_is_counted_as_such() -> None:
    pages = make_site(8) | {find_url(40): make_body(40, "div class='essay'")}
    assert learn_site(pages).unlike == 1


def test_the_site_s_frame_is_no_text_on_a_page_unlike_all_layouts() -> None:
    pages = make_site(8)
    empty = make_page("<div class='form'><form><label>Your letter</label><textarea></textarea></form></div>")
    page = read(find_url(50), empty, learn_site(pages))
    assert "Printed by the river, with the help of all who cross it." not in text_of(page)


def test_a_page_of_which_generic_extraction_takes_the_frame_is_learned_without_it() -> None:
    """Rules of conduct that are longer than the text: what is voted for is the frame, until it is known."""
    rules = "".join(f"<p>{make_sentence(f'rule {at}')} {make_sentence(f'rule {at} again')}</p>" for at in range(12))
    box = f"<article class='rules'>{rules}</article>"
    pages = {}
    for at in range(10):
        text = "".join(f"<p>{make_sentence(f'{at} on {line}')}</p>" for line in range(2))
        body = f"<div class='text'><h1>{make_title(at)}</h1>{text}</div>{box}"
        pages[find_url(at)] = make_page(body, f"<title>{make_title(at)}</title>")
    model = learn_site(pages)
    assert containers(model) == [("div.text", 10, 10)]
    for at, url in enumerate(pages):
        assert kept_in(read(url, pages[url], model)) == [make_sentence(f"{at} on {line}") for line in range(2)]


@pytest.mark.parametrize("place", ["beside", "inside"])
def test_comments_are_not_in_the_text(place: str) -> None:
    def comments(page: int) -> str:
        said = "".join(f"<li><p>{make_sentence(f'a reader of {page} said {at}')}</p></li>" for at in range(page % 4))
        return f"<div id='comments'><h3>{page % 4} replies</h3><ol class='commentlist'>{said}</ol></div>"

    pages = make_site(16, outside=comments) if place == "beside" else make_site(16, below=comments)
    for at, page in enumerate(read_site(pages).values()):
        assert kept_in(page) == make_paragraphs(at), at
        assert "a reader of" not in text_of(page)


@pytest.mark.parametrize("tag", ["aside", "nav", "footer", "form"])
def test_an_aside_inside_the_container_of_one_page_alone_is_not_in_the_text(tag: str) -> None:
    said = make_sentence("a box beside the text")
    pages = make_site(12, middle=lambda page: f"<{tag}><p>{said}</p></{tag}>" if page == 5 else "")
    page = read_site(pages)[find_url(5)]
    assert kept_in(page) == make_paragraphs(5)
    assert [block.reason for block in page.blocks if block.text == said] == ["not_content"]


# --- Structure --------------------------------------------------------------------------------------------------------

_NESTED = "<ul><li>lamps<ul><li>brass</li><li>tin<ol><li>small</li></ol></li></ul></li><li>ropes</li></ul>"
_TABLE = "<table><tr><th>Boat</th><th>Crew</th></tr><tr><td>Otter</td><td>4</td></tr></table>"
_FOLD = "<details><summary>Who may cross at night?</summary><p>Whoever carries a lamp may cross.</p></details>"
_ACCORDION = (
    "<div class='accordion'><div class='accordion-item'><h3 class='accordion-header'>What does it cost?</h3>"
    "<div class='accordion-body collapse'><p>Nothing at all, save a kind word.</p></div></div></div>"
)
_MIDDLE = (
    f"<h2>What we found</h2>{_NESTED}{_TABLE}<blockquote><p>We had rather swim.</p></blockquote>"
    f"<pre>  one\n    two</pre>{_FOLD}{_ACCORDION}"
)
_LINES = [
    ("What we found", BlockKind.HEADING, 2),
    ("lamps", BlockKind.LIST_ITEM, 1),
    ("brass", BlockKind.LIST_ITEM, 2),
    ("tin", BlockKind.LIST_ITEM, 2),
    ("small", BlockKind.LIST_ITEM, 3),
    ("ropes", BlockKind.LIST_ITEM, 1),
    ("Boat | Crew", BlockKind.TABLE_ROW, 0),
    ("Otter | 4", BlockKind.TABLE_ROW, 0),
    ("We had rather swim.", BlockKind.QUOTE, 0),
    ("  one\n    two", BlockKind.PREFORMATTED, 0),
    ("Who may cross at night?", BlockKind.PARAGRAPH, 0),
    ("Whoever carries a lamp may cross.", BlockKind.PARAGRAPH, 0),
    ("What does it cost?", BlockKind.HEADING, 3),
    ("Nothing at all, save a kind word.", BlockKind.PARAGRAPH, 0),
]


def check_structure(pages: dict[str, bytes], having: str) -> None:
    page = read_site(pages)[having]
    number = int(having.rpartition("-")[2])
    prose = [(text, BlockKind.PARAGRAPH, 0) for text in make_paragraphs(number)]
    found = [(block.text, block.kind, block.level) for block in page.blocks if block.reason is None]
    assert found == [*prose[:2], *_LINES, *prose[2:]]


def test_structure_amid_the_text_of_one_page_stays() -> None:
    check_structure(make_site(12, middle=lambda page: _MIDDLE if page == 5 else ""), find_url(5))


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_structure_that_recurs_amid_the_text_stays(share: float) -> None:
    pages = make_site(20, middle=on(share, _MIDDLE))
    check_structure(pages, next(url for url, body in pages.items() if b"accordion" in body))


@pytest.mark.parametrize(
    "part", [_NESTED, _TABLE, _FOLD, _ACCORDION, "<blockquote><p>We had rather swim.</p></blockquote>"]
)
def test_structure_at_the_end_of_a_page_stays(part: str) -> None:
    pages = make_site(12, below=lambda page: part if page % 6 == 5 else "")
    for url, page in read_site(pages).items():
        number = int(url.rpartition("-")[2])
        words = re.findall(r">([^<]+)<", part) if number % 6 == 5 else []
        text = " ".join(kept_in(page))
        assert [word for word in words if word not in text] == []
        assert kept_in(page)[:4] == make_paragraphs(number)


def test_questions_that_differ_by_page_stay_in_their_folds() -> None:
    def fold(page: int) -> str:
        return "".join(
            f"<details><summary>What of {make_title(page + 31 * at)}?</summary>"
            f"<p>{make_sentence(f'answer {page}.{at}')}</p></details>"
            for at in range(3)
        )

    for at, page in enumerate(read_site(make_site(12, below=fold)).values()):
        own = kept_in(page)[4:]
        assert own[1::2] == [make_sentence(f"answer {at}.{line}") for line in range(3)]
        assert own[::2] == [f"What of {make_title(at + 31 * line)}?" for line in range(3)]


# --- Names of elements ------------------------------------------------------------------------------------------------


def test_an_element_has_a_name_from_each_named_element_above_it() -> None:
    found = find_containers("html/body/div.wrap/div/main#text/ul/li")
    assert found["html/body"] == 1
    assert found["div.wrap/div"] == 3
    assert found["main#text"] == found["div.wrap/div/main#text"] == found["html/body/div.wrap/div/main#text"] == 4
    assert not any("ul" in name.split("/") for name in found)
    assert find_names("html/div.a/h1.b") == ["html/div.a/h1.b", "div.a/h1.b", "h1.b"]


@pytest.mark.parametrize(
    ("path", "container", "rest"),
    [
        ("html/body/main/p", "html/body/main", "p"),
        ("html/body/div.box/div.box/p", "div.box", "div.box/p"),
        ("html/body/div.boxes/p", "div.box", None),
        ("html/body/div.box", "div.box", ""),
        ("html/body/subdiv.box/p", "div.box", None),
    ],
)
def test_a_path_leads_through_a_container_by_whole_steps(path: str, container: str, rest: str | None) -> None:
    assert find_inside(path, container) == rest
