"""What hangs on an issue: comments, attachments, relations."""

from __future__ import annotations

from typing import Any

from syncline.jsonvalues import Json, identity, text
from syncline.model import Attachment, Comment, Record, Relation, RelationType, Text, TextFormat
from syncline_connectors.linear.translate import RELATIONS, basics, built, id_in, markdown


def comment(payload: Json) -> Record:
    """A comment of the team. ``author`` is nobody where an integration or somebody outside wrote it."""
    return built(
        Comment,
        {
            **_owned(payload, "user"),
            "body": markdown(payload.get("body"), "body") or Text(format=TextFormat.MARKDOWN, source=""),
            "parent": text(payload.get("parentId"), "parentId") or id_in(payload, "parent"),
        },
    )


def attachment(payload: Json) -> Record:
    """A link on an issue, for Linear keeps files as links too. Size and type are known of files that we put there."""
    metadata = payload.get("metadata")
    told = metadata if isinstance(metadata, dict) else {}
    size, kind = told.get("size"), told.get("type")
    values = {
        **_owned(payload, "creator"),
        "title": text(payload.get("title"), "title"),
        "size": size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        "mime_type": kind if isinstance(kind, str) and "/" in kind else None,
    }
    return built(Attachment, values)


def relation(payload: Json) -> Record:
    """``issue`` is the source: it blocks ``relatedIssue``, or is its duplicate."""
    name = text(payload.get("type"), "type") or ""
    values = {
        **basics(payload),
        "subject": _needed(payload, "issue"),
        "target": _needed(payload, "relatedIssue"),
        "type": RELATIONS.get(name, RelationType.RELATES),
        "native_name": name or None,
    }
    return built(Relation, values)


def _owned(payload: Json, author: str) -> dict[str, Any]:
    subject = text(payload.get("issueId"), "issueId") or _needed(payload, "issue")
    return {**basics(payload), "subject": subject, "author": id_in(payload, author)}


def _needed(payload: Json, name: str) -> str:
    found = id_in(payload, name)
    if found is None:
        raise ValueError(f"{name}: missing")
    return identity(found, name)
