"""Trees to blocks: all visible text once and in order, and Markdown that says nothing else than the text."""

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from crawler.extraction.blocks import find_blocks
from crawler.extraction.document import parse_document
from crawler.extraction.spacing import clean_text
from crawler.extraction.text import join_markdown, join_text
from items import Block, BlockKind, Link

BASE = "https://example.org/news/page"
MARKDOWN = MarkdownIt("commonmark").enable("table")


def blocks_of(body: str, base: str | None = BASE) -> tuple[Block, ...]:
    return find_blocks(parse_document(f"<html><body>{body}</body></html>".encode()).tree, base)


def outline(body: str) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in blocks_of(body)]


def read_markdown(source: str) -> str:
    """Give back the words that a reader of the Markdown sees, and a mark for each element that is none of ours."""

    def walk(tokens: list[Token]) -> str:
        shown = ""
        for token in tokens:
            if token.type in ("text", "code_inline", "fence"):
                shown += token.content
            elif token.type in ("softbreak", "hardbreak"):
                shown += "\n"
            elif token.type in ("html_inline", "html_block", "image", "hr", "code_block"):
                shown += f"<<{token.type}>>"
            shown += walk(token.children or [])
        return shown

    return walk(MARKDOWN.parse(source))


def squeeze(text: str) -> str:
    return "".join(text.split())


# Generated pages. Each piece of text is a word of its own, so that order and number can be told.

INLINE = ("b", "a href='/x'", "span", "em", "a", "font")
BLOCK = ("p", "div", "ul", "li", "blockquote", "section", "h2", "dl", "dd", "td", "details")


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 9 if depth < 4 else 3))
        if kind <= 3:
            parts.append(" @ ")
        elif kind == 4:
            parts.append(
                draw(st.sampled_from(["<br>", "<br> <br>", " ", "<hr>", "<img alt='no'>", "<script>no()</script>"]))
            )
        elif kind == 5:
            rows = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
            cells = ["".join(f"<td>{draw(trees(depth + 2))}</td>" for _ in range(row)) for row in rows]
            parts.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>")
        elif kind == 6:
            parts.append("<pre> @\n  @ </pre>")
        else:
            tag = draw(st.sampled_from(INLINE if kind == 7 else BLOCK))
            parts.append(f"<{tag}>{draw(trees(depth + 1))}</{tag.split()[0]}>")
    return "".join(parts)


def number(page: str) -> tuple[str, list[str]]:
    """Put a different word for each `@`."""
    first, *rest = page.split("@")
    words = [f"w{index}" for index in range(len(rest))]
    return first + "".join(word + text for word, text in zip(words, rest, strict=True)), words


@given(trees())
@settings(max_examples=300, deadline=None)
def test_all_visible_text_comes_out_once_and_in_order(page: str) -> None:
    numbered, words = number(page)
    tree = parse_document(f"<html><body>{numbered}</body></html>".encode()).tree
    found = find_blocks(tree, BASE)
    in_tree = " ".join(text for text in tree.itertext() if "no()" not in text).split()
    assert sorted(in_tree) == sorted(words)
    assert " ".join(block.text for block in found).replace("|", " ").split() == in_tree
    assert [block.position for block in found] == list(range(len(found)))
    for block in found:
        assert squeeze(read_markdown(block.markdown).replace("|", "")) == squeeze(block.text.replace("|", ""))


PIECES = st.sampled_from(
    'a|b word|*|_|`|[x]|](|!|#|##|- |-|1.|2)|3. x|>|> y|<b>|&amp;|&|~~~|===|---|\\|***|__|"q"|(p)|é|+|end.|=|![i](u)|'
    "[r]: /u|http://x.org|<https://e.org>|   x|1234567890. x|&#35;|| a | b |".split("|")
)


@st.composite
def runs(draw: st.DrawFn, depth: int = 0) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        choice = draw(st.integers(0, 9 if depth < 3 else 5))
        if choice <= 5:
            parts.append(escape(draw(PIECES)) + draw(st.sampled_from(["", " "])))
        elif choice <= 8:
            tag = draw(st.sampled_from(["b", "i", "em", "strong", "span", "a href='/x_(y)?a=1&copy;'"]))
            parts.append(f"<{tag}>{draw(runs(depth + 1))}</{tag.split()[0]}>")
        else:
            parts.append("<br>")
    return "".join(parts)


