from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from itertools import pairwise
from random import Random
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.due import LATEST, MOST_HELD, PageHistory, RevisitPolicy, Why, due, find_latest, plan

START = datetime(2026, 3, 1, 2, tzinfo=UTC)  # the first crawl
POLICY = RevisitPolicy()


def days(number: float) -> timedelta:
    return timedelta(days=number)


def page(url: str = "https://example.org/a", **known: Any) -> PageHistory:
    """A page that was read in the first crawl, was published ten years before, and was asked for once since."""
    known = {
        "first_seen": START,
        "last_asked": START + days(1),
        "state": "unchanged",
        "reason": None,
        "misses": 0,
        "published": date(2016, 3, 1),
        "last_changed": START,
        **known,
    }
    return PageHistory(url=url, **known)


def longest_wait(history: PageHistory, policy: RevisitPolicy = POLICY) -> int:
    """Give the nights after the last visit until the page is due by age."""
    assert history.last_asked is not None
    return next(night for night in range(1, 500) if due(history.last_asked + days(night), history, policy) is Why.AGE)


# --- One page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"last_asked": None, "state": "pending"}, Why.UNREAD),
        ({"last_asked": None, "state": "in_flight"}, Why.UNREAD),
        ({"state": "pending"}, Why.UNREAD),
        ({"state": "excluded", "reason": "limit"}, Why.UNREAD),
        ({"state": "excluded", "reason": "not_html"}, None),
        ({"state": "recorded", "reason": "limit"}, None),
        ({"state": "failed"}, Why.FAILED),
        ({"state": "disallowed"}, Why.FAILED),
        ({"state": "gone", "misses": 1}, Why.MISSING),
        ({"state": "gone", "misses": 2}, Why.MISSING),
        ({"state": "gone", "misses": 3}, None),
        ({"state": "stored", "held": True}, Why.HELD),
        ({"state": "recorded"}, None),
        ({"state": "redirected"}, None),
        ({"state": "duplicate"}, None),
        ({"state": "listing"}, None),
        ({"state": "excluded", "reason": "nothing_new", "last_asked": None}, None),
        ({"state": "excluded", "reason": "leads_nowhere", "last_asked": None}, None),
        ({"state": "out_of_scope", "last_asked": None}, None),
        ({"state": "a word that is not known yet"}, None),
    ],
)
def test_the_night_after(known: dict[str, Any], why: Why | None) -> None:
    assert due(START + days(2), page(**known), POLICY) == why


@pytest.mark.parametrize("state", ["recorded", "unchanged", "redirected", "duplicate", "excluded", "gone", "listing"])
def test_what_was_answered_goes_by_age(state: str) -> None:
    history = page(state=state, misses=3 if state == "gone" else 0)
    assert longest_wait(history) == 54  # nine tenths of longest_days


@pytest.mark.parametrize(
    ("state", "reason"), [("out_of_scope", "host"), ("excluded", "nothing_new"), ("excluded", "leads_nowhere")]
)
def test_what_is_out_of_scope_or_was_let_go_is_never_due(state: str, reason: str) -> None:
    assert due(START + days(5000), page(state=state, reason=reason), POLICY) is None


def test_an_unread_page_is_due_whenever_it_is_asked() -> None:
    for now in (START - days(9), START, START + days(4000)):
        assert due(now, page(last_asked=None, state="pending"), POLICY) is Why.UNREAD


@pytest.mark.parametrize(
    ("hours", "why"), [(1, None), (21, None), (22, Why.AGE), (23.5, Why.AGE), (24, Why.AGE), (24.5, Why.AGE)]
)
def test_a_day_is_over_when_a_scheduler_is_somewhat_early(hours: float, why: Why | None) -> None:
    history = page(published=date(2026, 3, 1))
    assert due(START + days(1) + timedelta(hours=hours), history, POLICY) == why


