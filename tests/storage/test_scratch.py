"""What a run notes of each page: redirects, copies, contents and ends, in a database that is no part of the ledger."""

from collections.abc import Iterator

import pytest

from crawler.storage.ledger import End, LedgerError, State
from crawler.storage.scratch import Scratch


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    made = Scratch()
    yield made
    made.close()


def note(scratch: Scratch, *pages: tuple[str, str, str]) -> None:
    scratch.begin_pages()
    for page in pages:
        scratch.add_page(*page)
    scratch.index_pages()


def test_all_that_leads_to_a_page(scratch: Scratch) -> None:
    assert scratch.sources_of("c") == {}
    assert scratch.target_of("a") is None
    scratch.add_redirects([("c", "b", '{"row": 2}'), ("c", "bb", "{}"), ("b", "a", "{}"), ("d", "e", "{}")])
    assert list(scratch.sources_of("c").items()) == [("a", {}), ("b", {"row": 2}), ("bb", {})]
    assert scratch.sources_of("a") == {}
    assert [scratch.target_of(url) for url in "abcde"] == ["b", "c", None, None, "d"]
    scratch.drop_redirects()
    assert scratch.sources_of("c") == {}


def test_redirects_in_a_circle(scratch: Scratch) -> None:
    scratch.add_redirects([("b", "a", "{}"), ("a", "b", "{}"), ("c", "c", "{}")])
    assert list(scratch.sources_of("a")) == ["b"]
    assert scratch.sources_of("c") == {}


def test_what_is_known_of_a_source_is_what_was_noted_first(scratch: Scratch) -> None:
    scratch.add_redirects([("b", "a", '{"row": 1}')])
    scratch.add_redirects([("b", "a", '{"row": 2}')])
    assert scratch.sources_of("b") == {"a": {"row": 1}}


def test_the_shortest_url_of_a_payload_by_characters(scratch: Scratch) -> None:
    pages = [("u/aaa", "1"), ("u/b", "2"), ("u/z", "1"), ("u/\xe9", "2"), ("u/\U0001f600", "1")]
    note(scratch, *((url, "u", payload) for url, payload in pages))
    assert list(scratch.repeated_payloads()) == [("1", "u/z"), ("2", "u/b")]
    assert list(scratch.urls_of_payload("1")) == ["u/aaa", "u/z", "u/\U0001f600"]
    assert scratch.is_payload_of("1", "u/z")
    assert not scratch.is_payload_of("1", "u/b")


def test_copies_are_no_pages(scratch: Scratch) -> None:
    note(scratch, ("a/1", "a", "1"), ("b/1", "b", "2"), ("b/2", "b", "1"), ("b/3", "b", "3"))
    assert not scratch.is_copy("b/2")
    for payload, original in scratch.repeated_payloads():
        for url in scratch.urls_of_payload(payload):
            if url != original:
                scratch.add_copy(url, original)
    scratch.drop_copies()
    assert [url for url in ("a/1", "b/1", "b/2", "b/3") if scratch.is_copy(url)] == ["b/2"]
    assert list(scratch.count_pages().items()) == [("a", 1), ("b", 2)]
    assert list(scratch.urls_of_site("b")) == ["b/1", "b/3"]
    scratch.begin_pages()
    assert not scratch.is_copy("b/2")
    assert scratch.count_pages() == {}


def test_the_first_page_with_a_content(scratch: Scratch) -> None:
    assert [scratch.find_first(*one) for one in (("x", "a"), ("y", "b"), ("x", "c"), ("x", "a"))] == list("abaa")
    scratch.begin_pages()
    assert scratch.find_first("x", "c") == "c"


def test_the_last_word_on_an_end_counts(scratch: Scratch) -> None:
    scratch.add_end(End(7, State.RECORDED, record_digest="digest"))
    scratch.add_end(End(3, State.DUPLICATE, detail="of \ud800"))
    scratch.add_end(End(7, State.EXCLUDED, "no_text"))
    assert list(scratch.ends()) == [End(3, State.DUPLICATE, None, "of ?"), End(7, State.EXCLUDED, "no_text")]
    assert list(scratch.ends()) == list(scratch.ends()), "they can be told again, when the ledger could not be written"


def test_notes_that_cannot_be_read(scratch: Scratch) -> None:
    scratch.close()
    with pytest.raises(LedgerError, match=r"^temporary notes: "):
        scratch.count_pages()
    with pytest.raises(LedgerError, match=r"^temporary notes: "):
        list(scratch.ends())
