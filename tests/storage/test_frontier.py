"""What the ledger knows of pages that only links lead to: which wait, what was visited, and what was said before."""

from dataclasses import replace

import pytest

from crawler.discovery.waves import Held, Tried
from crawler.storage.frontier import Said
from crawler.storage.ledger import Discovered, Ledger, LedgerError, State
from tests.storage.ledger_making import ANSWER, FINISH, START, address, pages, reopen, take


def waiting(*numbers: int, role: str = "page") -> list[Discovered]:
    return [Discovered(address(number), role, state=State.HELD) for number in numbers]


def numbers_held(ledger: Ledger) -> list[int]:
    return [int(one.url.rpartition("/")[2]) for one in ledger.held()]


@pytest.fixture
def parent(ledger: Ledger) -> int:
    """A visit in flight, of the page 1."""
    ledger.discover(pages(1))
    return take(ledger).id


# --- what waits ----------------------------------------------------------------------------------------------------


def test_what_is_held_waits_and_keeps_the_run_from_its_end(ledger: Ledger) -> None:
    ledger.discover(waiting(3, 2), parent=None)
    assert ledger.held() == [Held(1, address(3), None), Held(2, address(2), None)]
    assert ledger.next_pending(0) is None
    assert ledger.next_due() is None
    assert ledger.count_unfinished() == 2
    with pytest.raises(LedgerError, match="2 pages are not settled"):
        ledger.end_run(FINISH)
    with pytest.raises(LedgerError, match="cannot be settled as held"):
        ledger.settle(1, State.HELD)


def test_the_parent_is_written_by_discover_and_settle(ledger: Ledger, parent: int) -> None:
    ledger.discover(waiting(2), parent)
    ledger.settle(parent, State.LISTING, found=waiting(2, 3), fetched=ANSWER)
    assert [(one.url, one.parent) for one in ledger.held()] == [(address(2), parent), (address(3), parent)]
    other = reopen(ledger)
    other.discover(waiting(3, 4))
    assert [one.parent for one in other.held()] == [parent, parent, None]  # where it was found first
    other.close()


def test_what_is_held_is_released_or_let_go(ledger: Ledger, parent: int) -> None:
    ledger.discover(waiting(2, 3, 4, 5))
    two, three, four, _ = (one.id for one in ledger.held())
    ledger.release_held([two, parent, 999])
    ledger.let_go_held([three, four, parent, two], "nothing_new")
    assert numbers_held(ledger) == [5]
    assert ledger.counts() == {
        (State.HELD, None): 1,
        (State.PENDING, None): 1,
        (State.IN_FLIGHT, None): 1,  # what is not held is left as it is
        (State.EXCLUDED, "nothing_new"): 2,
    }
    assert take(ledger).url == address(2)
    ledger.release_held([three])  # too late
    assert ledger.next_pending(0) is None
    ledger.release_held([])


def test_what_is_held_is_released_when_it_is_found_again_to_be_visited_in_any_case(ledger: Ledger) -> None:
    ledger.discover(waiting(1, 2, 3, 4, 5))
    ledger.let_go_held([5], "nothing_new")
    assert ledger.discover([*pages(1, priority=7), *waiting(2)]) == 0
    ledger.discover([Discovered(address(3), "page", state=State.OUT_OF_SCOPE, reason="allow")])
    ledger.discover([Discovered(address(4), "listing", 50, state=State.PENDING)])
    assert numbers_held(ledger) == [2, 3]
    listing, page = take(ledger), take(ledger)
    assert (listing.url, listing.role, listing.priority) == (address(4), "listing", 50)
    assert (page.url, page.role, page.priority) == (address(1), "page", 7)
    assert ledger.next_pending(0) is None


def test_a_redirect_releases_what_is_held(ledger: Ledger, parent: int) -> None:
    ledger.discover(waiting(2))
    ledger.settle(parent, State.REDIRECTED, detail=address(2), found=pages(2), fetched=ANSWER)
    assert numbers_held(ledger) == []
    assert take(ledger).url == address(2)


def test_a_limit_lets_go_of_what_is_held_too(ledger: Ledger, parent: int) -> None:
    ledger.discover([*waiting(2, 3), *pages(4)])
    assert ledger.exclude_pending("limit") == 3
    assert ledger.counts() == {(State.IN_FLIGHT, None): 1, (State.EXCLUDED, "limit"): 3}


