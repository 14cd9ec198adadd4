"""The simulated year would notice a difference: what it expects of records, changes and verdicts."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.night_records import find_differences
from benchmarks.night_server import Asked
from benchmarks.year import Tally
from benchmarks.year_calendar import SHORT
from benchmarks.year_expected import (
    Expectations,
    Judgement,
    Verdict,
    count_false,
    count_lost,
    judge_verdict,
    parse_summary,
    strip_contacts,
)
from benchmarks.year_site import Night, build_night

PORT = 8901
NIGHTS = [build_night(SHORT, 1, night, PORT) for night in range(SHORT.nights)]
BASE = NIGHTS[0].base


def _ask_all(night: Night) -> list[Asked]:
    if night.is_out:
        return []
    return [Asked(path, night.respond(path).status, conditional=False) for path in night.entries]


def _live(ask: Callable[[Night], list[Asked]], held: Iterable[int] = ()) -> tuple[Expectations, list[Counter[str]]]:
    expectations, kinds = Expectations(), []
    for night in NIGHTS:
        expectations.advance(night, ask(night), is_held=night.number in held)
        kinds.append(expectations.kinds)
    return expectations, kinds


def _records(expectations: Expectations) -> list[dict[str, Any]]:
    return [one.as_fields(BASE) for one in expectations.current.values()]


def test_what_is_expected_of_a_crawler_that_asks_for_everything() -> None:
    expectations, kinds = _live(_ask_all)
    wanted = {
        0: {"new": 31},
        1: {"new": 8},
        2: {"edit": 2},
        3: {"edit": 2, "new": 1},
        4: {"withdrawn": 1},
        7: {"edit": 2, "new": 1},
        8: {"moved": 1, "new": 2, "restored": 1},
        11: {"edit": 1, "new": 2},
        14: {"new": 1},
    }
    assert {number: kind for number, kind in enumerate(kinds) if kind} == wanted
    assert len(expectations.current) == 46
    assert len(expectations.history) == sum(kind.total() for kind in kinds)


def test_what_is_announced_must_be_there_and_what_is_not_when_the_log_shows_it() -> None:
    _, kinds = _live(lambda _: [])
    assert kinds[2] == Counter(edit=2)
    assert kinds[4] == Counter()  # nobody asked whether the page is there
    assert kinds[7] == Counter(edit=1, new=1)
    silent = next(
        path
        for path, entry in NIGHTS[7].entries.items()
        if path in NIGHTS[6].entries and NIGHTS[6].entries[path] != entry and entry.touched != 7
    )
    _, kinds = _live(lambda night: [Asked(silent, 200, conditional=False)] if night.number == 9 else [])
    assert (kinds[7]["edit"], kinds[9]["edit"]) == (1, 1)


def test_while_a_run_is_held_nothing_changes_and_then_all_is_there() -> None:
    free, _ = _live(_ask_all)
    held, kinds = _live(_ask_all, held=range(8, 12))
    assert all(not kinds[number] for number in range(8, 12))
    assert kinds[12] == Counter(moved=1, new=4, restored=1)  # one of the new ones was edited meanwhile
    documents = ({path: one.document for path, one in each.current.items()} for each in (held, free))
    assert next(documents) == next(documents)


def test_a_run_that_goes_on_with_the_last_one_learns_nothing_new() -> None:
    expectations = Expectations()
    expectations.advance(NIGHTS[0], _ask_all(NIGHTS[0]))
    expectations.advance(NIGHTS[1], _ask_all(NIGHTS[1]), is_held=True)
    assert expectations.kinds == Counter()
    expectations.advance(NIGHTS[2], [], is_resumed=True)
    assert expectations.kinds == Counter(new=8)
    expectations.advance(NIGHTS[3], _ask_all(NIGHTS[3]))
    assert expectations.kinds["new"] == 1
    said = {path: one.document for path, one in expectations.current.items()}
    assert said == {path: entry.document for path, entry in NIGHTS[3].entries.items()}


def test_a_page_is_gone_after_the_third_answer() -> None:
    path = next(path for path, entry in NIGHTS[2].entries.items() if entry.status == 410)
    answers = {2: 410, 3: 503, 4: 410, 7: 410}
    _, kinds = _live(lambda night: [Asked(path, answers.get(night.number, 304), conditional=False)])
    assert [number for number, kind in enumerate(kinds) if kind["withdrawn"]] == [7]


def test_nothing_happens_in_nights_without_an_answer() -> None:
    expectations, _ = _live(_ask_all)
    before = dict(expectations.current)
    expectations.advance(replace(NIGHTS[5], number=5), [])
    assert expectations.changes == {}
    assert expectations.current.keys() == before.keys()


def test_losses_and_false_changes_are_counted() -> None:
    expectations, _ = _live(_ask_all)
    records = _records(expectations)
    current = expectations.current.values()
    assert find_differences(current, records, BASE) == []
    assert count_lost(current, records, BASE) == 0
    assert count_lost(current, records[2:], BASE) == 2
    changes = expectations.changes.values()
    happened = [one.as_fields(BASE) for one in changes]
    assert count_false(changes, happened, BASE) == 0
    assert count_false([], happened, BASE) == len(happened) == 1
    assert count_false(changes, [{**happened[0], "change": "changed", "change_reason": "model"}], BASE) == 1
    assert len(find_differences(current, [{**records[0], "text": "Another"}, *records[1:]], BASE)) == 1


def test_a_contact_in_the_text_may_be_text_or_not() -> None:
    path = "/press/lantern-joins-brief-on-right-to-counsel"
    documents = {path: NIGHTS[0].entries[path].document}
    contact = "Media inquiries\nDaniel Brandt, 212-555-0146\ndbrandt@lanternjustice.example"
    for text in ("The end.", f"The end.\n\n{contact}"):
        assert strip_contacts([{"url": BASE + path, "text": text}], documents, BASE)[0]["text"] == "The end."
    other = {"url": f"{BASE}/other", "text": f"The end.\n\n{contact}"}
    assert strip_contacts([other], documents, BASE) == [other]


# --- Verdicts ---

OK, WARN, FAIL = Verdict(0, "ok"), Verdict(0, "warn"), Verdict(3, "fail")
CALLED = Verdict(0, "warn", redesigns=("div.clearfix",))
HELD = Verdict(3, "fail", is_held=True, redesigns=("div.clearfix",))
DOWN, FULL = min(SHORT.down), min(SHORT.full)


@pytest.mark.parametrize(
    ("night", "verdict", "was_held", "judgement"),
    [
        (1, OK, False, Judgement()),
        (1, WARN, False, Judgement(is_false_warning=True)),
        (1, FAIL, False, Judgement(is_false_warning=True)),
        (1, Verdict(3), False, Judgement(is_false_warning=True)),
        (1, CALLED, False, Judgement(is_false_warning=True, is_false_call=True)),
        (1, HELD, False, Judgement(is_false_warning=True, is_false_call=True)),
        (DOWN, FAIL, False, Judgement()),
        (FULL, Verdict(1, "fail"), False, Judgement()),
        (SHORT.redesign, CALLED, False, Judgement(is_call=True)),
        (SHORT.redesign, HELD, False, Judgement(is_call=True)),
        (SHORT.redesign, OK, False, Judgement()),
        (SHORT.redesign + 1, HELD, True, Judgement(is_call=True)),
        (SHORT.redesign + 1, CALLED, True, Judgement(is_call=True)),
        (SHORT.redesign + 1, CALLED, False, Judgement(is_false_warning=True, is_false_call=True)),
    ],
)
def test_a_verdict_is_worth_what_happened(night: int, verdict: Verdict, was_held: bool, judgement: Judgement) -> None:
    assert judge_verdict(SHORT, night, verdict, was_held=was_held) == judgement


@pytest.mark.parametrize(
    ("night", "verdict", "was_held"),
    [
        (DOWN, OK, False),
        (DOWN, Verdict(3, "warn"), False),
        (FULL, FAIL, False),
        (SHORT.redesign, FAIL, False),
        (SHORT.redesign, replace(HELD, status=0), False),
    ],
)
def test_a_verdict_that_cannot_be_is_a_problem(night: int, verdict: Verdict, was_held: bool) -> None:
    assert len(judge_verdict(SHORT, night, verdict, was_held=was_held).problems) in (1, 2)


def test_a_summary_is_read() -> None:
    redesign = {"host": "lanternjustice.example", "layouts": ["div.clearfix"], "pages": 8, "of": 9, "outcome": "held"}
    summary = {"verdict": "fail", "reason": "8 of 9 pages", "held": True, "redesigns": [redesign]}
    assert parse_summary(3, summary) == Verdict(3, "fail", "8 of 9 pages", True, ("div.clearfix",))
    assert parse_summary(0, None) == Verdict(0)


def test_the_sum_is_well_within_its_bounds_only() -> None:
    tally = Tally(nights=365, requests=3651, kinds=Counter(new=100, edit=40), called_after=1, false_warnings=2)
    assert tally.is_well
    assert str(tally) == (
        "year: 365 nights, 3,651 requests, changes: 40 edit, 100 new, 0 records lost, 0 false changes, "
        "0 other differences, redesign called on night 1 of it, 0 nights held, 0 other calls, "
        "2 false warnings (2 allowed): ok"
    )
    for worse in (
        replace(tally, lost=1),
        replace(tally, false_changes=1),
        replace(tally, others=1),
        replace(tally, called_after=2),
        replace(tally, false_calls=1),
        replace(tally, false_warnings=3),
        replace(tally, unknown=1),
    ):
        assert not worse.is_well, worse
    assert not replace(tally, called_after=None).is_well
    assert replace(tally, called_after=None, has_redesign=False).is_well
    assert str(replace(tally, called_after=None)).endswith("FAILED")
