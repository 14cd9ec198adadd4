"""Known markup: to cut out of a page what repeats over its site changes no page, only the time that it takes."""

import json
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction import known_markup as module
from crawler.extraction import page as page_module
from crawler.extraction.blocks import find_blocks
from crawler.extraction.cut_markup import MARKER, KnownPart, NeedsWholeError
from crawler.extraction.document import UnreadableError, parse_document
from crawler.extraction.known_markup import KnownMarkup, find_reach, split_address
from crawler.extraction.metadata import Metadata, find_metadata
from crawler.extraction.page import ExaminedPage, LearnedSite, examine_page
from items import Block
from tests.extraction.site_making import HOST, as_learned, context, learn_site, make_paragraphs, make_title
from tests.extraction.test_blocks import trees

SITE = "https://harbour.example"
_QUAYS = ("North Quay", "South Quay", "Coal Pier", "Fish Market", "Dry Dock", "Ferry Steps", "Old Basin", "Salt Wharf")
MENU = (
    "<div class='menu'><ul>"
    + "".join(f"<li><a href='/quays/{number}'>{quay}</a></li>" for number, quay in enumerate(_QUAYS))
    + "<li><a href='https://other.example/a?b=1'>Partners of the union</a></li></ul></div>"
)
FOOTER = (
    "<footer id='foot'><p>Harbour Workers' Union<br>12 Quay Street<br>Port Alder</p>"
    "<p>All quays, all shifts: whoever loads, unloads, moors, pilots or repairs at one of the piers of Port Alder may "
    "join, and does so by word of mouth to a steward, who writes it down and reads it out at the next meeting.</p>"
    "<p>The union was founded by eleven stevedores in the back room of a chandler's shop.</p>"
    "<p>It owns a bell, which is rung once for each ship that is lost.</p></footer>"
)
SCRIPT = f"<script>var bell = 0; {'bell = bell + 1; ' * 40}</script>"


def page(body: str, head: str = "<title>News</title>") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def article(number: int) -> str:
    return page(f"{MENU}<main><h1>Notice {number}</h1><p>Shift {number} is called off.</p></main>{FOOTER}")


def read(source: str, url: str, known: KnownMarkup | None = None) -> tuple[bool, tuple[Block, ...], Metadata, str]:
    """Read a page; tell first whether known parts were cut out of it."""
    document = parse_document(source.encode(), None, (lambda text: known.cut(text, url)) if known is not None else None)
    blocks = find_blocks(document.tree, url, known, document.cut)
    metadata = find_metadata(document.tree, blocks, url, (), document.cut)
    return document.cut is not None, blocks, metadata, document.parser


def read_both(source: str, url: str, known: KnownMarkup) -> bool:
    """Read a page with what is known and without; tell whether known parts were cut out of it."""
    try:
        is_cut, *found = read(source, url, known)
    except NeedsWholeError:
        return False
    _, *whole = read(source, url)
    assert found == whole
    return is_cut


def learn(*sources: str, url: str = SITE) -> KnownMarkup:
    """Read pages twice, after which their parts are known; a third time they are cut."""
    known = KnownMarkup()
    for again in range(2):
        for source in sources:
            read_both(source, f"{url}/{again}", known)
    for source in sources:
        assert read_both(source, f"{url}/3", known)
    return known


def list_parts(known: KnownMarkup) -> list[str]:
    return [part.markup for site in known._sites.values() for group in site.groups for part in group.parts]


# --- Parts and where they stand ---------------------------------------------------------------------------------------


def test_what_stands_on_two_pages_is_cut_out_of_the_third_and_its_blocks_are_made_once() -> None:
    known = KnownMarkup()
    assert [read_both(article(number), f"{SITE}/{number}", known) for number in range(4)] == [False, False, True, True]
    assert list_parts(known) == [MENU, FOOTER]
    first, second = (read(article(number), f"{SITE}/{number}", known)[1] for number in (5, 6))
    same = [one is other for one, other in zip(first, second, strict=True)]
    assert same == [True] * 9 + [False] * 2 + [True] * 6


