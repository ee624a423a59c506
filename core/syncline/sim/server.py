"""A loopback HTTP/1.1 server for simulated vendors: threads, keep-alive, broken connections, a clean end."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote

from syncline.sim.app import App, SimRequest, SimResponse, Traffic, Wire, WireFault

_DRIP_PIECES = 20


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that closing ends the threads that wait on them."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, app: App, traffic: Traffic, port: int) -> None:
        self.app, self.traffic = app, traffic
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        self.traffic.connected()
        if self.closing.is_set():
            _shut(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def end(self) -> None:
        self.closing.set()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                _shut(connection)
        self.server_close()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()
        self.rfile.close()  # which the line before leaves open, and the socket with it, where the client is gone

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: tests read `Traffic`."""

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        request = SimRequest(
            method=self.command,
            path=unquote(path),
            query=parse_qsl(query, keep_blank_values=True),
            headers=list(self.headers.items()),
            body=self.rfile.read(length) if length else b"",
        )
        with self.server.traffic.under_way(request):
            response = self.server.app(request)
            self.server.traffic.answered(response.status)
            self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

    def _send(self, response: SimResponse) -> None:
        wire = response.wire
        if wire and wire.fault in (WireFault.DROP, WireFault.STALL):
            self._never_answer(wire)
            return
        body = response.content()
        chunked = not isinstance(response.body, bytes)
        self.wfile.write(_head(response, len(body), chunked))
        if self.command == "HEAD":
            pass
        elif wire and wire.fault is WireFault.TRUNCATE:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif wire and wire.fault is WireFault.DRIP:
            self._drip(body, wire.seconds)
        elif not isinstance(response.body, bytes):
            for chunk in response.body:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) if chunk else b"")
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.wfile.write(body)
        self.wfile.flush()

    def _never_answer(self, wire: Wire) -> None:
        self.close_connection = True
        if wire.fault is WireFault.STALL:
            self.server.closing.wait(wire.seconds)
            return
        # A linger time of zero makes the kernel send a reset instead of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _drip(self, body: bytes, seconds: float) -> None:
        size = max(1, -(-len(body) // _DRIP_PIECES))
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            self.wfile.flush()
            if self.server.closing.wait(seconds / _DRIP_PIECES):
                break


def _head(response: SimResponse, length: int, chunked: bool) -> bytes:
    known = {status.value for status in HTTPStatus}
    reason = HTTPStatus(response.status).phrase if response.status in known else "Unknown"
    lines = [f"HTTP/1.1 {response.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@contextlib.contextmanager
def serve(app: App, traffic: Traffic | None = None, *, port: int = 0) -> Iterator[str]:
    """Serve ``app`` on 127.0.0.1 and yield its address, without a slash at the end.

    ``traffic`` counts what arrives. On leaving, open connections are shut and every thread has ended.
    """
    server = _Server(app, traffic if traffic is not None else Traffic(), port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="simulated-vendor")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.end()
        thread.join()