@given(st.sampled_from(["p", "h2", "li", "blockquote", "figcaption"]), runs())
@settings(max_examples=500, deadline=None)
def test_markdown_never_turns_text_into_markup(tag: str, run: str) -> None:
    for block in blocks_of(f"<{tag}>{run}</{tag}>"):
        assert squeeze(read_markdown(block.markdown)) == squeeze(block.text), block.markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>2015. A year</p>", "2015\\. A year"),
        ("<p>&gt;quoted</p>", "\\>quoted"),
        ("<p>a<br>---</p>", None),
        ("<p>Look!<a href='/x'>here</a></p>", "Look\\![here](https://example.org/x)"),
        ("<p><b>a<span>b</span></b></p>", "**ab**"),
        ("<p><b>Note:</b>text</p>", "Note:text"),
        ("<p><b>Note:</b> text</p>", "**Note:** text"),
        ("<p><b>a</b><i>b</i></p>", "**a**b"),
        ("<p>x<b> y </b>z</p>", "x **y** z"),
        ("<p><a href='/a b(c'>x</a></p>", "[x](https://example.org/a%20b%28c)"),
        ("<h2>C #</h2>", "## C \\#"),
        ("<h2>One<br>two</h2>", "## One two"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", None),
        ("<blockquote>one two<br># three</blockquote>", "> one two\n> \\# three"),
        ("<pre>a\n```\nb</pre>", "````\na\n```\nb\n````"),
        ("<p>&amp;copy;</p>", "\\&copy;"),
    ],
)
def test_markdown_of_a_block(html: str, markdown: str | None) -> None:
    found = blocks_of(html)
    assert markdown is None or [block.markdown for block in found] == [markdown]
    assert squeeze(read_markdown(join_markdown(found))) == squeeze(join_text(found))


def test_headings_paragraphs_quotes_and_captions() -> None:
    assert outline(
        "<h1>T</h1><p>a</p>b<h3>U</h3><blockquote><p>q</p></blockquote><pre> x\n  y </pre>"
        "<figure><img><figcaption>c</figcaption></figure><details><summary>s</summary>d</details>"
    ) == [
        ("heading", 1, "T"),
        ("paragraph", 0, "a"),
        ("paragraph", 0, "b"),
        ("heading", 3, "U"),
        ("quote", 0, "q"),
        ("preformatted", 0, " x\n  y"),
        ("caption", 0, "c"),
        ("paragraph", 0, "s"),
        ("paragraph", 0, "d"),
    ]


def test_lists_have_their_depth() -> None:
    assert outline("<ul><li>a<ol><li>b</li></ol>c</li></ul><dl><dt>t<dd>d</dl><p>after</p>") == [
        ("list_item", 1, "a"),
        ("list_item", 2, "b"),
        ("list_item", 1, "c"),
        ("list_item", 1, "t"),
        ("list_item", 1, "d"),
        ("paragraph", 0, "after"),
    ]


def test_data_tables_are_rows_and_layout_tables_are_not() -> None:
    head = "<thead><tr><th>A</th><th>B</th></tr></thead>"
    rows = blocks_of(f"<table>{head}<tbody><tr><th>r</th><td>1|2 <a href='/x'>l</a></td></tr></tbody></table>")
    assert [(row.kind, row.text) for row in rows] == [
        (BlockKind.TABLE_ROW, "A | B"),
        (BlockKind.TABLE_ROW, "r | 1|2 l"),
    ]
    assert [row.markdown for row in rows] == ["| A | B |\n| --- | --- |", "| r | 1\\|2 l |"]
    assert rows[1].links == (Link("l", "https://example.org/x"),)
    assert "<table>" in MARKDOWN.render(join_markdown(rows))
    layout = "<table><tr><td>menu</td><td><p>one</p><p>two</p><p>three</p></td></tr></table>"
    assert outline(layout) == [("paragraph", 0, text) for text in ("menu", "one", "two", "three")]


