"""Writes what the sample organization publishes in a year: press releases, posts, reports and statements.

All of it is put together from patterns by a random generator that the caller seeds, so that the same seed gives the
same words. No two documents say the same, and each says what such documents say.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crawler.sample.content import DateMarks, Document, parse_block

STYLES = ("shown", "posted", "day first", "time", "numbers", "meta", "json-ld", "dateline")  # how a page says its date
DATELINE = "dateline"  # this one stands in the text

_PLACES = ("Port Ellery", "Wickham Falls", "Orrin", "East Orrin", "Hobbs Landing", "Marl", "Chandler Point", "Saltash")
_COUNTIES = ("Ellery County", "Hallam County", "Marl County", "Corran County")
_FIRST = "Adela Benedikt Corinne Dashiell Esther Farid Gudrun Hamza Imelda Jonas Keziah Lorcan Milena Nathaniel".split()
_LAST = "Abara Bixby Castellan Dragan Ekström Farrow Galindo Hwang Ibarra Jessop Kowalski Lundy Maddox Nwosu".split()
_STAFF = ("Mara Quill", "Daniel Brandt", "Sunniva Holt", "Ines Okafor", "Tobias Renn")
_WORK = (
    "a bus driver",
    "a nurse's aide",
    "a retired mason",
    "a line cook",
    "a school secretary",
    "a night watchman",
    "a mother of three",
    "an apprentice roofer",
)
_BODIES = (
    "the city council",
    "the board of supervisors",
    "the county court",
    "the sheriff's office",
    "the housing authority",
    "the state's board of parole",
    "the school board",
    "the public defender's commission",
)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a document is about."""

    tag: str
    matter: str  # "the county's … is wrong"
    people: str  # whom it harms
    remedy: str  # what the office asks for
    record: str  # where the numbers come from


TOPICS = (
    Topic("Bail", "the bail schedule", "people who cannot pay", "a hearing within a day", "arraignment sheets"),
    Topic("Housing", "the new notice of eviction", "tenants", "a stay of ninety days", "files of the housing court"),
    Topic("Health", "the shutoff rule", "families with infants", "a visit before each shutoff", "meter readings"),
    Topic("Policing", "the stop reports", "young people", "a copy of each report", "dispatch recordings"),
    Topic("Schools", "the fee for late arrivals", "pupils", "a refund in cash", "attendance lists"),
    Topic("Language Access", "the waiting list for interpreters", "newcomers", "an interpreter by video", "court logs"),
    Topic("Families", "the visiting rule", "children of prisoners", "visits on weekends", "sign-in books"),
    Topic("Public Records", "the copying charge", "residents", "records without charge", "letters of refusal"),
    Topic(
        "Voting", "the closing of a polling place", "voters without a car", "a bus on election day", "turnout tables"
    ),
    Topic("Work", "the wage complaint desk", "day laborers", "a decision in thirty days", "pay stubs"),
)

_TITLES = {
    "Press Release": (
        "{county} Must Give {People} {Remedy}, Judge Rules",
        "{place} Agrees to Rethink {Matter}",
        "Lantern Sues over {Matter} in {county}",
        "{number} Families in {place} Win {Remedy}",
        "Settlement Ends Dispute over {Matter} in {place}",
        "{county} Delays {Remedy} Again, and {People} Go Back to Court",
    ),
    "News": (
        "What {People} Told Us in {place}",
        "An Evening in {place}: {Matter}, Explained",
        "How to Ask for {Remedy}",
        "{number} Letters about {Matter}",
        "Notes from {county}: {People} and the {month} Docket",
    ),
    "Report": (
        "Counting What Counts: {Matter} in {county}",
        "{Remedy}: What It Would Cost {county}",
        "A Year of {Record} from {place}",
    ),
    "Statement": (
        "Statement on {Matter} in {place}",
        "Statement on the Decision to Deny {People} {Remedy}",
    ),
}

