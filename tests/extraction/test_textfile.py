"""Text files: coded headers, Markdown links, addresses and wrapped prose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.textfile import CodedHeader, find_coded_header, find_text_blocks
from items import Block, BlockKind, Link, RemovedReason

BODY = "March, 27, 2015 - Today the keepers said that the river belongs to all who drink of it or cross,\nand to none."
LINES = ("Keepers of the Bridge", "Water & Fish", "Boats", "<https://bridge.example/open>", "Open Letter")
HEADER = CodedHeader(
    "Keepers of the Bridge", ("Water & Fish", "Boats"), "https://bridge.example/open", "Open Letter", 9
)


def outline(text: str, header_lines: int = 0) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in find_text_blocks(text, header_lines)]


def one(text: str) -> Block:
    (block,) = find_text_blocks(text, base_url="https://bridge.example/a/b")
    return block


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("\n\n".join((*LINES, BODY)), 9),
        ("\n" + "\n\n".join((*LINES, BODY)), 10),
        ("\r\n\r\n".join((*LINES, BODY)), 9),
        ("\ufeff" + "\n\n".join((*LINES, BODY)), 9),
        ("\n".join((*LINES, "", BODY)), 5),
        ("\n".join((*LINES, BODY)), 5),
        ("\n\n".join(LINES), 9),
    ],
)
def test_a_coded_header(text: str, lines: int) -> None:
    header = find_coded_header(text)
    assert header is not None
    assert (header.organization, header.topics, header.url) == (HEADER.organization, HEADER.topics, HEADER.url)
    assert (header.document_type, header.lines) == ("Open Letter", lines)
    blocks = find_text_blocks(text, header.lines)
    assert [block.text for block in blocks if block.reason is RemovedReason.HEADER_FIELD] == list(LINES)
    if "March" in text:
        assert blocks[5].text == BODY.replace("\n", " ")


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
@pytest.mark.parametrize("first", [BODY, "March 27, 2015", "Friday, 27 March 2015"])
def test_a_header_without_a_document_type(blank: str, first: str) -> None:
    header = find_coded_header(blank.join(("Keepers", "https://bridge.example/x", first)) + "\n\nThe river runs.")
    assert header is not None
    assert (header.topics, header.url, header.document_type) == ((), "https://bridge.example/x", None)


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "",
        "<https://bridge.example/x>\n\nText",
        "We met today. See\nhttps://bridge.example/x\nfor more.",
        "The letter is there for all to read at the address\nhttps://bridge.example/x\nand in the mill.",
        "The keepers wrote this letter last week:\n\nhttps://bridge.example/x\n\nThe river runs.",
        "We publish our letter to the town today, in full.\n\n<https://bridge.example/x>\n\nThe river runs.",
        "x" * 300 + "\n\n<https://bridge.example/x>\n\nText",
        "\n\n".join("abcdefghij") + "\n\n<https://bridge.example/x>\n\nText",
        "Keepers\n\nsee https://bridge.example/x\n\nText",
    ],
)
def test_what_is_no_header(text: str) -> None:
    assert find_coded_header(text) is None


def test_a_name_may_end_with_a_full_stop() -> None:
    header = find_coded_header("Example Watch Inc.\n\n<https://bridge.example/x>\n\nOpen Letter\n\nText.")
    assert header is not None
    assert header.organization == "Example Watch Inc."


@pytest.mark.parametrize(
    ("source", "text", "urls"),
    [
        ("See [the letter](https://e.org/a) now", "See the letter now", ["https://e.org/a"]),
        (
            "[a](/x) [b](c \"t\") [c](c 'u')",
            "a b c",
            [f"https://bridge.example/{path}" for path in ("x", "a/c", "a/c")],
        ),
        ("[old](https://e.org/a_(b)) x", "old x", ["https://e.org/a_(b)"]),
        ("[sp](<https://e.org/a b>) [q]( https://e.org/c )", "sp q", ["https://e.org/a b", "https://e.org/c"]),
        ("[loose](https://e.org/a b)", "loose", ["https://e.org/a b"]),
        ("[dead](#) and [empty]()", "dead and empty", []),
        ("![a mill](mill.png) here", "a mill here", []),
        ("[![a mill](mill.png)](https://e.org/m)", "a mill", ["https://e.org/m"]),
        ("[a [b] c](https://e.org/x)", "a [b] c", ["https://e.org/x"]),
        ("[esc\\]aped](https://e.org/x)", "esc]aped", ["https://e.org/x"]),
        ("at <https://e.org/x>.", "at https://e.org/x.", []),
        ("**bold** and *it* and __b__ and _i_", "bold and it and b and i", []),
        ("2*3*4 snake_case_name *** a * b", "2*3*4 snake_case_name *** a * b", []),
        ("[note] (see below) and f(x)", "[note] (see below) and f(x)", []),
    ],
)
def test_markdown_keeps_its_words(source: str, text: str, urls: list[str]) -> None:
    block = one(source)
    assert block.text == text
    assert [link.url for link in block.links] == urls


def test_links_have_their_words() -> None:
    assert one("[![a mill](m.png)](https://e.org/m)").links == (Link("a mill", "https://e.org/m"),)


def test_markdown_keeps_live_links_and_drops_dead_ones() -> None:
    assert one("[a](#) [b](https://e.org/x)").markdown == "a [b](https://e.org/x)"


def test_headings_and_lists() -> None:
    assert outline("# Title #\n\n- one\n  - two\n* three\n\n## Sub\n1. first\n2. second") == [
        ("heading", 1, "Title"),
        ("list_item", 1, "one"),
        ("list_item", 2, "two"),
        ("list_item", 1, "three"),
        ("heading", 2, "Sub"),
        ("list_item", 1, "first"),
        ("list_item", 1, "second"),
    ]


def test_addresses_stay_apart_and_prose_is_joined() -> None:
    long = "The keepers of the bridge met again this week and spoke for a long while\nabout the river\nand boats."
    assert outline(f"12 Mill Road\nBridgetown, OR 97000\n\n{long}") == [
        ("line", 0, "12 Mill Road"),
        ("line", 0, "Bridgetown, OR 97000"),
        ("paragraph", 0, long.replace("\n", " ")),
    ]


def test_a_wrapped_list_item_is_one_block() -> None:
    wrapped = (
        "- the first item of a list that is so long that it had to be wrapped by its\n  writer, twice\n- the second"
    )
    assert [text for _, _, text in outline(wrapped)] == [
        "the first item of a list that is so long that it had to be wrapped by its writer, twice",
        "the second",
    ]


def test_a_number_that_begins_a_wrapped_line_begins_no_list() -> None:
    prose = (
        "The keepers of the bridge met for the first time in the cold and long winter of\n1902. They had no\n12. And"
    )
    assert outline(prose) == [("paragraph", 0, prose.replace("\n", " "))]


def test_page_separators_and_odd_line_ends_part_lines() -> None:
    assert [text for _, _, text in outline("a\u2028b\x85c")] == ["a", "b", "c"]


@given(st.lists(st.sampled_from(["river", "mill road", "", "- boat", "# fish", "3. oar", "x" * 70, "  inset", "."])))
@settings(max_examples=300, deadline=None)
def test_the_lines_of_the_file_come_back_in_order(lines: list[str]) -> None:
    blocks = find_text_blocks("\n".join(lines))
    assert [block.position for block in blocks] == list(range(len(blocks)))
    bare = [line.strip() for line in lines]
    words = [word for line in bare for word in line.split() if word not in ("-", "#", "3.")]
    assert [word for block in blocks for word in block.text.split() if word != "3."] == words


@given(st.text("ab []()<>!\\#*_-1.\n\"'", max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text: str) -> None:
    for block in find_text_blocks(text, base_url="https://bridge.example/"):
        assert block.text == " ".join(block.text.split())
        assert block.kind in (BlockKind.PARAGRAPH, BlockKind.LINE, BlockKind.LIST_ITEM, BlockKind.HEADING)
