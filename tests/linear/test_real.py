"""Real recorded payloads are read with none lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.simulator.linear import DATA, needs_data

from syncline.model import Comment, Issue, Kind, Priority, Relation, RelationType
from syncline_connectors.linear.reading import read

pytestmark = needs_data

PLACES: dict[str, Kind] = {
    "issues": Kind.ISSUE,
    "issue": Kind.ISSUE,
    "entity": Kind.ISSUE,
    "searchIssues": Kind.ISSUE,
    "comments": Kind.COMMENT,
    "comment": Kind.COMMENT,
    "attachments": Kind.ATTACHMENT,
    "attachment": Kind.ATTACHMENT,
    "issueRelation": Kind.RELATION,
    "teams": Kind.CONTAINER,
    "team": Kind.CONTAINER,
    "users": Kind.PERSON,
    "user": Kind.PERSON,
    "viewer": Kind.PERSON,
    "projects": Kind.PROJECT,
    "project": Kind.PROJECT,
    "projectMilestones": Kind.MILESTONE,
    "cycles": Kind.ITERATION,
    "cycle": Kind.ITERATION,
}
NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.ISSUE: ("state.name", "title"),
    Kind.COMMENT: ("body", "issue"),
    Kind.ATTACHMENT: ("url", "title", "issue"),
    Kind.RELATION: ("issue", "relatedIssue", "type"),
    Kind.PROJECT: ("status.name", "name"),
    Kind.ITERATION: ("number", "startsAt"),
}
"""What somebody must have asked for, so that a record can be read at all."""


def recorded() -> Iterator[tuple[str, Kind, dict[str, Any]]]:
    """Every entity in the recordings that holds what a record needs."""
    for path in sorted((DATA / "nango").glob("*.exchanges.json")):
        for exchange in json.loads(path.read_bytes()):
            body = exchange["response"]["body"]
            yield from entities(path.name, body.get("data") or {})


def entities(name: str, data: dict[str, Any]) -> Iterator[tuple[str, Kind, dict[str, Any]]]:
    for place, value in data.items():
        if not isinstance(value, dict):
            continue
        if "success" in value or place == "archive":
            yield from entities(name, value)
            continue
        kind = PLACES.get(place)
        nodes = value.get("nodes", [value])
        if name.startswith(("archive-cycle", "unarchive-project")):
            kind = Kind.ITERATION if "cycle" in name else Kind.PROJECT
        for node in nodes if kind else ():
            assert kind is not None
            if all(_held(node, needed) is not None for needed in ("id", *NEEDED.get(kind, ()))):
                yield name, kind, node


def _held(node: dict[str, Any], path: str) -> Any:
    name, _, inner = path.partition(".")
    value = node.get(name)
    return value.get(inner) if inner and isinstance(value, dict) else value


def test_every_recorded_entity_is_read() -> None:
    seen: dict[Kind, int] = {}
    for name, kind, payload in recorded():
        record = read(kind, payload)
        assert record.remote_id == payload["id"], name
        assert record.title in (payload.get("title"), payload.get("name"), record.title)
        seen[kind] = seen.get(kind, 0) + 1
    assert seen.keys() == set(PLACES.values()), "of each kind there is something"
    assert sum(seen.values()) >= 60, seen


def test_what_was_recorded_of_issues_is_told() -> None:
    priorities = set()
    for _, kind, payload in recorded():
        if kind is not Kind.ISSUE:
            continue
        issue = read(kind, payload)
        assert isinstance(issue, Issue)
        assert issue.key == payload.get("identifier")
        assert issue.status.name == payload["state"]["name"]
        if "labels" in payload:
            assert issue.labels == tuple(one["name"] for one in payload["labels"]["nodes"])
        assert issue.archived is (payload.get("archivedAt") is not None)
        priorities.add(issue.priority)
    assert Priority.NONE in priorities
    assert len(priorities) > 1


def test_a_comment_was_changed_before_it_was_made() -> None:
    """By twelve milliseconds: one reason for reading a stretch before the mark again."""
    comments = [read(kind, payload) for _, kind, payload in recorded() if kind is Kind.COMMENT]
    assert any(
        isinstance(one, Comment) and one.updated_at and one.created_at and one.updated_at < one.created_at
        for one in comments
    )


def test_relations_run_from_issue_to_related_issue() -> None:
    for _, kind, payload in recorded():
        if kind is Kind.RELATION:
            relation = read(kind, payload)
            assert isinstance(relation, Relation)
            assert (relation.subject, relation.target) == (
                payload["issue"]["id"],
                payload["relatedIssue"]["id"],
            )
            assert relation.type is RelationType.RELATES


def test_a_whole_workspace_of_somebody_else_is_read() -> None:
    rows = json.loads((DATA / "garraia-issues.json").read_bytes())
    assert len(rows) == 100
    for row in rows:
        issue = read(Kind.ISSUE, row)
        assert isinstance(issue, Issue)
        assert (issue.title, issue.key) == (row["title"], row["identifier"])
        assert (issue.body.source if issue.body else None) == row["description"]
        assert issue.labels == tuple(label["name"] for label in row["labels"]["nodes"])
        assert issue.status.category is None, "the type of the state was not asked for: it is not guessed"
