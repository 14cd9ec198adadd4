"""Documentation is tested: what the program knows, the docs name, and what they name, it knows."""

import ast
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler import verdict
from crawler.commands import templates
from crawler.corpus.verifying import verification
from crawler.discovery import novelty, page_kind, shapes, urls, waves
from crawler.discovery.due import Why
from crawler.discovery.scoring import Evidence
from crawler.extraction import date_choice, document
from crawler.extraction.dates import parse_date
from crawler.extraction.model import Distrust, Place, Rule
from crawler.extraction.page import STAGES
from crawler.organizations.schema import SECTIONS, Organization
from crawler.outcomes import Outcome
from crawler.spiders import following
from crawler.spiders.documents import DocumentsSpider
from crawler.spiders.organization import OrganizationSpider
from crawler.spiders.pages import PagesSpider
from crawler.spiders.replay import ReplaySpider
from crawler.storage.ledger import UNFINISHED, State
from items import ChangeReason, DateEvidence, DateKind, DateSource, Link, Provenance, Record, Removed, RemovedReason
from settings import ITEM_PIPELINES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = [
    ROOT / "settings.py",
    ROOT / "items.py",
    *(ROOT / "crawler").rglob("*.py"),
    *(ROOT / "pipelines").glob("*.py"),
]
RECORD_SECTIONS = (
    "Which document it is",
    "The catalog entry",
    "Dates",
    "The text",
    "Comparing runs",
    "How it came to be",
)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def section(name: str, title: str) -> str:
    """Give what stands below a heading of a page, up to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", without_code(read(name)), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no heading {title!r}"
    return found[1]


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


def first_cells(name: str, *titles: str) -> set[str]:
    """Give the words in backticks in the first cells of the tables below some headings."""
    cells = [row.split("|")[1] for title in titles for row in section(name, title).splitlines() if row.startswith("|")]
    words = {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
    assert words, f"{name}: no table below {titles}"
    return words


def sources() -> Iterator[str]:
    return (path.read_text("utf-8") for path in SOURCES)


def found_in_sources(pattern: str) -> set[str]:
    found = {word for source in sources() for word in re.findall(pattern, source, re.DOTALL)}
    assert found, f"nothing in the sources matches {pattern}: the test looks for the wrong thing"
    return found


# --- The record -----------------------------------------------------------------------------------------------------


def names(item: Any) -> set[str]:
    return {field.name for field in fields(item)}


def test_record_fields() -> None:
    assert first_cells("docs/record.md", *RECORD_SECTIONS) == names(Record)


@pytest.mark.parametrize("part", [Link, Removed, DateEvidence, Provenance])
def test_fields_of_parts(part: Any) -> None:
    assert first_cells("docs/record.md", part.__name__) == names(part)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Reasons for removal", set(RemovedReason)),
        ("Date sources", set(DateSource)),
        ("Reasons for a change", set(ChangeReason)),
        ("Date kinds", set(DateKind)),
        ("Precision words", set(date_choice._PRECISIONS)),
    ],
)
def test_closed_lists(title: str, words: set[str]) -> None:
    assert first_cells("docs/record.md", title) == words


def test_date_sources_stand_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)`", section("docs/record.md", "Date sources"), re.MULTILINE)
    assert rows == sorted(DateSource, key=lambda source: date_choice._RANK[source])


def test_evidence_reasons() -> None:
    """Each documented reason is one that the program gives, and each that it can give is documented."""
    texts = {
        "no date at all": "none",
        "3/4/15": "ambiguous_order",
        "2 weeks ago": "relative",
        "30 February 2015": "invalid",
        "March 27, 2099": "future",
    }
    given = {text: parse_date(text, fetched_at=datetime(2026, 1, 1)).reason for text in texts}
    assert given == texts
    written = found_in_sources(r'reason="([a-z_]+)"\)') | found_in_sources(r'return "(invalid)"')
    documented = first_cells("docs/record.md", "Evidence reasons")
    assert documented == {*texts.values(), "ambiguous_month", *Distrust}
    assert {word for word in written if word in ("relative", "invalid", "ambiguous_order")} <= documented


def test_method_words() -> None:
    words = found_in_sources(r'Selection\([^"]*?"([a-z-]+)", aligned')
    words |= found_in_sources(r'method="([a-z-]+)" if') | found_in_sources(
        r'method="[a-z-]+" if [^"]* else "([a-z-]+)"'
    )
    words |= {f"…+{parser}" for parser in found_in_sources(r'Document\(\w+, encoding, "([\w-]+)"') - {"libxml2"}}
    assert first_cells("docs/record.md", "Method words") == words


# --- Ways in --------------------------------------------------------------------------------------------------------

SECTION_TITLES = {
    "discovery": "`[discovery]`: where pages are found",
    "urls": "`[urls]`: which pages belong to it",
    "document_types": "`[[document_types]]`: the type of a document by its URL",
    "revisit": "`[revisit]`: how often known pages are asked for again",
    "politeness": "`[politeness]`: when it may be asked",
    "schedule": "`[schedule]`: how often it is crawled",
    "expect": "`[expect]`: what a healthy crawl yields at least",
}


def test_organization_keys() -> None:
    top = set(Organization.model_fields) - set(SECTIONS)
    rows = re.findall(r"^\| `(\w+)` \|", section("docs/organizations.md", "Keys at the top of the file"), re.MULTILINE)
    assert set(rows) == top
    assert set(SECTION_TITLES) == set(SECTIONS)


@pytest.mark.parametrize("name", list(SECTION_TITLES))
def test_organization_sections(name: str) -> None:
    text = section("docs/organizations.md", SECTION_TITLES[name])
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert rows == set(SECTIONS[name].model_fields)


@pytest.mark.parametrize(
    ("title", "spider"),
    [
        ("`documents`: files", DocumentsSpider),
        ("`pages`: a list of URLs", PagesSpider),
        ("Organizations", OrganizationSpider),
        ("`replay`: a collection again", ReplaySpider),
    ],
)
def test_spider_arguments(title: str, spider: Any) -> None:
    assert first_cells("docs/inputs.md", title) == {argument.name for argument in spider.accepted}


# --- Running --------------------------------------------------------------------------------------------------------


def test_reasons_to_ask_again() -> None:
    text = section("docs/running.md", "The same command again")
    assert [why for why in Why if f"`{why}`" not in text] == []


def test_settings_and_variables() -> None:
    block = re.search(r"This project's own settings -+\n(.*?)\n# ---", read("settings.py"), re.DOTALL)
    assert block
    settings = set(re.findall(r"^([A-Z_]+)\b[^=\n]*=", block[1], re.MULTILINE))
    environment = found_in_sources(r"\b(BROADSIDE_[A-Z_]+)\b")
    of_make = set(re.findall(r"^([A-Z_]+) \?=", read("Makefile"), re.MULTILINE))
    assert settings
    assert of_make
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", section("docs/running.md", "Settings"), re.MULTILINE))
    of_developers = set(re.findall(r"`([A-Z_]+)` \(default", read("CONTRIBUTING.md")))
    assert rows | of_developers == settings | environment | of_make


def stats_set_in(source: str) -> Iterator[tuple[str, bool]]:
    """Give the keys that a module counts under: the whole key, or how it begins."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            key = node.args[0]
            if node.func.attr not in ("inc_value", "set_value", "max_value", "min_value"):
                continue
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, True
            elif isinstance(key, ast.JoinedStr):
                assert isinstance(key.values[0], ast.Constant), "a stat's key must begin with its area"
                yield str(key.values[0].value), False


