"""Pruning a tree: what is taken out, and what stays although it stands beside."""

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.blocks import find_blocks
from crawler.extraction.document import parse_document
from crawler.extraction.pruning import prune


def pruned(body: str, *texts: str) -> tuple[int, list[str]]:
    tree = lxml.html.document_fromstring(f"<html><body>{body}</body></html>")
    count = prune(tree, lambda block: block.text in texts)
    return count, [block.text for block in find_blocks(tree)]


def test_a_block_goes_with_its_element() -> None:
    assert pruned("<p>one</p><div class='x'><p>two</p></div><p>three</p>", "two") == (1, ["one", "three"])


def test_an_element_that_holds_other_blocks_stays() -> None:
    body = "<div>two<p>three</p></div>"
    assert pruned(body, "two") == (0, ["two", "three"])
    assert pruned(body, "three") == (1, ["two"])
    assert pruned(body, "two", "three") == (2, [])
    deep = "<ul><li>two<ul><li>three</li></ul></li><li>four</li></ul>"
    assert pruned(deep, "two") == (0, ["two", "three", "four"])
    assert pruned(deep, "two", "three") == (2, ["four"])


def test_lines_of_one_element_go_together_or_not_at_all() -> None:
    assert pruned("<p>one<br>two</p>", "two") == (0, ["one", "two"])
    assert pruned("<p>one<br>two</p><p>three</p>", "one", "two") == (1, ["three"])


@pytest.mark.parametrize("tail", [" tail", " tail of several words "])
def test_the_text_behind_an_element_stays(tail: str) -> None:
    assert pruned(f"<div>head<p>two</p>{tail}<p>three</p></div>", "two") == (1, [f"head {tail.strip()}", "three"])
    assert pruned(f"<div><p>two</p>{tail}</div>", "two") == (1, [tail.strip()])


def test_control_characters_behind_an_element_do_no_harm() -> None:
    tree = parse_document(b"<body><div><p>gone</p>&#1;stays</div><p>x</p></body>").tree
    assert prune(tree, lambda block: block.text == "gone") == 1
    assert "".join(tree.itertext()).strip() == "staysx"


def test_a_row_of_a_table_goes() -> None:
    rows = "<tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr>"
    assert pruned(f"<table>{rows}</table>", "a | b") == (1, ["c | d"])


def test_nothing_to_take_out() -> None:
    assert pruned("<p>one</p>") == (0, ["one"])
    assert pruned("", "one") == (0, [])


_LEAVES = st.sampled_from(["one", "two", "three", "<br>", " ", "<b>two</b>", "<a href='/'>one</a>"])
_TREES = st.recursive(
    _LEAVES,
    lambda inside: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["p", "div", "ul", "li", "blockquote", "section", "h2", "table", "td", "tr"]),
        st.lists(inside, max_size=4),
    ),
    max_leaves=12,
)


@given(_TREES, st.sets(st.sampled_from(["one", "two", "three"])))
@settings(max_examples=300, deadline=None)
def test_nothing_else_is_lost(body: str, texts: set[str]) -> None:
    tree = lxml.html.document_fromstring(f"<html><body>{body}</body></html>")
    before = [block.text for block in find_blocks(tree)]
    count = prune(tree, lambda block: block.text in texts)
    left = "".join(block.text for block in find_blocks(tree))
    own = "".join(text for text in before if text not in texts)
    letters = iter(left)
    assert all(letter in letters for letter in own if not letter.isspace()), "in order"
    assert count or left == "".join(before)
