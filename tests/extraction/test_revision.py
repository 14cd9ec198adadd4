"""What became of a record: new, changed, unchanged or gone, why, and which revision it is."""

import pytest

from crawler.extraction.revision import Before, Change, find_change
from items import ChangeReason

DIGEST, OTHER = "sha256:1", "sha256:2"
EDIT, MODEL, PROGRAM = ChangeReason.EDIT, ChangeReason.MODEL, ChangeReason.PROGRAM
RESTORED, WITHDRAWN, MOVED = ChangeReason.RESTORED, ChangeReason.WITHDRAWN, ChangeReason.MOVED
DUPLICATE, EXCLUDED = ChangeReason.DUPLICATE, ChangeReason.EXCLUDED


@pytest.mark.parametrize(
    ("before", "change"),
    [
        # There was no record.
        (None, Change("new", None, 1)),
        # There was one, and there is.
        (Before(1, DIGEST), Change("unchanged", None, 1)),
        (Before(4, DIGEST, cause=MODEL), Change("unchanged", None, 4)),
        (Before(1, OTHER), Change("changed", EDIT, 2)),
        (Before(4, OTHER, cause=MODEL), Change("changed", MODEL, 5)),
        (Before(4, OTHER, cause=PROGRAM), Change("changed", PROGRAM, 5)),
        # It goes.
        (Before(1, DIGEST, leaves=WITHDRAWN), Change("gone", WITHDRAWN, 2)),
        (Before(1, DIGEST, leaves=MOVED), Change("gone", MOVED, 2)),
        (Before(1, DIGEST, leaves=DUPLICATE), Change("gone", DUPLICATE, 2)),
        (Before(1, DIGEST, leaves=EXCLUDED), Change("gone", EXCLUDED, 2)),
        (Before(3, OTHER, leaves=MOVED, cause=MODEL), Change("gone", MOVED, 4)),
        # It was gone and stays so: one revision, however many nights and whatever it reads as now.
        (Before(2, DIGEST, gone=WITHDRAWN, leaves=WITHDRAWN), Change("gone", WITHDRAWN, 2)),
        (Before(2, OTHER, gone=MOVED, leaves=MOVED, cause=PROGRAM), Change("gone", MOVED, 2)),
        # It was gone and is there again, with the same text or another.
        (Before(2, DIGEST, gone=WITHDRAWN), Change("changed", RESTORED, 3)),
        (Before(2, OTHER, gone=DUPLICATE, cause=MODEL), Change("changed", RESTORED, 3)),
    ],
)
def test_what_becomes_of_a_record(before: Before | None, change: Change) -> None:
    assert find_change(DIGEST, before) == change


def test_a_page_that_comes_and_goes_counts_on() -> None:
    told = []
    before: Before | None = None
    for leaves in (None, None, WITHDRAWN, WITHDRAWN, None, MOVED, None, None):
        if before is not None:
            before = Before(before.number, before.digest, before.gone, leaves)
        change = find_change(DIGEST, before)
        told.append((change.change, change.revision))
        before = Before(change.revision, DIGEST, change.reason if change.change == "gone" else None)
    assert told == [
        *(("new", 1), ("unchanged", 1), ("gone", 2), ("gone", 2)),
        *(("changed", 3), ("gone", 4), ("changed", 5), ("unchanged", 5)),
    ]