def test_a_part_further_down_on_the_page_has_other_positions() -> None:
    known = learn(article(1))
    longer = page(f"{MENU}<main><h1>Notice</h1><p>One.</p><p>Two.</p></main>{FOOTER}")
    for source in (longer, article(1), longer):
        assert read_both(source, SITE, known)
    positions = [block.position for block in read(longer, SITE, known)[1]]
    assert positions == list(range(len(positions)))


@pytest.mark.parametrize(
    "around", ["<div>{}</div>", "<ul><li>{}</ul>", "<ol><li><ul><li>{}</ul></ol>", "<li.x>{}</li.x>"]
)
def test_a_part_in_another_place_of_the_page_has_other_paths(around: str) -> None:
    known = learn(page(MENU + FOOTER))
    for source in (page(f"<li class=x>{MENU}</li>{FOOTER}"), page(around.format(MENU) + FOOTER), page(MENU + FOOTER)):
        assert read_both(source, SITE, known)


@pytest.mark.parametrize("tag", ["li", "ul"])
def test_a_path_does_not_tell_of_what_kind_its_elements_are(tag: str) -> None:
    known = learn(page(MENU + FOOTER + SCRIPT))
    for first in (MENU, FOOTER):
        assert read_both(page(f"<{tag} class='x'>{first}</{tag}>{SCRIPT}"), SITE, known)
        assert read_both(page(f"<{tag}.x>{first}</{tag}.x>{SCRIPT}"), SITE, known)


def test_white_space_in_a_part_is_no_text() -> None:
    part = FOOTER.replace("<p>", " &nbsp; <p>").replace("</p>", "</p>&#28; ").replace("<br>", "<br><br>")
    known = learn(page(f"{MENU}<p>One</p>{part}<p>Two</p>"))
    assert read_both(page(f"{MENU}<p>Another<br>{part}<br>end"), SITE, known)


def test_a_part_that_stands_twice_on_a_page_is_cut_once() -> None:
    known = learn(article(1))
    assert read_both(page(f"{MENU}<p>One.</p>{MENU}<p>Two.</p>{FOOTER}{FOOTER}"), SITE, known)


def test_variants_of_a_part_are_told_apart() -> None:
    marked = [MENU.replace(f"<li><a href='/quays/{at}'>", f"<li class='on'><a href='/quays/{at}'>") for at in range(8)]
    known = learn(*(page(f"{one}<p>Notice</p>{FOOTER}") for one in marked))
    assert set(list_parts(known)) == {*marked, FOOTER}
    for one in marked:
        assert read_both(page(f"{one}<p>Another</p>{FOOTER}"), SITE, known)


def test_a_part_in_a_part_is_cut_where_the_outer_one_is_another() -> None:
    outer = f"<section>{MENU}<p>of the harbor</p></section>"
    known = learn(page(outer + FOOTER), page(f"{MENU}{FOOTER}"))
    assert read_both(page(outer + FOOTER), SITE, known)
    assert read_both(page(f"<section>{MENU}<p>of a page</p></section>{FOOTER}"), SITE, known)


def test_a_small_part_is_not_looked_for() -> None:
    small = "<footer><p>Port Alder</p></footer>"
    known = learn(page(MENU + FOOTER + small))
    assert list_parts(known) == [MENU, FOOTER]


def test_scripts_and_styles_are_cut_as_well() -> None:
    style = f"<style>{'p { color: red } ' * 40}</style>"
    known = learn(page(f"{SCRIPT}<p>One</p>", f"<title>News</title>{style}"))
    assert list_parts(known) == [style, SCRIPT]


def test_what_follows_the_end_of_the_page_hinders_no_cut() -> None:
    source = f"{page(MENU + FOOTER)}{SCRIPT}"
    learn(source)


# --- Surroundings in which a part means something else ----------------------------------------------------------------

