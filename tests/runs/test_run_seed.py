"""Coded text files: the founding example in ../shared/seed, and one of the same form written for this test."""

from pathlib import Path
from typing import Any

from tests.runs.harness import Crawl, Run

OWN = """

River Towns Legal Network

Water, Housing, & the Right to Stay

<https://rivertowns.example/home/what-we-write/letter-on-the-flood-line>

Open Letter

July, 9, 2012 - On Monday the Network sent [an open letter](#) to the planning board about the flood line, which had \
been moved by forty yards in a meeting nobody had announced. The letter asks that the old line be kept until those \
who live between the two have been heard, and that [the minutes of the meeting](#) be put where they can be read. \
(The board has until the autumn to answer, and has said that it will).

Stay connected

Stand with the people of the river!

12 Ferry Street
2nd Floor
Port Ellery, NJ 08099

Main: 555-201-0144
Fax: 555-201-0145

[Contact us](#)

[Privacy Policy](#)

2014 River Towns Legal Network

Main: 555-201-0144
Fax: 555-201-0145

[Contact us](#)

[Privacy Policy](#)

2014 River Towns Legal Network

Main: 555-201-0144
Fax: 555-201-0145

[Contact us](#)

[Privacy Policy](#)

2014 River Towns Legal Network

Stay connected
"""


def words_of(source: str) -> str:
    """A coded text file as text: without the syntax of links and white space."""
    return " ".join(source.replace("[", "").replace("](#)", "").replace("<", "").replace(">", "").split())


def check_coded(run: Run, source: str) -> dict[str, Any]:
    """What holds for every file of this form: all that is not text is removed, with a reason, and nothing is lost."""
    (record,) = run.records
    assert "](" not in record["text"]
    assert all(removed["reason"] for removed in record["removed"])
    positions = [removed["position"] for removed in record["removed"]]
    assert positions == sorted(positions)
    kept_at = next(position for position in range(len(positions) + 1) if position not in positions)
    pieces = {removed["position"]: removed["text"] for removed in record["removed"]} | {kept_at: record["text"]}
    back = " ".join(pieces[position] for position in sorted(pieces))
    assert " ".join(back.replace("<", "").replace(">", "").split()) == words_of(source)
    assert record["date_published_precision"] == "day"
    assert record["date_conflict"] is False
    evidence = record["date_evidence"][0]
    assert (evidence["source"], evidence["kind"]) == ("dateline", "published")
    assert evidence["value"] == record["date_published"]
    assert evidence["raw"] == record["date_published_raw"]
    assert record["provenance"]["method"] == "coded-text"
    return record


def test_own_file(crawl: Crawl) -> None:
    folder = crawl.folder / "letters"
    folder.mkdir()
    (folder / "one.txt").write_text(OWN, encoding="utf-8")
    record = check_coded(crawl("documents", "-a", f"path={folder}").check(0, "well: 1 record"), OWN)
    assert record["organization"] == "River Towns Legal Network"
    assert record["topics"] == ["Water, Housing, & the Right to Stay"]
    assert record["url"] == "https://rivertowns.example/home/what-we-write/letter-on-the-flood-line"
    assert record["document_type"] == "Open Letter"
    assert record["date_published"] == "2012-07-09"
    assert record["date_published_raw"] == "July, 9, 2012"
    paragraph = OWN.split("\n\n")[5].replace("[", "").replace("](#)", "")
    assert record["text"] == paragraph
    footer = [line for line in OWN.partition("has said that it will).")[2].splitlines() if line]
    removed = [entry["text"] for entry in record["removed"]]
    assert removed[4:] == [line.replace("[", "").replace("](#)", "") for line in footer]
    assert [entry["reason"] for entry in record["removed"][:4]] == ["header_field"] * 4
    assert record["collection"] == "letters"
    assert record["provenance"]["source_file"] == "one.txt"


def test_seed(crawl: Crawl, seed: Path) -> None:
    source = next(seed.glob("*.txt")).read_text(encoding="utf-8")
    record = check_coded(crawl("documents", "-a", f"path={seed}").check(0, "well: 1 record"), source)
    lines = [line for line in source.splitlines() if line]
    assert record["organization"] == "Center for Constitutional Rights"
    assert record["topics"] == [lines[1]]
    assert f"<{record['url']}>" == lines[2]
    assert record["document_type"] == "Public Facing Advocacy Writing"
    assert record["date_published"] == "2015-03-27"
    assert record["date_published_earliest"] == record["date_published_latest"] == "2015-03-27"
    assert record["date_published_raw"] == "March, 27, 2015"
    assert record["text"].startswith("March, 27, 2015 - Today, CCR")
    assert record["text"].endswith("torture-by-proxy).")
    assert "\n" not in record["text"]
    for linked in ("amicus brief", "our suit seeking accountability"):
        assert linked in record["text"], "the words of a link stay"
    removed = [entry["text"] for entry in record["removed"]]
    for line in lines[5:]:
        text = line.replace("[", "").replace("](#)", "")
        assert text in removed
        assert text not in record["text"].split("\n")
    assert removed.count("Main: 212-614-6464") == 3
    assert len(removed) == len(lines) - 1
