"""Tree to blocks: runs of text in document order, each with its kind, its path and its links."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import lxml.etree

from crawler.extraction.cut_markup import MARKER, CutMarkup, KnownPart, NeedsWholeError, holds_part
from crawler.extraction.known_markup import KnownMarkup, split_address
from crawler.extraction.links import find_plain_site, resolve_link
from crawler.extraction.markdown import emphasize, escape, escape_start, write_block, write_emphasis, write_link
from crawler.extraction.path_nodes import KINDS, PathNode, make_node
from crawler.extraction.spacing import clean_text, collapse_space, drop_controls
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
_KINDS_OF_PARTS = frozenset((BlockKind.PARAGRAPH, BlockKind.LIST_ITEM))
_SHORT_LINE = 15  # words
_MAX_CELL = 400  # characters; a longer cell, or one with paragraphs, makes the table a layout
_CELL_CONTAINERS = frozenset("p div ul ol dl h1 h2 h3 h4 h5 h6 blockquote pre table form section article".split())

_SPACED_BREAK = re.compile(r" *\n *")
_SPACES = re.compile(" {2,}")


def find_blocks(
    tree: lxml.etree._Element,
    base_url: str | None = None,
    known: KnownMarkup | None = None,
    cut: CutMarkup | None = None,
) -> tuple[Block, ...]:
    """Split a page into blocks, in document order.

    A block ends where a block-level element begins or ends and at an empty line made of `<br><br>`. The row of a data
    table is one block; a layout table's cells are containers. Scripts, forms' controls and media are no text.

    Args:
        tree: the page's root element.
        base_url: what relative links are resolved against; None leaves them as they stand.
        known: what was met on other pages of the site; what is made of this one is kept there.
        cut: what the tree was made of, where known parts were cut out of the page.

    Raises:
        NeedsWholeError: a known part stands where it may mean something else.
    """
    walk = _Walk(base_url, known, cut.parts if cut is not None else None)
    walk.run(tree)
    return tuple(walk.blocks)


def find_elements(tree: lxml.etree._Element) -> list[tuple[Block, lxml.etree._Element | None]]:
    """Split a page into blocks as `find_blocks` does, and name the element that holds each."""
    walk = _Walk(None)
    walk.run(tree)
    return list(zip(walk.blocks, walk.elements, strict=True))


@dataclass(slots=True)
class _Walk:
    """A walk through a page, and what has been collected of the block that is being read."""

    base_url: str | None
    known: KnownMarkup | None = None
    parts: tuple[KnownPart, ...] | None = None  # that were cut out; None where the page is whole
    parts_met: int = 0
    blocks: list[Block] = field(default_factory=list)
    elements: list[lxml.etree._Element | None] = field(default_factory=list)  # that hold them; not of remembered parts
    node: PathNode = field(default_factory=PathNode)  # of the block that is being read
    outer: list[tuple[PathNode, lxml.etree._Element | None]] = field(default_factory=list)  # around it
    element: lxml.etree._Element | None = None  # that holds it
    address: tuple[str, ...] = ()
    site: str = ""  # scheme and host of the page; empty where it is none of the web
    new_nodes: int = 0
    text: list[str] = field(default_factory=list)
    markdown: list[str] | None = None  # None while it is the same as the text
    links: list[Link] = field(default_factory=list)
    emphasis: list[str] = field(default_factory=list)
    link_starts: list[int] = field(default_factory=list)  # where in `text` each link begins
    anchor: tuple[str, int, int] | None = None  # URL, and where its words begin in `text` and `markdown`
    breaks: int = 0  # <br> elements since the last text

    def run(self, tree: lxml.etree._Element) -> None:
        self.address = split_address(self.base_url)
        self.site = find_plain_site(self.address[1])
        if self.known is not None:
            self.node = self.known.find_root(self.address)
        self.read(tree)
        self.flush()
        if self.known is not None:
            self.known.count_nodes(self.new_nodes)
        if self.parts is not None and self.parts_met < len(self.parts):
            raise NeedsWholeError  # a part stands where nothing is text

    def read(self, tree: lxml.etree._Element) -> None:
        """Read an element and what it holds."""
        walker = lxml.etree.iterwalk(tree, events=("start", "end"))
        preformatted = BlockKind.PREFORMATTED  # elsewhere white space at the beginning of a block is none of it
        skipped: lxml.etree._Element | None = None
        for event, element in walker:
            role = _ROLES.get(element.tag) or _find_role(element.tag)
            if event == "start":
                if role.start is not None and role.start(self, element):
                    walker.skip_subtree()
                    skipped = element
                elif (text := element.text) and (self.text or not text.isspace() or self.node.kind is preformatted):
                    self.add(text)
                continue
            if skipped is element:
                skipped = None
            elif role.end is not None:
                role.end(self, element)
            if (
                (text := element.tail)
                and element is not tree
                and (self.text or not text.isspace() or self.node.kind is preformatted)
            ):
                self.add(text)

    # --- Elements: what begins one says whether what it holds is passed over, as it is no text or has been read ------

    def skip(self, element: lxml.etree._Element) -> bool:
        return True

    def start_break(self, element: lxml.etree._Element) -> bool:
        self.breaks += 1
        if self.breaks > 1 and self.node.kind is not BlockKind.PREFORMATTED:
            self.flush()
        else:
            self.text.append("\n")
            if self.markdown is not None:
                self.markdown.append("\n")
        return False

    def start_link(self, element: lxml.etree._Element) -> bool:
        self.end_link()
        href = element.get("href")
        if href is not None:
            markdown = self.text if self.markdown is None else self.markdown
            self.anchor = (resolve_link(href, self.base_url, self.site), len(self.text), len(markdown))
        return False

    def start_emphasis(self, element: lxml.etree._Element) -> bool:
        self.emphasis.append(_EMPHASIS[str(element.tag)])
        return False

    def end_emphasis(self, element: lxml.etree._Element) -> None:
        if self.emphasis:
            self.emphasis.pop()

    def start_row(self, row: lxml.etree._Element) -> bool:
        if not _is_data_row(row):  # the cells of a layout are containers
            return self.start_block(row)
        if self.parts is not None and holds_part(row):  # with what it holds it may be a layout's
            raise NeedsWholeError
        self.flush()
        self.add_row(row)
        return True

    def start_block(self, element: lxml.etree._Element) -> bool:
        if self.text or self.anchor is not None:
            self.flush()
        self.breaks = 0
        name = (element.tag, element.get("id"), element.get("class"))
        node = self.node.inside.get(name)  # type: ignore[arg-type]  # the tag is a string here
        if node is None:
            node = self.node.inside[name] = make_node(self.node, *name)  # type: ignore[arg-type,index]
            self.new_nodes += 1
        self.outer.append((self.node, self.element))
        self.node, self.element = node, element
        return False

    def start_part(self, element: lxml.etree._Element) -> bool:
        """Add the blocks of a known part, in place of what it holds."""
        if self.parts is None or self.known is None:
            return self.start_block(element)
        is_bare = self.anchor is None and not self.emphasis and not self.text
        if self.parts_met == len(self.parts) or not is_bare or self.node.kind not in _KINDS_OF_PARTS:
            raise NeedsWholeError
        part = self.parts[self.parts_met]
        if not part.is_alone(element):
            raise NeedsWholeError
        self.parts_met += 1
        node = self.node  # of its tags only the path is written, and a tag may hold a period
        variant = (self.address[part.reach], node.path, node.kind, node.lists, len(self.blocks))
        known = part.variants.get(variant)
        if known is not None:
            self.blocks += known
        elif part.element is not None:
            start = len(self.blocks)
            if (text := part.element.text) and not text.isspace():
                self.add(text)
            for child in part.element:
                self.read(child)
                if (text := child.tail) and (self.text or not text.isspace()):
                    self.add(text)
            self.flush()
            self.known.keep(part, variant, tuple(self.blocks[start:]))
        return True

    def end_block(self, element: lxml.etree._Element) -> None:
        if self.text or self.anchor is not None:
            self.flush()
        self.breaks = 0
        self.node, self.element = self.outer.pop()

    def end_link(self, element: lxml.etree._Element | None = None) -> None:
        if self.anchor is None:
            return
        url, text_start, markdown_start = self.anchor
        self.anchor = None
        words = clean_text("".join(self.text[text_start:]))
        if not words or not url:
            return
        self.links.append(Link(words, url))
        self.link_starts.append(text_start)
        if self.markdown is None:
            self.markdown = self.text.copy()
        self.markdown[markdown_start:] = [write_link("".join(self.markdown[markdown_start:]), url)]

    # --- Text and blocks ---------------------------------------------------------------------------------------------

    def add(self, text: str) -> None:
        if self.node.kind is BlockKind.PREFORMATTED:
            self.breaks = 0
            self.text.append(drop_controls(text))
            if self.markdown is not None:
                self.markdown.append("")  # written from the text
            return
        text = collapse_space(text)
        if text == " ":
            if self.text and not self.text[-1].endswith((" ", "\n")):
                self.text.append(" ")
                if self.markdown is not None:
                    self.markdown.append(" ")
            return
        self.breaks = 0
        written = escape(text)
        if self.emphasis:
            written = emphasize(written, self.emphasis[-1])
        if self.markdown is None and written is not text:
            self.markdown = self.text.copy()
        self.text.append(text)
        if self.markdown is not None:
            self.markdown.append(written)

    def flush(self) -> None:
        """End the block that is being read."""
        self.breaks = 0
        if not self.text and self.anchor is None:
            return
        open_url = self.anchor[0] if self.anchor is not None else None
        self.end_link()
        if self.text:
            self.emit()
            self.text, self.links, self.link_starts = [], [], []
            self.markdown = None
        if open_url is not None:  # a link around several blocks goes on in the next one
            self.anchor = (open_url, 0, 0)

    def emit(self) -> None:
        node = self.node
        raw = "".join(self.text)
        if node.kind is BlockKind.PREFORMATTED:
            text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").strip("\n").rstrip())
        else:
            text = unicodedata.normalize("NFC", _join_lines(raw))
        if not text or text.isspace():
            return
        written = text
        if self.markdown is not None:
            written = unicodedata.normalize("NFC", write_emphasis(_join_lines("".join(self.markdown))))
        if node.kind is BlockKind.PARAGRAPH and "\n" in text and self.emit_lines(text, written):
            return
        self.elements.append(self.element)
        markdown = write_block(node.kind, node.level, text, written)
        self.blocks.append(Block(text, markdown, node.kind, node.path, len(self.blocks), node.level, tuple(self.links)))

    def emit_lines(self, text: str, markdown: str) -> bool:
        """Keep lines that `<br>` sets apart as blocks of their own, if all are short: an address, a verse, a menu."""
        lines = [line for line in text.split("\n") if line]
        written = [line for line in markdown.split("\n") if line]
        if len(lines) < 2 or len(lines) != len(written) or any(len(line.split()) > _SHORT_LINE for line in lines):
            return False
        path = self.node.path
        links: list[list[Link]] = [[] for _ in lines]
        for link, start in zip(self.links, self.link_starts, strict=True):
            above = "".join(self.text[:start]).split("\n")[:-1]
            links[sum(1 for line in above if line.strip())].append(link)
        for line, source, own in zip(lines, written, links, strict=True):
            self.elements.append(self.element)
            block = Block(line, f"{escape_start(source)}  ", BlockKind.LINE, path, len(self.blocks), 0, tuple(own))
            self.blocks.append(block)
        return True

    def add_row(self, row: lxml.etree._Element) -> None:
        """Write a data table's row as one block, its cells joined by a bar."""
        path = f"{self.node.path}/tr" if self.node.path else "tr"
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
        markdown = "| " + " | ".join(escape(cell).replace("|", "\\|") for cell in texts) + " |"
        table = next(row.iterancestors("table"), None)
        if any(cell.tag == "th" for cell in cells) and (table is None or next(table.iter("tr")) is row):
            markdown += "\n|" + " --- |" * len(cells)
        self.elements.append(row)
        self.blocks.append(Block(text, markdown, BlockKind.TABLE_ROW, path, len(self.blocks), 0, tuple(links)))