SWALLOWED = "<img alt=\"<div class='menu'>\">"


@pytest.mark.parametrize(
    "around",
    [
        *(
            "<a href='/x'>{}</a>",
            "<b>{}</b>",
            "<em>{}</em>",
            "<h2>{}</h2>",
            "<pre>{}</pre>",
            "<blockquote>{}</blockquote>",
        ),
        *("<!-- {} -->", "<script>{}</script>", "<textarea>{}</textarea>", "<noscript>{}</noscript>", "<xmp>{}</xmp>"),
        *(
            "<select>{}</select>",
            "<svg>{}</svg>",
            "<template>{}</template>",
            "<button>{}</button>",
            "<title>{}</title>",
        ),
        *("<iframe>{}</iframe>", "<math>{}</math>", "<object>{}</object>", "<dialog>{}</dialog>", "<figcaption>{}"),
        *(
            "text {}",
            "<h1>{}</h1>",
            "<plaintext>{}",
            "<noframes>{}</noframes>",
            "<style>{}</style>",
            "<b>{}",
            "<a href=''>{}",
        ),
        "<table><tr><td>{}</td><td>and a cell</td></tr></table>",
        "<div class='date'>1 May 2020 {}</div>",
        "<div itemprop='datePublished'>1 May 2020 {}</div>",
        "<time>1 May 2020 {}</time>",
        "<a rel='author'>Ada Quill {}</a>",
        '<img alt="{}<p>open</p>',
        "<img alt='{}<p>open</p>",
        '<a title="{}<p>open</p>',
        "<p>x</p{}",
        "<!--{}",
        "<?php {}",
        "{}<broadside-part></broadside-part>",
        "<BROADSIDE-PART></BROADSIDE-PART>{}",
        "<noscript>{}</noscript><broadside-part></broadside-part>",
        "<noscript>{}</noscript><div class='menu'><broadside-part></broadside-part></div>",
        "<noscript>{0}</noscript>{0}",
        "<html lang='de'>{}",
        "</html>{}",
        "<frameset>{}</frameset>",
        f"{'<i>' * 1990}{{}}",
        f"{'<div>' * 1990}{{}}",
        f"{'<div>' * 2200}{{}}",
    ],
)
def test_whatever_stands_around_a_part_the_page_stays_the_same(around: str) -> None:
    known = learn(page(f"{MENU}<p>One</p>{FOOTER}"))
    for variant in (MENU, FOOTER, SCRIPT):
        for other in (MENU, FOOTER, ""):
            if variant != other:
                read_both(page(f"{around.replace('{0}', '{}').replace('{}', variant)}<p>More</p>{other}"), SITE, known)


def refuses(known: KnownMarkup, source: str, url: str = SITE) -> bool:
    """Tell whether a page is read as a whole, or not cut at all; where it is cut, it must be the same."""
    return not read_both(source, url, known)


@pytest.mark.parametrize(
    "around",
    [
        *("<a href='/x'>{}</a>", "<b>{}</b>", "<h2>{}</h2>", "<pre>{}</pre>", "<blockquote>{}</blockquote>"),
        *("<!-- {} -->", "<script>{}</script>", "<noscript>{}</noscript>", "<svg>{}</svg>", "<textarea>{}</textarea>"),
        "<table><tr><td>{}</td><td>and a cell</td></tr></table>",
        "<div class='date'>1 May 2020 {}</div>",
        "<time>1 May 2020 {}</time>",
        "<broadside-part></broadside-part>{}",
        '<div title="{}',
        '<section title="{}',
        f"{'<div>' * 1950}{{}}",
    ],
)
def test_a_part_in_a_surrounding_that_changes_it_is_not_cut(around: str) -> None:
    known = learn(page(f"{MENU}<p>One</p>{FOOTER}"))
    assert refuses(known, page(around.format(MENU + FOOTER)))


