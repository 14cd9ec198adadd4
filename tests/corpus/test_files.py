"""Files that bear their name only when they are complete."""

from pathlib import Path

import pytest

from crawler.corpus.files import completing
from crawler.corpus.formats.sqlite import write_sqlite
from crawler.errors import UserError
from tests.corpus.making import make_lines, make_record
from tests.corpus.readers import read_sqlite


def write(path: Path, text: str) -> None:
    with completing(path) as part:
        part.write_text(text)


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text("before")
    (tmp_path / "corpus.jsonl.part").write_text("a longer text than the one that follows")
    write(path, "after")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_two_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "corpus.sqlite"
    with completing(path) as part:
        write_sqlite(make_lines([make_record("a")]), part, None)
        with pytest.raises(UserError, match="another process is writing it"):
            write(path, "other")
        assert part.exists()
    assert len(list(read_sqlite(path))) == 1
    write(path, "other")
    assert path.read_text() == "other"
