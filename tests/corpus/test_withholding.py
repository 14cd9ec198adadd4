"""Records without their texts: nothing of the text is left, and all else is."""

import copy
from typing import Any

import pytest

from crawler.corpus.package.withholding import withhold_text
from tests.corpus.package_making import TEXT, make_records

SENTENCE = "Nobody outside of the building has ever read it."


def record(**changes: Any) -> dict[str, Any]:
    return {**make_records()[0], **changes}


def test_what_is_withheld_and_what_stays() -> None:
    whole = record()
    before = copy.deepcopy(whole)
    withheld = withhold_text(whole)
    assert whole == before
    assert list(withheld) == list(whole)
    assert withheld["text"] is withheld["markdown"] is None
    assert withheld["links"] == [{"text": None, "url": "https://a.example/list"}]
    assert withheld["attachments"] == [{"text": None, "url": "https://a.example/letter.pdf"}]
    assert withheld["removed"] == [{"text": None, "reason": "contact", "position": 4, "support": 3}]
    changed = ("text", "markdown", "links", "attachments", "removed")
    assert {name: withheld[name] for name in whole if name not in changed} == {
        name: whole[name] for name in whole if name not in changed
    }


@pytest.mark.parametrize(
    ("changes", "name", "left"),
    [
        ({"annotations": {"quotation": SENTENCE, "coder": "AB"}}, "annotations", {"quotation": None, "coder": "AB"}),
        ({"annotations": {"q": f"He said: “{SENTENCE.upper()}”"}}, "annotations", {"q": None}),
        ({"annotations": {"note": "call us about the list of people"}}, "annotations", {"note": None}),
        ({"annotations": {SENTENCE: "yes"}}, "annotations", {"Nobody outside of th…": "yes"}),
        (
            {"annotations": {"note": "the building has ever been"}},
            "annotations",
            {"note": "the building has ever been"},
        ),
        ({"topics": [SENTENCE, "jails"]}, "topics", ["jails"]),
        ({"document_type": SENTENCE}, "document_type", None),
        ({"organization": TEXT}, "organization", None),
        ({"date_published_raw": SENTENCE}, "date_published_raw", None),
        ({"text": "We won.", "annotations": {"all": "We won!"}}, "annotations", {"all": None}),
        ({"title": SENTENCE}, "title", SENTENCE),
    ],
)
def test_values_that_repeat_the_text_go(changes: dict[str, Any], name: str, left: Any) -> None:
    assert withhold_text(record(**changes))[name] == left


def test_addresses_lose_what_they_quote() -> None:
    shared = "https://s.example/intent?text=Nobody%20outside+of%20the%20building%20has%20ever&via=x"
    links = [{"text": "share", "url": url} for url in (shared, "https://a.example/x?page=2#top", "https://a.example/#")]
    urls = [link["url"] for link in withhold_text(record(links=links))["links"]]
    assert urls == ["https://s.example/intent", "https://a.example/x?page=2#top", "https://a.example/#"]


def test_evidence_keeps_its_words_unless_they_are_the_text() -> None:
    evidence = [{**record()["date_evidence"][0], "raw": raw} for raw in ("March 2015", SENTENCE)]
    assert [one["raw"] for one in withhold_text(record(date_evidence=evidence))["date_evidence"]] == [
        "March 2015",
        None,
    ]
