"""Pages to records, and records to lines."""

import json
import math
import re
import time
import unicodedata
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.extraction.furniture import strip_furniture
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import (
    build_record,
    count_words,
    find_id,
    find_violation,
    finish,
    load_record,
    record_schema,
)
from crawler.schema import format_schema
from crawler.storage import feeds
from crawler.storage.feeds import to_json_line
from items import ChangeReason, DateCandidate, DateKind, Dates, DateSource, Link, Record, Removed, RemovedReason
from tests.extraction.making import PROSE

SCHEMA = Path(__file__).parents[2] / "schemas" / "record.schema.json"
BODY = f"""<html lang="en"><head><title>The open bridge</title></head><body><article><h1>The open bridge</h1>
<p>March 27, 2015</p><p>{PROSE}</p><ul><li><a href="/fish.pdf">Fish</a></li><li>Boats</li></ul><p>{PROSE} Again.</p>
<p>{PROSE} See <a href="/fish.pdf">Fish</a> and <a href="/boats">boats</a>.</p></article></body></html>"""


def make_record() -> Record:
    context = PageContext(id="a1", url="https://bridge.example/open", collection="bridge", annotations=(("code", "7"),))
    page = extract_page(BODY.encode(), context)
    stripped = strip_furniture(page.blocks)
    dates = Dates("2015-03-27", "2015-03-27", "2015-03-27", "day", "March 27, 2015")
    return build_record(replace(page, blocks=stripped.kept, removed=stripped.removed, dates=dates))


RECORD = make_record()


def test_a_record_says_what_the_page_said() -> None:
    assert RECORD.text == f"{PROSE}\n\nFish\nBoats\n\n{PROSE} Again.\n\n{PROSE} See Fish and boats."
    assert RECORD.markdown.endswith(
        "See [Fish](https://bridge.example/fish.pdf) and [boats](https://bridge.example/boats)."
    )
    assert (RECORD.title, RECORD.date_published, RECORD.language) == ("The open bridge", "2015-03-27", "en")
    assert [removed.text for removed in RECORD.removed] == ["The open bridge", "March 27, 2015"]
    assert RECORD.annotations == {"code": "7"}
    assert RECORD.word_count == 3 * 23 + 1 + 2 + 4


def test_each_link_stands_once_and_files_are_attachments() -> None:
    fish = Link("Fish", "https://bridge.example/fish.pdf")
    assert RECORD.links == (fish, Link("boats", "https://bridge.example/boats"))
    assert RECORD.attachments == (fish,)


def test_the_digest_changes_with_text_title_date_and_attachments_and_with_nothing_else() -> None:
    page = extract_page(BODY.encode(), PageContext(id="a1", url="https://bridge.example/open", collection="bridge"))
    digest = build_record(page).digest
    assert build_record(replace(page, url="https://bridge.example/", id="b", collection="c")).digest == digest
    assert build_record(replace(page, title="Another")).digest != digest
    assert build_record(replace(page, blocks=page.blocks[:-1])).digest != digest
    assert build_record(replace(page, dates=Dates("2015"))).digest != digest
    (fish,) = page.attachments
    assert build_record(replace(page, attachments=())).digest != digest
    assert build_record(replace(page, attachments=(Link("Fish", "https://bridge.example/2.pdf"),))).digest != digest
    assert build_record(replace(page, attachments=(replace(fish, text="The fish"),))).digest == digest
    assert build_record(replace(page, dates=Dates(modified="2019-01-01"), topics=("fish",))).digest == digest


def test_a_page_is_finished_as_the_pipelines_do_it() -> None:
    page = extract_page(BODY.encode(), PageContext(id="a1", url="https://bridge.example/open", collection="bridge"))
    feed = DateCandidate(DateSource.FEED, DateKind.PUBLISHED, "3/4/15")
    page = replace(page, date_candidates=(feed,))
    assert finish(page).text == RECORD.text
    assert finish(page).removed == RECORD.removed
    assert finish(page).date_published is None
    assert finish(replace(page, date_order="DMY")).date_published == "2015-04-03"
    shown = replace(page, date_candidates=(replace(feed, source=DateSource.BYLINE),))
    assert [finish(replace(shown, languages=one)).date_published for one in ((), ("de",))] == [None, "2015-04-03"]
    fetched = replace(page.provenance, fetched_at="2015-03-30T00:00:00Z")
    assert finish(replace(page, date_order="DMY", provenance=fetched)).date_published is None  # it was not yet
    end = [replace(page.blocks[-1], text=text, markdown=text) for text in ("Tel: 503-555-0142", "Privacy Policy")]
    page = replace(page, blocks=(*page.blocks, *end))
    assert "Tel:" not in finish(page).text
    assert "Tel:" in finish(replace(page, provenance=replace(page.provenance, method="container"))).text


def test_identifiers_are_stable() -> None:
    assert find_id("https://bridge.example/open") == "3a803f4b9f1ed2084b82"
    assert find_id("https://bridge.example/open", "a.txt") != find_id("https://bridge.example/open")
    assert len(find_id("half a pair \ud800")) == 20


