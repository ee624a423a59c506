"""How writes are sent, and what Zendesk says where it refuses: by field where it names one, else as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syncline.errors import InDoubt, Invalid, Unsupported, VendorError, VersionConflict
from syncline.jsonvalues import Json
from syncline_connectors.zendesk.api import ROOT, UPDATE, Api

if TYPE_CHECKING:
    from syncline.http import Answer

REFUSED = frozenset({400, 409, 413, 422})
"""Statuses after which nothing was changed: bad value, edited meanwhile, too large, against a rule."""
CLOSED = "the ticket is closed, and closed tickets cannot be changed"
FOLLOW_UP = "a follow-up ticket takes it up again"
_REQUIRED = re.compile(r"\A(?P<title>.+?):? is required")
OWNERS: Mapping[str, str] = {
    "subject": "title",
    "priority": "priority",
    "type": "type",
    "ticket_type_id": "type",
    "assignee": "assignees",
    "assignee_id": "assignees",
    "group": "container",
    "group_id": "container",
    "status": "status",
    "custom_status_id": "status",
    "tags": "labels",
    "comment": "body",
    "uploads": "content",
}
"""Common names by those under which refusals speak of fields."""


@dataclass(frozen=True)
class Refusal:
    """A write that was not executed. ``told`` is what Zendesk says, by its own name of the field or ``base``."""

    what: str
    status: int
    line: str
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        return any("closed prevents" in text for texts in self.told.values() for text in texts)

    @property
    def conflict(self) -> bool:
        return self.status == 409

    def fields(self) -> dict[str, str]:
        """What is said of fields that have a common name."""
        return {OWNERS[name]: "; ".join(texts) for name, texts in self.told.items() if name in OWNERS}

    def missing(self) -> tuple[str, ...]:
        """Titles of the fields that must be filled in before a ticket may be solved."""
        texts = (text for entries in self.told.values() for text in entries)
        return tuple(match["title"] for text in texts if (match := _REQUIRED.match(text)))

    def error(self, name: str | None = None) -> VendorError:
        """The error to give for a field, or for the whole."""
        if self.closed:
            return Unsupported(CLOSED, hint=FOLLOW_UP, status=self.status)
        if self.conflict:
            return VersionConflict(f"{self.what}: the ticket was changed in Zendesk meanwhile", status=409)
        missing = self.missing()
        if missing:
            told = f"Zendesk wants {', '.join(missing)} before a ticket is solved"
            return Invalid(
                told, hint="fill it in, or make it optional in Zendesk", status=self.status, field=name
            )
        return Invalid(f"Zendesk refuses {self.what}: {self.line}", status=self.status, field=name)


class Sender:
    """Writes to one account. Raises what `syncline.http` raises, `InDoubt` among it."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def make(self, ticket: Json, key: str) -> Answer | Refusal:
        """Make a ticket; sent again with the same key, Zendesk answers as it did the first time."""
        answer = self._api.http.post(
            f"{ROOT}tickets",
            json={"ticket": ticket},
            headers={"Idempotency-Key": key},
            idempotent=True,
            accept_status=REFUSED,
        )
        return heard("a new ticket", answer)

    def put(self, number: str, ticket: Json, *, idempotent: bool) -> Answer | Refusal:
        """Change a ticket. One with a comment adds it as often as it is sent."""

        def once() -> Answer:
            return self._api.http.put(
                f"{ROOT}tickets/{number}",
                json={"ticket": ticket},
                idempotent=idempotent,
                bucket=UPDATE,
                accept_status=REFUSED,
            )

        unlocked = idempotent and "safe_update" not in ticket
        return heard(f"a change of ticket {number}", _unlocked(once) if unlocked else once())

    def tag(self, number: str, words: Iterable[str]) -> Refusal | None:
        return self._tags(self._api.http.put, number, words)

    def untag(self, number: str, words: Iterable[str]) -> Refusal | None:
        return self._tags(self._api.http.delete, number, words)

    def _tags(self, send: Callable[..., Answer], number: str, words: Iterable[str]) -> Refusal | None:
        def once() -> Answer:
            return send(
                f"{ROOT}tickets/{number}/tags",
                json={"tags": sorted(words)},
                idempotent=True,
                bucket=UPDATE,
                accept_status=REFUSED,
            )

        return _refusal(heard(f"tags of ticket {number}", _unlocked(once)))

    def delete(self, number: str) -> Refusal | None:
        """Into the bin; what is gone already is no error."""
        answer = self._api.http.delete(
            f"{ROOT}tickets/{number}", idempotent=True, accept_status=REFUSED | {404, 410}
        )
        return None if answer.status in (404, 410) else _refusal(heard(f"deleting ticket {number}", answer))

    def hide(self, number: str, comment: str) -> None:
        """Make a public comment an internal one."""
        self._api.http.put(
            f"{ROOT}tickets/{number}/comments/{comment}/make_private", idempotent=True, bucket=UPDATE
        )

    def upload(self, name: str, content: bytes, mime_type: str) -> Answer | Refusal:
        """Put a file where a comment can take it from."""
        answer = self._api.http.upload(
            f"{ROOT}uploads",
            name=name,
            content=content,
            mime_type=mime_type,
            params={"filename": name},
            form=False,
            accept_status=REFUSED,
        )
        return heard("the file", answer)


def _unlocked(once: Callable[[], Answer]) -> Answer:
    """The answer; a 409 to what asked for no lock is one of Zendesk's own, which passes."""
    answer = once()
    return once() if answer.status == 409 else answer


def heard(what: str, answer: Answer) -> Answer | Refusal:
    """The answer, or the refusal that it is."""
    if answer.status < 400:
        return answer
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    told = _told(body)
    lines = [text for texts in told.values() for text in texts]
    return Refusal(what, answer.status, "; ".join(lines) or _line(body) or f"status {answer.status}", told)


def _told(body: Any) -> dict[str, tuple[str, ...]]:
    """``details``: by the field's name a list of objects with a ``description``."""
    details = body.get("details") if isinstance(body, dict) else None
    found = {}
    for name, entries in details.items() if isinstance(details, dict) else ():
        rows = entries if isinstance(entries, list) else []
        found[str(name)] = tuple(str(row.get("description")) for row in rows if isinstance(row, dict))
    return found


def _line(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("message") or error.get("title") or "")
    return str(body.get("description") or error or "")


def _refusal(answer: Answer | Refusal) -> Refusal | None:
    return answer if isinstance(answer, Refusal) else None


def body_of(answer: Answer, what: str) -> dict[str, Any]:
    """The JSON of the answer to a write that was executed; raises InDoubt, for it may say what was made."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InDoubt(f"{what}: it was done, but the answer is damaged", status=answer.status)
    return found
