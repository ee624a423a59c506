"""A mail server on this machine that takes mails, or fails as it is told: as much of RFC 5321 as smtplib asks for."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Post:
    """What arrived. ``refuse``: what a command is answered with in place of 250."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 here")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            refused = self.server.post.refuse.get(word)
            if refused:
                self._say(refused)
            elif word == "DATA":
                self._say("354 go on")
                self._take(recipients)
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                if word == "RCPT":
                    recipients.append(line.partition(":")[2].strip("<> "))
                self._say("250 fine")

    def _take(self, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        found = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.server.post.mails.append(found)
        self.server.post.to.append(list(recipients))
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self, post: Post) -> None:
        self.post = post
        super().__init__(("127.0.0.1", 0), _Handler)


@contextmanager
def mail_server() -> Iterator[Post]:
    """A server on a free port of the loopback."""
    post = Post()
    with _Server(post) as server:
        post.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield post
        finally:
            server.shutdown()
            thread.join()