def test_a_good_record_violates_nothing() -> None:
    assert find_violation(RECORD) is None


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        ({"text": " \n"}, "no_text"),
        ({"title": 5}, "invalid_title"),
        ({"word_count": "7"}, "invalid_word_count"),
        ({"word_count": 7.5}, "invalid_word_count"),
        ({"word_count": None}, "invalid_word_count"),
        ({"date_conflict": 1}, "invalid_date_conflict"),
        ({"authors": (None,)}, "invalid_authors"),
        ({"links": (Link("a", 7),)}, "invalid_links.url"),  # type: ignore[arg-type]
        ({"change": "bogus"}, "invalid_change"),
        ({"change_reason": "bogus"}, "invalid_change_reason"),
        ({"annotations": {"a": 1}}, "invalid_annotations.a"),
        ({"provenance": None}, "invalid_provenance"),
        ({"title": "half a pair \ud800"}, "invalid_value"),
        ({"title": object()}, "invalid_value"),
        ({"date_published": None}, "inconsistent_dates"),
        ({"date_published_earliest": None}, "inconsistent_dates"),
    ],
)
def test_what_breaks_the_promise_is_named(change: dict[str, object], violation: str) -> None:
    assert find_violation(replace(RECORD, **change)) == violation  # type: ignore[arg-type]


def test_the_check_is_quick() -> None:
    find_violation(RECORD)
    started = time.process_time()
    for _ in range(500):
        find_violation(RECORD)
    assert (time.process_time() - started) / 500 < 0.0004  # 35 µs on an idle machine


def test_the_schema_in_the_repository_is_the_generated_one() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == format_schema(), "run `make schema`"


def test_the_schema_names_every_field_and_a_record_follows_it() -> None:
    schema = record_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    names = [field.name for field in fields(Record)]
    assert list(schema["properties"]) == names  # type: ignore[call-overload]
    assert sorted(schema["required"]) == sorted(names)  # type: ignore[call-overload]
    validator = jsonschema.Draft202012Validator(schema)
    line = json.loads(to_json_line(RECORD))
    validator.validate(line)
    assert not validator.is_valid({**line, "title": 5})
    assert not validator.is_valid({key: value for key, value in line.items() if key != "text"})


def test_a_line_has_every_key_in_its_order() -> None:
    assert list(json.loads(to_json_line(RECORD))) == [field.name for field in fields(Record)]


def test_a_line_holds_no_character_that_ends_a_line() -> None:
    text = "a\u2028b\u2029c\x85d\ne\rf\x0bg\x1ch"
    line = to_json_line(replace(RECORD, text=text))
    assert len(line.splitlines()) == 1
    assert "\\u2028" in line
    assert json.loads(line)["text"] == text


def test_a_line_is_composed() -> None:
    line = to_json_line(replace(RECORD, title="cafe\u0301"))
    assert unicodedata.is_normalized("NFC", line)
    assert json.loads(line)["title"] == "café"


def test_a_line_holds_no_number_that_is_none() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json_line(replace(RECORD, word_count=math.nan))  # type: ignore[arg-type]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(deadline=None)
def test_any_text_comes_back_from_its_line(text: str) -> None:
    line = to_json_line(replace(RECORD, text=text))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == unicodedata.normalize("NFC", text)


_HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from('\0\x1f\x7f\x80\x85\u2028\u2029"\\/\b\f\n\r\t\ud800\udfff\ufeff\uffffe\u0301<&>'),
    )
)
_ODD = st.one_of(_HOSTILE, st.none(), st.integers(), st.floats(), st.binary(), st.tuples(_HOSTILE), st.lists(_HOSTILE))


def write_plainly(record: Record) -> str:
    line = json.dumps(asdict(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    line = unicodedata.normalize("NFC", line)
    return line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


@given(
    text=_HOSTILE,
    annotations=st.dictionaries(_HOSTILE, _HOSTILE, max_size=2),
    odd=st.dictionaries(
        st.sampled_from(["id", "title", "topics", "links", "word_count", "revision"]), _ODD, max_size=1
    ),
)
@settings(deadline=None)
def test_a_line_is_what_python_writes(text: str, annotations: dict[str, str], odd: dict[str, Any]) -> None:
    link, removed = Link(text, text), Removed(text, RemovedReason.TITLE, 0)
    record = replace(RECORD, text=text, attachments=(link,), removed=(removed,), annotations=annotations, **odd)
    try:
        expected = write_plainly(record)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            to_json_line(record)
    else:
        assert to_json_line(record) == expected


def test_a_line_of_a_sound_record_is_written_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "asdict", None)
    assert to_json_line(RECORD) == write_plainly(RECORD)


@given(
    st.text(st.one_of(st.characters(max_codepoint=0x17F), st.sampled_from("a_1 .\u2019\u2026\u20ac\x81"))) | st.text()
)
@example("".join(map(chr, range(0x180))))
@example("a".join(map(chr, range(0x180))))
@settings(deadline=None)
def test_words_are_counted_as_they_are_found(text: str) -> None:
    assert count_words(text) == len(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        replace(RECORD, change="new", revision=1),
        replace(RECORD, change="gone", change_reason=ChangeReason.WITHDRAWN, revision=4),
    ],
)
def test_a_record_comes_back_from_its_line(record: Record) -> None:
    assert load_record(to_json_line(record)) == record


def test_a_line_of_another_version_is_no_record() -> None:
    line = json.loads(to_json_line(RECORD))
    for wrong in (
        {key: value for key, value in line.items() if key != "change_reason"},
        {**line, "change_reason": "whim"},
        {**line, "links": [{"text": "a"}]},
    ):
        with pytest.raises(ValueError, match="validation error"):
            load_record(json.dumps(wrong))
    with pytest.raises(ValueError, match="JSON"):
        load_record('{"id": ')
