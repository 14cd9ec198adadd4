"""The pipelines: thin adapters that call one function, count, and hand the item on."""

import ast
import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy.exceptions import DropItem
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

import pipelines
from crawler.extensions.pipelines import SynchronousPipelines
from crawler.extraction.date_choice import choose_dates
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.model import Distrust
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import build_record, finish, make_ahead
from crawler.extraction.revision import Before
from crawler.spiders.base import may_make_ahead
from items import ChangeReason, DateCandidate, DateKind, DateSource, Page, Record, RemovedReason
from pipelines.identify import Identify
from pipelines.mark_change import MarkChange
from pipelines.normalize_dates import NormalizeDates
from pipelines.strip_boilerplate import StripBoilerplate
from pipelines.validate import Validate
from settings import ITEM_PIPELINES
from tests.extraction.making import PROSE, make_blocks

FILES = sorted(path for path in Path(pipelines.__file__).parent.glob("*.py") if path.name != "__init__.py")
PAGE = extract_page(
    f"<article><p>{PROSE}</p><p>{PROSE} Again.</p></article>".encode(),
    PageContext(id="a1", url="https://bridge.example/open", collection="bridge"),
)


def dated(*raws: str) -> Page:
    candidates = tuple(DateCandidate(DateSource.META, DateKind.PUBLISHED, raw) for raw in raws)
    return replace(PAGE, date_candidates=candidates)


def test_strip_boilerplate_strips_and_counts() -> None:
    crawler = get_crawler()
    blocks = make_blocks(PROSE, "Tel: 503-555-0142", "Fax: 503-555-0143", "Privacy Policy", "© 2019 Keepers")
    page = replace(PAGE, blocks=blocks, blocks_outside=3)
    stripped = StripBoilerplate.from_crawler(crawler).process_item(page)
    expected = strip_furniture(blocks)
    assert stripped == replace(page, blocks=expected.kept, removed=expected.removed)
    assert crawler.stats.get_stats() == {
        "removed/contact": 2,
        "removed/legal": 1,
        "removed/copyright": 1,
        "removed/outside": 3,
    }


def test_strip_boilerplate_leaves_a_press_contact_that_a_site_model_left() -> None:
    pipeline = StripBoilerplate.from_crawler(get_crawler())
    page = replace(PAGE, blocks=make_blocks(PROSE, "Tel: 503-555-0142", "Privacy Policy"))
    assert len(pipeline.process_item(page).blocks) == 1
    learned = replace(page, provenance=replace(page.provenance, method="container"))
    assert pipeline.process_item(learned).blocks == page.blocks


def test_normalize_dates_dates_and_counts() -> None:
    crawler = get_crawler()
    pipeline = NormalizeDates.from_crawler(crawler)
    page = dated("2015-03-27", "2019-01-01")
    assert pipeline.process_item(page) == replace(page, dates=choose_dates(page.date_candidates))
    assert crawler.stats.get_stats() == {"dates/conflict": 1}
    assert pipeline.process_item(dated("3/4/15", "3/5/15")).dates.published is None
    assert crawler.stats.get_stats() == {"dates/conflict": 1, "dates/undated": 1, "dates/unread/ambiguous_order": 2}


def test_normalize_dates_passes_on_what_is_known_of_the_page() -> None:
    pipeline = NormalizeDates.from_crawler(get_crawler())
    assert pipeline.process_item(replace(dated("3/4/15"), date_order="DMY")).dates.published == "2015-04-03"
    assert pipeline.process_item(replace(dated("27 mars 2015"), languages=("fr",))).dates.published == "2015-03-27"
    fetched = replace(PAGE.provenance, fetched_at="2014-01-01T00:00:00Z")
    assert pipeline.process_item(replace(dated("2015-03-27"), provenance=fetched)).dates.published is None


