"""Words of others in Markdown, YAML and JSON."""

import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crawler.corpus.package.prose import count_blanks, make_blank, make_plain, to_json, to_markdown, to_table, to_yaml

HOSTILE = (
    "a | b",
    "one\ntwo\r\nthree",
    "`code` *bold* _em_ ~~gone~~ # head",
    "<script>alert(1)</script><!-- ",
    "[text](javascript:alert(1)) ![x](http://x.example/y.png)",
    "key: value # comment",
    "- item",
    "'single' \"double\" \\ back",
    "NUL \0 and \x7f and \x85 and \x9f",
    "line\u2028separator\u2029here",
    "\u202egnihtemos\u202c \u2066isolated\u2069 \ufeffmark",
    "half \ud800 pair",
    "\U0001f600 and \U000e0041 tag",
    "&amp; &lt; $x^2$",
    "%TAG ! tag:yaml.org,2002:",
    "= 1 + 1",
    "",
    " ",
)
PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


@pytest.mark.parametrize("words", HOSTILE)
def test_a_cell_of_a_table_holds_nothing_but_the_words(words: str) -> None:
    tokens = PARSER.parse(to_table(("name", "number"), [(words, 3), ("next", 4)], numbers=[1]))
    cells = [token for token in tokens if token.type == "inline"]
    assert [cell.content for cell in cells[0::2]][0::2] == ["name", "next"]
    assert len(cells) == 6
    kinds = {child.type for child in cells[2].children or ()}
    assert kinds <= {"text", "text_special"}
    assert "".join(child.content for child in cells[2].children or ()) == make_plain(words)


@pytest.mark.parametrize("words", HOSTILE)
def test_a_heading_holds_nothing_but_the_words(words: str) -> None:
    opening, inline, closing = PARSER.parse(f"# Datasheet: {to_markdown(words)}")
    assert (opening.type, closing.type) == ("heading_open", "heading_close")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}


def test_what_is_unseen_is_left_out() -> None:
    assert make_plain("a\0b\u202ec\u2028d\ud800e\n\tf  g") == "abc de f g"
    assert to_markdown("x" * 300) == f"{'x' * 199}…"


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("\x85\u2028\ufeff\0\x7f")
@example("half: # of \U0001f600")
def test_yaml_reads_what_was_written(words: str) -> None:
    written = to_yaml(words)
    assert written.isprintable()
    assert yaml.safe_load(f"a: {written}\nb: 1\n") == {"a": words, "b": 1}


def test_yaml_of_half_a_pair_is_readable() -> None:
    assert yaml.safe_load(to_yaml("half \ud800 pair")) == "half ? pair"


@given(st.text())
def test_json_is_of_lines_that_all_see_alike(words: str) -> None:
    written = to_json({"words": words})
    assert len(written.splitlines()) == len(written.encode("utf-8").decode("utf-8").split("\n")) - 1 == 3
    assert json.loads(written)["words"] == words


def test_blanks_are_counted() -> None:
    assert count_blanks(f"a {make_blank('who')} b\n# {make_blank('what')}") == 2