@pytest.mark.parametrize(
    ("published", "last_changed", "nights"),
    [
        (date(2016, 3, 1), START, 54),  # old, though found a month before
        (date(2026, 3, 21), START, 3),  # quiet for 10 days, and for 13 then
        (date(2026, 2, 1), START, 17),  # quiet for 58 days, and for 75 then: nine tenths of a quarter
        (date(2016, 3, 1), START + days(29), 1),  # seen to change the night before
        (None, START, 9),  # no date: since it was found
        (None, None, 9),  # no record either
        (date(2099, 1, 1), START, 9),  # a day in the future says nothing
        (date(2099, 1, 1), START + days(29), 1),
    ],
)
def test_interval_grows_with_the_quiet_time(published: date | None, last_changed: datetime | None, nights: int) -> None:
    history = page(published=published, last_changed=last_changed, last_asked=START + days(30))
    assert longest_wait(history) == nights


def test_the_policy_bounds_the_interval() -> None:
    young, old = page(published=date(2026, 3, 1)), page()
    assert longest_wait(young, replace(POLICY, shortest_days=10)) == 9
    assert longest_wait(old, replace(POLICY, longest_days=20)) == 18
    assert longest_wait(old, replace(POLICY, longest_days=2000, age_factor=0.01)) == 34


@pytest.mark.parametrize("state", ["failed", "disallowed"])
def test_a_page_that_fails_for_years_costs_little(state: str) -> None:
    history = page(state=state)
    asked = []
    for night in range(1, 400):
        now = START + days(night)
        if due(now, history, POLICY):
            asked.append(night)
            history = replace(history, last_asked=now)
    assert asked[:59] == list(range(1, 60))  # each night for longest_days
    assert 45 <= len([night for night in asked if night > 60]) <= 50  # then about once a week
    assert due(START + days(400), replace(history, last_changed=START + days(390)), POLICY) is Why.FAILED


def test_a_page_that_fails_for_long_is_asked_for_by_age_and_so_within_the_share() -> None:
    histories = [page(f"https://example.org/{number}", state="failed") for number in range(100)]
    assert Counter(why for _, why in plan(START + days(59), histories, POLICY)) == {Why.FAILED: 100}
    assert Counter(why for _, why in plan(START + days(70), histories, POLICY)) == {Why.AGE: 2}


def test_a_visit_in_the_future_does_not_put_a_page_off_for_years() -> None:
    assert due(START + days(5), page(last_asked=START + days(20_000)), POLICY) is Why.AGE


def test_a_naive_time_is_an_error() -> None:
    with pytest.raises(TypeError):
        due(datetime(2026, 3, 5), page(), POLICY)
    with pytest.raises(TypeError):
        due(START + days(2), page(last_asked=datetime(2026, 3, 1)), POLICY)


# --- A night ----------------------------------------------------------------------------------------------------------


def first_crawl(number: int, published: Callable[[int], date | None]) -> list[PageHistory]:
    urls = [f"https://example.org/news/{each}" for each in range(number)]
    return [page(url, last_asked=START, state="recorded", published=published(each)) for each, url in enumerate(urls)]


def old(number: int) -> date:
    return (START - days(400 + 7 * number)).date()


@pytest.mark.parametrize(("number", "most"), [(1, 1), (31, 1), (79, 1), (80, 2), (400, 10), (1000, 25)])
def test_a_night_asks_for_a_share_by_age(number: int, most: int) -> None:
    histories = first_crawl(number, old)
    assert len(plan(START + days(80), histories, POLICY)) == most


def test_the_share_is_of_the_pages_that_could_be_asked_for() -> None:
    histories = first_crawl(80, old)
    others = [page(f"https://example.org/?{number}", state="out_of_scope") for number in range(1000)]
    assert len(plan(START + days(80), [*histories, *others], POLICY)) == 2


def test_a_share_that_is_no_exact_number_is_rounded_down_right() -> None:
    assert len(plan(START + days(500), first_crawl(100, old), replace(POLICY, share=0.29))) == 29


def test_other_reasons_are_not_limited() -> None:
    histories = [
        *first_crawl(80, old),
        *(page(f"https://example.org/u/{number}", state="pending", last_asked=None) for number in range(50)),
        *(page(f"https://example.org/f/{number}", state="failed") for number in range(40)),
        *(page(f"https://example.org/m/{number}", state="gone", misses=1) for number in range(30)),
    ]
    chosen = plan(START + days(55), histories, POLICY)
    assert Counter(why for _, why in chosen) == {Why.UNREAD: 50, Why.FAILED: 40, Why.MISSING: 30, Why.AGE: 3}
    assert chosen == sorted(chosen)