def test_a_run_that_goes_on_finds_what_it_held_and_another_does_not(ledger: Ledger) -> None:
    ledger.discover(waiting(1))
    again = reopen(ledger)
    assert numbers_held(again) == [1]
    again.begin_run("crawl other", START)
    assert again.held() == []
    again.discover(pages(1))
    again.exclude_pending("limit")
    again.begin_run("crawl sample", START)
    assert numbers_held(again) == [1]
    again.close()


# --- what was visited ----------------------------------------------------------------------------------------------


def test_evidence_is_of_pages_that_were_looked_at(ledger: Ledger) -> None:
    ends: list[tuple[State, str | None, int | None, bool, str]] = [
        (State.STORED, None, 40, True, "page"),
        (State.STORED, None, None, True, "page"),  # nobody looked: a document that a sitemap named
        (State.LISTING, None, 0, True, "listing"),
        (State.LISTING, None, None, True, "sitemap"),
        (State.REDIRECTED, None, None, True, "page"),
        (State.REDIRECTED, None, None, True, "feed"),
        (State.GONE, "http_404", None, True, "page"),
        (State.GONE, "http_404", None, True, "robots"),
        (State.EXCLUDED, "not_html", None, True, "page"),
        (State.EXCLUDED, "nothing_new", None, False, "page"),  # never visited
        (State.FAILED, "timeout", None, True, "page"),  # tells nothing of what it says
        (State.DISALLOWED, "robots", None, False, "page"),
    ]
    visits = []
    for number, (state, reason, gain, fetched, role) in enumerate(ends, 1):
        ledger.discover([Discovered(address(number), role)], parent=number - 1 or None)
        visit = take(ledger)
        visits.append(visit.id)
        ledger.settle(visit.id, state, reason=reason, gain=gain, fetched=ANSWER if fetched else None)
    ledger.discover([*pages(90), *waiting(91)])
    assert ledger.evidence() == [
        Tried(visits[0], address(1), None, 40),
        Tried(visits[2], address(3), 2, 0),
        Tried(visits[4], address(5), 4, 0, passes=True, is_page=False),
        Tried(visits[6], address(7), 6, 0, is_page=False),
        Tried(visits[8], address(9), 8, 0, is_page=False),
        Tried(visits[11], address(12), 11, 0, is_page=False),
    ]


def test_evidence_is_that_of_a_url_s_first_visit(ledger: Ledger) -> None:
    for run in range(2):
        ledger.discover(pages(1))
        ledger.settle(take(ledger).id, State.LISTING, gain=30 * (1 - run), fetched=ANSWER)
        if run == 0:
            ledger.end_run(FINISH)
            ledger.begin_run("crawl sample", START)
    ledger.discover(pages(2))
    ledger.settle(take(ledger).id, State.LISTING, gain=5, fetched=ANSWER)
    assert ledger.evidence() == [Tried(1, address(1), None, 30, tonight=False), Tried(3, address(2), None, 5)]


def test_a_gain_that_was_counted_is_kept_where_none_is_said(ledger: Ledger, parent: int) -> None:
    ledger.settle(parent, State.STORED, gain=40, fetched=ANSWER)
    ledger.settle(parent, State.EXCLUDED, reason="not_html")
    assert [one.gain for one in ledger.evidence()] == [40]


# --- what was said -------------------------------------------------------------------------------------------------


