"""The channels of NOTIFY: refused before a run where they cannot work, and each tried against a server on loopback."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.settings import Settings

import settings as project
from crawler.errors import UserError
from crawler.extensions.notify import Notify, hide_secrets
from crawler.judging.checks import Level
from crawler.judging.summary import RunSummary
from crawler.notifications.channels import require_channels
from crawler.run_files import write_summary
from tests.notifications.test_message import DATED, SUMMARY, WELL
from tests.runs.receiving import MailReceiver, WebReceiver

SLACK = {"SPIDERMON_SLACK_SENDER_TOKEN": "xoxb-1-secret", "SPIDERMON_SLACK_RECIPIENTS": "#corpus,#law"}
SMTP = {
    "SPIDERMON_EMAIL_TO": "one@office.example, two@office.example",
    "SPIDERMON_EMAIL_SENDER": "broadside@office.example",
    "SPIDERMON_SMTP_HOST": "127.0.0.1",
}


def make(**values: Any) -> Settings:
    made = Settings()
    made.setmodule(project, priority="project")
    made.setdict({"NOTIFY": "", "NOTIFY_ON": "warn", **values}, priority="cmdline")
    return made


@pytest.fixture
def installed() -> None:
    pytest.importorskip("spidermon", reason="Spidermon is not there: `make test` installs it")


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    receiver = WebReceiver().start()
    yield receiver
    receiver.stop()


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    receiver = MailReceiver().start()
    yield receiver
    receiver.stop()


class Run:
    """Runs of a collection, without a crawl: their summaries, and who is told."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.judge = SimpleNamespace(summary=SUMMARY)
        self.stats: dict[str, Any] = {}
        stats = SimpleNamespace(get_stats=lambda: self.stats)
        spider = SimpleNamespace(name="harborlaw", collection_folder=folder)
        self.crawler: Any = SimpleNamespace(
            settings=settings, stats=stats, spider=spider, get_extension=lambda _: self.judge
        )

    def end(self, day: str, summary: RunSummary = SUMMARY) -> None:
        self.judge.summary = replace(summary, started_at=f"{day}T02:00:00Z")
        path = write_summary(self.folder, self.judge.summary)
        self.stats = {"verdict": str(summary.verdict), "verdict/summary": str(path)}
        Notify(self.crawler).engine_stopped()


# --- Before a run ---------------------------------------------------------------------------------------------------