@pytest.mark.parametrize(
    "around", ["<p>{}", "<li>{}", "<span>{}</span>", "<div><div>{}", "</span></b>{}</a>", "<td>{}"]
)
def test_a_part_in_other_surroundings_is_cut(around: str) -> None:
    known = learn(page(f"{MENU}<p>One</p>{FOOTER}"))
    assert read_both(page(around.format(MENU + FOOTER)), SITE, known)


def test_a_start_tag_in_an_attribute_begins_no_part() -> None:
    known = learn(page(f"{MENU}<p>One</p>{FOOTER}"))
    start = MENU[: MENU.index("<ul>")]
    for before in ("<img alt='x ", '<img alt="', "<div class='menu'><img alt='", "<div class='menu' id='"):
        assert refuses(known, page(f"{before}{MENU}<p>More</p>{FOOTER}"))
    assert refuses(known, page(f"{start}text<img alt='{MENU}<p>More</p>{FOOTER}"))


def test_an_element_that_a_part_would_end_stands_not_around_it() -> None:
    part = FOOTER.replace("<p>It owns", "</section></article><p>It owns")
    known = learn(page(f"{MENU}<p>One</p>{part}"))
    for around in ("section", "article"):
        assert refuses(known, page(f"{MENU}<{around}>{part}<p>More</p></{around}>"))
    assert read_both(page(f"{MENU}<nav>{part}<p>More</p></nav>"), SITE, known)


def test_a_row_in_a_part_may_be_the_first_of_the_table_around_it() -> None:
    part = FOOTER.replace("<p>It owns", "<table><tr><td>Bell</td><td>one</td></tr></table><p>It owns")
    known = learn(page(f"{MENU}<p>One</p>{part}"))
    row = "<tr><th>Port</th><th>Shifts</th></tr>"
    assert refuses(known, page(f"{MENU}<table><caption><ul><li>{part}</ul></caption>{row}</table>"))
    assert refuses(known, page(f"{MENU}<table><tr><td>{part}</td></tr>{row}</table>"))


def test_a_heading_that_holds_a_part_is_another_without_it() -> None:
    known = learn(page(f"{MENU}<p>One</p>{FOOTER}"))
    head = "<title>Bells</title>"
    named = "<div class='top'><h2>Bells</h2><p class='date'>1 May 2020</p><p class='date'>2 May 2021</p></div>"
    for around in (f"<h2>Bells<ul><li>{MENU}</ul></h2>", f"<h2>Bells<script>{SCRIPT[8:]}</h2>"):
        assert refuses(known, page(f"{around}{FOOTER}{named}", head)) or "script" in around


def test_a_title_that_a_part_shows_is_looked_for_in_all_of_the_page() -> None:
    part = MENU.replace("<ul>", "<h2>Bells of Port Alder</h2><ul>")
    known = learn(page(f"{part}<p>One</p>{FOOTER}"))
    assert refuses(known, page(f"{part}<p>One</p>{FOOTER}", "<title>Bells of Port Alder</title>"))
    assert refuses(known, page(f"{part}<h2>Bells of Port Alder</h2>{FOOTER}", "<title>Bells of Port Alder</title>"))


def test_an_author_is_not_named_without_what_the_link_holds() -> None:
    known = learn(page(f"{MENU}{SCRIPT}<p>One</p>{FOOTER}"))
    assert refuses(known, page(f"<a rel='author'>Ada{MENU}</a>{FOOTER}"))
    assert refuses(known, page(f"{MENU}<a rel='author'>Ada{SCRIPT}</a>{FOOTER}"))
    assert read_both(page(f"{MENU}<a rel='author'>Ada</a>{FOOTER}"), SITE, known)


@pytest.mark.parametrize(
    "around", ["<plaintext>{}", "<xmp>{}</xmp>", "<h2 title='{}'>", "<title>{}</title>", "<a href='{}'>on</a>"]
)
def test_what_looks_like_a_script_may_be_text(around: str) -> None:
    known = learn(page(f"{MENU}<p>One</p>{SCRIPT}"))
    assert refuses(known, page(f"{MENU}<p>One</p>{around.format(SCRIPT)}"))


