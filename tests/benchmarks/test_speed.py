"""The short form of `make speed`: a handful of pages through all that measures, what the judge says, and the page.

Figures are held with a wide margin only: other tests run beside this one.
"""

import asyncio
import re
from gzip import compress
from pathlib import Path

import pytest

from benchmarks import (
    speed,
    speed_costs,
    speed_growth,
    speed_learning,
    speed_pages,
    speed_replay,
    speed_worker,
    speed_workers,
)
from benchmarks.corpora import FOLDER, GoldPage, load_pages
from benchmarks.peers import PeerText
from benchmarks.speed_collection import Collection, build, copy_pages, vary
from benchmarks.speed_costs import Work, measure_costs
from benchmarks.speed_growth import measure_growth
from benchmarks.speed_learning import SAMPLE, Learning, extract_all, learn_site, measure, measure_learning
from benchmarks.speed_pages import PARSE, TRAFILATURA, Costs, learn_corpus, measure_pages
from benchmarks.speed_replay import Run, find_rate, measure_replays, pool, replay
from benchmarks.speed_report import (
    HEADINGS,
    MACHINE,
    PAGES,
    REPLAY,
    REPORT,
    STAGES,
    SUMMARY,
    TARGETS,
    Section,
    assemble,
    describe_machine,
)
from benchmarks.speed_site import make_odd_pages, make_page, name_page, write_odd_pages, write_pages
from benchmarks.speed_stages import ALL_STAGES, StageClock, measure_stages
from benchmarks.speed_targets import FLOOR, LEARNING, MEMORY, SINGLE, Figure, find_shortfalls, summarize
from benchmarks.speed_worker import OURS, make_reader
from crawler.extraction.page import LearnedSite, PageContext, extract_page
from items import Page

NAMES = (OURS, TRAFILATURA, PARSE)
BROKEN = b"%PDF-1.4"
LOOSE_LEARNED = 1.0  # times trafilatura's CPU time, on the synthetic site; beside other tests
LOOSE_SINGLE = LOOSE_LEARNING = 2.5  # likewise


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[GoldPage], Path]:
    """Sixty pages, and the folder of what was learned of them."""
    folder = tmp_path_factory.mktemp("site")
    pages = write_pages(folder, range(60))
    learn_corpus(pages, folder)
    return pages, folder


# --- The pages --------------------------------------------------------------------------------------------------------


def test_pages_are_the_same_each_time_and_differ() -> None:
    pages = [make_page(number) for number in range(50)]
    assert pages == [make_page(number) for number in range(50)]
    assert len(set(pages)) == 50
    assert len({name_page(number) for number in range(5000)}) == 5000
    assert 8_000 < sum(map(len, pages)) / 50 < 20_000


def test_the_site_is_learned(site: tuple[list[GoldPage], Path]) -> None:
    pages, folder = site
    found = make_reader(folder)(pages[7].body(), pages[7].url)
    unlearned = make_reader(None)(pages[7].body(), pages[7].url)
    assert found.date == unlearned.date == "2001-02-20"
    assert found.text.splitlines()[0] not in ("", "Latest news")
    for line in ("Latest news", "Press enquiries", "Send by mail", "Subscribe"):
        assert line not in found.text


