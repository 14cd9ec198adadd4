"""What the records were: revisions, readings, what tells whether a page is as it was, and what a run may record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.storage.ledger import Discovered, End, Fetched, Ledger, LedgerError, State
from crawler.storage.visits import Candidate, Revision
from items import ChangeReason
from tests.storage.ledger_making import Night, address, answer, as_line, digest_of, make_record, moment, reopen

GONE, EDIT = ChangeReason.WITHDRAWN, ChangeReason.EDIT


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "collection")
    yield made
    made.close()


def brief(revisions: Iterator[Revision] | list[Revision]) -> list[tuple[str, int, int, str]]:
    return [(one.url[-1], one.run, one.number, one.change) for one in revisions]


# Revisions


def test_a_revision_stays_as_it_was_written(ledger: Ledger) -> None:
    night = Night(ledger, 1)
    night.record(1, "K\xf6ln \U0001f600", published="2015-03-27")
    night.end()
    line = as_line(make_record(1, "K\xf6ln \U0001f600", published="2015-03-27"))
    digest = digest_of("K\xf6ln \U0001f600")
    assert ledger.revisions(address(1)) == [Revision(address(1), 1, moment(1), 1, "new", None, digest, line)]
    assert ledger.revisions(address(2)) == []
    assert ledger.recorded_urls() == [address(1)]
    Night(ledger, 2)
    (known,) = ledger.candidates()
    assert known.standing
    assert (known.standing.change, known.standing.reason) == ("new", None)


def test_a_revision_holds_half_a_pair(ledger: Ledger) -> None:
    night = Night(ledger, 1)
    visit = night.see(1, State.RECORDED)
    ledger.add_revision(make_record(1), visit, '"\ud800"')
    night.end()
    assert [one.line for one in ledger.revisions(address(1))] == ['"\ud800"']


def test_one_revision_a_number_and_one_a_run(ledger: Ledger) -> None:
    night = Night(ledger, 1)
    night.record(1)
    for revision in (1, 2):
        with pytest.raises(LedgerError, match="UNIQUE constraint failed: revision"):
            night.write(make_record(1, "other", revision=revision, change="changed"))
    night.end()
    with pytest.raises(LedgerError, match="UNIQUE constraint failed: revision"):
        Night(ledger, 2).write(make_record(1, "other", change="changed"), visit=1)


def test_an_attempt_at_the_records_is_let_go_of_and_no_other_one(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    first.end()
    second = Night(ledger, 2)
    second.see(1, State.RECORDED)
    second.write(make_record(1, "edited", revision=2, change="changed", reason=EDIT))
    second.record(2)
    (known, _) = ledger.candidates()
    assert known.standing
    assert known.standing.number == 1, "what the run itself has written is not how the record stood before"
    assert brief(ledger.revisions(address(1))) == [("1", 1, 1, "new")], "the run is not finished"
    ledger.begin_revisions()
    second.write(make_record(1, "again", revision=2, change="changed", reason=EDIT))
    second.end()
    assert [one.digest for one in ledger.revisions(address(1))] == [digest_of("text"), digest_of("again")]
    assert ledger.revisions(address(2)) == []


def test_histories_and_the_corpus_of_a_day(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(2)
    first.record(1)
    first.end()
    second = Night(ledger, 2)
    second.record(3)
    second.write(make_record(1, "edited", revision=2, change="changed", reason=EDIT), first.visits[1])
    second.end()
    third = Night(ledger, 3)
    third.write(make_record(1, "edited", revision=3, change="gone", reason=GONE), first.visits[1])
    third.end()
    started = Night(ledger, 4)
    started.record(4)
    assert brief(ledger.history()) == [
        *(("1", 1, 1, "new"), ("2", 1, 1, "new")),
        *(("1", 2, 2, "changed"), ("3", 2, 1, "new")),
        ("1", 3, 3, "gone"),
    ]
    assert [one.reason for one in ledger.revisions(address(1))] == [None, EDIT, GONE]
    assert brief(ledger.as_of([1])) == [("1", 1, 1, "new"), ("2", 1, 1, "new")]
    assert brief(ledger.as_of([2, 1])) == [("1", 2, 2, "changed"), ("2", 1, 1, "new"), ("3", 2, 1, "new")]
    now = [("1", 3, 3, "gone"), ("2", 1, 1, "new"), ("3", 2, 1, "new")]
    assert brief(ledger.as_of([1, 2, 3])) == now
    assert brief([revision for revision, _ in ledger.corpus()]) == now
    assert brief(ledger.as_of([])) == []
    assert ledger.recorded_urls() == [address(1), address(2), address(3)]
    started.end()
    assert brief(ledger.as_of([1, 2, 3])) == now
    assert len(list(ledger.corpus())) == 4


def test_revisions_are_told_in_the_order_in_which_runs_ended(ledger: Ledger) -> None:
    Night(ledger, 1).record(1)
    late = Night(ledger, 2, "crawl pages")
    late.record(2)
    late.end()
    ledger = reopen(ledger)
    ledger.settle(1, State.EXCLUDED)
    ledger.end_run(moment(4))
    assert brief(ledger.history()) == [("2", 2, 1, "new"), ("1", 1, 1, "new")]
    ledger.close()


# Readings


def visits_with_readings(ledger: Ledger) -> set[int]:
    return {visit for visit in range(1, 100) if ledger.reading_basis(visit) is not None}


def test_a_reading_is_kept_until_another_takes_its_place(ledger: Ledger) -> None:
    night = Night(ledger, 1)
    visit = night.see(1, State.STORED)
    with pytest.raises(LedgerError, match=f"visit {visit} has no reading"):
        ledger.reading(visit)
    ledger.keep_reading(visit, "one", "content", "line \ud800")
    assert ledger.reading(visit) == "line \ud800"
    ledger.keep_reading(visit, "two", "other", "line")
    assert ledger.reading(visit) == "line"
    assert ledger.reading_basis(visit) == ("two", "other")
    assert ledger.reading_basis(visit + 1) is None


def test_readings_stay_that_records_stand_on(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    for number in (1, 2, 3):
        first.record(number)
    copy = first.see(4, State.DUPLICATE)
    ledger.keep_reading(copy, "basis", "content text", "line")
    first.end()
    stands = {number: first.visits[number] for number in (1, 2, 3)}
    assert visits_with_readings(ledger) == {*stands.values(), copy}
    second = Night(ledger, 2)
    edited = second.see(1, State.RECORDED)
    second.write(make_record(1, "edited", revision=2, change="changed"))
    ledger.keep_reading(edited, "basis", "content edited", "new line")
    same = second.see(2, State.UNCHANGED, "same_text")
    ledger.keep_reading(same, "basis", "content text", "line")
    second.write(make_record(3, revision=2, change="gone", reason=GONE), stands[3])
    assert len(visits_with_readings(ledger)) == 6
    assert [(url[-1], run, line) for url, run, line in ledger.readings_since(1)] == [
        ("1", 2, "new line"),
        ("2", 2, "line"),
    ]
    assert [url[-1] for url, _, _ in ledger.readings_since(0)] == ["1", "2", "3", "4", "1", "2"]
    second.end()
    assert visits_with_readings(ledger) == {edited, stands[2], stands[3], copy}
    kept = {revision.url[-1]: line for revision, line in ledger.corpus()}
    assert (kept["1"], kept["2"]) == ("new line", as_line(make_record(2)))


def test_another_page_with_the_same_content(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    for number, text in ((3, "a"), (1, "a"), (2, "b")):
        first.record(number, text)
    ledger.keep_reading(first.see(4, State.DUPLICATE), "basis", "content a", "line")
    first.end()
    assert ledger.find_same_content("content a", address(9)) == [], "pages of the run itself are no pages of before"
    second = Night(ledger, 2)
    second.record(9, "a")
    assert ledger.find_same_content("content a", address(9)) == [address(1), address(3)]
    assert ledger.find_same_content("content a", address(1)) == [address(3)]
    assert ledger.find_same_content("content c", address(9)) == []


# Validators


def settle(ledger: Ledger, *told: tuple[State, str | None, Fetched | None], role: str = "page") -> None:
    for day, (state, reason, fetched) in enumerate(told, start=1):
        night = Night(ledger, day)
        night.see(1, state, reason, fetched, role=role)
        night.end()
    Night(ledger, len(told) + 1)


FIRST = answer(1, etag='"a"', last_modified="Wed, 01 Apr 2026 02:00:00 GMT")
SECOND = answer(2, etag='W/"b"')
READ = (State.RECORDED, None, FIRST)
SAME = Fetched(304, moment(2), None, "sha1:1", "000002.warc.gz", 9, '"a"')


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((READ,), FIRST),
        ((READ, (State.RECORDED, None, SECOND)), SECOND),
        ((READ, (State.DUPLICATE, None, SECOND)), SECOND),
        ((READ, (State.EXCLUDED, "not_html", SECOND)), SECOND),
        ((READ, (State.UNCHANGED, "same_text", SECOND)), SECOND),
        # What is repeated is no answer in full: the one before tells.
        ((READ, (State.UNCHANGED, "not_modified", SAME)), FIRST),
        ((READ, (State.UNCHANGED, "identical", SECOND)), FIRST),
        # What was not had says nothing.
        ((READ, (State.FAILED, "timeout", None)), FIRST),
        ((READ, (State.FAILED, "http_500", answer(2, status=500))), FIRST),
        ((READ, (State.DISALLOWED, None, None)), FIRST),
        ((READ, (State.EXCLUDED, "limit", SECOND)), FIRST),
        # The page was something else since.
        ((READ, (State.GONE, "http_404", answer(2, status=404))), None),
        ((READ, (State.REDIRECTED, None, answer(2, status=301))), None),
        ((READ, (State.GONE, "http_410", None), (State.FAILED, "timeout", None)), None),
        ((READ, (State.GONE, "http_410", None), (State.RECORDED, None, SECOND)), SECOND),
        # It was never answered, or the archive has not the answer.
        (((State.FAILED, "timeout", None),), None),
        (((State.RECORDED, None, Fetched(200, moment(1), None, "sha1:1")),), None),
        (((State.RECORDED, None, Fetched(200, moment(1), None, None, "000001.warc.gz", 9)),), None),
        (((State.RECORDED, None, answer(1, status=203, etag='"a"')),), None),
    ],
)
def test_what_tells_whether_a_page_is_as_it_was(
    ledger: Ledger, told: tuple[tuple[State, str | None, Fetched | None], ...], expected: Fetched | None
) -> None:
    settle(ledger, *told)
    validators = ledger.validators(address(1))
    assert (None if validators is None else validators.fetched) == expected
    assert ledger.validators(address(2)) is None


def test_a_request_asks_by_what_the_answer_had(ledger: Ledger) -> None:
    settle(ledger, (State.LISTING, None, FIRST), role="listing")
    validators = ledger.validators(address(1), "")
    assert validators
    assert validators.headers == {
        "If-None-Match": '"a"',
        "If-Modified-Since": "Wed, 01 Apr 2026 02:00:00 GMT",
    }
    night = Night(ledger, 3, "crawl pages")
    night.see(2, State.LISTING, None, answer(3), role="listing")
    night.see(3, State.LISTING, None, SECOND, role="listing")
    assert ledger.validators(address(2), "") is None, "not of the run itself"
    night.end()
    Night(ledger, 4, "crawl pages")
    found = [ledger.validators(address(number), "") for number in (2, 3)]
    assert [one.headers for one in found if one] == [{}, {"If-None-Match": 'W/"b"'}]


def test_answers_of_another_definition_do_not_count(ledger: Ledger) -> None:
    for day, definition in ((1, "a"), (2, "b"), (3, "a")):
        night = Night(ledger, day, definition=definition)
        night.see(day, State.LISTING, None, answer(day), role="listing")
        night.end()
    Night(ledger, 4, definition="a")
    found = [[ledger.validators(address(day), definition) is not None for day in (1, 2, 3)] for definition in ("a", "")]
    assert found == [[False, False, True], [False, False, False]]
    assert [ledger.validators(address(day)) for day in (1, 2, 3)] == [None] * 3, "no answer of a listing for a page"


# Candidates


def find(ledger: Ledger, runs: list[int] | None = None) -> Candidate | None:
    found = list(ledger.candidates(runs))
    assert [one.url for one in found] == [address(1)][: len(found)]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("told", "state", "misses"),
    [
        ([], State.RECORDED, 0),
        ([(State.GONE, "http_404")], State.GONE, 1),
        ([(State.GONE, "http_404"), (State.GONE, "http_410"), (State.GONE, "http_404")], State.GONE, 3),
        # What says nothing neither ends the row nor makes it longer.
        ([(State.GONE, "http_404"), (State.FAILED, "timeout"), (State.GONE, "http_404")], State.GONE, 2),
        ([(State.GONE, "http_404"), (State.DISALLOWED, None), (State.FAILED, "timeout")], State.GONE, 1),
        # An answer ends it.
        ([(State.GONE, "http_404"), (State.RECORDED, None)], State.RECORDED, 0),
        ([(State.GONE, "http_404"), (State.RECORDED, None), (State.GONE, "http_404")], State.GONE, 1),
        ([(State.GONE, "http_404"), (State.UNCHANGED, "same_text"), (State.GONE, "http_404")], State.GONE, 1),
        ([(State.GONE, "http_404"), (State.UNCHANGED, "same_text")], State.UNCHANGED, 0),
        ([(State.GONE, "http_404"), (State.REDIRECTED, None), (State.GONE, "http_404")], State.GONE, 1),
        # It is something else now.
        ([(State.REDIRECTED, None)], State.REDIRECTED, 0),
        ([(State.EXCLUDED, "not_html")], State.EXCLUDED, 0),
        ([(State.EXCLUDED, "no_text")], State.EXCLUDED, 0),
        ([(State.DUPLICATE, None)], State.DUPLICATE, 0),
        ([(State.LISTING, None)], State.LISTING, 0),
        # As before is as before, whatever that was.
        ([(State.UNCHANGED, "identical")], State.RECORDED, 0),
        ([(State.UNCHANGED, "not_modified")], State.RECORDED, 0),
        ([(State.EXCLUDED, "not_html"), (State.UNCHANGED, "not_modified")], State.EXCLUDED, 0),
        ([(State.DUPLICATE, None), (State.UNCHANGED, "identical")], State.DUPLICATE, 0),
        # It was not asked for.
        ([(State.EXCLUDED, "limit")], State.RECORDED, 0),
        ([(State.REDIRECTED, None), (State.EXCLUDED, "superseded")], State.REDIRECTED, 0),
    ],
)
def test_a_record_whose_page_became_something(
    ledger: Ledger, told: list[tuple[State, str | None]], state: State, misses: int
) -> None:
    first = Night(ledger, 1)
    visit = first.record(1)
    first.end()
    for day, (seen, reason) in enumerate(told, start=2):
        night = Night(ledger, day)
        night.see(1, seen, reason)
        night.end()
    Night(ledger, 20)
    for runs in (None, list(range(1, 20))):
        found = find(ledger, runs)
        assert found
        assert (found.state, found.misses, found.fresh) == (state, misses, None)
        assert found.standing
        assert (found.standing.run, found.standing.response.visit) == (1, visit)
    only = find(ledger, [1])
    assert only
    assert (only.state, only.misses) == (State.RECORDED, 0)


def test_what_a_run_fetched_may_be_recorded(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.see(1, State.STORED)
    new = find(ledger)
    assert new
    assert (new.state, new.standing, new.copy) == (State.STORED, None, None)
    assert new.fresh
    assert (new.fresh.visit, new.fresh.fetched, new.fresh.stated) == (first.visits[1], answer(1), None)
    ledger.fix_statements(new.fresh.visit, [("feed", "published", "Mon \ud800"), ("sitemap", "modified", "x")])
    first.ends.append(End(first.visits[1], State.RECORDED))
    first.write(make_record(1, model="sha256:m"))
    first.end()
    second = Night(ledger, 2)
    second.see(1, State.STORED)
    again = find(ledger)
    assert again
    assert again.fresh
    assert again.standing
    assert again.fresh.fetched == answer(2)
    assert again.standing.digest == digest_of("text")
    assert again.standing.response.fetched == answer(1)
    assert again.standing.response.stated == (("feed", "published", "Mon \ud800"), ("sitemap", "modified", "x"))


def test_what_an_earlier_run_fetched_counts_for_that_run_only(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    first.end()
    second = Night(ledger, 2)
    second.see(1, State.UNCHANGED, "same_text")
    second.end()
    third = Night(ledger, 3)
    third.write(make_record(1, revision=2, change="gone", reason=GONE), first.visits[1])
    now = find(ledger)
    assert now
    assert now.fresh is None
    third.end()
    for run, number in ((1, None), (2, 1)):  # as a replay of the history looks at them
        ledger.look_at_run(run)
        then = find(ledger, [1, run])
        assert then
        assert then.fresh
        assert then.fresh.fetched == answer(run)
        assert (then.standing.number if then.standing else None) == number, "as it was before that run"


def test_a_page_without_a_record_may_have_been_a_copy(ledger: Ledger) -> None:
    night = Night(ledger, 1)
    night.see(1, State.DUPLICATE)
    for number, (state, reason) in enumerate(
        [(State.EXCLUDED, "no_text"), (State.GONE, "http_404"), (State.REDIRECTED, None), (State.FAILED, "timeout")], 2
    ):
        night.see(number, state, reason)
    night.end()
    later = Night(ledger, 2)
    later.see(2, State.UNCHANGED, "not_modified")
    found = find(ledger)
    assert found
    assert found.copy
    assert (found.state, found.standing, found.fresh) == (State.DUPLICATE, None, None)
    assert found.copy.visit == night.visits[1]


def test_what_is_known_of_a_page_is_what_was_known_last(ledger: Ledger) -> None:
    for day, known in enumerate(({"row": 1}, {"row": 2}, {}), start=1):
        night = Night(ledger, day)
        ledger.discover([Discovered(address(1), "page", known=known)])
        night.see(1, State.RECORDED)
        night.end()
    found = [find(ledger, runs) for runs in (None, [1], [1, 2])]
    assert [one.known for one in found if one] == [{"row": 2}, {"row": 1}, {"row": 2}]