# --- What is no part --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inside",
    [
        *("<title>x</title>", "<meta name='author' content='Ada Quill'>", "<base href='/b/'>", "<iframe></iframe>"),
        *("<link rel='canonical' href='/c'>", "<time>1 May 2020</time>", "<p class='date'>1 May 2020</p>", "<p>open"),
        *("<a rel='author' href='/ada'>Ada Quill</a>", "<span itemprop='datePublished'>1 May 2020</span>"),
        *("<script type='application/ld+json'>{}</script>", "<textarea>x</textarea>", "<!-- open", "<x-y>z</x-y>"),
        *(
            "<a href=''>y</a>",
            "<a href='?x'>y</a>",
            "<p>a<p>b</p>",
            "<form><form></form></form>",
            "<li>a<li>b</li></li>",
        ),
        *(
            "<p title=a'b>x</p>",
            "<a href='a'><a href='b'>x</a></a>",
        ),
    ],
)
def test_what_states_something_or_is_not_closed_is_no_part(inside: str) -> None:
    part = FOOTER.replace("<p>It owns", f"{inside}<p>It owns")
    known = KnownMarkup()
    for number in range(4):
        read_both(page(f"{MENU}<p>Notice {number}</p>{SCRIPT}{part}<p>More</p>"), f"{SITE}/{number}", known)
    assert list_parts(known) == [MENU, SCRIPT]


@pytest.mark.parametrize(
    "around", ["a", "h2", "pre", "table", "blockquote", "button", "select", "svg", "noscript", "object"]
)
def test_what_stands_on_every_page_where_it_cannot_be_cut_is_no_part(around: str) -> None:
    known = KnownMarkup()
    for number in range(3):
        read_both(page(f"{MENU}<{around}>{FOOTER}</{around}><p>{number}</p>"), f"{SITE}/{number}", known)
    assert list_parts(known) == [MENU]


@pytest.mark.parametrize(
    "script",
    [
        f'<script type=\'application/ld+json\'>{{"headline": "Bells", "x": "{"y" * 300}"}}</script>',
        f'<script type=\'application/ld+&#106;son\'>{{"headline": "Bells", "x": "{"y" * 300}"}}</script>',
        f'<script id=\'>\' type=\'application/ld+json\'>{{"headline": "Bells", "x": "{"y" * 300}"}}</script>',
        f"<script>{'x();' * 100}</script x><p>In between</p><script>y()</script>",
        f"<script>{'x();' * 100}<!-- </script>",
        f"<script>{'x();' * 100}'</svg>'</script>",
    ],
)
def test_a_script_that_may_say_something_of_the_page_is_no_part(script: str) -> None:
    known = KnownMarkup()
    for number in range(4):
        read_both(page(f"{MENU}<p>Notice {number}</p>{script}{FOOTER}"), f"{SITE}/{number}", known)
    assert list_parts(known) == [MENU, FOOTER]


# --- Whole pages ------------------------------------------------------------------------------------------------------


def test_a_page_of_two_documents_is_read_by_other_rules() -> None:
    known = learn(article(1))
    assert refuses(known, f"{article(2)}{article(3)}")
    assert refuses(known, f"{page(MENU)}{FOOTER}")
    assert refuses(known, f"<html><body>{MENU}<body class='x'></html>{FOOTER}</body></html>")


def test_a_page_in_another_encoding_is_cut_as_well() -> None:
    known = learn(article(1))
    for encoding in ("utf-16", "utf-8-sig"):
        body = article(2).replace("called", "called \x00\x01 caf\u00e9").encode(encoding)
        cut = parse_document(body, None, lambda text: known.cut(text, SITE))
        assert cut.cut is not None
        assert find_blocks(cut.tree, SITE, known, cut.cut) == find_blocks(parse_document(body).tree, SITE)


