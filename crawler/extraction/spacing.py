"""White space and invisible characters: what a reader of a page does not see is not in its text."""

import re
import unicodedata

from crawler.extraction.caching import cache_short

# What `str.split` splits at, but for the control characters that end files, groups, records and units in data.
_SPACE = re.compile(r"[ \t\r\n\f\v\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# Soft hyphen, zero-width space, word joiner, byte order mark; control characters written as `&#1;`.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SEPARATORS = re.compile("[\x1c-\x1f]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Collapse white space, drop invisible characters and compose accents (Unicode NFC)."""
    return unicodedata.normalize("NFC", collapse_space(text)).strip()


@cache_short
def count_words(text: str) -> int:
    """Count words, set apart by white space."""
    if text.isprintable() and "  " not in text:  # no white space but single spaces, which are counted sooner
        return text.strip(" ").count(" ") + 1 if text and text != " " else 0
    return len(text.split())


def collapse_space(text: str) -> str:
    """Make one space of each run of white space, also at either end, and drop invisible characters."""
    if text.isspace():
        return " " if text.strip("\x1c\x1d\x1e\x1f") else ""
    # No character that is neither visible nor the space is printable: most texts are known to be clean by that.
    if text.isprintable() and "  " not in text:
        return text
    words = " ".join(text.split())
    if not words.isprintable() or _SEPARATORS.search(text) is not None:
        return _SPACE.sub(" ", _INVISIBLE.sub("", text))
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"


def drop_controls(text: str) -> str:
    """Drop control characters from text that keeps its white space."""
    return _CONTROLS.sub("", text)
