"""What happens on the site: issues are made, edited, moved, commented, deleted; every change writes its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from syncline.seams import Clock
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.changes import change_items, item
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import (
    Attachment,
    Comment,
    History,
    Issue,
    Link,
    RemoteLink,
    Worklog,
)
from syncline_connectors.jira.simulator.load import load_payload
from syncline_connectors.jira.simulator.site import Site

NOTHING: tuple[None, None] = (None, None)


def adf(text: str) -> e.Json:
    """A document of paragraphs, one for each line."""
    lines = [line for line in text.split("\n") if line]
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}


class Work(Site):
    """The site with everything that people do on it. ``at`` is when (default now), ``by`` is who.

    ``old_sprints`` shows sprints inside issues as the texts that older sites still have.
    """

    old_sprints = False

    def __init__(self, clock: Clock, *, seed: int, lag: tuple[float, float], face: Face = Face.CLOUD) -> None:
        super().__init__(clock, seed=seed, lag=lag, face=face)
        self._subtasks: dict[int, list[Issue]] = {}
        self._subtasks_at = -1

    def create_issue(
        self,
        project: e.Project,
        summary: str,
        *,
        type: str = "Task",
        status: str = "To Do",
        fields: Mapping[str, Any] | None = None,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> Issue:
        """A new issue. ``fields`` are by field id, with entities or plain values (`stored`)."""
        with self.lock:
            project.last_number += 1
            when = at or self.now()
            key = f"{project.key}-{project.last_number}"
            values: dict[str, Any] = dict.fromkeys(self.fields)
            values |= {"labels": [], "components": [], "fixVersions": [], "versions": [], "attachment": []}
            values |= {"creator": by, "reporter": by, "priority": self.priority("Medium"), "workratio": -1}
            values |= {"summary": summary, "issuetype": self.type(type), "statuscategorychangedate": when}
            values |= {id_: self.stored(id_, value) for id_, value in (fields or {}).items()}
            issue = Issue(self.next_id("issue"), key, project, values, when, when)
            self._enter(issue, self.status(status), when)
            values[e.CustomField.RANK] = values[e.CustomField.RANK] or f"0|i{issue.id:05d}:"
            self.register(issue)
            return issue

    def register(self, issue: Issue) -> None:
        """Make an issue known under its id and key."""
        self.issues[issue.id] = self.ever[issue.id] = issue
        self.keys[issue.key.upper()] = issue
        self.touch_index(issue, issue.updated)

    def load(self, payloads: Sequence[Mapping[str, Any]]) -> list[Issue]:
        """Serve real issue documents (Cloud v3) as they are, unknown fields and all.

        Comments, worklogs and the changelog inside them are served by their own endpoints too.
        """
        with self.lock:
            return [load_payload(self, payload) for payload in payloads]

    # ---- editing ---------------------------------------------------------------------------------------------------

    def edit(
        self,
        issue: Issue,
        changes: Mapping[str, Any],
        *,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> None:
        """Change fields by their id. What is already so makes no history."""
        with self.lock:
            items: list[e.Json] = []
            for id_, value in changes.items():
                items += self._set(issue, id_, self.stored(id_, value))
            if items:
                self._changed(issue, items, by, at)

    def transition(
        self,
        issue: Issue,
        status: str,
        *,
        resolution: str | None = None,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> None:
        """Move to a status, as `enter` does."""
        given = {"resolution": self.resolution(resolution)} if resolution else {}
        self.enter(issue, self.status(status), given, by=by, at=at)

    def enter(
        self,
        issue: Issue,
        target: e.Status,
        given: Mapping[str, Any],
        *,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> None:
        """Into a status, with stored values of fields, as one change.

        Done sets a resolution unless one is given or the project is team-managed; any other status clears it.
        """
        with self.lock:
            when = at or self.now()
            usual = "Done" if target.category is e.DONE and not issue.project.team_managed else None
            changes = {"resolution": self.stored("resolution", usual), **given}
            items = [told for id_, value in changes.items() for told in self._set(issue, id_, value)]
            items += change_items(self.fields["status"], issue.fields.get("status"), target)
            self._enter(issue, target, when)
            issue.fields["resolutiondate"] = when if issue.fields.get("resolution") else None
            self._changed(issue, items, by, when)

    def move(
        self, issue: Issue, project: e.Project, *, by: e.User | None = None, at: datetime | None = None
    ) -> None:
        """To another project: a new key, the same id; the former key keeps answering."""
        with self.lock:
            old_key, old_project = issue.key, issue.project
            project.last_number += 1
            issue.key, issue.project = f"{project.key}-{project.last_number}", project
            issue.old_keys = (*issue.old_keys, old_key)
            issue.fields["project"] = project
            self.keys[issue.key.upper()] = issue
            was, now = (old_project.id, old_project.name), (project.id, project.name)
            items = [item("project", self.fields["project"], was, now)]
            items.append(item("Key", None, (None, old_key), (None, issue.key)))
            self._changed(issue, items, by, at)

    def link(
        self, issue: Issue, type: str, other: Issue, *, by: e.User | None = None, at: datetime | None = None
    ) -> None:
        """``issue`` acts: link(a, "Blocks", b) says that a blocks b."""
        with self.lock:
            kind, id_ = self.link_type(type), str(self.next_id("link"))
            for one, two, outward in ((issue, other, True), (other, issue, False)):
                words = kind.outward if outward else kind.inward
                one.links = (*one.links, Link(id_, kind, outward, two))
                told = item("Link", None, NOTHING, (two.key, f"This work item {words} {two.key}"))
                self._changed(one, [told], by, at)

    def unlink(
        self,
        issue: Issue,
        other: Issue,
        *,
        id: str | None = None,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> None:
        """Remove every link between two issues, or the one of an ``id``."""
        with self.lock:
            for one, two in ((issue, other), (other, issue)):
                gone = [link for link in one.links if link.other is two and id in (None, link.id)]
                one.links = tuple(link for link in one.links if link not in gone)
                words = [link.type.outward if link.outward else link.type.inward for link in gone]
                told = [
                    item("Link", None, (two.key, f"This work item {w} {two.key}"), NOTHING) for w in words
                ]
                self._changed(one, told, by, at)

    def put_remote_link(
        self, issue: Issue, link: RemoteLink, *, by: e.User | None = None, touch: bool = True
    ) -> None:
        """In the place of the one of the same id, or at the end. ``touch``: as a change of the issue."""
        with self.lock:
            rest = tuple(x for x in issue.remote_links if x.id != link.id)
            new = len(rest) == len(issue.remote_links)
            ordered = sorted((*rest, link), key=lambda x: x.id)
            issue.remote_links = tuple(ordered)
            if touch:
                shown = (str(link.id), f'This work item links to "{link.content["object"]["title"]}"')
                told = [item("RemoteWorkItemLink", None, NOTHING, shown)] if new else []
                self._changed(issue, told, by, None)

    def delete_remote_link(
        self, issue: Issue, link: RemoteLink, *, by: e.User | None = None, touch: bool = True
    ) -> None:
        with self.lock:
            issue.remote_links = tuple(x for x in issue.remote_links if x.id != link.id)
            if touch:
                shown = (str(link.id), f'This work item links to "{link.content["object"]["title"]}"')
                self._changed(issue, [item("RemoteWorkItemLink", None, shown, NOTHING)], by, None)

    def archive(self, issue: Issue, *, at: datetime | None = None) -> None:
        """Archived issues leave the search; a look by id still finds them."""
        with self.lock:
            issue.archived = True
            self.touch_index(issue, at)

    def unarchive(self, issue: Issue, *, at: datetime | None = None) -> None:
        with self.lock:
            issue.archived = False
            self.touch_index(issue, at)

    def delete(self, issue: Issue, *, at: datetime | None = None) -> None:
        """For good, with its sub-tasks and its ends of links."""
        with self.lock:
            for child in list(self.subtasks(issue)):
                self.delete(child, at=at)
            for link in issue.links:
                other = link.other
                other.links = tuple(end for end in other.links if end.other is not issue)
            issue.deleted = True
            del self.issues[issue.id]
            self.keys = {key: known for key, known in self.keys.items() if known is not issue}
            self.touch_index(issue, at)

    # ---- comments and worklogs -------------------------------------------------------------------------------------

    def comment(
        self,
        issue: Issue,
        body: str | Mapping[str, Any],
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        visibility: Mapping[str, str] | None = None,
        public: bool = True,
        properties: Mapping[str, Any] | None = None,
    ) -> Comment:
        """``visibility`` such as {"type": "role", "value": "Administrators"}; ``public`` False: internal in JSM."""
        with self.lock:
            when, kept = at or self.now(), properties or {}
            document = self.document(body) if isinstance(body, str) else body
            made = Comment(self.next_id("comment"), by, document, when, when, by, visibility, public, kept)
            issue.comments = (*issue.comments, made)
            self._touch(issue, when)
            return made

    def edit_comment(
        self,
        issue: Issue,
        comment: Comment,
        body: str | Mapping[str, Any],
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        visibility: Mapping[str, str] | None = None,
    ) -> Comment:
        """``visibility`` None: as it was."""
        with self.lock:
            when = at or self.now()
            document = self.document(body) if isinstance(body, str) else body
            seen = visibility or comment.visibility
            changed = replace(
                comment, body=document, updated=when, update_author=by, visibility=seen, raw=None
            )
            self.put_comment(issue, changed)
            self._touch(issue, when)
            return changed

    def put_comment(self, issue: Issue, comment: Comment) -> None:
        """In the place of the one of the same id. ``updated`` stays: so it is when only properties change."""
        with self.lock:
            issue.comments = tuple(comment if c.id == comment.id else c for c in issue.comments)
            self.touch_index(issue)

    def delete_comment(
        self, issue: Issue, comment: Comment, *, touch: bool = True, at: datetime | None = None
    ) -> None:
        """``touch`` False: ``updated`` stays, which the vendor does not rule out."""
        with self.lock:
            issue.comments = tuple(c for c in issue.comments if c.id != comment.id)
            self._touch(issue, (at or self.now()) if touch else issue.updated)

    def worklog(
        self,
        issue: Issue,
        seconds: int,
        *,
        started: datetime | None = None,
        comment: str | None = None,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> Worklog:
        with self.lock:
            when = at or self.now()
            text = self.document(comment) if comment else None
            made = Worklog(self.next_id("worklog"), by, started or when, seconds, when, when, text)
            issue.worklogs = (*issue.worklogs, made)
            before = issue.fields.get("timespent")
            self._changed(issue, self._set(issue, "timespent", (before or 0) + seconds), by, when)
            return made

    def delete_worklog(self, issue: Issue, worklog: Worklog, *, at: datetime | None = None) -> None:
        with self.lock:
            when = at or self.now()
            issue.worklogs = tuple(w for w in issue.worklogs if w.id != worklog.id)
            self.deleted_worklogs.append((worklog.id, when))
            self._touch(issue, when)

    # ---- files and properties --------------------------------------------------------------------------------------

    def attach(
        self,
        issue: Issue,
        name: str,
        content: bytes,
        *,
        mime: str = "application/octet-stream",
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> Attachment:
        with self.lock:
            when = at or self.now()
            made = Attachment(self.next_id("attachment"), name, mime, content, by, when)
            issue.fields["attachment"] = [*(issue.fields.get("attachment") or ()), made]
            told = item("Attachment", self.fields["attachment"], NOTHING, (str(made.id), name))
            self._changed(issue, [told], by, when)
            return made

    def detach(
        self,
        issue: Issue,
        file: Attachment,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> None:
        with self.lock:
            issue.fields["attachment"] = [x for x in issue.fields["attachment"] if x is not file]
            told = item("Attachment", self.fields["attachment"], (str(file.id), file.name), NOTHING)
            self._changed(issue, [told], by, at)

    def set_property(self, issue: Issue, key: str, value: Any) -> None:
        """Entity properties move neither ``updated`` nor the history."""
        with self.lock:
            issue.properties = {**issue.properties, key: value}
            self.touch_index(issue)

    def delete_property(self, issue: Issue, key: str) -> None:
        with self.lock:
            issue.properties = {known: value for known, value in issue.properties.items() if known != key}
            self.touch_index(issue)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def document(self, text: str) -> Any:
        """A plain text as the site keeps rich text: a document on Cloud, wiki markup on Data Center."""
        return adf(text) if self.face is Face.CLOUD else text

    def subtasks(self, issue: Issue) -> list[Issue]:
        """Children below the issue's own level; the table of all is kept until something changes."""
        if self._subtasks_at != self.changes:
            self._subtasks.clear()
            for child in self.issues.values():
                parent = child.fields.get("parent")
                if isinstance(parent, Issue) and _level(child) < 0:
                    self._subtasks.setdefault(parent.id, []).append(child)
            self._subtasks_at = self.changes
        return self._subtasks.get(issue.id, [])

    def stored(self, id_: str, value: Any) -> Any:
        """A plain value in the form in which the site keeps that field; raises KeyError for an unknown field."""
        field = self.fields[id_]
        named = {"priority": self.priority, "resolution": self.resolution, "issuetype": self.type}
        if isinstance(value, str) and id_ in named:
            return named[id_](value)
        if isinstance(value, str) and (
            id_ in ("description", "environment") or "textarea" in (field.custom or "")
        ):
            return self.document(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if id_ == e.CustomField.FLAGGED:
            return list(field.options) if value else None
        return self._option(field, value)

    def _option(self, field: e.Field, value: Any) -> Any:
        choices = {option.value: option for option in field.options}
        if field.type == "option" and isinstance(value, str):
            return choices[value]
        if field.items == "option" and isinstance(value, list):
            return [choices[x] if isinstance(x, str) else x for x in value]
        return value

    def _set(self, issue: Issue, id_: str, value: Any) -> list[e.Json]:
        before = issue.fields.get(id_)
        if before == value:
            return []
        issue.fields[id_] = value
        return change_items(self.fields[id_], before, value)

    def _enter(self, issue: Issue, status: e.Status, when: datetime) -> None:
        before = issue.fields.get("status")
        issue.fields["status"] = status
        if not isinstance(before, e.Status) or before.category is not status.category:
            issue.fields["statuscategorychangedate"] = when

    def _changed(self, issue: Issue, items: list[e.Json], by: e.User | None, at: datetime | None) -> None:
        when = at or self.now()
        made = History(str(self.next_id("history")), by, when, tuple(items))
        issue.histories = (*issue.histories, made)
        self._touch(issue, when)

    def _touch(self, issue: Issue, when: datetime) -> None:
        issue.updated = max(issue.updated, when)
        self.touch_index(issue, when)


def _level(issue: Issue) -> int:
    """The level of an issue's type, made here or loaded."""
    type_ = issue.fields.get("issuetype")
    if isinstance(type_, e.IssueType):
        return type_.level
    return -1 if isinstance(type_, Mapping) and type_.get("subtask") else 0
