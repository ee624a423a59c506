"""Documents as a server writes them: people by name and key, wiki texts, no levels of hierarchy.

Shapes as recorded from Jira Server 7.12 and from servers' webhooks; see `tests/simulator/test_datacenter_shapes.py`.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.documents import zulu
from syncline_connectors.jira.simulator.issues import Comment, History, Issue, Worklog, parse_time
from syncline_connectors.jira.simulator.render import Renderer, Selection
from syncline_connectors.jira.simulator.server import UNLISTED, Server
from syncline_connectors.jira.simulator.work import Work

_IN_SEARCH = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
_ALONE = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
_SIZES = {"48x48": "", "24x24": "size=small&", "16x16": "size=xsmall&", "32x32": "size=medium&"}
_ITEMS = {"IssueParentAssociation": "Parent"}
_IDS = frozenset({"id", "key", "issuekey"})
_UNKNOWN_TO_SERVERS = frozenset({"tmpFromAccountId", "tmpToAccountId"})


class ServerRenderer(Renderer):
    """``base`` is the instance's address with its context, for links of either kind."""

    def __init__(self, work: Work, base: str, zone: ZoneInfo, server: Server) -> None:
        super().__init__(work, base, base, zone)
        self._server = server

    # ---- entities --------------------------------------------------------------------------------------------------

    def user(self, user: e.User) -> e.Json:
        if user.raw is not None:
            return dict(user.raw)
        made: e.Json = {
            "self": self.self_link(f"user?username={quote(user.username, safe='')}"),
            "name": user.username,
            "key": user.account_id,
            "emailAddress": user.email or "",
            "avatarUrls": self._avatars("useravatar", "avatarId=10122"),
            "displayName": user.name,
            "active": user.active,
            "timeZone": user.time_zone,
        }
        if not user.email_visible:
            del made["emailAddress"]
        return made

    def type(self, type_: e.IssueType) -> e.Json:
        """Without a level. The types that Jira Software brings along have an icon and no avatar."""
        made = super().type(type_)
        if type_.raw is None:
            del made["hierarchyLevel"]
            if type_.name in ("Epic", "Story"):
                del made["avatarId"]
        return made

    def project_brief(self, project: e.Project) -> e.Json:
        """A project inside an issue, which tells its type since version 8."""
        made: e.Json = {
            "self": self.self_link(f"project/{project.id}"),
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "avatarUrls": self._avatars("projectavatar", "avatarId=10324"),
        }
        return {**made, "projectTypeKey": project.type_key} if self._server.numbers >= [8] else made

    def sprint_in_field(self, sprint: e.Sprint) -> e.Json | str:
        if self._server.sprint_texts and sprint.raw is None:
            return self.old_sprint(sprint)
        return self.sprint(sprint)

    def old_sprint(self, sprint: e.Sprint) -> str:
        """A sprint as Java prints it. Names may hold commas and brackets; the order of the parts is the release's."""
        times = (sprint.start, sprint.end, sprint.complete)
        start, end, complete = (zulu(moment) if moment else "<null>" for moment in times)
        parts = [
            ("id", str(sprint.id)),
            ("rapidViewId", str(sprint.board_id)),
            ("state", sprint.state.upper()),
        ]
        parts += [("name", sprint.name), ("startDate", start), ("endDate", end), ("completeDate", complete)]
        newer = self._server.numbers >= [9]
        parts += [("activatedDate", "<null>" if sprint.state == "future" else start)] if newer else []
        parts += [("sequence", str(sprint.id)), ("goal", sprint.goal or ("" if newer else "<null>"))]
        if newer:
            parts += [
                ("synced", "false"),
                ("autoStartStop", "false"),
                ("incompleteIssuesDestinationId", "<null>"),
            ]
        if self._server.numbers >= [10]:
            parts.sort()
        told = ",".join(f"{name}={value}" for name, value in parts)
        return f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id:x}[{told}]"

    def _avatars(self, servlet: str, avatar: str) -> e.Json:
        return {size: f"{self.base}/secure/{servlet}?{small}{avatar}" for size, small in _SIZES.items()}

    # ---- issues ----------------------------------------------------------------------------------------------------

    def issue(self, issue: Issue, selection: Selection, *, expand: str = "", whole: bool = False) -> e.Json:
        wanted = expand.split(",")
        made: e.Json = {
            "expand": _ALONE if whole else _IN_SEARCH,
            "id": str(issue.id),
            "self": self.self_link(f"issue/{issue.id}"),
            "key": issue.key,
        }
        if selection.everything or selection.navigable or selection.named - _IDS:
            made["fields"] = self._fields(issue, selection, whole)
        if "renderedFields" in wanted:
            made["renderedFields"] = self._rendered(issue, made.get("fields", {}))
        if "changelog" in wanted:
            made["changelog"] = self._expanded(issue)
        return made

    def _fields(self, issue: Issue, selection: Selection, whole: bool) -> e.Json:
        made = super()._fields(issue, selection, whole)
        if issue.loaded:
            return made
        kept = {id_: value for id_, value in made.items() if id_ not in UNLISTED}
        return kept | self._parents(issue, selection)

    def _parents(self, issue: Issue, selection: Selection) -> e.Json:
        """``parent`` is for sub-tasks; an epic is named by its key in a custom field."""
        parent, type_ = issue.fields.get("parent"), issue.fields.get("issuetype")
        if not isinstance(parent, Issue):
            return {}
        below = isinstance(type_, e.IssueType) and type_.level < 0
        made: e.Json = {}
        if selection.holds("parent") and (below or self._server.epic_parents):
            made["parent"] = self.issue_brief(parent)
        if not below and selection.holds(e.CustomField.EPIC_LINK):
            made[e.CustomField.EPIC_LINK] = parent.key
        return made

    def _native(self, issue: Issue, selection: Selection) -> e.Json:
        made = super()._native(issue, selection)
        made |= {id_: value for id_, value in self._sums(issue).items() if selection.holds(id_)}
        if not selection.everything and "timetracking" not in selection.named:
            made.pop("timetracking", None)
        path = f"issue/{issue.key}"
        if selection.holds("votes"):
            made["votes"] = {"self": self.self_link(f"{path}/votes"), "votes": 0, "hasVoted": False}
        if selection.holds("watches"):
            link = self.self_link(f"{path}/watchers")
            made["watches"] = {"self": link, "watchCount": 0, "isWatching": False}
        link_field = issue.fields.get(e.CustomField.EPIC_LINK)
        if isinstance(link_field, Issue) and selection.holds(e.CustomField.EPIC_LINK):
            made[e.CustomField.EPIC_LINK] = link_field.key
        return made

    def _sums(self, issue: Issue) -> e.Json:
        """Time as a server adds it up, for the issue and for it with its sub-tasks."""
        family = [issue, *self.work.subtasks(issue)]
        own, all_ = _times([issue]), _times(family)
        made: e.Json = {
            "timetracking": _tracking(own),
            "progress": _progress(own),
            "aggregateprogress": _progress(all_),
            "aggregatetimespent": all_["timespent"],
            "aggregatetimeestimate": all_["timeestimate"],
            "aggregatetimeoriginalestimate": all_["timeoriginalestimate"],
        }
        archived = self.time(issue.updated) if issue.archived else None
        return {**made, "archiveddate": archived, "archivedby": None} if self._server.archives else made

    def comment_field(self, issue: Issue, whole: bool) -> e.Json:
        """All comments, in a search as well."""
        shown = [self.comment(issue, comment) for comment in issue.comments]
        return {"comments": shown, "maxResults": len(shown), "total": len(shown), "startAt": 0}

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> e.Json:
        made = super().comment(issue, comment, properties=properties)
        if comment.raw is not None:
            return made
        made.pop("jsdPublic", None)
        return {**made, "visibility": dict(comment.visibility)} if comment.visibility else made

    def history(self, history: History) -> e.Json:
        made = super().history(history)
        if history.raw is None:
            made["items"] = [self._item(item) for item in made["items"]]
        return made

    def _item(self, item: Mapping[str, Any]) -> e.Json:
        made = {name: value for name, value in item.items() if name not in _UNKNOWN_TO_SERVERS}
        if not self._server.changelog_field_ids:
            made.pop("fieldId", None)
        made["field"] = _ITEMS.get(made["field"], made["field"])
        for name in ("fromString", "toString"):
            if isinstance(made.get(name), str):
                made[name] = made[name].replace("This work item", "This issue")
        return made

    def _expanded(self, issue: Issue) -> e.Json:
        """The whole changelog, oldest first."""
        told = [self.history(history) for history in issue.histories]
        return {"startAt": 0, "maxResults": len(told), "total": len(told), "histories": told}

    # ---- HTML ------------------------------------------------------------------------------------------------------

    def _rendered(self, issue: Issue, fields: Mapping[str, Any]) -> e.Json:
        """Texts as HTML and times as people read them; null for what has no other form. No markup is interpreted."""
        made: e.Json = dict.fromkeys(name for name in fields if name != "parent")
        for name in ("description", "environment"):
            if name in made:
                made[name] = _html(fields[name])
        for name in ("created", "updated"):
            if name in made:
                made[name] = self._readable(getattr(issue, name))
        for name, inside in (("comment", "comments"), ("worklog", "worklogs")):
            if name in made:
                made[name] = {**fields[name], inside: [self._rendered_one(x) for x in fields[name][inside]]}
        return made

    def _rendered_one(self, document: Mapping[str, Any]) -> e.Json:
        """A comment or worklog; a worklog leaves out its number of seconds."""
        made = {name: value for name, value in document.items() if name != "timeSpentSeconds"}
        texts = {name: _html(made[name]) for name in ("body", "comment") if name in made}
        times = (name for name in ("created", "updated", "started") if name in made)
        return made | texts | {name: self._readable(parse_time(made[name])) for name in times}

    def _readable(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{local:%d/%b/%y} {local.hour % 12 or 12}:{local:%M %p}"

    def worklog(self, issue: Issue, worklog: Worklog) -> e.Json:
        made = super().worklog(issue, worklog)
        return (
            made
            if worklog.raw is not None
            else {"comment": "", **made, "timeSpent": _pretty(worklog.seconds)}
        )


def _times(issues: list[Issue]) -> e.Json:
    names = ("timespent", "timeestimate", "timeoriginalestimate")
    found = {name: [i.fields[name] for i in issues if i.fields.get(name) is not None] for name in names}
    return {name: sum(values) if values else None for name, values in found.items()}


def _progress(times: e.Json) -> e.Json:
    spent, left = times["timespent"] or 0, times["timeestimate"] or 0
    made = {"progress": spent, "total": spent + left}
    return {**made, "percent": round(100 * spent / (spent + left))} if spent + left else made


def _tracking(times: e.Json) -> e.Json:
    names = {
        "timeoriginalestimate": "originalEstimate",
        "timeestimate": "remainingEstimate",
        "timespent": "timeSpent",
    }
    known = [(name, times[id_]) for id_, name in names.items() if times[id_] is not None]
    texts = {name: _pretty(seconds) for name, seconds in known}
    return texts | {f"{name}Seconds": seconds for name, seconds in known}


def _pretty(seconds: int) -> str:
    """Days have eight hours here, as an instance has by default."""
    parts, rest = [], int(seconds) // 60
    for unit, minutes in (("w", 2400), ("d", 480), ("h", 60), ("m", 1)):
        count, rest = divmod(rest, minutes)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0m"


def _html(text: Any) -> str:
    if not text:
        return ""
    return "<p>" + html.escape(str(text)).replace("\r\n", "\n").replace("\n", "<br/>\n") + "</p>"