def test_stats() -> None:
    documented = first_cells("docs/running.md", "Stats")
    keys = {key for source in sources() for key in stats_set_in(source)}
    assert keys
    missing = {
        key
        for key, whole in keys
        if not (key in documented if whole else any(name.startswith(key) and name != key for name in documented))
    }
    assert not missing, "counted in the code and not in docs/running.md"
    unknown = {
        name for name in documented if not any(name == key if whole else name.startswith(key) for key, whole in keys)
    }
    assert not unknown, "in docs/running.md and not counted in the code"


@pytest.mark.parametrize(("name", "title"), [("README.md", "Where things are"), ("docs/running.md", None)])
def test_exit_statuses(name: str, title: str | None) -> None:
    statuses = {value for key, value in vars(verdict).items() if key.isupper() and isinstance(value, int)}
    text = section(name, title or "Exit statuses and the last line")
    assert {int(row) for row in re.findall(r"^\| (\d) \|", text, re.MULTILINE)} == statuses


def test_what_is_missing_is_not_there() -> None:
    missing = section("README.md", "Not there yet")
    assert "PDF" in missing
    for there in ("JSON lines", "Incremental", "every page again", "`time_zone`", "`revision`"):
        assert there not in missing, f"{there} is there"
    assert "not used yet" not in read("docs/organizations.md")
    assert "nothing depends on it" not in read("docs/organizations.md")


