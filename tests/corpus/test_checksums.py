"""SHA256SUMS, against sha256sum."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from crawler.corpus.package.checksums import digest_file, format_sums, list_paths, parse_sums

NAMES = ("b.txt", "a/b.txt", "a b", "back\\slash", "line\nfeed", "return\r", "ünï.json", " space", "*star")


def write(folder: Path) -> dict[str, str]:
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode() * 3)
    return {name: digest_file(folder / name).sha256 for name in list_paths(folder)}


def test_lists_are_read_as_they_were_written(tmp_path: Path) -> None:
    digests = write(tmp_path)
    assert sorted(digests) == sorted(NAMES)
    assert digests["a b"] == hashlib.sha256(b"a b" * 3).hexdigest()
    text = format_sums(dict(reversed(digests.items())))
    assert {path: digest for _, path, digest in parse_sums(text)} == digests
    assert [path for _, path, _ in parse_sums(text)] == sorted(NAMES)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_sha256sum_reads_them(tmp_path: Path) -> None:
    digests = write(tmp_path)
    (tmp_path / "SUMS").write_text(format_sums(digests), newline="")
    subprocess.run(["sha256sum", "--strict", "-c", "SUMS"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "back\\slash").write_text("other")
    done = subprocess.run(["sha256sum", "-c", "SUMS"], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 1


@pytest.mark.parametrize("text", ["abc  x\n", f"{'0' * 64}  x", f"{'0' * 64}\n", "\n", f"{'G' * 64}  x\n"])
def test_other_lines_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^line 1 is"):
        list(parse_sums(text))


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    assert list_paths(tmp_path) == ["folder/file", "link"]
