"""What the program is, to the letter: records that another state of it made are read again."""

import hashlib
from importlib.metadata import version
from pathlib import Path

import crawler.extraction
import items

_LIBRARIES = ("trafilatura", "lxml", "dateparser", "htmldate", "selectolax")  # whose answers are in the records


def _digest_code() -> str:
    """Digest the source of the extraction, and the versions of the libraries that it asks."""
    digest = hashlib.sha256()
    folder = Path(crawler.extraction.__path__[0])
    for path in (*sorted(folder.glob("*.py")), Path(items.__file__)):
        digest.update(path.read_bytes())
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    return digest.hexdigest()


CODE_DIGEST = _digest_code()
