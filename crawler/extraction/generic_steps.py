"""Trafilatura's own steps, called one by one, so that a page pays for those alone that can change its text.

`trafilatura.bare_extraction` also runs readability over every page and measures the whole page's text, and drops both
where they say no more than it has found. Both are bounded here first: nothing that readability gives has more text than
the page without what it always takes out. Where a bound does not tell, the step runs as it does in trafilatura, and the
text is the same to the letter. These are inner functions of one version, which `VERSION` names; `crawler.extraction.
generic` calls `bare_extraction` in any other, and a test fails when another is installed.
"""

import re
from contextlib import suppress
from copy import copy
from functools import lru_cache

import lxml.html
from lxml.etree import XPath, _Element
from trafilatura import core
from trafilatura.baseline import _spaced_text, baseline
from trafilatura.external import SANITIZED_XPATH, compare_extraction, justext_rescue
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.readability_lxml import REGEXES, Document
from trafilatura.settings import _COOKIE_CONSENT_RE, Extractor
from trafilatura.xml import delete_element, xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH

VERSION = "2.3.1"  # of trafilatura
_OPTIONS = Extractor(output_format="python", comments=False)
_RECALL = Extractor(output_format="python", comments=False, recall=True)
_find_names = XPath("descendant::*/@class | descendant::*/@id", smart_strings=False)
_find_named = XPath("descendant::*[@class or @id]")
# What the names hold of elements that trafilatura takes out of the page first, and a little more.
_APPENDED = re.compile("mvp-post-add|infinite|elementor-share-buttons")
_COMMENTS = re.compile("^(?:[Cc]omment|comol|disqus_thread|dsq-comments)|(?:article|post)-comments", re.MULTILINE)
# REMOVE_COMMENTS_AND_LISTS_XPATH, which asks for each element of a page by regular expressions.
_find_comments = XPath(
    "descendant::*[self::div or self::section or self::ol or self::ul or self::details or self::list]"
    "[contains(@id, 'omment') or contains(@class, 'omment') or starts-with(@id, 'comol')"
    " or starts-with(@id, 'disqus_thread')]"
)
_COMMENTS_ID = re.compile("[Cc]omment(?!ary)|comol")
_THREAD_ID = re.compile("disqus_thread|dsq-comments")
_COMMENTS_CLASS = re.compile("^[Cc]omment(?!ary)|(?:article|post)-comments")
# What html2txt takes out, in two: by the tag and the footer's name, and by other names.
_find_chrome = XPath(
    ".//aside|.//div[contains(@class|@id, 'footer')]|.//fencedframe|.//footer|.//script|.//style|.//svg|.//template"
)
_CONSENT = re.compile(_COOKIE_CONSENT_RE, re.IGNORECASE)
_UNCLEAN = tuple(path.removeprefix(".//") for path in SANITIZED_XPATH.split("|"))
_FRAME = ("body", "html")
_LISTS = ("ol", "ul")
_VERBATIM = ("noembed", "noframes", "plaintext", "xmp")  # libxml2 escapes what is written in them each time anew
_VIDEO = len("VIDEO")  # what readability writes into an iframe
# The tags around which html2txt puts spaces are fewer.
_count_elements = XPath("count(descendant::*)")
_READABILITY_TIMES = 2  # its text replaces another that is less than half as long
_MIN_TEXT = _OPTIONS.min_extracted_size


def read_text(tree: lxml.html.HtmlElement) -> str | None:
    """Give what `bare_extraction(tree, include_comments=False, with_metadata=False)` has for a text; None for none.

    The tree is changed by it.
    """
    try:
        body, text = _read(tree)
    except (TypeError, ValueError):  # as trafilatura does
        return None
    return xmltotxt(body, False) if text else None


def _read(tree: lxml.html.HtmlElement) -> tuple[_Element, str]:
    is_forum = core._forum_thread_page(tree)
    names = "\n".join(_find_names(tree))
    if _APPENDED.search(names):
        prune_unwanted_nodes(tree, RAW_TREE_PRUNE_XPATH)
    if not is_forum and _COMMENTS.search(names):
        _drop_comments(tree)
    body, text = extract_content(convert_tags(tree_cleaning(copy(tree), _OPTIONS), _OPTIONS, None), _OPTIONS)
    page = _PageText(tree)
    if not _stands(body, text, page):
        body, text = compare_extraction(tree_cleaning(copy(tree), _OPTIONS), copy(tree), body, text, _OPTIONS)
    if len(text) < _MIN_TEXT:
        rescued, rescued_text, size = baseline(tree)
        if size > len(text):
            body, text = rescued, rescued_text
    if (
        0 < len(text) < core.ESCALATION_MAX_LENGTH
        and len(text) < core.ESCALATION_PAGE_SHARE * page.spaced_size
        and len(text) < core.ESCALATION_PAGE_SHARE * page.measure_spaced()
    ):
        return _escalate(tree, body, text)
    return body, text


def _drop_comments(tree: lxml.html.HtmlElement) -> None:
    for element in _find_comments(tree):
        own_id = element.get("id", "")
        if (
            _COMMENTS_ID.match(own_id)
            or _COMMENTS_CLASS.search(element.get("class", ""))
            or (_THREAD_ID.match(own_id) and element.tag not in _LISTS)
        ):
            delete_element(element)


