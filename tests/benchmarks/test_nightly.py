"""The nightly experiment would notice a difference: what it expects, how it compares, and its blows."""

import json
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.night_records import compare_bytes, find_differences, find_unequal, last_of_each
from benchmarks.night_runs import print_problems
from benchmarks.night_server import Asked
from benchmarks.nightly import Tally
from benchmarks.nightly_expected import Expectations, Expected, find_trespasses
from benchmarks.nightly_kills import Blows, Moment, Usual, count_finished, find_file, read_same
from benchmarks.nightly_script import DOWN, NIGHTS, QUIET, Entry
from benchmarks.nightly_site import Night, NightlyServer, build_night

PAGES, PORT = 100, 8901
SITES = [build_night(PAGES, 1, night, PORT) for night in range(NIGHTS)]


def _acting(night: int, announced: bool = True) -> list[Entry]:
    """The pages that are not as they were the night before."""
    before = SITES[night - 1].entries
    return [
        entry
        for path, entry in SITES[night].entries.items()
        if entry.announced == announced and path in before and before[path].modified != entry.modified
    ]


def _ask_all(night: Night) -> list[Asked]:
    if night.number in DOWN:
        return []
    paths = [*night.entries, *night.fixed]
    return [Asked(path, night.respond(path).status, conditional=False) for path in paths]


def _live(ask: Any) -> tuple[Expectations, list[Counter[str]]]:
    expectations, kinds = Expectations(), []
    for night in SITES:
        expectations.advance(night, ask(night))
        kinds.append(expectations.kinds)
    return expectations, kinds


def test_what_is_expected_of_a_crawler_that_asks_for_everything() -> None:
    expectations, kinds = _live(_ask_all)
    edits = {3: 3, 4: 1, 5: 2, 6: 2, 12: 3, 17: 1, 20: 2, 26: 2, 28: 10}
    new = {0: PAGES, 2: 3, 6: 1, 7: 2, 13: 3, 17: 2, 24: 3, 27: 4}
    others = {12: {"withdrawn": 3}, 13: {"moved": 3}, 18: {"restored": 2}, 22: {"moved": 1}}
    for number, found in enumerate(kinds):
        wanted = Counter({"edit": edits.get(number, 0), "new": new.get(number, 0), **others.get(number, {})})
        assert found == +wanted, number
    assert all(not kinds[number] for number in QUIET)
    assert len(expectations.current) == PAGES + 18  # the copy is none
    assert len(expectations.history) == sum(kind.total() for kind in kinds)
    back = [path for path, entry in SITES[18].entries.items() if entry.born == 2 and entry.announced]
    for path in back:
        steps = [(one.revision, one.change, one.change_reason) for one in expectations.history if one.path == path]
        assert steps == [(1, "new", None), (2, "gone", "withdrawn"), (3, "changed", "restored")]
    gone = [one for one in expectations.current.values() if one.change == "gone"]
    assert sorted(one.change_reason or "" for one in gone) == ["moved"] * 4 + ["withdrawn"]
    assert all(one.revision == 2 for one in gone)


def test_what_is_expected_of_a_crawler_that_asks_for_what_is_announced_only() -> None:
    """Of what was not announced it cannot know; of what was, it must."""
    _, kinds = _live(lambda _: [])
    assert kinds[3] == Counter(edit=3)
    assert kinds[12] == Counter()
    assert kinds[13] == Counter(new=3, moved=3)
    assert kinds[18] == Counter(edit=1)  # it never learned that the page was away
    assert kinds[20] == kinds[21] == kinds[22] == Counter()
    assert kinds[28] == Counter(edit=10)


def test_a_secret_edit_is_expected_when_the_log_shows_the_new_page() -> None:
    path = next(entry.path for entry in _acting(12, announced=False) if entry.born == 0)
    answers = {13: 304, 14: 503, 17: 200, 18: 200}

    def ask(night: Night) -> list[Asked]:
        return [Asked(path, answers[night.number], conditional=True)] if night.number in answers else []

    expectations, _ = _live(ask)
    revisions = [one for one in expectations.history if one.path == path]
    assert [(one.revision, one.change_reason) for one in revisions] == [(1, None), (2, "edit")]
    _, kinds = _live(ask)
    assert [night for night in range(12, 20) if kinds[night]["edit"]] == [17, 18]
    assert kinds[17]["edit"] == 2  # with the one that is announced


def test_a_page_is_gone_after_the_third_answer_and_one_that_is_back_between_counts_anew() -> None:
    path = next(entry.path for entry in _acting(10) if entry.born == 6)
    nights = {10: 404, 12: 404, 13: 200, 14: 404, 16: 503, 17: 404, 20: 404, 21: 404}

    def ask(night: Night) -> list[Asked]:
        return [Asked(path, nights[night.number], conditional=False)] if night.number in nights else []

    expectations = Expectations()
    for night in SITES:
        # On night 13 the page is held to be back.
        status = 200 if night.number == 13 else None
        entries = dict(night.entries)
        if status is not None:
            entries[path] = SITES[9].entries[path]
        expectations.advance(Night(night.number, night.pages, night.base, entries, night.files), ask(night))
        is_gone = path in expectations.current and expectations.current[path].change == "gone"
        assert is_gone == (night.number >= 20), night.number
        assert (path in expectations.changes) == (night.number in (6, 20))