def test_outcomes() -> None:
    assert first_cells("docs/running.md", "Outcomes") == set(Outcome)


def test_reasons_of_outcomes() -> None:
    reasons = (
        found_in_sources(r'Unreadable(?:Body)?Error\("([a-z_]+)"')
        | found_in_sources(r'Unpublished\(url, Outcome\.\w+, "([a-z_]+)"')
        | found_in_sources(r'(?:skipped|rejected)\.append\(\([^\n]*?, "([a-z_]+)"')
        | found_in_sources(r'count_outcome\([^)]*?, "([a-z_]+)"')
        | found_in_sources(r'Settled\(State\.(?:FAILED|EXCLUDED|DISALLOWED), "([a-z_]+)"')
        | found_in_sources(r"reason = '([a-z_]+)'")
        | found_in_sources(r'state=State.EXCLUDED, reason="([a-z_]+)"')
        | set(waves.Reason)
        | found_in_sources(r'\.exclude_pending\("([a-z_]+)"\)')
    )
    text = section("docs/running.md", "Outcomes")
    assert {reason for reason in reasons if f"`{reason}`" not in text} == set()
    kinds = {name for _, name in document._SIGNATURES} | found_in_sources(r'return "([a-z]+)" if binary >')
    assert {kind for kind in kinds if f"`{kind}`" not in text} == set()


def test_states_on_the_way() -> None:
    text = section("docs/running.md", "Status")
    assert {state for state in UNFINISHED if f"`{state.replace('_', ' ')}`" not in text} == set()
    assert set(State) - set(UNFINISHED) == {State(outcome) for outcome in Outcome}


def test_commands() -> None:
    commands = {path.stem.replace("_", "-") for path in (ROOT / "crawler" / "commands").glob("*.py")} - {"--init--"}
    assert commands
    assert {name for name in commands if f"`{name}`" not in read("docs/running.md")} == set()


@pytest.mark.parametrize(
    ("command", "title"),
    [("learn", "`learn`: the site"), ("explain", "`explain`: one page"), ("report", "Report"), ("package", "Package")],
)
def test_options_of_commands(command: str, title: str) -> None:
    source = read(f"crawler/commands/{command}.py")
    options = set(re.findall(r'add_argument\(\s*(?:"-[a-z]", )?"(--[a-z-]+)"', source))
    assert len(options) == source.count("add_argument(")
    documented = {cell.split()[0] for cell in first_cells("docs/running.md", title) if cell.startswith("--")}
    assert documented == options


@pytest.mark.parametrize(("command", "title"), [("due", "What is due"), ("crawl_due", "`crawl-due`")])
def test_options_of_scheduling(command: str, title: str) -> None:
    options = re.findall(r'add_argument\(\s*"(--?[a-z-]+)"', read(f"crawler/commands/{command}.py"))
    assert len(options) == read(f"crawler/commands/{command}.py").count("add_argument(")
    documented = {cell.split()[0] for cell in first_cells("docs/scheduling.md", title) if cell.startswith("-")}
    assert documented == set(options)


def test_parts_of_the_report() -> None:
    """Each part of the page has its row, in the order of the page."""
    headings = re.findall(
        r'^        \("[a-z-]+", "([^"]+)", show_', read("crawler/corpus/reporting/page/whole.py"), re.MULTILINE
    )
    rows = re.findall(r"^\| ([A-Z][^|]+) \|", section("docs/running.md", "Report"), re.MULTILINE)
    assert [*headings, "Records to read"] == rows


def test_verify_has_no_options_and_the_files_of_a_package_are_listed() -> None:
    assert "add_argument" not in read("crawler/commands/verify.py")
    listed = first_cells("docs/running.md", "Package")
    files = {*verification._NEEDED, "organizations/NAME.json", "models/DIGEST.json", "archive/NAME/*.warc.gz"}
    assert {word for word in listed if not word.startswith("-") and word != "package"} == files