def _escalate(tree: lxml.html.HtmlElement, body: _Element, text: str) -> tuple[_Element, str]:
    """Read the page again for more text, in both ways that trafilatura does, where it has found little."""
    again, again_text, just, just_text = body, "", body, ""
    with suppress(Exception):
        again, again_text = core._recall_retry(tree, _RECALL, None)
    with suppress(Exception):
        just, just_text = justext_rescue(copy(tree), _OPTIONS)
    if len(just_text) > len(again_text) and len(just_text) > core.ESCALATION_JUSTEXT_RATIO * len(text):
        return just, just_text
    if len(again_text) >= _MIN_TEXT and len(again_text) > core.ESCALATION_ACCEPT_RATIO * len(text):
        return again, again_text
    return body, text


def _stands(body: _Element, text: str, page: "_PageText") -> bool:
    """Tell whether neither readability nor justext can take the place of what was found; False where that is open."""
    if len(text) < _MIN_TEXT or next(body.iter(*_UNCLEAN), None) is not None:
        return False
    if len(body.findall(".//table")) > len(body.findall(".//p")) or not body.xpath(".//p//text()"):
        return False
    return page.holds_at_most(_READABILITY_TIMES * len(text))


class _PageText:
    """Bounds of how much text a page has, spaces trimmed as trafilatura does, each found when it is needed."""

    def __init__(self, tree: lxml.html.HtmlElement) -> None:
        self._tree = tree
        self._size: int | None = None

    @property
    def size(self) -> int:
        """The most characters that the page has outside its scripts and styles."""
        if self._size is None:
            unread = sum(max(0, _measure(one) - 1) for one in self._tree.iter("script", "style"))
            self._size = _measure(self._tree) - unread
        return self._size

    @property
    def spaced_size(self) -> int:
        """The most characters that the page has where spaces are put around its elements."""
        return self.size + 2 * int(_count_elements(self._tree))

    def measure_spaced(self) -> int:
        """Count the characters as `html2txt` gives them, which asks for each name by a regular expression."""
        tree = copy(self._tree)
        body = tree.find(".//body")
        body = tree if body is None else body
        named = [one for one in _find_named(body) if _is_consent(one.get("class")) or _is_consent(one.get("id"))]
        for element in (*_find_chrome(body), *named):
            delete_element(element)
        return len(_spaced_text(body))

    def holds_at_most(self, limit: int) -> bool:
        """Tell whether readability gives at most so many characters of text; False where that is open."""
        if next(self._tree.iter(*_VERBATIM), None) is not None:
            return False
        most = self.size + _VIDEO * sum(1 for _ in self._tree.iter("iframe"))
        if most <= limit:
            return True
        return most - self._measure_unlikely() <= limit or _Readability(copy(self._tree), limit).falls_short()

    def _measure_unlikely(self) -> int:
        """Count the least characters of what readability takes out by its name."""
        gone: set[lxml.html.HtmlElement] = set()
        size = 0
        for element in _find_unlikely(self._tree):
            gone.add(element)
            if not any(around in gone for around in element.iterancestors()):
                unread = sum(_measure(one) + 2 for one in element.iter("script", "style"))
                size += max(0, _measure(element) - unread - 1)
        return size


@lru_cache(maxsize=4096)  # the pages of a site have the same names
def _is_consent(name: str | None) -> bool:
    """Tell whether a class or an id is that of a request for consent, as html2txt tells."""
    return name is not None and _CONSENT.search(name) is not None


class _FallsShortError(Exception):
    """Readability has chosen a place, and it is too short."""


class _Readability(Document):
    """Readability that ends where what it has chosen is too short, before it cleans and writes that."""

    __slots__ = ("_limit",)

    def __init__(self, tree: lxml.html.HtmlElement, limit: int) -> None:
        super().__init__(tree)
        self._limit = limit

    def falls_short(self) -> bool:
        """Tell whether the place that readability chooses has at most so many characters."""
        try:
            self.summary()
        except _FallsShortError:
            return True
        except Exception:  # noqa: BLE001 - trafilatura takes no text of it then; whoever asks runs it
            return False
        return False

    def remove_unlikely_candidates(self) -> None:
        """Take out the same elements, of which those without a name are not asked."""
        for element in _find_unlikely(self.doc):
            element.drop_tree()

    def sanitize(self, node: lxml.html.HtmlElement, candidates: object) -> str:
        """End instead; sanitizing takes out text, and writes no more than a word into an iframe."""
        if _measure(node) + _VIDEO * sum(1 for _ in node.iter("iframe")) <= self._limit:
            raise _FallsShortError
        return ""


def _find_unlikely(tree: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """List what readability takes for no candidate by its class and its id."""
    verdicts: dict[tuple[str | None, str | None], bool] = {}
    found = []
    for element in _find_named(tree):
        names = element.get("class"), element.get("id")
        verdict = verdicts.get(names)
        if verdict is None:
            low = " ".join(filter(None, names)).lower()
            verdict = verdicts[names] = (
                REGEXES["unlikelyCandidatesRe"].search(low) is not None
                and REGEXES["okMaybeItsACandidateRe"].search(low) is None
            )
        if verdict and element.tag not in _FRAME:
            found.append(element)
    return found


def _measure(element: _Element) -> int:
    """Count the characters of an element's text, spaces trimmed."""
    return len(" ".join(element.xpath("string()", smart_strings=False).split()))
