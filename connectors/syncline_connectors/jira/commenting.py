"""Comments: adding one with its marker, replacing its text, removing it. What is kept from customers stays so.

Jira's own default is that a comment in a service project is public. Every comment that is not meant for customers
therefore says so in the request that makes it, in every project: a project may become a service project later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncline.errors import InDoubt, NotFound, ProtocolError, Unsupported, VendorError, VersionConflict
from syncline.model import Comment, Kind, Ref, Sourced, Text, Visibility
from syncline.target import CommentDraft, Outcome, same_value
from syncline_connectors.jira.api import Api, answered
from syncline_connectors.jira.children import context, ride
from syncline_connectors.jira.encode import Encoder
from syncline_connectors.jira.markers import PROPERTY, property_of
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.sending import Refusal, Sender, body_of
from syncline_connectors.jira.values import Json, identity, required

INTERNAL = "sd.public.comment"
"""The property by which a service project keeps a comment from customers."""


class Commenter:
    """Writes comments of one site. ``to_customers`` says whether the connection may write what they read."""

    def __init__(self, api: Api, reader: Reader, encoder: Encoder, *, site: str, to_customers: bool) -> None:
        self._api = api
        self._sender = Sender(api)
        self._reader = reader
        self._encoder = encoder
        self._site = site
        self._to_customers = to_customers

    # ---- adding ----

    def add(self, draft: CommentDraft, marker: str) -> Outcome:
        """Make a comment; raises Unsupported where its visibility cannot be kept."""
        self._permit(draft.visibility)
        owner = self._owner(draft.subject)
        if draft.visibility is Visibility.CUSTOMER and not owner["service"]:
            raise Unsupported(
                "the issue is in no service project: no customer would read the comment",
                hint='visibility = "team"',
            )
        internal = draft.visibility is not Visibility.CUSTOMER
        body = {
            "body": self._encoder.text(draft.body, "body"),
            "properties": [property_of(marker), {"key": INTERNAL, "value": {"internal": internal}}],
        }
        path = f"issue/{draft.subject.remote_id}/comment"
        answer = self._sender.post(path, body, expand="properties")
        if isinstance(answer, Refusal):
            raise answer.error("body")
        try:
            stored = self._sourced(body_of(answer, path), owner)
        except ProtocolError as error:
            raise InDoubt(f"the comment was made, but {error.message}") from None
        self._must_be_kept(stored, draft)
        return self._outcome(stored)

    def _permit(self, visibility: Visibility) -> None:
        if visibility is Visibility.PRIVATE:
            raise Unsupported("a comment of Jira cannot be kept to its author")
        if visibility is Visibility.CUSTOMER and not self._to_customers:
            raise Unsupported(
                "this connection writes nothing that customers read", hint="customer_visible = true allows it"
            )

    def _must_be_kept(self, stored: Sourced, draft: CommentDraft) -> None:
        """Take a comment back at once that Jira shows to customers although it was told not to."""
        made = _comment(stored)
        if made.visibility is not Visibility.CUSTOMER or draft.visibility is Visibility.CUSTOMER:
            return
        self.remove(Ref(self._site, Kind.COMMENT, made.remote_id), draft.subject)
        raise Unsupported("Jira would have shown the comment to customers; it was taken back")

    # ---- replacing ----

    def edit(self, ref: Ref, subject: Ref, body: Text, expected: Text | None) -> Outcome:
        """Replace the text. Who may read it is sent along as it is: left out, Jira would lift a restriction."""
        path = f"issue/{subject.remote_id}/comment/{ref.remote_id}"
        owner = self._owner(subject)
        before = self._read(path, owner)
        held = _comment(before)
        text = self._encoder.text(body, "body")
        if same_value("description", held.body, body):
            return self._outcome(before)
        refused = self._refused(held, expected)
        if refused is not None:
            return Outcome(ref, refused={"body": refused}, stored=before)
        try:
            answer = self._sender.put(
                path, {"body": text, **_restriction(before.payload)}, expand="properties"
            )
            if isinstance(answer, Refusal):
                return Outcome(ref, refused={"body": answer.error("body")}, stored=before)
            return self._outcome(self._sourced(body_of(answer, path), owner))
        except InDoubt:
            after = self._read(path, owner)
            if not same_value("description", _comment(after).body, body):
                raise
            return replace(self._outcome(after), later=frozenset({"body"}))

    def _read(self, path: str, owner: Json) -> Sourced:
        return self._sourced(answered(self._api.get(path, expand="properties"), path), owner)

    def _refused(self, held: Comment, expected: Text | None) -> VendorError | None:
        if held.visibility is Visibility.CUSTOMER and not self._to_customers:
            return Unsupported(
                "customers read this comment, and this connection writes nothing that they read",
                hint="customer_visible = true allows it",
            )
        if expected is not None and not same_value("description", held.body, expected):
            return VersionConflict("the comment was changed in Jira meanwhile")
        return None

    # ---- removing ----

    def remove(self, ref: Ref, subject: Ref) -> None:
        if refusal := self._sender.delete(f"issue/{subject.remote_id}/comment/{ref.remote_id}"):
            raise refusal.error("body")

    # ---- how ----

    def _owner(self, subject: Ref) -> dict[str, Any]:
        """Whose comment it is, and whether customers read there; raises NotFound."""
        path = f"issue/{subject.remote_id}"
        answer = answered(self._api.get(path, fields="project"), path)
        project = required(answer.get("fields") or {}, "fields").get("project")
        if not isinstance(project, Mapping):
            raise ProtocolError(f"{path}: an issue without a project")
        return context(answer)

    def _sourced(self, answer: Json, owner: Json) -> Sourced:
        payload = ride(Kind.COMMENT, answered(answer, "comment"), owner)
        try:
            return Sourced(self._reader.read(Kind.COMMENT, payload), payload)
        except ValueError as error:
            raise ProtocolError(f"comment: {error}") from None

    def _outcome(self, stored: Sourced) -> Outcome:
        number = identity(stored.record.remote_id, "id")
        return Outcome(Ref(self._site, Kind.COMMENT, number), frozenset({"body"}), stored=stored)


def _comment(stored: Sourced) -> Comment:
    if not isinstance(stored.record, Comment):
        raise NotFound("not a comment")
    return stored.record


def _restriction(comment: Json) -> dict[str, Any]:
    """Role or group, and our properties, as the comment has them."""
    kept = [entry for entry in comment.get("properties") or () if entry.get("key") in (PROPERTY, INTERNAL)]
    limits = {"visibility": comment["visibility"]} if comment.get("visibility") else {}
    return {**limits, **({"properties": kept} if kept else {})}
