"""Linear's GraphQL API: one document at a time, what its errors mean, and paging. Knows no records.

The documents stand in `documents`. Every one that asks is told whom it was answered to, so that nobody needs to ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.errors import AccessDenied, InDoubt, Invalid, NotFound, ProtocolError, VendorError
from syncline.jsonvalues import Json
from syncline_connectors.linear.documents import CHANGES, ISSUES, Composer

if TYPE_CHECKING:
    from syncline.http import Answer, Http

STATUSES: Mapping[str, int] = {
    "ratelimited": 429,
    "authentication error": 401,
    "forbidden": 403,
    "feature not accessible": 403,
    "invalid input": 400,
    "graphql error": 400,
    "user error": 422,
    "usage limit exceeded": 422,
    "lock timeout": 503,
    "network error": 502,
    "internal error": 500,
    "bootstrap error": 500,
    "unknown": 500,
}
"""What ``extensions.type`` stands for: Linear answers errors with 200 and 400, a rate limit among them.
Source: ``LinearErrorType`` of the vendor's SDK."""
CODES: Mapping[str, int] = {
    "RATELIMITED": 429,
    "AUTHENTICATION_ERROR": 401,
    "FORBIDDEN": 403,
    "GRAPHQL_VALIDATION_FAILED": 400,
    "GRAPHQL_PARSE_FAILED": 400,
    "BAD_USER_INPUT": 400,
    "INPUT_ERROR": 400,
    "INVALID_INPUT": 400,
    "INTERNAL_SERVER_ERROR": 500,
}
"""The same of ``extensions.code``, where there is no type."""
GRAVEST = (401, 429, 403, 500, 502, 503, 422, 400, 404)
"""Of several errors the first of these decides."""
REFUSED = frozenset({400, 404, 409, 422})
"""Statuses whose body says what is wrong with the request: read here."""
REPEATS = 5
"""How often a cursor may come again: it is an entity's id, and moves with the entity when that is edited."""
USUAL_COST = {CHANGES: 8.0, ISSUES: 8.0}
"""Permits that a document takes before its price is known."""
POINTS = 800.0
"""Complexity points to a permit. By the hour an OAuth application has 2,000,000 points and we ask 2,500 times at most;
a key has 3,000,000."""


class Api:
    """Asks and writes. ``told`` hears of every answer to whom it was given: viewer and organization."""

    def __init__(self, http: Http, told: Callable[[str, str], None]) -> None:
        self._http = http
        self._told = told
        self._composer = Composer()
        self._costs: dict[str, float] = dict(USUAL_COST)
        self._points = 0.0
        self.server_time: datetime | None = None
        """The vendor's clock when it first answered."""
        http.understand(meaning)
        http.listen(self._hear)

    @property
    def without(self) -> tuple[str, ...]:
        """Fields that the vendor does not know any more, as ``Type.field``."""
        return self._composer.without

    @property
    def http(self) -> Http:
        return self._http

    # ---- one document ----

    def ask(self, document: str, **variables: Any) -> Json:
        """The data of a document that asks; raises what the error means."""
        data = self._send(document, variables, idempotent=True)
        self._told(row_id(data.get("viewer"), "viewer"), row_id(data.get("organization"), "organization"))
        return data

    def write(self, document: str, *, idempotent: bool = False, **variables: Any) -> Json:
        """The payload of a mutation that says it has succeeded."""
        data = self._send(document, variables, idempotent=idempotent)
        name, payload = next(iter(data.items()), ("", None))
        if not isinstance(payload, dict):
            raise InDoubt(f"Linear took {name or 'a mutation'} and answers with nothing")
        if payload.get("success") is not True:
            raise Invalid(f"Linear says that {name} did not succeed")
        return payload

    def _send(self, document: str, variables: Mapping[str, Any], *, idempotent: bool) -> Json:
        while True:
            body = self._http.graphql(
                self._composer.text(document),
                variables,
                idempotent=idempotent,
                cost=self._costs.get(document, 1.0),
                accept_status=REFUSED,
            )
            self._costs[document] = max(1.0, self._points / POINTS)
            if not isinstance(body, dict):
                raise ProtocolError("Linear answers with something else than an object")
            errors = body.get("errors")
            if not errors:
                data = body.get("data")
                if not isinstance(data, dict):
                    raise ProtocolError("Linear answers without data")
                return data
            refused = errors if isinstance(errors, list) else [errors]
            if not self._composer.give_up(" ".join(map(_message, refused))):
                raise error_of(refused)

    def _hear(self, answer: Answer) -> None:
        self.server_time = self.server_time or answer.server_time
        points = answer.headers.get("x-complexity", "")
        self._points = float(points) if points.replace(".", "", 1).isdigit() else 0.0

    # ---- pages ----

    def pages(self, document: str, name: str, where: Json | None = None) -> Iterator[list[Any]]:
        """All pages of a list, newest made first.

        A cursor is the id of the last row. Once that is deleted the vendor refuses it, or answers with an empty last
        page: then the list is asked for again from the time of that row on.
        """
        where, after, last = dict(where or {}), None, None
        guard = CursorGuard(name)
        while True:
            try:
                rows, following = connection(self.ask(document, after=after, filter=where), name)
            except Invalid as error:
                if after is None or not is_lost(error):
                    raise
                rows, following = [], None
            if not rows and after is not None and last is not None:
                where, after, last = {**where, "createdAt": {"lte": last}}, None, None
                continue
            yield rows
            if following is None:
                return
            guard.see(following, after)
            after, last = following, time_of(rows, "createdAt", name)


