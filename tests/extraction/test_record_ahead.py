"""A record that a worker has made, checked and written need not be checked and written again, unless it is another."""

import json
from dataclasses import asdict, replace

import pytest

from crawler.extraction import record as module
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import build_record, find_violation, make_ahead, make_record, with_change
from crawler.extraction.revision import Before, mark_change
from crawler.storage.feeds import to_json_line
from items import ChangeReason, Page, Record
from tests.extraction.making import PROSE

TEXT = f'{PROSE} A cafe\u0301 with \u2028 lines\u0085 and "change":null,"change_reason":null,"revision":null, said.'
BODY = f"<html><head><title>One</title></head><body><article><p>{TEXT}</p><p>{PROSE} Again.</p></article></body></html>"
CONTEXT = PageContext(id="a1", url="https://a.example/x", collection="a", annotations=(("change", "null"), ("é", "1")))


def read_ahead() -> Page:
    return make_ahead(extract_page(BODY.encode(), CONTEXT))


def write_again(record: Record) -> str:
    """Write a record that nobody handed over: a copy is another object."""
    copy = replace(record, annotations=dict(record.annotations))
    assert json.loads(json.dumps(asdict(copy)))["text"] == record.text
    return to_json_line(copy)


@pytest.mark.parametrize(
    "before",
    [None, Before(3, "other"), Before(2, "other", leaves=ChangeReason.WITHDRAWN), Before(1, "x", ChangeReason.MOVED)],
)
def test_a_record_that_was_handed_over_is_neither_checked_nor_written(
    before: Before | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read_ahead()
    assert page.record is not None
    expected = [write_again(replace(mark_change(page.record, before))), write_again(page.record)]
    module._last.clear()
    monkeypatch.setattr(module, "_adapter", None)
    record = make_record(page)
    assert record is page.record
    marked = mark_change(record, before)
    assert find_violation(marked) is None
    bare = with_change(marked, None, None, None)
    assert bare == record
    assert [to_json_line(marked), to_json_line(bare)] == expected
    assert to_json_line(marked) == expected[0], "after another one was asked for"


def test_a_record_that_somebody_changed_is_checked_and_written() -> None:
    record = mark_change(make_record(read_ahead()), None)
    other = replace(record, title="Two")
    assert json.loads(to_json_line(other))["title"] == "Two"
    assert find_violation(replace(record, title=2)) == "invalid_title"  # type: ignore[arg-type]
    record.annotations["more"] = "x"
    assert json.loads(to_json_line(record))["annotations"]["more"] == "x"
    record.annotations["more"] = 1  # type: ignore[assignment]
    assert find_violation(record) == "invalid_annotations.more"


def test_a_record_of_another_page_is_its_own() -> None:
    first = make_record(read_ahead())
    second = make_record(make_ahead(extract_page(BODY.replace("One", "Two").encode(), CONTEXT)))
    for record in (first, second):
        marked = mark_change(record, None)
        assert find_violation(marked) is None
        assert to_json_line(marked) == write_again(marked)


def test_what_may_not_leave_has_no_line() -> None:
    page = extract_page(BODY.encode(), replace(CONTEXT, annotations=(("a", 1),)))  # type: ignore[arg-type]
    ahead = make_ahead(page)
    assert (ahead.line, find_violation(make_record(ahead))) == (None, "invalid_annotations.a")
    assert make_record(replace(ahead, record=None, line=None)) == build_record(replace(ahead, record=None))


def test_a_record_without_text_has_no_line() -> None:
    ahead = make_ahead(replace(extract_page(BODY.encode(), CONTEXT), blocks=()))
    assert (ahead.line, find_violation(make_record(ahead))) == (None, "no_text")