def test_evidence_for_links() -> None:
    table = re.sub(r"\W+", " ", section("docs/add-an-organization.md", "Links to documents"))
    said = {evidence: re.sub(r"\W+", " ", evidence) for evidence in Evidence if not evidence.name.startswith("ADDRESS")}
    assert {evidence for evidence, words in said.items() if words not in table} == set()


def test_rules_places_and_verbs() -> None:
    learned, decided = (
        section("docs/running.md", "`learn`: the site"),
        section("docs/running.md", "`templates`: decide yourself"),
    )
    assert {word for word in (*Rule, *Place) if f"`{word}`" not in learned} == set()
    assert {verb for verb in templates._VERBS if f"`scrapy templates NAME {verb} ID`" not in decided} == set()
    assert "`--host HOST`" in decided


# --- Commands as they are shown --------------------------------------------------------------------------------------


def shown_commands() -> Iterator[tuple[str, list[str]]]:
    """Give each command line of the program that a page shows, by page, divided as a shell would."""
    for page in PAGES:
        for code in re.findall(r"^ *```console\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            for line in re.findall(r"^ *\$ (?:\w+=\S+ )*scrapy (.+)$", code, re.MULTILINE):
                yield page.name, shlex.split(line, comments=True)


def options_of(command: str) -> set[str]:
    """Give the options of a command: those of Scrapy, and those that its module and what it builds on name."""
    own = [f"crawler/commands/{command.replace('-', '_')}.py", "crawler/command.py"]
    found = {name for path in own for name in re.findall(r'"(--?[a-z][a-z-]*)"', read(path))}
    return found | {"-a", "-o", "-O", "-s", "-L", "--nolog", "--logfile"}


def test_shown_commands_can_be_given() -> None:
    """The command, its options, the spider and its arguments exist."""
    commands = {path.stem.replace("_", "-") for path in (ROOT / "crawler" / "commands").glob("*.py")} - {"--init--"}
    spiders = {spider.name: spider for spider in (DocumentsSpider, PagesSpider, ReplaySpider)}
    pages = set()
    for page, (name, *arguments) in shown_commands():
        assert name in commands | {"list"}, f"{page}: scrapy {name}"
        options = {argument.partition("=")[0] for argument in arguments if re.match(r"--?[a-zA-Z]", argument)}
        assert name == "list" or options <= options_of(name), f"{page}: scrapy {name} {arguments}"
        if name == "crawl":
            spider = spiders.get(arguments[0], OrganizationSpider)
            given = {value.partition("=")[0] for flag, value in pairwise(arguments) if flag == "-a"}
            assert given <= {argument.name for argument in spider.accepted}, f"{page}: {arguments}"
        pages.add(page)
    assert {"README.md", "quickstart.md", "pipeline.md", "running.md"} <= pages


# --- From bytes to a record -----------------------------------------------------------------------------------------


def cells(name: str, title: str) -> list[list[str]]:
    """Give the rows of the first table below a heading, without its head."""
    rows = [row for row in section(name, title).splitlines() if row.startswith("|")]
    return [[cell.strip() for cell in row.removeprefix("|").removesuffix("|").split("|")] for row in rows[2:]]


def test_pipelines_are_described_as_they_are() -> None:
    """Number, function and stats of each stand in its row, and no other row is there."""
    rows = {cell[1].strip("`"): cell for cell in cells("docs/pipeline.md", "A page to a record")}
    numbers = {path.rpartition(".")[2]: number for path, number in ITEM_PIPELINES.items()}
    assert {name: int(cell[0]) for name, cell in rows.items()} == numbers
    for path in ITEM_PIPELINES:
        module, _, name = path.rpartition(".")
        source = read(f"{module.replace('.', '/')}.py")
        calls, counts = rows[name][3], rows[name][5]
        imported = re.findall(r"^from crawler\.extraction\.\w+ import (\w+)$", source, re.MULTILINE)
        assert calls == f"`{imported[0]}`"
        stats = [key for key, _ in stats_set_in(source)]
        assert bool(stats) == bool(counts)
        assert [key for key in stats if f"`{key}" not in counts] == []
        assert ("DropItem" in source) == (rows[name][6] != "nothing" and rows[name][6] != "")
    without = {cell[0].strip("`") for cell in cells("docs/pipeline.md", "Switching one off")}
    assert without == set(numbers)


def test_steps_to_a_page_are_those_that_are_taken() -> None:
    """The functions exist and are called; each stage whose time is counted is a step, in its order."""
    rows = cells("docs/pipeline.md", "Bytes to a page")
    functions = [name for row in rows for name in re.findall(r"`(\w+)`", row[1])]
    called = read("crawler/extraction/page.py") + read("crawler/publish.py")
    assert [name for name in functions if f"{name}(" not in called] == []
    stages = [name for row in rows for name in re.findall(r"`time/(\w+)`", row[-1])]
    assert list(dict.fromkeys(stages)) == ["read", *STAGES]


# --- The pages themselves -------------------------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_code(path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^()\s]+)\)", without_code(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        aim = page.parent / name if name else page
        assert aim.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(aim), f"{page.name}: {target}"


def test_readme_leads_to_every_page() -> None:
    assert {
        page.name for page in PAGES if page.name != "README.md" and f"{page.name})" not in read("README.md")
    } == set()


def code_of(text: str) -> Iterator[str]:
    yield from re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", without_code(text))


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for code in code_of(page.read_text("utf-8"))
        for target in re.findall(r"(?:^|\$ )make ([a-z-]+)\b", code, re.MULTILINE)
    }
    assert {"crawl", "test"} <= named <= targets


