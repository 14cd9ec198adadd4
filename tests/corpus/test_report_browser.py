"""The report in a real browser: it needs no network, runs nothing, can be read by keyboard and on a narrow screen."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from crawler.corpus.reporting.page.whole import render_report
from tests.corpus.report_making import make_report, record, removed
from tests.corpus.test_report_page import HOST, hostile_model, hostile_records

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",  # of root, whom the sandbox refuses
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# WCAG 2.0 to 2.2, levels A and AA, and what axe itself recommends.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 800}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: this test opens the report in it")


@dataclass
class Opened:
    """A report in the browser, and all that it said or asked for."""

    page: Page
    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("request", self.note)
        self.page.on("dialog", self.refuse)

    def note(self, request: Request) -> None:
        self.asked.append(request.url)

    def refuse(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two reports: of ordinary records, with all that a report can hold, and of hostile ones."""
    made = tmp_path_factory.mktemp("reports")
    many = [
        record(
            number,
            f"Paragraph {number} of a record.\n\n" * (2 + number % 40),
            date=(f"{1990 + number % 33}-0{1 + number % 9}-11", f"{2000 + number % 9}", None)[min(number % 7, 2) % 3],
            document_type=("Press Release", "News", "Brief", None)[number % 4],
            removed=[removed("Share this page", "share", 1), removed("Home", "template", 2, 40)] * (number % 3),
            provenance={
                "fetched_at": f"2026-0{1 + number % 5}-01T00:00:00Z",
                "method": ("container", "own")[number % 2],
            },
        )
        for number in range(120)
    ]
    (made / "ordinary.html").write_bytes(render_report(make_report(many)))
    hostile = make_report(hostile_records(), models={HOST: hostile_model()})
    (made / "hostile.html").write_bytes(render_report(hostile))
    return made


@pytest.fixture(params=["ordinary", "hostile"])
def opened(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    page = browser.new_page(viewport=WIDE)  # type: ignore[arg-type]
    found = Opened(page)
    found.listen()
    page.goto((folder / f"{request.param}.html").as_uri())
    yield found
    page.close()


def test_it_asks_for_nothing_and_runs_nothing(opened: Opened) -> None:
    page = opened.page
    title = page.title()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.wait_for_timeout(200)
    assert opened.asked == [page.url]
    assert opened.console == []
    assert opened.dialogs == []
    assert page.title() == title == "Corpus report: office"
    assert page.evaluate("document.scripts.length + document.images.length + document.styleSheets.length") == 1


def test_its_style_counts(opened: Opened) -> None:
    """The hash in the policy is that of the style; what stands in a style of others has no effect."""
    assert opened.page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") == "600"
    assert opened.page.evaluate("getComputedStyle(document.body).display") == "block"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_is_accessible(opened: Opened, size: dict[str, int]) -> None:
    page = opened.page
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", [320, 400, 768, 1280])
def test_the_page_itself_never_scrolls_sideways(opened: Opened, width: int) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_can_be_gone_through_by_keyboard(opened: Opened) -> None:
    page = opened.page
    active = "document.activeElement"
    page.keyboard.press("Tab")
    assert page.evaluate(f"{active}.textContent") == "Skip to the report"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["x"] >= 0  # it is seen while it has the focus
    assert page.evaluate(f"getComputedStyle({active}).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    assert page.evaluate(f"{active}.id") == "main"
    count = page.evaluate("document.querySelectorAll('main a[href], main summary, main [tabindex=\"0\"]').length")
    met = []
    for _ in range(count):
        page.keyboard.press("Tab")
        met.append(page.evaluate(f"[{active}.tagName, {active}.getAttribute('aria-label') || {active}.textContent]"))
        if met[-1][1].startswith("Removed from record 20") or met[-1][0] == "BODY":
            break
    labels = [label for _, label in met]
    assert "Records by year and month of publication" in labels
    kept = [label for label in labels if label.startswith("Kept text of record")]
    assert kept == [f"Kept text of record {number}" for number in range(1, len(kept) + 1)]
    assert len(kept) >= 14
    assert "SUMMARY" in {tag for tag, _ in met}


def test_a_region_scrolls_by_keyboard(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport=NARROW)  # type: ignore[arg-type]
    page.goto((folder / "ordinary.html").as_uri())
    region = page.get_by_role("region", name="Records by year and month of publication")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    assert region.evaluate("node => node.scrollLeft") > 0
    page.close()


def test_pictures_have_names_and_tables(opened: Opened) -> None:
    page = opened.page
    for picture in page.get_by_role("img").all():
        assert picture.locator("title").text_content()
        assert picture.locator("desc").text_content()
    assert page.get_by_role("img").count() >= 2
    assert page.get_by_text("The numbers as a table").count() >= 2
    assert page.get_by_role("heading", level=1).count() == 1


def test_what_is_written_from_right_to_left_stays_in_its_place(browser: Browser, folder: Path) -> None:
    """A title that turns the direction does not move what stands beside it."""
    page = browser.new_page(viewport=WIDE)  # type: ignore[arg-type]
    page.goto((folder / "hostile.html").as_uri())
    places = page.evaluate(
        """() => [...document.querySelectorAll('article')].map(article => {
            const facts = article.querySelectorAll('p.meta')[1];
            const code = facts.querySelector('code').getBoundingClientRect();
            const first = facts.querySelector('bdi').getBoundingClientRect();
            return first.top < code.top || first.left < code.left;
        })"""
    )
    assert len(places) > 10
    assert all(places)
    direction = "[...document.querySelectorAll('.plain')].filter(one => one.matches(':dir(rtl)')).length"
    assert page.evaluate(direction) >= 4  # Hebrew and Arabic, kept and removed
    page.close()


def test_it_prints_whole(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport=WIDE)  # type: ignore[arg-type]
    page.goto((folder / "ordinary.html").as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.text')).maxHeight") == "none"
    assert page.evaluate(
        "[...document.querySelectorAll('.text')].every(one => one.scrollHeight <= one.clientHeight + 1)"
    )
    assert page.pdf()[:5] == b"%PDF-"
    page.close()