def _join_lines(text: str) -> str:
    """Drop spaces beside spaces, and around the breaks of lines."""
    if "  " in text:
        text = _SPACES.sub(" ", text)
    if "\n" in text:
        text = _SPACED_BREAK.sub("\n", text)
    return text.strip()


@dataclass(frozen=True, slots=True)
class _Role:
    """What an element does to the text around it."""

    start: Callable[[_Walk, lxml.etree._Element], bool] | None = None
    end: Callable[[_Walk, lxml.etree._Element], None] | None = None


_INLINE_ROLE = _Role()
_BLOCK_ROLE = _Role(_Walk.start_block, _Walk.end_block)
_ROLES: dict[object, _Role] = {
    **dict.fromkeys(_INLINE, _INLINE_ROLE),
    **dict.fromkeys(_EMPHASIS, _Role(_Walk.start_emphasis, _Walk.end_emphasis)),
    **dict.fromkeys(_SKIPPED, _Role(_Walk.skip)),
    **dict.fromkeys(("p", "div", "ul", "ol", "section", "body", "html", *KINDS), _BLOCK_ROLE),
    "a": _Role(_Walk.start_link, _Walk.end_link),
    "br": _Role(_Walk.start_break),
    "tr": _Role(_Walk.start_row, _Walk.end_block),
    MARKER: _Role(_Walk.start_part, _Walk.end_block),
}


def _find_role(tag: object) -> _Role:
    """Give the role of an element that has none of its own: a block; in line with a prefix, as Word's `<o:p>`."""
    if not isinstance(tag, str):  # a processing instruction that the parser kept
        return _ROLES["script"]
    return _INLINE_ROLE if ":" in tag else _BLOCK_ROLE


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
