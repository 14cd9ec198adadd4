"""What became of each row of a URL list: one line a row, in the order of the list, for the table beside the records."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace

from crawler.extraction.record import find_id
from crawler.outcomes import Outcome
from crawler.storage.ledger import State
from crawler.storage.visits import Visited

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for a formula


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of a URL list."""

    number: int  # as the table numbers it
    url: str  # as it stands there
    key: str | None  # the URL as the ledger has it; None where it is none


@dataclass(frozen=True, slots=True)
class RowAccount:
    """What became of a row."""

    row: int
    url: str  # as it stands in the list
    outcome: str
    reason: str = ""
    detail: str = ""
    http_status: int | None = None
    redirects: int = 0
    final_url: str = ""
    record_id: str = ""
    same_as: int | None = None  # the first row of the same page or document


def account_for(rows: Iterable[ListedRow], visits: Mapping[str, Visited]) -> list[RowAccount]:
    """Say of each row what became of it, in their order.

    Args:
        rows: of the list.
        visits: of the run, by URL.
    """
    accounts: list[RowAccount] = []
    by_key: dict[str, RowAccount] = {}
    by_url: dict[str, int] = {}
    by_digest: dict[str, int] = {}
    for row in rows:
        if row.key is None:
            accounts.append(RowAccount(row.number, row.url, Outcome.EXCLUDED, "no_http_url"))
            continue
        first = by_key.get(row.key)
        if first is not None:
            same = first.row if first.same_as is None else first.same_as
            repeated = replace(
                first, outcome=Outcome.DUPLICATE, reason="repeated_row", detail=f"of row {first.row}", same_as=same
            )
            accounts.append(replace(repeated, row=row.number, url=row.url))
            continue
        account, digest = _follow(row, visits)
        page = by_url.setdefault(account.final_url, row.number)
        same = by_digest.setdefault(digest, row.number) if digest is not None else row.number
        if page != row.number:
            account = replace(
                account, outcome=Outcome.DUPLICATE, reason="same_page", detail=f"of row {page}", same_as=page
            )
        elif same != row.number:
            account = replace(account, same_as=same)
        by_key[row.key] = account
        accounts.append(account)
    return accounts


def _follow(row: ListedRow, visits: Mapping[str, Visited]) -> tuple[RowAccount, str | None]:
    """Follow a row's redirects to the page that they lead to; gives the digest of its record too."""
    url = row.key or ""
    passed = {url}
    while (visit := visits.get(url)) is not None and visit.state is State.REDIRECTED and visit.detail is not None:
        if visit.detail in passed or visit.detail not in visits:
            break
        url = visit.detail
        passed.add(url)
    if visit is None:  # a run that goes on found it in the ledger under another spelling
        return RowAccount(row.number, row.url, Outcome.FAILED, "not_visited", final_url=url), None
    account = RowAccount(
        row=row.number,
        url=row.url,
        outcome=visit.state,
        reason=visit.reason or "",
        detail=visit.detail or "",
        http_status=visit.status,
        redirects=len(passed) - 1,
        final_url=url,
        record_id=find_id(url) if visit.digest is not None else "",
    )
    return account, visit.digest if visit.state in (State.RECORDED, State.UNCHANGED) else None


def write_accounts(accounts: Sequence[RowAccount]) -> bytes:
    """Write the table as CSV (RFC 4180, UTF-8). A cell that a spreadsheet would run has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(RowAccount))
    writer.writerows([_as_cell(value) for value in astuple(account)] for account in accounts)
    return text.getvalue().encode("utf-8", "replace")


def _as_cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
