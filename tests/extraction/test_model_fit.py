"""Whether pages fetched since a model was sealed fit it: alarm where the site has changed, and none elsewhere."""

from dataclasses import replace

import pytest

from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import Place, SiteModel
from crawler.extraction.model_update import Fit, count_recent_runs, find_fit, needs_update, seems_changed, update_model
from tests.extraction.site_making import Part, find_url, make_article, make_site, nothing, on
from tests.extraction.test_model_update import (
    FOOTER,
    LATER,
    LATEST,
    OLD,
    SEALED,
    Site,
    always,
    layout,
    number,
    records,
    redesign,
    teach,
    template,
)
from tests.extraction.test_site_model import ABOUT

ABOUT_NOW = ABOUT.replace("the first ferry", "the last flood, which took the ferry")


def fits(pages: Site, model: SiteModel) -> list[Fit]:
    return [find_fit(one) for one in records(pages, model)]


SECTION = redesign(range(100, 104)) | number(range(104, 108), below=always(FOOTER))
CHANGES: dict[str, tuple[SiteModel, Site]] = {
    "a footer": (SEALED, number(range(100, 108), below=always(LATER))),
    "a line of the footer": (
        teach(number(range(40), below=always(FOOTER + LATER))),
        number(range(100, 108), below=always(FOOTER + LATEST)),
    ),
    "a label above the text": (SEALED, number(range(100, 108), above=always("<p>Tidings</p>"), below=always(FOOTER))),
    "a new section": (SEALED, SECTION),
    "a redesign": (SEALED, redesign(range(100, 108))),
    "the about paragraph": (
        teach(number(range(40), below=on(0.7, f"<p>{ABOUT}</p>"))),
        number(range(100, 108), below=on(0.7, f"<p>{ABOUT_NOW}</p>")),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_noticed_and_after_the_update_all_is_well(what: str) -> None:
    sealed, pages = CHANGES[what]
    assert needs_update(sealed, fits(pages, sealed))
    updated = update_model(sealed, teach(pages, sealed))
    assert updated != sealed
    assert not needs_update(updated, fits(pages, updated))
    assert not seems_changed(updated, fits(pages, updated)[:1])


@pytest.mark.parametrize(
    "part", [nothing, always(FOOTER), on(0.7, FOOTER), on(0.5, f"<p>{ABOUT}</p>"), on(0.4, "<p>See below.</p>")]
)
@pytest.mark.parametrize("count", [1, 3, 8, 30])
def test_ordinary_pages_raise_no_alarm(part: Part, count: int) -> None:
    sealed = teach(make_site(40, below=part))
    pages = fits(number(range(100, 100 + count), below=part), sealed)
    assert not needs_update(sealed, pages)
    assert not seems_changed(sealed, pages)
    assert not needs_update(sealed, [])
    assert not seems_changed(sealed, [])


@pytest.mark.parametrize("what", ["a footer", "a line of the footer", "a redesign"])
def test_one_page_is_enough_for_a_suspicion_and_too_few_for_an_update(what: str) -> None:
    sealed, changed = CHANGES[what]
    few = fits(changed, sealed)[:1]
    assert seems_changed(sealed, few)
    assert not needs_update(sealed, few)
    before = fits(dict(list(OLD.items())[:1]), SEALED)
    if sealed is SEALED:
        assert not seems_changed(sealed, [*few, *before])


def test_copies_of_one_document_are_one_page() -> None:
    pages = {f"{find_url(100)}?page={at}": make_article(100, below=always(LATER)) for at in range(6)}
    assert not needs_update(SEALED, fits(pages, SEALED))


def test_after_an_update_older_pages_fit_and_the_next_change_is_noticed() -> None:
    pages = number(range(100, 108), below=always(LATER))
    updated = update_model(SEALED, teach(pages, SEALED))
    assert not seems_changed(updated, fits(dict(list(OLD.items())[:1]), updated))
    assert not needs_update(updated, fits(OLD, updated))
    assert needs_update(updated, fits(number(range(120, 124), below=always(LATEST)), updated))


def test_a_site_with_pages_unlike_any_layout_is_asked_for_more_of_them() -> None:
    page = Fit(like=False, removed=frozenset(), first=None, last=None, document="")
    unlike = [replace(page, document=str(at)) for at in range(30)]
    like = [replace(one, like=True) for one in unlike]
    model = SiteModel("h", 100, unlike=20, layouts=(layout(pages=80),))
    assert not needs_update(model, [*unlike[:3], *like[:3]])
    assert needs_update(model, [*unlike[:4], *like[:6]])
    assert not needs_update(model, [*unlike[:4], *like[:7]])
    assert not needs_update(replace(model, unlike=60), [*unlike[:8], *like[:1]])
    assert needs_update(replace(model, unlike=60), [*unlike[:9], *like[:1]])


def test_only_the_latest_runs_that_show_a_change_are_counted() -> None:
    before = fits(OLD, SEALED)
    after = fits(number(range(100, 106), below=always(LATER)), SEALED)
    assert count_recent_runs(SEALED, [before, after]) == 1
    assert count_recent_runs(SEALED, [before, after[:3], after[3:]]) == 2
    assert count_recent_runs(SEALED, [before, after[:3]]) == 0


def test_a_footer_that_is_gone_is_noticed_and_teaches_nothing() -> None:
    pages = number(range(100, 108))
    assert needs_update(SEALED, fits(pages, SEALED))
    assert update_model(SEALED, teach(pages, SEALED)) == SEALED


def test_three_pages_with_the_same_new_label_are_enough_for_a_suspicion() -> None:
    sealed, changed = CHANGES["a label above the text"]
    assert [seems_changed(sealed, fits(changed, sealed)[:count]) for count in (2, 3)] == [False, True]


def test_pages_that_end_with_what_the_model_keeps_in_the_text_are_as_before() -> None:
    stays = template("t", 20, 40, Place.BODY)
    page = Fit(like=True, removed=frozenset(), first=None, last=find_fingerprint("t"), document="")
    pages = [replace(page, document=str(at)) for at in range(8)]
    assert not needs_update(SiteModel("h", 40, layouts=(layout(stays, pages=40),)), pages)
    assert needs_update(SiteModel("h", 40, layouts=(layout(pages=40),)), pages)


def test_a_page_is_of_the_layout_with_which_it_has_most_in_common() -> None:
    one = layout(template("a", 40, 40), template("b", 40, 40), pages=40)
    other = layout(template("c", 5, 40), pages=40, container="article")
    model = SiteModel("h", 80, layouts=(one, other))
    page = Fit(like=True, removed=frozenset("a"), first=None, last=None, document="")
    assert seems_changed(model, [page])
    assert not seems_changed(model, [replace(page, removed=frozenset("ab"))])
    assert not seems_changed(model, [replace(page, removed=frozenset("c"))])
