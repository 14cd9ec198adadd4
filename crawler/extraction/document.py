"""Bytes to a tree: character encoding, broken HTML, and what the parser would drop without saying so."""

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import lxml.etree
import lxml.html
from charset_normalizer import from_bytes
from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

from crawler.extraction.cut_markup import MARKER, CutMarkup, NeedsWholeError

MAX_CHARACTERS = 40_000_000  # of one page; above it is not writing but a data dump
MAX_DEPTH = 2_000  # libxml2 drops, without an error, what is nested deeper than 2,048 levels
MAX_PART_DEPTH = 100  # of elements in a known part that is cut out of a page
_DETECTION_SAMPLE = 65_536  # bytes that suffice to tell alphabets apart

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_PAGE_BREAK = re.compile("[\x0b\x0c]")  # white space in HTML, the end of a printed page in text
# The same two, of bytes: a page without any is told at a sixth of the time.
_UNCLEAN_BYTES = bytes((*range(9), *range(11, 13), *range(14, 32), 127))
_BINARY = bytes((*range(9), *range(14, 27), *range(28, 32)))  # "binary data bytes" of the MIME Sniffing standard
_START_TAG = re.compile(r"<[a-zA-Z]")
_ESCAPING = ("iso-2022", "iso2022", "iso_2022", "hz")  # encodings whose bytes are valid UTF-8
_DECLARATION_LIMIT = 4096  # bytes in which a page declares its encoding
_HTML_TAG = re.compile(r"<html[\s>]", re.IGNORECASE)
_HTML_END = re.compile(r"</html\s*>", re.IGNORECASE)
_DECLARATION = re.compile(r"<[!?/][^<>]*>")
_OPAQUE_START = re.compile(r"<(script|style|svg|template|noscript)\b|<!--", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
# Python's own codecs, and one that browsers refuse for its security: no page is written in them, whatever it declares.
_NO_ENCODINGS_OF_PAGES = frozenset(("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"))
_KEPT_WHEN_FLATTENED = frozenset("title meta link p h1 h2 h3 h4 h5 h6 br pre".split())
_INLINE = frozenset("a abbr b big cite code em font i kbd mark q s small span strike strong sub sup tt u var".split())
_PARSER = lxml.html.HTMLParser(  # locked by lxml while a thread uses it
    encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
)
# One class for all elements: lxml.html asks a function of Python's for the class of each, which takes twice as long as
# the walk through the tree.
_PARSER.set_element_class_lookup(lxml.etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement))
_count_elements = lxml.etree.XPath("count(descendant-or-self::*)")  # libxml2 leaves others beside the root
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

# What the first bytes of a file say it is, where it is not HTML or text.
_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"{\\rtf", "rtf"),
)
_SIGNED = tuple(signature for signature, _ in _SIGNATURES)
_BINARY_SHARE = 0.1  # of a file's first bytes; text has none, a broken page a few