def test_normalize_dates_passes_on_what_settles_an_order() -> None:
    pipeline = NormalizeDates.from_crawler(get_crawler())
    (candidate,) = dated("3/4/15").date_candidates
    shown = replace(PAGE, date_candidates=(replace(candidate, source=DateSource.BYLINE),))
    assert pipeline.process_item(replace(shown, languages=("de",))).dates.published == "2015-04-03"
    assert pipeline.process_item(replace(shown, languages=("en-US",))).dates.published is None
    fetched = replace(PAGE.provenance, fetched_at="2015-03-09T00:00:00Z")
    assert pipeline.process_item(replace(shown, provenance=fetched)).dates.published == "2015-03-04"


def test_normalize_dates_counts_what_a_site_taught_not_to_believe() -> None:
    crawler = get_crawler()
    pipeline = NormalizeDates.from_crawler(crawler)
    page = dated("2015-03-27", "2019-01-01")
    stamps = tuple(replace(one, place="dc.date", distrust=Distrust.CONSTANT) for one in page.date_candidates)
    dates = pipeline.process_item(replace(page, date_candidates=stamps[1:])).dates
    assert (dates.published, dates.evidence[0].place, dates.evidence[0].reason) == (None, "dc.date", "constant")
    assert crawler.stats.get_stats() == {"dates/undated": 1, "dates/unread/constant": 1}
    trusted = replace(page, date_candidates=(page.date_candidates[0], *stamps[1:]))
    assert pipeline.process_item(trusted).dates.published == "2015-03-27"
    assert crawler.stats.get_stats() == {"dates/undated": 1, "dates/unread/constant": 2}


def test_identify_makes_the_record() -> None:
    assert Identify().process_item(PAGE) == build_record(PAGE)


def test_a_record_that_was_made_before_passes() -> None:
    crawler = get_crawler()
    record = replace(build_record(PAGE), text="© 2019 Keepers", date_published=None)
    for pipeline in (StripBoilerplate.from_crawler(crawler), NormalizeDates.from_crawler(crawler), Identify()):
        assert pipeline.process_item(record) is record
    assert crawler.stats.get_stats() == {}


def test_the_pipelines_make_the_record_that_a_page_is_compared_by() -> None:
    crawler = get_crawler()
    blocks = (*PAGE.blocks, *make_blocks("Tel: 503-555-0142", "Privacy Policy"))
    page = replace(dated("2015-03-27"), blocks=blocks)
    stripped = StripBoilerplate.from_crawler(crawler).process_item(page)
    assert Identify().process_item(NormalizeDates.from_crawler(crawler).process_item(stripped)) == finish(page)


HARD = replace(
    dated("2015-03-27", "2019-01-01", "3/4/15"),
    blocks=make_blocks(PROSE, f"{PROSE} Again.", "Tel: 503-555-0142", "Privacy Policy", "© 2019 Keepers"),
    blocks_outside=3,
)


@pytest.mark.parametrize("page", [PAGE, HARD])
def test_a_record_that_was_made_ahead_is_the_same_and_counts_the_same(page: Page) -> None:
    counted = []
    for one in (page, make_ahead(page)):
        crawler = get_crawler()
        item: Page | Record = one
        for pipeline in (StripBoilerplate(crawler), NormalizeDates(crawler), Identify()):
            item = pipeline.process_item(item)
        counted.append((item, crawler.stats.get_stats()))
    assert counted[0] == counted[1]
    assert counted[0][0] == finish(page) == finish(make_ahead(page))


@pytest.mark.parametrize(
    ("changes", "ahead"),
    [
        ({}, True),
        ({"tests.test_pipelines.AddWord": 350}, True),
        ({"tests.test_pipelines.AddWord": 50}, False),
        ({"tests.test_pipelines.AddWord": 150}, False),
        ({"pipelines.strip_boilerplate.StripBoilerplate": None}, False),
        ({"pipelines.identify.Identify": 150}, False),
    ],
)
def test_records_are_made_ahead_where_nobody_else_sees_the_page(changes: dict[str, int | None], ahead: bool) -> None:
    assert may_make_ahead(Settings({"ITEM_PIPELINES": {**ITEM_PIPELINES, **changes}})) is ahead


