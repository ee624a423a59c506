"""One try of one request: permit, slot, deadline, redirects, body, and what the status means."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from syncline import __version__
from syncline.connector import Bucket
from syncline.errors import ConfigError, ProtocolError, RateLimited, TransientError
from syncline.http.addresses import Addresses, host_and_port, next_hop, origin_of, place
from syncline.http.answer import Answer
from syncline.http.auth import Auth
from syncline.http.body import read_body
from syncline.http.deadline import Deadline, within
from syncline.http.faults import come_back, of_network, of_status
from syncline.http.library import httpx
from syncline.http.limits import Limits
from syncline.http.pace import sustainable_rate, wait_asked
from syncline.http.permits import Permits
from syncline.http.redact import Redactor, printable
from syncline.seams import Clock

_log = logging.getLogger("syncline.http")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ERROR_BODY = 64 * 1024
_LONGEST_BLOCK = 3600.0
_SENDABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?\Z")


@dataclass(frozen=True)
class Call:
    """A request as the connector wants it, without credentials. ``deadline`` is in seconds, ``cap`` in bytes.

    ``repeatable``: executing it twice does no harm. ``writes``: executing it changes something.
    """

    method: str
    url: httpx.URL
    content: bytes | None
    bucket: str | None
    cost: float
    accept_status: frozenset[int]
    authenticated: bool
    repeatable: bool
    cap: int
    deadline: float
    writes: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def wants(self, status: int) -> bool:
        """Whether an answer with this status is handed back instead of raised."""
        return 200 <= status < 300 or status in self.accept_status


class Exchange:
    """Sends calls of one connection; may be shared by threads."""

    def __init__(
        self,
        transport: httpx.BaseTransport,
        addresses: Addresses,
        auth: Auth,
        *,
        account: str,
        buckets: Sequence[Bucket],
        permits: Permits,
        clock: Clock,
        redactor: Redactor,
        concurrency: int,
        limits: Limits,
    ) -> None:
        self.requests = 0
        self.heard: Callable[[Answer], None] | None = None
        self.meaning: Callable[[Answer], int] | None = None
        self._transport = transport
        self._addresses = addresses
        self._credentials = _sendable(auth.headers())
        self._secret_params = auth.params()
        self._account = account
        self._own = f"#{blake2b(repr(auth.secrets()).encode(), digest_size=8).hexdigest()}"
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._permits = permits
        self._clock = clock
        self._redactor = redactor
        self._limits = limits
        self._slots = threading.BoundedSemaphore(concurrency)
        self._lock = threading.Lock()
        self._slowed: dict[str, float] = {}

    def describe(self, method: str, url: httpx.URL) -> str:
        """Method, host and path, for messages: never the query, never a secret."""
        path = url.path if len(url.path) <= 200 else url.path[:199] + "…"
        return printable(self._redactor.redact(f"{method} {host_and_port(url)}{path}"))

    def once(self, call: Call) -> Answer:
        """The answer, after redirects; raises the error that its status or its absence means."""
        url = call.url
        for _ in range(self._limits.hops + 1):
            what = self.describe(call.method, url)
            if call.bucket is not None:
                self.take(call.bucket, call.cost, what)
            with self._slots:
                answer = self._understood(call, self._send(call, url, what))
            self._heed(call, answer)
            if call.wants(answer.status):
                if self.heard and call.authenticated:
                    self.heard(answer)
                return answer
            if answer.status not in _REDIRECTS:
                raise of_status(what, answer, self._after(call, answer), self._redactor, self._clock.now())
            url = self._redirected(call, url, answer, what)
        raise ProtocolError(
            f"{self.describe(call.method, call.url)}: more than {self._limits.hops} redirects"
        )

    def take(self, name: str, cost: float, what: str) -> None:
        """Wait for permits of a bucket and of the one around it; raises RateLimited where it would take too long."""
        patience, wait = self._limits.patience, 0.0
        bucket: Bucket | None = self._buckets[name]
        while bucket is not None:
            asked = self._permits.reserve(self._key(bucket.name), bucket.rate, bucket.burst, cost, patience)
            if asked > patience:
                raise RateLimited(
                    f"{what} was not sent", hint=come_back(asked, self._clock.now()), after=asked
                )
            wait = max(wait, asked)
            bucket = self._buckets[bucket.within] if bucket.within is not None else None
        if wait > 0:
            self._clock.sleep(wait)

    def _send(self, call: Call, url: httpx.URL, what: str) -> Answer:
        request = self._request(call, url)
        with self._lock:
            self.requests += 1
        started = self._clock.monotonic()
        with within(call.deadline, self._clock) as deadline:
            try:
                with closing(self._transport.handle_request(request)) as response:
                    body = self._body(call, response, deadline, what)
            except httpx.RequestError as error:
                raise of_network(what, error) from None  # the library's text may hold the whole URL
        _log.debug(
            "%s %d, %d bytes, %.3f s",
            what,
            response.status_code,
            len(body),
            self._clock.monotonic() - started,
        )
        return Answer(response.status_code, dict(response.headers.items()), body)

    def _understood(self, call: Call, answer: Answer) -> Answer:
        """The answer with the status that it stands for."""
        if self.meaning is None or not call.authenticated:
            return answer
        status = self.meaning(answer)
        return answer if status == answer.status else replace(answer, status=status)

    def _body(self, call: Call, response: httpx.Response, deadline: Deadline, what: str) -> bytes:
        if call.wants(response.status_code):
            return read_body(response, cap=call.cap, deadline=deadline, what=what)
        return _what_there_is(response, deadline, what)

    def _request(self, call: Call, url: httpx.URL) -> httpx.Request:
        headers = {
            "user-agent": f"syncline/{__version__}",
            "accept": "application/json" if call.authenticated else "*/*",
            "accept-encoding": "gzip",
        }
        headers |= _sendable(call.headers)
        if call.content is not None:
            headers["content-type"] = call.content_type
        if call.authenticated:
            headers |= self._credentials
            url = url.copy_merge_params(self._secret_params) if self._secret_params else url
        timeouts = {
            "connect": min(self._limits.connect, call.deadline),
            "read": call.deadline,
            "write": call.deadline,
            "pool": call.deadline,
        }
        return httpx.Request(
            call.method, url, headers=headers, content=call.content, extensions={"timeout": timeouts}
        )

    def _redirected(self, call: Call, url: httpx.URL, answer: Answer, what: str) -> httpx.URL:
        if call.method != "GET" or "location" not in answer.headers:
            raise ProtocolError(f"{what} answered {answer.status}", hint="a redirect that cannot be followed")
        target = next_hop(url, answer.headers["location"])
        if call.authenticated and (origin_of(target) != origin_of(url) or target.userinfo):
            raise ProtocolError(
                f"{place(url)} redirects to {place(target)}",
                hint="check the address; credentials are not sent to another host",
                status=answer.status,
            )
        if not self._addresses.open_to_all(target):
            raise ProtocolError(f"{place(url)} redirects to {place(target)}, which is not https")
        return target

    def _after(self, call: Call, answer: Answer) -> float | None:
        """How long the vendor wants us to wait. A 429 stops every process that shares the bucket.

        Without Retry-After a reset may be that of another limit (Trello): it does not shorten the bucket's pause.
        """
        after = wait_asked(answer.headers, self._clock.now())
        if answer.status == 429 and call.bucket is not None:
            if "retry-after" not in answer.headers:
                after = max(after or 0.0, self._buckets[call.bucket].pause) or after
            pause = self._limits.backoff if after is None else after
            self._permits.block(self._key(call.bucket), min(pause, _LONGEST_BLOCK))
        return after

    def _heed(self, call: Call, answer: Answer) -> None:
        """Lower a bucket while the vendor says that its budget runs out, and lift it again afterwards."""
        if call.bucket is None:
            return
        declared = self._buckets[call.bucket].rate
        left = sustainable_rate(answer.headers, self._clock.now())
        rate = declared if left is None else min(left, declared)
        with self._lock:
            before = self._slowed.get(call.bucket, declared)
            changed = abs(rate - before) > before / 5
            if changed:
                self._slowed[call.bucket] = rate
        if changed:
            self._permits.slow(self._key(call.bucket), rate)

    def _key(self, bucket: str) -> str:
        return f"{self._account}{self._own if self._buckets[bucket].own else ''}/{bucket}"


def _what_there_is(response: httpx.Response, deadline: Deadline, what: str) -> bytes:
    """The body of an error or a redirect: quoted at best, so nothing when it is large or damaged."""
    try:
        return read_body(response, cap=_ERROR_BODY, deadline=deadline, what=what)
    except (ProtocolError, TransientError, httpx.RequestError):
        return b""


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """Refuse values no header can carry, before a library quotes them in its complaint."""
    for value in headers.values():
        if not _SENDABLE.match(value):
            raise ConfigError(
                "a secret holds a line break, a space at its end, or a character that cannot be sent",
                hint="copy it again",
            )
    return dict(headers)
