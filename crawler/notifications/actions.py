"""Ways to tell of a verdict that Spidermon has none of: e-mail by smtplib, and a webhook.

Spidermon 1.27 sends e-mails by `scrapy.mail`, which is deprecated. It needs a user and a password also for a server
on this machine, and where no server answers, it takes the message for sent. Its settings have the same names here.
"""

import json
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from spidermon.core.actions import Action
from spidermon.exceptions import NotConfigured

_TIMEOUT = 30.0  # seconds, for each step of a server
_LAST_PORT = 65_535
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TEXT, _SUBJECT = "{text}", "{subject}"  # in the body of a webhook


class SendEmail(Action):  # type: ignore[misc]  # Spidermon publishes no types
    """Sends an e-mail."""

    def __init__(self, settings: Any) -> None:
        super().__init__()
        self.to = [address.strip() for address in settings.getlist("SPIDERMON_EMAIL_TO") if address.strip()]
        self.sender = settings["SPIDERMON_EMAIL_SENDER"]
        self.host = settings["SPIDERMON_SMTP_HOST"]
        for name, value in (("EMAIL_TO", self.to), ("EMAIL_SENDER", self.sender), ("SMTP_HOST", self.host)):
            if not value:
                raise NotConfigured(f"setting SPIDERMON_{name} is missing")
        self.with_ssl = _read_switch(settings, "SPIDERMON_SMTP_ENFORCE_SSL")
        self.with_tls = _read_switch(settings, "SPIDERMON_SMTP_ENFORCE_TLS")
        self.port = _read_port(settings) or (465 if self.with_ssl else 587 if self.with_tls else 25)
        self.user = settings["SPIDERMON_SMTP_USER"]
        self.password = settings["SPIDERMON_SMTP_PASSWORD"] or ""
        if self.user and not (self.with_ssl or self.with_tls or self.host in _LOOPBACK):
            raise NotConfigured(
                f"a password does not go to {self.host} unencrypted; set SPIDERMON_SMTP_ENFORCE_TLS=1, or "
                "SPIDERMON_SMTP_ENFORCE_SSL=1"
            )

    @classmethod
    def from_crawler_kwargs(cls, crawler: Any) -> dict[str, Any]:
        """Take what it needs from the settings."""
        return {"settings": crawler.settings}

    def run_action(self) -> None:
        """Send it, and wait until the server has it."""
        message = EmailMessage()
        message["Subject"] = self.data.meta["subject"]
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        message["Date"] = formatdate(localtime=True)
        message["Message-ID"] = make_msgid(domain=parseaddr(self.sender)[1].rpartition("@")[2] or None)
        message.set_content(self.data.meta["text"])
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self.with_ssl:
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
        with server:
            if self.with_tls:
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)


def _read_switch(settings: Any, name: str) -> bool:
    """Read a setting that is on or off.

    Raises:
        NotConfigured: it is neither.
    """
    try:
        return bool(settings.getbool(name))
    except ValueError:
        raise NotConfigured(f"setting {name}={settings[name]!r} is not allowed; allowed: 0, 1") from None


def _read_port(settings: Any) -> int:
    """Read the port of the mail server; 0 where none is given.

    Raises:
        NotConfigured: it is none.
    """
    given = settings["SPIDERMON_SMTP_PORT"] or "0"
    try:
        port = int(given)
    except ValueError:
        port = -1
    if not 0 <= port <= _LAST_PORT:
        raise NotConfigured(
            f"setting SPIDERMON_SMTP_PORT={given!r} is not allowed; allowed: a whole number from 1 to {_LAST_PORT:,}"
        )
    return port


class SendWebhook(Action):  # type: ignore[misc]
    """Posts JSON to an address: Slack and what is like it, Discord, Telegram, ntfy."""

    def __init__(self, settings: Any) -> None:
        super().__init__()
        self.url = settings["WEBHOOK_URL"]
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise NotConfigured("setting WEBHOOK_URL is missing, or no http or https address")
        try:
            self.body = json.loads(settings["WEBHOOK_BODY"])
        except ValueError as error:
            raise NotConfigured(f"setting WEBHOOK_BODY is no JSON ({error})") from None
        if _TEXT not in settings["WEBHOOK_BODY"]:
            raise NotConfigured(f'setting WEBHOOK_BODY has no place for the message; such as {{"text": "{_TEXT}"}}')

    @classmethod
    def from_crawler_kwargs(cls, crawler: Any) -> dict[str, Any]:
        """Take what it needs from the settings."""
        return {"settings": crawler.settings}

    def run_action(self) -> None:
        """Post it; an answer that is none of 2xx is an error."""
        meta = self.data.meta
        body = json.dumps(fill_in(self.body, meta["text"], meta["subject"])).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "Broadside"}
        request = Request(self.url, body, headers, method="POST")  # noqa: S310 - http or https, looked at above
        with urlopen(request, timeout=_TIMEOUT):  # noqa: S310
            pass


def fill_in(body: Any, text: str, subject: str) -> Any:
    """Put a message into the texts of a JSON value that have a place for it."""
    if isinstance(body, str):
        return subject.join(part.replace(_TEXT, text) for part in body.split(_SUBJECT))
    if isinstance(body, list):
        return [fill_in(one, text, subject) for one in body]
    if isinstance(body, dict):
        return {key: fill_in(value, text, subject) for key, value in body.items()}
    return body
