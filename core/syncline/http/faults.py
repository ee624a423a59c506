"""What a status or a broken connection means, in the errors of `syncline.errors`.

Messages are one line: method, host, path without its query, status, and what the vendor said, redacted. The text of a
library's exception is never used: it may hold the whole URL.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from syncline.errors import (
    AccessDenied,
    AuthError,
    Invalid,
    NotFound,
    ProtocolError,
    RateLimited,
    TransientError,
    VendorError,
    VersionConflict,
)
from syncline.http.answer import Answer
from syncline.http.library import httpx
from syncline.http.redact import Redactor, printable

_NEVER = timedelta(days=366).total_seconds()

EXCERPT = 200
"""Longest quotation of a vendor's message, in characters."""


LATER = "nothing is lost, the next run goes on; if it stays so, look at the tool"
"""What to do about a failure that may pass by itself."""


class NotSent(TransientError):
    """The request cannot have reached the vendor, so that even a create may be repeated."""


class Unreachable(NotSent):
    """Waiting does not help within a run: no such host, or a certificate that is not trusted."""


class Busy(TransientError):
    """The vendor is overloaded (503) and says after how many seconds to come back."""

    def __init__(self, message: str, *, status: int, after: float) -> None:
        super().__init__(message, status=status)
        self.after = after


class Unparsable(TransientError):
    """The body is not JSON: cut off on the way, or nonsense if it stays so."""


def of_status(
    what: str, answer: Answer, after: float | None, redactor: Redactor, now: datetime
) -> VendorError:
    """The error for an answer that is not a success.

    ``what`` is method, host and path; ``after`` is what the vendor asks us to wait, in seconds, from ``now`` (aware).
    """
    said = excerpt(answer, redactor)
    status = answer.status
    message = f"{what} answered {status}" + (f": {said}" if said else "")
    if status == 401:
        return AuthError(message, hint="check that the token is right and not expired", status=status)
    if status == 403:
        return AccessDenied(
            message, hint="the account or the token lacks a permission for this", status=status
        )
    if status == 404:
        return NotFound(message, status=status)
    if status == 410:
        return NotFound(message, hint="the vendor has removed this address", status=status)
    if status == 409:
        return VersionConflict(message, status=status)
    if status in (400, 422):
        return Invalid(message, status=status, field=_refused_field(answer))
    if status == 429:
        return RateLimited(message, hint=come_back(after, now), status=status, after=after)
    if status == 503 and after is not None:
        return Busy(message, status=status, after=after)
    if status in (408, 425) or status >= 500:
        return TransientError(message, hint=LATER, status=status)
    return ProtocolError(message, hint="an answer that makes no sense here", status=status)


def come_back(after: float | None, now: datetime) -> str:
    """What to do about a vendor that asks for patience; ``after`` is in seconds."""
    if after is None:
        return "too many requests; the next run goes on"
    if after > _NEVER:
        return "too many requests, and it asks to wait for years; a later run tries again"
    until = (now + timedelta(seconds=after)).astimezone(UTC)
    return f"too many requests; it asks to wait until {until:%Y-%m-%d %H:%M} UTC, a run after that goes on"


def excerpt(answer: Answer, redactor: Redactor) -> str:
    """What the vendor said, short, without secrets and control characters; nothing of a web page."""
    if answer.is_html or not answer.body:
        return ""
    try:
        said = " ".join(_messages(answer.json())) or answer.text()
    except ValueError:
        said = answer.text()
    line = " ".join(printable(redactor.redact(said)).split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def _messages(body: Any) -> Iterator[str]:
    """The texts under the names vendors use: Jira ``errorMessages`` and ``errors``, others ``message``, ``error``."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, list):
        for entry in body[:5]:
            yield from _messages(entry)
    elif isinstance(body, dict):
        for name in ("errorMessages", "error", "message", "title", "detail", "description"):
            yield from _messages(body.get(name))
        errors = body.get("errors")
        if isinstance(errors, dict):
            yield from (f"{name}: {text}" for name, text in errors.items())
        else:
            yield from _messages(errors)


def _refused_field(answer: Answer) -> str | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    errors = body.get("errors") if isinstance(body, dict) else None
    return next(iter(errors), None) if isinstance(errors, dict) else None


def of_network(what: str, error: Exception) -> TransientError:
    """The error for a request without an answer, with the cause named."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return _unresolved(what, causes)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Unreachable(
            f"{what}: the certificate is not trusted", hint="check the address and SSL_CERT_FILE"
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return _by_stage(what, "TLS failed", error)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return NotSent(f"{what}: connection refused", hint="check the address and the port")
    if isinstance(error, httpx.TimeoutException) or any(isinstance(cause, TimeoutError) for cause in causes):
        return _by_stage(what, "timed out", error)
    if isinstance(error, httpx.ConnectError):
        return NotSent(f"{what}: could not connect", hint=LATER)
    return TransientError(f"{what}: connection dropped", hint=LATER)


def _by_stage(what: str, cause: str, error: Exception) -> TransientError:
    before = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if before:
        return NotSent(f"{what}: {cause} while connecting", hint=LATER)
    return TransientError(f"{what}: {cause}", hint=LATER)


def _unresolved(what: str, causes: tuple[BaseException, ...]) -> TransientError:
    message = f"{what}: could not resolve the host name"
    if any(isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN for cause in causes):
        return NotSent(message, hint="is this machine on line?")
    return Unreachable(message, hint="check the address")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
