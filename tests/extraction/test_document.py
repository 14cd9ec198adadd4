"""Bytes to trees: no encoding is guessed wrongly without need, and no text of a broken page is lost."""

import codecs
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.extraction.blocks import find_blocks
from crawler.extraction.document import (
    MAX_CHARACTERS,
    UnreadableError,
    decode,
    find_signature,
    flatten,
    parse_document,
)

SENTENCE = "Über die Würde — naïve café “quoted” words about Straße and Brücke"
RUSSIAN = "Река принадлежит всем, сказала в четверг хранительница моста, и никто не возразил ей ни словом."


def texts(body: bytes | str) -> list[str]:
    data = body.encode() if isinstance(body, str) else body
    return [block.text for block in find_blocks(parse_document(data).tree)]


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (codecs.BOM_UTF8 + SENTENCE.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + SENTENCE.encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + SENTENCE.encode("utf-16-be"), "utf-16"),
        (codecs.BOM_UTF32_LE + SENTENCE.encode("utf-32-le"), "utf-32"),
        (codecs.BOM_UTF32_BE + SENTENCE.encode("utf-32-be"), "utf-32"),
        (SENTENCE.encode("utf-16-le"), "utf-16-le"),
        (SENTENCE.encode("utf-16-be"), "utf-16-be"),
        (SENTENCE.encode(), "utf-8"),
        (SENTENCE.encode("cp1252"), "windows-1252"),
    ],
)
def test_marks_and_zero_bytes_tell_the_encoding(body: bytes, encoding: str) -> None:
    assert decode(body) == (SENTENCE, encoding)


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "shift_jis", "utf-16", "iso-2022-jp", "nonsense"])
def test_valid_utf_8_is_read_as_such_whatever_is_declared(declared: str) -> None:
    assert decode(SENTENCE.encode(), f"text/html; charset={declared}") == (SENTENCE, "utf-8")


def test_latin_1_without_a_declaration() -> None:
    text = "Le café de la Société générale a été fermé"
    assert decode(text.encode("latin-1")) == (text, "windows-1252")


def test_a_declared_latin_1_is_windows_1252_as_in_browsers() -> None:
    assert decode(b"it\x92s", "text/html; charset=iso-8859-1")[0] == "it’s"


def test_the_declaration_in_the_page_is_read() -> None:
    assert decode(b'<meta charset="windows-1250"><p>\xb9\xea</p>')[0].endswith("<p>ąę</p>")


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r", "iso8859-5"])
def test_cyrillic_without_a_declaration(codec: str) -> None:
    assert decode(f"<html><body><p>{RUSSIAN}</p></body></html>".encode(codec))[0] == (
        f"<html><body><p>{RUSSIAN}</p></body></html>"
    )


def test_iso_2022_jp_is_valid_ascii_and_still_not_read_as_such() -> None:
    assert decode("橋の上の川".encode("iso2022_jp"), "text/html; charset=iso-2022-jp")[0] == "橋の上の川"


def test_a_few_broken_bytes_do_not_turn_utf_8_into_another_encoding() -> None:
    text, encoding = decode(SENTENCE.encode() + b" it\x92s \xe9 " + SENTENCE.encode())
    assert encoding == "utf-8"
    assert text == f"{SENTENCE} it’s é {SENTENCE}"


def test_two_quotation_marks_in_utf_8_outweigh_no_broken_byte_but_a_latin_1_word_is_no_utf_8() -> None:
    assert decode("“Libert".encode("cp1252") + b"\xc9\xbb and caf\xe9")[1] == "windows-1252"


@pytest.mark.parametrize(
    "name", ["undefined", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "utf-7", "rot13", "base64", "x"]
)
def test_codecs_of_python_s_own_are_no_encodings_of_pages(name: str) -> None:
    assert decode(b"caf\xe9 \\q +AGE-", f"text/html; charset={name}") == ("café \\q +AGE-", "windows-1252")


