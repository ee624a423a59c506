"""How writes are sent: every one says who we are, so that the webhook it causes can be told from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.errors import InDoubt, Invalid
from syncline_connectors.trello.values import Json
from syncline_connectors.trello.webhooks import IDENTIFIER, identifier

if TYPE_CHECKING:
    from syncline.http import Answer, Http

TOO_LARGE = 413


class Sender:
    """Writes of one connection. Raises what `syncline.http` raises, `InDoubt` among it."""

    def __init__(self, http: Http, connection: str) -> None:
        self._http = http
        self._headers = {IDENTIFIER: identifier(connection)}

    def post(self, path: str, body: Json, *, idempotent: bool = False) -> Any:
        """The answer's JSON; raises InDoubt where it is damaged, for it may say what was made."""
        answer = self._http.post(path, json=body, idempotent=idempotent, headers=self._headers)
        return body_of(answer, path)

    def put(self, path: str, body: Json) -> Any:
        """Every PUT we send may be repeated: it names the values that shall be there."""
        return body_of(self._http.put(path, json=body, idempotent=True, headers=self._headers), path)

    def delete(self, path: str) -> None:
        """Delete; what is gone already is no error."""
        gone = frozenset({404})
        self._http.delete(path, idempotent=True, headers=self._headers, accept_status=gone)

    def upload(self, path: str, name: str, content: bytes, mime_type: str) -> Any:
        """Raises Invalid where the file is too large."""
        answer = self._http.upload(
            path,
            name=name,
            content=content,
            mime_type=mime_type,
            headers=self._headers,
            accept_status=frozenset({TOO_LARGE}),
        )
        if answer.status == TOO_LARGE:
            raise Invalid("the file is too large for this account", status=TOO_LARGE, field="content")
        return body_of(answer, path)


def body_of(answer: Answer, what: str) -> Any:
    """The JSON of the answer to a write that was executed."""
    try:
        return answer.json()
    except ValueError:
        raise InDoubt(f"{what}: it was done, but the answer is damaged", status=answer.status) from None
