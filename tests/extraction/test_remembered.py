"""Remembered parts: they change no page, only the time that it takes, and take no more than their share of memory."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction import remembered as module
from crawler.extraction.blocks import find_blocks
from crawler.extraction.document import parse_document
from crawler.extraction.remembered import RememberedParts, find_reach, split_address
from items import Block
from tests.extraction.test_blocks import trees

SITE = "https://harbour.example"
MENU = (
    "<div class=menu><ul><li><a href='/about'>About the union</a><li><a href='https://other.example/a?b=1'>Partners</a>"
    "</ul></div>"
)
FOOTER = "<footer><p>Harbour Workers' Union<br>12 Quay Street<br>Port Alder</p><p>All quays, all shifts.</p></footer>"


def page(body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>News</title></head><body>{body}</body></html>"


def read(source: str, url: str, remembered: RememberedParts | None = None) -> tuple[Block, ...]:
    return find_blocks(parse_document(source.encode()).tree, url, remembered)


def read_both(source: str, url: str, remembered: RememberedParts) -> tuple[Block, ...]:
    found = read(source, url, remembered)
    assert found == read(source, url)
    return found


def article(number: int) -> str:
    return page(f"{MENU}<main><h1>Notice {number}</h1><p>Shift {number} is called off.</p></main>{FOOTER}")


def test_a_part_that_stands_on_the_next_page_is_not_read_again() -> None:
    remembered = RememberedParts()
    first, second = (read_both(article(number), f"{SITE}/{number}", remembered) for number in (1, 2))
    texts = [block.text for block in second]
    assert texts[0] == "About the union"
    assert texts[-1] == "All quays, all shifts."
    same = [one is other for one, other in zip(first, second, strict=True)]
    assert same == [True, True, False, False, True, True, True, True]


def test_a_part_further_down_on_the_page_has_other_positions() -> None:
    remembered = RememberedParts()
    read_both(article(1), SITE, remembered)
    longer = page(f"{MENU}<main><h1>Notice</h1><p>One.</p><p>Two.</p></main>{FOOTER}")
    positions = [block.position for block in read_both(longer, SITE, remembered)]
    assert positions == list(range(len(positions)))


def test_a_part_in_another_place_of_the_page_has_other_paths() -> None:
    remembered = RememberedParts()
    read_both(page(f"<div>{MENU}</div>"), SITE, remembered)
    read_both(page(f"<blockquote>{MENU}</blockquote>"), SITE, remembered)
    read_both(page(f"<ul><li>{MENU}</ul>"), SITE, remembered)


@pytest.mark.parametrize("around", ["<a href='/x'>{}</a>", "<b>{}</b>", "<em>{}</em>"])
def test_what_stands_in_a_link_or_in_emphasis_is_read_by_itself(around: str) -> None:
    remembered = RememberedParts()
    for source in (MENU, around.format(MENU), MENU, around.format(MENU)):
        read_both(page(source), SITE, remembered)


def test_whether_a_row_is_the_first_of_its_table_is_found_out_anew() -> None:
    row = "<tr><th>Port</th><th>Shifts</th></tr>"
    remembered = RememberedParts()
    for body in (f"<tbody>{row}</tbody>", f"<tbody><tr><td>a</td><td>b</td></tr></tbody><tbody>{row}</tbody>"):
        read_both(page(f"<table>{body}</table>"), SITE, remembered)


@pytest.mark.parametrize(
    "href",
    [
        *("next", "../next", "?page=2", "", "#top", "/top", "//cdn.example/x", "http:relative", "mailto:a@b.example"),
        *("http://", "http://?", "//", "//#x", "//?q", "http:///x", "http://x.example/a?", "HTTP://X.example/A"),
        *("http://x.example/#", "&nbsp;?q", " /top ", "http:\\x", "javascript:void(0)", "https://[broken"),
    ],
)
def test_links_lead_where_they_lead_from_each_page(href: str) -> None:
    remembered = RememberedParts()
    source = page(f"<div><p><a href='{href}'>On</a> and on</p></div>")
    for url in (f"{SITE}/a/1", f"{SITE}/a/2", f"{SITE}/b/1?c=d", "http://harbour.example/a/1", "https://else.example/"):
        for _ in range(2):
            read_both(source, url, remembered)


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


@settings(max_examples=60, deadline=None)
@given(st.lists(trees(), min_size=1, max_size=5), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8))
def test_any_parts_in_any_order_give_the_same_blocks(parts: list[str], order: list[tuple[int, int]]) -> None:
    remembered = RememberedParts()
    for one, other in order:
        body = f"<div>{parts[one % len(parts)]}</div><section>{parts[other % len(parts)]}</section>"
        read_both(page(body), f"{SITE}/{one}", remembered)


def test_places_that_never_hold_the_same_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = RememberedParts.find

    def note(self: RememberedParts, element: object, node: module.PathNode, *rest: object) -> object:
        asked.append(node.path)
        return find(self, element, node, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(RememberedParts, "find", note)
    remembered = RememberedParts()
    for number in range(60):
        asked.clear()
        read_both(article(number), f"{SITE}/{number}", remembered)
    assert [re.sub(r"html/body/?", "", path) for path in asked] == ["div.menu", "footer"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_BYTES", 20_000)
    monkeypatch.setattr(module, "_MAX_NODES", 200)
    remembered = RememberedParts()
    for number in range(200):
        words = "<p>word</p>" * (number % 7)
        body = f"<div id='x{chr(97 + number % 26)}{chr(97 + number // 26)}'><p>{number}</p></div>{words}{FOOTER}"
        read_both(page(body), f"{SITE}/{number}", remembered)
    parts = remembered._parts
    assert remembered._size == sum(len(one) * (1 + len(parts[one].variants)) for one in parts) <= 20_000
    assert remembered._nodes <= 200 + 20


def test_a_part_that_is_met_often_outlives_those_that_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_BYTES", 4_000)
    remembered = RememberedParts()
    first = read(article(0), SITE, remembered)
    for number in range(1, 40):
        last = read(article(number), SITE, remembered)
    assert last[0] is first[0]