def test_control_characters_go_and_page_breaks_part_words() -> None:
    assert decode(b"a\x00b\x07c\x7f")[0] == "abc"
    assert decode(b"one\x0ctwo\x0bthree")[0] == "one\ntwo\nthree"


@given(st.binary(max_size=400), st.sampled_from([None, "text/html; charset=utf-16", "charset=\xff", "x; charset=hz"]))
@example(b"\xff\xfe\x00\xd8", None)
@example("\ud800 half a pair".encode("utf-8", "surrogatepass"), None)
@example(b"<meta charset=undefined>\xff", None)
@settings(max_examples=300, deadline=None)
def test_decode_reads_any_bytes_and_never_gives_half_a_surrogate_pair(body: bytes, content_type: str | None) -> None:
    text, encoding = decode(body, content_type)
    codecs.lookup(encoding)
    assert text.encode("utf-8").decode("utf-8") == text
    assert "\x00" not in text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
@settings(deadline=None)
def test_what_is_written_in_utf_8_is_read_as_it_stands(text: str) -> None:
    assert decode(codecs.BOM_UTF8 + text.encode())[0] == text.replace("\ufffe", "").replace("\uffff", "")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no_text"),
        (b" \n\t", "no_text"),
        (b"%PDF-1.7\n", "not_html_pdf"),
        (b"\n %PDF-1.7\n", "not_html_pdf"),
        (b"\x89PNG\r\n\x1a\n", "not_html_image"),
        (b"\xff\xd8\xff\xe0", "not_html_image"),
        (b"GIF89a", "not_html_image"),
        (b"PK\x03\x04\x14\x00", "not_html_zip"),
        (b"\x1f\x8b\x08", "not_html_gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_html_office"),
        (b"{\\rtf1\\ansi text}", "not_html_rtf"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "not_html_binary"),
        (b"\x00" * 500, "not_html_binary"),
    ],
)
def test_what_is_no_page_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        parse_document(body)
    assert caught.value.reason == reason


def test_text_in_utf_16_is_not_taken_for_binary() -> None:
    assert find_signature(SENTENCE.encode("utf-16-le")) is None
    assert find_signature(SENTENCE.encode("utf-16")) is None
    assert find_signature(SENTENCE.encode("utf-32")) is None
    assert find_signature(b"a page with a few \x00 and \x07 bytes in it") is None


def test_a_page_too_large_is_refused() -> None:
    with pytest.raises(UnreadableError) as caught:
        parse_document(b"x" * (MAX_CHARACTERS + 1))
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><p>one</p></body></html><html><head><title>t</title></head><body><p>two</p></body></html>",
        "<html><body><p>one</p><html><body><p>two</p></body></html>",
        "<!DOCTYPE html><HTML><body><p>one</p></body></HTML>\n<!DOCTYPE html>\n<HTML><body><p>two</body></HTML>",
        "<html><body><p>one</p></body></html><p>two</p>",
        "<html><body><p>one</p></body></html> two",
        "<html><body><p>one</p></body><p>two</p></html>",
        "<html><body><p>one</p></body></html><!-- cached --><script>track()</script></body><div>two</div></html>",
    ],
)
def test_nothing_is_lost_after_the_end_of_a_document(page: str) -> None:
    assert texts(page) == ["one", "two"]


@pytest.mark.parametrize(
    "page",
    [
        "<!-- <html> --><html><body><!-- </html><html > --><p>one</p></body></html>",
        "<!DOCTYPE html><!--[if lt IE 7]><html class='ie6'><![endif]--><!--[if gt IE 8]><!--><html class='js'>"
        "<!--<![endif]--><head><title>t</title></head><body><p>one</p></body></html>",
        "<html><body><script>var page = '<html>' + '</html>'; if (a<b) {}</script><p>one</p></body></html>",
        "<html><body><p>one</p></body></html>\n<!-- made by a program -->\n<script>x()</script>\n",
    ],
)
def test_what_stands_in_comments_and_scripts_is_no_second_document(page: str) -> None:
    assert texts(page) == ["one"]
    assert parse_document(page.encode()).parser == "libxml2"


