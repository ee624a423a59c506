"""Comments: adding one under an id of ours, replacing its text, removing it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncline.errors import InDoubt, Invalid, NotFound, ProtocolError, Unsupported, VersionConflict
from syncline.jsonvalues import Json, required
from syncline.model import Comment, Kind, Ref, Sourced, Text, Visibility
from syncline.target import CommentDraft, Outcome, same_value
from syncline_connectors.linear import documents
from syncline_connectors.linear.encode import body, client_id, settled
from syncline_connectors.linear.lookup import is_id
from syncline_connectors.linear.reading import read

if TYPE_CHECKING:
    from syncline_connectors.linear.api import Api


class Commenter:
    """Writes comments of one workspace."""

    def __init__(self, api: Api, site: str) -> None:
        self._api = api
        self._site = site

    def add(self, draft: CommentDraft, marker: str) -> Outcome:
        """Make a comment; raises Unsupported where its visibility cannot be kept."""
        if draft.visibility is not Visibility.TEAM:
            raise Unsupported(
                f"comments of Linear are for the team, not {draft.visibility}", hint='visibility = "team"'
            )
        if not is_id(draft.subject.remote_id):
            raise NotFound(f"Linear shows no issue {draft.subject.remote_id}", status=404)
        number = client_id(marker)
        given = {"id": number, "issueId": draft.subject.remote_id, "body": body(draft.body).source}
        try:
            payload = self._api.write(documents.ADD_COMMENT, input=given)
            return self._outcome(sourced(required(payload.get("comment"), "comment")))
        except (InDoubt, Invalid, ProtocolError, ValueError) as error:
            made = self.read(number)  # it may be there: an answer was lost, or an earlier try has made it
            if made is None:
                raise error if not isinstance(error, ValueError) else ProtocolError(str(error)) from None
            return replace(self._outcome(made), later=frozenset({"body"}))

    def edit(self, ref: Ref, subject: Ref, text: Text, expected: Text | None) -> Outcome:
        """Replace the text."""
        before = self.read(ref.remote_id)
        if before is None:
            raise NotFound(f"Linear shows no comment {ref.remote_id}", status=404)
        held, wanted = _comment(before).body, body(text)
        if _says(held, wanted):
            return self._outcome(before)
        if expected is not None and not _says(held, expected):
            conflict = VersionConflict("the comment was changed in Linear meanwhile")
            return Outcome(ref, refused={"body": conflict}, stored=before)
        try:
            payload = self._api.write(
                documents.EDIT_COMMENT, idempotent=True, id=ref.remote_id, input={"body": wanted.source}
            )
            return self._outcome(sourced(required(payload.get("comment"), "comment")))
        except Invalid as error:
            return Outcome(ref, refused={"body": error}, stored=before)
        except (InDoubt, ValueError) as error:
            after = self.read(ref.remote_id)
            if after is None or not _says(_comment(after).body, wanted):
                raise error if isinstance(error, InDoubt) else ProtocolError(str(error)) from None
            return replace(self._outcome(after), later=frozenset({"body"}))

    def remove(self, ref: Ref, subject: Ref) -> None:
        """Delete. Linear would delete the answers to it as well: then it is refused."""
        if not is_id(ref.remote_id):
            return
        answers = self._api.pages(documents.COMMENTS, "comments", {"parent": {"id": {"eq": ref.remote_id}}})
        if any(rows for rows in answers):
            raise Unsupported(
                "the comment has answers, which Linear would delete with it", hint="remove it there by hand"
            )
        try:
            self._api.write(documents.DELETE_COMMENT, idempotent=True, id=ref.remote_id)
        except NotFound:
            return

    def read(self, number: str) -> Sourced | None:
        """A comment by id, None where there is none."""
        if not is_id(number):
            return None
        for rows in self._api.pages(documents.COMMENTS, "comments", {"id": {"eq": number}}):
            for row in rows:
                try:
                    return sourced(required(row, "comment"))
                except ValueError as error:
                    raise ProtocolError(f"comment: {error}") from None
        return None

    def _outcome(self, stored: Sourced) -> Outcome:
        return Outcome(
            Ref(self._site, Kind.COMMENT, stored.record.remote_id), frozenset({"body"}), stored=stored
        )


def sourced(payload: Json) -> Sourced:
    """The comment of an answer; raises ValueError."""
    return Sourced(read(Kind.COMMENT, payload), payload)


def _comment(stored: Sourced) -> Comment:
    if not isinstance(stored.record, Comment):
        raise ProtocolError("not a comment")
    return stored.record


def _says(one: Text, other: Text) -> bool:
    """Whether two texts say the same, links to themselves being no difference."""
    return same_value(
        "body", *(text.model_copy(update={"source": settled(text.source)}) for text in (one, other))
    )
