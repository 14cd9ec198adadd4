"""The elements of a page that hold a date: `<time>`, and those whose class, id or property names one."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

import lxml.html

from crawler.extraction.cut_markup import NeedsWholeError, holds_part
from crawler.extraction.date_lines import is_plain, read_line
from crawler.extraction.date_names import read_name
from crawler.extraction.spacing import clean_text
from items import DateCandidate, DateKind, DateSource

_ASIDE = frozenset("aside nav footer".split())
# What an element is named that lists other pages, or stands beside the text.
_LISTING = re.compile(
    r"related|recommend|sidebar|widget|teaser|carousel|slider|latest|popular|trending|calendar|newsletter|"
    r"(?:^|[_ -])(?:nav|menu|footer|feed|cards?|list)(?:[_ -]|$)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"comment|respond|leserbrief", re.IGNORECASE)
_DATA = re.compile(r"meta|info|byline|date|author", re.IGNORECASE)  # of the text, in an `<aside>` or `<footer>`
_DIGITS = re.compile(r"\d+")
_MAX_ELEMENTS = 6  # with a date in them; a page with more lists other pages
_MAX_TIMES = 200  # <time> elements looked at
_MAX_NEAR = 2  # different texts in named elements around a title; more are a list
_MAX_TEXT = 90  # characters of an element that is named after its date
_MAX_INSIDE = 12  # elements in one
_NAMING = ("itemprop", "property", "class", "id", "data-testid")  # attributes
# A sieve before `read_name`. Along the attributes' axis XPath takes a third of the time of a test of each element.
_HINTS = ("dat", "Dat", "ubli", "ime", "ted", "fied", "echa")
_HINTED = " or ".join(f"contains(., '{hint}')" for hint in _HINTS)
_find_named = lxml.etree.XPath(
    f"descendant::*/@class[{_HINTED}]/.. | descendant::*/@id[contains(., 'dat') or contains(., 'Dat')]/.."
    " | descendant::*/@itemprop/.. | descendant::*/@property/.. | descendant::*/@data-testid[contains(., 'dat')]/.."
)
_NO_TEXT = frozenset(("meta", "time", "script", "style", "body", "html", "input", "form"))


def has_marked(tree: lxml.html.HtmlElement) -> bool:
    """Tell whether an element may hold a date, by its name or its attributes."""
    named = any(read_name(name)[1] for element in _find_named(tree) for name in _names(element))
    return named or next(tree.iter("time"), None) is not None


def _names(element: lxml.html.HtmlElement) -> list[str]:
    return [name for attribute in _NAMING for name in (element.get(attribute) or "").split()]


def find_marked_dates(
    tree: lxml.html.HtmlElement, heading: lxml.html.HtmlElement | None, *, is_cut: bool = False
) -> tuple[DateCandidate, ...]:
    """Read the dates in elements that are made or named for one; comments and lists of other pages are left out.

    Args:
        tree: the page's root element.
        heading: the element that holds its title; of many dates, those in the smallest element around it are its own.
        is_cut: whether known parts were cut out of the page.

    Raises:
        NeedsWholeError: such a part stood in an element that may hold a date.
    """
    return (*_read_times(tree, heading, is_cut), *_read_named(tree, heading, is_cut))


def _read_times(
    tree: lxml.html.HtmlElement, heading: lxml.html.HtmlElement | None, is_cut: bool
) -> Iterator[DateCandidate]:
    found = [
        element
        for element in islice(tree.iter("time"), _MAX_TIMES)
        if _time_text(element, is_cut) and not _is_aside(element, _ASIDE, None)
    ]
    for element in _choose(found, heading):
        hints = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
        # WordPress marks a page that was never changed as both "published updated".
        published = "published" in hints
        modified = ("updated" in hints.split() or "modified" in hints) and not published
        kind = DateKind.MODIFIED if modified else DateKind.PUBLISHED
        text = _time_text(element, is_cut)
        if not element.get("datetime"):
            for one in read_line(text):
                yield DateCandidate(
                    DateSource.TIME, one.kind if one.labelled else kind, one.raw, _place(element), one.labelled
                )
        else:
            yield DateCandidate(DateSource.TIME, kind, text, _place(element), modified or published)


def _read_named(
    tree: lxml.html.HtmlElement, heading: lxml.html.HtmlElement | None, is_cut: bool
) -> Iterator[DateCandidate]:
    found: list[tuple[lxml.html.HtmlElement, DateKind | None, str, str]] = []
    for element in _find_named(tree):
        if element.tag in _NO_TEXT:
            continue
        for name in _names(element):
            kind, named = read_name(name)
            if not named:
                continue
            raw = _named_text(element, is_cut)
            if raw is not None:
                found.append((element, kind, raw, name))
            break
    texts: dict[str, set[str]] = defaultdict(set)
    for _, _, raw, name in found:
        texts[name].add(raw)
    near = set(_find_near([element for element, *_ in found], heading))
    if len({raw for element, _, raw, _ in found if element in near}) > _MAX_NEAR:
        near = set()
    for element, kind, raw, name in found:
        # An element's name that stands over different dates names the entries of a list.
        if element not in near and (len(texts[name]) > 1 or _is_aside(element, _ASIDE, _LISTING)):
            continue
        for one in read_line(raw):
            says = one.kind if one.labelled else kind or DateKind.PUBLISHED
            if is_plain(one, raw):
                yield DateCandidate(DateSource.MARKUP, says, one.raw, _place(element), one.labelled or kind is not None)


def _named_text(element: lxml.html.HtmlElement, is_cut: bool) -> str | None:
    for attribute in ("content", "datetime", "title"):
        value = clean_text(element.get(attribute) or "")
        if any(character.isdigit() for character in value) and len(value) <= _MAX_TEXT:
            return value
    if sum(1 for _ in islice(element.iter(), _MAX_INSIDE + 1)) > _MAX_INSIDE:
        return None
    _refuse_parts(element, is_cut)
    text = clean_text(element.text_content())
    return text if len(text) <= _MAX_TEXT and sum(character.isdigit() for character in text) >= 3 else None


def _choose(found: list[lxml.html.HtmlElement], heading: lxml.html.HtmlElement | None) -> list[lxml.html.HtmlElement]:
    """Choose the page's own among elements with dates: of many, those near its title."""
    return found if len(found) <= _MAX_ELEMENTS else _find_near(found, heading)


