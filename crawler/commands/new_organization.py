"""`scrapy new-organization URL`: an organization's file, written from what its site shows."""

import argparse
import os
import shlex
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError
from scrapy.settings import Settings

from crawler.asking import AskingCommand
from crawler.collection import require_no_options
from crawler.command import CommandFailedError
from crawler.discovery.urls import hostname, is_same_site
from crawler.errors import UserError
from crawler.organizations.load import OrganizationError, load_organization
from crawler.organizations.schema import Organization
from crawler.probing.draft import find_slug, write_draft
from crawler.probing.findings import Probe
from crawler.probing.report import join_lines

__name__ = "crawler.commands.new-organization"  # Scrapy calls a command as its module is called


class Command(AskingCommand):
    """Looks at a site as `probe` does and writes a file of the least that a crawl needs."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<URL of a homepage> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Write an organization's file from what its site shows"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("-o", dest="file", metavar="FILE", help="the file to write, such as folder/harborlaw.toml")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Look, write, and say what to type next."""
        require_no_options("new-organization", args)
        if len(args) != 1:
            raise UserError(f"new-organization takes the URL of one homepage, not {len(args)}")
        url = args[0]
        if hostname(url) is None:
            raise UserError(
                f"{url!r} is no http(s) URL with a host; allowed: a URL such as https://www.harborlaw.example/"
            )
        path = _find_path(settings, url, opts.file)
        slug = path.name.removesuffix(".toml")
        probe = self.probe(settings, slug, str(path), _make_organization(slug, url, path))
        probe = _settle_homepage(probe)
        text = write_draft(probe)
        load_organization(slug, text, str(path))  # what is written must load
        _write(path, text)
        self.tell(settings, probe, path)

    def tell(self, settings: Settings, probe: Probe, path: Path) -> None:
        """Print where the file is, and what to type next."""
        lines = [f"written: {path}", ""]
        folders = [folder.resolve() for folder in _find_folders(settings)]
        if path.parent.resolve() not in folders:  # the others stay, and it holds from any folder
            there = os.pathsep.join(map(str, [*folders, path.parent.resolve()]))
            lines.append(f"export BROADSIDE_ORGANIZATIONS={shlex.quote(there)}")
        lines += [f"scrapy probe {probe.slug}", f"scrapy crawl {probe.slug} -a limit=20"]
        if not probe.gives_records:
            lines[1:1] = ["no document was found: the first of these commands says what to change"]
        print(join_lines(lines), end="")  # noqa: T201 - what the command is for


def _find_folders(settings: Settings) -> list[Path]:
    return [Path(one) for one in str(settings["ORGANIZATIONS_PATH"] or "").split(os.pathsep) if one]


def _find_path(settings: Settings, url: str, file: str | None) -> Path:
    """Say where the file is to be.

    Raises:
        UserError: nowhere, or there is one already, or its name is not allowed.
    """
    if file is not None:
        path = Path(file)
        if path.suffix != ".toml":
            raise UserError(f"-o {file}: the file's name must end with .toml")
    else:
        folders = _find_folders(settings)
        name = f"{find_slug(url)}.toml"
        if not folders:
            raise UserError(
                f"there is no folder for {name}: set BROADSIDE_ORGANIZATIONS to a folder of your own, "
                f"or name the file: -o ../my-organizations/{name}"
            )
        path = folders[0] / name
    if path.exists():
        raise UserError(f"{path} exists already; remove it first, or name another file: -o FILE")
    return path


def _make_organization(slug: str, url: str, path: Path) -> Organization:
    """Make the organization that is looked at: nothing is known of it but its homepage.

    Raises:
        UserError: the file's name or the URL is not allowed.
    """
    try:
        load_organization(slug, 'name = "-"\nhomepage = "https://a.example/"\n', str(path))
        return Organization.model_validate({"name": hostname(url) or slug, "homepage": url, "verified": False})
    except OrganizationError as error:
        raise UserError(str(error)) from None
    except ValidationError:
        raise UserError(f"{url!r} is not allowed; allowed: an http(s) URL with a host and without spaces") from None


def _settle_homepage(probe: Probe) -> Probe:
    """Take the address that the homepage leads to within its site.

    Raises:
        UserError: it leads to another site.
        CommandFailedError: it cannot be read.
    """
    home = probe.organization.homepage
    answer = probe.homepage.answer if probe.homepage is not None else probe.robots.answer
    if probe.homepage is None and not probe.robots.homepage_allowed:
        raise CommandFailedError(f"{home}: robots.txt forbids it; nothing was written")
    if probe.homepage is None or not answer.is_read:
        raise CommandFailedError(f"{answer.url}: {answer.error or answer.status}; nothing was written")
    if answer.target is None:
        return probe
    if not is_same_site(hostname(answer.target) or "", hostname(home) or ""):
        raise UserError(f"{home} leads to {answer.target}: give that URL, if it is the organization's")
    return replace(probe, organization=probe.organization.model_copy(update={"homepage": answer.target}))


def _write(path: Path, text: str) -> None:
    """Write the file, unless there is one.

    Raises:
        UserError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