def test_text_beside_the_cells_of_a_row_is_kept() -> None:
    assert [text for _, _, text in outline("<table><tr>stray<td>a</td><td>b</td>tail</tr></table>")] == [
        "stray",
        "a",
        "b",
        "tail",
    ]


def test_empty_lines_part_paragraphs_and_short_lines_stand_alone() -> None:
    long = "so many words that no one would take it for a line of an address or of a poem at all"
    assert outline(f"<p>{long}<br> <br/>{long}</p>") == [("paragraph", 0, long)] * 2
    assert outline("<p>12 Long Road<br>Bridgetown</p>") == [("line", 0, "12 Long Road"), ("line", 0, "Bridgetown")]
    assert outline(f"<p>{long}<br>{long}</p>") == [("paragraph", 0, f"{long}\n{long}")]


def test_links_are_absolute_and_only_those_that_lead_elsewhere() -> None:
    (block,) = blocks_of(
        "<p><a href='/a'>a</a> <a href='#n'>note</a> <a href='JavaScript:x()'>js</a> <a>none</a> "
        "<a href='http://[x'>bad</a> <a href=' b?q=1#f '>b</a></p>"
    )
    assert block.text == "a note js none bad b"
    assert block.links == (Link("a", "https://example.org/a"), Link("b", "https://example.org/news/b?q=1#f"))
    assert blocks_of("<p><a href='x'>a</a></p>", base=None)[0].links == (Link("a", "x"),)


def test_a_link_around_several_blocks_is_in_each() -> None:
    found = blocks_of("<a href='/x'><h3>T</h3><p>p <b>q</b></p></a><p>r</p>")
    assert [block.links for block in found] == [
        (Link("T", "https://example.org/x"),),
        (Link("p q", "https://example.org/x"),),
        (),
    ]
    assert found[1].markdown == "[p **q**](https://example.org/x)"


def test_each_line_has_its_own_links() -> None:
    found = blocks_of(
        "<p><a href='/1'>More</a> one<br><br><br><a href='/2'>More</a> two<br><a href='/3'>a<br>b</a></p>"
    )
    assert [(block.text, [link.url[-1] for link in block.links]) for block in found] == [
        ("More one", ["1"]),
        ("More two", ["2"]),
        ("a", ["3"]),
        ("b", []),
    ]
    assert found[3].markdown == "[b](https://example.org/3)  "


def test_white_space_and_invisible_characters() -> None:
    assert clean_text(" a\u00a0b\u2028c\u0085d so\u00adft z\u200bw \x01\ud800\ufeff ") == "a b c d soft zw"
    assert clean_text("a\x1fb  c \x1c d") == "ab c d"
    assert clean_text("cafe\u0301") == "café"
    (block,) = blocks_of("<p>cafe\u0301 a&nbsp;b\u2028c so&shy;ft &#1;&#x1b;x</p>")
    assert (block.text, block.markdown) == ("café a b c soft x",) * 2
    assert blocks_of("<pre>a&#1;\u00a0b</pre>")[0].text == "a\u00a0b"


def test_right_to_left_text_keeps_its_order_and_its_joiners() -> None:
    text = "النهر\u200c للجميع كل يوم"
    (block,) = blocks_of(f"<p dir='rtl'>{text[:6]}<b>{text[6:]}</b></p>")
    assert block.text == text


def test_an_element_with_a_prefix_does_not_part_a_sentence() -> None:
    assert outline("<p>from <st1:place>Old Bridge</st1:place> to here<o:p></o:p></p>") == [
        ("paragraph", 0, "from Old Bridge to here")
    ]


def test_paths_name_ids_and_classes_with_digits_masked_and_without_slashes() -> None:
    (block,) = blocks_of("<div id='post-12 x'><div class='w-1/2 y'><p>t</p></div></div>")
    assert block.path == "html/body/div#post-N/div.w-N_N/p"


def test_controls_and_media_are_no_text() -> None:
    assert outline(
        "<p>a</p><script>x</script><style>x</style><button>x</button><select><option>x</select><textarea>x</textarea>"
        "<noscript>x</noscript><svg><title>x</title></svg><iframe>x</iframe><noframes>x</noframes><video>x</video>b"
    ) == [("paragraph", 0, "a"), ("paragraph", 0, "b")]
