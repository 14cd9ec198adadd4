"""Bytes to a tree: character encoding, broken HTML, and what the parser would drop without saying so."""

import codecs
import re
import unicodedata
from dataclasses import dataclass

import lxml.etree
import lxml.html
from charset_normalizer import from_bytes
from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

MAX_CHARACTERS = 40_000_000  # of one page; above it is not writing but a data dump
MAX_DEPTH = 2_000  # libxml2 drops, without an error, what is nested deeper than 2,048 levels
_DETECTION_SAMPLE = 65_536  # bytes that suffice to tell alphabets apart

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_START_TAG = re.compile(r"<[a-zA-Z]")
_HTML_TAG = re.compile(r"<html[\s>]", re.IGNORECASE)
_OPAQUE = re.compile(r"<(script|style|svg|template|noscript)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
_KEPT_WHEN_FLATTENED = frozenset("title meta link p h1 h2 h3 h4 h5 h6 br pre".split())
_INLINE = frozenset("a abbr b big cite code em font i kbd mark q s small span strike strong sub sup tt u var".split())
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
)


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
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _clean(body.decode("utf-16", "replace")), "utf-16"
    head = body[:400]
    if len(head) >= 40 and head.count(0) > len(head) * 0.3:
        encoding = "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
        return _clean(body.decode(encoding, "replace")), encoding
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    escaping = declared is not None and declared.startswith(("iso-2022", "iso2022", "hz"))  # 7-bit, so valid UTF-8
    if not escaping:
        try:
            return _clean(body.decode("utf-8")), "utf-8"
        except UnicodeDecodeError:
            pass
    if declared is not None and resolve_encoding(declared) not in (None, "utf-8"):
        name = resolve_encoding(declared) or declared
        try:
            return _clean(body.decode(name)), name
        except (UnicodeDecodeError, LookupError):
            pass
    return _decode_undeclared(body)


def _decode_undeclared(body: bytes) -> tuple[str, str]:
    lenient = body.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    multibyte = sum(1 for character in lenient if character > "\x7f") - broken
    if multibyte > 10 * broken:  # UTF-8 all the same, with a few broken bytes
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


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


def find_signature(body: bytes) -> str | None:
    """Name what the bytes are if their first bytes say that they are neither HTML nor text."""
    start = body[:1024].lstrip()
    return next((name for signature, name in _SIGNATURES if start.startswith(signature)), None)


def parse_document(body: bytes, content_type: str | None = None) -> Document:
    """Parse a page with libxml2, and again by the HTML standard's rules where libxml2 lost some of it.

    Args:
        body: the bytes as received, decompressed.
        content_type: the HTTP Content-Type header, where there was one.

    Raises:
        UnreadableError: the body is empty, no HTML (by its first bytes) or larger than MAX_CHARACTERS.
    """
    signature = find_signature(body)
    if signature is not None:
        raise UnreadableError(f"not_html_{signature}", f"the file is no HTML: its first bytes say {signature}")
    text, encoding = decode(body, content_type)
    if not text.strip():
        raise UnreadableError("no_text", "the page is empty")
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError("too_large", f"{len(text):,} characters; at most {MAX_CHARACTERS:,} are read")
    tree = _parse(text)
    if tree is not None and not _is_incomplete(tree, text):
        return Document(tree, encoding, "libxml2")
    if _nesting(text) <= MAX_DEPTH:  # lexbor takes time in the square of the depth
        again = _parse(LexborHTMLParser(text).html or "")
        if again is not None:
            return Document(again, encoding, "html5-reparse")
    flat = _parse(flatten(text))
    if flat is None:
        raise UnreadableError("no_elements", "no element could be read from the page")
    return Document(flat, encoding, "flattened")


def _parse(text: str) -> lxml.html.HtmlElement | None:
    parser = lxml.html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        # Bytes, as lxml refuses text that begins with an XML declaration.
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser, ensure_head_body=True)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None
    return tree if isinstance(tree, lxml.html.HtmlElement) else None


def _is_incomplete(tree: lxml.html.HtmlElement, text: str) -> bool:
    """Tell whether libxml2 dropped a part: a second document in the file, too deep a nesting, or most elements."""
    if len(_HTML_TAG.findall(text)) > 1 and len(_HTML_TAG.findall(_OPAQUE.sub("", text))) > 1:
        return True
    elements = depth = deepest = 0
    for event, _ in lxml.etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            elements += 1
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    if deepest >= MAX_DEPTH:
        return True
    written = len(_START_TAG.findall(text))
    if elements * 2 >= written:
        return False
    return elements * 2 < len(_START_TAG.findall(_OPAQUE.sub("", text)))


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

    return _ANY_TAG.sub(replace, _OPAQUE.sub("", text))
