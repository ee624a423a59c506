"""Taking in real issue documents as the vendor served them, Cloud's or a server's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.issues import Comment, History, Issue, Worklog, parse_time

if TYPE_CHECKING:
    from syncline_connectors.jira.simulator.work import Work

_APART = ("comment", "worklog", "created", "updated")
"""Fields that the issue holds elsewhere."""


def load_payload(site: Work, payload: Mapping[str, Any]) -> Issue:
    """One issue from its document; raises KeyError or ValueError where id, key or times are missing."""
    fields: Mapping[str, Any] = payload["fields"]
    project = _project(site, fields, payload["key"])
    created = parse_time(fields["created"])
    issue = Issue(
        id=int(payload["id"]),
        key=payload["key"],
        project=project,
        fields={id_: value for id_, value in fields.items() if id_ not in _APART},
        created=created,
        updated=parse_time(fields.get("updated") or fields["created"]),
        comments=tuple(map(_comment, (fields.get("comment") or {}).get("comments", ()))),
        worklogs=tuple(map(_worklog, (fields.get("worklog") or {}).get("worklogs", ()))),
        histories=_histories(payload),
        loaded=True,
    )
    for person in _people(payload):
        site.users.setdefault(_identity(person), _user(person))
    _adopt(site, fields, project)
    site.reserve("issue", issue.id)
    _reserve_inside(site, issue)
    number = payload["key"].rpartition("-")[2]
    project.last_number = max(project.last_number, int(number) if number.isdigit() else 0)
    site.register(issue)
    return issue


def _reserve_inside(site: Work, issue: Issue) -> None:
    for kind, ids in (
        ("comment", [comment.id for comment in issue.comments]),
        ("worklog", [worklog.id for worklog in issue.worklogs]),
        ("history", [int(history.id) for history in issue.histories]),
    ):
        if ids:
            site.reserve(kind, max(ids))


def _comment(raw: Mapping[str, Any]) -> Comment:
    created = parse_time(raw["created"])
    return Comment(
        int(raw["id"]), None, raw["body"], created, parse_time(raw.get("updated") or raw["created"]), raw=raw
    )


def _worklog(raw: Mapping[str, Any]) -> Worklog:
    times = (parse_time(raw[name]) for name in ("started", "created", "updated"))
    started, created, updated = times
    return Worklog(int(raw["id"]), None, started, raw["timeSpentSeconds"], created, updated, raw=raw)


def _histories(payload: Mapping[str, Any]) -> tuple[History, ...]:
    raws = (payload.get("changelog") or {}).get("histories", ())
    made = (History(raw["id"], None, parse_time(raw["created"]), tuple(raw["items"]), raw) for raw in raws)
    return tuple(sorted(made, key=lambda history: (history.created, int(history.id))))


def _people(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every account that a document mentions in full."""
    if isinstance(node, dict):
        if "displayName" in node and ("accountId" in node or "name" in node):
            yield node
        for value in node.values():
            yield from _people(value)
    elif isinstance(node, list):
        for value in node:
            yield from _people(value)


def _identity(person: Mapping[str, Any]) -> str:
    """The account id, on Data Center the user key; very old servers give only the login name."""
    return str(person.get("accountId") or person.get("key") or person["name"])


def _user(raw: Mapping[str, Any]) -> e.User:
    return e.User(
        _identity(raw),
        raw["displayName"],
        raw.get("emailAddress"),
        active=raw.get("active", True),
        account_type=raw.get("accountType", "atlassian"),
        time_zone=raw.get("timeZone", "Etc/UTC"),
        raw=raw,
        username=raw.get("name", ""),
    )


def _project(site: Work, fields: Mapping[str, Any], key: str) -> e.Project:
    """The project of a document, or one by the letters of its key where the document has none."""
    letters = key.rpartition("-")[0]
    raw = fields.get("project") or {"key": letters}
    known = site.projects.get(raw.get("id", "")) or site.find_project(raw["key"])
    if known:
        return known
    project = e.Project(
        raw.get("id") or str(site.next_id("project")), raw["key"], raw.get("name", raw["key"])
    )
    site.reserve("project", int(project.id))
    project.team_managed = bool(raw.get("simplified"))
    project.type_key = raw.get("projectTypeKey", "software")
    site.projects[project.id] = project
    return project


def _adopt(site: Work, fields: Mapping[str, Any], project: e.Project) -> None:
    """Register statuses, types, priorities, resolutions and versions, so that their lists agree with the issues."""
    _register(site.statuses, fields.get("status"), _status)
    _register(site.types, fields.get("issuetype"), _type)
    _register(site.priorities, fields.get("priority"), lambda raw: e.Priority(raw["id"], raw["name"], raw))
    _register(
        site.resolutions, fields.get("resolution"), lambda raw: e.Resolution(raw["id"], raw["name"], raw)
    )
    known = {version.id for version in project.versions}
    for raw in [*(fields.get("fixVersions") or ()), *(fields.get("versions") or ())]:
        if raw["id"] not in known:
            project.versions.append(version_of(raw, project))
            known.add(raw["id"])


def _register(
    registry: dict[str, Any], raw: Mapping[str, Any] | None, make: Callable[[Mapping[str, Any]], Any]
) -> None:
    known = registry.get(raw["id"]) if raw else None
    if raw and (known is None or known.raw is None):
        registry[raw["id"]] = make(raw)


def _status(raw: Mapping[str, Any]) -> e.Status:
    key = (raw.get("statusCategory") or {}).get("key")
    category = next((category for category in e.CATEGORIES if category.key == key), e.UNDEFINED)
    return e.Status(raw["id"], raw["name"], category, raw)


def _type(raw: Mapping[str, Any]) -> e.IssueType:
    level = raw.get("hierarchyLevel", -1 if raw.get("subtask") else 0)
    return e.IssueType(raw["id"], raw["name"], level, raw)


def version_of(raw: Mapping[str, Any], project: e.Project) -> e.Version:
    """A version from its document."""
    return e.Version(
        raw["id"],
        raw.get("name", ""),
        project,
        raw.get("description") or "",
        raw.get("released", False),
        raw.get("archived", False),
        raw.get("startDate"),
        raw.get("releaseDate"),
        raw,
    )
