"""An explanation, shown: in a terminal, and as one page that needs nothing and trusts nothing."""

import re
from html.parser import HTMLParser
from io import StringIO

import pytest
from rich.console import Console

from crawler.explain_html import REASONS, render_explanation
from crawler.explain_report import print_explanation
from crawler.extraction.explain import Explanation, explain_page
from crawler.extraction.model import Layout, Place, Position, Rule, SiteModel, Template
from crawler.extraction.page import PageContext
from crawler.model_report import print_site, shorten_ids
from items import RemovedReason
from tests.extraction.making import PROSE

CONTEXT = PageContext(id="a1", url="https://bridge.example/?a=1&b=<2>", collection="bridge")
HOSTILE = '&lt;script&gt;alert(1)&lt;/script&gt; &lt;b onclick="x"&gt; &amp;amp; $title [bold] :smile: \x9b2J'
BODY = (
    f"<html lang='en\"><x'><head><title>On {HOSTILE}</title></head><body><nav><p>Menu {HOSTILE}</p></nav><article>"
    f"<h1>On {HOSTILE}</h1><p>By Ana Lee</p><p>{PROSE} {HOSTILE}</p><ul><li>{PROSE} Once.</li><li>{PROSE} Twice.</li>"
    f"</ul><pre>one\n  two</pre><p>{PROSE} Thrice.</p></article></body></html>"
).encode()


class Tags(HTMLParser):
    """What a page consists of; every element that is opened must be closed in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "col"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def explained() -> Explanation:
    return explain_page(BODY, CONTEXT)


def test_the_page_is_sound_and_needs_nothing(explained: Explanation) -> None:
    page = render_explanation(explained)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    names = [name for name, _ in tags.seen]
    assert {"title", "main", "h1", "caption", "th"} <= set(names)
    assert not {"script", "link", "img", "iframe", "a", "b"} & set(names)
    attributes = {key for _, given in tags.seen for key in given}
    assert attributes <= {"lang", "dir", "charset", "name", "content", "http-equiv", "class", "scope", "open"}
    assert [given["scope"] for name, given in tags.seen if name == "th"] == ["col", "col"]
    assert ("html", {"lang": "en"}) in tags.seen
    assert "http" not in re.sub(r"<dd>.*?</dd>|http-equiv", "", page)
    for row in explained.rows:
        assert row.text in tags.text
    assert "$title" in tags.text, "what stands on a page is no template"


def test_every_reason_is_explained(explained: Explanation) -> None:
    assert set(REASONS) == set(RemovedReason)
    assert REASONS[RemovedReason.BYLINE] in render_explanation(explained)


def show(explained: Explanation, *, terminal: bool, width: int) -> str:
    file = StringIO()
    print_explanation(Console(file=file, force_terminal=terminal, width=width, color_system=None), explained)
    return file.getvalue()


@pytest.mark.parametrize(("terminal", "width"), [(False, 200), (True, 80)])
def test_lines_where_there_is_no_room_for_columns(explained: Explanation, terminal: bool, width: int) -> None:
    facts, _, blocks = show(explained, terminal=terminal, width=width).partition("\n\n")
    assert "method     generic" in facts
    kept = [line[2:] for line in blocks.splitlines() if line.startswith("+ ")]
    assert "\n".join(kept) == re.sub(r"\n+", "\n", explained.text).replace("\x9b", "\ufffd")
    removed = [line for line in blocks.splitlines() if line.startswith("- ")]
    assert removed[0].startswith("- [outside] Menu <script>")
    assert "- [byline] By Ana Lee" in removed
    assert len(kept) + len(removed) == len(blocks.splitlines())


def test_two_columns(explained: Explanation) -> None:
    shown = show(explained, terminal=True, width=120)
    assert re.search(r"^kept .*removed", shown, re.MULTILINE)
    assert re.search(r"^ {40,}.*byline: By Ana Lee", shown, re.MULTILINE)
    assert "[bold]" in shown
    assert ":smile:" in shown
    assert "\x9b" not in shown


def test_what_is_learned_fits_on_a_line() -> None:
    text = "Long " * 60
    templates = [
        Template(f"0123456{number}{'a' * 8}", text, Rule.TEMPLATE, Place.TAIL, "p", pages=4, of=8, fixed=False)
        for number in range(2)
    ]
    place = Position("01234567b", "div.tags", Rule.FIELD, Place.TAIL, pages=6, of=8, examples=("[red]Fish[/red]",))
    model = SiteModel("a.example", 8, 8, layouts=(Layout("div.a", 5, 5, 1.0, tuple(templates), (place,)),))
    file = StringIO()
    print_site(Console(file=file, width=100, markup=False, highlight=False), model, frame=True)
    lines = file.getvalue().splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert [line.split()[0] for line in lines if "template " in line] == ["01234560", "01234561"]
    assert any(line.startswith("01234567  field") and "at div.tags: [red]Fish[/red]" in line for line in lines)
    alike = ["aaaaaaaaa1", "aaaaaaaaa2"]
    assert shorten_ids([*alike, "b"]) == {one: one for one in (*alike, "b")}
