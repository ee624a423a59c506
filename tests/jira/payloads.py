"""Payloads written for these tests, in the shape of Jira Cloud's API v3."""

from __future__ import annotations

from typing import Any

from syncline_connectors.jira.fields import Field

FLOAT = "com.atlassian.jira.plugin.system.customfieldtypes:float"
GREENHOPPER = "com.pyxis.greenhopper.jira:"

CATALOGUE = (
    Field("summary", "Summary", "string"),
    Field("priority", "Priority", "priority"),
    Field("customfield_1", "Sprint", "array", GREENHOPPER + "gh-sprint"),
    Field("customfield_2", "Epic Link", "any", GREENHOPPER + "gh-epic-link"),
    Field("customfield_3", "Story Points", "number", FLOAT),
    Field("customfield_4", "Story point estimate", "number", GREENHOPPER + "jsw-story-points"),
    Field("customfield_5", "Flagged", "array"),
    Field("customfield_6", "Start date", "date"),
    Field("customfield_7", "Severity", "option"),
    Field("customfield_8", "Parent Link", "any", "com.atlassian.jpo:jpo-custom-field-parent"),
    Field("customfield_9", "Teams", "string"),
    Field("customfield_10", "Teams", "array"),
)

MIA = {"accountId": "712020:mia", "displayName": "Mia", "emailAddress": "mia@acme.example", "active": True}


def doc(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def issue(**fields: Any) -> dict[str, Any]:
    """An issue; None takes a field's value away."""
    given: dict[str, Any] = {
        "summary": "Login fails",
        "description": doc("Steps"),
        "status": {"id": "3", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate"}},
        "issuetype": {"id": "10001", "name": "Bug", "subtask": False, "hierarchyLevel": 0},
        "project": {"id": "10000", "key": "ENG", "projectTypeKey": "software"},
        "priority": {"id": "2", "name": "High"},
        "labels": ["a", "b"],
        "assignee": MIA,
        "reporter": MIA,
        "created": "2026-11-20T09:00:00.000+0000",
        "updated": "2026-11-22T10:00:00.000+0100",
    }
    return {"id": "10002", "key": "ENG-1", "fields": given | fields}


def comment(**keys: Any) -> dict[str, Any]:
    given = {
        "id": "500",
        "author": MIA,
        "updateAuthor": MIA,
        "body": doc("Hello"),
        "created": "2026-11-22T10:00:00.000+0000",
        "updated": "2026-11-22T10:00:00.000+0000",
        "jsdPublic": True,
        "_issue": {"id": "10002", "key": "ENG-1", "service": False},
    }
    return given | keys
