"""A run tells of its verdict, and is what it would be without."""

from collections.abc import Iterator

import pytest

from tests.runs.harness import ROOT, Crawl
from tests.runs.receiving import MailReceiver, WebReceiver


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


def test_a_failed_run_and_the_good_one_after_it(crawl: Crawl, web: WebReceiver, mail: MailReceiver) -> None:
    pytest.importorskip("spidermon", reason="Spidermon is not there: `make test` installs it")
    told = {
        "BROADSIDE_NOTIFY": "webhook,email",
        "BROADSIDE_WEBHOOK_URL": web.url("/services/T0/secret"),
        "SPIDERMON_EMAIL_TO": "night@office.example",
        "SPIDERMON_EMAIL_SENDER": "broadside@office.example",
        "SPIDERMON_SMTP_HOST": "127.0.0.1",
        "SPIDERMON_SMTP_PORT": str(mail.port),
    }
    organizations = crawl.folder / "organizations"
    organizations.mkdir()
    sample = (ROOT / "crawler" / "organizations" / "sample.toml").read_text()
    assert "min_records = 30" in sample
    (organizations / "sample.toml").write_text(sample.replace("min_records = 30", "min_records = 40"))
    expecting = {**told, "BROADSIDE_ORGANIZATIONS": str(organizations)}
    crawl("sample", level=None, env=expecting).check(3, "checks failed: .*at least 40 were expected")
    ((path, body),) = web.posted
    assert path == "/services/T0/secret"
    assert body["text"].startswith("sample: fail: 31 records; at least 40 were expected\nrun 1, crawl sample, began 2")
    (first,) = mail.mails
    assert first["Subject"] == "Broadside: sample: fail"
    assert first.get_content().split() == body["text"].split()
    web.status = 500
    run = crawl("sample", level=None, env=told).check(0, "well: 31 records")
    warning = "WARNING: SendWebhook: nobody was told of this run: urllib.error.HTTPError: HTTP Error 500"
    assert run.stderr.count(warning) == 1, run.stderr
    assert "secret" not in run.stderr
    assert [one["Subject"] for one in mail.mails[1:]] == ["Broadside: sample: ok again"]


def test_a_channel_that_cannot_work_is_told_before_the_run(crawl: Crawl) -> None:
    run = crawl("sample", "-s", "NOTIFY=email", level=None).check(2, "not started: setting NOTIFY='email'")
    assert not (crawl.data / "sample").exists(), run.stderr
