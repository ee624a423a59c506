"""Who is calling a server, and how often they may: passwords, access tokens, CAPTCHAs, token buckets.

Refusals are those of Atlassian's "Basic authentication" page and of recorded answers: a wrong password is answered with
401 in HTML, too many of them with 403 until the person has solved a CAPTCHA in the browser.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from datetime import datetime
from urllib.parse import quote

from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.auth import Caller, Token
from syncline_connectors.jira.simulator.server import Server, Throttle

_HTML = ("Content-Type", "text/html;charset=UTF-8")


class Doorkeeper:
    """Knows passwords and personal access tokens. ``failures`` counts failed logins by login name."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.tokens: list[Token] = []
        self.failures: Counter[str] = Counter()

    def caller(self, request: SimRequest, now: datetime, base: str) -> Caller | SimResponse:
        """Who calls, or the refusal."""
        header = request.header("Authorization")
        if not header:
            return Caller(None)
        scheme, _, value = header.partition(" ")
        if scheme.lower() == "bearer":
            return self._bearer(value, now, base)
        if scheme.lower() != "basic":
            return Caller(None)
        return self._basic(value, now, base)

    def _bearer(self, value: str, now: datetime, base: str) -> Caller | SimResponse:
        known = (t for t in self.tokens if t.oauth and t.secret == value and t.good(now))
        token = next(known, None) if self._server.tokens else None
        if token:
            return Caller(token.user)
        if self._server.bad_bearer_is_anonymous or not self._server.tokens:
            return Caller(None)
        return _failed(base)

    def _basic(self, value: str, now: datetime, base: str) -> Caller | SimResponse:
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Caller(None)
        name = name.lower()
        if self.failures[name] >= self._server.captcha_after:
            return _denied(base)
        known = (t for t in self.tokens if not t.oauth and t.user.username.lower() == name)
        token = next((t for t in known if t.secret == secret and t.good(now)), None)
        if token is None:
            self.failures[name] += 1
            return _failed(base)
        del self.failures[name]
        return Caller(token.user)


def _failed(base: str) -> SimResponse:
    page = "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED"
    body = f"<html><head><title>Unauthorized (401)</title></head><body><h1>{page}</h1></body></html>"
    return SimResponse(401, [_HTML, *_reasons("AUTHENTICATED_FAILED", base)], body.encode())


def _denied(base: str) -> SimResponse:
    page = "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED"
    body = f"<html><head><title>Forbidden (403)</title></head><body><h1>{page}</h1></body></html>"
    challenge = ("X-Authentication-Denied-Reason", f"CAPTCHA_CHALLENGE; login-url={base}/login.jsp")
    headers = [_HTML, *_reasons("AUTHENTICATION_DENIED", base), challenge]
    return SimResponse(403, headers, body.encode())


def _reasons(reason: str, base: str) -> list[tuple[str, str]]:
    realm = ("WWW-Authenticate", f'OAuth realm="{quote(base, safe="")}"')
    return [("X-Seraph-LoginReason", reason), ("X-AUSERNAME", "anonymous"), realm]


def told(caller: Caller) -> list[tuple[str, str]]:
    """What every answer says about its caller. A server answers ``anonymous`` where others would refuse."""
    if caller.user is None:
        return [("X-AUSERNAME", "anonymous")]
    return [("X-AUSERNAME", quote(caller.user.username, safe="")), ("X-Seraph-LoginReason", "OK")]


class Buckets:
    """A bucket of tokens for each person; none without a `Throttle`. ``refused`` counts every 429."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: dict[e.User, tuple[int, float]] = {}
        self.refused = 0

    def take(self, user: e.User | None, throttle: Throttle | None) -> tuple[bool, list[tuple[str, str]]]:
        """Use one token: whether there was one, and the headers of the answer."""
        if throttle is None or user is None:
            return True, []
        left, at = self._filled(user, throttle)
        granted = left > 0
        left -= granted
        self._left[user] = left, at
        self.refused += not granted
        wait = 0 if left else max(1, round(at + throttle.interval - self._clock.monotonic() + 0.5))
        return granted, [
            ("X-RateLimit-Limit", str(throttle.burst)),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-FillRate", str(throttle.fill)),
            ("X-RateLimit-Interval-Seconds", str(throttle.interval)),
            ("retry-after", str(wait)),
        ]

    def _filled(self, user: e.User, throttle: Throttle) -> tuple[int, float]:
        """Tokens after the batches that came since, and when the last came."""
        now = self._clock.monotonic()
        left, at = self._left.get(user, (throttle.burst, now))
        batches = int((now - at) // throttle.interval)
        return min(throttle.burst, left + batches * throttle.fill), at + batches * throttle.interval


def too_many(headers: list[tuple[str, str]]) -> SimResponse:
    """429. The body is the vendor's own and means nothing to a client."""
    return SimResponse(429, [_HTML, *headers], b"<html><body>Rate limit exceeded.</body></html>")