class AddWord:
    """A pipeline of somebody else."""

    def __init__(self, word: str) -> None:
        self.word = word

    def process_item(self, item: str) -> str:
        return f"{item} {self.word}"


class AddWordLater(AddWord):
    async def process_item(self, item: str) -> str:  # type: ignore[override]
        await asyncio.sleep(0)
        return f"{item} {self.word}"


class Refuse:
    def process_item(self, item: str) -> str:
        raise DropItem("for the test")


def test_pipelines_run_in_their_order_also_those_that_wait() -> None:
    crawler = get_crawler()
    run = SynchronousPipelines(AddWord("b"), AddWordLater("c"), AddWord("d"), crawler=crawler)
    assert asyncio.run(run.process_item_async("a")) == "a b c d"
    assert set(crawler.stats.get_stats()) == {"time/pipelines"}
    with pytest.raises(DropItem, match="for the test"):
        asyncio.run(SynchronousPipelines(AddWord("b"), Refuse(), crawler=crawler).process_item_async("a"))


RECORD = build_record(PAGE)


def mark(record: Record, spider: object) -> tuple[Record, dict[str, object]]:
    crawler = get_crawler()
    crawler.spider = spider  # type: ignore[assignment]
    return MarkChange.from_crawler(crawler).process_item(record), crawler.stats.get_stats()


def test_mark_change_compares_with_nothing_where_nothing_is_kept() -> None:
    assert mark(RECORD, SimpleNamespace()) == (RECORD, {})


@pytest.mark.parametrize(
    ("before", "change", "reason", "revision", "stat"),
    [
        (None, "new", None, 1, "new"),
        (Before(3, RECORD.digest), "unchanged", None, 3, "unchanged"),
        (Before(3, "other"), "changed", ChangeReason.EDIT, 4, "changed/edit"),
        (Before(3, "other", leaves=ChangeReason.MOVED), "gone", ChangeReason.MOVED, 4, "gone/moved"),
    ],
)
def test_mark_change_says_what_became_of_a_record_and_counts_it_once(
    before: Before | None, change: str, reason: ChangeReason | None, revision: int, stat: str
) -> None:
    known = {"https://bridge.example/other": Before(9, RECORD.digest)}
    if before is not None:
        known[RECORD.url] = before
    expected = replace(RECORD, change=change, change_reason=reason, revision=revision)  # type: ignore[arg-type]
    spider = SimpleNamespace(before=known, publishing=True)
    assert mark(RECORD, spider) == (expected, {f"records/change/{stat}": 1})
    arriving = SimpleNamespace(before=known, publishing=False)
    assert mark(RECORD, arriving) == (expected, {}), "it is counted when all is published"


def test_validate_hands_on_the_good_and_drops_the_rest_with_a_reason() -> None:
    record = build_record(PAGE)
    assert Validate().process_item(record) is record
    with pytest.raises(DropItem, match=r"^no_text$"):
        Validate().process_item(replace(record, text=""))
    with pytest.raises(DropItem, match=r"^invalid_title$"):
        Validate().process_item(replace(record, title=5))  # type: ignore[arg-type]


def test_every_reason_for_removal_is_one_word_in_a_stat() -> None:
    assert all(str(reason) == reason.value and reason.value.replace("_", "").isalpha() for reason in RemovedReason)


def test_there_are_pipelines() -> None:
    assert len(FILES) >= 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_pipeline_is_one_small_class_around_one_function_of_the_core(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 80
    tree = ast.parse(source)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert [one.name for one in classes] == ["".join(word.capitalize() for word in path.stem.split("_"))]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    core = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("crawler.extraction")
        for alias in node.names
    ]
    assert len(core) == 1
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert calls.count(core[0]) == 1
