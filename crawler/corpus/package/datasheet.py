"""DATASHEET.md: a datasheet of a corpus, with the questions of Gebru et al., filled in as far as figures can answer.

Gebru, Morgenstern, Vecchione, Vaughan, Wallach, Daumé III, Crawford: Datasheets for Datasets. Communications of the
ACM 64 (12), 2021, https://doi.org/10.1145/3458723. Its questions stand in its seven sections and its order; "Any other
comments?", which closes each of them, is left out.

What only a person can answer is a marked blank. There is no clock in it: the same corpus gives the same datasheet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.corpus.package import datasheet_answers as answers
from crawler.corpus.package import datasheet_collection as collection
from crawler.corpus.package.described import Described
from crawler.corpus.package.prose import make_blank, to_markdown

Answer = str | Callable[[Described], str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what figures say of it, and what only a person can."""

    words: str
    answer: Answer | None = None
    blank: str | None = None  # what a person is asked for


SECTIONS: Sequence[tuple[str, Sequence[Question]]] = (
    (
        "Motivation",
        (
            Question(
                "For what purpose was the dataset created?", None, "the question or task it was made for, and the gap"
            ),
            Question(
                "Who created the dataset, and on behalf of which entity?",
                answers.creators,
                "team, group and institution",
            ),
            Question("Who funded the creation of the dataset?", None, "funder, and grant with its number"),
        ),
    ),
    (
        "Composition",
        (
            Question("What do the instances that comprise the dataset represent?", answers.INSTANCES),
            Question("How many instances are there in total?", answers.counts),
            Question(
                "Does the dataset contain all possible instances, or is it a sample from a larger set?",
                answers.completeness,
                "whether that is representative of what you study, and how you know",
            ),
            Question("What data does each instance consist of?", answers.fields_of_instances),
            Question("Is there a label or target associated with each instance?", answers.labels),
            Question("Is any information missing from individual instances?", answers.missing),
            Question("Are relationships between individual instances made explicit?", answers.relationships),
            Question("Are there recommended data splits?", None, "splits and their reason, or that there are none"),
            Question("Are there any errors, sources of noise, or redundancies in the dataset?", answers.noise),
            Question(
                "Is the dataset self-contained, or does it link to or otherwise rely on external resources?",
                answers.self_contained,
            ),
            Question(
                "Does the dataset contain data that might be considered confidential?",
                answers.CONFIDENTIAL,
                "whether something was published by mistake or under a duty of confidence",
            ),
            Question(
                "Does the dataset contain data that, if viewed directly, might be offensive, insulting, threatening, "
                "or might otherwise cause anxiety?",
                None,
                "what readers must be prepared for",
            ),
            Question(
                "Does the dataset identify any subpopulations?",
                None,
                "by age, gender, origin or the like, and how many",
            ),
            Question(
                "Is it possible to identify individuals, either directly or indirectly, from the dataset?",
                answers.individuals,
                "who is named, in what role, and what was done about it",
            ),
            Question(
                "Does the dataset contain data that might be considered sensitive in any way?",
                None,
                "health, religion, politics, criminal records, and the like",
            ),
        ),
    ),
    (
        "Collection process",
        (
            Question("How was the data associated with each instance acquired?", collection.acquired),
            Question("What mechanisms or procedures were used to collect the data?", collection.mechanisms),
            Question(
                "If the dataset is a sample from a larger set, what was the sampling strategy?",
                collection.asked,
                "why these organizations, lists or files, and not others",
            ),
            Question(
                "Who was involved in the data collection process, and how were they compensated?",
                None,
                "staff, students, crowdworkers, and their pay",
            ),
            Question("Over what timeframe was the data collected?", collection.timeframe),
            Question(
                "Were any ethical review processes conducted?", None, "board, outcome, and where it is documented"
            ),
            Question(
                "Did you collect the data from the individuals in question directly, or obtain it via third parties or "
                "other sources?",
                answers.THIRD_PARTIES,
            ),
            Question(
                "Were the individuals in question notified about the data collection?",
                None,
                "who was told, how and when",
            ),
            Question(
                "Did the individuals in question consent to the collection and use of their data?", None, "who, and how"
            ),
            Question(
                "If consent was obtained, were the consenting individuals provided with a mechanism to revoke their "
                "consent?",
                answers.taken_down,
                "to whom a person writes",
            ),
            Question(
                "Has an analysis of the potential impact of the dataset and its use on data subjects been conducted?",
                None,
                "such as a data protection impact assessment, with its outcome",
            ),
        ),
    ),
    (
        "Preprocessing, cleaning, labeling",
        (
            Question("Was any preprocessing, cleaning or labeling of the data done?", answers.cleaning),
            Question("Was the “raw” data saved in addition to the preprocessed data?", answers.raw),
            Question(
                "Is the software that was used to preprocess, clean or label the data available?",
                answers.software,
                "where the program, your organization files and pipelines of your own are",
            ),
        ),
    ),
    (
        "Uses",
        (
            Question("Has the dataset been used for any tasks already?", None, "publications and systems"),
            Question(
                "Is there a repository that links to any or all papers or systems that use the dataset?",
                None,
                "its address",
            ),
            Question("What (other) tasks could the dataset be used for?", None, "tasks that you can vouch for"),
            Question(
                "Is there anything about the composition of the dataset or the way it was collected and preprocessed "
                "that might impact future uses?",
                answers.caveats,
                "what else a user must know",
            ),
            Question(
                "Are there tasks for which the dataset should not be used?", None, "what it must not be taken for"
            ),
        ),
    ),
    (
        "Distribution",
        (
            Question(
                "Will the dataset be distributed to third parties outside of the entity on behalf of which it was "
                "created?",
                answers.DISTRIBUTED,
                "to whom, and under what agreement",
            ),
            Question("How will the dataset be distributed?", answers.FORM, "repository and DOI"),
            Question("When will the dataset be distributed?", None, "the day"),
            Question(
                "Will the dataset be distributed under a copyright or other intellectual property license, or under "
                "applicable terms of use?",
                answers.terms,
                "whose permission you have for the texts, which belong to those who wrote them",
            ),
            Question(
                "Have any third parties imposed restrictions on the data associated with the instances?",
                answers.restrictions,
                "terms of the sites, and agreements with them",
            ),
            Question(
                "Do any export controls or other regulatory restrictions apply to the dataset?", None, "which, or none"
            ),
        ),
    ),
    (
        "Maintenance",
        (
            Question(
                "Who will be supporting, hosting and maintaining the dataset?", None, "a person and an institution"
            ),
            Question(
                "How can the owner, curator or manager of the dataset be contacted?",
                answers.contact,
                "an address that is read for as long as the corpus is online",
            ),
            Question("Is there an erratum?", None, "where corrections are announced"),
            Question("Will the dataset be updated?", answers.UPDATES, "how often, by whom, and how users are told"),
            Question(
                "If the dataset relates to people, are there applicable limits on the retention of the data?",
                None,
                "how long, and who deletes it",
            ),
            Question(
                "Will older versions of the dataset continue to be supported, hosted and maintained?",
                None,
                "which, and where",
            ),
            Question(
                "If others want to extend, augment, build on or contribute to the dataset, is there a mechanism for "
                "them?",
                None,
                "how, and who checks what they send",
            ),
        ),
    ),
)


def format_datasheet(described: Described) -> str:
    """Write the datasheet of a corpus, as Markdown."""
    title = to_markdown(described.citation.title) if described.citation.title else make_blank("the title of the corpus")
    parts = [f"# Datasheet: {title}", answers.preface(described)]
    for section, questions in SECTIONS:
        parts.append(f"## {section}")
        for question in questions:
            parts.append(f"### {question.words}")
            if question.answer is not None:
                answer = question.answer
                parts.append(answer if isinstance(answer, str) else answer(described))
            if question.blank is not None:
                parts.append(make_blank(question.blank))
    return "\n\n".join(parts) + "\n"
