"""Tree to blocks: runs of text in document order, each with its kind, its path and its links."""

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import urljoin

import lxml.etree

from items import Block, BlockKind, Link

_SKIPPED = frozenset(
    "head script style noscript template svg math iframe object embed applet canvas audio video map select option "
    "datalist textarea input button progress meter dialog".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr img picture source".split()
)
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_SHORT_LINE = 15  # words
_MAX_CELL = 400  # characters; a longer cell, or one with paragraphs, makes the table a layout
_CELL_CONTAINERS = frozenset("p div ul ol dl h1 h2 h3 h4 h5 h6 blockquote pre table form section article".split())

_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # soft hyphen, zero-width space, word joiner, byte order mark
_SPACED_BREAK = re.compile(r" *\n *")
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]<])")
_MARKDOWN_START = re.compile(r"^(#{1,6}(?= )|[-+>](?= )|\d+(?=[.)] ))")
_DIGITS = re.compile(r"\d+")


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


@dataclass(slots=True)
class _Container:
    """A block-level element on the way down to the text."""

    tag: str
    path: str
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0


@dataclass(slots=True)
class _Walk:
    base_url: str | None
    blocks: list[Block] = field(default_factory=list)
    containers: list[_Container] = field(default_factory=lambda: [_Container("", "")])
    text: list[str] = field(default_factory=list)
    markdown: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    emphasis: list[str] = field(default_factory=list)
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
        elif tag not in _INLINE:
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
        elif tag not in _INLINE and tag != "br":
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
            return _Container(tag, path, BlockKind.HEADING, _HEADINGS[tag])
        if tag in ("li", "dt", "dd"):
            return _Container(tag, path, BlockKind.LIST_ITEM, max(self.list_depth, 1))
        if tag == "blockquote":
            return _Container(tag, path, BlockKind.QUOTE)
        if tag == "pre":
            return _Container(tag, path, BlockKind.PREFORMATTED)
        if tag in ("figcaption", "caption"):
            return _Container(tag, path, BlockKind.CAPTION)
        return _Container(tag, path, parent.kind, parent.level)  # a paragraph in a quote is the quote's text

    def resolve(self, href: str) -> str:
        if self.base_url is None:
            return href.strip()
        try:
            return urljoin(self.base_url, href.strip())
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
            self.markdown.append(text)
            return
        escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", text)
        mark = self.emphasis[-1] if self.emphasis else ""
        if mark and escaped.strip():
            lead = " " if escaped[0] == " " else ""
            trail = " " if escaped[-1] == " " else ""
            escaped = f"{lead}{mark}{escaped.strip()}{mark}{trail}"
        self.markdown.append(escaped)

    def end_anchor(self) -> None:
        if self.anchor is None:
            return
        url, text_start, markdown_start = self.anchor
        self.anchor = None
        words = clean_text("".join(self.text[text_start:]))
        if not words or not url or url.startswith(("#", "javascript:")):
            return
        self.links.append(Link(words, url))
        inner = "".join(self.markdown[markdown_start:])
        lead = " " if inner[:1] == " " else ""
        trail = " " if inner[-1:] == " " else ""
        target = url.replace(" ", "%20").replace(")", "%29")
        self.markdown[markdown_start:] = [f"{lead}[{inner.strip()}]({target}){trail}"]

    def flush(self) -> None:
        open_url = self.anchor[0] if self.anchor is not None else None
        self.end_anchor()
        if self.text:
            self.emit("".join(self.text), "".join(self.markdown))
        self.text, self.markdown, self.links = [], [], []
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
        written = unicodedata.normalize("NFC", _SPACED_BREAK.sub("\n", _join_spaces(markdown)).strip())
        if container.kind is BlockKind.PARAGRAPH and self.emit_lines(text, written):
            return
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
        for line, source in zip(lines, written, strict=True):
            links = tuple(link for link in self.links if link.text and link.text in line)
            self.blocks.append(Block(line, f"{source}  ", BlockKind.LINE, path, len(self.blocks), 0, links))
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
        if any(cell.tag == "th" for cell in cells) and row.getprevious() is None:
            markdown += "\n|" + " --- |" * len(cells)
        self.blocks.append(Block(text, markdown, BlockKind.TABLE_ROW, path, len(self.blocks), 0, tuple(links)))


def _join_spaces(text: str) -> str:
    return re.sub(r" {2,}", " ", text)


def _as_markdown(kind: BlockKind, level: int, text: str, markdown: str) -> str:
    markdown = _MARKDOWN_START.sub(r"\\\1", markdown)
    match kind:
        case BlockKind.HEADING:
            return f"{'#' * level} {markdown}".replace("\n", " ")
        case BlockKind.LIST_ITEM:
            indent = "  " * (level - 1)
            return f"{indent}- {markdown}".replace("\n", f"\n{indent}  ")
        case BlockKind.QUOTE:
            return "> " + markdown.replace("\n", "\n> ")
        case BlockKind.PREFORMATTED:
            fence = "```" if "```" not in text else "~~~~"
            return f"{fence}\n{text}\n{fence}"
        case _:
            return markdown.replace("\n", "  \n")


def _step(element: lxml.etree._Element, tag: str) -> str:
    """One step of a path: the element with its id or first class, digits masked so that pages of a site agree."""
    name = element.get("id")
    if name is not None and name.strip():
        return f"{tag}#{_DIGITS.sub('N', name.split()[0])}"
    classes = (element.get("class") or "").split()
    return f"{tag}.{_DIGITS.sub('N', classes[0])}" if classes else tag


def _is_data_row(row: lxml.etree._Element) -> bool:
    """Tell a row of data from a row of layout: several short cells without paragraphs of their own."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2:
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