_OPENINGS = {
    "Press Release": (
        "A judge in {county} ruled this week that {body} may no longer apply {matter} to {people} without {remedy}.",
        "{Body} in {place} voted {number} to {small} on {weekday} to suspend {matter}, after {money} in claims.",
        "Lawyers of the Lantern Justice Project filed a complaint today against {body} of {county} over {matter}.",
        "Some {number} {people} in {place} will have {remedy} under an agreement that {body} signed on {weekday}.",
    ),
    "News": (
        "On {weekday} evening {number} people came to a church hall in {place} to talk about {matter}.",
        "{person}, {work} from {place}, first wrote to us about {matter} in {month}.",
        "We are asked about {matter} more often than about anything else, and most of those who ask are {people}.",
    ),
    "Report": (
        "Between {month} and the end of the year our volunteers copied {number} {record} in {county} by hand.",
        "This report says what {matter} did to {people} in {county}, from {number} {record} and {small} interviews.",
    ),
    "Statement": (
        "Today {body} of {county} decided that {people} must do without {remedy}, and called it a matter of {money}.",
        "We have read the decision on {matter} in {place}, all {number} pages of it.",
    ),
}

_SENTENCES = (
    "In {county} alone, {number} {people} were affected by {matter} before {month}.",
    "According to {record} that we obtained in {month}, {body} knew of {number} such cases.",
    "{person}, {work}, waited {number} days for {remedy} and then heard nothing.",
    "“They told me that {matter} was none of my business,” said {person}, {work} in {place}.",
    "“Nobody in {place} should need a lawyer to get {remedy},” said {staff} of the Lantern Justice Project.",
    "“I kept every letter, all {number} of them,” said {person}. “That is how we won {remedy}.”",
    "A spokesman for {body} said on {weekday} that {matter} would be looked at again in {month}.",
    "The cost to {county} is {money} a year, which is less than it spent on {record} in {place}.",
    "Of {number} {record}, {small} had been changed after {people} complained.",
    "{Body} has until the {small}th of {month} to say how it will provide {remedy}.",
    "In {place} the office of {person} had {number} files on {matter}, and no one to read them.",
    "Neighbors in {place} collected {number} signatures in {small} days, most of them from {people}.",
    "The rule was meant for {small} cases a year; by {month} there were {number} in {county}.",
    "“We counted twice,” said {staff}, who went through the {record} with {person}.",
    "None of the {number} {people} whom we asked in {place} had been told about {remedy}.",
    "{Body} offered {money} in {month}, and withdrew the offer {small} days later.",
    "When {person} asked {body} about {matter}, the answer came after {number} days and was one line long.",
    "A hearing is set for {weekday}, at {small} in the morning, in {county}'s old courthouse.",
    "The {record} show that {place} paid {money} for what {people} never received.",
    "“It is a small change,” said {person}, {work}, “and it took {number} letters.”",
    "With {remedy}, the number of complaints in {place} would fall by {small} in {number}, our count suggests.",
    "{staff} will speak about {matter} in {place} in {month}, and bring the {record} along.",
    "At least {small} other towns in {county} look at {matter} in the same way as {place} does.",
    "{person} lost {money} before {body} admitted that {matter} had been applied to the wrong address.",
    "What {people} in {place} ask for is {remedy}, no more than {county} promised in {month}.",
    "The clerk in {place} found {number} {record} in a cupboard, and called {staff} the same day.",
)
_CONTACTS = (
    ("Press contact", "Mara Quill", "212-555-0143", "press@lanternjustice.example"),
    ("Media inquiries", "Daniel Brandt, 212-555-0146", "dbrandt@lanternjustice.example"),
    ("Press contact", "Sunniva Holt", "212-555-0144", "sholt@lanternjustice.example"),
)
_MONTHS = "January February March April May June July August September October November December".split()
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday".split()
_FOLDERS = {"Press Release": "press", "Statement": "press", "News": "news", "Report": "reports"}


def write_sentence(rng: random.Random, topic: Topic, patterns: Sequence[str] = _SENTENCES) -> str:
    """Write a sentence on a topic."""
    return _fill(rng, topic, rng.choice(patterns))


def write_paragraph(rng: random.Random, topic: Topic) -> str:
    """Write three or four sentences, no two of one pattern."""
    return " ".join(_fill(rng, topic, pattern) for pattern in rng.sample(_SENTENCES, rng.randint(3, 4)))


