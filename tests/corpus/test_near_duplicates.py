"""Near-duplicates: which texts are nearly the same, which record is the original, and that nothing else changes."""

import contextlib
import itertools
import json
import random
import re
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from benchmarks import near_duplicates as joint
from benchmarks.corpora import FOLDER
from crawler.corpus import near_duplicates, sketches
from crawler.corpus.near_duplicates import NearDuplicates, find_near_duplicates, mark_near_duplicates
from crawler.extraction import minhash
from crawler.extraction.minhash import find_similarity, find_words, read_sample, sketch_text
from crawler.extraction.record import load_record
from crawler.storage.feeds import to_json_line
from items import Provenance, Record

ROOT = Path(__file__).resolve().parents[2]
PROVENANCE = Provenance(None, None, None, "a.txt", None, None, "sha256:0", None, "text", None, "none", "broadside 0")
# Of the sentence in test_sketches_do_not_change_with_the_library, by rensa 0.5.0.
BANDS = (8955815297261736396, -6048725061197484285, -4177440426131010657)
HASHES = [194707910, 496955895, 793918361]
VOCABULARY = [f"{one}{two}{three}" for one in "bdfgkmp" for two in ("a", "ei", "o", "u") for three in "lnrstv"]


def words(seed: int | str, count: int = 120) -> str:
    """Words without meaning; another seed, other words."""
    return " ".join(random.Random(seed).choices(VOCABULARY, k=count))


def record(name: str, text: str, date: str | None = None, collection: str = "one", **fields: Any) -> Record:
    """A record; its id is the name, unless one is given."""
    made = Record(
        id=sha256(name.encode()).hexdigest()[:20],
        url=f"https://{collection}.example/{name}",
        canonical_url=None,
        organization=collection.title(),
        collection=collection,
        title=name,
        authors=(),
        date_published=date,
        date_published_earliest=date,
        date_published_latest=date,
        date_published_precision=None if date is None else "day",
        date_published_raw=date,
        date_evidence=(),
        date_conflict=False,
        date_modified=None,
        document_type=None,
        topics=(),
        language=None,
        text=text,
        markdown=text,
        word_count=len(text.split()),
        links=(),
        attachments=(),
        annotations={},
        removed=(),
        digest="sha256:0",
        near_duplicate_of=None,
        change="new",
        change_reason=None,
        revision=1,
        provenance=PROVENANCE,
    )
    return replace(made, **fields)


def lines(records: Sequence[Record]) -> list[str]:
    return [to_json_line(one) for one in records]


def titles(found: NearDuplicates) -> list[list[str | None]]:
    return [[member.title for member in cluster] for cluster in found.clusters]


def clusters(*records: Record) -> list[list[str | None]]:
    return titles(find_near_duplicates(lines(records)))


def alike(one: str, other: str) -> bool:
    """Whether two texts are near-duplicates."""
    return bool(clusters(record("a", one), record("b", other)))


# --- Which texts are nearly the same -------------------------------------------------------------------------------


STATEMENT = words("statement", 300)


@pytest.mark.parametrize(
    "other",
    [
        f"{words('introduction', 120)}\n\n{STATEMENT}",
        f"{STATEMENT}\n\n{words('closing', 120)}",
        f"{words('x', 80)}\n\n{STATEMENT}\n\n{words('y', 80)}",
        f"{STATEMENT}\n\nSigned:\n" + "\n".join(words(name, 3).title() for name in range(30)),
        " ".join((*STATEMENT.split()[:120], words("quotation", 40), *STATEMENT.split()[160:])),
        " ".join((*STATEMENT.split()[:100], *STATEMENT.split()[160:])),  # a paragraph left out
        STATEMENT.upper(),
    ],
    ids=["introduction", "closing", "both", "signatories", "quotation", "left out", "capitals"],
)
def test_joint_statements(other: str) -> None:
    assert alike(STATEMENT, other)


