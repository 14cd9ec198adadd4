"""What commands have in common: one line on stderr, an exit status, and no settings of somebody else."""

import argparse
from pathlib import Path

import pytest
from scrapy.cmdline import _get_commands_from_module
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from crawler.command import CollectionCommand, CommandFailedError
from crawler.commands import learn
from crawler.errors import UserError
from crawler.storage.ledger import LedgerError
from crawler.storage.warc_record import ArchiveError

COMMANDS = Path(learn.__file__).parent


class Raising(CollectionCommand):
    def __init__(self, error: Exception | None, settings: Settings) -> None:
        super().__init__()
        self.error = error
        self.settings = settings
        self.worked = False

    def short_desc(self) -> str:
        return "Raise"

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        self.worked = True
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, 0),
        (UserError("why"), 2),
        (CommandFailedError("why"), 1),
        (LedgerError("why"), 1),
        (ArchiveError("why"), 1),
        (OSError("why"), 1),
    ],
)
def test_an_error_is_a_line_and_an_exit_status(
    error: Exception | None, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    command = Raising(error, get_project_settings())
    command.run([], argparse.Namespace())
    assert command.exitcode == status
    assert capsys.readouterr() == ("", "broadside: why\n" if error is not None else "")


def test_a_mistake_in_the_program_is_no_error_of_the_user() -> None:
    with pytest.raises(ValueError, match="why"):
        Raising(ValueError("why"), get_project_settings()).run([], argparse.Namespace())


def test_foreign_settings_are_refused_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    command = Raising(None, Settings({"BOT_NAME": "other"}))
    command.run([], argparse.Namespace())
    assert (command.exitcode, command.worked) == (2, False)
    assert "these are not Broadside's settings" in capsys.readouterr().err


def test_each_module_is_a_command_and_their_base_is_none() -> None:
    commands = _get_commands_from_module("crawler.commands", inproject=True)
    names = {path.stem.replace("_", "-") for path in COMMANDS.glob("*.py") if path.stem != "__init__"}
    assert set(commands) == names
    assert {type(command).__name__ for command in commands.values()} == {"Command"}


def test_learning_can_be_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "ledger.sqlite3").touch()
    monkeypatch.setattr(learn.Command, "_learn", interrupt)
    command = learn.Command()
    command.settings = get_project_settings()
    command.settings.set("DATA_DIR", str(tmp_path))
    command.run(["sample"], argparse.Namespace())
    assert command.exitcode == 1
    assert capsys.readouterr().err == "broadside: interrupted; nothing was changed\n"
