"""Who is told of a run: a web server and a mail server on loopback, which keep what they get."""

import json
import socketserver
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs


@dataclass(slots=True)
class WebReceiver:
    """Answers each POST with `answer`, or with what `answers` has for its path."""

    posted: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200
    answers: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    _server: Any = None

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self) -> Self:
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kind = self.headers.get("Content-Type", "")
                told = json.loads(body) if "json" in kind else parse_qs(body.decode())
                script.posted.append((self.path, told))
                answer = json.dumps(script.answers.get(self.path, {"ok": True})).encode()
                self.send_response(script.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named so by the base class
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(slots=True)
class MailReceiver:
    """Takes every e-mail, as a server that asks for no password."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    port: int = 0
    _server: Any = None

    def start(self) -> Self:
        script = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 here")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self.say("354 go on")
                        lines = []
                        while (part := self.rfile.readline()) != b".\r\n":
                            lines.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                        script.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
                    elif verb == b"RCPT":
                        script.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                    elif verb == b"QUIT":
                        self.say("221 bye")
                        return
                    self.say("250 well")

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
