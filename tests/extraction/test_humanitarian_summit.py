"""An untidy site read whole: no labelled sentence is lost, no labelled boilerplate stays, little repeats.

The sentences were chosen by hand and are known by their hashes alone (benchmarks/sentence_labels.py).
"""

from pathlib import Path

import pytest

from benchmarks.corpora import FOLDER, load_pages
from benchmarks.measures import share_repeated
from benchmarks.sentence_labels import find_missing, find_present, load
from tests.extraction.site_making import learn_site, read_text

CORPUS = "un-humanitarian-summit"
PAGES = 59
MAX_REPEATED = 0.02  # of the characters
LABELS = load(Path(__file__).with_name("un_humanitarian_summit_labels.json"))

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Give the text of each file."""
    pages = load_pages(CORPUS)
    bodies = {page.url: page.body() for page in pages}
    assert len(bodies) == len(pages) == PAGES
    model = learn_site(bodies)
    return {page.file: read_text(page.url, bodies[page.url], model) for page in pages}


def test_every_page_has_a_text_but_the_one_that_is_a_form(texts: dict[str, str]) -> None:
    assert [file for file, text in texts.items() if not text.strip()] == ["pages/contact.html.gz"]


def test_no_labelled_sentence_is_lost(texts: dict[str, str]) -> None:
    assert LABELS.pages.keys() <= texts.keys()
    lost = {
        file: [(label.place, label.sha256[:8]) for label in missing]
        for file, labels in LABELS.pages.items()
        if (missing := find_missing(texts[file], labels))
    }
    assert lost == {}


def test_no_boilerplate_stays(texts: dict[str, str]) -> None:
    assert LABELS.boilerplate
    stayed = {
        file: [label.sha256[:8] for label in present]
        for file, text in texts.items()
        if (present := find_present(text, LABELS.boilerplate, file))
    }
    assert stayed == {}


def test_little_stands_on_three_documents(texts: dict[str, str]) -> None:
    documents = list(dict.fromkeys(texts.values()))  # files with the same text are one document
    assert share_repeated(documents) <= MAX_REPEATED
