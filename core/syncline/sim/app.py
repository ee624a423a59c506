"""What a simulated vendor is: a function from a request to a response."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Pairs = Sequence[tuple[str, str]]


def first(pairs: Pairs, name: str) -> str | None:
    """The first value under ``name``, whatever its case, or None."""
    wanted = name.lower()
    return next((value for key, value in pairs if key.lower() == wanted), None)


@dataclass(frozen=True)
class SimRequest:
    """One request. ``path`` is decoded and has no query; ``query`` and ``headers`` keep order and repetition."""

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""

    @classmethod
    def of(cls, method: str, target: str, body: Any = None, headers: Pairs = ()) -> SimRequest:
        """A request for a target such as ``/a/b?c=d``; a body that is not bytes is sent as JSON."""
        parts = urlsplit(target)
        query = parse_qsl(parts.query, keep_blank_values=True)
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return cls(method, parts.path, query, headers, raw)

    def header(self, name: str) -> str | None:
        return first(self.headers, name)

    def param(self, name: str) -> str | None:
        """The first query parameter of that exact name, or None."""
        return next((value for key, value in self.query if key == name), None)

    def params(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def json(self) -> Any:
        """The body read as JSON; raises ValueError."""
        return json.loads(self.body)


class WireFault(StrEnum):
    """What can go wrong below HTTP. Of each the client sees a network error, whatever the vendor has done."""

    DROP = "drop"
    """The connection is closed without a byte of answer."""
    STALL = "stall"
    """Nothing is sent for ``seconds``, then the connection is closed."""
    TRUNCATE = "truncate"
    """The headers announce the full length, half of the body is sent, the connection is closed."""
    DRIP = "drip"
    """The body arrives in small pieces spread over ``seconds``; nothing is lost."""


@dataclass(frozen=True)
class Wire:
    """A fault of the connection on which a response travels."""

    fault: WireFault
    seconds: float = 0.0


@dataclass(frozen=True)
class SimResponse:
    """One response. A body that is not bytes is sent chunk by chunk, without an announced length."""

    status: int = 200
    headers: Pairs = ()
    body: bytes | Sequence[bytes] = b""
    wire: Wire | None = None

    @classmethod
    def of_json(cls, payload: Any, status: int = 200, headers: Pairs = ()) -> SimResponse:
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return cls(status, [("Content-Type", "application/json;charset=UTF-8"), *headers], body)

    def header(self, name: str) -> str | None:
        return first(self.headers, name)

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else b"".join(self.body)

    def json(self) -> Any:
        """The body read as JSON; raises ValueError."""
        return json.loads(self.content())


App = Callable[[SimRequest], SimResponse]


@dataclass
class Traffic:
    """What reached a simulated vendor: ``requests`` by method and path; ``peak`` is the most at one time."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    peak: int = 0
    connections: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def total(self) -> int:
        return self.requests.total()

    def count(self, *, method: str | None = None, path: str = "") -> int:
        """Requests whose path holds ``path``, of one method or of all."""
        return sum(n for (m, p), n in self.requests.items() if path in p and method in (None, m))

    @contextmanager
    def under_way(self, request: SimRequest) -> Iterator[None]:
        with self._lock:
            self.requests[request.method, request.path] += 1
            self._now += 1
            self.peak = max(self.peak, self._now)
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1

    def answered(self, status: int) -> None:
        with self._lock:
            self.answers[status] += 1

    def connected(self) -> None:
        with self._lock:
            self.connections += 1