@pytest.mark.parametrize(("missing", "by_age"), [(0, 10), (1, 9), (3, 7), (5, 5), (50, 5)])
def test_missing_pages_take_up_to_half_of_the_places(missing: int, by_age: int) -> None:
    histories = [
        *first_crawl(400 - missing, old),
        *(page(f"https://example.org/m/{number}", state="gone", misses=1) for number in range(missing)),
    ]
    why = Counter(why for _, why in plan(START + days(55), histories, POLICY))
    assert (why[Why.MISSING], why[Why.AGE]) == (missing, by_age)


def test_what_is_claimed_in_vain_has_half_of_the_places() -> None:
    """Also before it is due, and also where every page is claimed each night: then all have their turn."""
    claimed = [
        page(f"https://example.org/c/{number}", last_asked=START + days(54), claimed=True) for number in range(20)
    ]
    chosen = plan(START + days(55), [*first_crawl(380, old), *claimed], POLICY)
    assert Counter("/c/" in url for url, _ in chosen) == {True: 5, False: 5}
    known = {one.url: replace(one, claimed=True) for one in first_crawl(40, old)}
    asked = set()
    for night in range(1, 101):
        for url, _ in plan(START + days(night), known.values(), POLICY):
            asked.add(url)
            known[url] = replace(known[url], last_asked=START + days(night))
    assert asked == known.keys()


def test_nothing_known_nothing_planned() -> None:
    assert plan(START, [], POLICY) == []


def test_the_most_overdue_come_first() -> None:
    """Of pages that were asked for since they were found: time since then ÷ interval, not time alone."""
    histories = [page(f"https://example.org/{number}", last_asked=START + days(10)) for number in range(60)]
    lately = page("https://example.org/young", last_asked=START + days(60), published=date(2026, 4, 28))
    now = START + days(70)  # 60 of 60 days, and 10 of 2.9
    assert plan(now, [*histories, lately], POLICY) == [("https://example.org/young", Why.AGE)]


@pytest.mark.parametrize("last_asked", [START, START + days(1)])
def test_ties_are_broken_by_the_digest_of_the_url(last_asked: datetime) -> None:
    histories = [page(f"https://example.org/{number}", last_asked=last_asked) for number in range(200)]
    urls = sorted((history.url for history in histories), key=lambda url: sha256(url.encode()).digest())
    policy = replace(POLICY, shortest_days=60)
    assert plan(START + days(90), histories, policy) == [(url, Why.AGE) for url in sorted(urls[:5])]


@pytest.mark.parametrize(("number", "nights"), [(159, 10), (30, 3)])
def test_three_places_in_ten_are_for_the_most_overdue_while_a_first_crawl_waits(number: int, nights: int) -> None:
    """One at least of four places a night on a site of 160 pages, and in ten nights 3 of 10 on one with one a night."""
    young = page("https://example.org/young", published=date(2026, 3, 1))
    waiting = [history for history in first_crawl(1000, old) if longest_wait(history) > 30][:number]  # the late ones
    planned = [plan(START + days(60 + night), [*waiting, young], POLICY) for night in range(10)]
    assert sum((young.url, Why.AGE) in chosen for chosen in planned) == nights


def test_a_url_that_is_no_utf_8_is_planned() -> None:
    histories = [page("https://example.org/\udcff", last_asked=START)]
    assert plan(START + days(60), histories, POLICY) == [(histories[0].url, Why.AGE)]


def simulate(
    histories: list[PageHistory], nights: int, most: int, policy: RevisitPolicy = POLICY
) -> dict[str, list[int]]:
    """Give the nights in which each page is asked for; no answer ever changes."""
    known = {history.url: history for history in histories}
    asked: dict[str, list[int]] = {url: [] for url in known}
    clock = Random(6)
    for night in range(1, nights + 1):
        now = START + days(night) + timedelta(minutes=clock.uniform(-45, 45))
        chosen = plan(now, known.values(), policy)
        assert len(chosen) <= most
        for url, why in chosen:
            assert why is Why.AGE
            asked[url].append(night)
            known[url] = replace(known[url], last_asked=now, state="unchanged")
    return asked


def mean(asked: dict[str, list[int]], urls: list[str]) -> float:
    return sum(len(asked[url]) for url in urls) / len(urls)


