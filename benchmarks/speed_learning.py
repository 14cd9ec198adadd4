"""What learning a site costs, against extracting its pages with trafilatura: CPU seconds in one process each.

`python -m benchmarks.speed_learning NAME FOLDER` measures one of them on the pages of a collection and prints JSON;
`sample` learns from as many of them as a crawl does by itself.
Learning is what a crawl does: each page is outlined, `learn` makes a model of all of them, and the pages that it leaves
without text are outlined again by that model.
"""

import json
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from time import process_time

import settings
from benchmarks.corpora import GoldPage
from benchmarks.crash_site import ROOT
from benchmarks.speed_collection import Collection, build_from, copy_pages
from benchmarks.speed_pool import extract, warm_up
from benchmarks.speed_report import LEARNING as HEADING
from benchmarks.speed_report import Section, lay_out, show_range
from benchmarks.speed_site import make_odd_pages
from benchmarks.speed_targets import LEARNING as TARGET
from benchmarks.speed_targets import Figure
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import PageContext, outline_page
from crawler.extraction.site_model import find_starved, learn
from crawler.publish import find_site

LEARNING, SAMPLE, TRAFILATURA = "learning", "sample", "trafilatura"
SAMPLE_PAGES = settings.LEARN_PAGES  # of a site that a crawl looks at unless it is told otherwise
ROUNDS = 3
_TEXT = """\
{number:,} pages of `{corpus}`, its own and copies with another text. Learning is what a crawl does: each page is
outlined, a model is made of all outlines, and pages that the model leaves without text are outlined again. It looks at
{sample} of the pages unless `LEARN_PAGES` says otherwise, and the must is about that. Each is measured in a process of
its own, after warming up.
"""


@dataclass(frozen=True, slots=True)
class Learning:
    """CPU seconds for some pages."""

    pages: int
    reading: float  # outlines, or all that trafilatura does
    learning: float = 0.0  # the model of them

    @property
    def seconds(self) -> float:
        """Both."""
        return self.reading + self.learning


def measure(name: str, collection: Collection) -> Learning:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed_learning", name, str(collection.folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Learning(**json.loads(done.stdout))


def measure_learning(
    folder: Path, corpus: str, pages: Sequence[GoldPage], number: int, rounds: int = ROUNDS
) -> Section:
    """Learn a site of that many pages, as often as there are rounds, in turns with trafilatura."""
    own = folder / "learning"
    collection = build_from(own, copy_pages(pages, number))
    names = (LEARNING, SAMPLE, TRAFILATURA)
    rng = random.Random(0)
    found: dict[str, list[Learning]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in rng.sample(names, len(names)):
            found[name].append(measure(name, collection))
    rmtree(own)
    shown = {LEARNING: "learned from all", SAMPLE: "learned from a sample", TRAFILATURA: "trafilatura, all pages"}
    rows = [
        (
            shown[name],
            f"{each[0].pages:,}",
            show_range([one.reading for one in each]),
            show_range([one.learning for one in each]) if name != TRAFILATURA else "-",
            show_range([one.seconds / other.seconds for one, other in zip(each, found[TRAFILATURA], strict=True)]),
        )
        for name, each in found.items()
    ]
    columns = ("", "pages read", "reading, CPU s", "the model, CPU s", "times trafilatura")
    lines = [_TEXT.format(number=number, corpus=corpus, sample=SAMPLE_PAGES), *lay_out(columns, rows)]
    print(*lines[1:], "", sep="\n", flush=True)
    ratios = [one.seconds / other.seconds for one, other in zip(found[SAMPLE], found[TRAFILATURA], strict=True)]
    return Section(HEADING, lines, [Figure(TARGET, corpus, ratios)])


def learn_site(pages: Sequence[tuple[str, bytes]]) -> Learning:
    """Learn the site of all pages."""
    contexts = [PageContext(id=str(place), url=url, collection="speed") for place, (url, _) in enumerate(pages)]
    host = find_site(pages[0][0])
    for body in make_odd_pages():
        outline_page(body, contexts[0])
    began = process_time()
    outlines: list[PageOutline] = [
        outline_page(body, context) for context, (_, body) in zip(contexts, pages, strict=True)
    ]
    outlined = process_time()
    model = learn(outlines, host)
    learned = process_time()
    starved = [place for place, one in enumerate(outlines) if find_starved(model, one)]
    for place in starved:
        outlines[place] = outline_page(pages[place][1], contexts[place], model)
    again = process_time()
    if starved:
        learn(outlines, host)
    return Learning(len(pages), outlined - began + again - learned, learned - outlined + process_time() - again)


def extract_all(pages: Sequence[tuple[str, bytes]]) -> Learning:
    """Extract all pages with trafilatura."""
    warm_up()
    began = process_time()
    for url, body in pages:
        extract(body, url)
    return Learning(len(pages), process_time() - began)


def main(arguments: Sequence[str]) -> None:
    """Print what one of them took."""
    warnings.simplefilter("ignore")
    name, collection = arguments[0], Collection(Path(arguments[1]), 0)
    with collection.bodies.open("rb") as bodies:
        pages = [(one.url, os.pread(bodies.fileno(), one.length, one.offset)) for one in collection.places()]
    if name == SAMPLE:
        pages = sorted(pages, key=lambda page: sha256(page[0].encode()).digest())[:SAMPLE_PAGES]
    print(json.dumps(asdict(extract_all(pages) if name == TRAFILATURA else learn_site(pages))))


if __name__ == "__main__":
    main(sys.argv[1:])