def test_spelling_and_typography_change_nothing() -> None:
    american = "The organization's labor program, canceled in “defense” – of the center… traveled; finance judgment"
    british = (
        'The organisation’s labour programme, cancelled in "defence" - of the centre... travelled; ﬁnance\u00a0judge'
    )
    assert find_words(american) == find_words(f"{british}\u00adment")


def test_plain_text_is_divided_as_any_other() -> None:
    """The words of a text do not depend on whether something else in it is not ASCII."""
    text = "".join(map(chr, range(128))) + " Don't: e-mail_1 isn’t “quoted” — \x1c\x85 Labour"
    plain = find_words(text.encode("ascii", "ignore").decode())
    assert find_words(f"{text} é")[:-1] == find_words(text.replace("\x85", " "))
    assert find_words(text.encode("ascii", "ignore").decode() + " é")[:-1] == plain


def test_another_name_in_each_is_a_series() -> None:
    """A form letter that names somebody else every 25 words has most of its words from the form, and no long run."""
    form = [words(f"form {number}", 24) for number in range(12)]
    one, other = (" ".join(f"{part} {name}" for part in form) for name in ("Alder", "Birch"))
    assert not alike(one, other)


def test_nearly_the_whole_text_is_the_same() -> None:
    one = f"{words('first half', 200)} Alder {words('second half', 200)}"
    assert alike(one, one.replace("Alder", "Birch"))


def test_a_quoted_statement_is_not_the_text_that_quotes_it() -> None:
    assert not alike(words("quoted", 60), f"{words('before', 150)} {words('quoted', 60)} {words('after', 150)}")


def test_short_texts_are_like_their_equals_only() -> None:
    short = words("short", minhash.SHORT - 1)
    assert alike(short, short.title())
    assert not alike(short, f"{short} more")
    assert not alike(short, short.rsplit(" ", 1)[0])
    longer = words("longer", minhash.SHORT + 5)
    assert alike(longer, f"{longer} more")


def test_scripts_without_spaces() -> None:
    text = "".join(chr(0x4E00 + random.Random(number).randrange(3000)) for number in range(200))
    assert len(find_words(text)) == 200
    assert alike(text, text + "".join(chr(0x4E00 + number * 7) for number in range(60)))
    assert not alike(text, text[::-1])
    assert find_words("Über 東京の été กข ខ្ម ວຽ မြ カタ") == [
        *("über", "東", "京", "の", "été", "ก", "ข", "ខ", "ម", "ວ", "ຽ", "မ", "カ", "タ")
    ]