@pytest.mark.parametrize("young", [0, 8, 40, 120, 240, 400])
def test_sixty_nights_after_a_first_crawl(young: int) -> None:
    """Whatever part of the site is young: nothing starves, and all is seen within 60 nights."""
    histories = first_crawl(400, lambda number: (START - days(number % 10)).date() if number < young else old(number))
    asked = simulate(histories, nights=60, most=10)
    assert max(nights[0] if nights else 1000 for nights in asked.values()) <= 60
    urls = [history.url for history in histories]
    if 0 < young < 400:
        assert mean(asked, urls[:young]) > 1.4 * mean(asked, urls[young:])
    if 0 < young <= 120:  # each of them, and not a few for all
        assert min(len(asked[url]) for url in urls[:young]) >= 2
    assert max(Counter(night for nights in asked.values() for night in nights).values()) == 10


def test_a_first_crawl_is_spread_evenly() -> None:
    asked = simulate(first_crawl(400, old), nights=40, most=10)
    load = Counter(nights[0] for nights in asked.values() if nights)
    assert all(sum(load[night] for night in range(begin, begin + 10)) >= 85 for begin in (1, 11, 21, 31))


def test_undated_pages_get_their_turn_too() -> None:
    asked = simulate(first_crawl(400, lambda _: None), nights=60, most=10)
    assert max(nights[0] if nights else 1000 for nights in asked.values()) <= 60


def test_a_small_site_has_its_turn_too() -> None:
    """With one place a night, a page that is asked for daily must not take it for good, nor wait for all the others."""
    histories = first_crawl(31, lambda number: START.date() if number == 0 else old(number))
    asked = simulate(histories, nights=60, most=1)
    assert max(nights[0] if nights else 1000 for nights in asked.values()) <= 60
    assert len(asked[histories[0].url]) >= 4


def test_in_the_long_run_old_pages_keep_their_interval_and_new_ones_are_seen_often() -> None:
    """A site that grows by a page each third night, over a year: new and old wait in proportion."""
    known = {history.url: history for history in first_crawl(400, old)}
    asked: dict[str, list[int]] = {url: [0] for url in known}
    for night in range(1, 366):
        now = START + days(night)
        for url, _ in plan(now, known.values(), POLICY):
            asked[url].append(night)
            known[url] = replace(known[url], last_asked=now, state="unchanged")
        if night % 3 == 0:
            url = f"https://example.org/new/{night}"
            known[url] = page(url, first_seen=now, last_asked=now, published=now.date(), last_changed=now)
            asked[url] = [night]
    waits = [after - before for nights in asked.values() for before, after in pairwise(nights)]
    assert max(waits) <= 80
    assert all(365 - nights[-1] <= 80 for nights in asked.values())
    fifth = [nights[5] - nights[0] for url, nights in asked.items() if "/new/" in url and 180 < nights[0] < 300]
    assert len(fifth) == 39
    assert max(fifth) <= 75
    assert sum(fifth[-10:]) / 10 <= 15


# --- Anything -----------------------------------------------------------------------------------------------------

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
TIMES = st.datetimes(timezones=ZONES) | st.just(START)
ENDS = "recorded unchanged gone redirected excluded duplicate failed disallowed listing out_of_scope"
STATES = (*ENDS.split(), "pending", "in_flight", "a word that is not known yet")
HISTORIES = st.builds(
    PageHistory,
    url=st.text(max_size=12),
    first_seen=TIMES,
    last_asked=st.none() | TIMES,
    state=st.sampled_from(STATES),
    reason=st.none() | st.sampled_from(["limit", "not_html"]),
    misses=st.integers(min_value=0, max_value=5),
    published=st.none() | st.dates(),
    last_changed=st.none() | TIMES,
)
POLICIES = st.builds(
    RevisitPolicy,
    shortest_days=st.floats(min_value=0, max_value=365),
    longest_days=st.floats(min_value=0, max_value=3650),
    age_factor=st.floats(min_value=0, max_value=10),
    share=st.floats(min_value=0, max_value=1),
    gone_after=st.integers(min_value=0, max_value=5),
)


