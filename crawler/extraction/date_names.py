"""What a name says of the date that bears it: `article:published_time`, `datePublished`, the class "post-date"."""

import re
from functools import lru_cache

from items import DateKind

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PUBLISHED = frozenset(
    "published publish publishing publication publishdate publishtime publishedat publishedon publishedtime "
    "publisheddate publicationdate pubdate pubtime posted postdate posteddate issued issuedate released "
    "releasedate created createdate createddate createdat datepublished datecreated dateposted erschienen "
    "erscheinung veroeffentlicht erstellt publie parution publicado publicacion pubblicato pubblicazione "
    "submitted dateline".split()
)
_MODIFIED = frozenset(
    "modified modification modifiedat modifieddate datemodified updated update updatedat updatedate "
    "lastupdate lastupdated lastmod lastmodified dateupdate dateupdated revised revision revisiondate "
    "reviewed review changed edited aktualisiert geaendert aggiornato actualizado".split()
)
_DATE = frozenset("date dates datetime datum fecha timestamp articledate newsdate entrydate pagedate".split())
# Dates of something else: of an event, of the visit, of the program that built the page.
_OTHER = frozenset(
    "expires expire expired expiration expiry unpublish unpublished unpublishdate end start event events "
    "birth birthdate copyright registration valid embargo deadline server crawl cache cached archive archived "
    "print access accessed today now current build calendar countdown comment comments due job picker range "
    "filter".split()
)


@lru_cache(maxsize=4096)
def judge_name(name: str) -> DateKind | None:
    """Tell what a name says of the date that bears it; None where it names no date of a document.

    Args:
        name: of a `<meta>`, of a property (schema.org, Dublin Core, Open Graph), or an element's class.
    """
    kind, named = read_name(name)
    return kind if kind is not None or not named else DateKind.PUBLISHED


@lru_cache(maxsize=4096)
def read_name(name: str) -> tuple[DateKind | None, bool]:
    """Tell whether a name says "published" or "modified", and whether it names a date at all."""
    words = {word.casefold() for word in _WORD.findall(name)}
    if words & _OTHER:
        return None, False
    if words & _MODIFIED:
        return DateKind.MODIFIED, True
    if words & _PUBLISHED:
        return DateKind.PUBLISHED, True
    return None, bool(words & _DATE)
