"""Issues, comments, worklogs and histories as the vendor writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.documents import EntityRenderer
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import (
    Attachment,
    Comment,
    History,
    Issue,
    Link,
    Worklog,
    comment_properties,
)
from syncline_connectors.jira.simulator.work import Work

SEARCH_COMMENTS = 20
SEARCH_WORKLOGS = 20
EXPANDED_HISTORIES = 40
_EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
_HEAVY = frozenset({"comment", "worklog", "attachment"})


@dataclass(frozen=True)
class Selection:
    """Which fields an answer holds: ``everything``, ``navigable`` ones, named ones, less excluded ones."""

    named: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    everything: bool = False
    navigable: bool = False

    @classmethod
    def of(cls, asked: Iterable[str], default: str) -> Selection:
        """Read the ``fields`` parameter, which may be repeated and comma-separated."""
        names = [name.strip() for text in asked for name in text.split(",") if name.strip()]
        if not any(not name.startswith("-") for name in names):
            names.append(default)
        return cls(
            frozenset(name for name in names if name[0] not in "*-"),
            frozenset(name[1:] for name in names if name.startswith("-")),
            "*all" in names,
            "*navigable" in names,
        )

    @property
    def ids_only(self) -> bool:
        """Whether nothing but ids and keys is asked for, which allows large pages."""
        return not (self.everything or self.navigable) and self.named <= {"id", "key"}

    def holds(self, id_: str) -> bool:
        if id_ in self.excluded:
            return False
        return self.everything or id_ in self.named or (self.navigable and id_ not in _HEAVY)


class Renderer(EntityRenderer):
    """Renders issues too, and everything that hangs on them."""

    def __init__(self, work: Work, base: str, site_url: str, zone: ZoneInfo) -> None:
        super().__init__(work, base, site_url, zone)
        self.makers |= {Issue: self.issue_brief, Attachment: self.attachment}

    def issue_brief(self, issue: Issue) -> e.Json:
        """An issue inside another: parent, sub-task, end of a link."""
        names = ("summary", "status", "priority", "issuetype")
        fields = {name: self.value(issue.fields.get(name)) for name in names if name in issue.fields}
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": self.self_link(f"issue/{issue.id}"),
            "fields": fields,
        }

    def link(self, link: Link) -> e.Json:
        kind = link.type
        return {
            "id": link.id,
            "self": self.self_link(f"issueLink/{link.id}"),
            "type": self.link_type(kind),
            ("outwardIssue" if link.outward else "inwardIssue"): self.issue_brief(link.other),
        }

    def issue(self, issue: Issue, selection: Selection, *, expand: str = "", whole: bool = False) -> e.Json:
        """One issue. ``whole``: all comments and worklogs, as only a look at a single issue gives."""
        if selection.named == {"id"} and selection.ids_only:
            return {"id": str(issue.id)}
        made: e.Json = {
            "expand": _EXPAND,
            "id": str(issue.id),
            "self": self.self_link(f"issue/{issue.id}"),
            "key": issue.key,
        }
        if not selection.ids_only:
            made["fields"] = self._fields(issue, selection, whole)
        if "changelog" in expand.split(","):
            made["changelog"] = self._expanded(issue)
        return made

    def _fields(self, issue: Issue, selection: Selection, whole: bool) -> e.Json:
        made = {id_: self.value(value) for id_, value in issue.fields.items() if selection.holds(id_)}
        made |= self._apart(issue, selection, whole)
        if not issue.loaded:
            made |= {id_: None for id_ in self.work.fields if selection.holds(id_) and id_ not in made}
        return made

    def _apart(self, issue: Issue, selection: Selection, whole: bool) -> e.Json:
        """Fields that are made from what hangs on the issue."""
        made: e.Json = {}
        if selection.holds("created"):
            made["created"] = self.time(issue.created)
        if selection.holds("updated"):
            made["updated"] = self.time(issue.updated)
        if selection.holds("comment"):
            made["comment"] = self.comment_field(issue, whole)
        if selection.holds("worklog"):
            made["worklog"] = self.worklog_field(issue, whole)
        if not issue.loaded:
            made |= self._native(issue, selection)
        elif issue.links and selection.holds("issuelinks"):
            made["issuelinks"] = [*issue.fields.get("issuelinks", ()), *map(self.link, issue.links)]
        return made

    def _native(self, issue: Issue, selection: Selection) -> e.Json:
        made: e.Json = {}
        if selection.holds("project"):
            made["project"] = self.project_brief(issue.project)
        if selection.holds("issuelinks"):
            made["issuelinks"] = [self.link(link) for link in issue.links if not link.other.deleted]
        if selection.holds("subtasks"):
            made["subtasks"] = [self.issue_brief(child) for child in self.work.subtasks(issue)]
        if selection.holds("statusCategory"):
            status = issue.fields["status"]
            made["statusCategory"] = self.category(status.category)
        return made

    def comment_field(self, issue: Issue, whole: bool) -> e.Json:
        """The comments of a search result stop at twenty; ``total`` tells how many there are."""
        shown = issue.comments if whole else issue.comments[:SEARCH_COMMENTS]
        return {
            "comments": [self.comment(issue, comment) for comment in shown],
            "self": self.self_link(f"issue/{issue.id}/comment"),
            "maxResults": len(shown) if whole else SEARCH_COMMENTS,
            "total": len(issue.comments),
            "startAt": 0,
        }

    def worklog_field(self, issue: Issue, whole: bool) -> e.Json:
        shown = issue.worklogs[:SEARCH_WORKLOGS]
        return {
            "startAt": 0,
            "maxResults": SEARCH_WORKLOGS,
            "total": len(issue.worklogs),
            "worklogs": [self.worklog(issue, worklog) for worklog in shown],
        }

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> e.Json:
        if comment.raw is not None:
            return dict(comment.raw)
        made: e.Json = {
            "self": self.self_link(f"issue/{issue.id}/comment/{comment.id}"),
            "id": str(comment.id),
            "author": self.value(comment.author),
            "body": comment.body,
            "updateAuthor": self.value(comment.update_author),
            "created": self.time(comment.created),
            "updated": self.time(comment.updated),
            "jsdPublic": comment.public,
        }
        if comment.visibility:
            made["visibility"] = {**comment.visibility, "identifier": comment.visibility["value"]}
        if properties:
            known = comment_properties(comment)
            made["properties"] = [{"key": key, "value": value} for key, value in known.items()]
        return made

    def attachment(self, file: Attachment) -> e.Json:
        """Cloud sends whoever follows ``content`` on to its media service; Data Center serves it there."""
        cloud = self.work.face is Face.CLOUD
        name = quote(file.name)
        return {
            "self": self.self_link(f"attachment/{file.id}"),
            "id": str(file.id),
            "filename": file.name,
            "author": self.value(file.author),
            "created": self.time(file.created),
            "size": len(file.content),
            "mimeType": file.mime,
            "content": self.self_link(f"attachment/content/{file.id}")
            if cloud
            else f"{self.base}/secure/attachment/{file.id}/{name}",
        }

    def worklog(self, issue: Issue, worklog: Worklog) -> e.Json:
        if worklog.raw is not None:
            return dict(worklog.raw)
        made: e.Json = {
            "self": self.self_link(f"issue/{issue.id}/worklog/{worklog.id}"),
            "author": self.value(worklog.author),
            "updateAuthor": self.value(worklog.author),
            "created": self.time(worklog.created),
            "updated": self.time(worklog.updated),
            "started": self.time(worklog.started),
            "timeSpent": f"{worklog.seconds // 60}m",
            "timeSpentSeconds": worklog.seconds,
            "id": str(worklog.id),
            "issueId": str(issue.id),
        }
        return {**made, "comment": worklog.comment} if worklog.comment else made

    def history(self, history: History) -> e.Json:
        if history.raw is not None:
            return dict(history.raw)
        return {
            "id": history.id,
            "author": self.value(history.author),
            "created": self.time(history.created),
            "items": list(history.items),
        }

    def _expanded(self, issue: Issue) -> e.Json:
        """The changelog inside an issue: newest first, never more than forty."""
        newest = list(reversed(issue.histories))[:EXPANDED_HISTORIES]
        return {
            "startAt": 0,
            "maxResults": len(newest),
            "total": len(issue.histories),
            "histories": [self.history(history) for history in newest],
        }
