"""What the tests of `package` and `verify` share: packages of the sample, and how somebody would tamper with one."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.corpus.package.checksums import digest_file, format_sums, parse_sums
from crawler.corpus.verifying.findings import Findings
from crawler.corpus.verifying.verification import verify_package
from tests.runs.harness import Crawl, Run

PROGRAM = (sys.executable, "-m", "crawler")
DOCUMENTS = ("CITATION.cff", "DATASHEET.md", "README.md")


def call(crawl: Crawl, *arguments: str | Path, **options: Any) -> Run:
    return crawl(*arguments, feed=None, level=None, program=PROGRAM, **options)


def check(folder: Path) -> list[str]:
    """Verify a package in this process: what is wrong with it."""
    lines: list[str] = []
    verify_package(folder, Findings(lines.append))
    return lines


@dataclass
class Packages:
    """The sample, crawled once, and its packages; tests change copies only."""

    crawl: Crawl
    plain: Path
    without_text: Path
    with_archive: Path
    exported: bytes


@pytest.fixture(scope="session", name="packages")
def make_packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packages]:
    crawl = Crawl(tmp_path_factory.mktemp("packages"))
    crawl("sample", feed=None).check(0)
    folders = [crawl.folder / name for name in ("plain", "without-text", "with-archive")]
    for folder in folders:
        options = () if folder.name == "plain" else (f"--{folder.name}",)
        said = call(crawl, "package", "sample", "-o", folder, *options).check(
            0, f"31 records of sample packed in {folder}$"
        )
        assert said.stderr.count("\n") == 1 + (folder.name == "with-archive")  # a word on who should have it
        assert said.stdout == b""
    exported = call(crawl, "export", "sample").check(0).stdout
    plain, without_text, with_archive = folders
    yield Packages(crawl, plain, without_text, with_archive, exported)
    crawl.end_all()


@pytest.fixture(name="copy")
def make_copies(packages: Packages, tmp_path: Path) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return Path(shutil.copytree(folder, tmp_path / "package"))

    return make


def seal(folder: Path) -> None:
    """Let all digests be right again, as somebody would who changes a package and wants nobody to notice."""
    described = json.loads((folder / "datapackage.json").read_text())
    for resource in described["resources"]:
        path = folder / resource["path"]
        if path.exists():
            digest = digest_file(path)
            resource["bytes"], resource["hash"] = digest.size, f"sha256:{digest.sha256}"
    (folder / "datapackage.json").write_text(json.dumps(described))
    croissant = json.loads((folder / "croissant.json").read_text())
    for one in croissant["distribution"]:
        path = folder / one["contentUrl"]
        if path.exists():
            digest = digest_file(path)
            one["contentSize"], one["sha256"] = f"{digest.size} B", digest.sha256
    (folder / "croissant.json").write_text(json.dumps(croissant))
    listed = [path for _, path, _ in parse_sums((folder / "SHA256SUMS").read_text())]
    sums = {path: digest_file(folder / path).sha256 for path in listed if (folder / path).exists()}
    (folder / "SHA256SUMS").write_text(format_sums(sums))


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
