"""A site of articles that close with the same paragraph, crawled night after night."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.runs.harness import Crawl, Reply, Run, Server, article

NAME = "bridge"
ORGANIZATION = """
name = "The Keepers of the Bridge"
homepage = "{home}"
[discovery]
sitemaps = {sitemaps}
follow_links = false
{discovery}
[revisit]
shortest_days = 0.1
longest_days = 0.1
share = {share}
"""
ABOUT = (
    "The Keepers of the Bridge are neighbors who look after the crossing and after those who have to cross it by night."
)
HOTLINE = (
    "Our hotline is open day and night for everyone who needs a lawyer, a bed or a warm coat in this county of ours."
)


@dataclass
class Bridge:
    """A site of articles that close with the same paragraph, and its collection."""

    crawl: Crawl
    server: Server
    articles: dict[str, Reply] = field(default_factory=dict)
    night: int = 0
    top: str = ""  # of the organization's file
    discovery: str = ""
    sitemaps: str = "[]"
    share: str = "1.0"  # of the known pages, for a night
    more: str = ""

    def write(self, path: str, *closing: str, inside: str = "article", **reply: Any) -> str:
        body = article(f"Notice {path[1:]}").replace("</article>", "".join(f"<p>{one}</p>" for one in closing))
        body = body.replace("<article>", f"<{inside}>").replace("</body>", f"</{inside.partition(' ')[0]}></body>")
        self.articles[path] = Reply(body.encode(), **reply)
        return self.server.page(path, self.articles[path])

    def copy(self, path: str, original: str) -> str:
        self.articles[path] = self.articles[original]
        return self.server.page(path, self.articles[path])

    def command(self) -> tuple[str, ...]:
        self.night += 1
        file = self.crawl.folder / "orgs" / f"{NAME}.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            self.top
            + ORGANIZATION.format(
                home=self.server.url(), discovery=self.discovery, sitemaps=self.sitemaps, share=self.share
            )
            + self.more
        )
        links = "".join(f"<p><a href='{path}'>Notice {path[1:]} of the bridge</a></p>" for path in self.articles)
        self.server.page("/", f"<html><head><title>Bridge</title></head><body>{links}</body></html>")
        return NAME, "-s", f"STARTED_AT=2021-03-{self.night:02}T02:00:00Z", "-s", "RETRY_TIMES=0"

    @property
    def env(self) -> dict[str, str]:
        return {"BROADSIDE_ORGANIZATIONS": str(self.crawl.folder / "orgs")}

    def run(self, *options: str | Path, **more: Any) -> Run:
        return self.crawl(*self.command(), *options, env=self.env, **more)

    def replay(self, *options: str) -> Run:
        feed = self.crawl.folder / "again.jsonl"
        return self.crawl("replay", "-a", f"collection={NAME}", *options, env=self.env, feed=feed).check(0)


def changes(run: Run) -> Counter[tuple[str, str | None]]:
    return Counter((record["change"], record["change_reason"]) for record in run.records)