def test_what_is_gone_keeps_what_was_known_of_it() -> None:
    before = next(entry for entry in SITES[11].entries.values() if entry.born == 7)
    edited = SITES[12].entries[before.path]
    assert edited.article != before.article
    expectations = Expectations()
    expectations.judge(before, {200}, is_told=True)
    for _ in range(3):
        expectations.judge(replace(edited, status=404), {404}, is_told=False)
    record = expectations.current[before.path]
    assert (record.change, record.article) == ("gone", before.article)


def _records(expectations: Expectations) -> list[dict[str, Any]]:
    return [{"id": one.path, **one.as_fields(SITES[0].base)} for one in expectations.current.values()]


def test_differences_are_found() -> None:
    expectations = Expectations()
    expectations.advance(SITES[0], [])
    expected, base = expectations.current.values(), SITES[0].base
    assert find_differences(expected, _records(expectations), base) == []
    records = _records(expectations)
    with_file = next(record for record in records if record["attachments"])
    url = with_file["url"]
    for name, other in (
        ("title", "Another"),
        ("text", with_file["text"] + "\n\nContact: us."),
        ("date_published", None),
        ("attachments", []),
        ("change", "unchanged"),
        ("change_reason", "edit"),
        ("revision", None),
        ("revision", True),
    ):
        changed = [{**record, name: other} if record is with_file else record for record in records]
        (problem,) = find_differences(expected, changed, base)
        assert problem.startswith(f"{url}: {name} is "), problem
    without = [{name: value for name, value in record.items() if name != "change_reason"} for record in records]
    assert len(find_differences(expected, without, base)) == PAGES
    assert find_differences(expected, records[1:], base) == [f"{records[0]['url']} (new, revision 1) is missing"]
    (twice,) = find_differences(expected, [*records, records[0]], base)
    assert "is there twice" in twice
    (strange,) = find_differences(expected, [*records, {**records[0], "url": "http://a/"}], base)
    assert strange == "http://a/ (new, revision 1) is there"


def test_differences_in_a_history_are_found() -> None:
    article = SITES[0].listed[0].article
    history = [
        Expected("/a", article, "new", None, 1),
        Expected("/a", article, "gone", "withdrawn", 2),
    ]
    records = [one.as_fields("http://b") for one in history]
    assert find_differences(history, records, "http://b", is_history=True) == []
    (missing,) = find_differences(history, records[:1], "http://b", is_history=True)
    assert missing == "http://b/a (gone withdrawn, revision 2) is missing"


def test_the_last_of_several_records_counts() -> None:
    assert last_of_each([{"id": 1, "n": 1}, {"id": 2, "n": 1}, {"id": 1, "n": 2}]) == [
        {"id": 1, "n": 2},
        {"id": 2, "n": 1},
    ]


