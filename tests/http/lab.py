"""A clock that stands still, transports that answer from a list, servers on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from syncline.http import Http

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class FakeClock:
    """Time that passes only in ``sleep`` and ``advance``; sleeps are noted."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.lock = threading.Lock()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 1000.0)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.slept.append(seconds)
            self.seconds += seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


MakeHttp = Callable[..., Http]


class Always:
    """Randomness that is a constant."""

    def __init__(self, value: float = 0.0) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


def answering(*answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> Any:
    """A transport that gives these answers in turn, the last one for ever, and notes the requests."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = answers[min(len(seen), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    transport = httpx.MockTransport(handle)
    transport.seen = seen  # type: ignore[attr-defined]
    return transport


def ok(body: Any = None, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """A fresh 200 with JSON for each request."""
    return lambda request: httpx.Response(200, json=body if body is not None else {}, headers=headers)


def failing(status: int, body: Any = None, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """A fresh answer with this status for each request; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(status, json=body if body is not None else {}, headers=named)


@dataclass
class Seen:
    """What a loopback server received."""

    base: str
    port: int
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


Respond = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def loopback(respond: Respond) -> Iterator[Seen]:
    """An HTTP server on 127.0.0.1 whose GET and POST run ``respond``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.requests.append((self.command, self.path, headers))
            try:
                respond(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen = Seen(f"http://127.0.0.1:{server.server_port}", server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(
    handler: BaseHTTPRequestHandler, status: int, body: bytes = b"{}", headers: Sequence[tuple[str, str]] = ()
) -> None:
    """Send a whole answer."""
    handler.send_response(status)
    for name, value in (("Content-Length", str(len(body))), *headers):
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