@pytest.mark.parametrize(
    "href",
    [
        *("next", "../next", "#top", "/top", "//cdn.example/x", "mailto:a@b.example", "./a/../b", "a;b", "a?b"),
        *("http://x.example/a?", "HTTP://X.example/A", "http://x.example/#", " /top ", "javascript:void(0)"),
        *("?page=2", "", "http:relative", "http://", "http://?", "//", "//#x", "//?q", "http:///x", "&nbsp;?q"),
        *("http:\\x", "https://[broken", "ht&#10;tp://x.example/a", "/&#9;/x.example/a", "&nbsp;/x"),
    ],
)
def test_links_lead_where_they_lead_from_each_page(href: str) -> None:
    part = FOOTER.replace("It owns", f"<a href='{href}'>It</a> owns")
    known = KnownMarkup()
    for url in (f"{SITE}/a/1", f"{SITE}/a/2", f"{SITE}/b/1?c=d/e", f"{SITE}/b;x/1", SITE, f"{SITE}/", f"{SITE}/a/1"):
        for _ in range(2):
            read_both(page(f"{MENU}<p>One</p>{SCRIPT}{part}"), url, known)
    for url in (f"{SITE}/a/1", f"{SITE}/b/2"):
        assert read_both(page(f"{MENU}<p>One</p>{SCRIPT}{part}"), url, known)


def test_links_follow_a_page_with_another_base() -> None:
    part = FOOTER.replace("It owns", "<a href='bell'>It</a> owns")
    known = learn(page(MENU + part))
    plain = page(MENU + part)
    for base in ("/b/", "c/", "//cdn.example/d/", "https://else.example/e/f"):
        for source in (page(MENU + part, f"<base href='{base}'>"), plain):
            document = parse_document(source.encode(), None, lambda text: known.cut(text, f"{SITE}/a/b"))
            assert document.cut is not None
            address = page_module._base_url(document.tree, f"{SITE}/a/b")
            assert find_blocks(document.tree, address, known, document.cut) == read(source, address)[1]


@pytest.mark.parametrize(
    ("markup", "reach"),
    [
        (b"<p>no link</p>", 0),
        (b'<a href="#top"/>', 0),
        (b'<a href="https://a.example/b"/>', 0),
        (b'<a href="/b"/>', 1),
        (b'<a href="//a.example"/>', 1),
        (b'<a href="b/c"/>', 2),
        (b'<a href="?b"/>', 3),
        (b'<a href=""/>', 3),
        (b'<a href="http:b"/>', 3),
        (b'<a href="/b"/><a href="c"/>', 2),
    ],
)
def test_the_reach_of_a_part_is_as_much_of_the_address_as_its_links_need(markup: bytes, reach: int) -> None:
    assert find_reach(markup) == reach


def test_an_address_is_split_into_what_links_need() -> None:
    assert split_address(f"{SITE}/a/b?c") == ("https", SITE, f"{SITE}/a", f"{SITE}/a/b?c")
    assert len(set(split_address(None))) == 1
    assert split_address("https://[broken") == ("https://[broken",) * 4


@settings(max_examples=100, deadline=None)
@given(
    st.lists(trees(), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), trees()), max_size=6),
)
def test_any_parts_in_any_order_give_the_same_page(parts: list[str], order: list[tuple[int, int, str]]) -> None:
    known = KnownMarkup()
    made = [f"<div>{part}{MENU}{part}</div>" for part in parts]
    for _ in range(2):
        read_both(page("".join(made)), SITE, known)
    for one, other, own in order:
        body = f"{own}{made[one % len(made)]}{own}<section>{made[other % len(made)]}{own}</section>"
        read_both(page(body), f"{SITE}/{one}", known)