@given(TIMES, HISTORIES, POLICIES)
def test_due_never_raises(now: datetime, history: PageHistory, policy: RevisitPolicy) -> None:
    assert due(now, history, policy) in {None, Why.UNREAD, Why.FAILED, Why.MISSING, Why.AGE}


@given(TIMES, st.lists(HISTORIES, max_size=40, unique_by=lambda each: each.url), POLICIES, st.randoms())
def test_plan_holds_what_due_says_within_the_share(
    now: datetime, histories: list[PageHistory], policy: RevisitPolicy, shuffle: Any
) -> None:
    chosen = plan(now, histories, policy)
    said = {history.url: due(now, history, policy) for history in histories}
    by_age = {url for url, why in said.items() if why is Why.AGE}
    taken = {url for url, why in chosen if why is Why.AGE}
    assert taken <= by_age
    assert len(taken) <= max(1.0, policy.share * len(histories) + 1e-6)
    assert bool(taken) == bool(by_age)
    others = {(url, why) for url, why in said.items() if why is not None and why is not Why.AGE}
    assert {(url, why) for url, why in chosen if why is not Why.AGE} == others
    assert chosen == sorted(chosen)
    assert len(chosen) == len({url for url, _ in chosen})
    shuffled = list(histories)
    shuffle.shuffle(shuffled)
    assert plan(now, iter(shuffled), policy) == chosen


def test_a_large_site_is_planned_quickly() -> None:
    histories = first_crawl(100_000, lambda number: old(number % 3000) if number % 3 else None)
    began = perf_counter()
    assert len(plan(START + days(90), histories, POLICY)) == 2500
    assert perf_counter() - began < 5  # 0.5 seconds on a quiet machine; CI has slower ones


# --- After a run that was held back, and the latest pages -------------------------------------------------------------


def test_what_waits_in_held_runs_is_asked_for_again() -> None:
    known = [page(f"https://example.org/known/{number}", state="stored", held=True) for number in range(200)]
    new = [
        page(f"https://example.org/new/{number}", state="stored", held=True, last_changed=None) for number in range(200)
    ]
    chosen = [url for url, why in plan(START + days(2), [*known, *new], POLICY) if why is Why.HELD]
    assert sum("/known/" in url for url in chosen) == 200
    assert sum("/new/" in url for url in chosen) == MOST_HELD


def telling(_: str) -> bool:
    return True


def test_one_of_the_latest_pages_is_asked_for() -> None:
    histories = [
        page(f"https://example.org/{number:02}", published=date(2016, 3, 1) + days(number)) for number in range(40)
    ]
    latest = {one.url for one in histories[-LATEST:]}
    chosen = [find_latest(START + days(night), histories, (), telling) for night in range(60)]
    assert set(chosen) == latest, "each has its turn"
    assert find_latest(START, histories, {histories[-3].url}, telling) is None
    assert find_latest(START, histories, {histories[3].url}, telling) in latest
    assert find_latest(START, reversed(histories), (), telling) == find_latest(START, histories, (), telling)


def test_pages_that_tell_nothing_are_passed_over() -> None:
    histories = [
        page(f"https://example.org/{number:02}", published=date(2016, 3, 1) + days(number)) for number in range(40)
    ]
    asked: list[str] = []

    def is_old(url: str) -> bool:
        asked.append(url)
        return url < "https://example.org/30"

    assert find_latest(START, histories, {histories[-1].url}, is_old) in {one.url for one in histories[20:30]}
    assert len(asked) == 20, "no more than is needed"
    assert find_latest(START, histories, (), lambda _: False) is None


def test_which_pages_are_not_the_latest() -> None:
    gone = page("https://example.org/gone", state="gone", published=date(2026, 2, 1))
    bare = page("https://example.org/bare", last_changed=None, published=date(2026, 2, 1))
    future = page("https://example.org/event", published=date(2031, 2, 1))
    undated = page("https://example.org/about", published=None)  # found after all others were published
    recent = [page(f"https://example.org/{number}", published=date(2025, 3, 1)) for number in range(LATEST)]
    assert find_latest(START, [gone, bare], (), telling) is None
    assert find_latest(START, [], (), telling) is None
    chosen = {
        find_latest(START + days(night), [gone, bare, future, undated, *recent], (), telling) for night in range(60)
    }
    assert chosen == {one.url for one in recent}
