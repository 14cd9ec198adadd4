"""What an answer of a server is: HTML or not, its headers, and the word for an error."""

from scrapy.http import HtmlResponse, Response, TextResponse

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
