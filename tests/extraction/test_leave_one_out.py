"""Leave one out: a page that the model has not seen is read as well as one that it has."""

from statistics import fmean

import pytest

from benchmarks.corpora import FOLDER, GoldPage, load_pages
from benchmarks.measures import compare_words
from crawler.publish import find_site
from tests.extraction.site_making import learn_site, read_text, without

TOLERANCE = 0.003  # of mean word F1

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")


def sites_of(folder: str) -> dict[str, list[GoldPage]]:
    sites: dict[str, list[GoldPage]] = {}
    for page in load_pages(folder):
        sites.setdefault(find_site(page.url), []).append(page)
    return sites


@pytest.mark.parametrize(("folder", "every"), [("openglam", 12), ("clean-portal-eval", 1)])
def test_a_page_is_read_as_well_by_a_model_that_has_not_seen_it(folder: str, every: int) -> None:
    seen, unseen = [], []
    for pages in sites_of(folder).values():
        bodies = {page.url: page.body() for page in pages}
        assert len(bodies) == len(pages)
        model = learn_site(bodies)
        for page in pages[::every]:
            other = learn_site(without(bodies, [page.url]))
            gold = page.gold["body"]
            seen.append(compare_words(read_text(page.url, bodies[page.url], model), gold).f1)
            unseen.append(compare_words(read_text(page.url, bodies[page.url], other), gold).f1)
    assert len(seen) >= 22
    assert abs(fmean(unseen) - fmean(seen)) <= TOLERANCE
