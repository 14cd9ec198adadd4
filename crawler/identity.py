"""What the program is, to the letter: records that another state of it made are read again."""

import hashlib
from importlib.metadata import version
from importlib.resources import files
from pkgutil import get_data

_LIBRARIES = ("trafilatura", "lxml", "dateparser", "htmldate", "selectolax")  # whose answers are in the records


def _digest_code() -> str:
    """Digest the source of the extraction, and the versions of the libraries that it asks."""
    digest = hashlib.sha256()
    core = (entry for entry in files("crawler.extraction").iterdir() if entry.name.endswith(".py"))
    for entry in sorted(core, key=lambda entry: entry.name):  # no paths: the program may run from an egg
        digest.update(entry.read_bytes())
    digest.update(get_data("items", "items.py") or b"")
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    return digest.hexdigest()


CODE_DIGEST = _digest_code()
