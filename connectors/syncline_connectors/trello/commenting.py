"""Comments: adding one, replacing its text, removing it.

Trello keeps nothing on a comment but its text, so it bears no marker that people would not see. A comment whose answer
was lost is found by its author, its time and its text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from syncline.errors import InDoubt, Invalid, NotFound, ProtocolError, Unsupported, VersionConflict
from syncline.model import Comment, Kind, Ref, Sourced, Text, Visibility
from syncline.target import CommentDraft, Outcome, same_value
from syncline_connectors.trello.api import Api, answered
from syncline_connectors.trello.encode import markdown
from syncline_connectors.trello.history import COMMENTS
from syncline_connectors.trello.ids import SITE, is_id
from syncline_connectors.trello.sending import Sender
from syncline_connectors.trello.translate import comment, comment_payload


class Commenter:
    """Writes comments."""

    def __init__(self, api: Api, sender: Sender) -> None:
        self._api = api
        self._sender = sender

    def add(self, draft: CommentDraft, marker: str) -> Outcome:
        """Raises Unsupported for any visibility but the team's: everybody on a board reads all of it."""
        if draft.visibility is not Visibility.TEAM:
            raise Unsupported(
                "a comment of Trello is read by everybody on its board, and by nobody else",
                hint='visibility = "team"',
            )
        path = f"cards/{draft.subject.remote_id}/actions/comments"
        answer = self._sender.post(path, {"text": said(draft.body)})
        try:
            return _outcome(_sourced(answer))
        except ProtocolError as error:
            raise InDoubt(f"the comment was made, but {error.message}") from None

    def edit(self, ref: Ref, subject: Ref, body: Text, expected: Text | None) -> Outcome:
        text = said(body)
        before = self._read(ref)
        held = _comment(before).body
        if same_value("description", held, body):
            return _outcome(before)
        if expected is not None and not same_value("description", held, expected):
            refused = VersionConflict("the comment was changed in Trello meanwhile")
            return Outcome(ref, refused={"body": refused}, stored=before)
        path = f"cards/{subject.remote_id}/actions/{ref.remote_id}/comments"
        try:
            return _outcome(_sourced(self._sender.put(path, {"text": text})))
        except (InDoubt, ProtocolError) as error:
            after = self._read(ref)
            if not same_value("description", _comment(after).body, body):
                raise InDoubt(error.message, status=error.status) from None
            return replace(_outcome(after), later=frozenset({"body"}))

    def remove(self, ref: Ref, subject: Ref) -> None:
        self._sender.delete(f"cards/{subject.remote_id}/actions/{ref.remote_id}/comments")

    def _read(self, ref: Ref) -> Sourced:
        """The comment as it is now; raises NotFound."""
        if not is_id(ref.remote_id):
            raise NotFound(f"{ref.remote_id} is no id of Trello")
        return _sourced(self._api.get(f"actions/{ref.remote_id}"))


def said(body: Text) -> str:
    """The text of a comment; raises Invalid where there is none, or too much."""
    text = markdown("body", body)
    if not text.strip():
        raise Invalid("a comment of Trello needs a text", field="body")
    return text


def _sourced(answer: Any) -> Sourced:
    found = answered(answer, "comment")
    if found.get("type") not in COMMENTS:
        raise NotFound("not a comment")
    try:
        payload = comment_payload(found)
        return Sourced(comment(payload), payload)
    except ValueError as error:
        raise ProtocolError(f"comment: {error}") from None


def _comment(stored: Sourced) -> Comment:
    if not isinstance(stored.record, Comment):
        raise NotFound("not a comment")
    return stored.record


def _outcome(stored: Sourced) -> Outcome:
    return Outcome(Ref(SITE, Kind.COMMENT, stored.record.remote_id), frozenset({"body"}), stored=stored)
