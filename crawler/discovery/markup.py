"""The bytes of a sitemap or feed as safe, readable XML: unpacked within a bound, decoded, mended, without a DTD."""

import html
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from w3lib.encoding import resolve_encoding

MAX_BYTES = 50 * 1024 * 1024  # unpacked; the sitemap protocol's own limit (52,428,800 bytes)
GZIP_MAGIC = b"\x1f\x8b"
XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})["']""")
# Python knows "encodings" that are none (idna, punycode, hex); these are the ones in which pages are written.
_CHARACTER_ENCODING = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?\d|windows-125\d|cp125\d|koi8-[ru]|mac-?roman"
    r"|gb2312|gbk|gb18030|big5|shift[_-]jis|euc-(jp|kr)",
    re.IGNORECASE,
)
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]+")
_AMPERSAND = re.compile(r"&(?:(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(urlset|sitemapindex|rss|feed|RDF)(?=[\s/>])")


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a sitemap or feed, and what was wrong with its bytes."""

    text: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Markup:
    """A tree whose root is `kind` (urlset, sitemapindex, rss, feed, RDF), and what had to be mended to read it."""

    root: etree._Element
    kind: str
    problems: tuple[str, ...]


def read_source(body: bytes) -> Source:
    """Unpack gzip (told by its first bytes, at most `MAX_BYTES` unpacked) and decode to text.

    The encoding is what a byte order mark says, else the XML declaration, else UTF-8. Bytes that do not fit become
    U+FFFD, with a problem. Characters that XML forbids are dropped.
    """
    data, problems = _unpack(body)
    data, encoding = _without_mark(data)
    if encoding is None:
        declared = _DECLARED_ENCODING.search(data[:1024])
        name = declared[1].decode("ascii", "replace") if declared else "utf-8"
        encoding = (resolve_encoding(name) if _CHARACTER_ENCODING.fullmatch(name) else None) or "utf-8"
    text = data.decode(encoding, "replace")
    if "\ufffd" in text:
        problems.append(f"bytes that are not {encoding}")
    return Source(NOT_XML.sub("", text), tuple(problems))


def parse_markup(text: str) -> Markup | None:
    """Parse from the root element of a sitemap or feed on; None where the text holds none.

    What stands before the root (warnings of the server's program, an HTML error page, the declaration, a DOCTYPE) is
    cut. With it go all entity declarations: no entity of the document's own is ever expanded or fetched. An ampersand
    that begins no reference is read as itself, HTML's named entities as their characters.
    """
    found = _ROOT.search(text)
    if found is None:
        return None
    problems = [] if _is_prolog(text[: found.start()]) else ["text before the root element was skipped"]
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(_mend_references(text[found.start() :]).encode(), parser)
    except etree.XMLSyntaxError as error:
        root = None
        problems.append(f"broken XML: {error.msg}")
    errors = [entry for entry in parser.error_log if "NS_ERR_UNDEFINED_NAMESPACE" not in entry.type_name]
    if root is None:
        root = etree.Element(found[1])  # an empty document with its problems, so that callers need no third case
    if errors:
        line = errors[0].line + text.count("\n", 0, found.start())
        problems.append(f"broken XML, line {line}: {errors[0].message}")
    return Markup(root, found[1], tuple(problems))


def local_name(element: etree._Element) -> str:
    """Give the element's name without namespace or prefix, even where the prefix was never declared."""
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def prefix(element: etree._Element) -> str:
    """Give the element's namespace prefix as written, "" where it has none."""
    if element.prefix:
        return element.prefix
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    return name.partition(":")[0] if ":" in name else ""


def descendants(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Give all elements below (and including) this one that have the local name, in document order."""
    return (found for found in element.iter(etree.Element) if local_name(found) == name)


def text_of(element: etree._Element) -> str:
    """Give all text inside the element, white space collapsed."""
    return " ".join("".join(element.itertext()).split())


def _unpack(body: bytes) -> tuple[bytes, list[str]]:
    """Unpack gzip, also of several members, up to the bound; a bomb or a torn file is a problem, not an error."""
    if not body.startswith(GZIP_MAGIC):
        cut = [f"longer than {MAX_BYTES} bytes: the rest was not read"] if len(body) > MAX_BYTES else []
        return body[:MAX_BYTES], cut
    unpacked = bytearray()
    rest = body
    while rest.startswith(GZIP_MAGIC):
        member = zlib.decompressobj(wbits=31)
        try:
            unpacked += member.decompress(rest, MAX_BYTES - len(unpacked) + 1)
        except zlib.error as error:
            return bytes(unpacked), [f"broken gzip: {error}"]
        if len(unpacked) > MAX_BYTES:
            return bytes(unpacked[:MAX_BYTES]), [f"longer than {MAX_BYTES} bytes unpacked: the rest was not read"]
        if not member.eof:
            return bytes(unpacked), ["gzip ends too early"]
        rest = member.unused_data
    return bytes(unpacked), []


def _without_mark(data: bytes) -> tuple[bytes, str | None]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :], encoding
    if data.startswith(b"<\x00"):
        return data, "utf-16-le"
    if data.startswith(b"\x00<"):
        return data, "utf-16-be"
    return data, None


def _is_prolog(text: str) -> bool:
    """Say whether what stands before the root looks like a declaration, comments or a DOCTYPE, and no page of HTML."""
    start = text.strip().lower()
    return start.startswith(("<?", "<!--", "<!doctype")) and "<html" not in start if start else True


def _mend_references(text: str) -> str:
    """Make each ampersand outside CDATA a reference that XML knows without a DTD."""
    before, *sections = text.split("<![CDATA[")
    mended = [_AMPERSAND.sub(_mend_reference, before)]
    for section in sections:
        characters, end, after = section.partition("]]>")
        mended += ["<![CDATA[", characters, end, _AMPERSAND.sub(_mend_reference, after)]
    return "".join(mended)


def _mend_reference(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return "&amp;"
    if name in XML_ENTITIES:
        return match[0]
    character = html.unescape(match[0])
    if character == match[0]:
        return f"&amp;{name};"  # a reference to nothing is shown as it was written
    return "".join(f"&#{ord(one)};" for one in character if not NOT_XML.match(one))
