"""Other extractors: in processes of their own, with a time limit, and missing where they are not installed."""

from collections.abc import Sequence
from gzip import compress
from pathlib import Path

import pytest

from benchmarks import peer_process
from benchmarks.corpora import GoldPage
from benchmarks.peer_process import PEERS_PYTHON, find_peer_version, read_with_peer
from benchmarks.peer_worker import read_file
from benchmarks.peers import PEERS, PeerText, decode

HTML = b"<html><head><title>Water | Site</title></head><body><article><h1>Water</h1>%s</article></body></html>" % (
    b"<p>The river carried more water this spring than in any year since the gauge was built, and it stayed.</p>" * 3
)


def page(folder: Path, name: str = "page.html.gz", body: bytes = HTML) -> GoldPage:
    (folder / name).write_bytes(compress(body))
    return GoldPage("any", str(folder / name), "https://example.org/water", {})  # an absolute path stays as it is


def test_trafilatura_in_a_process_of_its_own(tmp_path: Path) -> None:
    assert find_peer_version("trafilatura") is not None
    found = read_with_peer("trafilatura", [page(tmp_path), page(tmp_path, "empty.html.gz", b"<p>")])
    assert [["any year since the gauge" in one.text, one.title, one.error] for one in found] == [
        [True, "Water", None],
        [False, None, None],
    ]


@pytest.mark.skipif(not PEERS_PYTHON.exists(), reason="make peers was not run")
@pytest.mark.parametrize("name", [name for name in PEERS if name != "trafilatura"])
def test_peer_reads_a_page(name: str, tmp_path: Path) -> None:
    (found,) = read_with_peer(name, [page(tmp_path)])
    assert found.error is None
    assert "any year since the gauge" in found.text
    assert (found.title is None) is (name == "resiliparse")
    assert "Water" in (found.title or "Water")


def test_a_peer_that_fails_names_its_exception(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(body: bytes, url: str) -> PeerText:
        raise ValueError(url)

    monkeypatch.setitem(PEERS, "trafilatura", fail)
    assert read_file("trafilatura", str(page(tmp_path).path), "") == PeerText("", None, "ValueError")


WORKER = """
import json, sys, time
print(json.dumps({"name": "any", "version": "1"}), flush=True)
for line in sys.stdin:
    url = json.loads(line)["url"]
    if url == "hang":
        time.sleep(60)
    if url == "end":
        sys.exit(1)
    print(json.dumps({"text": url, "title": None, "error": None}), flush=True)
"""


def use_worker(monkeypatch: pytest.MonkeyPatch, folder: Path, source: str) -> None:
    package = folder / "benchmarks"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "peer_worker.py").write_text(source, "utf-8")
    monkeypatch.setattr(peer_process, "ROOT", folder)


def test_a_page_that_hangs_costs_only_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_worker(monkeypatch, tmp_path, WORKER)
    urls: Sequence[str] = ("one", "hang", "two", "end", "three", "four")
    found = read_with_peer("trafilatura", [GoldPage("any", "x", url, {}) for url in urls], limit=1)
    assert [one.text or one.error for one in found] == ["one", "timeout", "two", "ended", "three", "four"]


def test_a_peer_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_worker(monkeypatch, tmp_path, "raise SystemExit(1)")
    with pytest.raises(RuntimeError, match=r"trafilatura did not start \(ended\)"):
        read_with_peer("trafilatura", [])


def test_peers_that_are_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peer_process, "PEERS_PYTHON", tmp_path / "python")
    assert find_peer_version("goose3") is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("é".encode(), "é"),
        (b"\xef\xbb\xbfe", "e"),
        (b'<meta charset="iso-8859-15">\xa4', '<meta charset="iso-8859-15">€'),
        (b"<meta charset=nonsense>\x80", "<meta charset=nonsense>€"),
        (b"\x80", "€"),
    ],
)
def test_characters_for_those_who_take_characters(body: bytes, text: str) -> None:
    assert decode(body) == text