def test_similarity_is_exact_below_the_sample_and_fair_above() -> None:
    for size, off in ((300, 1e-9), (20_000, 0.05)):
        both = words(f"both {size}", size)
        one, other = f"{both} {words('x', size // 3)}", f"{both} {words('y', size // 2)}"
        found = [find_words(text) for text in (one, other)]
        runs = [{tuple(a[at : at + minhash.RUN]) for at in range(len(a) - minhash.RUN + 1)} for a in found]
        exact = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
        samples = [read_sample(sketch.sample) for text in (one, other) if (sketch := sketch_text(text)) is not None]
        assert len(samples) == 2
        assert find_similarity(*samples) == pytest.approx(exact, abs=off)


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"needs the corpora in {FOLDER}")
def test_real_pages() -> None:
    """What was measured is not given up: joint statements of real texts are found, a series of releases is not."""
    pages = [page for page in joint.read_texts() if page[0].startswith(("openglam", "mn-attorney"))]
    found = {
        (first, second) for similarity, first, second in joint.find_pairs(pages) if similarity >= minhash.THRESHOLD
    }
    assert len(found) <= 4, found
    some = [text for _, text in pages if 150 <= len(text.split()) < 1_000][::12]
    shares = dict(joint.measure_recall(some))
    _, short, usual, _ = zip(*shares.values(), strict=True)
    assert min(usual) >= 0.95, shares
    assert sorted(short)[len(short) // 2] >= 0.9, shares


# --- Which record is the original ----------------------------------------------------------------------------------


def test_the_original_is_the_earliest() -> None:
    text = words(1)
    rows = [
        record("undated", text),
        record("late", text, "2015-03-02", "two"),
        record("early", text, "2015-03-01", "three"),
        record("other", words(2)),
    ]
    found = find_near_duplicates(lines(rows))
    assert titles(found) == [["early", "late", "undated"]]
    assert [found.original_of(index) for index in range(5)] == [rows[2].id, rows[2].id, None, None, None]
    member = found.clusters[0][0]
    assert (member.index, member.id, member.collection, member.organization) == (2, rows[2].id, "three", "Three")
    assert (member.url, member.date_published) == (rows[2].url, "2015-03-01")


def test_without_dates_the_smallest_id_is_the_original() -> None:
    rows = [record(name, words(1), id=name * 20) for name in "cab"]
    assert clusters(*rows) == [["a", "b", "c"]]


def test_a_chain_is_cut() -> None:
    """A ~ B ~ C, A unlike C: B is a near-duplicate of A, and C is an original, for what it is near is none."""
    parts = [words(number, 100) for number in range(6)]
    chain = [" ".join(parts[start : start + 4]) for start in range(3)]
    a, b, c = (record(name, text, f"2015-0{at}-01") for at, name, text in zip((1, 2, 3), "abc", chain, strict=True))
    assert clusters(a, b, c) == [["a", "b"]]
    # Where B is the earliest, both are near to it.
    assert clusters(a, replace(b, date_published_earliest="2014-01-01"), c) == [["b", "a", "c"]]


def test_of_two_originals_the_more_alike_one_counts() -> None:
    parts = [words(number, 60) for number in range(10)]
    first, second, third = " ".join(parts[:7]), " ".join(parts[3:]), " ".join(parts[2:9])
    rows = (
        record("first", first, "2015-01-01"),
        record("second", second, "2015-01-02"),
        record("third", third, "2015-01-03"),
    )
    assert not alike(first, second)
    assert alike(first, third)
    assert clusters(*rows) == [["second", "third"]]


def test_any_order_gives_the_same() -> None:
    rows = [
        record(f"{cluster} {one}", f"{words(one, 30)} {words(f'c{cluster}')}", f"2015-01-{one + 1:02}", f"c{one % 3}")
        for cluster in range(4)
        for one in range(cluster + 1)
    ] + [record(f"alone {one}", words(f"alone {one}"), None, "c9") for one in range(10)]
    expected = clusters(*rows)
    assert [len(cluster) for cluster in expected] == [4, 3, 2]
    for seed in range(5):
        shuffled = random.Random(seed).sample(rows, len(rows))
        found = find_near_duplicates(lines(shuffled))
        assert titles(found) == expected
        assert all(shuffled[member.index].title == member.title for cluster in found.clusters for member in cluster)


def test_clusters_of_one_size_stand_by_the_id_of_the_original() -> None:
    names = {"x": "f", "z": "b", "y": "d"}
    rows = [record(f"{name}{copy}", words(name), id=f"{names[name]}{copy}" * 10) for name in names for copy in "01"]
    assert clusters(*rows) == [["z0", "z1"], ["y0", "y1"], ["x0", "x1"]]


def test_gone_records_take_part() -> None:
    gone = record("gone", words(1), "2014-01-01", change="gone", change_reason="withdrawn")
    assert clusters(record("there", words(1), "2015-01-01"), gone) == [["gone", "there"]]


# --- One id in several collections -----------------------------------------------------------------------------------


def test_the_same_document_twice_is_named_by_nobody() -> None:
    """Rows of one id are in a cluster, and none of them names the id that it has itself."""
    rows = [record("a", words(1), "2015-01-01", name) for name in ("two", "one")]
    rows.append(record("b", words(1), "2015-01-02"))
    found = find_near_duplicates(lines(rows))
    assert [(member.id, member.collection) for member in found.clusters[0]] == [
        (rows[0].id, "one"),
        (rows[0].id, "two"),
        (rows[2].id, "one"),
    ]
    assert [found.original_of(index) for index in range(3)] == [None, None, rows[0].id]
    assert found.clusters == find_near_duplicates(lines(rows)).clusters


def named(rows: Sequence[Record]) -> list[tuple[str, str | None]]:
    """The ids, and what each row of them names."""
    marked = mark_near_duplicates(lines(rows), find_near_duplicates(lines(rows)))
    return [(found["id"], found["near_duplicate_of"]) for found in map(json.loads, marked)]


def test_two_ids_never_name_each_other() -> None:
    """Their texts and dates differ from collection to collection: in one this is the earlier one, in another that."""
    rows = [
        record("a", words(1), "2015-01-01", "one"),
        record("b", words(1), "2015-01-02", "one"),
        record("a", words(2), "2015-02-02", "two"),
        record("b", words(2), "2015-02-01", "two"),
    ]
    a, b = rows[0].id, rows[1].id
    assert named(rows) == [(a, None), (b, a), (a, None), (b, a)]


def test_what_is_named_is_a_near_duplicate_in_no_collection() -> None:
    rows = [
        record("first", words(1), "2014-01-01"),
        record("a", words(1), "2015-01-01", "one"),
        record("a", words(2), "2015-01-01", "two"),  # here it is another text
        record("b", words(2), "2015-02-01"),
        record("c", words(2), "2015-03-01"),
    ]
    for order in itertools.permutations(rows):
        found = named(order)
        duplicates = {name for name, original in found if original is not None}
        originals = {original for _, original in found if original is not None}
        assert not duplicates & originals
        assert originals == {rows[0].id, rows[3].id}


# --- Writing it into the lines ---------------------------------------------------------------------------------------


def test_marking_changes_one_value_and_nothing_else() -> None:
    trap = '"near_duplicate_of":null,"change":'
    rows = [
        record("a", f"{words(1)} {trap}", "2015-01-01"),
        record("b", f"{words(1)} {trap}", "2015-01-02", title=trap, annotations={trap: trap, "near_duplicate_of": "x"}),
        record("c", "…\u2028é", "2015-01-02"),
    ]
    before = lines(rows)
    after = list(mark_near_duplicates(before, find_near_duplicates(before)))
    assert after == [before[0], to_json_line(replace(rows[1], near_duplicate_of=rows[0].id)), before[2]]
    assert load_record(after[1]).near_duplicate_of == rows[0].id


def spaced(line: str) -> str:
    return json.dumps(json.loads(line))


def test_lines_written_otherwise_are_written_anew() -> None:
    rows = [record("a", f"{words(1)} café", "2015-01-01"), record("b", f"{words(1)} café\u2028", "2015-01-02")]
    before = [spaced(line) for line in lines(rows)]
    found = find_near_duplicates(before)
    assert list(mark_near_duplicates(before, found)) == lines([rows[0], replace(rows[1], near_duplicate_of=rows[0].id)])
    marked = list(mark_near_duplicates(before, found))
    assert list(mark_near_duplicates(marked, found)) == marked  # also where the field is filled already
    stale = [line.replace('"near_duplicate_of":null', '"near_duplicate_of":"x"') for line in lines(rows[:1])]
    assert list(mark_near_duplicates(stale, find_near_duplicates(stale))) == lines(rows[:1])


def test_other_lines_are_refused() -> None:
    rows = lines([record("a", words(1)), record("b", words(1)), record("c", words(2))])
    found = find_near_duplicates(rows)
    with pytest.raises(ValueError, match=r"line \d is not the one that was compared"):
        list(mark_near_duplicates([rows[2], rows[2], rows[2]], found))


def test_a_line_more_or_less_is_left_as_it_is() -> None:
    rows = lines([record("a", words(1), "2015-01-01"), record("b", words(1)), record("c", words(2))])
    found = find_near_duplicates(rows[:2])
    assert list(mark_near_duplicates(rows, found))[2] == rows[2]
    assert find_near_duplicates([]).clusters == ()


# --- Hostile texts ---------------------------------------------------------------------------------------------------


def raw(name: str, text: str, **fields: Any) -> str:
    """A line whose text is written as it stands here, in JSON."""
    line = to_json_line(record(name, "TEXT", **fields))
    return line.replace('"text":"TEXT"', f'"text":"{text}"').replace('"markdown":"TEXT"', '"markdown":""')


def test_texts_without_a_word_are_like_nothing() -> None:
    found = find_near_duplicates([raw("a", ""), raw("b", ""), raw("c", "…?!"), raw("d", "…?!"), raw("e", "\\ud800")])
    assert found.clusters == ()


def test_hostile_characters() -> None:
    text = words(1)
    rows = [
        raw("nul", f"{text} \\u0000"),
        raw("surrogate", f"{text} \\ud800", date="2015-01-01").replace('"title":"surrogate"', '"title":"\\udfff"'),
        raw("separator", f"{text} \\u2028"),
        raw("far", f"{text} \\ud83d\\ude00 \u202e"),
        raw("other", f"\\ud800 {words(2)} \\u0000"),
    ]
    found = find_near_duplicates(rows)
    assert len(found.clusters) == 1
    assert found.clusters[0][0].title == "\udfff"
    marked = list(mark_near_duplicates(rows, found))
    assert marked[1] == rows[1]
    assert marked[4] == rows[4]
    for before, after in zip(rows, marked, strict=True):
        assert json.loads(after) == {**json.loads(before), "near_duplicate_of": json.loads(after)["near_duplicate_of"]}
    rewritten = list(mark_near_duplicates([spaced(row) for row in rows], found))
    assert rewritten[1].encode("utf-8").count(b"\\ud800") == 1
    assert [json.loads(row) for row in rewritten] == [json.loads(row) for row in marked]


def test_hostile_ids() -> None:
    rows = [
        raw("a", words(1)).replace(record("a", "").id, '\\ud800 \\u0000 \\u2028 \\"'),
        raw("b", words(1), date="2015-01-01").replace(record("b", "").id, "\\udfff\\\\"),
    ]
    marked = list(mark_near_duplicates(rows, find_near_duplicates(rows)))
    assert json.loads(marked[0])["near_duplicate_of"] == "\udfff\\"
    marked[0].encode("utf-8")


def test_huge_text() -> None:
    """Five megabytes: a few seconds, and no more memory than some times as much."""
    text = words("huge", 1_100_000)
    assert len(text) > 4_000_000
    rows = [record("a", text), record("b", f"{text} {words('more', 50)}")]
    before = [to_json_line(row) for row in rows]
    began = time.process_time()
    found = find_near_duplicates(before)
    assert len(found.clusters) == 1
    assert time.process_time() - began < 20


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What two texts were found to be to each other, each time that two are compared."""
    made: list[float] = []

    def compare(one: frozenset[int], other: frozenset[int]) -> float:
        made.append(find_similarity(one, other))
        return made[-1]

    monkeypatch.setattr(near_duplicates, "find_similarity", compare)
    return made


@pytest.mark.parametrize("count", [600, 1_200])
def test_equal_texts_are_compared_once(count: int, comparisons: list[float]) -> None:
    rows = (to_json_line(record(f"{number}", words(1))) for number in range(count))
    assert [len(cluster) for cluster in find_near_duplicates(rows).clusters] == [count]
    assert len(comparisons) == count - 1


@pytest.mark.parametrize("count", [400, 800])
def test_a_large_series_is_compared_in_linear_time(count: int, comparisons: list[float]) -> None:
    """All have a third of their text in common, and share bands with all others."""
    rows = (to_json_line(record(f"{number}", f"{words('form')} {words(number, 150)}")) for number in range(count))
    assert find_near_duplicates(rows).clusters == ()
    assert count < len(comparisons) <= count * 16


def test_memory_grows_with_clusters_only() -> None:
    def peak(count: int) -> int:
        rows = (to_json_line(record(f"{number}", words(number, 60))) for number in range(count))
        tracemalloc.start()
        try:
            assert find_near_duplicates(rows).clusters == ()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is loaded once
    assert peak(2_000) < peak(200) + 100_000  # bytes; a record has more than a thousand


def temporary_files() -> set[str]:
    """The files of SQLite without a name that this process holds open."""
    found = set()
    for file in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(FileNotFoundError):  # the one that listed them
            found.add(str(file.readlink()))
    return {name for name in found if "/etilqs_" in name and name.endswith("(deleted)")}


def test_what_is_noted_lies_in_a_file_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "_CACHE_KIB", 100)
    before, opened = temporary_files(), set()

    def rows() -> Iterator[str]:
        for number in range(300):
            yield to_json_line(record(f"{number}", words(number, 500)))
        opened.update(temporary_files())

    assert find_near_duplicates(rows()).clusters == ()
    assert opened > before
    assert temporary_files() == before


@pytest.mark.parametrize("fails", [False, True])
def test_the_notes_are_let_go_of(monkeypatch: pytest.MonkeyPatch, *, fails: bool) -> None:
    """Also where a line is no JSON."""
    closed: list[bool] = []
    close = sketches.Sketches.close

    def note(self: sketches.Sketches) -> None:
        close(self)
        closed.append(True)

    monkeypatch.setattr(sketches.Sketches, "close", note)
    rows = [*lines([record(f"{number}", words(number)) for number in range(50)]), *(["{"] if fails else [])]
    if fails:
        with pytest.raises(ValueError, match="Expecting"):
            find_near_duplicates(rows)
    else:
        find_near_duplicates(rows)
    assert closed == [True]


# --- The same in every process ---------------------------------------------------------------------------------------


def test_sketches_do_not_change_with_the_library() -> None:
    """If this fails with a new version of rensa, it hashes otherwise: corpora that were compared may be marked anew."""
    text = "The county keeps a list of the people it has turned away. " * 5
    sketch = sketch_text(text)
    assert sketch is not None
    assert sketch.bands[:3] == BANDS
    assert sorted(read_sample(sketch.sample))[:3] == HASHES


def test_a_fresh_process_finds_the_same() -> None:
    rows = lines([record(f"{number}", f"{words(number % 7)} {words(number, 20)}") for number in range(60)])
    program = (
        "import json, sys\n"
        "from crawler.extraction import minhash\n"
        "assert 'rensa' not in sys.modules, 'a crawl need not load it'\n"
        "from crawler.corpus.near_duplicates import find_near_duplicates\n"
        "assert 'rensa' not in sys.modules\n"
        "found = find_near_duplicates(sys.stdin.buffer.read().decode().split('\\n'))\n"
        "print(json.dumps([[member.title for member in cluster] for cluster in found.clusters]))\n"
    )
    expected = titles(find_near_duplicates(rows))
    assert len(expected) == 7
    for seed in ("1", "2"):
        ended = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            input="\n".join(rows).encode(),
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr.decode()
        assert json.loads(ended.stdout) == expected


def test_the_documented_figures_are_those_that_hold() -> None:
    text = (ROOT / "docs/record.md").read_text("utf-8")
    section = re.search(r"^## Near-duplicates\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    said = " ".join(section[1].split())
    assert f"at least half of all runs of {minhash.RUN} words" in said
    assert minhash.THRESHOLD == 0.5
    assert f"fewer than {minhash.SHORT} words" in said
    assert f"{minhash.SAMPLE:,}" in said
