"""Leave one out: a page that the model has not seen is read as well as one that it has."""

import pytest

from benchmarks.corpora import FOLDER
from benchmarks.quality import measure_left_out
from benchmarks.targets import find_left_out_shortfalls

TOLERANCE = 0.003  # of mean word F1; a page that is read better by what others teach is as suspicious

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")


@pytest.mark.parametrize(("folder", "every", "pages"), [("openglam", 12, 22), ("clean-portal-eval", 1, 70)])
def test_a_page_is_read_as_well_by_a_model_that_has_not_seen_it(folder: str, every: int, pages: int) -> None:
    found = measure_left_out(folder, every)
    assert found is not None
    assert found.pages == pages
    assert abs(found.loss) <= TOLERANCE
    assert find_left_out_shortfalls(folder, found) == []
