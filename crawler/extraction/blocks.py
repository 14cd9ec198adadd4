"""Tree to blocks: runs of text in document order, each with its kind, its path and its links."""

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin

import lxml.etree

from items import Block, BlockKind, Link

_SKIPPED = frozenset(
    "head script style noscript template svg math iframe object embed applet canvas audio video map select option "
    "datalist textarea input button progress meter dialog noframes noembed title".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr img picture source".split()
)
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_PREFORMATTED = frozenset(("pre", "xmp", "listing", "plaintext"))
_SHORT_LINE = 15  # words
_MAX_CELL = 400  # characters; a longer cell, or one with paragraphs, makes the table a layout
_CELL_CONTAINERS = frozenset("p div ul ol dl h1 h2 h3 h4 h5 h6 blockquote pre table form section article".split())

_SPACE = re.compile(r"[ \t\r\n\f\v\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# Soft hyphen, zero-width space, word joiner, byte order mark; control characters written as `&#1;`.
_CONTROL = "\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff"
_INVISIBLE = re.compile(f"[\u00ad\u200b\u2060\ufeff{_CONTROL}]")
_CONTROLS = re.compile(f"[{_CONTROL}]")
_SPACED_BREAK = re.compile(r" *\n *")
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]<]|&(?=#?\w{1,40};)|!$)")  # "!" would make an image of a link that follows
# What begins a line with a meaning: heading, quote, list item, underline of a heading, rule, fence, row of a table.
_MARKDOWN_START = re.compile(
    r"^((?:\d{1,9}(?=[.)](?: |$)))?)"
    r"(#(?=#{0,5}(?: |$))|>|[-+](?= |$)|[-=](?=[-= ]*$)|~(?=~~)|(?<=\d)[.)])",
    re.MULTILINE,
)
_MARKDOWN_CLOSING = re.compile(r"(?<= )#+$")  # of a heading
_URL_SPECIAL = re.compile(r"[\s()<>\\\x00-\x1f]")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_BACKTICKS = re.compile("`{3,}")
# Stand for the marks of emphasis until a block is whole; no text holds them, for control characters are dropped.
_MARKS = {"**": ("\x01", "\x02"), "*": ("\x03", "\x04")}
_EMPHASIZED = tuple(
    (mark, re.compile(f"{begin}([^{begin}{end}]*){end}"), f"{end}{begin}") for mark, (begin, end) in _MARKS.items()
)
_DIGITS = re.compile(r"\d+")
_ITALICS_BESIDE_BOLD = re.compile("(?<=\x02)\x03([^\x04]*)\x04|\x03([^\x04]*)\x04(?=\x01)")


def clean_text(text: str) -> str:
    """Collapse white space, drop invisible characters and compose accents (Unicode NFC)."""
    return unicodedata.normalize("NFC", _SPACE.sub(" ", _INVISIBLE.sub("", text))).strip()


def find_blocks(tree: lxml.etree._Element, base_url: str | None = None) -> tuple[Block, ...]:
    """Split a page into blocks, in document order.

    A block ends where a block-level element begins or ends and at an empty line made of `<br><br>`. The row of a data
    table is one block; a layout table's cells are containers. Scripts, forms' controls and media are no text.

    Args:
        tree: the page's root element.
        base_url: what relative links are resolved against; None leaves them as they stand.
    """
    walk = _Walk(base_url)
    walk.run(tree)
    return tuple(walk.blocks)


def find_elements(tree: lxml.etree._Element) -> list[tuple[Block, lxml.etree._Element | None]]:
    """Split a page into blocks as `find_blocks` does, and name the element that holds each."""
    walk = _Walk(None)
    walk.run(tree)
    return list(zip(walk.blocks, walk.elements, strict=True))


@dataclass(slots=True)
class _Container:
    """A block-level element on the way down to the text."""

    tag: str
    path: str
    element: lxml.etree._Element | None
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0


@dataclass(slots=True)
class _Walk:
    base_url: str | None
    blocks: list[Block] = field(default_factory=list)
    elements: list[lxml.etree._Element | None] = field(default_factory=list)  # that hold them, one each
    containers: list[_Container] = field(default_factory=lambda: [_Container("", "", None)])
    text: list[str] = field(default_factory=list)
    markdown: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    emphasis: list[str] = field(default_factory=list)
    link_starts: list[int] = field(default_factory=list)  # where in `text` each link begins
    anchor: tuple[str, int, int] | None = None  # URL, and where its words begin in `text` and `markdown`
    breaks: int = 0  # <br> elements since the last text
    list_depth: int = 0

    def run(self, tree: lxml.etree._Element) -> None:
        walker = lxml.etree.iterwalk(tree, events=("start", "end"))
        skipped: lxml.etree._Element | None = None
        for event, element in walker:
            tag = element.tag
            if not isinstance(tag, str):  # a processing instruction that the parser kept
                continue
            if event == "start":
                if tag in _SKIPPED:
                    walker.skip_subtree()
                    skipped = element
                elif tag == "tr" and _is_data_row(element):
                    self.flush()
                    self.add_row(element)
                    walker.skip_subtree()
                    skipped = element
                else:
                    self.start(element, tag)
                    self.add(element.text)
            elif skipped is element:
                skipped = None
                self.add(element.tail)
            else:
                self.end(tag)
                if element is not tree:
                    self.add(element.tail)
        self.flush()

    def start(self, element: lxml.etree._Element, tag: str) -> None:
        if tag == "br":
            self.breaks += 1
            if self.breaks > 1 and self.kind is not BlockKind.PREFORMATTED:
                self.flush()
            else:
                self.text.append("\n")
                self.markdown.append("\n")
        elif tag == "a":
            self.end_anchor()
            href = element.get("href")
            if href is not None:
                self.anchor = (self.resolve(href), len(self.text), len(self.markdown))
        elif tag in _EMPHASIS:
            self.emphasis.append(_EMPHASIS[tag])
        elif not _is_inline(tag):
            self.flush()
            if tag in _LISTS:
                self.list_depth += 1
            self.containers.append(self.container(element, tag))

    def end(self, tag: str) -> None:
        if tag == "a":
            self.end_anchor()
        elif tag in _EMPHASIS:
            if self.emphasis:
                self.emphasis.pop()
        elif not _is_inline(tag) and tag != "br":
            self.flush()
            if tag in _LISTS:
                self.list_depth -= 1
            self.containers.pop()

    @property
    def kind(self) -> BlockKind:
        return self.containers[-1].kind

    def container(self, element: lxml.etree._Element, tag: str) -> _Container:
        parent = self.containers[-1]
        path = f"{parent.path}/{_step(element, tag)}" if parent.path else _step(element, tag)
        if tag in _HEADINGS:
            return _Container(tag, path, element, BlockKind.HEADING, _HEADINGS[tag])
        if tag in ("li", "dt", "dd"):
            return _Container(tag, path, element, BlockKind.LIST_ITEM, max(self.list_depth, 1))
        if tag == "blockquote":
            return _Container(tag, path, element, BlockKind.QUOTE)
        if tag in _PREFORMATTED:
            return _Container(tag, path, element, BlockKind.PREFORMATTED)
        if tag in ("figcaption", "caption"):
            return _Container(tag, path, element, BlockKind.CAPTION)
        return _Container(tag, path, element, parent.kind, parent.level)  # a paragraph in a quote is the quote's text

    def resolve(self, href: str) -> str:
        """Make a link's target absolute; the empty string for what leads to no other document."""
        target = href.strip()
        if target.startswith("#") or target.lower().startswith("javascript:"):
            return ""
        if self.base_url is None:
            return target
        try:
            return urljoin(self.base_url, target)
        except ValueError:  # "http://[broken": the link's words are text all the same
            return ""

    def add(self, text: str | None) -> None:
        if not text:
            return
        if self.kind is not BlockKind.PREFORMATTED:
            text = _SPACE.sub(" ", _INVISIBLE.sub("", text))
            if text == " ":
                if self.text and not self.text[-1].endswith((" ", "\n")):
                    self.text.append(" ")
                    self.markdown.append(" ")
                return
        self.breaks = 0
        self.text.append(text)
        if self.kind is BlockKind.PREFORMATTED:
            self.text[-1] = _CONTROLS.sub("", text)
            self.markdown.append("")  # written from the text
            return
        escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", text)
        mark = self.emphasis[-1] if self.emphasis else ""
        if mark and escaped.strip():
            begin, end = _MARKS[mark]
            lead = " " if escaped[0] == " " else ""
            trail = " " if escaped[-1] == " " else ""
            escaped = f"{lead}{begin}{escaped.strip()}{end}{trail}"
        self.markdown.append(escaped)

    def end_anchor(self) -> None:
        if self.anchor is None:
            return
        url, text_start, markdown_start = self.anchor
        self.anchor = None
        words = clean_text("".join(self.text[text_start:]))
        if not words or not url:
            return
        self.links.append(Link(words, url))
        self.link_starts.append(text_start)
        target = _ENTITY.sub(r"\&", _URL_SPECIAL.sub(lambda match: quote(match[0]), url))
        # A link over several lines is written as one a line, so that the lines can stand for themselves.
        lines = "".join(self.markdown[markdown_start:]).split("\n")
        self.markdown[markdown_start:] = ["\n".join(_as_link(line, target) for line in lines)]

    def flush(self) -> None:
        open_url = self.anchor[0] if self.anchor is not None else None
        self.end_anchor()
        if self.text:
            self.emit("".join(self.text), "".join(self.markdown))
        self.text, self.markdown, self.links, self.link_starts = [], [], [], []
        self.breaks = 0
        if open_url is not None:  # a link around several blocks goes on in the next one
            self.anchor = (open_url, 0, 0)

    def emit(self, raw: str, markdown: str) -> None:
        container = self.containers[-1]
        if container.kind is BlockKind.PREFORMATTED:
            text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").strip("\n").rstrip())
        else:
            text = unicodedata.normalize("NFC", _SPACED_BREAK.sub("\n", _join_spaces(raw)).strip())
        if not text.strip():
            return
        marked = _write_emphasis(_SPACED_BREAK.sub("\n", _join_spaces(markdown)).strip())
        written = unicodedata.normalize("NFC", marked)
        if container.kind is BlockKind.PARAGRAPH and self.emit_lines(text, written):
            return
        self.elements.append(container.element)
        self.blocks.append(
            Block(
                text=text,
                markdown=_as_markdown(container.kind, container.level, text, written),
                kind=container.kind,
                path=container.path,
                position=len(self.blocks),
                level=container.level,
                links=tuple(self.links),
            )
        )

    def emit_lines(self, text: str, markdown: str) -> bool:
        """Keep lines that `<br>` sets apart as blocks of their own, if all are short: an address, a verse, a menu."""
        lines = [line for line in text.split("\n") if line]
        written = [line for line in markdown.split("\n") if line]
        if len(lines) < 2 or len(lines) != len(written) or any(len(line.split()) > _SHORT_LINE for line in lines):
            return False
        path = self.containers[-1].path
        links: list[list[Link]] = [[] for _ in lines]
        for link, start in zip(self.links, self.link_starts, strict=True):
            above = "".join(self.text[:start]).split("\n")[:-1]
            links[sum(1 for line in above if line.strip())].append(link)
        for line, source, own in zip(lines, written, links, strict=True):
            escaped = _MARKDOWN_START.sub(r"\1\\\2", source)
            self.elements.append(self.containers[-1].element)
            self.blocks.append(Block(line, f"{escaped}  ", BlockKind.LINE, path, len(self.blocks), 0, tuple(own)))
        return True

    def add_row(self, row: lxml.etree._Element) -> None:
        """Write a data table's row as one block, its cells joined by a bar."""
        outer = self.containers[-1]
        path = f"{outer.path}/tr" if outer.path else "tr"
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        texts: list[str] = []
        links: list[Link] = []
        for cell in cells:
            inner = _Walk(self.base_url)
            inner.run(cell)
            texts.append(" ".join(block.text.replace("\n", " ") for block in inner.blocks))
            links += [link for block in inner.blocks for link in block.links]
        if not any(texts):
            return
        text = " | ".join(texts)
        markdown = "| " + " | ".join(_MARKDOWN_SPECIAL.sub(r"\\\1", cell).replace("|", "\\|") for cell in texts) + " |"
        table = next(row.iterancestors("table"), None)
        if any(cell.tag == "th" for cell in cells) and (table is None or next(table.iter("tr")) is row):
            markdown += "\n|" + " --- |" * len(cells)
        self.elements.append(row)
        self.blocks.append(Block(text, markdown, BlockKind.TABLE_ROW, path, len(self.blocks), 0, tuple(links)))


def _join_spaces(text: str) -> str:
    return re.sub(r" {2,}", " ", text)


def _is_inline(tag: str) -> bool:
    return tag in _INLINE or ":" in tag  # with a prefix: Word's smart tags, <o:p>, <st1:place>


def _as_link(markdown: str, target: str) -> str:
    words = markdown.strip()
    if not words:
        return markdown
    lead = " " if markdown[0] == " " else ""
    trail = " " if markdown[-1] == " " else ""
    return f"{lead}[{words}]({target}){trail}"


def _write_emphasis(markdown: str) -> str:
    """Write the marks of emphasis where CommonMark (0.31, section 6.2) reads them as such; elsewhere they go."""
    for _, _, between in _EMPHASIZED:
        markdown = markdown.replace(between, "")
    markdown = _ITALICS_BESIDE_BOLD.sub(lambda match: match[1] or match[2], markdown)  # "***" would be ambiguous
    for mark, emphasized, _ in _EMPHASIZED:

        def write(match: re.Match[str], joined: str = markdown, mark: str = mark) -> str:
            inner = match[1]
            before, after = joined[: match.start()][-1:], joined[match.end() :][:1]
            opens = not _is_punctuation(inner[:1]) or not before or before.isspace() or _is_punctuation(before)
            closes = not _is_punctuation(inner[-1:]) or not after or after.isspace() or _is_punctuation(after)
            return f"{mark}{inner}{mark}" if inner.strip() and opens and closes else inner

        markdown = emphasized.sub(write, markdown)
    return markdown


def _is_punctuation(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "PSC"


def _as_markdown(kind: BlockKind, level: int, text: str, markdown: str) -> str:
    markdown = _MARKDOWN_START.sub(r"\1\\\2", markdown)
    match kind:
        case BlockKind.HEADING:
            line = _MARKDOWN_CLOSING.sub(r"\\\g<0>", markdown.replace("\n", " "))
            return f"{'#' * level} {line}"
        case BlockKind.LIST_ITEM:
            indent = "  " * (level - 1)
            return f"{indent}- {markdown}".replace("\n", f"\n{indent}  ")
        case BlockKind.QUOTE:
            return "> " + markdown.replace("\n", "\n> ")
        case BlockKind.PREFORMATTED:
            fence = max([*_BACKTICKS.findall(text), "``"], key=len) + "`"
            return f"{fence}\n{text}\n{fence}"
        case _:
            return markdown.replace("\n", "  \n")


def _step(element: lxml.etree._Element, tag: str) -> str:
    """One step of a path: the element with its id or first class, digits masked so that pages of a site agree."""
    for mark, attribute in (("#", "id"), (".", "class")):
        names = (element.get(attribute) or "").split()
        if names:
            return f"{tag}{mark}{_DIGITS.sub('N', names[0]).replace('/', '_')}"  # as in Tailwind's "w-1/2"
    return tag


def _is_data_row(row: lxml.etree._Element) -> bool:
    """Tell a row of data from a row of layout: several short cells without paragraphs of their own."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    strays = (row.text, *(child.tail for child in row))
    if len(cells) < 2 or len(cells) < len(row) or any(stray is not None and stray.strip() for stray in strays):
        return False
    for cell in cells:
        containers = 0
        length = 0
        for descendant in cell.iter():
            length += len(descendant.text or "") + len(descendant.tail or "")
            containers += descendant is not cell and descendant.tag in _CELL_CONTAINERS
            if containers > 2 or length > _MAX_CELL or descendant.tag in ("table", "form"):
                return False
    return True