class UnreadableError(ValueError):
    """The bytes are no page that can be read; `reason` is one word for the account of pages."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page."""

    tree: lxml.html.HtmlElement
    encoding: str
    parser: str  # "libxml2", "html5-reparse" or "flattened"
    cut: CutMarkup | None = None  # what the tree was made of, where its known parts were cut out


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Turn bytes into text.

    Order: byte order mark; UTF-16 by its zero bytes; UTF-8 wherever the bytes are valid UTF-8, whatever the page
    declares; the declared encoding (HTTP, then `<meta>`) where it decodes without an error; UTF-8 with single broken
    bytes; an alphabet told by its letters; windows-1252, the default of the HTML standard.

    Args:
        body: the bytes as received, decompressed.
        content_type: the HTTP Content-Type header, where there was one.

    Returns:
        the text without control characters, and the name of the encoding.
    """
    if body.startswith(codecs.BOM_UTF8):
        return _clean(body[3:].decode("utf-8", "replace")), "utf-8"
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # before UTF-16, whose mark it begins with
        return _clean(body.decode("utf-32", "replace")), "utf-32"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _clean(body.decode("utf-16", "replace")), "utf-16"
    encoding = _find_utf16(body)
    if encoding is not None:
        return _clean(body.decode(encoding, "replace")), encoding
    declared = None
    head = body[:_DECLARATION_LIMIT].lower()
    if content_type is not None or any(name.encode() in head for name in _ESCAPING):
        declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    if declared is None or not declared.startswith(_ESCAPING):
        try:
            text = body.decode("utf-8")
            return text if _is_clean(body, text) else _clean(text), "utf-8"
        except UnicodeDecodeError:
            declared = declared or html_body_declared_encoding(body)
    name = resolve_encoding(declared) if declared is not None else None
    if name is not None and name != "utf-8" and codecs.lookup(name).name not in _NO_ENCODINGS_OF_PAGES:
        try:
            return _clean(body.decode(name)), name
        except (UnicodeError, LookupError):
            pass
    return _decode_undeclared(body)


def _find_utf16(body: bytes) -> str | None:
    """Tell UTF-16 without a byte order mark by its zero bytes: of Latin letters every other byte is one."""
    head = body[:400]
    if len(head) < 40 or head.count(0) <= len(head) * 0.3:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) > len(head) * 0.1:  # zeros everywhere: no text
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _decode_undeclared(body: bytes) -> tuple[str, str]:
    lenient = body.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    multibyte = sum(1 for character in lenient if character > "\x7f") - broken
    if multibyte > 2 * broken:  # UTF-8 all the same, with a few broken bytes
        return _clean(body.decode("utf-8", _windows_1252_for_broken_bytes())), "utf-8"
    foreign = bytes(byte for byte in body if byte > 0x7F)[:_DETECTION_SAMPLE]
    best = from_bytes(body[:_DETECTION_SAMPLE]).best() if len(foreign) > 30 else None
    if best is not None:
        guessed = str(best)
        letters = [character for character in guessed if character > "\x7f" and character.isalpha()]
        latin = sum(unicodedata.name(character, "").startswith("LATIN") for character in letters)
        if letters and latin < len(letters) / 2:  # a Latin guess is no better than the standard's default
            return _clean(body.decode(best.encoding, "replace")), best.encoding
    return _clean(body.decode("windows-1252", "replace")), "windows-1252"


def _windows_1252_for_broken_bytes() -> str:
    """Name an error handler that reads single invalid bytes as windows-1252, as browsers' repair tools do."""
    name = "broadside.windows-1252"

    def handler(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end

    codecs.register_error(name, handler)
    return name


def _is_clean(body: bytes, text: str) -> bool:
    """Tell whether UTF-8 holds nothing that `_clean` changes; surrogates are no UTF-8."""
    if len(body.translate(None, _UNCLEAN_BYTES)) != len(body):
        return False
    return text.isascii() or ("\ufffe" not in text and "\uffff" not in text)


def _clean(text: str) -> str:
    return _CONTROL.sub("", _PAGE_BREAK.sub("\n", text))


def find_signature(body: bytes) -> str | None:
    """Name what the bytes are if their first bytes say that they are neither HTML nor text."""
    head = body[:1024]
    start = head.lstrip()
    if start.startswith(_SIGNED):
        return next(name for signature, name in _SIGNATURES if start.startswith(signature))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) or _find_utf16(body):
        return None
    binary = len(head) - len(head.translate(None, _BINARY))
    return "binary" if binary > _BINARY_SHARE * len(head) else None


def parse_document(
    body: bytes, content_type: str | None = None, cut: Callable[[str], CutMarkup | None] | None = None
) -> Document:
    """Parse a page with libxml2, and again by the HTML standard's rules where libxml2 lost some of it.

    Args:
        body: the bytes as received, decompressed.
        content_type: the HTTP Content-Type header, where there was one.
        cut: takes out of the markup what need not be parsed (`KnownMarkup.cut`).

    Raises:
        UnreadableError: the body is empty, no HTML (by its first bytes) or larger than MAX_CHARACTERS.
        NeedsWholeError: without what was taken out, the page might give something else.
    """
    signature = find_signature(body)
    if signature is not None:
        raise UnreadableError(f"not_html_{signature}", f"the file is no HTML: its first bytes say {signature}")
    text, encoding = decode(body, content_type)
    if not text or text.isspace():
        raise UnreadableError("no_text", "the page is empty")
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError("too_large", f"{len(text):,} characters; at most {MAX_CHARACTERS:,} are read")
    data = text.encode("utf-8", "replace")
    lowered = data.lower()
    is_broken = _is_broken(text, lowered)
    shortened = cut(text) if cut is not None and not is_broken and MARKER.encode() not in lowered else None
    if shortened is not None:
        return Document(_parse_cut(shortened), encoding, "libxml2", shortened)
    tree = parse_markup(data)
    framed = tree is not None and tree.find(".//frameset") is not None  # its text stands in <noframes>, unparsed
    if tree is not None and not framed and not is_broken and not _is_incomplete(tree, text, data):
        return Document(tree, encoding, "libxml2")
    if not framed and (
        data.count(b"<") <= MAX_DEPTH or _nesting(text) <= MAX_DEPTH
    ):  # lexbor takes time in the square of the depth
        again = parse_markup((LexborHTMLParser(text).html or "").encode("utf-8", "replace"))
        if again is not None and again.find(".//frameset") is None:
            return Document(again, encoding, "html5-reparse")
    flat = parse_markup(flatten(text).encode("utf-8", "replace"))
    if flat is None:
        raise UnreadableError("no_elements", "no element could be read from the page")
    return Document(flat, encoding, "flattened")