def _fill(rng: random.Random, topic: Topic, pattern: str) -> str:
    words = {
        "place": rng.choice(_PLACES),
        "county": rng.choice(_COUNTIES),
        "person": f"{rng.choice(_FIRST)} {rng.choice(_LAST)}",
        "staff": rng.choice(_STAFF),
        "work": rng.choice(_WORK),
        "body": rng.choice(_BODIES),
        "number": f"{rng.randint(21, 4800):,}",
        "small": str(rng.randint(4, 19)),
        "money": f"${rng.randint(12, 990)},000",
        "month": rng.choice(_MONTHS),
        "weekday": rng.choice(_WEEKDAYS),
        "matter": topic.matter,
        "people": topic.people,
        "remedy": topic.remedy,
        "record": topic.record,
    }
    words["Body"] = words["body"][0].upper() + words["body"][1:]
    words |= {name.capitalize(): _title(words[name]) for name in ("matter", "people", "remedy", "record")}
    return pattern.format(**words)


def _title(words: str) -> str:
    small = {"a", "an", "the", "of", "for", "in", "by", "on", "with", "who"}
    given = [word if word in small else word[0].upper() + word[1:] for word in words.split()]
    return " ".join([given[0][0].upper() + given[0][1:], *given[1:]])


def mark_date(day: date, style: str) -> DateMarks:
    """Say a date in one of the ways in which the sample's pages do."""
    iso, words = day.isoformat(), f"{day:%B} {day.day}, {day.year}"
    shown = {
        "posted": f"Posted on: {words}",
        "day first": f"{day.day} {day:%B} {day.year}",
        "numbers": f"{day:%m/%d/%Y}",
        DATELINE: None,
    }.get(style, words)
    return DateMarks(
        published=iso,
        precision="day",
        shown=shown,
        time=iso if style == "time" else None,
        meta=iso if style == "meta" else None,
        json_ld=iso if style == "json-ld" else None,
    )


def find_style(document: Document) -> str | None:
    """Tell in which way a document of a year says its date; None where the date cannot be changed alone."""
    published = document.date.published
    if published is None or len(published) != len("2021-10-01"):
        return None
    day = date.fromisoformat(published)
    return next((style for style in STYLES if style != DATELINE and mark_date(day, style) == document.date), None)


def find_topic(document: Document) -> Topic:
    """Give the topic of a document by its first tag; any other tag gives the first topic."""
    return next((topic for topic in TOPICS if topic.tag in document.tags[:1]), TOPICS[0])


def slugify(title: str) -> str:
    """Give the last part of an address."""
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


def write_document(rng: random.Random, day: date, kind: str, serial: int) -> Document:
    """Write a document.

    Args:
        rng: seeded for this document.
        day: of publication.
        kind: a type of document: "Press Release", "News", "Report" or "Statement".
        serial: what tells apart two documents with one title.
    """
    topic = rng.choice(TOPICS)
    style = DATELINE if kind == "Press Release" and rng.random() < 0.2 else rng.choice(STYLES[:-1])
    title = write_sentence(rng, topic, _TITLES[kind])
    opening = write_sentence(rng, topic, _OPENINGS[kind])
    first = f"{opening[0].upper()}{opening[1:]} {write_paragraph(rng, topic)}"
    if style == DATELINE:
        first = f"Port Ellery, {day:%B} {day.day}, {day.year} — {first}"
    blocks: list[str | Mapping[str, object]] = [first]
    blocks += [write_paragraph(rng, topic) for _ in range(1 if kind == "Statement" else rng.randint(3, 5))]
    if kind == "Report":
        blocks.insert(2, {"heading": "What we counted"})
        blocks.append({"list": [write_sentence(rng, topic) for _ in range(3)]})
    author = rng.choice(_STAFF) if kind in ("News", "Report") and rng.random() < 0.7 else None
    contact = rng.choice(_CONTACTS) if kind == "Press Release" and rng.random() < 0.7 else ()
    name = f"statement-{serial}" if kind == "Statement" else f"{slugify(title)[:60].strip('-')}-{serial}"
    ways = rng.random()  # most are found in each way, some in one only
    return Document(
        path=f"/{_FOLDERS[kind]}/{name}",
        title=title,
        blocks=tuple(parse_block(block) for block in blocks),
        document_type=kind,
        authors=() if author is None else (author,),
        byline=None if author is None else f"By {author}",
        tags=(topic.tag,),
        date=mark_date(day, style),
        about="late" if kind == "Press Release" and rng.random() < 0.8 else None,
        contact=contact,
        contact_in_body=bool(contact) and rng.random() < 0.4,
        in_sitemap=ways < 0.9,
        in_feed=ways < 0.85 or ways >= 0.95,
        listing_page=0 if ways < 0.95 else None,
    )
