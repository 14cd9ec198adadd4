"""Sites as functions, for tests of what of them is visited: from an address to the words that it adds and its links."""

from collections.abc import Callable, Iterable

from crawler.discovery.waves import Held, LetGo, Tried, find_wave

Site = Callable[[str], tuple[int, Iterable[str]]]
HOME = "https://example.org/"


class Crawl:
    """A crawl from the homepage on, wave by wave, until nothing waits."""

    def __init__(self, site: Site, *, most_pages: int = 2_000) -> None:
        self.visited: list[Tried] = []
        self.held: dict[int, Held] = {}
        self.let_go: tuple[LetGo, ...] = ()
        self._site = site
        self._ids = {HOME: 1}
        self._visit(HOME, 1, None)
        while self.held:
            wave = find_wave(list(self.held.values()), self.visited)
            assert bool(wave.released) != bool(wave.let_go)  # one or the other; else it would never end
            for page in wave.released:
                one = self.held.pop(page)  # of those that wait, each once
                self._visit(one.url, one.id, one.parent)
            assert len(self.visited) <= most_pages
            if wave.let_go:
                self.let_go = wave.let_go
                assert sorted(page for left in wave.let_go for page in left.pages) == sorted(self.held)
                break

    @property
    def urls(self) -> set[str]:
        return {page.url for page in self.visited}

    def _visit(self, url: str, number: int, parent: int | None) -> None:
        gain, links = self._site(url)
        self.visited.append(Tried(number, url, parent, gain))
        for link in links:
            if link not in self._ids:
                self._ids[link] = len(self._ids) + 1
                self.held[self._ids[link]] = Held(self._ids[link], link, number)
