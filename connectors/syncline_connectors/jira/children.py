"""What rides on an issue: comments, work logs, relations, attachments, each with a payload that can be read alone.

A comment's payload does not say which issue it is on, an issue link tells only the far side. `ride` adds what is
missing under ``_issue``, and writes a link the same way whichever of its two issues it was read from.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from syncline.model import (
    Attachment,
    Comment,
    Kind,
    Record,
    Relation,
    RelationType,
    Text,
    TextFormat,
    Visibility,
    WorkLog,
)
from syncline_connectors.jira.dialect import CLOUD, Dialect
from syncline_connectors.jira.translate import LINK_TYPES, built, rich_text
from syncline_connectors.jira.values import Json, identity, instant, mapping, person, required, rows, text

CONTEXT = "_issue"
"""The key under which a child's payload says whose child it is. Not the vendor's."""

SERVICE = "service_desk"
"""``projectTypeKey`` of the projects whose public comments customers read."""


class Family(NamedTuple):
    """The children of one kind that came with an issue. ``total``: how many there are, None where not told."""

    kind: Kind
    rows: list[Any]
    total: int | None

    @property
    def whole(self) -> bool:
        return self.total is not None and self.total <= len(self.rows)


PAGED = {Kind.COMMENT: ("comment", "comments"), Kind.WORK_LOG: ("worklog", "worklogs")}
"""Kinds that come as a page inside the issue: the field, and the list within it."""

WHOLE = {Kind.RELATION: "issuelinks", Kind.ATTACHMENT: "attachment"}
"""Kinds that all come inside the issue: the field."""

_RELATION = Kind.RELATION
_TEAM, _PRIVATE, _CUSTOMER = Visibility.TEAM, Visibility.PRIVATE, Visibility.CUSTOMER


def context(issue: Json) -> dict[str, Any]:
    """Whose child a child is: id and key of the issue, and whether customers read its public comments."""
    project = (issue.get("fields") or {}).get("project")
    service = isinstance(project, dict) and project.get("projectTypeKey") == SERVICE
    return {"id": issue.get("id"), "key": issue.get("key"), "service": service}


def families(fields: Json, kinds: frozenset[Kind]) -> list[Family]:
    """The children that an issue's fields hold; a list that is not there at all gives no family. Raises ValueError."""
    found: list[Family] = []
    for kind, (name, inner) in PAGED.items():
        page = fields.get(name)
        if page is not None and kind in kinds:
            found.append(_paged(kind, required(page, "fields.", name), name, inner))
    for kind, name in WHOLE.items():
        value = fields.get(name)
        if value is not None:
            entries = rows(value, "fields.", name)
            found.append(Family(kind, entries, len(entries)))
    return found


def _paged(kind: Kind, page: Json, name: str, inner: str) -> Family:
    entries = page.get(inner)
    if not isinstance(entries, list):
        entries = rows(entries, f"fields.{name}.{inner}")
    total = page.get("total")
    whole = isinstance(total, int) and page.get("startAt") in (0, None)
    return Family(kind, entries, total if whole else None)


def ride(kind: Kind, child: Json, owner: Json) -> dict[str, Any]:
    """The payload of a child as it is stored."""
    if kind is _RELATION:
        return _link(child, owner)
    return {**child, CONTEXT: owner}


def _link(child: Json, owner: Json) -> dict[str, Any]:
    """A link without the volatile summaries of its ends. The end that is missing is the issue it was read from."""
    ends = {side: _end(child, side) or {"id": owner["id"]} for side in ("inwardIssue", "outwardIssue")}
    kept = ("id", "name", "inward", "outward")
    of = required(child.get("type"), "type")
    return {"id": child.get("id"), "type": {name: of.get(name) for name in kept}, **ends}


def _end(child: Json, side: str) -> dict[str, Any] | None:
    found = mapping(child.get(side), side)
    return None if found is None else {"id": identity(found.get("id"), f"{side}.id")}


class ChildReader:
    """Reads children of the issues of one site from the payloads that `ride` made."""

    def __init__(self, url: str, dialect: Dialect = CLOUD) -> None:
        self._url = url
        self._bytes = dialect.attachment

    def comment(self, payload: Json) -> Record:
        owner = _owner(payload)
        number = identity(payload.get("id"), "id")
        return built(
            Comment,
            {
                "remote_id": number,
                "url": self._browse(owner, f"?focusedCommentId={number}"),
                **_owned(payload, owner),
                "body": _body(payload.get("body"), "body"),
                "editor": person(payload.get("updateAuthor"), "updateAuthor"),
                "visibility": visibility(payload, service=owner.get("service") is True),
            },
        )

    def work_log(self, payload: Json) -> Record:
        owner = _owner(payload)
        seconds = payload.get("timeSpentSeconds")
        return built(
            WorkLog,
            {
                "remote_id": identity(payload.get("id"), "id"),
                **_owned(payload, owner),
                "started_at": instant(payload.get("started"), "started"),
                "seconds": 0 if seconds is None else seconds,
                "body": rich_text(payload.get("comment"), "comment"),
            },
        )

    def attachment(self, payload: Json) -> Record:
        owner = _owner(payload)
        number = identity(payload.get("id"), "id")
        title = text(payload.get("filename"), "filename")
        return built(
            Attachment,
            {
                "remote_id": number,
                "url": self._url + self._bytes.format(id=number, name=quote(title or "", safe="")),
                **_owned(payload, owner),
                "title": title,
                "mime_type": text(payload.get("mimeType"), "mimeType"),
                "size": payload.get("size"),
            },
        )

    def relation(self, payload: Json) -> Record:
        """Jira's *inward* issue is the source: it stands before the outward words, as in A *blocks* B."""
        name = text(required(payload.get("type"), "type").get("name"), "type.name") or ""
        return built(
            Relation,
            {
                "remote_id": identity(payload.get("id"), "id"),
                "subject": _end_id(payload, "inwardIssue"),
                "target": _end_id(payload, "outwardIssue"),
                "type": LINK_TYPES.get(name.strip().casefold(), RelationType.RELATES),
                "native_name": name or None,
            },
        )

    def _browse(self, owner: Json, query: str) -> str | None:
        key = text(owner.get("key"), CONTEXT, ".key")
        return f"{self._url}/browse/{key}{query}" if key else None


def visibility(comment: Json, *, service: bool) -> Visibility:
    """Who may read a comment.

    ``jsdPublic`` is true on every comment of a site without service projects, so it only counts inside one. A comment
    kept to a role or group is private.
    """
    if comment.get("visibility") is not None:
        return _PRIVATE
    if not service or comment.get("jsdPublic") is not True:
        return _TEAM
    internal = any(
        isinstance(entry, dict)
        and entry.get("key") == "sd.public.comment"
        and isinstance(entry.get("value"), dict)
        and entry["value"].get("internal") is True
        for entry in rows(comment.get("properties"), "properties")
    )
    return _TEAM if internal else _CUSTOMER


def _owner(payload: Json) -> Json:
    return required(payload.get(CONTEXT), CONTEXT)


def _owned(payload: Json, owner: Json) -> dict[str, Any]:
    return {
        "subject": identity(owner.get("id"), CONTEXT, ".id"),
        "author": person(payload.get("author"), "author"),
        "created_at": instant(payload.get("created"), "created"),
        "updated_at": instant(payload.get("updated"), "updated"),
    }


def _end_id(payload: Json, side: str) -> str:
    return identity(required(payload.get(side), side).get("id"), f"{side}.id")


def _body(value: object, path: str) -> Text:
    return rich_text(value, path) or Text(format=TextFormat.PLAIN, source="")