# --- Memory and time --------------------------------------------------------------------------------------------------


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_CHARACTERS", 20_000)
    monkeypatch.setattr(module, "_MAX_NODES", 200)
    monkeypatch.setattr(module, "_MAX_SITES", 3)
    monkeypatch.setattr(module, "_MAX_SEEN", 20)
    known = KnownMarkup()
    cut = 0
    for number in range(200):
        words = "<p>word</p>" * (number % 7)
        own = f"<div id='x{chr(97 + number % 26)}{chr(97 + number // 26)}'>{MENU}<p>{number}</p></div>"
        cut += read_both(page(f"{own}{words}{FOOTER}"), f"https://{number // 20}.example/{number}", known)
        held = [part for site in known._sites.values() for group in site.groups for part in group.parts]
        assert known._size >= sum(len(one.markup) * (1 + len(one.variants)) for one in held)
        assert known._size <= 20_000 + 4 * len(MENU + FOOTER)
        assert len(known._sites) <= 4
        assert all(len(site.seen) <= 20 + 6 for site in known._sites.values())
    assert known._nodes <= 200 + 60
    assert cut > 100


@pytest.mark.parametrize(
    "hostile",
    [
        *("<!-- ", "<script> ", "<a ' ", '<a " ', "<a x=y ", "<div>", "<p><div></p></b>", "<", "<div class=a>"),
        *("<div>|</x>", "<div>|</p>|</div>", "<div class=a>|</div>", "<a x='yyyyyyyyyyyyyyyyyyyy", "<div><!--"),
    ],
)
def test_hostile_markup_takes_no_time(hostile: str) -> None:
    text = "".join(part * 40_000 for part in hostile.split("|"))
    known = KnownMarkup()
    started = time.process_time()
    for _ in range(4):
        known.cut(text, SITE)
    assert time.process_time() - started < 2


def test_pieces_that_repeat_and_are_no_parts_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    make = module._make_part

    def note(piece: str, span: module._Span) -> KnownPart | None:
        tried.append(piece)
        return make(piece, span)

    monkeypatch.setattr(module, "_make_part", note)
    known = KnownMarkup()
    dated = "".join(f"<div id='c{count}'><p class='date'>5 May</p><p>{'word ' * 60}</p></div>" for count in range(9))
    for _ in range(6):
        assert known.cut(dated, SITE) is None
    assert len(tried) == len(set(tried)) == 9


def test_parts_of_a_site_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_GROUPS", 8)
    monkeypatch.setattr(module, "_MAX_ALIKE", 2)
    known = KnownMarkup()
    for number in range(4):
        apart = "".join(f"<div id='d{count}'><p>{'word ' * 60}{count}</p></div><p>{number}</p>" for count in range(20))
        alike = "".join(
            f"<ul class='same of all the menus there are on it'><li>{'x ' * 140}{count}</ul><p>{number}</p>"
            for count in range(5)
        )
        read_both(page(alike.replace("</ul>", "</li></ul>") + apart), f"{SITE}/{number}", known)
    (site,) = known._sites.values()
    assert len(site.groups) == 8
    assert [len(group.parts) for group in site.groups] == [2, *([1] * 7)]


def test_a_part_that_is_seldom_met_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AGAIN", 2)
    old = FOOTER.replace("id='foot'", "id='old'")
    known = learn(page(MENU + old))
    for number in range(60):
        read_both(page(f"{MENU}<p>{number}</p>{FOOTER}"), SITE, known)
    assert old in list_parts(known)
    for number in range(100):  # something that begins like it makes the site's pages be searched again
        odd = old.replace("Quay Street", f"{number} Street")
        read_both(page(f"{MENU}<p>{number}</p>{odd}{FOOTER}"), SITE, known)
    assert list_parts(known) == [MENU, FOOTER]


def test_a_site_of_which_many_pages_need_to_be_read_as_a_whole_is_not_cut() -> None:
    known = learn(article(1))
    for _ in range(100):
        known.note_failure(f"{SITE}/x")
    assert not read_both(article(2), SITE, known)
    known.note_failure("https://unknown.example/")  # of which nothing is known
    other = "https://other.example"
    assert [read_both(article(number), other, known) for number in range(3)] == [False, False, True]