class CursorGuard:
    """Stops a walk that goes round in circles."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: Counter[str] = Counter()

    def see(self, cursor: str, before: str | None) -> None:
        """Raises ProtocolError where the cursor stands still, or came too often."""
        self._seen[cursor] += 1
        if cursor == before or self._seen[cursor] > REPEATS:
            raise ProtocolError(f"{self._name}: Linear gives the same page again and again")


# ---- reading answers -----------------------------------------------------------------------------------------------


def connection(data: Json, name: str) -> tuple[list[Any], str | None]:
    """The rows of a list and the cursor of the next page, None where there is none; raises ProtocolError."""
    found = data.get(name)
    nodes = found.get("nodes") if isinstance(found, dict) else None
    info = found.get("pageInfo") if isinstance(found, dict) else None
    if not isinstance(nodes, list) or not isinstance(info, dict):
        raise ProtocolError(f"{name}: an answer without rows or page")
    if not isinstance(info.get("hasNextPage"), bool):
        raise ProtocolError(f"{name}: an answer that does not say whether it is the last page")
    if not info["hasNextPage"]:
        return nodes, None
    cursor = info.get("endCursor")
    if not isinstance(cursor, str) or not cursor:
        raise ProtocolError(f"{name}: there is a next page, but no cursor to it")
    return nodes, cursor


def time_of(rows: Sequence[Any], name: str, what: str) -> str | None:
    """A time of the last row, as the vendor wrote it; None where there are no rows."""
    if not rows:
        return None
    found = rows[-1].get(name) if isinstance(rows[-1], dict) else None
    if not isinstance(found, str):
        raise ProtocolError(f"{what}: a row without {name}")
    return found


def row_id(row: Any, what: str) -> str:
    """The id of a row; without it nothing can be kept, so the answer is nonsense."""
    found = row.get("id") if isinstance(row, dict) else None
    if isinstance(found, str) and found:
        return found
    raise ProtocolError(f"{what}: a row without an id")


# ---- errors --------------------------------------------------------------------------------------------------------


def meaning(answer: Answer) -> int:
    """The status that an answer stands for, for `syncline.http`."""
    if answer.status not in (200, 400) or b'"errors"' not in answer.body:
        return answer.status
    try:
        body = answer.json()
    except ValueError:
        return answer.status
    errors = body.get("errors") if isinstance(body, dict) else None
    return status_of(errors, answer.status) if isinstance(errors, list) and errors else answer.status


def status_of(errors: Sequence[Any], status: int) -> int:
    """What a list of errors stands for, by the gravest; one that says nothing of itself is the vendor's own failure."""
    found = {_status(error, status) for error in errors}
    return next((known for known in GRAVEST if known in found), status)


def _status(error: Any, status: int) -> int:
    if _message(error).startswith("Entity not found"):
        return 404
    if "as a Bearer token" in _message(error):
        return 401  # a key sent like a token is called invalid input
    told = _extensions(error)
    by_type = STATUSES.get(str(told.get("type", "")).lower())
    return by_type or CODES.get(str(told.get("code", "")), status if status >= 400 else 500)


def error_of(errors: Sequence[Any]) -> VendorError:
    """The error to raise for what Linear refuses; ``field`` of `Invalid` is its name of the argument."""
    status = status_of(errors, 400)
    words = "; ".join(dict.fromkeys(filter(None, map(_shown, errors))))[:500] or "no reason given"
    if status == 404:
        return NotFound(f"Linear: {words}", status=404)
    if status == 403:
        return AccessDenied(f"Linear: {words}", status=403)
    codes = {str(_extensions(error).get("code")) for error in errors}
    if codes & {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}:
        hint = "Linear has changed its API; look for a newer version of Syncline"
        return ProtocolError(f"Linear: {words}", hint=hint, status=status)
    named = next((name for error in errors for name in _properties(error)), None)
    return Invalid(f"Linear: {words}", status=status, field=named)


def is_lost(error: Invalid) -> bool:
    """Whether a refusal is about a cursor whose row is not there any more."""
    return "cursor" in error.message.lower()


def _extensions(error: Any) -> Json:
    found = error.get("extensions") if isinstance(error, dict) else None
    return found if isinstance(found, dict) else {}


def _message(error: Any) -> str:
    found = error.get("message") if isinstance(error, dict) else None
    return found if isinstance(found, str) else ""


def _shown(error: Any) -> str:
    """What people are meant to read, else the message."""
    shown = _extensions(error).get("userPresentableMessage")
    message = _message(error)
    if not isinstance(shown, str) or not shown:
        return message
    return shown if message in ("Argument Validation Error", shown) else f"{message} ({shown})"


def _properties(error: Any) -> Iterator[str]:
    for one in _extensions(error).get("validationErrors") or ():
        name = one.get("property") if isinstance(one, dict) else None
        if isinstance(name, str):
            yield name
