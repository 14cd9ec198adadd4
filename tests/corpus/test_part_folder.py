"""A folder that bears its name only when it is complete."""

import subprocess
import sys
from pathlib import Path

import pytest

from crawler.corpus.package.part_folder import make_folder
from crawler.errors import UserError
from tests.runs.harness import ROOT

NAMES = ("models", "link", "file")


def test_a_folder_is_renamed_when_it_is_complete(tmp_path: Path) -> None:
    wanted = tmp_path / "deeper" / "package"
    with make_folder(wanted, NAMES) as part:
        (part / "a").mkdir()
        (part / "a" / "file").write_text("x")
        assert not wanted.exists()
    assert (wanted / "a" / "file").read_text() == "x"
    assert list(wanted.parent.iterdir()) == [wanted]


def test_an_empty_folder_is_taken_and_others_are_refused(tmp_path: Path) -> None:
    empty, full, file = (tmp_path / name for name in ("empty", "full", "file"))
    empty.mkdir()
    full.mkdir()
    (full / "DATASHEET.md").touch()
    file.touch()
    with make_folder(empty, NAMES) as part:
        (part / "file").touch()
    assert (empty / "file").exists()
    for path, said in ((full, "not empty"), (file, "it is a file"), (file / "below", "cannot be written")):
        with pytest.raises(UserError, match=said), make_folder(path, NAMES):
            pytest.fail("it was taken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full"]


def fill(folder: Path, error: BaseException | None = None, taken: Path | None = None) -> None:
    with make_folder(folder, NAMES) as part:
        (part / "file").touch()
        if error is not None:
            raise error
        if taken is not None:
            taken.parent.mkdir()
            taken.touch()


def test_what_goes_wrong_leaves_nothing(tmp_path: Path) -> None:
    for error in (OSError("full"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            fill(tmp_path / "package", error)
        assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_replaced(tmp_path: Path) -> None:
    left = tmp_path / "package.part"
    (left / "models").mkdir(parents=True)
    (left / "models" / "old").touch()
    (left / "link").symlink_to(tmp_path)
    with make_folder(tmp_path / "package", NAMES) as part:
        (part / "new").touch()
    assert [path.name for path in (tmp_path / "package").iterdir()] == ["new"]


def test_a_folder_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "package.part", tmp_path / "theirs"
    for folder in (mine, theirs):
        folder.mkdir()
        (folder / "notes").touch()
    with pytest.raises(UserError, match="holds notes"):
        fill(tmp_path / "package")
    (tmp_path / "other.part").symlink_to(theirs)
    with pytest.raises(UserError, match="it is a link"):
        fill(tmp_path / "other")
    assert (mine / "notes").exists()
    assert (theirs / "notes").exists()


def test_two_processes_do_not_fill_one_folder(tmp_path: Path) -> None:
    wanted = tmp_path / "package"
    other = f"""
from pathlib import Path
from crawler.corpus.package.part_folder import make_folder
with make_folder(Path({str(wanted)!r}), ("file",)):
    pass
"""
    with make_folder(wanted, NAMES) as part:
        (part / "file").touch()
        done = subprocess.run([sys.executable, "-c", other], cwd=ROOT, check=False, capture_output=True, text=True)
        assert "another process is writing it" in done.stderr
        assert (part / "file").exists()
    assert (wanted / "file").exists()


def test_a_name_that_was_taken_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    wanted = tmp_path / "package"
    with pytest.raises(UserError, match="not empty"):
        fill(wanted, taken=wanted / "mine")
    assert [path.name for path in wanted.iterdir()] == ["mine"]
    assert not (tmp_path / "package.part").exists()
