"""What each field of a record means, in a line: for the files of a package that describe its columns.

docs/record.md says the same at length, and when a field is null. A test compares the names with `items.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType

RECORD: Mapping[str, str] = MappingProxyType(
    {
        "id": "The document's identifier: 80 bits of the SHA-256 of its normalized URL, in hexadecimal digits.",
        "url": "Where the document was fetched, after redirects, normalized; of a file, what its input states.",
        "canonical_url": "What the page itself names as its address (rel=canonical). For information only.",
        "organization": "Who speaks.",
        "collection": "The collection that the record belongs to.",
        "title": "The title without the site's name.",
        "authors": "Who is named as the author.",
        "date_published": "The publication date in EDTF (ISO 8601-2:2019, level 1), as exact as the page states it.",
        "date_published_earliest": "The first day that the publication date can mean.",
        "date_published_latest": "The last day that the publication date can mean.",
        "date_published_precision": "How exact the date is: second, minute, day, interval, month, season or year.",
        "date_published_raw": "The words that the date was read from.",
        "date_evidence": "Every date that page, URL, feeds, sitemaps or HTTP headers state; the chosen one first.",
        "date_conflict": "Whether two statements of the publication date lie more than one day apart.",
        "date_modified": "The date of the last change in EDTF, from evidence that says so.",
        "document_type": "The researcher's own category.",
        "topics": "The researcher's own labels.",
        "language": "The primary language code that the page declares, or the organization's only one; not detected.",
        "text": "The document as plain text: paragraphs divided by blank lines.",
        "markdown": "The same as CommonMark with tables.",
        "word_count": r"Runs of letters, digits and underscores (\w+) in the text.",
        "links": "The links in the text, in order.",
        "attachments": "Those links that lead to a file. They are not fetched.",
        "annotations": "The other columns of the researcher's list or manifest.",
        "removed": "What stood inside the content region and is not in the text, each with its reason.",
        "digest": "SHA-256 of title, date, text and the attachments' URLs: equal digests mean equal documents.",
        "near_duplicate_of": "The id of the record of this package of which this one is a near-duplicate.",
        "change": "What became of the record in the latest run: new, changed, unchanged or gone.",
        "change_reason": "Why it is changed or gone.",
        "revision": "Counts the versions of the record from 1.",
        "provenance": "What it takes to cite the record and to make it again.",
        "schema_version": "The version of the description of records.",
    }
)
LINK: Mapping[str, str] = MappingProxyType({"text": "The words of the link.", "url": "Where it leads, absolute."})
EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "source": "Where the date stood.",
        "kind": "What it says: published, modified or event.",
        "place": "The name of the field, or the last steps of the element's path.",
        "raw": "The words as they stand there.",
        "value": "The date in EDTF.",
        "reason": "Why there is no value.",
    }
)
REMOVED: Mapping[str, str] = MappingProxyType(
    {
        "text": "The words.",
        "reason": "Why they are not in the text.",
        "position": "The block's place among all blocks of the page, from 0.",
        "support": "How many pages of the site share it.",
    }
)
PROVENANCE: Mapping[str, str] = MappingProxyType(
    {
        "fetched_at": "When the response came in, UTC.",
        "requested_url": "Where a redirect led here from.",
        "status": "The HTTP status.",
        "source_file": "The input file, relative to the given path.",
        "warc_file": "The file of the collection's archive that holds the response.",
        "warc_offset": "The byte of that file at which the response's record begins.",
        "payload_digest": "SHA-256 of the body as received, decompressed.",
        "encoding": "The character encoding that the body was read with.",
        "method": "How the text was found.",
        "model_digest": "SHA-256 of the site model by which the page was read.",
        "extractor_version": "The generic extractor and its version.",
        "program_version": "The program and its version.",
    }
)
ANNOTATION: Mapping[str, str] = MappingProxyType({"key": "The column's name.", "value": "What stands in it."})
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "collection": "The collection.",
        "state": "What the latest visit to a URL found, or an earlier one where that found it as before.",
        "reason": "Why, in one word.",
        "urls": "How many URLs are in that state.",
        "records": "How many of these URLs have a record in the collection, those that a takedown list names included.",
    }
)
RUNS: Mapping[str, str] = MappingProxyType(
    {
        "collection": "The collection.",
        "run": "The number of the run in its collection; numbers of runs that did not finish are missing.",
        "command": "The command that was called.",
        "started_at": "When it began, UTC.",
        "finished_at": "When it ended, UTC.",
        "urls": "How many URLs it put down: visited, or let go of for a reason.",
        "new": "Records that it found for the first time.",
        "changed": "Records that it found to be others.",
        "gone": "Records whose pages it found to be gone.",
    }
)