def test_files_and_records_are_compared(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    record = {"url": "http://a", "revision": 1, "title": "A", "provenance": {"status": 200, "warc_file": "a"}}
    one.write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert compare_bytes(one, other) == ["there is no other"]
    assert compare_bytes(other, one) == ["other was not written"]
    other.write_text(json.dumps(record, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")
    assert compare_bytes(one, other) == ["one and other hold the same records in other bytes"]
    other.write_text(one.read_text(encoding="utf-8"), encoding="utf-8")
    assert compare_bytes(one, other) == []
    varied = {**record, "provenance": {"status": 203, "warc_file": "a"}}
    assert find_unequal([varied], [record]) == ["http://a: provenance.status is 203, expected 200"]
    assert find_unequal([{**record, "more": 1}], [record])
    assert find_unequal([], [record])[0].startswith("0 records, expected 1")
    assert find_unequal([{**record, "revision": 2}], [record])


def test_requests_that_are_too_many_or_stray_are_found() -> None:
    night = build_night(400, 1, 1, PORT)
    most = int(0.05 * 400)
    asked = [Asked("/news", 304, conditional=True)] * most
    assert find_trespasses(night, asked) == []
    assert find_trespasses(night, [*asked, asked[0]]) == ["21 requests on a quiet night; 20 at most are allowed"]
    assert find_trespasses(SITES[1], [*asked, asked[0]]) == []  # too few pages to hold them to a share
    assert find_trespasses(night, [Asked("/nowhere", 404, conditional=False)]) == [
        "asked for what is nowhere: /nowhere"
    ]
    lying = build_night(400, 1, 21, PORT)
    most = int(0.05 * len(lying.listed)) + 5
    assert find_trespasses(lying, [asked[0]] * most) == []
    assert find_trespasses(lying, [asked[0]] * (most + 1)) != []
    lies = [Asked(entry.path, 200, conditional=True) for entry in _acting(21)]
    assert find_trespasses(SITES[21], lies) == find_trespasses(SITES[21], lies[:5]) == []
    assert find_trespasses(SITES[21], lies[:15]) == ["15 of 20 pages tried that a sitemap announced in vain"]


# --- The blows ---


def test_finished_runs_are_counted_in_a_copy_of_the_ledger(tmp_path: Path) -> None:
    assert count_finished(tmp_path) == 0
    ledger = tmp_path / "ledger.sqlite3"
    ledger.write_bytes(b"")
    assert count_finished(tmp_path) == 0
    database = sqlite3.connect(ledger)
    database.execute("pragma journal_mode = wal")
    database.execute("create table run (id integer primary key, finished_at text)")
    database.executemany("insert into run (finished_at) values (?)", [("2021-03-01",), (None,)])
    database.commit()
    assert count_finished(tmp_path) == 1
    database.close()


def test_two_crawls_may_differ_in_time_pointer_and_nonce_only(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    provenance = {
        "fetched_at": "2021-03-01T02:00:01Z",
        "warc_file": "a",
        "warc_offset": 7,
        "payload_digest": "sha256:b",
    }
    lines = [
        json.dumps({"url": url, "provenance": provenance}, separators=(",", ":")) for url in ("http://a", "http://b")
    ]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    varied, other = read_same(path, {"http://a"})
    assert [*varied["provenance"].values()] == [None] * 4
    assert [*other["provenance"].values()] == [None, None, None, "sha256:b"]
    path.write_text(lines[0], encoding="utf-8")
    with pytest.raises(ValueError, match="cut"):
        read_same(path, set())


class _Chosen(random.Random):
    """Chooses one moment, and strikes a little before its middle; late, where it can be early or late."""

    def __init__(self, moment: Moment) -> None:
        super().__init__(1)
        self.moment = moment

    def choice(self, seq: Any) -> Any:
        assert [*seq] == [*Moment]
        return self.moment

    def random(self) -> float:
        return 0.45


WRITES_SLOWLY = """
import pathlib, sys, time
part, whole = pathlib.Path(sys.argv[1] + ".part"), pathlib.Path(sys.argv[1])
time.sleep(0.2)
with part.open("wb") as file:
    for _ in range(10):
        file.write(b"x" * 100)
        file.flush()
        time.sleep(0.05)
part.rename(whole)
time.sleep(60 if len(sys.argv) > 2 else 0)
"""


@pytest.mark.parametrize("moment", list(Moment))
def test_a_crawl_is_killed_at_its_moment(tmp_path: Path, moment: Moment) -> None:
    whole = tmp_path / "all.jsonl"
    whole.write_bytes(b"of the night before")
    before = find_file(whole)
    (tmp_path / "all.jsonl.part").write_bytes(b"x" * 5000)  # of a process that was killed
    with NightlyServer(60, 1) as server:
        server.begin(0)
        blows = Blows(tmp_path, whole, server, Usual(0, 1000, 0.4), _Chosen(moment))
        command = [sys.executable, "-c", WRITES_SLOWLY, str(whole), "and stay"]
        process = subprocess.Popen(command, start_new_session=True)
        assert not blows.strike(process)
    assert process.returncode == -9
    assert (blows.kills, blows.problems) == (1, [])
    assert (find_file(whole) != before) == (moment is Moment.RENAME)
    if moment is Moment.PUBLISH:
        assert 500 <= (tmp_path / "all.jsonl.part").stat().st_size < 1000


def test_a_crawl_that_ended_before_its_moment_is_not_killed(tmp_path: Path) -> None:
    with NightlyServer(60, 1) as server:
        server.begin(0)
        blows = Blows(tmp_path, tmp_path / "all.jsonl", server, Usual(10, 1000, 1), _Chosen(Moment.FETCH))
        process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
        assert blows.strike(process)
    assert (process.returncode, blows.kills) == (0, 0)
    assert blows.events == ["ended before fetching"]


# --- What is printed ---


def test_the_sum_is_well_without_differences_only(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(30, 1000, 18, Counter(new=5, edit=2), 0, 41)
    assert tally.is_well
    assert str(tally) == (
        "nightly: 30 nights, 1,000 requests (at most 18 on a quiet night), changes: 2 edit, 5 new, 41 kills: "
        "0 differences"
    )
    assert not Tally(differences=1).is_well
    print_problems(["http://a/1: text is 'a', expected 'b'", "http://a/2: text is 'a', expected 'b'", "status 1: lost"])
    assert capsys.readouterr().out == "  http://a/1: text is 'a', expected 'b' (and 1 more)\n  status 1: lost\n"