def parse_markup(data: bytes) -> lxml.html.HtmlElement | None:
    """Parse UTF-8 by libxml2; None where no element can be read."""
    try:
        # Bytes, as lxml refuses text that begins with an XML declaration.
        tree = lxml.html.document_fromstring(data, parser=_PARSER, ensure_head_body=True)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None
    return tree if isinstance(tree, lxml.html.HtmlElement) else None


def _parse_cut(cut: CutMarkup) -> lxml.html.HtmlElement:
    data = cut.text.encode("utf-8", "replace")
    tree = parse_markup(data)
    if tree is None or tree.find(".//frameset") is not None:
        raise NeedsWholeError
    scripts = [one for one in tree.iter("script", "style") if one.text == MARKER]
    if len(scripts) != cut.opaque or any("json" in (one.get("type") or "").lower() for one in scripts):
        raise NeedsWholeError  # what looked like a script or a style is none, or states something
    if _is_incomplete(tree, cut.text, data, MAX_DEPTH - MAX_PART_DEPTH):
        raise NeedsWholeError
    return tree


def _is_broken(text: str, lowered: bytes) -> bool:
    """Tell whether libxml2 drops a part of a page for its markup: it is two pages, or text follows its `</html>`.

    Each question is put to all of the text only where a quick look does not answer it.

    Args:
        text: of the page.
        lowered: the same in UTF-8 and lower case.
    """
    tags = [match.end() for match in _HTML_TAG.finditer(text)] if lowered.count(b"<html") > 1 else []
    # Several are common: in comments that only old browsers read, above all that is not a comment.
    if len(tags) > 1 and all(len(_HTML_TAG.findall(_without_opaque(one))) > 1 for one in (text[: tags[-1]], text)):
        return True
    below = lowered.partition(b"</html")[2]
    end = _HTML_END.search(text) if below and below.strip() != b">" else None
    if end is not None and _has_text(text[end.end() :]) and _has_text(_without_opaque(text[end.end() :])):
        whole = _without_opaque(text)
        end = _HTML_END.search(whole)
        if end is not None and _has_text(whole[end.end() :]):
            return True
    return False


def _is_incomplete(tree: lxml.html.HtmlElement, text: str, data: bytes, max_depth: int = MAX_DEPTH) -> bool:
    """Tell whether libxml2 dropped a part of a page: of too deep a nesting, or most elements.

    Args:
        tree: what libxml2 made of it.
        text: of the page.
        data: the same in UTF-8.
        max_depth: nesting that is too deep.
    """
    elements = int(_count_elements(tree))
    if elements >= max_depth and _find_depth(tree) >= max_depth:
        return True
    # There are no more start tags than these.
    marks = data.count(b"<")
    if elements * 2 >= marks or elements * 2 >= marks - data.count(b"</") - data.count(b"<!"):
        return False
    written = len(_START_TAG.findall(text))
    if elements * 2 >= written:
        return False
    return elements * 2 < len(_START_TAG.findall(_without_opaque(text)))


def _find_depth(tree: lxml.html.HtmlElement) -> int:
    depth = deepest = 0
    for event, _ in lxml.etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _has_text(markup: str) -> bool:
    return not markup.isspace() and _ANY_TAG.sub("", _DECLARATION.sub("", markup)).strip() != ""


def _without_opaque(text: str) -> str:
    """Drop comments and the elements whose content is no text: in one pass, however many of them are never closed."""
    parts: list[str] = []
    unclosed: set[str] = set()
    position = 0
    start = _OPAQUE_START.search(text)
    while start is not None:
        name = (start[1] or "").lower()
        end = None if name in unclosed else _closing(name).search(text, start.end())
        if end is None:
            unclosed.add(name)
            parts.append(text[position : start.end()])
            position = start.end()
        else:
            parts.append(text[position : start.start()])
            position = end.end()
        start = _OPAQUE_START.search(text, position)
    return "".join((*parts, text[position:]))


def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}\s*>" if name else "-->", re.IGNORECASE)


def _nesting(text: str) -> int:
    """Estimate the deepest nesting of written tags; unclosed elements count as open."""
    depth = deepest = 0
    for match in _ANY_TAG.finditer(text):
        if match[2].lower() in _VOID or match[0].endswith("/>"):
            continue
        depth += -1 if match[1] else 1
        depth = max(depth, 0)
        deepest = max(deepest, depth)
    return deepest


def flatten(text: str) -> str:
    """Rewrite a page that is nested too deep for any tree as paragraphs: no text is lost, only the nesting."""

    def replace(match: re.Match[str]) -> str:
        tag = match[2].lower()
        if tag in _KEPT_WHEN_FLATTENED:
            return match[0]
        return "" if tag in _INLINE else "<p>"

    return _ANY_TAG.sub(replace, _without_opaque(text))