@pytest.mark.parametrize(("depth", "parser"), [(300, "libxml2"), (3_000, "flattened"), (100_000, "flattened")])
def test_deep_nesting_loses_no_text(depth: int, parser: str) -> None:
    page = f"<p>before</p>{'<div>down ' * depth}inside{'</div>up ' * depth}<p>after</p>".encode()
    started = time.process_time()
    document = parse_document(page)
    found = [block.text for block in find_blocks(document.tree)]
    assert time.process_time() - started < 10
    assert document.parser == parser
    words = " ".join(found).split()
    assert words.count("down") == words.count("up") == depth
    assert (words[0], words[-1], words.count("inside")) == ("before", "after", 1)


def test_formatting_that_is_never_closed_loses_no_text() -> None:
    assert texts("<p>before " + "<font>" * 3_000 + "inside<p>after</p>") == ["before inside", "after"]


def test_a_text_of_more_than_ten_megabytes_hides_nothing_below_it() -> None:
    found = texts(b"<p>" + b"word " * 2_200_000 + b"</p><p>after</p>")
    assert (len(found[0]), found[1:]) == (2_200_000 * 5 - 1, ["after"])


def test_twenty_megabytes_in_one_line() -> None:
    started = time.process_time()
    found = texts(b"word " * 4_000_000 + b"<p>after</p>")
    assert time.process_time() - started < 10
    assert (len(found[0]), found[1:]) == (20_000_000 - 1, ["after"])


@pytest.mark.parametrize("opening", ["<svg ", "<!-- ", "<script>", "<noscript><template>"])
def test_elements_that_are_never_closed_take_no_time(opening: str) -> None:
    page = opening * 40_000
    started = time.process_time()
    flatten(page)
    assert time.process_time() - started < 2


def test_flattening_keeps_text_and_drops_what_is_none() -> None:
    flat = flatten(
        "<div><script>no()</script><b>a</b>b<!-- no --><svg><title>no</title></svg><section>c</section></div>"
    )
    assert "no" not in flat
    assert texts(flat) == ["ab", "c"]


def test_an_xml_declaration_does_not_stop_the_parser() -> None:
    page = "<?xml version='1.0' encoding='iso-8859-1'?><html xmlns='http://www.w3.org/1999/xhtml'><p>café</p></html>"
    assert texts(page) == ["café"]
    assert texts(page.encode("latin-1")) == ["café"]


def test_frames_show_the_text_for_readers_without_frames() -> None:
    frames = "<frameset cols='*'><frame src='a.html'><noframes><body><p>Read <b>it</b> here.</p></body></noframes>"
    assert texts(f"<html><head><title>t</title></head>{frames}</frameset></html>") == ["Read it here."]
    assert texts(f"<html>{frames}</frameset></html><html><body><p>second</p></body></html>") == [
        "Read it here.",
        "second",
    ]


@pytest.mark.parametrize(
    "page", ["just words", "<", "a < b", "<p", "<?php echo 1 ?><p>x", "<!DOCTYPE html>", "<!-- -->"]
)
def test_anything_that_is_text_gives_a_tree(page: str) -> None:
    assert parse_document(page.encode()).tree.tag == "html"


def test_what_libxml2_leaves_beside_the_root_is_no_element_of_the_page() -> None:
    source = f"<html><body><p>A word.</p></body></html>{'<div><img></div>' * 40}"
    assert parse_document(source.encode()).parser == "html5-reparse"


def test_an_encoding_whose_bytes_are_utf_8_is_known_by_each_of_its_names() -> None:
    text = "\u6e2f\u306e\u7d44\u5408"
    for name in ("iso-2022-jp", "iso_2022_jp", "csISO2022JP"):
        body = f'<meta charset="{name}"><p>'.encode() + text.encode("iso2022_jp")
        assert text in decode(body)[0]