def test_what_is_known_of_one_site_is_not_looked_for_on_another() -> None:
    known = learn(article(1))
    assert not read_both(article(2), "https://else.example/", known)


# --- Pages of a learned site ------------------------------------------------------------------------------------------


def notice(number: int, *, inside: str = "", before: str = "", after: str = "", head: str = "") -> bytes:
    title = make_title(number)
    text = "".join(f"<p>{one}</p>" for one in make_paragraphs(number))
    main = f"<main class='content'><h1>{title}</h1><p>{number % 28 + 1} May 2021</p>{text}{inside}</main>"
    source = page(f"{before}{MENU}{main}{FOOTER}{after}", f"<title>{title} | Harbour Workers' Union</title>{head}")
    return source.encode()


@pytest.fixture(scope="module")
def learned() -> LearnedSite:
    return as_learned(learn_site({f"https://{HOST}/{number}": notice(number) for number in range(12)}))


def examine(body: bytes, url: str, site: LearnedSite | None) -> ExaminedPage | str:
    try:
        return examine_page(body, context(url), site)
    except UnreadableError as error:
        return error.reason


def examine_both(
    bodies: Sequence[bytes], site: LearnedSite | None, monkeypatch: pytest.MonkeyPatch
) -> tuple[KnownMarkup, list[bool]]:
    """Read pages one after the other, and each in a process that knows nothing; tell which were read without parts."""
    known = KnownMarkup()
    cut: list[bool] = []
    for number, body in enumerate(bodies):
        url = f"https://{HOST}/{number}"
        monkeypatch.setattr(page_module, "_known", KnownMarkup())
        whole = examine(body, url, site)
        monkeypatch.setattr(page_module, "_known", known)
        failed = sum(one.failed for one in known._sites.values())
        met = sum(group.met for one in known._sites.values() for group in one.groups)
        assert examine(body, url, site) == whole
        has_failed = sum(one.failed for one in known._sites.values()) > failed
        cut.append(not has_failed and sum(group.met for one in known._sites.values() for group in one.groups) > met)
    return known, cut


def test_the_pages_of_a_learned_site_are_the_same(learned: LearnedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    known, cut = examine_both([notice(number) for number in range(20)], learned, monkeypatch)
    assert cut == [False, False, *[True] * 18]
    assert list_parts(known) == [MENU, FOOTER]


def test_a_page_that_is_like_no_layout_is_read_as_a_whole(
    learned: LearnedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = page(f"{MENU}<article>{''.join(f'<p>{one}</p>' for one in make_paragraphs(70))}</article>{FOOTER}").encode()
    _, cut = examine_both([*(notice(number) for number in range(4)), plain, notice(5)], learned, monkeypatch)
    assert cut == [False, False, True, True, False, True]


def test_pages_of_an_unknown_site_are_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    known, cut = examine_both([notice(number) for number in range(4)], None, monkeypatch)
    assert not any(cut)
    assert known._sites == {}


@pytest.mark.parametrize(
    "odd",
    [
        {"before": "<a href='/x'>"},
        {"before": "<!-- "},
        {"before": "<div class='date'>3 June 2019 "},
        {"before": "<noscript>"},
        {"before": '<img alt="'},
        {"after": f"</body></html>{FOOTER}"},
        {"after": notice(77).decode()},
        {"inside": f"<table><tr><td>{MENU}</td><td>b</td></tr></table>"},
        {"head": f"<base href='/b/'><script type='application/ld+json'>{json.dumps({'headline': 'Bells'})}</script>"},
        {"head": f"<title>{SCRIPT}</title>"},
        {"inside": f"<{MARKER}>x</{MARKER}>"},
    ],
)
def test_an_odd_page_of_a_learned_site_is_the_same(
    odd: dict[str, str], learned: LearnedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = [notice(number) for number in range(4)]
    _, cut = examine_both([*usual, notice(50, **odd), notice(51, **odd), notice(5)], learned, monkeypatch)
    assert cut[2:4] == [True, True]
    assert cut[-1]
