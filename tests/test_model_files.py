"""The readable copies of models, and a researcher's decisions, beside the archive."""

from pathlib import Path

import pytest

from crawler.errors import UserError
from crawler.extraction.decisions import Decision, Decisions
from crawler.extraction.model import SiteModel
from crawler.learning import as_learned
from crawler.model_files import read_decisions, read_models, write_decisions, write_models


def test_models_by_host(tmp_path: Path) -> None:
    sites = {host: as_learned(SiteModel(host, pages=9)) for host in ("", "a.example", "b.example")}
    write_models(tmp_path, sites)
    assert read_models(tmp_path) == sites
    assert {path.name for path in (tmp_path / "models").iterdir()} == {"files.json", "a.example.json", "b.example.json"}
    write_models(tmp_path, {"b.example": sites["b.example"]})
    assert read_models(tmp_path) == {"b.example": sites["b.example"]}


def test_no_models(tmp_path: Path) -> None:
    assert read_models(tmp_path) == {}


@pytest.mark.parametrize("data", [b"", b"{}", b'{"host": 1}', b'{"host": "a", "version": 99}'])
def test_a_file_that_is_no_model(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.json").write_bytes(data)
    with pytest.raises(UserError, match=r"a\.json: .*model"):
        read_models(tmp_path)


def test_decisions(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    assert read_decisions(folder) == Decisions()
    decisions = Decisions({"0123456789abcdef": Decision("drop", "Ends")})
    write_decisions(folder, decisions)
    assert read_decisions(folder) == decisions
    assert [path.name for path in folder.iterdir()] == ["templates.json"]
    (folder / "templates.json").write_bytes(b"{")
    with pytest.raises(UserError, match=r"templates\.json: .*allowed: decisions by id"):
        read_decisions(folder)
