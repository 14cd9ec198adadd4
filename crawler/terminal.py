"""What others wrote, made harmless for a terminal."""

import re

# Control characters but tab and line feed, and the marks that turn the direction of writing.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def show(text: str) -> str:
    """Take what would steer a terminal out of a text that others wrote."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)
