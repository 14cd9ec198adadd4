"""What tests of the ledger are made of: URLs, visits and a run that goes on."""

from crawler.storage.ledger import Discovered, Fetched, Ledger, Visit

START, FINISH = "2026-03-27T12:00:00Z", "2026-03-27T13:00:00Z"
ANSWER = Fetched(200, START, "text/html", "sha1:ABC", "000001.warc.gz", 512)


def address(number: int) -> str:
    return f"https://example.org/{number:05}"


def pages(*numbers: int, priority: int = 0) -> list[Discovered]:
    return [Discovered(address(number), "page", priority) for number in numbers]


def take(ledger: Ledger, now: float = 0) -> Visit:
    visit = ledger.next_pending(now)
    assert visit is not None
    return visit


def reopen(ledger: Ledger, command: str = "crawl sample") -> Ledger:
    ledger.close()
    again = Ledger(ledger.path.parent)
    again.begin_run(command, START)
    return again
