"""`python -m crawler.schema`: prints the JSON Schema of a record, generated from items.py."""

import json

from crawler.extraction.record import record_schema


def format_schema() -> str:
    """Write the schema as it stands in schemas/record.schema.json."""
    return json.dumps(record_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(format_schema(), end="")  # noqa: T201 - this is what it is for
