"""What response headers say about pace: when to come back, how fast to go on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from syncline.http.answer import http_date

LONGEST = 1e9
"""Seconds; a vendor that asks for longer is understood as "never"."""

_NUMBER = re.compile(r"\d+(?:\.\d*)?\Z")
_RESETS = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-requests-reset")
_REMAINING = (
    "x-ratelimit-remaining",
    "ratelimit-remaining",
    "x-rate-limit-remaining",
    "x-ratelimit-requests-remaining",
)
_ENDPOINT = "zendesk-ratelimit-"
_LIMIT = ("x-ratelimit-limit", "ratelimit-limit", "x-rate-limit", "x-ratelimit-requests-limit")
_SEVERAL = re.compile(r"x-ratelimit-([a-z-]+)-remaining\Z")
"""A vendor with several limits at once names each in its headers (Linear: requests, complexity, endpoint-requests)."""


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the vendor wants us to wait, or None.

    ``Retry-After`` in seconds, also with a fraction, or as an HTTP date (RFC 9110 §10.2.3); failing that the reset
    time. Dates are measured against the vendor's own ``Date``, so that our clock may be wrong. A time that has passed
    is 0. ``headers`` have lower-case names; ``now`` is our clock, aware.
    """
    server_now = http_date(headers.get("date", "")) or now
    after = headers.get("retry-after", "").strip()
    if _NUMBER.match(after):
        return min(float(after), LONGEST)
    date = http_date(after)
    if date is not None:
        return max(0.0, (date - server_now).total_seconds())
    return _until_exhausted_reset(headers, server_now)


def _until_exhausted_reset(headers: Mapping[str, str], server_now: datetime) -> float | None:
    """Until the reset of the limit that nothing is left of; where none says so, the only one, or the earliest."""
    named = [match[1] for match in map(_SEVERAL.match, headers) if match is not None]
    if not named:
        return _until_reset(headers, server_now)
    waits = {
        name: seconds
        for name in named
        if (seconds := _seconds_until(headers.get(f"x-ratelimit-{name}-reset", "").strip(), server_now))
        is not None
    }
    spent = [waits[name] for name in waits if _number(headers, (f"x-ratelimit-{name}-remaining",)) == 0]
    return max(spent) if spent else min(waits.values(), default=_until_reset(headers, server_now))


def sustainable_rate(headers: Mapping[str, str], now: datetime) -> float | None:
    """Requests a second that last until the budget is renewed, once less than a fifth of it is left; else None.

    Jira Cloud says so itself with ``X-RateLimit-NearLimit: true`` (its page on rate limiting). Zendesk tells the budget
    of an endpoint beside that of the account; the lower rate counts.
    """
    rates = [_of_endpoint(text) for name, text in headers.items() if name.startswith(_ENDPOINT)]
    known = [rate for rate in (*rates, _of_account(headers, now)) if rate is not None]
    return min(known, default=None)


def _of_endpoint(text: str) -> float | None:
    """``total=100;remaining=9;resets=42``, seconds from now: the headers ``zendesk-ratelimit-<endpoint>``."""
    told = dict(part.strip().partition("=")[::2] for part in text.split(";"))
    if not all(_NUMBER.match(told.get(name, "")) for name in ("total", "remaining", "resets")):
        return None
    total, remaining, seconds = (float(told[name]) for name in ("total", "remaining", "resets"))
    return max(remaining, 1.0) / max(seconds, 1.0) if remaining < total / 5 else None


def _of_account(headers: Mapping[str, str], now: datetime) -> float | None:
    remaining = _number(headers, _REMAINING)
    limit = _number(headers, _LIMIT)
    near = headers.get("x-ratelimit-nearlimit", "").lower() == "true"
    if remaining is None or not (near or (limit and remaining < limit / 5)):
        return None
    seconds = _until_reset(headers, http_date(headers.get("date", "")) or now)
    return max(remaining, 1.0) / max(seconds, 1.0) if seconds is not None else None


def _number(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    for name in names:
        text = headers.get(name, "").strip()
        if _NUMBER.match(text):
            return float(text)
    return None


def _until_reset(headers: Mapping[str, str], server_now: datetime) -> float | None:
    for name in _RESETS:
        text = headers.get(name, "").strip()
        if text:
            return _seconds_until(text, server_now)
    return None


def _seconds_until(text: str, server_now: datetime) -> float | None:
    """A reset as ISO time with or without seconds, epoch seconds or milliseconds, or plain seconds from now."""
    if _NUMBER.match(text):
        value = float(text)
        if value < 1e8:
            return value
        epoch = value / 1000 if value >= 1e11 else value
        return min(max(0.0, epoch - server_now.timestamp()), LONGEST) if math.isfinite(epoch) else LONGEST
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    return max(0.0, (aware - server_now).total_seconds())
