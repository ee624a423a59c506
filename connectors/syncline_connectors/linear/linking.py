"""Links on an issue: relations to other issues, and backlinks, which are attachments that bear our id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from syncline.errors import Invalid, NotFound, Unsupported
from syncline.jsonvalues import Json
from syncline.model import RelationType
from syncline.target import AddRemove, Backlink, Change, Related
from syncline_connectors.linear import documents
from syncline_connectors.linear.encode import client_id, relation_type
from syncline_connectors.linear.issues import Seen
from syncline_connectors.linear.lookup import is_id

if TYPE_CHECKING:
    from syncline_connectors.linear.api import Api

OURS = "syncline"
"""The key in an attachment's metadata that holds a backlink's id."""


class Linker:
    """Writes links of issues."""

    def __init__(self, api: Api) -> None:
        self._api = api

    # ---- relations ----

    def relate(self, seen: Seen, change: Change) -> bool:
        """Make and remove relations; whether anything was sent. One that is there is not made twice."""
        if not isinstance(change, AddRemove):
            raise Unsupported("relations are only added to and removed from")
        issue = seen.issue.remote_id
        wanted = [(link, _type(link)) for link in change.add if not any(_of(seen, link))]
        gone = [number for link in change.remove for number in _of(seen, link)]
        for link, type_ in wanted:
            given = {"issueId": issue, "relatedIssueId": link.target, "type": type_}
            marker = client_id(f"relation {issue} {type_} {link.target}")
            self._create(documents.ADD_RELATION, {"id": marker, **given})
        for number in gone:
            self._delete(documents.DELETE_RELATION, number)
        return bool(wanted or gone)

    # ---- backlinks ----

    def point_back(self, seen: Seen, change: Change) -> bool:
        """Make, replace and remove backlinks; whether anything was sent."""
        if not isinstance(change, AddRemove):
            raise Unsupported("backlinks are only added to and removed from")
        sent = False
        for link in change.add:
            sent |= self._point(seen, link)
        for link in change.remove:
            for number, _ in _backlinks(seen, link.id):
                self._delete(documents.DELETE_ATTACHMENT, number)
                sent = True
        return sent

    def _point(self, seen: Seen, link: Backlink) -> bool:
        """The address is what tells attachments of an issue apart: another one means another attachment."""
        given = _attachment(seen.issue.remote_id, link)
        known = list(_backlinks(seen, link.id))
        if [1 for _, held in known if _same(held, given)] and len(known) == 1:
            return False
        if not known and any(record.url == link.url for record, _ in seen.attachments):
            return False  # somebody else has put the same link there, with a title of their own
        self._api.write(documents.ADD_ATTACHMENT, idempotent=True, input=given)
        for number, held in known:
            if held.get("url") != link.url:
                self._delete(documents.DELETE_ATTACHMENT, number)
        return True

    # ---- how ----

    def holds(self, name: str, after: Seen, change: Change) -> bool:
        """Whether the links are as the change wants them."""
        if not isinstance(change, AddRemove):
            return False
        if name == "relations":
            made = all(any(_of(after, link)) for link in change.add)
            return made and not any(True for link in change.remove for _ in _of(after, link))
        made = all(
            any(
                _same(held, _attachment(after.issue.remote_id, link))
                for _, held in _backlinks(after, link.id)
            )
            for link in change.add
        )
        return made and not any(True for link in change.remove for _ in _backlinks(after, link.id))

    def _create(self, document: str, given: Json) -> None:
        """What bears our id already was made by an earlier try."""
        try:
            self._api.write(document, idempotent=True, input=given)
        except Invalid as error:
            if "already exists" not in error.message.lower():
                raise

    def _delete(self, document: str, number: str) -> None:
        try:
            self._api.write(document, idempotent=True, id=number)
        except NotFound:
            return


def _type(link: Related) -> str:
    type_ = relation_type(link)
    if not is_id(link.target):
        raise Invalid(f"relations: {link.target!r} is no id of Linear", field="relations")
    return type_


def _of(seen: Seen, link: Related) -> Iterator[str]:
    """The relations that say what a link says; of those that have no direction, from either side."""
    me = seen.issue.remote_id
    for one in seen.relations:
        ends = {(one.subject, one.target)}
        if link.type is RelationType.RELATES:
            ends.add((one.target, one.subject))
        if one.type is link.type and (me, link.target) in ends:
            yield one.remote_id


def _attachment(issue: str, link: Backlink) -> dict[str, Any]:
    metadata = {OURS: link.id, "relationship": link.relationship, "resolved": int(link.resolved)}
    return {"issueId": issue, "url": link.url, "title": link.title, "metadata": metadata}


def _backlinks(seen: Seen, number: str) -> Iterator[tuple[str, Json]]:
    for record, payload in seen.attachments:
        metadata = payload.get("metadata")
        if isinstance(metadata, dict) and metadata.get(OURS) == number:
            yield record.remote_id, payload


def _same(held: Json, given: Json) -> bool:
    return all(held.get(name) == given[name] for name in ("url", "title", "metadata"))
