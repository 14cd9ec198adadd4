"""What an answer of a server is: HTML or not, its headers, and the word for an error."""

from pathlib import Path

from scrapy.http import Headers, HtmlResponse, Response, TextResponse
from scrapy.responsetypes import responsetypes

from crawler.storage.archive import EarlierResponse, RecordPointer, read_response
from crawler.storage.visits import Fetched

_HTML_START = (b"<!doctype html", b"<html")


def is_html(response: Response) -> bool:
    """Tell whether a response is a page, by its type as Scrapy sees it or by how its body begins."""
    if isinstance(response, HtmlResponse):
        return True
    start = response.body[:512].lstrip().lower()
    if isinstance(response, TextResponse) and start.startswith(_HTML_START):
        return True
    return not response.body.strip() and "html" in (header(response, "Content-Type") or "html")


def header(response: Response, name: str) -> str | None:
    """Give a header's first value."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None


def name_error(error: BaseException | None) -> str:
    """Name a network error in one lower-case word: `CannotResolveHostError` becomes `cannot_resolve_host`."""
    name = type(error).__name__.removesuffix("Error").removesuffix("Exception")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")


def find_earlier(url: str, fetched: Fetched) -> EarlierResponse:
    """Point at the response that a new one may repeat."""
    pointer = RecordPointer(fetched.warc_file or "", fetched.warc_offset or 0)
    return EarlierResponse(pointer, url, fetched.fetched_at, fetched.payload_digest or "")


def restore(folder: Path, response: Response) -> Response:
    """Put the body in place of a 304 that the server did not send again.

    Raises:
        ArchiveError: the earlier response cannot be read.
    """
    earlier: EarlierResponse = response.meta["earlier"]
    archived = read_response(folder, earlier.pointer)
    kept = [(name, value) for name, value in archived.headers if name.lower() != "content-encoding"]
    headers = Headers({name: [value for key, value in kept if key == name] for name, _ in kept})
    kind = responsetypes.from_args(headers=headers, url=response.url, body=archived.body)
    return kind(url=response.url, status=archived.status, headers=headers, body=archived.body, request=response.request)
