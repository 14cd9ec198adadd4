"""Text to Markdown (CommonMark 0.31): what is escaped, how emphasis and links are written, and each kind of block.

Most texts hold nothing that Markdown would read: a quick look tells so before a rule is asked.
"""

import re
import unicodedata
from urllib.parse import quote

from items import BlockKind

_MAYBE_SPECIAL = re.compile(r"[\\`*_\[\]<&]")
_SPECIAL = re.compile(r"([\\`*_\[\]<]|&(?=#?\w{1,40};)|!$)")  # "!" would make an image of a link that follows
# What begins a line with a meaning: heading, quote, list item, underline of a heading, rule, fence, row of a table.
_MAYBE_START = frozenset("0123456789#>-+=~")
_START = re.compile(
    r"^((?:\d{1,9}(?=[.)](?: |$)))?)(#(?=#{0,5}(?: |$))|>|[-+](?= |$)|[-=](?=[-= ]*$)|~(?=~~)|(?<=\d)[.)])"
)
_CLOSING = re.compile(r"(?<= )#+$")  # of a heading
_URL_SPECIAL = re.compile(r"[\s()<>\\\x00-\x1f]")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_BACKTICKS = re.compile("`{3,}")
# Stand for the marks of emphasis until a block is whole; no text holds them, for control characters are dropped.
MARKS = {"**": ("\x01", "\x02"), "*": ("\x03", "\x04")}
_EMPHASIZED = tuple(
    (mark, re.compile(f"{begin}([^{begin}{end}]*){end}"), f"{end}{begin}") for mark, (begin, end) in MARKS.items()
)
_ITALICS_BESIDE_BOLD = re.compile("(?<=\x02)\x03([^\x04]*)\x04|\x03([^\x04]*)\x04(?=\x01)")


def escape(text: str) -> str:
    """Escape what Markdown would read within a line."""
    if text[-1:] != "!" and _MAYBE_SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(r"\\\1", text)


def escape_start(line: str) -> str:
    """Escape what Markdown would read at the beginning of a line."""
    return _START.sub(r"\1\\\2", line) if line[:1] in _MAYBE_START else line


def emphasize(markdown: str, mark: str) -> str:
    """Put marks around text, and the spaces at its ends outside of them; `write_emphasis` makes signs of them."""
    words = markdown.strip()
    if not words:
        return markdown
    begin, end = MARKS[mark]
    lead = " " if markdown[0] == " " else ""
    trail = " " if markdown[-1] == " " else ""
    return f"{lead}{begin}{words}{end}{trail}"


def write_link(markdown: str, url: str) -> str:
    """Write a link; one over several lines is written as one a line, so that the lines can stand for themselves."""
    target = url
    if _URL_SPECIAL.search(url) is not None:
        target = _URL_SPECIAL.sub(lambda match: quote(match[0]), url)
    if "&" in target:
        target = _ENTITY.sub(r"\&", target)
    if "\n" not in markdown:
        return _link_line(markdown, target)
    return "\n".join(_link_line(line, target) for line in markdown.split("\n"))


def _link_line(markdown: str, target: str) -> str:
    words = markdown.strip()
    if not words:
        return markdown
    lead = " " if markdown[0] == " " else ""
    trail = " " if markdown[-1] == " " else ""
    return f"{lead}[{words}]({target}){trail}"


def write_emphasis(markdown: str) -> str:
    """Write the marks of emphasis where CommonMark (0.31, section 6.2) reads them as such; elsewhere they go."""
    if "\x02" not in markdown and "\x04" not in markdown:
        return markdown
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


def write_block(kind: BlockKind, level: int, text: str, markdown: str) -> str:
    """Write a block as its kind is written.

    Args:
        kind: of the block.
        level: of a heading or list item.
        text: of the block, which a preformatted one shows as it is.
        markdown: the text with its links and emphasis.
    """
    if kind is BlockKind.PREFORMATTED:
        fence = max([*_BACKTICKS.findall(text), "``"], key=len) + "`"
        return f"{fence}\n{text}\n{fence}"
    lines = [escape_start(line) for line in markdown.split("\n")]
    match kind:
        case BlockKind.HEADING:
            return f"{'#' * level} " + _CLOSING.sub(r"\\\g<0>", " ".join(lines))
        case BlockKind.LIST_ITEM:
            indent = "  " * (level - 1)
            return f"{indent}- " + f"\n{indent}  ".join(lines)
        case BlockKind.QUOTE:
            return "> " + "\n> ".join(lines)
        case _:
            return "  \n".join(lines)