def _find_near(
    found: Sequence[lxml.html.HtmlElement], heading: lxml.html.HtmlElement | None
) -> list[lxml.html.HtmlElement]:
    """Find those in the smallest element around the title that holds any; none where they are many."""
    if heading is None or not found:
        return []
    around_found = [set(element.iterancestors()) for element in found]
    for around in heading.iterancestors():
        if around.tag in ("body", "html"):
            return []
        inside = [element for element, ancestors in zip(found, around_found, strict=True) if around in ancestors]
        if inside:
            return inside if len(inside) <= _MAX_ELEMENTS else []
    return []


def _is_aside(element: lxml.html.HtmlElement, tags: frozenset[str], named: re.Pattern[str] | None) -> bool:
    aside = False
    for around in element.iterancestors():
        if around.tag in ("body", "html"):
            break
        name = f"{around.get('class') or ''} {around.get('id') or ''}"
        if _COMMENT.search(name):
            return True
        if around.tag == "article":  # its footer and asides are its own
            aside = False
        elif around.tag in tags and not _DATA.search(around.get("class") or ""):
            aside = True
        if named is not None and named.search(name):
            return True
    return aside


def _place(element: lxml.html.HtmlElement) -> str:
    """Name an element as a path's step: tag, and id or first class."""
    for mark, attribute in ((".", "class"), ("#", "id")):
        names = (element.get(attribute) or "").split()
        if names:
            return f"{element.tag!s}{mark}{_DIGITS.sub('N', names[0])}"  # so that pages of a site agree
    for attribute in ("itemprop", "property"):
        value = element.get(attribute)
        if value:
            return f"{element.tag!s}[{attribute}={value}]"
    return str(element.tag)


def _time_text(element: lxml.html.HtmlElement, is_cut: bool) -> str:
    text = clean_text(element.get("datetime") or element.text_content())
    if len(text) > _MAX_TEXT:
        return ""  # one that nobody closed holds the rest of the page
    _refuse_parts(element, is_cut)
    return text


def _refuse_parts(element: lxml.html.HtmlElement, is_cut: bool) -> None:
    if is_cut and holds_part(element):
        raise NeedsWholeError
