"""How writes are sent: what Jira refuses comes back as a `Refusal`, so that it can be told field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncline.errors import InDoubt, Invalid, VendorError, VersionConflict
from syncline_connectors.jira.screens import Said, said
from syncline_connectors.jira.values import Json

if TYPE_CHECKING:
    from syncline.http import Answer
    from syncline_connectors.jira.api import Api

REFUSED = frozenset({400, 409, 412, 413, 422})
"""Statuses after which nothing was changed: bad value, edited meanwhile, not on offer, too large, misconfigured."""


@dataclass(frozen=True)
class Refusal:
    """A write that was not executed."""

    what: str
    status: int
    said: Said

    def error(self, field: str | None = None, told: str | None = None) -> VendorError:
        """The error to give for ``field``; ``told`` is what Jira said of it alone."""
        message = f"Jira refuses {self.what}: {told or self.said.line}"
        if self.status == 409:
            return VersionConflict(message, hint="somebody edits it at the same time", status=409)
        return Invalid(message, hint=_HINTS.get(self.status), status=self.status, field=field)


_HINTS = {413: "it is too large for this site", 422: "the site's configuration forbids it"}


class Sender:
    """Writes through one `Api`. Raises what `syncline.http` raises, `InDoubt` among it."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def post(self, path: str, body: Json, *, idempotent: bool = False, **params: str) -> Answer | Refusal:
        answer = self._api.http.post(
            self._api.address(path), json=body, params=params, idempotent=idempotent, accept_status=REFUSED
        )
        return heard(path, answer)

    def put(self, path: str, body: Json | None, **params: str) -> Answer | Refusal:
        """Every PUT we send may be repeated: it names the values that shall be there."""
        answer = self._api.http.put(
            self._api.address(path), json=body, params=params, idempotent=True, accept_status=REFUSED
        )
        return heard(path, answer)

    def delete(self, path: str, **params: str) -> Refusal | None:
        """Delete; what is gone already is no error."""
        gone = frozenset({404, 410})
        answer = self._api.http.delete(
            self._api.address(path), params=params, idempotent=True, accept_status=REFUSED | gone
        )
        return None if answer.status in gone else _refusal(heard(path, answer))

    def upload(self, path: str, name: str, content: bytes, mime_type: str) -> Answer | Refusal:
        answer = self._api.http.upload(
            self._api.address(path),
            name=name,
            content=content,
            mime_type=mime_type,
            headers={"X-Atlassian-Token": "no-check"},
            accept_status=REFUSED,
        )
        return heard(path, answer)


def heard(path: str, answer: Answer) -> Answer | Refusal:
    """The answer, or the refusal that it is."""
    if answer.status < 400:
        return answer
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    return Refusal(path, answer.status, said(body))


def _refusal(answer: Answer | Refusal) -> Refusal | None:
    return answer if isinstance(answer, Refusal) else None


def accepted(answer: Answer | Refusal, field: str | None = None) -> Answer:
    """The answer; raises the error of a refusal."""
    if isinstance(answer, Refusal):
        raise answer.error(field)
    return answer


def body_of(answer: Answer, what: str) -> Any:
    """The JSON of the answer to a write that was executed; raises InDoubt, for it may say what was made."""
    try:
        return answer.json()
    except ValueError:
        raise InDoubt(f"{what}: it was done, but the answer is damaged", status=answer.status) from None