def test_no_channel_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spidermon", None)
    require_channels(make())


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"NOTIFY_ON": "ok"}, r"^setting NOTIFY_ON='ok' is not allowed; allowed: warn, fail$"),
        ({"NOTIFY": "mail"}, r"^setting NOTIFY='mail' is not allowed; allowed: email, slack, webhook, or the path of"),
        ({"NOTIFY": "email"}, r"^setting NOTIFY='email': setting SPIDERMON_EMAIL_TO is missing$"),
        (
            {"NOTIFY": "email", **SMTP, "SPIDERMON_SMTP_HOST": "mail.example", "SPIDERMON_SMTP_USER": "x"},
            r"a password does not go to mail\.example unencrypted; set SPIDERMON_SMTP_ENFORCE_TLS=1",
        ),
        ({"NOTIFY": "slack"}, r"^setting NOTIFY='slack': You must provide .* SPIDERMON_SLACK_SENDER_TOKEN setting\.$"),
        ({"NOTIFY": "webhook"}, r"^setting NOTIFY='webhook': setting WEBHOOK_URL is missing, or no http"),
        ({"NOTIFY": "webhook", "WEBHOOK_URL": "file:///x"}, r"setting WEBHOOK_URL is missing, or no http"),
        ({"NOTIFY": "webhook", "WEBHOOK_URL": "http://x/", "WEBHOOK_BODY": "{"}, r"setting WEBHOOK_BODY is no JSON"),
        (
            {"NOTIFY": "webhook", "WEBHOOK_URL": "http://x/", "WEBHOOK_BODY": "{}"},
            r"has no place for the message; such as \{\"text\": \"\{text\}\"\}$",
        ),
        (
            {"NOTIFY": "webhook,nowhere.Action", "WEBHOOK_URL": "http://x/"},
            r"': the module nowhere cannot be imported: it is neither installed nor in a folder of PYTHONPATH$",
        ),
        (
            {"NOTIFY": "os.path"},
            r"': os\.path is no class of Spidermon's actions; allowed: email, slack, webhook, or the",
        ),
        ({"NOTIFY": "json.dumps"}, r"': json\.dumps is no class of Spidermon's actions; allowed: "),
        ({"NOTIFY": "pathlib.Path"}, r"': pathlib\.Path is no class of Spidermon's actions; allowed: "),
        (
            {"NOTIFY": "email", **SMTP, "SPIDERMON_SMTP_PORT": "abc"},
            r"': setting SPIDERMON_SMTP_PORT='abc' is not allowed; allowed: a whole number from 1 to 65,535$",
        ),
        ({"NOTIFY": "email", **SMTP, "SPIDERMON_SMTP_PORT": "65536"}, r"setting SPIDERMON_SMTP_PORT='65536' is not"),
        (
            {"NOTIFY": "email", **SMTP, "SPIDERMON_SMTP_ENFORCE_TLS": "yes"},
            r"': setting SPIDERMON_SMTP_ENFORCE_TLS='yes' is not allowed; allowed: 0, 1$",
        ),
        ({"NOTIFY": "crawler.errors.Nothing"}, r"Nothing"),
    ],
)
def test_what_cannot_work_is_refused(values: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        require_channels(make(**values))
    assert "\n" not in str(caught.value)


def test_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("spidermon", "crawler.notifications.suite"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "spidermon", None)
    monkeypatch.setitem(sys.modules, "spidermon.exceptions", None)
    with pytest.raises(
        UserError, match=r"^setting NOTIFY='email' needs spidermon\S*, which is not installed; the extra"
    ):
        require_channels(make(NOTIFY="email", **SMTP))


# --- After it -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("installed")
def test_an_email_is_sent(tmp_path: Path, mail: MailReceiver) -> None:
    settings = make(NOTIFY="email", **SMTP, SPIDERMON_SMTP_PORT=str(mail.port))
    require_channels(settings)
    Run(tmp_path, settings).end("2026-11-30")
    (told,) = mail.mails
    assert (told["Subject"], told["From"]) == ("Broadside: harborlaw: fail", "broadside@office.example")
    assert parsedate_to_datetime(told["Date"]).tzinfo is not None
    assert re.fullmatch(r"<\S+@office\.example>", told["Message-ID"])
    assert mail.recipients == ["one@office.example", "two@office.example"]
    text = told.get_content()
    assert text.startswith("harborlaw: fail: 12 records, 1,031 in the run before")
    assert "scrapy accept harborlaw" in text


@pytest.mark.usefixtures("installed")
def test_a_webhook_is_called(tmp_path: Path, web: WebReceiver) -> None:
    body = '{"chat_id": -100, "text": "{text}", "parts": [{"title": "{subject}"}]}'
    settings = make(NOTIFY="webhook", WEBHOOK_URL=web.url("/hook"), WEBHOOK_BODY=body)
    require_channels(settings)
    Run(tmp_path, settings).end("2026-11-30", replace(SUMMARY, reason='it is "so" {subject}'))
    ((path, told),) = web.posted
    assert path == "/hook"
    assert told["chat_id"] == -100
    assert told["text"].startswith('harborlaw: fail: it is "so" {subject}\n- ')
    assert told["parts"] == [{"title": "Broadside: harborlaw: fail"}]


@pytest.mark.usefixtures("installed")
def test_slack_is_told(tmp_path: Path, web: WebReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    from slack_sdk import WebClient  # noqa: PLC0415 - only where it is installed

    settings = make(NOTIFY="slack", **SLACK)
    require_channels(settings)
    web.answers["/users.list"] = {"ok": True, "members": []}
    run = Run(tmp_path, settings)
    original = WebClient.__init__
    monkeypatch.setattr(WebClient, "__init__", lambda self, token: original(self, token, base_url=web.url("/")))
    run.end("2026-11-30")
    messages = [told for path, told in web.posted if path == "/chat.postMessage"]
    assert [(one["channel"], one["username"]) for one in messages] == [("#corpus", "Broadside"), ("#law", "Broadside")]
    assert messages[0]["text"].startswith("harborlaw: fail: 12 records, 1,031")
    assert messages[0].get("attachments") is None


@pytest.mark.usefixtures("installed")
def test_an_action_of_ones_own(tmp_path: Path, web: WebReceiver) -> None:
    name = "spidermon.contrib.actions.discord.SendDiscordMessage"
    settings = make(NOTIFY=f"{name}", SPIDERMON_DISCORD_WEBHOOK_URL=web.url("/discord"))
    require_channels(settings)
    Run(tmp_path, settings).end("2026-11-30")
    ((_, told),) = web.posted
    assert told["content"].startswith("harborlaw: fail: ")


@pytest.mark.usefixtures("installed")
def test_the_next_good_run_is_told_once(tmp_path: Path, web: WebReceiver) -> None:
    run = Run(tmp_path, make(NOTIFY="webhook", WEBHOOK_URL=web.url()))
    run.end("2026-11-30", WELL)
    assert web.posted == []
    run.end("2026-12-01")
    run.end("2026-12-02", WELL)
    run.end("2026-12-03", WELL)
    assert [told["text"].splitlines()[0].split(": ")[1] for _, told in web.posted] == ["fail", "ok again"]


@pytest.mark.usefixtures("installed")
def test_only_failures_where_that_is_asked_for(tmp_path: Path, web: WebReceiver) -> None:
    run = Run(tmp_path, make(NOTIFY="webhook", WEBHOOK_URL=web.url(), NOTIFY_ON="fail"))
    run.end("2026-11-30", replace(WELL, verdict=Level.WARN, checks=(DATED,)))
    run.end("2026-12-01", WELL)
    assert web.posted == []


@pytest.mark.usefixtures("installed")
def test_a_run_without_a_verdict_or_a_summary(tmp_path: Path, web: WebReceiver) -> None:
    run = Run(tmp_path, make(NOTIFY="webhook", WEBHOOK_URL=web.url()))
    Notify(run.crawler).engine_stopped()
    assert web.posted == []
    run.stats = {"verdict": "fail"}  # the disk was full, and it could not be written
    Notify(run.crawler).engine_stopped()
    ((_, told),) = web.posted
    assert told["text"].endswith(", broadside 0.1.0")


@pytest.mark.usefixtures("installed")
def test_a_message_that_is_lost_is_one_line(tmp_path: Path, web: WebReceiver, caplog: pytest.LogCaptureFixture) -> None:
    web.status = 403
    run = Run(tmp_path, make(NOTIFY="webhook", WEBHOOK_URL=web.url("/services/T0/secret")))
    run.end("2026-11-30")
    (line,) = caplog.records
    assert line.levelname == "WARNING"
    assert (
        line.getMessage()
        == "SendWebhook: nobody was told of this run: urllib.error.HTTPError: HTTP Error 403: Forbidden"
    )


def test_secrets_are_not_told() -> None:
    settings = make(WEBHOOK_URL="https://hooks.example/services/T0/word?x=1", SPIDERMON_SLACK_SENDER_TOKEN="xoxb-9")
    said = "Max retries exceeded with url: /services/T0/word?x=1 of https://hooks.example/services/T0/word?x=1, xoxb-9"
    assert hide_secrets(said, settings) == "Max retries exceeded with url: … of …, …"