def example() -> dict[str, Any]:
    found = re.search(r"^```json\n(.*?)^```$", read("README.md"), re.MULTILINE | re.DOTALL)
    assert found
    record: dict[str, Any] = json.loads(found[1])
    return record


def test_example_is_a_record() -> None:
    record = example()
    assert list(record) == [field.name for field in fields(Record)]
    parts: Iterable[tuple[Any, Any]] = (
        *((Removed, one) for one in record["removed"]),
        *((DateEvidence, one) for one in record["date_evidence"]),
        *((Link, one) for one in record["links"]),
        (Provenance, record["provenance"]),
    )
    for part, value in parts:
        assert list(value) == [field.name for field in fields(part)]


def test_example_is_of_the_sample() -> None:
    record = example()
    gold = [json.loads(line) for line in read("crawler/sample/gold.jsonl").splitlines()]
    expected = next(one for one in gold if one["url"] == record["url"])
    for key in ("title", "authors", "date_published", "date_published_precision", "document_type"):
        assert record[key] == expected[key]
    begin, _, end = record["text"].partition(" … ")
    assert expected["text"].startswith(begin)
    assert expected["text"].endswith(end)


MACHINE_PATH = re.compile(r"(?<![\w.…])/(?:work|root|tmp|opt|Users|var|mnt)/|(?<![\w.])/home/\w+/\.")
REGISTRY = re.compile(r"pypi\.|pythonhosted|index-url|find-links", re.IGNORECASE)


def test_no_page_or_source_names_a_machine_path() -> None:
    others = [ROOT / name for name in ("Makefile", "pyproject.toml", "setup.py", "scrapy.cfg", ".ci/run")]
    others += [
        *(ROOT / "requirements").iterdir(),
        *(ROOT / "crawler").rglob("*.toml"),
        *(ROOT / "benchmarks").glob("*.py"),
    ]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in (*PAGES, *SOURCES, *others)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line) or REGISTRY.search(line)
    ]
    assert found == []


def test_numbers_of_what_only_links_lead_to() -> None:
    text = "".join(
        section("docs/organizations.md", title) for title in ("How discovery works", "What only links lead to")
    )
    for number, words in (
        (waves.LEAST_GAIN, "{} words"),
        (waves.LEAST_TAKEN, "where it is {} words or more"),
        (waves.TRIED_PLAIN, "visited: {},"),
        (waves.TRIED, "; {} where the"),
        (novelty.LEAST_WORDS, {6: "sentences of six"}),
        (waves.PATIENCE, {12: "Twelve pages in a row"}),
        (shapes.MAX_WORDS, {10: "more than ten stand"}),
        (following.LISTING_PATIENCE, {3: "three of its pages"}),
        (page_kind.LEAST_ITEMS, {3: "three alike items"}),
        (page_kind.OWN_WORDS, "fewer than {} words beside"),
        (page_kind.TEASER_WORDS, "none of more than {} words"),
        (following.LEAST_OWN, "fewer than {} words outside of links"),
        (urls.LONGEST_URL, "more than {:,} characters"),
    ):
        expected = words.format(number) if isinstance(words, str) else words[number]
        assert expected in " ".join(text.split()), expected