def test_pages_are_read_by_what_was_learned(site: tuple[list[GoldPage], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    pages, folder = site
    used: list[bool] = []

    def extract(body: bytes, context: PageContext, site: LearnedSite | None) -> Page:
        used.append(site is not None)
        return extract_page(body, context, site)

    monkeypatch.setattr(speed_worker, "extract_page", extract)
    for models in (folder, None):
        make_reader(models)(pages[7].body(), pages[7].url)
    assert used == [True, False]


def test_a_copy_says_something_else() -> None:
    longest = b"A paragraph of the page that is longer than the others are, by a good deal."
    body = b"<title>%b</title><script>if (a>1) {%b}</script><p>short</p><p>%b</p><p>%b</p>" % (
        *(longest * 3, longest * 2),
        *(longest[:60], longest),
    )
    assert vary(body, 0) == body
    assert vary(body, 3) == body.replace(longest + b"</p>", longest + b" This is copy 3 of the page.</p>")
    assert vary(b"<p>short</p>", 3) == b"<p>short</p>"


def test_copies_are_other_pages(tmp_path: Path) -> None:
    pages = write_pages(tmp_path, range(4))
    copies = copy_pages([*pages, pages[0]], 10)
    assert len(copies) == 10
    assert list(copies)[:4] == [page.url for page in pages]
    assert copies[pages[0].url]() == make_page(0)
    assert len({body() for body in copies.values()}) == 10
    assert sum("?copy=2" in url for url in copies) == 2


# --- One process ------------------------------------------------------------------------------------------------------


def test_a_learned_site_costs_less_than_trafilatura(site: tuple[list[GoldPage], Path], tmp_path: Path) -> None:
    pages, folder = site
    costs = measure_pages(pages, NAMES, write_odd_pages(tmp_path), models=folder, rounds=3)
    assert list(costs) == list(NAMES)
    ours, trafilatura, floor = costs.values()
    for one in costs.values():
        assert [len(each) for each in one.rounds] == [20, 20, 20]
        assert one.failed == 0
        assert one.peak_mb > 15
        assert re.match(r"\d+\.\d", one.version)
    assert max(floor.pages) < 500  # nothing is loaded while it is timed
    assert floor.median < trafilatura.median / 4
    assert ours.median < LOOSE_LEARNED * trafilatura.median
    assert len(ours.over(floor)) == 3
    assert floor.peak_mb < min(ours.peak_mb, trafilatura.peak_mb)  # each has loaded nothing but its own


def test_each_page_is_read_once_by_each_after_warming_up(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[str, str]] = []

    class Process:
        version = "1"
        pid = 0

        def __init__(self, name: str, *_: str) -> None:
            self.name = name

        def read(self, page: GoldPage, _: float) -> PeerText:
            read.append((self.name, page.file))
            return PeerText("", None, cpu_ms=2.0)

        def close(self) -> None:
            pass

    monkeypatch.setattr(speed_pages, "PeerProcess", Process)
    pages, odd = ([GoldPage("", f"{kind}{number}", "", {}) for number in range(12)] for kind in ("page", "odd"))
    costs = measure_pages(pages, NAMES, odd, rounds=6)
    assert read[:36] == [(name, page.file) for name in NAMES for page in odd]
    assert sorted(read[36:]) == sorted((name, page.file) for name in NAMES for page in pages)
    assert len({tuple(name for name, _ in read[begin : begin + 6]) for begin in range(36, 72, 6)}) > 1  # orders
    for begin in range(36, 72, 6):  # a round of two pages: all read the same ones
        assert len({file for _, file in read[begin : begin + 6]}) == 2
    assert {tuple(one.pages) for one in costs.values()} == {(2.0,) * 12}


def test_all_is_loaded_before_pages_are_timed(tmp_path: Path) -> None:
    """A line that is a date in no language makes dateparser load all of its languages, which takes seconds."""
    file = tmp_path / "page.html.gz"
    file.write_bytes(compress(b"<h1>Water</h1><p class=date>When: Monday 16 August, 7.15 - 10.45</p><p>The river.</p>"))
    page = GoldPage("", str(file), "https://x.example.org/", {})
    cold, warm = (
        measure_pages([page], [TRAFILATURA], warm_up, rounds=1)[TRAFILATURA].mean
        for warm_up in ([], write_odd_pages(tmp_path))
    )
    assert warm < cold / 4


def test_what_fails_is_counted(tmp_path: Path) -> None:
    pages = write_pages(tmp_path, range(4))
    Path(pages[1].file).write_bytes(pages[1].path.read_bytes()[:100])  # the page's process ends with an error
    broken = tmp_path / "broken.html.gz"
    broken.write_bytes(compress(BROKEN))
    costs = measure_pages(
        [*pages, GoldPage("", str(broken), "https://x.example.org/", {})], (OURS, PARSE), [], rounds=1
    )
    ours, floor = costs[OURS], costs[PARSE]
    assert len(ours.rounds[0]) == len(floor.rounds[0]) == 4  # nobody's time of the page that ended a process counts
    assert ours.failed == 2
    assert floor.failed == 1


def test_ratios_are_taken_within_the_round() -> None:
    ours = Costs("ours", "1", [[1.0, 3.0], [2.0]], 0, 0.0)
    theirs = Costs("theirs", "1", [[2.0, 6.0], [1.0]], 0, 0.0)
    assert ours.over(theirs) == [0.5, 2.0]
    assert (ours.mean, ours.median) == (2.0, 2.0)
    assert theirs.pages == [2.0, 6.0, 1.0]


def test_each_stage_is_timed(site: tuple[list[GoldPage], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    pages, folder = site
    Path(folder, "not-a-page.html.gz").write_bytes(compress(BROKEN))
    ticks = iter(range(0, 10**12, 10**6))  # each reading of the clock is a millisecond after the last
    monkeypatch.setattr("benchmarks.speed_stages.process_time_ns", lambda: next(ticks))
    learned = measure_stages(pages[:4], [], folder)
    assert learned == {stage: float(stage != "generic") for stage in ALL_STAGES}
    broken = GoldPage("", str(folder / "not-a-page.html.gz"), "https://x.example.org/", {})
    unknown = measure_stages([*pages[:3], broken], pages[:1])
    assert unknown == {stage: 0.75 * (stage != "container") for stage in ALL_STAGES}


def test_the_clock_begins_with_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter((5, 7, 100, 101))
    monkeypatch.setattr("benchmarks.speed_stages.process_time_ns", lambda: next(ticks))
    clock = StageClock()
    clock.begin()
    clock.lap("parse")
    clock.begin()
    clock.lap("parse")
    assert clock.spent["parse"] == 3


def test_tables_of_single_and_learned_pages(
    site: tuple[list[GoldPage], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed_costs, "find_contestants", lambda: list(NAMES))
    works = {Work("single", every=5, learned=False): site[0], Work("learned", every=3, learned=True): site[0]}
    pages, stages = measure_costs(tmp_path, works, rounds=2)
    assert (pages.heading, stages.heading) == (PAGES, STAGES)
    assert [(one.target, one.of, len(one.values)) for one in pages.figures] == [
        (SINGLE, "single", 2),
        (FLOOR, "learned", 2),
    ]
    text = "\n".join(pages.lines)
    assert f"{len(list(make_odd_pages()))} pages that are not counted" in text
    assert "`single`, 12 pages; unknown pages:" in text
    assert "`learned`, 20 pages; a site that was learned from its 60 pages:" in text
    assert text.count(f"| {TRAFILATURA} 2") == 2
    rows = {line.split("|")[1].strip(" `"): line for line in stages.lines if line.startswith("| `")}
    assert tuple(rows) == ALL_STAGES
    assert "| 0.00 (0%) |" in rows["container"]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
def test_real_pages_are_read(tmp_path: Path) -> None:
    for work in speed.WORKS:
        pages = load_pages(work.corpus)
        assert len(pages[:: work.every]) >= 150
    costs = measure_pages(load_pages("article-extraction-benchmark")[::30], NAMES, write_odd_pages(tmp_path), rounds=1)
    assert costs[OURS].failed == 0
    assert costs[OURS].median < LOOSE_SINGLE * costs[TRAFILATURA].median


# --- Two processes ----------------------------------------------------------------------------------------------------


def test_a_collection_is_replayed(
    site: tuple[list[GoldPage], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    once: list[Run] = []

    def replay_once(collection: Collection, workers: int) -> Run:
        asked.append(workers)
        once[:] = once or [replay(collection, workers)]
        return once[0]

    def measure_once(collection: Collection, workers: int, rate: list[float] = []) -> float:  # noqa: B006 - kept
        rate[:] = rate or [speed_workers.measure(collection, workers)]
        return workers * rate[0]

    monkeypatch.setattr(speed_replay, "replay", replay_once)
    monkeypatch.setattr(speed_replay, "measure_workers", measure_once)
    replayed, scaled = measure_replays(tmp_path, {"synthetic": (site[0], 90)}, rounds=1)
    assert not list(tmp_path.iterdir())
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in replayed.lines if line.startswith("| `")]
    assert [row[:3] for row in rows] == [
        ["`synthetic`", "90", name]
        for name in ("replay, 2 workers", "replay, 1 worker", "trafilatura, pool of 2", "**times trafilatura**")
    ]
    for row in rows[:3]:
        seconds, whole, _, cpu, main, main_mb, worker_mb = map(float, row[3:])
        assert whole == pytest.approx(90 / seconds, rel=0.2)
        # The system counts hundredths of a second; the pool's main process does nothing but wait.
        assert cpu >= main >= 0
        assert main > 0 or "pool" in row[2]
        assert main_mb > 10
        assert worker_mb > 10
    (whole_command,) = replayed.figures
    assert 0.05 < whole_command.middle < 20
    assert sorted(asked) == [1, 2]
    assert once[0].lines == 90  # of 60 pages and 30 copies: each has a record
    assert [(one.of, one.middle) for one in scaled.figures] == [
        ("synthetic, replay, while the feed grows", 1.0),
        ("synthetic, workers alone", 2.0),
    ]


def test_too_few_lines_are_no_measurement(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = build(tmp_path / "all", [name_page(number) for number in range(3)], lambda _: make_page(0))
    with pytest.raises(SystemExit, match=r"benchmarks.speed_pool .* 3 lines of 4 pages"):
        pool(Collection(whole.folder, 4))
    whole.bodies.unlink()
    with pytest.raises(SystemExit, match=r"benchmarks.speed_pool .* status 1"):
        pool(whole)
    assert "FileNotFoundError" in capfd.readouterr().err


def test_workers_that_read_nothing_are_no_measurement(tmp_path: Path) -> None:
    collection = build(tmp_path / "all", [name_page(number) for number in range(12)], lambda _: BROKEN)
    with pytest.raises(SystemExit, match="12 of 12 pages"):
        asyncio.run(speed_workers.publish_all(collection, 1))


def test_the_rate_is_that_of_the_lines_in_between(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    feed.write_bytes(b"four\n" * 10)
    assert find_rate(feed, [(1.0, 12), (3.0, 50)]) == (10, 4.0)  # two lines and a half before, eight in two seconds
    assert find_rate(feed, [(1.0, 50)]) == (10, 0.0)


# --- Learning and growth ----------------------------------------------------------------------------------------------


def test_learning_is_measured(
    site: tuple[list[GoldPage], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [(page.url, page.body()) for page in site[0]]
    learned, extracted = learn_site(pages), extract_all(pages)
    assert learned.pages == extracted.pages == 60
    assert learned.learning > 0
    assert 0 < learned.seconds < LOOSE_LEARNING * extracted.seconds
    collection = build(tmp_path / "own", [page.url for page in site[0]], dict(pages).__getitem__)
    assert measure(SAMPLE, collection).pages == 60
    given = {"learning": Learning(90, 2.0, 1.0), "sample": Learning(40, 1.0, 1.0), "trafilatura": Learning(90, 4.0)}
    monkeypatch.setattr(speed_learning, "measure", lambda name, _: given[name])
    section = measure_learning(tmp_path, "any", site[0], 90, rounds=2)
    (figure,) = section.figures
    assert (figure.target, figure.of, list(figure.values)) == (LEARNING, "any", [0.5, 0.5])
    assert [line.split("|")[2].strip() for line in section.lines[-3:]] == ["90", "40", "90"]


def test_growth_compares_the_largest_with_the_smallest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(collection: object, workers: int = 0) -> Run:
        pages = collection.pages  # type: ignore[attr-defined]
        return Run(pages, pages, 10.0, 5.0, 2.0, 1.0, main_mb=100.0 + pages, worker_mb=90.0)

    monkeypatch.setattr(speed_growth, "crawl", run)
    monkeypatch.setattr(speed_growth, "replay", run)
    section = measure_growth(tmp_path, [30, 70])
    assert [(one.target, one.of, list(one.values)) for one in section.figures] == [(MEMORY, "70 over 30", [40.0])]
    assert section.lines[-1] == "| 70 | replay | 10.0 | 5 | 28.57 | 14.29 | 170 | 90 |"
    assert measure_growth(tmp_path, [30]).figures == []


# --- The judge and the page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "verdict"),
    [([0.9, 0.9, 2.0], "below the must"), ([1.0, 9.0, 0.1], "below the aim"), ([1.3], "well")],
)
def test_the_median_decides(values: list[float], verdict: str) -> None:
    figure = Figure(SINGLE, "pages", values)
    assert figure.verdict == verdict
    assert summarize([figure]).endswith(f": {verdict}")
    assert bool(find_shortfalls([figure])) is (verdict == "below the must")


def test_less_may_be_better() -> None:
    assert [Figure(FLOOR, "site", [value]).verdict for value in (1.5, 4.0, 4.1)] == [
        "well",
        "below the aim",
        "below the must",
    ]
    assert find_shortfalls([Figure(MEMORY, "100 over 1", [51.2])]) == [
        f"{MEMORY.work} (100 over 1): 51 MB, must be ≤ 50 MB"
    ]
    held, missed = Figure(FLOOR, "site", [1.0]), Figure(FLOOR, "other", [9.0])
    assert summarize([held, missed]) == "speed: 1 of 2 musts held, 1 aims reached: below the must"


def test_musts_are_those_of_the_program() -> None:
    assert {(one.must, one.aim, one.at_most) for each in TARGETS.values() for one in each} == {
        *((4.0, 8.0, False), (4.0, 1.5, True), (1.0, 1.3, False), (1.7, 1.9, False)),
        *((1.0, 0.3, True), (50.0, 5.0, True)),
    }


def test_a_run_replaces_what_it_measured() -> None:
    first = assemble(
        "",
        [
            Section(PAGES, ["of the pages"], [Figure(SINGLE, "a", [1.0]), Figure(SINGLE, "b", [2.0])]),
            Section(HEADINGS[-1], ["of growth"], [Figure(MEMORY, "10 over 1", [3.0])]),
        ],
        "2030-01-02",
        ["2 × Processor", "System"],
    )
    assert re.findall(r"^## (.+)$", first, re.MULTILINE) == ["What must be reached", "The machine", PAGES, HEADINGS[-1]]
    second = assemble(
        first,
        [Section(PAGES, ["anew"], [Figure(SINGLE, "a", [0.5, 0.7, 0.9])]), Section(REPLAY, ["of a replay"])],
        "2030-02-03",
        ["3 × Processor"],
    )
    assert re.findall(r"^## (.+)$", second, re.MULTILINE)[2:] == [PAGES, REPLAY, HEADINGS[-1]]
    assert "of the pages" not in second
    assert "anew\n\nMeasured on 2030-02-03, on 3 × Processor.\n" in second
    assert "of growth\n\nMeasured on 2030-01-02, on 2 × Processor.\n" in second
    assert "- System" not in second
    rows = [line for line in second.splitlines() if line.startswith(("| single", "| memory"))]
    assert rows == [
        f"| {SINGLE.work} | a | ≥ 1 × | ≥ 1.3 × | 0.70 × | 0.50 × to 0.90 × | below the must | 2030-02-03 |",
        f"| {MEMORY.work} | 10 over 1 | ≤ 50 MB | ≤ 5 MB | 3 MB | - | well | 2030-01-02 |",
    ]
    assert assemble(second, [], "2030-02-03", ["3 × Processor"]) == second
    assert MEMORY.work not in assemble(second, [Section(HEADINGS[-1], ["of one size"])], "2030-02-03", [""])
    assert SINGLE.work not in assemble(second.replace(SINGLE.work, "other work"), [], "2030-02-03", ["3 × Processor"])


def test_the_page_is_as_it_was_written() -> None:
    page = REPORT.read_text("utf-8")
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings == [one for one in (SUMMARY, MACHINE, *HEADINGS) if one in headings]
    machine = re.findall(r"^- (.+)$", page.partition(f"## {MACHINE}")[2].partition("\n## ")[0], re.MULTILINE)
    assert assemble(page, [], "2030-01-02", machine) == page
    limits = {
        target.work: [target.show_limit(target.must), target.show_limit(target.aim)]
        for each in TARGETS.values()
        for target in each
    }
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row[0] in limits and row[2:4] != limits[row[0]]] == []


def test_the_machine_has_no_name() -> None:
    processor, *rest = describe_machine()
    assert re.fullmatch(r"\d+ × .+, \d+ GB of memory", processor)
    assert any("Python" in line for line in rest)
    assert "trafilatura 2" in rest[-1]
    assert not any("/" in line for line in rest)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "performance.md"
    given = ["--report", str(page)]
    monkeypatch.setattr(speed, "FOLDER", tmp_path)
    parts = {
        "good": lambda _: [Section(PAGES, ["good"], [Figure(SINGLE, "a", [1.1])])],
        "bad": lambda _: [Section(REPLAY, ["bad"], [Figure(FLOOR, "a", [9.0])])],
    }
    monkeypatch.setattr(speed, "PARTS", parts)
    assert speed.main(["good", *given]) == 0
    assert capsys.readouterr().out == "speed: 1 of 1 musts held, 0 aims reached: below the aim\n"
    assert speed.main(given) == 1
    printed = capsys.readouterr()
    assert printed.out == "speed: 1 of 2 musts held, 0 aims reached: below the must\n"
    assert printed.err == f"speed: {FLOOR.work} (a): 9.00 ×, must be ≤ 4 ×\n"
    assert "\ngood\n" in page.read_text("utf-8")
    asked: list[list[int]] = []

    def measure_growth(_: Path, sizes: list[int]) -> Section:
        asked.append(sizes)
        return Section(HEADINGS[-1], ["of growth"])

    monkeypatch.setattr(speed, "measure_growth", measure_growth)
    monkeypatch.setattr(speed, "FOLDER", tmp_path / "none")
    assert speed.main(["--growth", "--pages", "20,30", *given]) == 0
    assert asked == [[20, 30]]
    assert "\ngood\n" in page.read_text("utf-8")
    assert speed.main(given) == 2
    assert "../shared/corpora is missing" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        speed.main(["none"])