def test_words_count_for_the_page_that_says_them_first(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    assert ledger.say(address(1), {11: 7, 12: 8, 2**63 - 1: 9}) == Said(24, 0)
    assert ledger.say(address(2), {12: 8, 13: 6}) == Said(6, 8)
    assert ledger.say(address(2), {}) == Said(0, 0)
    assert ledger.say(address(1), {12: 8, 13: 6, 14: 10}).new == 18  # of its own: also what it said before


def test_a_copy_is_known_by_what_it_says_of_another_page(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    ledger.say(address(1), {11: 7, 12: 8, 13: 9, 14: 10})
    assert ledger.say(address(2), {11: 7}) == Said(0, 7)  # a sentence that both have is no copy
    assert ledger.say(address(2), {11: 7, 12: 8}) == Said(0, 15, address(1))
    assert ledger.say(address(2), {11: 7, 12: 8, 13: 9, 14: 10, 15: 6}) == Said(6, 34, address(1), whole=True)


def test_a_document_takes_over_what_lists_have_said(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2, 3))
    assert ledger.say(address(1), {11: 7, 12: 8, 20: 40}, is_list=True).new == 55
    assert ledger.say(address(3), {11: 7}, is_list=True) == Said(0, 7)
    assert ledger.say(address(3), {11: 7, 12: 8, 15: 6}) == Said(6, 15), "teasers, and a line"
    assert ledger.say(address(2), {11: 7, 13: 12}) == Said(19, 0)
    assert ledger.say(address(2), {20: 40}) == Said(40, 0)
    assert ledger.say(address(1), {11: 7, 12: 8, 20: 40}, is_list=True).new == 8
    assert ledger.say(address(3), {11: 7, 20: 40}) == Said(0, 47, address(2)), "a document's stays the document's"


def test_what_a_page_said_that_is_gone_is_taken_over(ledger: Ledger) -> None:
    ledger.discover(pages(1))
    visit = take(ledger)
    ledger.say(address(1), {11: 7})
    ledger.settle(visit.id, State.STORED, fetched=ANSWER)
    assert ledger.is_there(address(1))
    ledger.settle(visit.id, State.GONE)
    assert not ledger.is_there(address(1))
    ledger.discover(pages(2))
    ledger.take_over(address(2), address(1))
    assert ledger.say(address(2), {11: 7}).new == 7


def test_a_run_that_goes_on_counts_the_same(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    said = {11: 7, 12: 8}
    assert ledger.say(address(1), said).new == 15
    again = reopen(ledger)
    assert again.say(address(1), said).new == 15  # it was cut off before the page was settled
    assert again.say(address(2), said).new == 0
    again.exclude_pending("limit")
    again.end_run(FINISH)
    again.begin_run("crawl sample", START)
    again.discover(pages(2))
    assert again.say(address(2), said).new == 0  # nor is it new in a later run
    again.close()


def test_what_a_listing_names_counts_once_in_a_run(ledger: Ledger) -> None:
    first, second, third = address(1), address(2), address(3)
    urls = [address(7), address(8), address(8)]
    assert ledger.count_listed(first, first, urls) == 2
    assert ledger.count_listed(first, second, [*urls, address(9)]) == 1
    assert ledger.count_listed(first, third, urls) == 0
    assert ledger.count_listed(third, third, urls) == 2  # another listing
    again = reopen(ledger)
    assert again.count_listed(first, second, [*urls, address(9)]) == 1  # the page is read once more
    again.begin_run("crawl other", START)
    assert again.count_listed(first, second, urls) == 2  # another run
    again.drop_listed()
    assert again.count_listed(first, third, urls) == 2
    again.begin_run("crawl sample", START)
    assert again.count_listed(first, third, urls) == 0  # whose listings are not forgotten
    again.conclude([], FINISH)
    assert again.count_listed(first, third, urls) == 2  # but at the end
    again.close()


def test_what_a_sitemap_a_feed_or_a_selector_named(ledger: Ledger) -> None:
    ledger.discover([*pages(1, 2), Discovered(address(3), "page", known={"named": True})])
    ledger.note_dates(address(1), [("sitemap", "listed", "")])
    assert [ledger.is_named(address(number)) for number in range(1, 5)] == [True, False, True, False]


def test_a_record_is_what_was_recorded_or_a_copy(ledger: Ledger) -> None:
    for number, state in enumerate((State.RECORDED, State.DUPLICATE, State.LISTING, State.GONE), 1):
        ledger.discover(pages(number))
        ledger.settle(take(ledger).id, state)
    assert [ledger.has_record(address(number)) for number in range(1, 6)] == [True, True, False, False, False]


def test_a_walk_takes_its_page_from_those_that_wait(ledger: Ledger, parent: int) -> None:
    """The numbers of a pager are links like others, until the walk comes to them: it must not lose its count."""
    ledger.discover([*waiting(2, 3), *pages(4)])
    known = {"listing": address(1), "idle": 2}
    ledger.discover([Discovered(address(2), "listing", 50, known=known)])
    ends = Discovered("", "listing", 50, known=known, state=State.EXCLUDED, reason="endless_listing")
    ledger.discover([replace(ends, url=address(number)) for number in (3, 4)])
    visit = take(ledger)
    assert (visit.url, visit.role, visit.known) == (address(2), "listing", known)
    assert ledger.counts()[State.EXCLUDED, "endless_listing"] == 1, "a page that is pending is visited all the same"
