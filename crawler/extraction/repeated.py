"""Whether a text repeats over a site, as its model says; what link scoring asks, which imports no extraction."""

from collections.abc import Callable

from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import Place, SiteModel


def find_repeated(model: SiteModel) -> Callable[[str], bool]:
    """Make a function that tells whether a block of text is one of the site's templates.

    What stays amid the text, and what a person decided to keep, is none.
    """
    templates = (*model.frame, *(template for layout in model.layouts for template in layout.templates))
    ids = {one.id for one in templates if one.place is not Place.BODY and one.decision != "keep"}
    return lambda text: find_fingerprint(text) in ids
