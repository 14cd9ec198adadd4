"""Files beside a collection's archive: a readable copy of each site's model, and the decisions of its researcher."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from crawler.errors import UserError
from crawler.extraction.decisions import Decisions, dump_decisions, load_decisions
from crawler.extraction.model import ModelError, digest_model, dump_model, load_model
from crawler.extraction.page import LearnedSite

MODELS = "models"  # folder of a collection; a file a host
DECISIONS = "templates.json"


def write_models(folder: Path, sites: Mapping[str, LearnedSite]) -> None:
    """Write the models of a collection's sites, each in a file named after its host, and drop files of other hosts."""
    models = folder / MODELS
    if sites:
        models.mkdir(parents=True, exist_ok=True)
    names = {_file_name(host): dump_model(site.model) for host, site in sites.items()}
    for name, data in names.items():
        replace_file(models / name, data)
    for path in models.glob("*.json"):
        if path.name not in names:
            path.unlink()


def read_models(folder: Path) -> dict[str, LearnedSite]:
    """Read the models that the latest run of a collection used, by host.

    Raises:
        UserError: a file is no model.
    """
    found = {}
    for path in sorted((folder / MODELS).glob("*.json")):
        try:
            data = path.read_bytes()
            model = load_model(data)
        except (OSError, ModelError) as error:
            raise UserError(f"{path}: {error}") from None
        found[model.host] = LearnedSite(model, digest_model(data))
    return found


def read_decisions(folder: Path) -> Decisions:
    """Read what a researcher decided; nothing where there is no such file.

    Raises:
        UserError: the file cannot be read or says something else.
    """
    path = folder / DECISIONS
    try:
        return load_decisions(path.read_bytes())
    except FileNotFoundError:
        return Decisions()
    except (OSError, ModelError) as error:
        raise UserError(f"{path}: {error}") from None


def write_decisions(folder: Path, decisions: Decisions) -> None:
    """Write what a researcher decided."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / DECISIONS, dump_decisions(decisions))


def _file_name(host: str) -> str:
    return f"{host.replace('/', '_') or 'files'}.json"


def replace_file(path: Path, data: bytes) -> None:
    """Give a file new contents at once, so that a crash leaves the old or the new ones."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
