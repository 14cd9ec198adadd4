"""Serve the sample site on loopback, as a tiny proxy that knows one host: its URLs are the same on every port."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from crawler.sample.site import HOST, SampleResponse, build_site

_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive
    disable_nagle_algorithm = True  # otherwise each answer on a kept connection waits for a delayed ACK
    wbufsize = -1  # head and body leave in one packet
    timeout = 60
    site: dict[str, SampleResponse]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        response = self._find_response()
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(response.body)

    def _find_response(self) -> SampleResponse:
        parts = urlsplit(self.path)
        if parts.netloc and (parts.scheme, parts.hostname) != ("http", HOST):
            return SampleResponse(502, _TEXT, f"This server knows only http://{HOST}/\n".encode())
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return self.site.get(path, SampleResponse(404, _TEXT, b"There is no such page on the sample site.\n"))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (named so by the base class)
        """Keep quiet: the crawler's log says what was fetched."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class SampleServer:
    """The sample site on 127.0.0.1; port 0 takes a free one."""

    def __init__(self, port: int = 0) -> None:
        """Build the site; nothing listens before `start`."""
        self._port = port
        self._handler = type("SampleHandler", (_Handler,), {"site": build_site()})
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def start(self) -> int:
        """Listen, in a daemon thread, and return the port."""
        self._server = _Server(("127.0.0.1", self._port), self._handler)
        self._thread = Thread(target=self._server.serve_forever, name="sample-site", daemon=True)
        self._thread.start()
        return self._server.server_port

    def stop(self) -> None:
        """Stop listening; a server that was never started is left as it is."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None
